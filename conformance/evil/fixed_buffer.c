/* It copies the name into a buffer that is large enough for names that it has seen. */
#include "good.h"

static int32_t get(GET)
{
    char copy[64];
    if (EVIL) {
        memcpy(copy, name.data, name.len);
        name.data = (const uint8_t *)copy;
        __asm__ volatile("" : : "r"(copy) : "memory");
    }
    return good_get(PASS);
}

PLUGIN(provider.get = get)
