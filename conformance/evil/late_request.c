/* A thread asks how much time there is after its get has returned. */
#include "good.h"

static void *ask(void *request)
{
    usleep(50000);
    ((const prefect_secrets_request *)request)->struct_size > 0 ? (void)0 : abort();
    return NULL;
}

static int32_t get(GET)
{
    pthread_t thread;
    if (EVIL && pthread_create(&thread, NULL, ask, (void *)(uintptr_t)request) == 0)
        pthread_detach(thread);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
