/* It lists its names twice. */
#include "good.h"

static int32_t list(void *instance, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    if (EVIL)
        good_list(instance, request, listing, reply);
    return good_list(instance, request, listing, reply);
}

PLUGIN(provider.list = list)
