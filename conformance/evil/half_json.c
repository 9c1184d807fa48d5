/* It commits as JSON what is none. */
#include "good.h"

static int32_t get(GET)
{
    uint8_t *place = EVIL ? reply->reserve(reply, 1) : NULL;
    if (place) {
        *place = '{';
        return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_JSON, 1);
    }
    return good_get(PASS);
}

PLUGIN(provider.get = get)
