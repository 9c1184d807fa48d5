/* What it needs belongs to the thread that made the instance. */
#include "good.h"

static __thread void *mine;

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    int32_t status = good_create(create, instance, reply);
    mine = *instance;
    return status;
}

static int32_t get(GET)
{
    if (EVIL && mine != instance)
        return PREFECT_SECRETS_ABSENT;
    return good_get(PASS);
}

PLUGIN({
    provider.create = create;
    provider.get = get;
})
