/* A plugin that does what the name of the secret says, for hosts that run it in a process of its own.
 *
 * A value comes as MASKED, see scan.h: this plugin writes it into the memory of its reply and has it
 * nowhere else, so that what it then finds in its own memory is a copy that others made.
 *
 *     MADE:MASKED      the value
 *     BIG:MASKED       the value, 4096 times
 *     LATE:MASKED      the value, after 100 ms
 *     KEPT:MASKED      the value, of which it keeps a copy that it should not
 *     WRITTEN:         what was set last
 *     SETTING:KEY      a setting
 *     COPIES:MASKED    how many copies of the value are in the memory of its process
 *     ECHO:TEXT PID: SLEEP:MS SEGV: LEAVE:
 */
#define _GNU_SOURCE
#include "scan.h"
#include <prefect_secrets_provider.h>
#include <pthread.h>
#include <unistd.h>

static const prefect_secrets_create *created;
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;
static needle written;
static char *kept;

static int32_t answer(prefect_secrets_reply *reply, const char *text)
{
    return prefect_secrets_reply_text(reply, prefect_secrets_str(text));
}

static int32_t number(prefect_secrets_reply *reply, long long value)
{
    char text[32];
    snprintf(text, sizeof text, "%lld", value);
    return answer(reply, text);
}

static void unmask(volatile uint8_t *to, const needle *from)
{
    for (size_t i = 0; i < from->len; i++)
        to[i] = from->masked[i] ^ MASK;
}

static int32_t value(prefect_secrets_reply *reply, const needle *of, size_t times)
{
    uint8_t *place = reply->reserve(reply, of->len * times);
    if (!place)
        return PREFECT_SECRETS_INVALID;
    for (size_t i = 0; i < times; i++)
        unmask(place + i * of->len, of);
    return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, of->len * times);
}

static int32_t does(const char *what, const char *with, prefect_secrets_reply *reply)
{
    needle of = {0};
    int times = strcmp(what, "BIG") == 0 ? 4096 : 1;
    if (strcmp(what, "MADE") == 0 || strcmp(what, "BIG") == 0 || strcmp(what, "LATE") == 0) {
        read_masked(&of, with);
        if (strcmp(what, "LATE") == 0)
            usleep(100 * 1000);
        return value(reply, &of, (size_t)times);
    }
    if (strcmp(what, "KEPT") == 0) {
        read_masked(&of, with);
        kept = malloc(of.len);
        CHECK(kept);
        unmask((volatile uint8_t *)kept, &of);
        return value(reply, &of, 1);
    }
    if (strcmp(what, "WRITTEN") == 0) {
        pthread_mutex_lock(&writing);
        of = written;
        pthread_mutex_unlock(&writing);
        return of.len ? value(reply, &of, 1) : PREFECT_SECRETS_ABSENT;
    }
    if (strcmp(what, "SETTING") == 0) {
        prefect_secrets_slice setting;
        int32_t status = created->setting(created, str(with), &setting);
        return status == PREFECT_SECRETS_OK ? prefect_secrets_reply_text(reply, setting) : status;
    }
    if (strcmp(what, "COPIES") == 0) {
        read_masked(&of, with);
        return number(reply, copies(&of));
    }
    if (strcmp(what, "ECHO") == 0)
        return answer(reply, with);
    if (strcmp(what, "PID") == 0)
        return number(reply, getpid());
    if (strcmp(what, "SLEEP") == 0) {
        usleep((useconds_t)atoi(with) * 1000);
        return answer(reply, with);
    }
    if (strcmp(what, "SEGV") == 0)
        *(volatile int *)8 = 1;
    if (strcmp(what, "LEAVE") == 0) {
        pid_t left = fork();
        if (left == 0)
            for (;;)
                pause();
        return number(reply, left);
    }
    return PREFECT_SECRETS_ABSENT;
}

static int32_t get(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    char what[1024];
    (void)instance;
    (void)request;
    if (name.len >= sizeof what)
        return PREFECT_SECRETS_ABSENT;
    memcpy(what, name.data, name.len);
    what[name.len] = 0;
    char *with = strchr(what, ':');
    if (!with)
        return PREFECT_SECRETS_ABSENT;
    *with++ = 0;
    return does(what, with, reply);
}

static int32_t get_many(void *instance, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses)
{
    for (size_t i = 0; i < count; i++)
        statuses[i] = get(instance, request, names[i], replies[i]);
    return PREFECT_SECRETS_OK;
}

/* Keeps it masked, if it has the length of one that is asked for again; SLEEP:MS sleeps. */
static int32_t set(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, const prefect_secrets_value *value,
                   prefect_secrets_reply *reply)
{
    if (name.len > 6 && memcmp(name.data, "SLEEP:", 6) == 0)
        return get(instance, request, name, reply);
    pthread_mutex_lock(&writing);
    written.len = value->text.len <= LONGEST ? value->text.len : 0;
    for (size_t i = 0; i < written.len; i++)
        written.masked[i] = value->text.data[i] ^ MASK;
    pthread_mutex_unlock(&writing);
    return PREFECT_SECRETS_OK;
}

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    (void)reply;
    created = create;
    *instance = &written;
    return PREFECT_SECRETS_OK;
}

static void destroy(void *instance) { (void)instance; }

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
{
    static prefect_secrets_provider table;
    table.struct_size = sizeof table;
    table.major = PREFECT_SECRETS_PROVIDER_MAJOR;
    table.minor = PREFECT_SECRETS_PROVIDER_MINOR;
    table.capabilities =
        PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_GET_MANY | PREFECT_SECRETS_SET;
    table.id = prefect_secrets_str("child");
    table.create = create;
    table.destroy = destroy;
    table.get = get;
    table.get_many = get_many;
    table.set = set;
    return &table;
}
