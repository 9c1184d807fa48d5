/* late lies|stays|plugin|cloud: calls that time out or are cancelled return in time, and nothing is
 * written or read afterwards.
 *
 *     lies    a provider of this program that promises to keep deadlines, and does not
 *     stays   one that does not promise it
 *     plugin  the plugin isolated_plugin.c, which hangs, in a process of its own
 *     cloud   a Cloud that is slow
 *
 * Every call is made in four ways, all at the same time: it times out or is cancelled; and then its
 * memory (name, call, value and outputs: one page, full of canaries) is unmapped at once, so that who
 * comes late falls, or is looked at when all are late. */
#define _GNU_SOURCE
#include "memory.h"
#include "process.h"
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

enum { PAGE = 4096, CANARY = 0xa5, DEADLINE_MS = 300, CANCEL_MS = 100, HANG_MS = 1500 };
enum { SLACK_MS = 150 }; /* for the scheduler, beside what a sleep is late by meanwhile */

typedef enum op { GET, INTO, MANY, EXISTS, SET, DELETE, LIST, EXPLAIN, REFRESH, START, QUEUE, OPS } op;
static const char *const op_names[OPS] = {"get",    "get_into", "get_many", "exists",
                                          "set",    "delete",   "list",     "explain",
                                          "refresh", "start_get", "queue"};

/* What a call is given and may write to. */
typedef struct place {
    uint8_t before[512];
    char name[64];
    char value[64];
    prefect_secrets_call call;
    prefect_secrets_value set;
    prefect_secrets_slice names[2];
    uint8_t between[64];
    void *output;
    prefect_secrets_error *error;
    size_t length;
    char buffer[64];
    prefect_secrets_result results[2];
    uint8_t after[512];
} place;

typedef struct trial {
    pthread_t thread;
    op op;
    int cancelled, unmapped;
    long took_ms;
    place *page, *was;
    prefect_secrets_cancellation *cancellation;
    prefect_secrets_queue *queue;
    atomic_int outcomes, status;
} trial;

static prefect_secrets_chain *chain;
static const char *name;
static int may_be_given_up;
static atomic_int inside, destroyed, over, worst_sleep_ms;

static void hang(void)
{
    inside++;
    sleep_ms(HANG_MS);
    inside--;
}

static int32_t late_get(void *instance, const prefect_secrets_request *request,
                        prefect_secrets_slice asked, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    hang();
    (void)asked; /* gone, perhaps, if the promise is broken: it is in the page of the caller */
    return prefect_secrets_reply_text(reply, str("late"));
}

static int32_t late_set(void *instance, const prefect_secrets_request *request,
                        prefect_secrets_slice asked, const prefect_secrets_value *value,
                        prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)reply;
    hang();
    CHECK(is(value->text, "value") && is(asked, name));
    return PREFECT_SECRETS_OK;
}

static int32_t late_delete(void *instance, const prefect_secrets_request *request,
                           prefect_secrets_slice asked, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)reply;
    hang();
    CHECK(is(asked, name));
    return PREFECT_SECRETS_OK;
}

static int32_t late_list(void *instance, const prefect_secrets_request *request,
                         prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)reply;
    hang();
    return listing->add(listing, str("LATE"));
}

static int32_t late_refresh(void *instance, const prefect_secrets_request *request,
                            prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)reply;
    hang();
    return PREFECT_SECRETS_OK;
}

static void late_destroy(void *instance)
{
    CHECK(inside == 0);
    memory_destroy(instance);
    destroyed++;
}

static void done(void *user_data, int32_t status, prefect_secrets_secret *secret,
                 prefect_secrets_error *error)
{
    trial *of = user_data;
    CHECK(secret == NULL && error != NULL);
    prefect_secrets_error_free(error);
    of->status = status;
    of->outcomes++;
}

static void *cancel(void *argument)
{
    sleep_ms(CANCEL_MS);
    prefect_secrets_cancellation_cancel(argument);
    return NULL;
}

/* Waits for what was started. */
static int32_t started(trial *of)
{
    prefect_secrets_result result;
    prefect_secrets_error *error = NULL;
    void *which = NULL;
    struct pollfd ready = {.events = POLLIN};
    if (of->op == START) {
        while (of->outcomes == 0)
            sleep_ms(1);
        return of->status;
    }
    ready.fd = prefect_secrets_queue_descriptor(of->queue);
    CHECK(poll(&ready, 1, 10000) == 1);
    OK(prefect_secrets_queue_next(of->queue, &which, &result, &error));
    CHECK(which == of && result.secret == NULL);
    prefect_secrets_error_free(result.error);
    of->outcomes++;
    return result.status;
}

/* The call; all that it is given is in the page. */
static int32_t make(trial *of)
{
    place *in = of->page;
    prefect_secrets_slice asked = str(in->name);
    prefect_secrets_error **error = &in->error;
    switch (of->op) {
    case GET:
        return prefect_secrets_chain_get(chain, asked, &in->call, (void *)&in->output, error);
    case INTO:
        return prefect_secrets_chain_get_into(chain, asked, &in->call, in->buffer,
                                              sizeof in->buffer, &in->length, error);
    case MANY:
        return prefect_secrets_chain_get_many(chain, in->names, 2, &in->call, in->results, error);
    case EXISTS:
        return prefect_secrets_chain_exists(chain, asked, &in->call, error);
    case SET:
        return prefect_secrets_chain_set(chain, str(""), asked, &in->set, &in->call, error);
    case DELETE:
        return prefect_secrets_chain_delete(chain, str(""), asked, &in->call, error);
    case LIST:
        return prefect_secrets_chain_list(chain, &in->call, (void *)&in->output, error);
    case EXPLAIN:
        return prefect_secrets_chain_explain(chain, asked, &in->call, (void *)&in->output, error);
    case REFRESH:
        return prefect_secrets_chain_refresh(chain, &in->call, error);
    case START:
        return prefect_secrets_chain_start_get(chain, asked, &in->call, done, of, error);
    default:
        return prefect_secrets_queue_start_get(of->queue, chain, asked, &in->call, of, error);
    }
}

/* Takes what the call may have written, and puts the canaries back. */
static int32_t take(trial *of, int32_t status)
{
    place *in = of->page, *was = of->was;
    if (in->error != was->error) {
        CHECK(prefect_secrets_error_status(in->error) == status);
        prefect_secrets_error_free(in->error);
        in->error = was->error;
    }
    if (of->op == MANY) {
        CHECK(status == PREFECT_SECRETS_OK);
        status = in->results[0].status;
        for (int i = 0; i < 2; i++) {
            /* One that did not come back is not asked again. */
            CHECK(in->results[i].status == status ||
                  (may_be_given_up && in->results[i].status == PREFECT_SECRETS_PANICKED));
            CHECK(in->results[i].secret == NULL);
            prefect_secrets_error_free(in->results[i].error);
        }
        memcpy(in->results, was->results, sizeof in->results);
    }
    if (of->op == EXPLAIN && status == PREFECT_SECRETS_OK) {
        /* That the call was ended may be part of what is told. */
        prefect_secrets_explanation_free(in->output);
        in->output = was->output;
        status = of->cancelled ? PREFECT_SECRETS_CANCELLED : PREFECT_SECRETS_TIMED_OUT;
    }
    return status;
}

static void *run(void *argument)
{
    trial *of = argument;
    pthread_t canceller;
    int32_t status, expected = of->cancelled ? PREFECT_SECRETS_CANCELLED : PREFECT_SECRETS_TIMED_OUT;
    struct timespec start = now();

    if (of->cancelled)
        CHECK(pthread_create(&canceller, NULL, cancel, of->cancellation) == 0);
    status = make(of);
    if (of->op != START && of->op != QUEUE)
        of->took_ms = since_ms(start);
    status = take(of, status);
    CHECK(memcmp(of->page, of->was, PAGE) == 0);
    if (of->unmapped) {
        CHECK(munmap(of->page, PAGE) == 0);
        of->page = NULL;
    }
    if (of->op == START || of->op == QUEUE) {
        CHECK(status == PREFECT_SECRETS_OK);
        status = started(of);
        of->took_ms = since_ms(start);
    }
    if (status != expected) {
        fprintf(stderr, "%s: %d, not %d\n", op_names[of->op], status, expected);
        CHECK(status == expected);
    }
    if (of->cancelled)
        CHECK(pthread_join(canceller, NULL) == 0);
    return NULL;
}

static void prepare(trial *of)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_call call = {sizeof call, 0, of->cancelled ? 20000 : DEADLINE_MS, NULL};
    place *in = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(in != MAP_FAILED && sizeof *in <= PAGE);
    memset(in, CANARY, PAGE);
    strcpy(in->name, name);
    strcpy(in->value, "value");
    in->names[0] = in->names[1] = str(in->name);
    in->set = prefect_secrets_value_text(str(in->value));
    OK(prefect_secrets_cancellation_new(&of->cancellation, &error));
    call.cancellation = of->cancellation;
    in->call = call;
    if (of->op == QUEUE)
        OK(prefect_secrets_queue_new(&of->queue, &error));
    of->page = in;
    of->was = malloc(PAGE);
    CHECK(of->was);
    memcpy(of->was, in, PAGE);
}

/* How late this machine is: a sleep of some milliseconds, again and again. */
static void *sleeper(void *nothing)
{
    (void)nothing;
    while (!over) {
        struct timespec start = now();
        sleep_ms(20);
        long late = since_ms(start) - 20;
        if (late > worst_sleep_ms)
            worst_sleep_ms = (int)late;
    }
    return NULL;
}

static prefect_secrets_provider *table(const char *how)
{
    static prefect_secrets_provider table; /* stays for the life of the program */
    table = memory_table();
    table.capabilities |= PREFECT_SECRETS_THREAD_SAFE;
    table.capabilities &= ~(uint64_t)PREFECT_SECRETS_GET_MANY;
    if (strcmp(how, "stays") == 0)
        table.capabilities &= ~(uint64_t)PREFECT_SECRETS_HONORS_DEADLINES;
    table.get = late_get;
    table.set = late_set;
    table.delete_ = late_delete;
    table.list = late_list;
    table.refresh = late_refresh;
    table.destroy = late_destroy;
    return &table;
}

/* What waits for something there. */
static int waits(const char *how, op op)
{
    if (strcmp(how, "plugin") == 0)
        return op != DELETE && op != LIST && op != REFRESH; /* which it cannot do */
    return strcmp(how, "cloud") != 0 || op != REFRESH;
}

int main(int argc, char **argv)
{
    static trial trials[OPS * 4];
    prefect_secrets_error *error = NULL;
    const char *how = argc > 1 ? argv[1] : "";
    int own = strcmp(how, "lies") == 0 || strcmp(how, "stays") == 0, count = 0;
    int descriptors;
    pthread_t control;

    CHECK(own || strcmp(how, "plugin") == 0 || strcmp(how, "cloud") == 0);
    alarm(120);
    may_be_given_up = strcmp(how, "stays") == 0;
    name = strcmp(how, "plugin") == 0 ? "SLEEP:20000" : "IN_CLOUD";
    OK(own ? open_with(table(how), "late", "", &chain, &error)
           : prefect_secrets_chain_open(NULL, &chain, &error));
    descriptors = entries("/proc/self/fd");
    for (op op = GET; op < OPS; op++)
        for (int way = 0; way < 4 && waits(how, op); way++) {
            trials[count].op = op;
            trials[count].cancelled = way & 1;
            trials[count].unmapped = way >> 1;
            prepare(&trials[count++]);
        }
    CHECK(pthread_create(&control, NULL, sleeper, NULL) == 0);
    for (int i = 0; i < count; i++)
        CHECK(pthread_create(&trials[i].thread, NULL, run, &trials[i]) == 0);
    for (int i = 0; i < count; i++)
        CHECK(pthread_join(trials[i].thread, NULL) == 0);
    over = 1;
    CHECK(pthread_join(control, NULL) == 0);
    if (own && !getenv("SLOWED_DOWN"))
        CHECK(inside > 0); /* they all have returned while it hangs */

    for (int i = 0; i < count; i++) {
        const trial *of = &trials[i];
        long limit = of->cancelled ? CANCEL_MS : DEADLINE_MS;
        long allowed = limit + limit / 10 + SLACK_MS + worst_sleep_ms;
        printf("%s %s: %ld ms, allowed %ld\n", op_names[of->op],
               of->cancelled ? "cancelled" : "timed out", of->took_ms, allowed);
        CHECK(of->took_ms >= limit - 1);
        if (!getenv("SLOWED_DOWN")) /* by an instrument */
            CHECK(of->took_ms <= allowed);
    }

    /* The handle is given back while calls are inside, and does not wait for them. */
    struct timespec closing = now();
    prefect_secrets_chain_close(chain);
    CHECK(since_ms(closing) < HANG_MS / 2 || getenv("SLOWED_DOWN"));
    for (int i = 0; i < 2000 && (inside > 0 || (strcmp(how, "lies") == 0 && !destroyed)); i++)
        sleep_ms(10);
    CHECK(inside == 0 && destroyed == (strcmp(how, "lies") == 0));
    sleep_ms(own ? 100 : HANG_MS);
    for (int i = 0; i < count; i++) {
        trial *of = &trials[i];
        CHECK(of->outcomes == (of->op == START || of->op == QUEUE));
        CHECK(!of->page || memcmp(of->page, of->was, PAGE) == 0);
        if (of->page)
            CHECK(munmap(of->page, PAGE) == 0);
        if (of->queue) {
            void *which;
            prefect_secrets_result result;
            ABSENT(prefect_secrets_queue_next(of->queue, &which, &result, &error));
            prefect_secrets_queue_free(of->queue);
        }
        prefect_secrets_cancellation_free(of->cancellation);
        free(of->was);
    }
    CHECK(comes_down_to("/proc/self/task", 1));
    /* tokio keeps a pair of sockets for the life of the process where the build turned its signals
     * on, which no part of this library uses but another member of the workspace. */
    CHECK(comes_down_to("/proc/self/fd", descriptors + (strcmp(how, "cloud") == 0 ? 2 : 0)));
    return 0;
}
