/* Providers that break the rules, in a host that lives on. */
#define _POSIX_C_SOURCE 200809L
#include "memory.h"
#include <time.h>

static prefect_secrets_error *error;

static int32_t commits_too_much(void *instance, const prefect_secrets_request *request,
                                prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)name;
    CHECK(reply->reserve(reply, 4));
    return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, 5);
}

static int32_t writes_too_far(void *instance, const prefect_secrets_request *request,
                              prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    uint8_t *place = reply->reserve(reply, 4);
    (void)instance;
    (void)request;
    (void)name;
    memset(place, 'x', 8);
    return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, 4);
}

static int32_t invents_a_status(void *instance, const prefect_secrets_request *request,
                                prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)name;
    (void)reply;
    return 4711;
}

static int32_t commits_nothing(void *instance, const prefect_secrets_request *request,
                               prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)name;
    (void)reply;
    return PREFECT_SECRETS_OK;
}

static int32_t says_json(void *instance, const prefect_secrets_request *request,
                         prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)name;
    CHECK(reply->reserve(reply, 1));
    return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_JSON, 1);
}

static int32_t sleeps(void *instance, const prefect_secrets_request *request,
                      prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    struct timespec nap = {2, 0};
    (void)instance;
    (void)request;
    (void)name;
    (void)reply;
    nanosleep(&nap, NULL);
    return PREFECT_SECRETS_ABSENT;
}

static void breaks(int32_t (*get)(void *, const prefect_secrets_request *, prefect_secrets_slice,
                                  prefect_secrets_reply *),
                   const char *said)
{
    prefect_secrets_provider table = memory_table();
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *secret = NULL;
    table.get = get;
    OK(open_with(&table, "rogue", "", &chain, &error));
    for (int i = 0; i < 2; i++) {
        CHECK_STATUS(prefect_secrets_chain_get(chain, str("ANY"), NULL, &secret, &error),
                     PREFECT_SECRETS_INTERNAL);
        CHECK(secret == NULL);
        CHECK(is(prefect_secrets_error_provider(error), "rogue"));
        CHECK(holds(prefect_secrets_error_what(error), said));
        prefect_secrets_error_free(error);
        error = NULL;
    }
    prefect_secrets_chain_close(chain);
    CHECK(memories == 0);
}

static void does_not_come_back(void)
{
    /* Left to the library with its table: a call is still inside it. */
    static prefect_secrets_provider table;
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_call call = {sizeof call, 0, 50, NULL};
    struct timespec before, after;

    table = memory_table();
    table.capabilities &= ~PREFECT_SECRETS_HONORS_DEADLINES;
    table.get = sleeps;
    OK(open_with(&table, "sleeper", "", &chain, &error));
    clock_gettime(CLOCK_MONOTONIC, &before);
    FAILS(prefect_secrets_chain_get(chain, str("ANY"), &call, &secret, &error),
          PREFECT_SECRETS_TIMED_OUT);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK((double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9 <
          1.5);
    FAILS(prefect_secrets_chain_get(chain, str("ANY"), &call, &secret, &error),
          PREFECT_SECRETS_PANICKED);
    prefect_secrets_chain_close(chain);
}

static void is_no_table(prefect_secrets_provider table, const char *said)
{
    prefect_secrets_chain *chain = NULL;
    CHECK_STATUS(open_with(&table, "odd", "", &chain, &error), PREFECT_SECRETS_INVALID);
    CHECK(chain == NULL && holds(prefect_secrets_error_what(error), said));
    prefect_secrets_error_free(error);
    error = NULL;
}

int main(void)
{
    prefect_secrets_provider table = memory_table();

    breaks(commits_too_much, "more than it had reserved");
    breaks(writes_too_far, "past the end");
    breaks(invents_a_status, "status that does not exist");
    breaks(commits_nothing, "without committing");
    breaks(says_json, "not one JSON document");
    does_not_come_back();

    table.get = NULL;
    is_no_table(table, "`get` is empty");
    table = memory_table();
    table.list = NULL;
    is_no_table(table, "`list` is claimed");
    table = memory_table();
    table.major = 2;
    is_no_table(table, "major 2");
    table = memory_table();
    table.id = str("Memory!");
    is_no_table(table, "the id");
    table = memory_table();
    table.struct_size = 12;
    is_no_table(table, "12 bytes");
    return 0;
}
