/* overrun: a host that lies about the size of its buffer. Under AddressSanitizer the library's
 * write past its end is reported; the test that runs this wants to see that. */
#include "check.h"

int main(void)
{
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_error *error = NULL;
    size_t length = 0;
    char *four = malloc(4);

    CHECK(four);
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    OK(prefect_secrets_chain_get_into(chain, str("LONG"), NULL, four, 64, &length, &error));
    free(four);
    prefect_secrets_chain_close(chain);
    return 0;
}
