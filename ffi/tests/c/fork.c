/* fork ROUNDS: a child goes on with what its parent had, while other threads of the parent open,
 * close and ask. The test that runs this puts the secret SHARED, "four", where the default chain finds it. */
#define _POSIX_C_SOURCE 200809L
#include "memory.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static prefect_secrets_chain *inherited;
static atomic_int done;

static void ask(const prefect_secrets_chain *chain)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    OK(prefect_secrets_chain_get(chain, str("SHARED"), NULL, &secret, &error));
    CHECK(is(prefect_secrets_secret_text(secret), "four"));
    prefect_secrets_secret_release(secret);
}

static void ask_everything(void)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_chain *own = NULL;
    ask(inherited);
    OK(prefect_secrets_get(str("SHARED"), &secret, &error));
    CHECK(is(prefect_secrets_secret_text(secret), "four"));
    prefect_secrets_secret_release(secret);
    OK(prefect_secrets_chain_open(NULL, &own, &error));
    ask(own);
    prefect_secrets_chain_close(own);
    OK(prefect_secrets_chain_refresh(inherited, NULL, &error));
    ask(inherited);
    prefect_secrets_chain_close_default();
    OK(prefect_secrets_chain_default(&own, &error));
    ask(own);
    prefect_secrets_chain_close(own);
}

static void *busy(void *nothing)
{
    (void)nothing;
    while (!done)
        ask_everything();
    return NULL;
}

int main(int argc, char **argv)
{
    prefect_secrets_error *error = NULL;
    pthread_t threads[3];
    int rounds = argc > 1 ? atoi(argv[1]) : 100;

    /* The first use of all may be in a child, too. */
    OK(prefect_secrets_chain_open(NULL, &inherited, &error));
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, busy, NULL) == 0);
    for (int i = 0; i < rounds; i++) {
        int status = -1;
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            alarm(20); /* ends a child that hangs */
            ask_everything();
            prefect_secrets_chain_close(inherited);
            _exit(0);
        }
        CHECK(waitpid(child, &status, 0) == child);
        if (status != 0)
            fprintf(stderr, "child %d ended with %#x\n", i, (unsigned)status);
        CHECK(status == 0);
    }
    done = 1;
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    ask_everything();
    prefect_secrets_chain_close(inherited);
    prefect_secrets_chain_close_default();
    return 0;
}
