/* It goes to another working directory. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL && chdir("/") != 0)
        abort();
    return good_get(PASS);
}

PLUGIN(provider.get = get)
