/* It does not take more than a hundred names at once. */
#include "good.h"

static int32_t get_many(void *instance, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses)
{
    if (EVIL && count > 100)
        return prefect_secrets_reply_fail(replies[0], PREFECT_SECRETS_INVALID, "too many names",
                                          "ask for fewer");
    return good_get_many(instance, request, names, count, replies, statuses);
}

PLUGIN(provider.get_many = get_many)
