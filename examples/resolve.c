/*
 * resolve: where do these secrets come from?
 *
 *     resolve NAME...
 *
 * Asks the chain for each name and prints one line of a table: the name, the provider that
 * answered, how many bytes the value has, and how long the answer took. For a name that nobody has
 * it prints what every provider said. It never prints a value.
 *
 * Exit status: 0 if each name was found or is absent, 1 if a provider failed.
 *
 *     cc -Iinclude examples/resolve.c -lprefect_secrets -o resolve
 */
#define _POSIX_C_SOURCE 200809L

#include <prefect_secrets.h>
#include <stdio.h>
#include <time.h>

/* What "%-*.*s" of printf wants: a column of this width. */
#define COLUMN(slice, width) (width), PREFECT_SECRETS_PRINT(slice)

static double now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* Says on the standard error what failed, and lets go of the error. */
static int failed(prefect_secrets_error *error)
{
    prefect_secrets_slice message = prefect_secrets_error_message(error);
    fprintf(stderr, "resolve: %.*s\n", PREFECT_SECRETS_PRINT(message));
    prefect_secrets_error_free(error);
    return 1;
}

/* One indented line for each provider: what it answered, and why. */
static int explain(const prefect_secrets_chain *chain, prefect_secrets_slice name)
{
    prefect_secrets_explanation *explanation = NULL;
    prefect_secrets_error *error = NULL;

    if (prefect_secrets_chain_explain(chain, name, NULL, &explanation, &error) !=
        PREFECT_SECRETS_OK)
        return failed(error);

    for (size_t i = 0; i < prefect_secrets_explanation_count(explanation); i++) {
        prefect_secrets_slice provider, outcome, reason;
        if (prefect_secrets_explanation_at(explanation, i, &provider, &outcome, &reason, NULL) !=
            PREFECT_SECRETS_OK)
            break;
        printf("    %-*.*s %.*s%s%.*s\n", COLUMN(provider, 18), PREFECT_SECRETS_PRINT(outcome),
               reason.len ? ": " : "", PREFECT_SECRETS_PRINT(reason));
    }
    prefect_secrets_explanation_free(explanation);
    return 0;
}

/* One row of the table. */
static int resolve(const prefect_secrets_chain *chain, const char *name)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_error *error = NULL;

    double start = now_us();
    int32_t status =
        prefect_secrets_chain_get(chain, prefect_secrets_str(name), NULL, &secret, &error);
    double elapsed = now_us() - start;

    if (status == PREFECT_SECRETS_OK) {
        prefect_secrets_slice provider = prefect_secrets_secret_provider(secret);
        printf("%-22s %-*.*s %9zu %9.1f us\n", name, COLUMN(provider, 14),
               prefect_secrets_secret_text(secret).len, elapsed);
        prefect_secrets_secret_release(secret);
        return 0;
    }
    printf("%-22s %-14s %9s %9.1f us\n", name,
           status == PREFECT_SECRETS_ABSENT ? "not found" : "failed", "-", elapsed);
    if (status == PREFECT_SECRETS_ABSENT)
        return explain(chain, prefect_secrets_str(name));
    fflush(stdout); /* the row stands before its message */
    return failed(error);
}

int main(int argc, char **argv)
{
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_error *error = NULL;
    int outcome = 0;

    if (argc < 2) {
        fprintf(stderr, "usage: resolve NAME...\n");
        return 1;
    }
    if (prefect_secrets_chain_open(NULL, &chain, &error) != PREFECT_SECRETS_OK)
        return failed(error);

    printf("%-22s %-14s %9s %12s\n", "NAME", "PROVIDER", "BYTES", "TIME");
    for (int i = 1; i < argc; i++)
        outcome |= resolve(chain, argv[i]);

    prefect_secrets_chain_close(chain);
    return outcome;
}
