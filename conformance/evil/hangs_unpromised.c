/* Its get does not come back, and it has not promised to. */
#include "good.h"

static int32_t get(GET)
{
    while (EVIL)
        pause();
    return good_get(PASS);
}

PLUGIN({
    provider.get = get;
    provider.capabilities &= ~PREFECT_SECRETS_HONORS_DEADLINES;
})
