/* Its get aborts. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL)
        abort();
    return good_get(PASS);
}

PLUGIN(provider.get = get)
