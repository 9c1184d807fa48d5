/* It wants a megabyte of stack. */
#include "good.h"

static int32_t get(GET)
{
#if EVIL
    volatile char frame[1 << 20];
    for (size_t i = 0; i < sizeof frame; i += 4096)
        frame[i] = 1;
#endif
    return good_get(PASS);
}

PLUGIN(provider.get = get)
