/* Its place is far away. */
#include "good.h"

static int32_t get(GET)
{
    usleep(30000);
    return good_get(PASS);
}

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    usleep(30000);
    return good_create(create, instance, reply);
}

PLUGIN({
    provider.create = create;
    provider.get = get;
    provider.capabilities &= ~(PREFECT_SECRETS_HONORS_DEADLINES | PREFECT_SECRETS_GET_MANY);
})
