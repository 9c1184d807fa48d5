/* isolated_scan GET MANY_0 MANY_1 BIG LATE SET SETTING KEPT: values that a plugin in a process of its
 * own answers with and is given, each of them as MASKED (see scan.h). After the last release no copy
 * is in this process or in the plugin's, while the chain is open; after the close none of a setting
 * either. The controls: what is held is found here, and what the plugin keeps is found there.
 */
#define _GNU_SOURCE
#include "isolated.h"
#include "scan.h"

static prefect_secrets_chain *chain;

static const char *name_of(const char *what, const char *masked)
{
    static char names[4][512];
    static int next;
    char *name = names[next++ % 4];
    snprintf(name, 512, "%s:%s", what, masked);
    return name;
}

static long in_the_plugin(const char *masked)
{
    return get_number(chain, name_of("COPIES", masked));
}

/* The plugin answers before it wipes what it answered with, and may be asked again in between. */
static int leaves_the_plugin(const char *masked)
{
    for (int i = 0; i < 2000; i++) {
        if (in_the_plugin(masked) == 0)
            return 1;
        sleep_ms(5);
    }
    return 0;
}

static int here(const char *masked)
{
    needle of;
    read_masked(&of, masked);
    return copies(&of);
}

/* Gets the value and looks at it from every side. */
static prefect_secrets_secret *get(const char *what, const char *masked)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_explanation *explanation = NULL;
    prefect_secrets_slice name = str(name_of(what, masked)), json, text;
    char buffer[LONGEST + 1];
    size_t length;
    needle of;

    read_masked(&of, masked);
    OK(prefect_secrets_chain_get(chain, name, NULL, &secret, &error));
    text = prefect_secrets_secret_text(secret);
    CHECK(text.len > 0 && text.len % of.len == 0);
    for (size_t i = 0; i < text.len; i++)
        CHECK((text.data[i] ^ MASK) == of.masked[i % of.len]);
    OK(prefect_secrets_secret_json(secret, &json, &error));
    if (text.len < sizeof buffer) {
        OK(prefect_secrets_chain_get_into(chain, name, NULL, buffer, sizeof buffer, &length,
                                          &error));
        for (size_t i = 0; i < sizeof buffer; i++)
            ((volatile char *)buffer)[i] = 0;
    }
    OK(prefect_secrets_chain_exists(chain, name, NULL, &error));
    OK(prefect_secrets_chain_explain(chain, name, NULL, &explanation, &error));
    prefect_secrets_explanation_free(explanation);
    return secret;
}

static void found_while_held_and_never_after(const char *what, const char *masked)
{
    prefect_secrets_secret *secret = get(what, masked);
    printf("%s: %d here and %ld in the plugin while it is held\n", what, here(masked),
           in_the_plugin(masked));
    CHECK(here(masked) > 0);
    CHECK(leaves_the_plugin(masked));
    prefect_secrets_secret_release(secret);
    printf("%s: %d here after the release\n", what, here(masked));
    CHECK(here(masked) == 0);
    CHECK(leaves_the_plugin(masked));
}

static void many(char **masked)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_slice names[2] = {str(name_of("MADE", masked[0])),
                                      str(name_of("MADE", masked[1]))};
    prefect_secrets_result results[2];
    OK(prefect_secrets_chain_get_many(chain, names, 2, NULL, results, &error));
    for (int i = 0; i < 2; i++) {
        OK(results[i].status);
        CHECK(here(masked[i]) > 0);
        CHECK(leaves_the_plugin(masked[i]));
    }
    for (int i = 0; i < 2; i++)
        prefect_secrets_secret_release(results[i].secret);
    for (int i = 0; i < 2; i++) {
        printf("many: %d here after the release\n", here(masked[i]));
        CHECK(here(masked[i]) == 0);
        CHECK(leaves_the_plugin(masked[i]));
    }
}

/* An answer that comes after its caller has gone. */
static void late(const char *masked)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_call call = {sizeof call, 0, 20, NULL};
    FAILS(prefect_secrets_chain_get(chain, str(name_of("LATE", masked)), &call, &secret, &error),
          PREFECT_SECRETS_TIMED_OUT);
    sleep_ms(300);
    CHECK(leaves_the_plugin(masked));
    printf("late: %d here\n", here(masked));
    CHECK(here(masked) == 0);
}

static void written(const char *masked)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    needle of;
    read_masked(&of, masked);
    volatile uint8_t *own = malloc(of.len);
    CHECK(own);
    for (size_t i = 0; i < of.len; i++)
        own[i] = of.masked[i] ^ MASK;
    prefect_secrets_slice text = {(const uint8_t *)own, of.len};
    prefect_secrets_value value = prefect_secrets_value_text(text);
    OK(prefect_secrets_chain_set(chain, str("child"), str("ANY"), &value, NULL, &error));
    OK(prefect_secrets_chain_get(chain, str("WRITTEN:"), NULL, &secret, &error));
    CHECK(prefect_secrets_equal(prefect_secrets_secret_text(secret), text));
    CHECK(here(masked) > 1);
    CHECK(leaves_the_plugin(masked));
    prefect_secrets_secret_release(secret);
    for (size_t i = 0; i < of.len; i++)
        own[i] = 0;
    free((void *)own);
    printf("set: %d here after the release\n", here(masked));
    CHECK(here(masked) == 0);
    CHECK(leaves_the_plugin(masked));
}

int main(int argc, char **argv)
{
    prefect_secrets_error *error = NULL;
    CHECK(argc == 9);
    chain = open_chain();
    CHECK(get_number(chain, "PID:") != getpid());
    found_while_held_and_never_after("MADE", argv[1]);
    many(argv + 2);
    found_while_held_and_never_after("BIG", argv[4]);
    late(argv[5]);
    written(argv[6]);

    /* A setting is kept on both sides as long as the chain is open: here for the next process, there
     * because a provider may look it up as long as it lives. */
    prefect_secrets_secret *secret = NULL;
    OK(prefect_secrets_chain_get(chain, str("SETTING:token"), NULL, &secret, &error));
    prefect_secrets_secret_release(secret);
    CHECK(here(argv[7]) > 0);
    CHECK(in_the_plugin(argv[7]) > 0);

    prefect_secrets_secret_release(get("KEPT", argv[8]));
    printf("kept: %ld in the plugin, %d here\n", in_the_plugin(argv[8]), here(argv[8]));
    CHECK(in_the_plugin(argv[8]) > 0);
    CHECK(here(argv[8]) == 0);

    prefect_secrets_chain_close(chain);
    for (int i = 1; i < argc; i++) {
        printf("%d: %d after the close\n", i, here(argv[i]));
        CHECK(here(argv[i]) == 0);
    }
    return 0;
}
