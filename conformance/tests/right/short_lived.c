/* It makes a new value for each get, and says that it ends. */
#include "good.h"

#include <stdio.h>

static int32_t get(GET)
{
    static int made;
    char token[64];
    prefect_secrets_commit commit;
    uint8_t *place;
    int len;
    if (!good_find((good *)instance, name, 0))
        return good_get(PASS);
    len = snprintf(token, sizeof token, "token number %d", __sync_add_and_fetch(&made, 1));
    place = reply->reserve(reply, (size_t)len);
    if (!place)
        return PREFECT_SECRETS_INVALID;
    memcpy(place, token, (size_t)len);
    explicit_bzero(token, sizeof token);
    memset(&commit, 0, sizeof commit);
    commit.struct_size = sizeof commit;
    commit.form = PREFECT_SECRETS_FORM_TEXT;
    commit.text_len = (size_t)len;
    commit.expires_at = 4000000000;
    return reply->commit(reply, &commit);
}

PLUGIN({
    provider.get = get;
    provider.capabilities &= ~(PREFECT_SECRETS_SET | PREFECT_SECRETS_DELETE);
})
