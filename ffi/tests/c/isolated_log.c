/* What a plugin in a process of its own writes, and what its end says, comes to the callback. The plugin
 * is providers/tests/fixtures/does.c. */
#include <prefect_secrets.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition)) {                                                                        \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);                        \
            exit(1);                                                                               \
        }                                                                                          \
    } while (0)

/* How many lines of this level held these words. */
typedef struct heard {
    const char *words;
    uint32_t level;
    int count;
} heard;

static heard all[] = {
    {"says: a word on the standard output", 4, 0},
    {"says: a word", 4, 0},
    {"the plugin's process is gone: its process exited with status 7", 1, 0},
};

static void note(void *user_data, uint32_t level, prefect_secrets_slice message)
{
    (void)user_data;
    CHECK(!memchr(message.data, '\n', message.len));
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (level == all[i].level && strstr((const char *)message.data, all[i].words))
            all[i].count++;
}

static int32_t get(const prefect_secrets_chain *chain, const char *name)
{
    prefect_secrets_secret *secret = NULL;
    int32_t status =
        prefect_secrets_chain_get(chain, prefect_secrets_str(name), NULL, &secret, NULL);
    prefect_secrets_secret_release(secret);
    return status;
}

int main(void)
{
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_log_set(note, NULL);
    CHECK(prefect_secrets_chain_open(NULL, &chain, NULL) == PREFECT_SECRETS_OK);
    CHECK(get(chain, "SAY:a word") == PREFECT_SECRETS_OK);
    CHECK(get(chain, "EXIT:7") == PREFECT_SECRETS_PANICKED);
    prefect_secrets_chain_close(chain);
    CHECK(all[0].count == 1);
    CHECK(all[1].count == 2);
    CHECK(all[2].count == 1);
    return 0;
}
