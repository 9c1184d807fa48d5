/* It has much address space, and uses none of it. */
#include "good.h"

#include <sys/mman.h>

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    static void *space;
    if (!space)
        space = mmap(NULL, (size_t)8 << 30, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return space == MAP_FAILED ? PREFECT_SECRETS_UNAVAILABLE : good_create(create, instance, reply);
}

PLUGIN(provider.create = create)
