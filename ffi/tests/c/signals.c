/* No thread of the library takes a signal of the program's, whatever the mask of the thread was that
 * it comes from: gets look up the name of a host, connect to it, and end on threads of the library, and
 * then every thread of the program blocks the signal. */
#define _GNU_SOURCE
#include "check.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

static prefect_secrets_error *error;
static volatile sig_atomic_t taken;

static void handler(int number)
{
    (void)number;
    taken = 1;
}

int main(void)
{
    struct sigaction action = {.sa_handler = handler};
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_queue *queue = NULL;
    prefect_secrets_cancellation *cancellation = NULL;
    prefect_secrets_call call = {sizeof call, 0, 10000, NULL};
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_result result;
    struct pollfd ready = {.events = POLLIN};
    sigset_t mine, before;
    void *which;

    CHECK(sigaction(SIGUSR1, &action, NULL) == 0);
    sigemptyset(&mine);
    sigaddset(&mine, SIGUSR1);
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    OK(prefect_secrets_queue_new(&queue, &error));
    OK(prefect_secrets_cancellation_new(&cancellation, &error));
    ready.fd = prefect_secrets_queue_descriptor(queue);
    for (int round = 0; round < 20; round++) {
        call.cancellation = round % 2 ? cancellation : NULL;
        FAILS(prefect_secrets_chain_get(chain, prefect_secrets_str("FAR"), &call, &secret, &error),
              PREFECT_SECRETS_UNAVAILABLE);
        OK(prefect_secrets_queue_start_get(queue, chain, prefect_secrets_str("FAR"), &call, NULL,
                                           &error));
        CHECK(pthread_sigmask(SIG_BLOCK, &mine, &before) == 0);
        CHECK(kill(getpid(), SIGUSR1) == 0);
        CHECK(poll(&ready, 1, 10000) == 1);
        usleep(2000);
        CHECK(!taken);
        /* The control: it was there to be taken all the time. */
        CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
        CHECK(taken);
        taken = 0;
        OK(prefect_secrets_queue_next(queue, &which, &result, &error));
        CHECK(result.status == PREFECT_SECRETS_UNAVAILABLE);
        prefect_secrets_error_free(result.error);
    }
    prefect_secrets_queue_free(queue);
    prefect_secrets_cancellation_free(cancellation);
    prefect_secrets_chain_close(chain);
    return 0;
}
