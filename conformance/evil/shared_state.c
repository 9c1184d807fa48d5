/* All its instances are one. */
#include "good.h"

static void *shared;

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    int32_t status = PREFECT_SECRETS_OK;
    if (!EVIL)
        return good_create(create, instance, reply);
    if (!shared)
        status = good_create(create, &shared, reply);
    *instance = shared;
    return status;
}

/* Empties what the others still use. */
static void destroy(void *instance)
{
    if (!EVIL) {
        good_destroy(instance);
        return;
    }
    for (size_t i = 0; i < ROOM; i++)
        good_drop(&((good *)instance)->secrets[i]);
}

PLUGIN({
    provider.create = create;
    provider.destroy = destroy;
})
