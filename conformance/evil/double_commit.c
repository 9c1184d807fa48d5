/* It commits twice. */
#include "good.h"

static int32_t get(GET)
{
    int32_t status = good_get(PASS);
    if (EVIL && status == PREFECT_SECRETS_OK)
        prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, 0);
    return status;
}

PLUGIN(provider.get = get)
