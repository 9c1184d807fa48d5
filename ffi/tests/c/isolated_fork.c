/* isolated_fork ROUNDS [opens]: a process with a plugin in another one forks while three threads are
 * inside calls. Parent and child go on, each with a plugin process of its own; whatever the child does,
 * that of the parent lives. Once the child has asked, or has closed the chain without asking, it has
 * nothing open of any connection of its parent, but for handles of processes before Linux 6.9. With
 * `opens` one of the threads starts and ends processes; what it opens or closes during a fork may stay
 * open in the child, and nothing else is closed in its stead.
 */
#define _GNU_SOURCE
#include "isolated.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/vfs.h>

enum { MOST = 1024, HANDLES = 0x50494446 };

static int foreign[MOST];
static prefect_secrets_chain *inherited;
static int opens;
static atomic_int done;
static atomic_long asked;

static void ask(const prefect_secrets_chain *chain)
{
    CHECK(get_number(chain, "ECHO:4") == 4);
    asked++;
}

static void *busy(void *number)
{
    for (int i = 0; !done; i++) {
        ask(inherited);
        if (opens && number == NULL && i % 20 == 0) {
            prefect_secrets_chain *own = open_chain();
            ask(own);
            prefect_secrets_chain_close(own);
        }
    }
    return NULL;
}

/* How many sockets, pipes and handles of processes are open that were not when this began. */
static int connections(void)
{
    int count = 0;
    char path[64], target[256];
    struct statfs system;
    for (int i = 0; i < MOST; i++) {
        if (foreign[i])
            continue;
        snprintf(path, sizeof path, "/proc/self/fd/%d", i);
        ssize_t len = readlink(path, target, sizeof target - 1);
        if (len < 0)
            continue;
        target[len] = 0;
        int handle = strstr(target, "pidfd") && fstatfs(i, &system) == 0 && system.f_type == HANDLES;
        if (!strstr(target, "socket:") && !strstr(target, "pipe:") && !handle)
            continue;
        fprintf(stderr, "descriptor %d is open: %s\n", i, target);
        count++;
    }
    return count;
}

/* What a child does; `parents` is the plugin process of its parent. */
static void child(int round, long parents)
{
    int own_files[32];
    alarm(30); /* ends a child that hangs */
    for (int i = 0; i < 32; i++)
        own_files[i] = open("/dev/null", O_RDONLY);
    if (round % 3 != 0) {
        long own = get_number(inherited, "PID:");
        CHECK(own != parents && exists(own));
        ask(inherited);
        if (round % 3 == 2) {
            prefect_secrets_chain *another = open_chain();
            CHECK(get_number(another, "PID:") != own);
            prefect_secrets_chain_close(another);
            ask(inherited);
        }
        prefect_secrets_chain_close(inherited);
        CHECK(!exists(own));
    } else {
        prefect_secrets_chain_close(inherited);
    }
    CHECK(opens || connections() == 0);
    for (int i = 0; i < 32; i++)
        CHECK(close(own_files[i]) == 0);
    CHECK(exists(parents));
}

int main(int argc, char **argv)
{
    pthread_t threads[3];
    int rounds = argc > 1 ? atoi(argv[1]) : 50;
    opens = argc > 2;

    /* What whoever started this program left open. */
    for (int i = 0; i < MOST; i++)
        foreign[i] = fcntl(i, F_GETFD) >= 0;
    inherited = open_chain();
    long plugin = get_number(inherited, "PID:");
    for (int i = 0; i < 3; i++)
        CHECK(pthread_create(&threads[i], NULL, busy, i == 0 ? NULL : &threads[i]) == 0);
    for (int i = 0; i < rounds; i++) {
        int status = -1;
        long before = asked;
        pid_t forked = fork();
        CHECK(forked >= 0);
        if (forked == 0) {
            child(i, plugin);
            _exit(0);
        }
        CHECK(waitpid(forked, &status, 0) == forked);
        if (status != 0)
            fprintf(stderr, "child %d ended with %#x\n", i, (unsigned)status);
        CHECK(status == 0);
        CHECK(get_number(inherited, "PID:") == plugin);
        while (asked < before + 3)
            sleep_ms(1);
    }
    done = 1;
    for (int i = 0; i < 3; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(get_number(inherited, "PID:") == plugin);
    prefect_secrets_chain_close(inherited);
    CHECK(!exists(plugin));
    CHECK(connections() == 0);
    return 0;
}
