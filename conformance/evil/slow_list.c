/* It promises to keep deadlines, and its list takes as long as it takes. */
#include "good.h"

static int32_t list(void *instance, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    if (EVIL && request->remaining_ns(request) != UINT64_MAX)
        usleep(600000);
    return good_list(instance, request, listing, reply);
}

PLUGIN(provider.list = list)
