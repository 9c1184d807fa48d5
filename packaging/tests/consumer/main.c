/* What a program does with an installed library: asks for one secret. Compiled as C and as C++. */
#include <prefect_secrets.h>
#include <stdio.h>

int main(int count, char **arguments)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_error *error = NULL;
    const char *name = count > 1 ? arguments[1] : "DB_PASSWORD";
    int32_t status = prefect_secrets_get(prefect_secrets_str(name), &secret, &error);

    if (status == PREFECT_SECRETS_OK) {
        prefect_secrets_slice provider = prefect_secrets_secret_provider(secret);
        printf("%zu bytes from %.*s\n", prefect_secrets_secret_text(secret).len,
               PREFECT_SECRETS_PRINT(provider));
    } else {
        prefect_secrets_slice message = prefect_secrets_error_message(error);
        printf("status %d: %.*s\n", (int)status, PREFECT_SECRETS_PRINT(message));
    }
    prefect_secrets_secret_release(secret);
    prefect_secrets_error_free(error);
    return status;
}
