/* The log goes to a callback, for as long as there is one. */
#include "memory.h"

static prefect_secrets_error *error;

typedef struct lines {
    int count;
    uint32_t level;
    char last[128];
} lines;

static void note(void *user_data, uint32_t level, prefect_secrets_slice message)
{
    lines *to = (lines *)user_data;
    if (!holds(message, "created"))
        return;
    to->count++;
    to->level = level;
    CHECK(message.len < sizeof to->last && message.data[message.len] == 0);
    memcpy(to->last, message.data, message.len + 1);
}

static void open_one(void)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_chain *chain = NULL;
    OK(open_with(&table, "memory", "", &chain, &error)); /* its create logs a warning */
    prefect_secrets_chain_close(chain);
}

int main(void)
{
    lines first = {0, 0, ""}, second = {0, 0, ""};
    open_one();
    prefect_secrets_log_set(note, &first);
    open_one();
    CHECK(first.count == 1 && first.level == 2);
    CHECK(strcmp(first.last, "created provider=memory") == 0);
    prefect_secrets_log_set(note, &second);
    open_one();
    CHECK(first.count == 1 && second.count == 1);
    prefect_secrets_log_set(NULL, NULL);
    open_one();
    CHECK(first.count == 1 && second.count == 1);
    prefect_secrets_log_set(note, &first);
    open_one();
    CHECK(first.count == 2);
    return 0;
}
