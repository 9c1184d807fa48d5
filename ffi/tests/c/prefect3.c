/* prefect3 write|fork|delete|equals NAME: a C host with a Prefect 3 server behind the chain.
 *
 * write   keeps three secrets, and reads them back in every way there is.
 * fork    makes batches and writes in a child and in its parent, after both shared a chain.
 * delete  removes what write kept.
 * equals  whether the text of NAME is what comes on the standard input.
 *
 * The test that runs this looks with Prefect's own client at what is on the server in between. */
#define _POSIX_C_SOURCE 200809L
#include "check.h"
#include <sys/wait.h>
#include <unistd.h>

/* With a NUL inside; the name is one that Prefect 3 does not allow as it stands. */
static const char BYTES[] = "from C\0with a NUL";
#define TEXT "FROM_C.TEXT"
#define OBJECT "FROM_C.OBJECT"
#define BLANK "FROM_C.EMPTY"

static prefect_secrets_chain *chain;
static prefect_secrets_error *error;

static prefect_secrets_slice bytes(void)
{
    prefect_secrets_slice slice = {(const uint8_t *)BYTES, sizeof BYTES - 1};
    return slice;
}

static void set(const char *name, uint32_t form, prefect_secrets_slice text)
{
    prefect_secrets_value value = prefect_secrets_value_text(text);
    value.form = form;
    OK(prefect_secrets_chain_set(chain, str("cloud"), str(name), &value, NULL, &error));
}

static void write_and_read(void)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_slice json;
    prefect_secrets_result results[5];
    prefect_secrets_slice names[5];
    const char *asked[5] = {OBJECT, "nowhere", TEXT, "no such name", BLANK};
    prefect_secrets_names *listed = NULL;
    prefect_secrets_explanation *explanation = NULL;
    char buffer[64];
    size_t length = 0, found = 0;

    set(TEXT, PREFECT_SECRETS_FORM_TEXT, bytes());
    set(OBJECT, PREFECT_SECRETS_FORM_JSON, str("{\"n\":100000000000000000000000001,\"e\":{}}"));
    set(BLANK, PREFECT_SECRETS_FORM_TEXT, str(""));
    set(BLANK, PREFECT_SECRETS_FORM_TEXT, str("other"));
    set(BLANK, PREFECT_SECRETS_FORM_TEXT, str(""));

    OK(prefect_secrets_chain_get(chain, str(TEXT), NULL, &secret, &error));
    CHECK(prefect_secrets_equal(prefect_secrets_secret_text(secret), bytes()));
    CHECK(is(prefect_secrets_secret_provider(secret), "cloud"));
    CHECK(prefect_secrets_secret_revision(secret).len > 0);
    OK(prefect_secrets_secret_json(secret, &json, &error));
    CHECK(is(json, "\"from C\\u0000with a NUL\""));
    prefect_secrets_secret_release(secret);
    OK(prefect_secrets_chain_get_into(chain, str(TEXT), NULL, buffer, sizeof buffer, &length,
                                      &error));
    CHECK(length == bytes().len && memcmp(buffer, BYTES, length + 1) == 0);

    for (int i = 0; i < 5; i++)
        names[i] = str(asked[i]);
    OK(prefect_secrets_chain_get_many(chain, names, 5, NULL, results, &error));
    CHECK(results[0].status == PREFECT_SECRETS_OK);
    CHECK(is(prefect_secrets_secret_text(results[0].secret),
             "{\"n\":100000000000000000000000001,\"e\":{}}"));
    CHECK(results[1].status == PREFECT_SECRETS_ABSENT && results[3].status == PREFECT_SECRETS_ABSENT);
    CHECK(prefect_secrets_equal(prefect_secrets_secret_text(results[2].secret), bytes()));
    CHECK(results[4].status == PREFECT_SECRETS_OK);
    CHECK(prefect_secrets_secret_text(results[4].secret).len == 0);
    for (int i = 0; i < 5; i++)
        prefect_secrets_secret_release(results[i].secret);

    OK(prefect_secrets_chain_exists(chain, str(TEXT), NULL, &error));
    ABSENT(prefect_secrets_chain_exists(chain, str("nowhere"), NULL, &error));
    OK(prefect_secrets_chain_list(chain, NULL, &listed, &error));
    for (size_t i = 0; i < prefect_secrets_names_count(listed); i++) {
        prefect_secrets_slice name, provider;
        int32_t shadowed;
        OK(prefect_secrets_names_at(listed, i, &name, &provider, &shadowed, &error));
        found += is(provider, "cloud") &&
                 (is(name, "from-c-text") || is(name, "from-c-object") || is(name, "from-c-empty"));
    }
    CHECK(found == 3);
    prefect_secrets_names_free(listed);

    OK(prefect_secrets_chain_explain(chain, str(TEXT), NULL, &explanation, &error));
    json = prefect_secrets_explanation_json(explanation);
    CHECK(holds(json, "in REST because PREFECT_API_URL"));
    CHECK(holds(json, "asked for as \\\"from-c-text\\\""));
    prefect_secrets_explanation_free(explanation);
}

static void refusals(void)
{
    prefect_secrets_value value = prefect_secrets_value_text(str("********"));
    FAILS(prefect_secrets_chain_set(chain, str("cloud"), str(TEXT), &value, NULL, &error),
          PREFECT_SECRETS_INVALID);
    value = prefect_secrets_value_text(str("v"));
    FAILS(prefect_secrets_chain_set(chain, str(""), str("no such name"), &value, NULL, &error),
          PREFECT_SECRETS_INVALID);
}

static void batch_and_write(const char *who)
{
    prefect_secrets_slice name = str(TEXT);
    prefect_secrets_result result;
    OK(prefect_secrets_chain_get_many(chain, &name, 1, NULL, &result, &error));
    CHECK(result.status == PREFECT_SECRETS_OK);
    prefect_secrets_secret_release(result.secret);
    set("FROM_C.FORK", PREFECT_SECRETS_FORM_TEXT, str(who));
}

static void forked(void)
{
    int status;
    batch_and_write("both");
    for (int round = 0; round < 3; round++) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            batch_and_write("child");
            batch_and_write("child");
            prefect_secrets_chain_close(chain);
            _exit(0);
        }
        batch_and_write("parent");
        CHECK(waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
        batch_and_write("parent");
    }
    OK(prefect_secrets_chain_delete(chain, str("cloud"), str("FROM_C.FORK"), NULL, &error));
}

static void delete_all(void)
{
    const char *kept[] = {TEXT, OBJECT, BLANK};
    for (int i = 0; i < 3; i++) {
        OK(prefect_secrets_chain_delete(chain, str("cloud"), str(kept[i]), NULL, &error));
        ABSENT(prefect_secrets_chain_delete(chain, str(""), str(kept[i]), NULL, &error));
    }
}

static void equals(const char *name)
{
    char expected[256];
    prefect_secrets_slice wanted = {(const uint8_t *)expected, 0};
    prefect_secrets_secret *secret = NULL;

    wanted.len = fread(expected, 1, sizeof expected, stdin);
    CHECK(wanted.len > 0);
    OK(prefect_secrets_chain_get(chain, str(name), NULL, &secret, &error));
    CHECK(prefect_secrets_equal(prefect_secrets_secret_text(secret), wanted));
    CHECK(is(prefect_secrets_secret_provider(secret), "cloud"));
    prefect_secrets_secret_release(secret);
}

int main(int argc, char **argv)
{
    CHECK(argc >= 2);
    alarm(120);
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    if (strcmp(argv[1], "write") == 0) {
        write_and_read();
        refusals();
    } else if (strcmp(argv[1], "fork") == 0) {
        forked();
    } else if (strcmp(argv[1], "equals") == 0) {
        CHECK(argc == 3);
        equals(argv[2]);
    } else {
        delete_all();
    }
    prefect_secrets_chain_close(chain);
    return 0;
}
