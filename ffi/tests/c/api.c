/* Everything that prefect_secrets.h offers, used once. The test that runs this sets the secret
 * FROM_ENV to "four" in the environment and FROM_TOML to {"a": 1} in config.toml. */
#include "memory.h"

static prefect_secrets_error *error;

static void the_three_answers(const prefect_secrets_chain *chain)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_slice json;

    OK(prefect_secrets_chain_get(chain, str("FROM_ENV"), NULL, &secret, &error));
    CHECK(error == NULL);
    CHECK(is(prefect_secrets_secret_text(secret), "four"));
    CHECK(prefect_secrets_secret_text(secret).data[4] == 0);
    CHECK(is(prefect_secrets_secret_provider(secret), "env"));
    CHECK(prefect_secrets_secret_expires_at(secret) == 0);
    CHECK(prefect_secrets_secret_revision(secret).len == 0);
    OK(prefect_secrets_secret_json(secret, &json, &error));
    CHECK(is(json, "\"four\"") && json.data[json.len] == 0);
    prefect_secrets_secret_release(secret);

    secret = NULL;
    ABSENT(prefect_secrets_chain_get(chain, str("NOWHERE"), NULL, &secret, &error));
    CHECK(secret == NULL && error == NULL);

    CHECK_STATUS(prefect_secrets_chain_get(chain, str("OUTAGE"), NULL, &secret, &error),
                 PREFECT_SECRETS_UNAVAILABLE);
    CHECK(secret == NULL);
    CHECK(prefect_secrets_error_status(error) == PREFECT_SECRETS_UNAVAILABLE);
    CHECK(is(prefect_secrets_error_provider(error), "memory"));
    CHECK(is(prefect_secrets_error_name(error), "OUTAGE"));
    CHECK(is(prefect_secrets_error_what(error), "the shelf is out of reach"));
    CHECK(is(prefect_secrets_error_next_step(error), "fetch a ladder"));
    CHECK(is(prefect_secrets_error_message(error),
             "memory: unavailable (secret \"OUTAGE\"): the shelf is out of reach; fetch a ladder"));
    CHECK(strlen((const char *)prefect_secrets_error_message(error).data) ==
          prefect_secrets_error_message(error).len);
    prefect_secrets_error_free(error);
    error = NULL;
    CHECK(prefect_secrets_chain_get(chain, str("OUTAGE"), NULL, &secret, NULL) ==
          PREFECT_SECRETS_UNAVAILABLE);

    FAILS(prefect_secrets_chain_get(chain, str("\xff"), NULL, &secret, &error),
          PREFECT_SECRETS_INVALID);
    prefect_secrets_slice nul = {(const uint8_t *)"A\0B", 3};
    FAILS(prefect_secrets_chain_get(chain, nul, NULL, &secret, &error), PREFECT_SECRETS_INVALID);
}

static void what_a_provider_says_of_a_value(const prefect_secrets_chain *chain)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_slice json;
    OK(prefect_secrets_chain_get(chain, str("DATED"), NULL, &secret, &error));
    CHECK(is(prefect_secrets_secret_text(secret), "7"));
    OK(prefect_secrets_secret_json(secret, &json, &error));
    CHECK(is(json, "\"7\""));
    CHECK(prefect_secrets_secret_expires_at(secret) == 4102444800);
    CHECK(is(prefect_secrets_secret_revision(secret), "third"));
    prefect_secrets_secret_release(secret);
}

static void into_a_buffer(const prefect_secrets_chain *chain)
{
    char buffer[8] = "before";
    size_t length = 99;

    OK(prefect_secrets_chain_get_into(chain, str("FROM_ENV"), NULL, buffer, 5, &length, &error));
    CHECK(length == 4 && memcmp(buffer, "four\0e", 6) == 0);

    memcpy(buffer, "before", 7);
    length = 99;
    CHECK_STATUS(
        prefect_secrets_chain_get_into(chain, str("FROM_ENV"), NULL, buffer, 4, &length, &error),
        PREFECT_SECRETS_BUFFER_TOO_SMALL);
    CHECK(length == 4 && error == NULL && strcmp(buffer, "before") == 0);

    length = 99;
    CHECK_STATUS(
        prefect_secrets_chain_get_into(chain, str("FROM_ENV"), NULL, NULL, 0, &length, &error),
        PREFECT_SECRETS_BUFFER_TOO_SMALL);
    CHECK(length == 4);

    length = 99;
    ABSENT(prefect_secrets_chain_get_into(chain, str("NOWHERE"), NULL, buffer, sizeof buffer,
                                          &length, &error));
    CHECK(length == 99 && strcmp(buffer, "before") == 0);
}

static void many_at_once(const prefect_secrets_chain *chain)
{
    prefect_secrets_slice names[5];
    prefect_secrets_result results[5];
    names[0] = str("FROM_TOML");
    names[1] = str("NOWHERE");
    names[2] = str("OUTAGE");
    names[3] = str("FROM_ENV");
    names[4] = str("FROM_TOML");

    OK(prefect_secrets_chain_get_many(chain, names, 5, NULL, results, &error));
    CHECK(results[0].status == PREFECT_SECRETS_OK && results[0].error == NULL);
    CHECK(is(prefect_secrets_secret_provider(results[0].secret), "toml"));
    CHECK(results[1].status == PREFECT_SECRETS_ABSENT);
    CHECK(results[1].secret == NULL && results[1].error == NULL);
    CHECK(results[2].status == PREFECT_SECRETS_UNAVAILABLE && results[2].secret == NULL);
    CHECK(is(prefect_secrets_error_name(results[2].error), "OUTAGE"));
    CHECK(is(prefect_secrets_secret_text(results[3].secret), "four"));
    CHECK(prefect_secrets_equal(prefect_secrets_secret_text(results[0].secret),
                                prefect_secrets_secret_text(results[4].secret)));
    for (int i = 0; i < 5; i++) {
        CHECK(results[i].reserved == 0);
        prefect_secrets_secret_release(results[i].secret);
        prefect_secrets_error_free(results[i].error);
    }

    OK(prefect_secrets_chain_get_many(chain, NULL, 0, NULL, NULL, &error));

    memset(results, 0x55, sizeof results);
    names[4] = str("\xff");
    FAILS(prefect_secrets_chain_get_many(chain, names, 5, NULL, results, &error),
          PREFECT_SECRETS_INVALID);
    CHECK(results[0].status == 0x55555555);
    FAILS(prefect_secrets_chain_get_many(chain, names, SIZE_MAX / 8, NULL, results, &error),
          PREFECT_SECRETS_INVALID);
}

static void writing(const prefect_secrets_chain *chain)
{
    prefect_secrets_value value = prefect_secrets_value_text(str("new"));
    prefect_secrets_secret *secret = NULL;

    ABSENT(prefect_secrets_chain_exists(chain, str("FRESH"), NULL, &error));
    OK(prefect_secrets_chain_set(chain, str(""), str("FRESH"), &value, NULL, &error));
    OK(prefect_secrets_chain_exists(chain, str("FRESH"), NULL, &error));
    value = prefect_secrets_value_text(str("{ \"b\" : 2 }"));
    value.form = PREFECT_SECRETS_FORM_JSON;
    OK(prefect_secrets_chain_set(chain, str("memory"), str("FRESH"), &value, NULL, &error));
    OK(prefect_secrets_chain_get(chain, str("FRESH"), NULL, &secret, &error));
    CHECK(is(prefect_secrets_secret_text(secret), "{\"b\":2}"));
    prefect_secrets_secret_release(secret);

    FAILS(prefect_secrets_chain_set(chain, str("toml"), str("FRESH"), &value, NULL, &error),
          PREFECT_SECRETS_UNSUPPORTED);
    FAILS(prefect_secrets_chain_set(chain, str("nobody"), str("FRESH"), &value, NULL, &error),
          PREFECT_SECRETS_INVALID);
    value.text = str("{");
    FAILS(prefect_secrets_chain_set(chain, str(""), str("FRESH"), &value, NULL, &error),
          PREFECT_SECRETS_INVALID);
    value.form = 77;
    FAILS(prefect_secrets_chain_set(chain, str(""), str("FRESH"), &value, NULL, &error),
          PREFECT_SECRETS_INVALID);
    value.form = PREFECT_SECRETS_FORM_TEXT;
    value.struct_size = 0;
    FAILS(prefect_secrets_chain_set(chain, str(""), str("FRESH"), &value, NULL, &error),
          PREFECT_SECRETS_INVALID);

    OK(prefect_secrets_chain_delete(chain, str(""), str("FRESH"), NULL, &error));
    ABSENT(prefect_secrets_chain_delete(chain, str("memory"), str("FRESH"), NULL, &error));
    FAILS(prefect_secrets_chain_delete(chain, str("env"), str("FROM_ENV"), NULL, &error),
          PREFECT_SECRETS_UNSUPPORTED);
}

static void listing(const prefect_secrets_chain *chain)
{
    prefect_secrets_value value = prefect_secrets_value_text(str("x"));
    prefect_secrets_names *names = NULL;
    prefect_secrets_slice name, provider;
    int32_t shadowed;
    int seen = 0;

    OK(prefect_secrets_chain_set(chain, str("memory"), str("FROM_ENV"), &value, NULL, &error));
    OK(prefect_secrets_chain_list(chain, NULL, &names, &error));
    for (size_t i = 0; i < prefect_secrets_names_count(names); i++) {
        OK(prefect_secrets_names_at(names, i, &name, &provider, &shadowed, &error));
        CHECK(name.data[name.len] == 0 && provider.data[provider.len] == 0);
        if (is(name, "FROM_ENV")) {
            CHECK(shadowed == (is(provider, "memory") ? 0 : 1));
            seen++;
        }
    }
    CHECK(seen == 2);
    FAILS(prefect_secrets_names_at(names, prefect_secrets_names_count(names), &name, &provider,
                                   &shadowed, &error),
          PREFECT_SECRETS_INVALID);
    prefect_secrets_names_free(names);
    OK(prefect_secrets_chain_delete(chain, str("memory"), str("FROM_ENV"), NULL, &error));
}

static void explaining(const prefect_secrets_chain *chain)
{
    prefect_secrets_explanation *explanation = NULL;
    prefect_secrets_slice provider, outcome, reason;

    OK(prefect_secrets_chain_explain(chain, str("FROM_ENV"), NULL, &explanation, &error));
    CHECK(prefect_secrets_explanation_count(explanation) == 4);
    OK(prefect_secrets_explanation_at(explanation, 0, &provider, &outcome, &reason, &error));
    CHECK(is(provider, "memory") && is(outcome, "absent"));
    OK(prefect_secrets_explanation_at(explanation, 1, &provider, &outcome, &reason, &error));
    CHECK(is(provider, "env") && is(outcome, "found"));
    OK(prefect_secrets_explanation_at(explanation, 2, &provider, &outcome, &reason, &error));
    CHECK(is(provider, "toml") && is(outcome, "not reached"));
    FAILS(prefect_secrets_explanation_at(explanation, 4, &provider, &outcome, &reason, &error),
          PREFECT_SECRETS_INVALID);
    CHECK(holds(prefect_secrets_explanation_json(explanation), "{\"version\":1,"));
    CHECK(!holds(prefect_secrets_explanation_json(explanation), "four"));
    prefect_secrets_explanation_free(explanation);

    OK(prefect_secrets_chain_explain(chain, str("OUTAGE"), NULL, &explanation, &error));
    OK(prefect_secrets_explanation_at(explanation, 0, &provider, &outcome, &reason, &error));
    CHECK(is(outcome, "unavailable") && holds(reason, "fetch a ladder"));
    prefect_secrets_explanation_free(explanation);
}

static void deadlines(const prefect_secrets_chain *chain)
{
    prefect_secrets_secret *secret = NULL;
    struct {
        prefect_secrets_call call;
        uint64_t newer;
    } later = {{sizeof later, 0, 1000, NULL}, 0};
    prefect_secrets_call call = {sizeof call, 0, 0, NULL};

    FAILS(prefect_secrets_chain_get(chain, str("FROM_ENV"), &call, &secret, &error),
          PREFECT_SECRETS_TIMED_OUT);
    call.timeout_ms = UINT64_MAX;
    OK(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &call, &error));
    call.reserved = 1;
    FAILS(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &call, &error),
          PREFECT_SECRETS_INVALID);
    call.reserved = 0;
    call.struct_size = 8;
    FAILS(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &call, &error),
          PREFECT_SECRETS_INVALID);
    /* From a newer header: what is not used does no harm, what is used is not ignored. */
    OK(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &later.call, &error));
    later.newer = 1;
    FAILS(prefect_secrets_chain_exists(chain, str("FROM_ENV"), &later.call, &error),
          PREFECT_SECRETS_UNSUPPORTED);
}

static void holders(const prefect_secrets_chain *chain)
{
    prefect_secrets_secret *secret = NULL, *second;
    OK(prefect_secrets_chain_get(chain, str("FROM_ENV"), NULL, &secret, &error));
    second = prefect_secrets_secret_retain(secret);
    CHECK(second == secret);
    prefect_secrets_secret_release(secret);
    CHECK(is(prefect_secrets_secret_text(second), "four"));
    prefect_secrets_secret_release(second);
}

static void the_default_chain(void)
{
    prefect_secrets_secret *secret = NULL, *other = NULL;
    prefect_secrets_chain *chain = NULL;

    OK(prefect_secrets_get(str("FROM_TOML"), &secret, &error));
    CHECK(is(prefect_secrets_secret_provider(secret), "toml"));
    ABSENT(prefect_secrets_get(str("NOWHERE"), &other, &error));
    CHECK(other == NULL);
    OK(prefect_secrets_chain_default(&chain, &error));
    prefect_secrets_chain_close_default();
    prefect_secrets_chain_close_default();
    OK(prefect_secrets_chain_exists(chain, str("FROM_TOML"), NULL, &error));
    OK(prefect_secrets_get(str("FROM_TOML"), &other, &error)); /* opens a new one */
    CHECK(prefect_secrets_equal(prefect_secrets_secret_text(secret),
                                prefect_secrets_secret_text(other)));
    prefect_secrets_chain_close(chain);
    prefect_secrets_secret_release(other);
    prefect_secrets_chain_close_default();
    CHECK(holds(prefect_secrets_secret_text(secret), "\"a\""));
    prefect_secrets_secret_release(secret);
}

static void opening(const prefect_secrets_provider *table)
{
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_options options;
    const prefect_secrets_host_provider *none[1] = {NULL};

    CHECK_STATUS(open_with(table, "memory", "{\"refuse\": true}", &chain, &error),
                 PREFECT_SECRETS_DENIED);
    CHECK(is(prefect_secrets_error_provider(error), "memory"));
    prefect_secrets_error_free(error);
    error = NULL;
    FAILS(open_with(table, "memory", "[1]", &chain, &error), PREFECT_SECRETS_INVALID);
    FAILS(open_with(table, "", "", &chain, &error), PREFECT_SECRETS_INVALID);
    FAILS(open_with(NULL, "memory", "", &chain, &error), PREFECT_SECRETS_INVALID);
    memset(&options, 0, sizeof options);
    FAILS(prefect_secrets_chain_open(&options, &chain, &error), PREFECT_SECRETS_INVALID);
    options.struct_size = sizeof options;
    options.provider_count = 1;
    FAILS(prefect_secrets_chain_open(&options, &chain, &error), PREFECT_SECRETS_INVALID);
    options.providers = none;
    FAILS(prefect_secrets_chain_open(&options, &chain, &error), PREFECT_SECRETS_INVALID);
    options.provider_count = 0;
    options.config_path = str("/nonexistent/config.toml");
    OK(prefect_secrets_chain_open(&options, &chain, &error));
    ABSENT(prefect_secrets_chain_exists(chain, str("FROM_TOML"), NULL, &error));
    OK(prefect_secrets_chain_exists(chain, str("FROM_ENV"), NULL, &error));
    prefect_secrets_chain_close(chain);
}

int main(void)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *greeting = NULL;

    CHECK(strchr(prefect_secrets_version(), '.'));
    OK(open_with(&table, "memory", "{\"greeting\": \"hello\"}", &chain, &error));
    CHECK(memories == 1);
    OK(prefect_secrets_chain_get(chain, str("GREETING"), NULL, &greeting, &error));

    the_three_answers(chain);
    what_a_provider_says_of_a_value(chain);
    into_a_buffer(chain);
    many_at_once(chain);
    writing(chain);
    listing(chain);
    explaining(chain);
    deadlines(chain);
    holders(chain);
    OK(prefect_secrets_chain_refresh(chain, NULL, &error));
    CHECK(refreshes == 1);

    prefect_secrets_chain_close(chain);
    CHECK(memories == 0);
    CHECK(is(prefect_secrets_secret_text(greeting), "hello"));
    CHECK(is(prefect_secrets_secret_provider(greeting), "memory"));
    prefect_secrets_secret_release(greeting);

    the_default_chain();
    opening(&table);
    CHECK(memories == 0 && error == NULL);
    return 0;
}
