/* crowd CHILDREN: a server that forks its workers while other threads of it are inside Cloud gets,
 * started ones among them. Each child asks every place, without waiting too, and with a queue of its
 * own, and exits; it may find its parent's queue in the middle of anything. The test that runs this
 * sets FROM_ENV in the environment, FROM_TOML in config.toml and IN_CLOUD in a Cloud: each is its own
 * name, in small letters. */
#define _GNU_SOURCE
#include "process.h"
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>

enum { BUSY = 4, AT_ONCE = 8 };

static prefect_secrets_chain *chain;
static prefect_secrets_queue *shared;
static prefect_secrets_cancellation *cancellation;
static atomic_int over;
static atomic_long answers;

static void check(prefect_secrets_secret *secret, const char *text)
{
    CHECK(is(prefect_secrets_secret_text(secret), text));
    prefect_secrets_secret_release(secret);
}

static void get(const char *name, const char *text)
{
    prefect_secrets_call call = {sizeof call, 0, 20000, cancellation};
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    OK(prefect_secrets_chain_get(chain, str(name), NULL, &secret, &error));
    check(secret, text);
    /* One that can be cancelled is worked on by another thread. */
    OK(prefect_secrets_chain_get(chain, str(name), &call, &secret, &error));
    check(secret, text);
}

static void through(prefect_secrets_queue *queue, const char *name, const char *text)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_result result;
    void *which = NULL;
    struct pollfd ready = {prefect_secrets_queue_descriptor(queue), POLLIN, 0};
    OK(prefect_secrets_queue_start_get(queue, chain, str(name), NULL, &ready, &error));
    CHECK(poll(&ready, 1, 20000) == 1);
    OK(prefect_secrets_queue_next(queue, &which, &result, &error));
    CHECK(which == &ready);
    if (result.status != PREFECT_SECRETS_OK)
        error = result.error;
    OK(result.status);
    check(result.secret, text);
}

static void done(void *user_data, int32_t status, prefect_secrets_secret *secret,
                 prefect_secrets_error *error)
{
    OK(status);
    check(secret, "in_cloud");
    CHECK(++*(atomic_int *)user_data == 1);
}

static void start(void)
{
    prefect_secrets_error *error = NULL;
    atomic_int times = 0;
    OK(prefect_secrets_chain_start_get(chain, str("IN_CLOUD"), NULL, done, &times, &error));
    while (times == 0)
        sleep_ms(1);
}

static void live_and_exit(void)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_queue *own = NULL;
    prefect_secrets_result result;
    void *which;
    alarm(60); /* ends a child that hangs */
    /* Its parent's queue is none of its business. */
    FAILS(prefect_secrets_queue_next(shared, &which, &result, &error), PREFECT_SECRETS_INVALID);
    prefect_secrets_queue_free(shared);
    get("FROM_ENV", "from_env");
    get("FROM_TOML", "from_toml");
    get("IN_CLOUD", "in_cloud");
    start();
    OK(prefect_secrets_queue_new(&own, &error));
    through(own, "IN_CLOUD", "in_cloud");
    through(own, "FROM_ENV", "from_env");
    prefect_secrets_queue_free(own);
    prefect_secrets_cancellation_cancel(cancellation);
    prefect_secrets_cancellation_free(cancellation);
    prefect_secrets_chain_close(chain);
    _exit(0);
}

static void *busy(void *argument)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_queue *own = NULL;
    OK(prefect_secrets_queue_new(&own, &error));
    for (int i = (int)(intptr_t)argument; !over; i++, answers++) {
        switch (i % 4) {
        case 0:
            get("IN_CLOUD", "in_cloud");
            break;
        case 1:
            start();
            break;
        case 2:
            through(own, "IN_CLOUD", "in_cloud");
            break;
        default:
            get("FROM_ENV", "from_env");
        }
    }
    prefect_secrets_queue_free(own);
    return NULL;
}

/* Fills and empties the queue that every child inherits. */
static void *fill(void *nothing)
{
    (void)nothing;
    while (!over) {
        prefect_secrets_error *error = NULL;
        prefect_secrets_result result;
        void *which;
        for (int i = 0; i < 40; i++)
            OK(prefect_secrets_queue_start_get(shared, chain, str("FROM_ENV"), NULL, NULL,
                                               &error));
        for (int i = 0; i < 40; i++) {
            OK(prefect_secrets_queue_next(shared, &which, &result, &error));
            check(result.secret, "from_env");
        }
        sleep_ms(1);
    }
    return NULL;
}

static int reap(int options)
{
    int status = 0;
    pid_t child = waitpid(-1, &status, options);
    CHECK(child >= 0);
    if (status != 0)
        fprintf(stderr, "a child ended with %#x\n", (unsigned)status);
    CHECK(status == 0);
    return child > 0;
}

int main(int argc, char **argv)
{
    prefect_secrets_error *error = NULL;
    pthread_t threads[BUSY + 1];
    int count = argc > 1 ? atoi(argv[1]) : 1000, alive = 0, descriptors;

    alarm(500);
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    OK(prefect_secrets_cancellation_new(&cancellation, &error));
    OK(prefect_secrets_queue_new(&shared, &error));
    get("IN_CLOUD", "in_cloud");
    descriptors = entries("/proc/self/fd");
    for (int i = 0; i < BUSY; i++)
        CHECK(pthread_create(&threads[i], NULL, busy, (void *)(intptr_t)i) == 0);
    CHECK(pthread_create(&threads[BUSY], NULL, fill, NULL) == 0);
    for (int i = 0; i < count; i++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            live_and_exit();
        alive++;
        while (alive == AT_ONCE || (alive > 0 && i % 8 == 0 && reap(WNOHANG)))
            alive -= alive == AT_ONCE ? reap(0) : 1;
    }
    while (alive > 0)
        alive -= reap(0);
    CHECK(waitpid(-1, NULL, WNOHANG) == -1);
    over = 1;
    for (int i = 0; i <= BUSY; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    printf("%ld answers beside %d children\n", answers, count);
    CHECK(answers > 0);
    prefect_secrets_queue_free(shared);
    get("IN_CLOUD", "in_cloud");
    prefect_secrets_cancellation_free(cancellation);
    prefect_secrets_chain_close(chain);
    CHECK(comes_down_to("/proc/self/task", 1));
    CHECK(comes_down_to("/proc/self/fd", descriptors));
    return 0;
}
