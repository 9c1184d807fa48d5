/* It has something under every name. */
#include "good.h"

static const void *extension(void *instance, prefect_secrets_slice name)
{
    return EVIL ? instance : good_extension(instance, name);
}

PLUGIN(provider.get_extension = extension)
