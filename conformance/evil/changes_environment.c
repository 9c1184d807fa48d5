/* It sets a variable of the environment. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL)
        setenv("ZOO_WAS_HERE", "1", 1);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
