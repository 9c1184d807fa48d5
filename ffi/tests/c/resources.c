/* Opening, asking and closing leaves no descriptor and no thread. The test that runs this sets the
 * secret FROM_ENV in the environment and FROM_TOML in config.toml. */
#define _POSIX_C_SOURCE 200809L
#include "memory.h"
#include <dirent.h>

static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    CHECK(open);
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

int main(void)
{
    prefect_secrets_error *error = NULL;
    int descriptors = entries("/proc/self/fd"), threads = entries("/proc/self/task");

    for (int i = 0; i < 100; i++) {
        prefect_secrets_chain *chain = NULL;
        prefect_secrets_secret *secret = NULL;
        OK(prefect_secrets_chain_open(NULL, &chain, &error));
        OK(prefect_secrets_chain_get(chain, str("FROM_ENV"), NULL, &secret, &error));
        prefect_secrets_secret_release(secret);
        OK(prefect_secrets_chain_get(chain, str("FROM_TOML"), NULL, &secret, &error));
        prefect_secrets_secret_release(secret);
        CHECK(entries("/proc/self/fd") == descriptors);
        CHECK(entries("/proc/self/task") == threads);
        prefect_secrets_chain_close(chain);
        OK(prefect_secrets_get(str("FROM_ENV"), &secret, &error));
        prefect_secrets_secret_release(secret);
        prefect_secrets_chain_close_default();
    }
    CHECK(entries("/proc/self/fd") == descriptors);
    CHECK(entries("/proc/self/task") == threads);
    return 0;
}
