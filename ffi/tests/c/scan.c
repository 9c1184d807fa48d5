/* scan NAME=MASKED...: are there copies of a value in the memory of this process?
 *
 * MASKED is the value of the secret NAME, see scan.h. A NAME that starts with HOST_ is served by a
 * provider of this program's own, every other one by the default providers; one that starts with
 * IN_CLOUD is written, too; one that starts with KEY_ is none of a secret, but of a credential that
 * the library sends.
 *
 * Found while the secrets are held (the control), and gone after the last release and the close. Each
 * is got without waiting, too: taken from a callback, left in a queue that is freed, and cancelled so
 * that its answer comes too late.
 */
#define _GNU_SOURCE
#include "memory.h"
#include "process.h"
#include "scan.h"
#include <poll.h>
#include <stdatomic.h>

enum { MOST = 16 };

static needle needles[MOST];
static int count;

static void read_needle(char *argument)
{
    needle *to = &needles[count++];
    char *value = strchr(argument, '=');
    CHECK(value && count <= MOST);
    *value++ = 0;
    to->name = argument;
    read_masked(to, value);
}

static int starts(const needle *of, const char *with)
{
    return strncmp(of->name, with, strlen(with)) == 0;
}

static int32_t host_get(void *instance, const prefect_secrets_request *request,
                        prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    for (int n = 0; n < count; n++) {
        const needle *of = &needles[n];
        if (!starts(of, "HOST_") || !is(name, of->name))
            continue;
        volatile uint8_t *place = reply->reserve(reply, of->len);
        CHECK(place);
        for (size_t i = 0; i < of->len; i++)
            place[i] = of->masked[i] ^ MASK;
        return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, of->len);
    }
    return PREFECT_SECRETS_ABSENT;
}

static atomic_int arrived, late_answers;
static _Atomic(prefect_secrets_secret *) arrival;

static void done(void *user_data, int32_t status, prefect_secrets_secret *secret,
                 prefect_secrets_error *error)
{
    (void)user_data;
    OK(status);
    arrival = secret;
    arrived++;
}

/* Got while the program does something else: held by the callback, and by a queue that nobody asks. */
static void without_waiting(const prefect_secrets_chain *chain, const needle *of)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_queue *queue = NULL;
    struct pollfd ready = {.events = POLLIN};
    int before = arrived;

    OK(prefect_secrets_chain_start_get(chain, str(of->name), NULL, done, NULL, &error));
    while (arrived == before)
        sleep_ms(1);
    CHECK(prefect_secrets_secret_text(arrival).len == of->len);
    prefect_secrets_secret_release(arrival);

    OK(prefect_secrets_queue_new(&queue, &error));
    for (int i = 0; i < 3; i++)
        OK(prefect_secrets_queue_start_get(queue, chain, str(of->name), NULL, NULL, &error));
    ready.fd = prefect_secrets_queue_descriptor(queue);
    CHECK(poll(&ready, 1, 10000) == 1);
    CHECK(copies(of) > 0);
    prefect_secrets_queue_free(queue);
}

/* Answers long after its caller has left, and looks at what is in memory then: the control. */
static int32_t late_get(void *instance, const prefect_secrets_request *request,
                        prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    sleep_ms(200);
    int32_t status = host_get(instance, request, name, reply);
    if (status == PREFECT_SECRETS_OK) {
        for (int n = 0; n < count; n++)
            CHECK(!is(name, needles[n].name) || copies(&needles[n]) > 0);
        late_answers++;
    }
    return status;
}

/* Answers that come too late, for one who waited and for one who did not. */
static void too_late(const needle *of)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_error *error = NULL;
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_queue *queue = NULL;
    prefect_secrets_cancellation *cancellation = NULL;
    prefect_secrets_call call = {sizeof call, 0, 20, NULL};

    table.capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
    table.get = late_get;
    OK(open_with(&table, "late", "", &chain, &error));
    OK(prefect_secrets_cancellation_new(&cancellation, &error));
    OK(prefect_secrets_queue_new(&queue, &error));
    call.cancellation = cancellation;
    OK(prefect_secrets_queue_start_get(queue, chain, str(of->name), NULL, NULL, &error));
    FAILS(prefect_secrets_chain_get(chain, str(of->name), &call, &secret, &error),
          PREFECT_SECRETS_TIMED_OUT);
    OK(prefect_secrets_queue_start_get(queue, chain, str(of->name), &call, NULL, &error));
    prefect_secrets_cancellation_cancel(cancellation);
    prefect_secrets_cancellation_free(cancellation);
    prefect_secrets_queue_free(queue);
    prefect_secrets_chain_close(chain);
    /* The provider is destroyed when the last of them has come back. */
    for (int i = 0; i < 1000 && memories > 1; i++)
        sleep_ms(10);
    CHECK(memories == 1 && late_answers >= 2);
}

/* Every way to a value, once. */
static prefect_secrets_secret *use(const prefect_secrets_chain *chain, const needle *of)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_explanation *explanation = NULL;
    prefect_secrets_slice name = str(of->name), json;
    prefect_secrets_result result;
    char buffer[LONGEST + 1];
    size_t length = 0;

    OK(prefect_secrets_chain_get(chain, name, NULL, &secret, &error));
    CHECK(prefect_secrets_secret_text(secret).len == of->len);
    if (starts(of, "IN_CLOUD")) {
        prefect_secrets_value value =
            prefect_secrets_value_text(prefect_secrets_secret_text(secret));
        OK(prefect_secrets_chain_set(chain, str("cloud"), name, &value, NULL, &error));
    }
    OK(prefect_secrets_secret_json(secret, &json, &error));
    OK(prefect_secrets_chain_get_into(chain, name, NULL, buffer, sizeof buffer, &length, &error));
    for (size_t i = 0; i < sizeof buffer; i++)
        ((volatile char *)buffer)[i] = 0;
    OK(prefect_secrets_chain_get_many(chain, &name, 1, NULL, &result, &error));
    OK(result.status);
    prefect_secrets_secret_release(result.secret);
    OK(prefect_secrets_chain_exists(chain, name, NULL, &error));
    OK(prefect_secrets_chain_explain(chain, name, NULL, &explanation, &error));
    prefect_secrets_explanation_free(explanation);
    without_waiting(chain, of);
    return secret;
}

int main(int argc, char **argv)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_error *error = NULL;
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *held[MOST];
    int outcome = 0;

    for (int i = 1; i < argc; i++)
        read_needle(argv[i]);
    CHECK(count > 0);

    table.capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
    table.get = host_get;
    OK(open_with(&table, "scan", "", &chain, &error));
    for (int i = 0; i < count; i++)
        held[i] = starts(&needles[i], "KEY_") ? NULL : use(chain, &needles[i]);
    for (int i = 0; i < count; i++) {
        int found = copies(&needles[i]);
        printf("%s: %d while it is held\n", needles[i].name, found);
        CHECK(found > 0);
    }

    for (int i = 0; i < count; i++)
        if (starts(&needles[i], "HOST_"))
            too_late(&needles[i]);

    OK(prefect_secrets_chain_refresh(chain, NULL, &error));
    for (int i = 0; i < count; i++)
        prefect_secrets_secret_release(held[i]);
    for (int i = 0; i < count; i++)
        if (!starts(&needles[i], "HOST_") && !starts(&needles[i], "KEY_")) {
            prefect_secrets_secret *secret = NULL;
            OK(prefect_secrets_get(str(needles[i].name), &secret, &error));
            prefect_secrets_secret_release(secret);
        }
    prefect_secrets_chain_close(chain);
    prefect_secrets_chain_close_default();

    for (int i = 0; i < count; i++) {
        int found = copies(&needles[i]);
        printf("%s: %d after the close\n", needles[i].name, found);
        outcome |= found != 0;
    }
    return outcome;
}
