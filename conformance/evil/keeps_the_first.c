/* What is there already is not replaced. */
#include "good.h"

static int32_t set(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, const prefect_secrets_value *value,
                   prefect_secrets_reply *reply)
{
    if (EVIL && good_find((good *)instance, name, 0))
        return PREFECT_SECRETS_OK;
    return good_set(instance, request, name, value, reply);
}

PLUGIN(provider.set = set)
