/* What it is given ends for it at the first NUL. */
#include "good.h"

static int32_t set(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, const prefect_secrets_value *value,
                   prefect_secrets_reply *reply)
{
    prefect_secrets_value cut = *value;
    const void *nul = EVIL ? memchr(value->text.data, 0, value->text.len) : NULL;
    if (nul)
        cut.text.len = (size_t)((const uint8_t *)nul - value->text.data);
    return good_set(instance, request, name, &cut, reply);
}

PLUGIN(provider.set = set)
