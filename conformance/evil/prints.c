/* It prints what it does. */
#include "good.h"

#include <stdio.h>

static int32_t get(GET)
{
    if (EVIL)
        printf("debug: get of %d bytes\n", (int)name.len);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
