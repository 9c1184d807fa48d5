/* It answers "found" without a value. */
#include "good.h"

static int32_t get(GET)
{
    return EVIL ? PREFECT_SECRETS_OK : good_get(PASS);
}

PLUGIN(provider.get = get)
