/* A thread commits after its get has returned. */
#include "good.h"

static void *answer(void *reply)
{
    usleep(50000);
    prefect_secrets_reply_text((prefect_secrets_reply *)reply, prefect_secrets_str("too late"));
    return NULL;
}

static int32_t get(GET)
{
    pthread_t thread;
    if (EVIL && pthread_create(&thread, NULL, answer, reply) == 0)
        pthread_detach(thread);
    return good_get(PASS);
}

PLUGIN(provider.get = get)
