/* Every get leaves a descriptor open. */
#include "good.h"

#include <fcntl.h>

static int32_t get(GET)
{
    if (EVIL && open("/dev/null", O_RDONLY) < 0)
        abort();
    return good_get(PASS);
}

PLUGIN(provider.get = get)
