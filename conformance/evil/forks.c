/* It starts a process and does not wait for it. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL && fork() == 0)
        _exit(0);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
