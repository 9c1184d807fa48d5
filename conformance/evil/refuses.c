/* No instance of it can be made. */
#include "good.h"

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    if (EVIL)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_DENIED, "it does not want to",
                                          "take another plugin");
    return good_create(create, instance, reply);
}

PLUGIN(provider.create = create)
