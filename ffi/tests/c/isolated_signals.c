/* isolated_signals ROUNDS: a plugin's process outlives the thread that started it, and its end is no
 * signal to the host: SIGPIPE has its default here, which ends a process. Where there are no handles
 * of processes, as in an older valgrind, nothing of that can be tried; it says so, after the refusal.
 */
#define _GNU_SOURCE
#include "isolated.h"
#include <pthread.h>

enum { LARGE = 8 << 20 };

static prefect_secrets_chain *chain;

static void *open_it(void *nothing)
{
    (void)nothing;
    chain = open_chain();
    CHECK(get_number(chain, "ECHO:4") == 4);
    return NULL;
}

static void *kill_soon(void *plugin)
{
    sleep_ms(50);
    CHECK(kill((pid_t)(intptr_t)plugin, SIGKILL) == 0);
    return NULL;
}

static void the_thread_that_opened_is_gone(void)
{
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, open_it, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    long plugin = get_number(chain, "PID:");
    sleep_ms(300);
    CHECK(get_number(chain, "PID:") == plugin);
    /* One that is started again by a thread that ends, too. */
    CHECK(kill((pid_t)plugin, SIGKILL) == 0);
    prefect_secrets_chain_close(chain);
    CHECK(!exists(plugin));
}

static void killed_between_calls(void)
{
    chain = open_chain();
    long plugin = get_number(chain, "PID:");
    end_process(plugin);
    /* Nothing was lost with it: the next call is made in another one. */
    CHECK(get_number(chain, "PID:") != plugin);
    plugin = get_number(chain, "PID:");
    CHECK(kill((pid_t)plugin, SIGKILL) == 0);
    prefect_secrets_chain_close(chain);
    CHECK(!exists(plugin));
}

static void killed_during_a_call(void)
{
    pthread_t thread;
    chain = open_chain();
    long plugin = get_number(chain, "PID:");
    CHECK(pthread_create(&thread, NULL, kill_soon, (void *)(intptr_t)plugin) == 0);
    CHECK(try_get(chain, "SLEEP:20000", NULL) == PREFECT_SECRETS_UNAVAILABLE);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(get_number(chain, "ECHO:4") == 4);
    prefect_secrets_chain_close(chain);
    CHECK(!exists(plugin));
}

/* While a value is written to it that the socket does not hold. */
static void killed_while_it_is_written_to(void)
{
    pthread_t thread;
    prefect_secrets_error *error = NULL;
    char *large = malloc(LARGE);
    CHECK(large);
    memset(large, 'x', LARGE);
    prefect_secrets_slice text = {(const uint8_t *)large, LARGE};
    prefect_secrets_value value = prefect_secrets_value_text(text);
    chain = open_chain();
    OK(prefect_secrets_chain_set(chain, str("child"), str("ANY"), &value, NULL, &error));
    long plugin = get_number(chain, "PID:");
    CHECK(kill((pid_t)plugin, SIGSTOP) == 0);
    CHECK(pthread_create(&thread, NULL, kill_soon, (void *)(intptr_t)plugin) == 0);
    int32_t status =
        prefect_secrets_chain_set(chain, str("child"), str("ANY"), &value, NULL, &error);
    printf("set: %d\n", (int)status);
    /* It may have been made again in another process. */
    CHECK(status == PREFECT_SECRETS_OK || status == PREFECT_SECRETS_UNAVAILABLE);
    prefect_secrets_error_free(error);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(get_number(chain, "ECHO:4") == 4);
    prefect_secrets_chain_close(chain);
    CHECK(!exists(plugin));
    free(large);
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    CHECK(signal(SIGPIPE, SIG_DFL) != SIG_ERR);
    chain = open_chain();
    int32_t status = try_get(chain, "ECHO:4", NULL);
    prefect_secrets_chain_close(chain);
    if (status == PREFECT_SECRETS_UNSUPPORTED) {
        printf("no handles of processes\n");
        return 0;
    }
    for (int i = 0; i < rounds; i++) {
        the_thread_that_opened_is_gone();
        killed_between_calls();
        killed_during_a_call();
        killed_while_it_is_written_to();
    }
    return 0;
}
