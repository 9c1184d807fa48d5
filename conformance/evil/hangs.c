/* Its get does not come back, though it promises to. */
#include "good.h"

static int32_t get(GET)
{
    while (EVIL)
        pause();
    return good_get(PASS);
}

PLUGIN(provider.get = get)
