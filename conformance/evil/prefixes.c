/* A name that one of its own begins with is that one to it. */
#include "good.h"

static int32_t get(GET)
{
    static const char *const names[] = {"ALPHA", "BRAVO", "CHARLIE"};
    for (size_t i = 0; EVIL && i < 3; i++)
        if (name.len && strncmp((const char *)name.data, names[i], name.len) == 0)
            return good_get(instance, request, prefect_secrets_str(names[i]), reply);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
