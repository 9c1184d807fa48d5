/* host: a program of minor 0 with the plugin of its time, named "old", in the chain.
 *
 * Ends with 0 if every answer is the one that a host of that time got. */
#include "prefect_secrets.h"

#include <stdio.h>
#include <stdlib.h>

#define CHECK(what)                                                                               \
    do {                                                                                          \
        if (!(what)) {                                                                            \
            fprintf(stderr, "host.c:%d: this does not hold: %s\n", __LINE__, #what);              \
            exit(1);                                                                              \
        }                                                                                         \
    } while (0)

static prefect_secrets_chain *chain;
static prefect_secrets_error *error;

static prefect_secrets_slice str(const char *text) { return prefect_secrets_str(text); }

static int is(prefect_secrets_slice slice, const char *text)
{
    return prefect_secrets_equal(slice, str(text));
}

static prefect_secrets_secret *get(const char *name)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_call call;
    memset(&call, 0, sizeof call);
    call.struct_size = (uint32_t)sizeof call;
    call.timeout_ms = 10000;
    CHECK(prefect_secrets_chain_get(chain, str(name), &call, &secret, &error) ==
          PREFECT_SECRETS_OK);
    return secret;
}

int main(void)
{
    prefect_secrets_secret *secret;
    prefect_secrets_slice json, name, provider, names[3] = {{0}};
    prefect_secrets_result results[3];
    prefect_secrets_names *listed = NULL;
    prefect_secrets_value value = prefect_secrets_value_text(str("from an old host"));
    char buffer[32];
    size_t length = 0;
    int32_t shadowed = -1;

    CHECK(prefect_secrets_chain_open(NULL, &chain, &error) == PREFECT_SECRETS_OK);
    secret = get("GREETING");
    CHECK(is(prefect_secrets_secret_text(secret), "hello"));
    CHECK(is(prefect_secrets_secret_provider(secret), "old"));
    CHECK(prefect_secrets_secret_expires_at(secret) == 0);
    prefect_secrets_secret_release(prefect_secrets_secret_retain(secret));
    prefect_secrets_secret_release(secret);

    secret = get("JSON");
    CHECK(prefect_secrets_secret_json(secret, &json, &error) == PREFECT_SECRETS_OK);
    CHECK(is(json, "{\"a\":1}"));
    prefect_secrets_secret_release(secret);

    secret = get("DATED");
    CHECK(is(prefect_secrets_secret_text(secret), "0000"));
    CHECK(prefect_secrets_secret_json(secret, &json, &error) == PREFECT_SECRETS_OK);
    CHECK(is(json, "0"));
    CHECK(prefect_secrets_secret_expires_at(secret) == 4102444800);
    CHECK(is(prefect_secrets_secret_revision(secret), "r7"));
    prefect_secrets_secret_release(secret);

    CHECK(prefect_secrets_chain_get_into(chain, str("DENIED"), NULL, buffer, sizeof buffer, &length,
                                         &error) == PREFECT_SECRETS_DENIED);
    CHECK(prefect_secrets_error_status(error) == PREFECT_SECRETS_DENIED);
    CHECK(is(prefect_secrets_error_provider(error), "old"));
    CHECK(is(prefect_secrets_error_what(error), "nobody may see it"));
    CHECK(is(prefect_secrets_error_next_step(error), "do not ask"));
    prefect_secrets_error_free(error);
    error = NULL;

    CHECK(prefect_secrets_chain_set(chain, str("old"), str("NEW"), &value, NULL, &error) ==
          PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_chain_get_into(chain, str("NEW"), NULL, buffer, sizeof buffer, &length,
                                         &error) == PREFECT_SECRETS_OK);
    CHECK(length == 16 && strcmp(buffer, "from an old host") == 0);
    CHECK(prefect_secrets_chain_get_into(chain, str("NEW"), NULL, buffer, 16, &length, &error) ==
          PREFECT_SECRETS_BUFFER_TOO_SMALL);

    names[0] = str("NOWHERE");
    names[1] = str("NEW");
    names[2] = str("DENIED");
    CHECK(prefect_secrets_chain_get_many(chain, names, 3, NULL, results, &error) ==
          PREFECT_SECRETS_OK);
    CHECK(results[0].status == PREFECT_SECRETS_ABSENT);
    CHECK(results[1].status == PREFECT_SECRETS_OK);
    CHECK(is(prefect_secrets_secret_text(results[1].secret), "from an old host"));
    CHECK(results[2].status == PREFECT_SECRETS_DENIED);
    prefect_secrets_secret_release(results[1].secret);
    prefect_secrets_error_free(results[2].error);

    CHECK(prefect_secrets_chain_refresh(chain, NULL, &error) == PREFECT_SECRETS_OK);
    prefect_secrets_secret_release(get("REFRESHED"));
    CHECK(prefect_secrets_chain_list(chain, NULL, &listed, &error) == PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_names_count(listed) == 3);
    CHECK(prefect_secrets_names_at(listed, 0, &name, &provider, &shadowed, &error) ==
          PREFECT_SECRETS_OK);
    CHECK(is(name, "GREETING") && is(provider, "old") && shadowed == 0);
    prefect_secrets_names_free(listed);

    CHECK(prefect_secrets_chain_delete(chain, str("old"), str("NEW"), NULL, &error) ==
          PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_chain_delete(chain, str("old"), str("NEW"), NULL, &error) ==
          PREFECT_SECRETS_ABSENT);
    CHECK(prefect_secrets_chain_exists(chain, str("NEW"), NULL, &error) == PREFECT_SECRETS_ABSENT);
    prefect_secrets_chain_close(chain);
    return 0;
}
