/* A plugin whose gets take a second, whatever their deadlines. With PROMISE=1 it promises to honour
 * them all the same. */
#include "prefect_secrets_provider.h"

#include <unistd.h>

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    (void)create;
    (void)reply;
    *instance = NULL;
    return PREFECT_SECRETS_OK;
}

static void destroy(void *instance)
{
    (void)instance;
}

static int32_t get(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    if (!prefect_secrets_equal(name, prefect_secrets_str("SLOW")))
        return PREFECT_SECRETS_ABSENT;
    usleep(1000 * 1000);
    return prefect_secrets_reply_text(reply, prefect_secrets_str("late"));
}

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
{
    static prefect_secrets_provider provider = {0};
    provider.struct_size = sizeof provider;
    provider.major = PREFECT_SECRETS_PROVIDER_MAJOR;
    provider.minor = PREFECT_SECRETS_PROVIDER_MINOR;
    provider.capabilities = PREFECT_SECRETS_THREAD_SAFE;
    if (PROMISE)
        provider.capabilities |= PREFECT_SECRETS_HONORS_DEADLINES;
    provider.id = prefect_secrets_str("slow");
    provider.create = create;
    provider.destroy = destroy;
    provider.get = get;
    return &provider;
}
