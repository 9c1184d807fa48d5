/* Its get writes where it may not. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL)
        *(volatile int *)8 = 1;
    return good_get(PASS);
}

PLUGIN(provider.get = get)
