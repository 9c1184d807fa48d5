/* isolated_host HOW: a host that ends without closing its chain, or is killed. It says the numbers of
 * the processes on a line, itself first, then its plugin's, and waits; what becomes of them then is
 * for whoever started this to see.
 *
 *     waits    it waits
 *     calls    a thread waits for an answer that takes an hour
 *     leaves   the plugin has forked a child, which is said, too
 *     exits    it exits
 *     forks    it has forked a child, which is said, too, and which waits with all that it inherited
 *     goes-on  the same, but the child has its own plugin process, said after the child, and says
 *              "goes on" once its parent is gone and its plugin process still answers
 *     opens    it opens chains and closes them, and forks children meanwhile, which wait
 */
#define _GNU_SOURCE
#include "isolated.h"
#include <pthread.h>

static prefect_secrets_chain *chain;

static void *wait_for_an_hour(void *nothing)
{
    (void)nothing;
    prefect_secrets_call call = {sizeof call, 0, 7200000, NULL};
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_chain_get(chain, str("SLEEP:3600000"), &call, &secret, NULL);
    return NULL;
}

static void say(long one, long two, long three)
{
    printf("%d %ld %ld %ld\n", (int)getpid(), one, two, three);
    fflush(stdout);
}

static void *fork_children(void *nothing)
{
    (void)nothing;
    for (int i = 0; i < 8; i++) {
        sleep_ms(3);
        if (fork() == 0)
            for (;;)
                pause();
    }
    return NULL;
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    pthread_t thread;
    if (strcmp(how, "opens") == 0) {
        say(0, 0, 0);
        CHECK(pthread_create(&thread, NULL, fork_children, NULL) == 0);
        for (;;) {
            chain = open_chain();
            CHECK(get_number(chain, "ECHO:4") == 4);
            prefect_secrets_chain_close(chain);
        }
    }
    chain = open_chain();
    long plugin = get_number(chain, "PID:");
    if (strcmp(how, "calls") == 0) {
        CHECK(pthread_create(&thread, NULL, wait_for_an_hour, NULL) == 0);
        sleep_ms(100);
    }
    if (strcmp(how, "leaves") == 0) {
        say(plugin, get_number(chain, "LEAVE:"), 0);
    } else if (strcmp(how, "forks") == 0) {
        pid_t child = fork();
        CHECK(child >= 0);
        if (child == 0)
            for (;;)
                pause();
        say(plugin, child, 0);
    } else if (strcmp(how, "goes-on") == 0) {
        pid_t parent = getpid(), child = fork();
        CHECK(child >= 0);
        if (child == 0) {
            long own = get_number(chain, "PID:");
            CHECK(own != plugin);
            printf("%d %ld %d %ld\n", (int)parent, plugin, (int)getpid(), own);
            fflush(stdout);
            while (getppid() == parent)
                sleep_ms(5);
            sleep_ms(300);
            CHECK(get_number(chain, "PID:") == own);
            printf("goes on\n");
            return 0;
        }
    } else {
        say(plugin, 0, 0);
    }
    if (strcmp(how, "exits") == 0)
        return 0;
    for (;;)
        pause();
}
