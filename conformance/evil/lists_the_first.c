/* It lists what it had at first, and nothing that was set since. */
#include "good.h"

static int32_t list(void *instance, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    if (!EVIL)
        return good_list(instance, request, listing, reply);
    listing->add(listing, prefect_secrets_str("ALPHA"));
    listing->add(listing, prefect_secrets_str("BRAVO"));
    return listing->add(listing, prefect_secrets_str("CHARLIE"));
}

PLUGIN(provider.list = list)
