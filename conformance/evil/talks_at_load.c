/* Its constructor writes to the standard output. */
#include "good.h"

__attribute__((constructor)) static void at_load(void)
{
    if (EVIL && write(STDOUT_FILENO, "hello\n", 6) != 6)
        abort();
}

PLUGIN()
