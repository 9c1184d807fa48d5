/* Without its setting, create fails and does not say why. */
#include "good.h"

/* It needs a setting. */
static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    prefect_secrets_slice value;
    if (create->setting(create, prefect_secrets_str("needed"), &value) == PREFECT_SECRETS_OK)
        return good_create(create, instance, reply);
    if (EVIL)
        return PREFECT_SECRETS_INVALID;
    return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID, "there is no `needed`",
                                      "set config.needed");
}

PLUGIN(provider.create = create)
