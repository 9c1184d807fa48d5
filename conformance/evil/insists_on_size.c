/* It wants the structs of the host to be of the size that it knows. */
#include "good.h"

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    if (EVIL && create->struct_size != sizeof *create)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNSUPPORTED,
                                          "this is another version", "take the one I know");
    return good_create(create, instance, reply);
}

PLUGIN(provider.create = create)
