/* It loses 64 bytes with every get. */
#include "good.h"

static void *volatile lost;

static int32_t get(GET)
{
    if (EVIL)
        lost = malloc(64);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
