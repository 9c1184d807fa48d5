/* Calls that are cancelled, and gets that go on without their caller, each once. The test that runs
 * this sets the secret FROM_ENV to "four" in the environment and FROM_TOML in config.toml. */
#include "memory.h"

#include <poll.h>
#include <unistd.h>

static prefect_secrets_error *error;

static void done(void *user_data, int32_t status, prefect_secrets_secret *secret,
                 prefect_secrets_error *failure)
{
    int *to_main = user_data;
    prefect_secrets_result result = {status, 0, secret, failure};

    CHECK(write(to_main[1], &result, sizeof result) == sizeof result);
}

static void cancelled(const prefect_secrets_chain *chain)
{
    prefect_secrets_cancellation *cancellation = NULL;
    prefect_secrets_call call = {sizeof call, 0, 10000, NULL};
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_slice names[2] = {str("FROM_ENV"), str("FROM_TOML")};
    prefect_secrets_result results[2];
    char buffer[16];
    size_t length = 0;

    OK(prefect_secrets_cancellation_new(&cancellation, &error));
    call.cancellation = cancellation;
    OK(prefect_secrets_chain_get(chain, str("FROM_ENV"), &call, &secret, &error));
    CHECK(is(prefect_secrets_secret_text(secret), "four"));
    prefect_secrets_secret_release(secret);
    OK(prefect_secrets_chain_get_into(chain, str("FROM_TOML"), &call, buffer, sizeof buffer,
                                      &length, &error));
    ABSENT(prefect_secrets_chain_get(chain, str("NOWHERE"), &call, &secret, &error));
    OK(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &call, &error));
    OK(prefect_secrets_chain_get_many(chain, names, 2, &call, results, &error));
    CHECK(results[0].status == PREFECT_SECRETS_OK && results[1].status == PREFECT_SECRETS_OK);
    prefect_secrets_secret_release(results[0].secret);
    prefect_secrets_secret_release(results[1].secret);

    prefect_secrets_cancellation_cancel(cancellation);
    secret = NULL;
    length = 7;
    memset(buffer, 'u', sizeof buffer);
    FAILS(prefect_secrets_chain_get(chain, str("FROM_ENV"), &call, &secret, &error),
          PREFECT_SECRETS_CANCELLED);
    FAILS(prefect_secrets_chain_get_into(chain, str("FROM_ENV"), &call, buffer, sizeof buffer,
                                         &length, &error),
          PREFECT_SECRETS_CANCELLED);
    CHECK(secret == NULL && length == 7 && buffer[0] == 'u' && buffer[15] == 'u');
    FAILS(prefect_secrets_chain_refresh(chain, &call, &error), PREFECT_SECRETS_CANCELLED);
    OK(prefect_secrets_chain_get_many(chain, names, 2, &call, results, &error));
    CHECK(results[0].status == PREFECT_SECRETS_CANCELLED && results[0].secret == NULL);
    CHECK(is(prefect_secrets_error_name(results[1].error), "FROM_TOML"));
    prefect_secrets_error_free(results[0].error);
    prefect_secrets_error_free(results[1].error);
    prefect_secrets_cancellation_free(cancellation);
}

static void without_waiting(const prefect_secrets_chain *chain)
{
    int to_main[2], first = 0, second = 0;
    prefect_secrets_queue *queue = NULL;
    prefect_secrets_result result;
    void *which = NULL;
    struct pollfd ready = {.events = POLLIN};

    CHECK(pipe(to_main) == 0);
    OK(prefect_secrets_chain_start_get(chain, str("FROM_ENV"), NULL, done, to_main, &error));
    CHECK(read(to_main[0], &result, sizeof result) == sizeof result);
    CHECK(result.status == PREFECT_SECRETS_OK && result.error == NULL);
    CHECK(is(prefect_secrets_secret_text(result.secret), "four"));
    prefect_secrets_secret_release(result.secret);
    OK(prefect_secrets_chain_start_get(chain, str("OUTAGE"), NULL, done, to_main, &error));
    CHECK(read(to_main[0], &result, sizeof result) == sizeof result);
    CHECK(result.status == PREFECT_SECRETS_UNAVAILABLE && result.secret == NULL);
    CHECK(is(prefect_secrets_error_name(result.error), "OUTAGE"));
    prefect_secrets_error_free(result.error);

    OK(prefect_secrets_queue_new(&queue, &error));
    ready.fd = prefect_secrets_queue_descriptor(queue);
    CHECK(ready.fd >= 0 && poll(&ready, 1, 0) == 0);
    CHECK(prefect_secrets_queue_next(queue, &which, &result, &error) == PREFECT_SECRETS_ABSENT);
    OK(prefect_secrets_queue_start_get(queue, chain, str("FROM_TOML"), NULL, &first, &error));
    CHECK(poll(&ready, 1, 10000) == 1);
    OK(prefect_secrets_queue_start_get(queue, chain, str("NOWHERE"), NULL, &second, &error));
    OK(prefect_secrets_queue_next(queue, &which, &result, &error));
    CHECK(which == &first && is(prefect_secrets_secret_provider(result.secret), "toml"));
    prefect_secrets_secret_release(result.secret);
    CHECK(poll(&ready, 1, 10000) == 1);
    OK(prefect_secrets_queue_next(queue, &which, &result, &error));
    CHECK(which == &second && result.status == PREFECT_SECRETS_ABSENT);
    CHECK(poll(&ready, 1, 0) == 0);
    OK(prefect_secrets_queue_start_get(queue, chain, str("FROM_ENV"), NULL, NULL, &error));
    prefect_secrets_queue_free(queue);
    close(to_main[0]);
    close(to_main[1]);
}

/* With no time at all what is in memory is there all the same. */
static void at_once(const prefect_secrets_chain *chain)
{
    enum { TIMES = 200 };
    int to_main[2];
    prefect_secrets_cancellation *cancellation = NULL;
    prefect_secrets_call call = {sizeof call, 0, 0, NULL};
    prefect_secrets_result result;

    CHECK(pipe(to_main) == 0);
    for (int i = 0; i < TIMES; i++)
        OK(prefect_secrets_chain_start_get(chain, str("FROM_ENV"), &call, done, to_main, &error));
    for (int i = 0; i < TIMES; i++) {
        CHECK(read(to_main[0], &result, sizeof result) == sizeof result);
        CHECK(result.status == PREFECT_SECRETS_OK);
        prefect_secrets_secret_release(result.secret);
    }
    close(to_main[0]);
    close(to_main[1]);

    OK(prefect_secrets_cancellation_new(&cancellation, &error));
    call.cancellation = cancellation;
    OK(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &call, &error));
    FAILS(prefect_secrets_chain_refresh(chain, &call, &error), PREFECT_SECRETS_TIMED_OUT);
    prefect_secrets_cancellation_cancel(cancellation);
    FAILS(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &call, &error),
          PREFECT_SECRETS_CANCELLED);
    prefect_secrets_cancellation_free(cancellation);
}

int main(void)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_chain *chain = NULL;

    OK(open_with(&table, "memory", "{\"greeting\": \"hello\"}", &chain, &error));
    cancelled(chain);
    without_waiting(chain);
    prefect_secrets_chain_close(chain);
    OK(prefect_secrets_chain_open(NULL, &chain, &error)); /* env and toml are asked first */
    at_once(chain);
    prefect_secrets_chain_close(chain);
    return 0;
}
