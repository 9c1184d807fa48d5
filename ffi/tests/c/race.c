/* race program|provider: two races, planted for the tool that is to find them. One is between two
 * threads of the program; the other between the program and a provider of its own, which goes on
 * writing to the caller's memory when the call was over long ago. */
#define _GNU_SOURCE
#include "memory.h"
#include "process.h"
#include <pthread.h>

static volatile long counter;

static void *count(void *nothing)
{
    (void)nothing;
    for (int i = 0; i < 1000; i++)
        counter++;
    return NULL;
}

static int32_t late_get(void *instance, const prefect_secrets_request *request,
                        prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)name;
    (void)reply;
    sleep_ms(200);
    counter = 1;
    return PREFECT_SECRETS_ABSENT;
}

int main(int argc, char **argv)
{
    static prefect_secrets_provider table;
    prefect_secrets_error *error = NULL;
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_call call = {sizeof call, 0, 50, NULL};
    pthread_t threads[2];

    if (argc > 1 && strcmp(argv[1], "program") == 0) {
        for (int i = 0; i < 2; i++)
            CHECK(pthread_create(&threads[i], NULL, count, NULL) == 0);
        for (int i = 0; i < 2; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
        return 0;
    }
    table = memory_table();
    table.capabilities &= ~(uint64_t)PREFECT_SECRETS_HONORS_DEADLINES;
    table.get = late_get;
    OK(open_with(&table, "late", "", &chain, &error));
    FAILS(prefect_secrets_chain_get(chain, str("ANY"), &call, &secret, &error),
          PREFECT_SECRETS_TIMED_OUT);
    for (int i = 0; i < 50; i++) {
        sleep_ms(10);
        (void)counter;
    }
    prefect_secrets_chain_close(chain);
    return 0;
}
