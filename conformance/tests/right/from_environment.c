/* It answers from the environment, where the value stays. */
#include "good.h"

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    (void)create, (void)instance, (void)reply;
    return PREFECT_SECRETS_OK;
}

static void destroy(void *instance)
{
    (void)instance;
}

static int32_t get(GET)
{
    char variable[256];
    const char *value;
    (void)instance, (void)request;
    if (name.len >= sizeof variable)
        return PREFECT_SECRETS_ABSENT;
    if (name.len)
        memcpy(variable, name.data, name.len);
    variable[name.len] = 0;
    value = getenv(variable);
    return value ? prefect_secrets_reply_text(reply, prefect_secrets_str(value))
                 : PREFECT_SECRETS_ABSENT;
}

PLUGIN({
    provider.create = create;
    provider.destroy = destroy;
    provider.get = get;
    provider.capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
})
