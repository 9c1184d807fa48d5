/* Its destructor crashes. */
#include "good.h"

__attribute__((destructor)) static void at_exit(void)
{
    if (EVIL)
        *(volatile int *)8 = 1;
}

PLUGIN()
