/* It closes descriptor 2. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL)
        close(STDERR_FILENO);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
