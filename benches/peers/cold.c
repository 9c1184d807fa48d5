/*
 * Runs a program from its start to its end, and says what it took:
 *
 *     cold ROUNDS PROGRAM ARGUMENT...
 *
 * A line for each round: wall nanoseconds, CPU nanoseconds, and the most memory that was resident,
 * in KiB (ru_maxrss). That counts what the parent had when it forked, so the parent is this: small.
 * The program's standard output goes to where this one's standard error goes.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static uint64_t now(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static uint64_t nanoseconds(struct timeval at)
{
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_usec * 1000u;
}

int main(int argc, char **argv)
{
    if (argc < 3)
        return 2;
    for (int round = atoi(argv[1]); round > 0; round--) {
        struct rusage usage;
        int status;
        uint64_t start = now();
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0) {
            dup2(2, 1);
            execv(argv[2], argv + 2);
            _exit(127);
        }
        if (wait4(child, &status, 0, &usage) != child || status != 0)
            return 1;
        printf("%llu %llu %ld\n", (unsigned long long)(now() - start),
               (unsigned long long)(nanoseconds(usage.ru_utime) + nanoseconds(usage.ru_stime)),
               usage.ru_maxrss);
    }
    return 0;
}
