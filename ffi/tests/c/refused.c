/* refused PROVIDER WHY: the plugin behind PROVIDER was not loaded. Its link fails, its load trace
 * holds WHY, and the host lives on. The test that runs this puts the secret LOCAL in front of it. */
#include "check.h"

int main(int argc, char **argv)
{
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_error *error = NULL;
    prefect_secrets_slice trace;

    CHECK(argc == 3);
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    CHECK(prefect_secrets_chain_get(chain, str("ANY"), NULL, &secret, &error) >
          PREFECT_SECRETS_ABSENT);
    CHECK(is(prefect_secrets_error_provider(error), argv[1]));
    CHECK(is(prefect_secrets_error_name(error), "ANY"));
    CHECK(prefect_secrets_error_next_step(error).len > 0);
    prefect_secrets_error_free(error);
    error = NULL;

    OK(prefect_secrets_chain_load_trace(chain, str(argv[1]), &trace, &error));
    CHECK(holds(trace, "refused") && holds(trace, argv[2]));
    ABSENT(prefect_secrets_chain_load_trace(chain, str("env"), &trace, &error));
    ABSENT(prefect_secrets_chain_load_trace(chain, str("nobody"), &trace, &error));

    OK(prefect_secrets_chain_get(chain, str("LOCAL"), NULL, &secret, &error));
    CHECK(is(prefect_secrets_secret_text(secret), "here"));
    prefect_secrets_secret_release(secret);
    prefect_secrets_chain_close(chain);
    return 0;
}
