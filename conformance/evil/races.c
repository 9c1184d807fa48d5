/* It says that its calls may overlap, and they share one buffer. */
#include "good.h"

static int32_t get(GET)
{
    static prefect_secrets_slice asked;
    asked = name;
    if (!EVIL)
        return good_get(PASS);
    usleep(20);
    return good_get(instance, request, asked, reply);
}

PLUGIN(provider.get = get)
