/* It commits more than it has reserved. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL && reply->reserve(reply, 4))
        return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, 400);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
