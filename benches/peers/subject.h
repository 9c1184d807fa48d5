/*
 * What the C programs of `cargo xtask bench --peers` share: which secrets there are, what is right,
 * and how the bench talks to them.
 *
 *     PROGRAM once COUNT ...    gets COUNT secrets once, and ends
 *     PROGRAM serve COUNT ...   says "ready", then obeys the lines on its standard input:
 *
 *     time N     gets them N times; answers "WALL CPU" in nanoseconds, the CPU time of all threads
 *     hold       gets them and holds what it was given; answers "held"
 *     release    gives all of it back, and what the secrets came from; answers "released"
 *     fork       gets them in a child of this process; answers "works", "fails" or "hangs"
 *
 * The secret i (from 1) is called SERVICE_TOKEN_000i, and is tok_000i_abc...w: 32 bytes. Each value
 * is checked by length and sum inside the loop. The value is made nowhere here, so that only what a
 * library leaves in memory can be found there. Compiled with -O2.
 */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MOST 500
typedef char label[32]; /* a name */
#define NAME "SERVICE_TOKEN_"
#define TEMPLATE "tok_0000_abcdefghijklmnopqrstuvw"
#define LENGTH (sizeof TEMPLATE - 1)
#define PATIENCE 10 /* seconds that a child may take */

static int count;

/* To be defined by each program. */
static void ask(void);     /* gets all, checks, gives all back */
static void hold(void);    /* gets all, checks, holds */
static void release(void); /* gives back what is held, closes what is open */

static inline void die(const char *what)
{
    printf("wrong: %s\n", what);
    fflush(stdout);
    exit(1);
}

static inline unsigned sum(const char *bytes, size_t len)
{
    unsigned total = 0;
    for (size_t i = 0; i < len; i++)
        total += (unsigned char)bytes[i];
    return total;
}

static inline void check(int secret, const char *bytes, size_t len)
{
    static unsigned template;
    if (!template)
        template = sum(TEMPLATE, LENGTH);
    unsigned digits = (unsigned)(secret % 10 + secret / 10 % 10 + secret / 100 % 10);
    if (len != LENGTH || sum(bytes, len) != template + digits)
        die("not the value that was set");
}

static inline uint64_t now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static void time_it(long times)
{
    uint64_t wall = now(CLOCK_MONOTONIC), cpu = now(CLOCK_PROCESS_CPUTIME_ID);
    for (long i = 0; i < times; i++)
        ask();
    cpu = now(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = now(CLOCK_MONOTONIC) - wall;
    printf("%llu %llu\n", (unsigned long long)wall, (unsigned long long)cpu);
}

static const char *in_a_child(void)
{
    int status;
    pid_t child = fork();
    if (child < 0)
        die("no fork");
    if (child == 0) {
        alarm(PATIENCE);
        ask();
        _exit(0);
    }
    if (waitpid(child, &status, 0) != child)
        die("no child");
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return "works";
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM ? "hangs" : "fails";
}

static int subject(int argc, char **argv)
{
    char line[64];
    (void)argc;
    if (strcmp(argv[1], "once") == 0) {
        ask();
        return 0;
    }
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "time ", 5) == 0) {
            time_it(atol(line + 5));
        } else if (strcmp(line, "hold\n") == 0) {
            hold();
            printf("held\n");
        } else if (strcmp(line, "release\n") == 0) {
            release();
            printf("released\n");
        } else if (strcmp(line, "fork\n") == 0) {
            printf("%s\n", in_a_child());
        } else {
            die("no such command");
        }
        fflush(stdout);
    }
    return 0;
}

#endif
