/* It says of everything that it deleted it. */
#include "good.h"

static int32_t delete_(GET)
{
    int32_t status = good_delete(PASS);
    return EVIL ? PREFECT_SECRETS_OK : status;
}

PLUGIN(provider.delete_ = delete_)
