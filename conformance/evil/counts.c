/* Its value is another one each time. */
#include "good.h"

static int32_t get(GET)
{
    static int calls;
    char text[] = "a value with a number: 0";
    if (!EVIL || !good_find((good *)instance, name, 0))
        return good_get(PASS);
    text[sizeof text - 2] = (char)('0' + __sync_fetch_and_add(&calls, 1) % 10);
    return prefect_secrets_reply_text(reply, prefect_secrets_str(text));
}

PLUGIN(provider.get = get)
