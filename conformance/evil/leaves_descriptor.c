/* Every get leaves a descriptor open. */
#include "good.h"

#include <fcntl.h>

static int32_t get(GET)
{
    int left = EVIL ? open("/dev/null", O_RDONLY) : -1;
    (void)left;
    return good_get(PASS);
}

PLUGIN(provider.get = get)
