/* cloud_fork ROUNDS: a child that was forked after, or in the middle of, Cloud gets makes Cloud
 * gets of its own, and parent and child go on. The test that runs this keeps the secret IN_CLOUD,
 * "cumulus", in a Cloud, and counts connections there. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static prefect_secrets_chain *chain;
static atomic_int done;

static void ask(void)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    OK(prefect_secrets_chain_get(chain, str("IN_CLOUD"), NULL, &secret, &error));
    CHECK(is(prefect_secrets_secret_text(secret), "cumulus"));
    CHECK(is(prefect_secrets_secret_provider(secret), "cloud"));
    prefect_secrets_secret_release(secret);
}

/* A child that hangs is ended by its alarm, and counts as failed. */
static void fork_and_ask(void)
{
    int status;
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        alarm(30);
        ask();
        ask();
        prefect_secrets_chain_close(chain);
        _exit(0);
    }
    ask();
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    ask();
}

static void *busy(void *nothing)
{
    (void)nothing;
    while (!done)
        ask();
    return NULL;
}

int main(int argc, char **argv)
{
    prefect_secrets_error *error = NULL;
    pthread_t threads[4];
    int rounds = argc > 1 ? atoi(argv[1]) : 10;

    alarm(300);
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    fork_and_ask(); /* the child makes the first Cloud get of all */
    for (int i = 0; i < rounds; i++)
        fork_and_ask();
    for (int i = 0; i < 4; i++)
        CHECK(pthread_create(&threads[i], NULL, busy, NULL) == 0);
    for (int i = 0; i < rounds; i++)
        fork_and_ask();
    done = 1;
    for (int i = 0; i < 4; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    prefect_secrets_chain_close(chain);
    return 0;
}
