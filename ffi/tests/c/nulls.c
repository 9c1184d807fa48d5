/* NULL, and lengths without data, for every argument of every function. */
#include "memory.h"

static prefect_secrets_error *error;

/* Refused with an error, and without a place for one. */
#define REFUSED(function, ...)                                                                    \
    do {                                                                                          \
        FAILS(function(__VA_ARGS__, &error), PREFECT_SECRETS_INVALID);                            \
        CHECK(function(__VA_ARGS__, NULL) == PREFECT_SECRETS_INVALID);                            \
    } while (0)

static void never(void *user_data, int32_t status, prefect_secrets_secret *secret,
                  prefect_secrets_error *failure)
{
    (void)user_data, (void)status, (void)secret, (void)failure;
    CHECK(!"nothing was started");
}

int main(void)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_names *names = NULL;
    prefect_secrets_explanation *explanation = NULL;
    prefect_secrets_value value = prefect_secrets_value_text(str("v"));
    prefect_secrets_value hollow = prefect_secrets_value_text(str("v"));
    prefect_secrets_slice name = str("DATED"), dangling = {NULL, 3}, slice;
    prefect_secrets_result results[1];
    prefect_secrets_queue *queue = NULL;
    void *user_data;
    char buffer[8];
    size_t length;
    int32_t shadowed;

    hollow.text = dangling;
    CHECK(open_with(&table, "memory", "{\"greeting\": \"hello\"}", &chain, &error) ==
          PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_chain_get(chain, name, NULL, &secret, &error) == PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_chain_list(chain, NULL, &names, &error) == PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_chain_explain(chain, name, NULL, &explanation, &error) ==
          PREFECT_SECRETS_OK);

    /* The default chain. */
    REFUSED(prefect_secrets_get, name, NULL);
    REFUSED(prefect_secrets_get, dangling, &secret);
    FAILS(prefect_secrets_chain_default(NULL, &error), PREFECT_SECRETS_INVALID);
    CHECK(prefect_secrets_chain_default(NULL, NULL) == PREFECT_SECRETS_INVALID);

    /* The secret. */
    CHECK(prefect_secrets_secret_text(NULL).data == NULL);
    CHECK(prefect_secrets_secret_text(NULL).len == 0);
    REFUSED(prefect_secrets_secret_json, NULL, &slice);
    REFUSED(prefect_secrets_secret_json, secret, NULL);
    CHECK(prefect_secrets_secret_provider(NULL).len == 0);
    CHECK(prefect_secrets_secret_expires_at(NULL) == 0);
    CHECK(prefect_secrets_secret_revision(NULL).len == 0);
    CHECK(prefect_secrets_secret_retain(NULL) == NULL);
    prefect_secrets_secret_release(NULL);

    /* The error. */
    CHECK(prefect_secrets_error_status(NULL) == PREFECT_SECRETS_INVALID);
    CHECK(prefect_secrets_error_message(NULL).len == 0);
    CHECK(prefect_secrets_error_provider(NULL).len == 0);
    CHECK(prefect_secrets_error_name(NULL).len == 0);
    CHECK(prefect_secrets_error_what(NULL).len == 0);
    CHECK(prefect_secrets_error_next_step(NULL).len == 0);
    prefect_secrets_error_free(NULL);

    /* What ends calls early, and what goes on without waiting. */
    FAILS(prefect_secrets_cancellation_new(NULL, &error), PREFECT_SECRETS_INVALID);
    CHECK(prefect_secrets_cancellation_new(NULL, NULL) == PREFECT_SECRETS_INVALID);
    prefect_secrets_cancellation_cancel(NULL);
    prefect_secrets_cancellation_free(NULL);
    REFUSED(prefect_secrets_chain_start_get, NULL, name, NULL, never, NULL);
    REFUSED(prefect_secrets_chain_start_get, chain, dangling, NULL, never, NULL);
    REFUSED(prefect_secrets_chain_start_get, chain, name, NULL, NULL, NULL);
    FAILS(prefect_secrets_queue_new(NULL, &error), PREFECT_SECRETS_INVALID);
    CHECK(prefect_secrets_queue_new(NULL, NULL) == PREFECT_SECRETS_INVALID);
    CHECK(prefect_secrets_queue_new(&queue, NULL) == PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_queue_descriptor(NULL) == -1);
    REFUSED(prefect_secrets_queue_start_get, NULL, chain, name, NULL, NULL);
    REFUSED(prefect_secrets_queue_start_get, queue, NULL, name, NULL, NULL);
    REFUSED(prefect_secrets_queue_start_get, queue, chain, dangling, NULL, NULL);
    REFUSED(prefect_secrets_queue_next, NULL, &user_data, results);
    REFUSED(prefect_secrets_queue_next, queue, NULL, results);
    REFUSED(prefect_secrets_queue_next, queue, &user_data, NULL);
    CHECK(prefect_secrets_queue_next(queue, &user_data, results, NULL) == PREFECT_SECRETS_ABSENT);
    prefect_secrets_queue_free(queue);
    prefect_secrets_queue_free(NULL);

    /* The chain. */
    REFUSED(prefect_secrets_chain_open, NULL, NULL);
    prefect_secrets_chain_close(NULL);
    REFUSED(prefect_secrets_chain_get, NULL, name, NULL, &secret);
    REFUSED(prefect_secrets_chain_get, chain, dangling, NULL, &secret);
    REFUSED(prefect_secrets_chain_get, chain, name, NULL, NULL);
    REFUSED(prefect_secrets_chain_get_into, NULL, name, NULL, buffer, sizeof buffer, &length);
    REFUSED(prefect_secrets_chain_get_into, chain, dangling, NULL, buffer, sizeof buffer, &length);
    REFUSED(prefect_secrets_chain_get_into, chain, name, NULL, NULL, sizeof buffer, &length);
    REFUSED(prefect_secrets_chain_get_into, chain, name, NULL, buffer, sizeof buffer, NULL);
    REFUSED(prefect_secrets_chain_get_into, chain, name, NULL, buffer, SIZE_MAX, &length);
    REFUSED(prefect_secrets_chain_get_many, NULL, &name, 1, NULL, results);
    REFUSED(prefect_secrets_chain_get_many, chain, NULL, 1, NULL, results);
    REFUSED(prefect_secrets_chain_get_many, chain, &dangling, 1, NULL, results);
    REFUSED(prefect_secrets_chain_get_many, chain, &name, 1, NULL, NULL);
    REFUSED(prefect_secrets_chain_exists, NULL, name, NULL);
    REFUSED(prefect_secrets_chain_exists, chain, dangling, NULL);
    REFUSED(prefect_secrets_chain_set, NULL, str(""), name, &value, NULL);
    REFUSED(prefect_secrets_chain_set, chain, dangling, name, &value, NULL);
    REFUSED(prefect_secrets_chain_set, chain, str(""), dangling, &value, NULL);
    REFUSED(prefect_secrets_chain_set, chain, str(""), name, NULL, NULL);
    REFUSED(prefect_secrets_chain_set, chain, str(""), name, &hollow, NULL);
    REFUSED(prefect_secrets_chain_delete, NULL, str(""), name, NULL);
    REFUSED(prefect_secrets_chain_delete, chain, dangling, name, NULL);
    REFUSED(prefect_secrets_chain_delete, chain, str(""), dangling, NULL);
    REFUSED(prefect_secrets_chain_list, NULL, NULL, &names);
    REFUSED(prefect_secrets_chain_list, chain, NULL, NULL);
    REFUSED(prefect_secrets_chain_load_trace, NULL, name, &slice);
    REFUSED(prefect_secrets_chain_load_trace, chain, dangling, &slice);
    REFUSED(prefect_secrets_chain_load_trace, chain, name, NULL);
    REFUSED(prefect_secrets_chain_refresh, NULL, NULL);
    REFUSED(prefect_secrets_chain_explain, NULL, name, NULL, &explanation);
    REFUSED(prefect_secrets_chain_explain, chain, dangling, NULL, &explanation);
    REFUSED(prefect_secrets_chain_explain, chain, name, NULL, NULL);

    /* The names. */
    CHECK(prefect_secrets_names_count(NULL) == 0);
    CHECK(prefect_secrets_names_count(names) > 0);
    REFUSED(prefect_secrets_names_at, NULL, 0, &slice, &slice, &shadowed);
    REFUSED(prefect_secrets_names_at, names, 0, NULL, &slice, &shadowed);
    REFUSED(prefect_secrets_names_at, names, 0, &slice, NULL, &shadowed);
    REFUSED(prefect_secrets_names_at, names, 0, &slice, &slice, NULL);
    prefect_secrets_names_free(NULL);

    /* The explanation. */
    CHECK(prefect_secrets_explanation_json(NULL).len == 0);
    CHECK(prefect_secrets_explanation_count(NULL) == 0);
    CHECK(prefect_secrets_explanation_count(explanation) > 0);
    REFUSED(prefect_secrets_explanation_at, NULL, 0, &slice, &slice, &slice);
    REFUSED(prefect_secrets_explanation_at, explanation, 0, NULL, &slice, &slice);
    REFUSED(prefect_secrets_explanation_at, explanation, 0, &slice, NULL, &slice);
    REFUSED(prefect_secrets_explanation_at, explanation, 0, &slice, &slice, NULL);
    prefect_secrets_explanation_free(NULL);

    /* The log. */
    prefect_secrets_log_set(NULL, NULL);

    prefect_secrets_explanation_free(explanation);
    prefect_secrets_names_free(names);
    prefect_secrets_secret_release(secret);
    prefect_secrets_chain_close(chain);
    CHECK(memories == 0);
    return 0;
}
