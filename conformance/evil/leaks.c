/* It loses 64 bytes with every instance. */
#include "good.h"

static void *volatile lost;

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    if (EVIL)
        lost = malloc(64);
    return good_create(create, instance, reply);
}

PLUGIN(provider.create = create)
