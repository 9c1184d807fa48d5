/*
 * The C host of the benches. Each line on standard input is a command, how often to run it, and what
 * it needs to know:
 *
 *     get_into 100000 IN_FILE_7          a loop of loops.h, in nanoseconds of the thread's CPU time
 *     wall get_into 10 IN_CLOUD          the same in wall time, for what waits
 *     threads get_into 100000 IN_ENV 2   two threads at once: wall time, and CPU time of one of them;
 *                                        "threads-own" gives each a name of its own, IN_ENV0, IN_ENV1
 *     traced get_into 1000 IN_ENV        the system calls: all, files and sockets opened, threads
 *                                        and processes started
 *     names 50 IN_FILE_                  what get_many and get_each ask for from now on
 *     held 0                             threads, and descriptors that are open
 *     open 10 FILE NAME                  a configuration, opened and closed
 *     dlopen 10 PLUGIN                   a plugin, loaded by dlopen alone ...
 *     open_with 10 FILE PLUGIN DIRECTORY ... and by opening a configuration, which is written to FILE;
 *     load 10 FILE PLUGIN DIRECTORY      the same without what opening takes if the chain has no plugin
 *
 * Loops check every value by length and sum. The answer is a line of numbers, or what went wrong.
 * Compiled with -O2.
 */
#define _GNU_SOURCE
#include <dirent.h>

#include "loops.h"
#include "opening.h"
#include "threads.h"
#include "traced.h"

static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    if (!open)
        die(folder);
    while (readdir(open))
        count++;
    closedir(open);
    return count - 2;
}

static void answer(uint64_t number)
{
    printf("%llu\n", (unsigned long long)number);
}

/* A loop by its clock, or by who else runs it. */
static void loop(const char *how, const struct loop *loop, long count, const char *given, int threads)
{
    const char *said = given[0] ? given : loop->name;
    if (!said)
        die("the command says no name");
    prefect_secrets_slice name = prefect_secrets_str(said);
    if (strncmp(how, "threads", 7) == 0) {
        struct both both =
            at_once(threads, loop->once, count, said, strcmp(how, "threads-own") == 0);
        printf("%llu %llu\n", (unsigned long long)both.wall, (unsigned long long)both.cpu);
    } else if (strcmp(how, "traced") == 0) {
        struct calls calls = traced(loop->once, count, name);
        if (calls.refused)
            printf("refused\n");
        else
            printf("%ld %ld %ld\n", calls.all, calls.opened, calls.started);
    } else {
        clockid_t clock = strcmp(how, "wall") == 0 ? CLOCK_MONOTONIC : CLOCK_THREAD_CPUTIME_ID;
        uint64_t start = now(clock);
        run_loop(loop->once, count, name);
        answer(now(clock) - start);
    }
}

static void run(char *line)
{
    char how[64] = "cpu", command[64], first[1024] = "", second[1024] = "", third[1024] = "";
    long count;
    if (strncmp(line, "wall ", 5) == 0 || strncmp(line, "threads", 7) == 0 ||
        strncmp(line, "traced ", 7) == 0) {
        if (sscanf(line, "%63s", how) != 1)
            die("not a command");
        line += strlen(how);
    }
    int words = sscanf(line, "%63s %ld %1023s %1023s %1023s", command, &count, first, second, third);
    if (words < 2)
        die("not a command");
    const struct loop *found = loop_called(command);
    if (found) {
        loop(how, found, count, first, atoi(second));
    } else if (strcmp(command, "names") == 0) {
        make_names(first, (size_t)count);
        answer(many);
    } else if (strcmp(command, "held") == 0) {
        /* Without the one that is open to count them. */
        printf("%d %d\n", entries("/proc/self/task"), entries("/proc/self/fd") - 1);
    } else if (strcmp(command, "open") == 0) {
        answer(open_config(count, first, second));
    } else if (strcmp(command, "dlopen") == 0 || strcmp(command, "load") == 0 ||
               strcmp(command, "open_with") == 0) {
        answer(in_a_child(command, count, first, second, third));
    } else {
        die("no such command");
    }
}

int main(void)
{
    char line[4096];
    const char *value = getenv(IN_ENV);
    prefect_secrets_error *error = NULL;

    if (!value)
        die("the bench sets no secret");
    expected = sum(value, strlen(value));
    make_names("IN_FILE_", 50);
    if (prefect_secrets_chain_open(NULL, &chain, &error) != PREFECT_SECRETS_OK)
        die((const char *)prefect_secrets_error_message(error).data);
    while (fgets(line, sizeof line, stdin)) {
        run(line);
        fflush(stdout);
    }
    return 0;
}
