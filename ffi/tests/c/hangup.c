/* hangup: a Cloud that hangs up in the middle of a request. The signal that this raises has its
 * default here, which ends a process; the call is to fail, and the program to go on. */
#include "check.h"

int main(void)
{
    enum { LENGTH = 12 << 20 };
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_error *error = NULL;
    prefect_secrets_call call = {sizeof call, 0, 3000, NULL};
    char *large = malloc(LENGTH);
    prefect_secrets_slice text = {(const uint8_t *)large, LENGTH};
    prefect_secrets_value value;

    CHECK(large);
    memset(large, 'x', LENGTH);
    value = prefect_secrets_value_text(text);
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    for (int i = 0; i < 10; i++) {
        int32_t status = prefect_secrets_chain_set(chain, str("cloud"), str("LARGE"), &value,
                                                   &call, &error);
        CHECK(status == PREFECT_SECRETS_UNAVAILABLE || status == PREFECT_SECRETS_TIMED_OUT);
        prefect_secrets_error_free(error);
        error = NULL;
    }
    prefect_secrets_chain_close(chain);
    free(large);
    return 0;
}
