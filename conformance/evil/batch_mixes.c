/* In a batch it gives two names the value of each other. */
#include "good.h"

static int32_t get_many(void *instance, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses)
{
    if (EVIL && count > 2) {
        prefect_secrets_slice turned[1024];
        memcpy(turned, names, (count < 1024 ? count : 1024) * sizeof *names);
        turned[0] = names[1];
        turned[1] = names[0];
        if (count < 1024)
            return good_get_many(instance, request, turned, count, replies, statuses);
    }
    return good_get_many(instance, request, names, count, replies, statuses);
}

PLUGIN(provider.get_many = get_many)
