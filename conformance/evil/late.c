/* It takes its time for one name, though it promises to keep deadlines. */
#include "good.h"

static int32_t get(GET)
{
    if (EVIL && prefect_secrets_equal(name, prefect_secrets_str("CHARLIE")))
        usleep(500000);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
