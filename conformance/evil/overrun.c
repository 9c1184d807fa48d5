/* It writes one byte more than it has reserved. */
#include "good.h"

static int32_t get(GET)
{
    uint8_t *place = EVIL ? reply->reserve(reply, 4) : NULL;
    if (place) {
        memset(place, 'x', 5);
        return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, 4);
    }
    return good_get(PASS);
}

PLUGIN(provider.get = get)
