/* An exception leaves its get. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL)
        throw 1;
    return good_get(PASS);
}

PLUGIN(provider.get = get)
