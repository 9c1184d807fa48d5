/* threads GETS: eight threads get that often each and release, first all the same name, then each its
 * own, while they refresh the chain and end the default one. The test that runs this puts the secrets
 * NAME_0 to NAME_7, which are text_0 to text_7, where the default chain finds them. */
#include "memory.h"
#include <pthread.h>

enum { THREADS = 8 };

static const prefect_secrets_chain *shared;
static long rounds;
static int own_names;

static void *work(void *argument)
{
    int number = (int)(intptr_t)argument;
    prefect_secrets_error *error = NULL;
    char name[16], text[16], buffer[16];
    size_t length;
    snprintf(name, sizeof name, "NAME_%d", own_names ? number : 0);
    snprintf(text, sizeof text, "text_%d", own_names ? number : 0);
    for (long i = 0; i < rounds; i++) {
        prefect_secrets_secret *secret = NULL;
        OK(prefect_secrets_chain_get(shared, str(name), NULL, &secret, &error));
        CHECK(is(prefect_secrets_secret_text(secret), text));
        prefect_secrets_secret_release(secret);
        OK(prefect_secrets_get(str(name), &secret, &error));
        CHECK(is(prefect_secrets_secret_text(secret), text));
        prefect_secrets_secret_release(prefect_secrets_secret_retain(secret));
        prefect_secrets_secret_release(secret);
        OK(prefect_secrets_chain_get_into(shared, str(name), NULL, buffer, sizeof buffer, &length,
                                          &error));
        CHECK(strcmp(buffer, text) == 0);
        if (i % 1000 == number)
            prefect_secrets_chain_close_default();
        if (i % 1000 == 500)
            OK(prefect_secrets_chain_refresh(shared, NULL, &error));
    }
    return NULL;
}

int main(int argc, char **argv)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_chain *chain = NULL;
    pthread_t threads[THREADS];

    /* A round is three gets, and there are two turns. */
    rounds = ((argc > 1 ? atol(argv[1]) : 1000) + 5) / 6;
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    shared = chain;
    for (own_names = 0; own_names < 2; own_names++) {
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i) == 0);
        for (int i = 0; i < THREADS; i++)
            CHECK(pthread_join(threads[i], NULL) == 0);
    }
    prefect_secrets_chain_close(chain);
    prefect_secrets_chain_close_default();
    return 0;
}
