/*
 * A host with two providers: `zoo`, a plugin of the zoo, and `toml`, which has OTHER. Says how the
 * plugin was loaded, what became of a get from it, and of a get from the other one afterwards.
 */
#include <prefect_secrets.h>
#include <stdio.h>
#include <string.h>

static void get(const prefect_secrets_chain *chain, const char *name)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_error *error = NULL;
    int32_t status =
        prefect_secrets_chain_get(chain, prefect_secrets_str(name), NULL, &secret, &error);
    if (status == PREFECT_SECRETS_OK)
        printf("%s: %s\n", name,
               prefect_secrets_secret_text(secret).len ? "found" : "found, and empty");
    else if (status == PREFECT_SECRETS_ABSENT)
        printf("%s: absent\n", name);
    else
        printf("%s: %.*s\n", name, PREFECT_SECRETS_PRINT(prefect_secrets_error_message(error)));
    fflush(stdout);
    prefect_secrets_secret_release(secret);
    prefect_secrets_error_free(error);
}

int main(void)
{
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_slice trace;
    if (prefect_secrets_chain_open(NULL, &chain, NULL) != PREFECT_SECRETS_OK)
        return 90;
    if (prefect_secrets_chain_load_trace(chain, prefect_secrets_str("zoo"), &trace, NULL) !=
        PREFECT_SECRETS_OK)
        return 91;
    printf("%.*s\n", PREFECT_SECRETS_PRINT(trace));
    fflush(stdout);
    get(chain, "ALPHA");
    get(chain, "OTHER");
    prefect_secrets_chain_close(chain);
    return 0;
}
