/* It reads a member of a later minor behind the value that it is given. */
#include "good.h"

static int32_t set(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, const prefect_secrets_value *value,
                   prefect_secrets_reply *reply)
{
    if (EVIL) {
        uint64_t member = *(volatile const uint64_t *)(const void *)(value + 1);
        (void)member;
    }
    return good_set(instance, request, name, value, reply);
}

PLUGIN(provider.set = set)
