/* To a name that it has not got it answers with a failure. */
#include "good.h"

static int32_t get(GET)
{
    int32_t status = good_get(PASS);
    if (EVIL && status == PREFECT_SECRETS_ABSENT)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE, "no such secret",
                                          "create it");
    return status;
}

PLUGIN(provider.get = get)
