/* In a batch it sets the status of one name more than there is. */
#include "good.h"

static int32_t get_many(void *instance, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses)
{
    if (EVIL)
        statuses[count] = PREFECT_SECRETS_ABSENT;
    return good_get_many(instance, request, names, count, replies, statuses);
}

PLUGIN(provider.get_many = get_many)
