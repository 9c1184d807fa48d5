/* cancels ROUNDS: eight threads call, in every way, and three others cancel what they find, now and
 * then the same call at once. Each call ends as it may, each start has one outcome, and in the end
 * queues are freed and the chain is closed with gets under way. */
#define _GNU_SOURCE
#include "memory.h"
#include "process.h"
#include <pthread.h>
#include <stdatomic.h>

enum { WORKERS = 8, CANCELLERS = 3, WAYS = 5, LEFT = 20 };

static prefect_secrets_chain *chain;
static long rounds;
static atomic_int over, destroyed;
static atomic_long ended[16], started_count, done_count;

/* What a worker calls with, for those who cancel. */
static struct slot {
    pthread_rwlock_t lock;
    const prefect_secrets_cancellation *cancellation;
} slots[WORKERS];

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 16;
}

/* Takes a moment or two, and does not look at who waits for it. */
static int32_t moody_get(void *instance, const prefect_secrets_request *request,
                         prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    static atomic_uint calls;
    unsigned call = calls++;
    (void)instance;
    (void)request;
    if (call % 3)
        usleep(call % 3 * 400);
    if (call % 500 == 0)
        sleep_ms(60);
    return prefect_secrets_reply_text(reply, name);
}

static void moody_destroy(void *instance)
{
    memory_destroy(instance);
    destroyed++;
}

/* A status that may be: found, cancelled, or timed out. */
static void count_end(int32_t status)
{
    CHECK(status == PREFECT_SECRETS_OK || status == PREFECT_SECRETS_CANCELLED ||
          status == PREFECT_SECRETS_TIMED_OUT);
    ended[status]++;
}

static void check_result(int32_t status, prefect_secrets_secret *secret,
                         prefect_secrets_error *error)
{
    count_end(status);
    CHECK((status == PREFECT_SECRETS_OK) == (secret != NULL));
    CHECK((status == PREFECT_SECRETS_OK) == (error == NULL));
    if (secret)
        CHECK(is(prefect_secrets_secret_text(secret), "MOODY"));
    else
        CHECK(prefect_secrets_error_status(error) == status);
    prefect_secrets_secret_release(secret);
    prefect_secrets_error_free(error);
}

static void done(void *user_data, int32_t status, prefect_secrets_secret *secret,
                 prefect_secrets_error *error)
{
    atomic_int *times = user_data;
    check_result(status, secret, error);
    done_count++;
    if (times)
        CHECK((*times)++ == 0);
}

static void drain(const prefect_secrets_queue *queue, int *waiting)
{
    prefect_secrets_result result;
    prefect_secrets_error *error = NULL;
    void *which;
    while (prefect_secrets_queue_next(queue, &which, &result, &error) == PREFECT_SECRETS_OK) {
        CHECK(which == waiting && *waiting > 0);
        (*waiting)--;
        check_result(result.status, result.secret, result.error);
    }
    CHECK(error == NULL);
}

static void one(uint32_t way, const prefect_secrets_call *call, prefect_secrets_queue *queue,
                int *waiting, atomic_int *times)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_slice names[2] = {str("MOODY"), str("MOODY")};
    prefect_secrets_result results[2];
    char buffer[8];
    size_t length = 99;
    int32_t status;
    memset(buffer, 'u', sizeof buffer);

    switch (way) {
    case 0:
        status = prefect_secrets_chain_get(chain, names[0], call, &secret, &error);
        check_result(status, secret, error);
        break;
    case 1:
        status = prefect_secrets_chain_get_into(chain, names[0], call, buffer, sizeof buffer,
                                                &length, &error);
        count_end(status);
        if (status == PREFECT_SECRETS_OK)
            CHECK(length == 5 && strcmp(buffer, "MOODY") == 0);
        else
            CHECK(length == 99 && memcmp(buffer, "uuuuuuuu", 8) == 0);
        prefect_secrets_error_free(error);
        break;
    case 2:
        OK(prefect_secrets_chain_get_many(chain, names, 2, call, results, &error));
        for (int i = 0; i < 2; i++)
            check_result(results[i].status, results[i].secret, results[i].error);
        break;
    case 3:
        started_count++;
        OK(prefect_secrets_chain_start_get(chain, names[0], call, done, times, &error));
        break;
    default:
        (*waiting)++;
        OK(prefect_secrets_queue_start_get(queue, chain, names[0], call, waiting, &error));
        drain(queue, waiting);
    }
}

static void *work(void *argument)
{
    struct slot *slot = argument;
    uint32_t random = (uint32_t)(slot - slots) + 1;
    int waiting = 0;
    prefect_secrets_error *error = NULL;
    prefect_secrets_queue *queue = NULL;
    atomic_int *times = calloc((size_t)rounds, sizeof *times);

    CHECK(times);
    OK(prefect_secrets_queue_new(&queue, &error));
    for (long i = 0; i < rounds; i++) {
        prefect_secrets_cancellation *cancellation = NULL;
        prefect_secrets_call call = {sizeof call, 0, next_random(&random) % 8 ? 10000 : 1, NULL};
        OK(prefect_secrets_cancellation_new(&cancellation, &error));
        call.cancellation = cancellation;
        pthread_rwlock_wrlock(&slot->lock);
        slot->cancellation = cancellation;
        pthread_rwlock_unlock(&slot->lock);
        one(next_random(&random) % WAYS, &call, queue, &waiting, &times[i]);
        pthread_rwlock_wrlock(&slot->lock);
        slot->cancellation = NULL;
        pthread_rwlock_unlock(&slot->lock);
        /* Each is cancelled in the end: of what was started, many are still under way. */
        prefect_secrets_cancellation_cancel(cancellation);
        prefect_secrets_cancellation_free(cancellation);
    }
    for (int i = 0; i < 3000 && waiting > 0; i++) {
        sleep_ms(10);
        drain(queue, &waiting);
    }
    CHECK(waiting == 0);
    prefect_secrets_queue_free(queue);
    return times;
}

static void *cancel(void *argument)
{
    uint32_t random = (uint32_t)(uintptr_t)argument + 77;
    while (!over) {
        struct slot *slot = &slots[next_random(&random) % WORKERS];
        pthread_rwlock_rdlock(&slot->lock);
        prefect_secrets_cancellation_cancel(slot->cancellation);
        pthread_rwlock_unlock(&slot->lock);
        usleep(next_random(&random) % 300);
    }
    return NULL;
}

/* A queue is freed and the chain closed with gets under way. */
static void leave(void)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_queue *queue = NULL;
    int unused = 0;
    OK(prefect_secrets_queue_new(&queue, &error));
    for (int i = 0; i < LEFT; i++) {
        started_count++;
        OK(prefect_secrets_queue_start_get(queue, chain, str("MOODY"), NULL, &unused, &error));
        OK(prefect_secrets_chain_start_get(chain, str("MOODY"), NULL, done, NULL, &error));
    }
    prefect_secrets_queue_free(queue);
    prefect_secrets_chain_close(chain);
}

int main(int argc, char **argv)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_error *error = NULL;
    pthread_t workers[WORKERS], cancellers[CANCELLERS];
    atomic_int *times[WORKERS];
    int descriptors = entries("/proc/self/fd");

    rounds = (argc > 1 ? atol(argv[1]) : 10000) / WORKERS;
    alarm(300);
    table.capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
    table.get = moody_get;
    table.destroy = moody_destroy;
    OK(open_with(&table, "moody", "", &chain, &error));
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_rwlock_init(&slots[i].lock, NULL) == 0);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_create(&workers[i], NULL, work, &slots[i]) == 0);
    for (int i = 0; i < CANCELLERS; i++)
        CHECK(pthread_create(&cancellers[i], NULL, cancel, (void *)(uintptr_t)i) == 0);
    for (int i = 0; i < WORKERS; i++)
        CHECK(pthread_join(workers[i], (void **)&times[i]) == 0);
    over = 1;
    for (int i = 0; i < CANCELLERS; i++)
        CHECK(pthread_join(cancellers[i], NULL) == 0);
    leave();

    for (int i = 0; i < 3000 && (!destroyed || done_count < started_count); i++)
        sleep_ms(10);
    CHECK(destroyed == 1 && done_count == started_count);
    CHECK(comes_down_to("/proc/self/task", 1));
    CHECK(entries("/proc/self/fd") == descriptors);
    for (int i = 0; i < WORKERS; i++)
        free(times[i]);
    printf("%ld found, %ld cancelled, %ld timed out\n", ended[PREFECT_SECRETS_OK],
           ended[PREFECT_SECRETS_CANCELLED], ended[PREFECT_SECRETS_TIMED_OUT]);
    CHECK(ended[PREFECT_SECRETS_CANCELLED] > 0 && ended[PREFECT_SECRETS_OK] > 0);
    return 0;
}
