/* Its get ends the process. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL)
        exit(7);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
