/* The thread that it starts never ends. */
#include "good.h"

static void *forever(void *instance)
{
    while (!instance)
        pause();
    return instance;
}

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    static int started;
    pthread_t thread;
    if (EVIL && !started && pthread_create(&thread, NULL, forever, NULL) == 0)
        started = 1;
    return good_create(create, instance, reply);
}

PLUGIN(provider.create = create)
