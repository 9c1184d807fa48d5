/* Several threads that run a loop at once. */
#ifndef THREADS_H
#define THREADS_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "loops.h"

enum { MOST_THREADS = 64 };

struct reader {
    loop_fn *once;
    long count;
    char name[64];
    uint64_t start, end, cpu;
    atomic_int *missing;
};

/* Until all are there. A thread that sleeps for that wakes up too late. */
static void wait_for_all(atomic_int *missing)
{
    (*missing)--;
    for (long turn = 1; *missing > 0; turn++)
        if (turn % 1000 == 0)
            sched_yield();
}

static void *read_on(void *argument)
{
    struct reader *self = argument;
    prefect_secrets_slice name = prefect_secrets_str(self->name);
    wait_for_all(self->missing);
    uint64_t cpu = now(CLOCK_THREAD_CPUTIME_ID);
    self->start = now(CLOCK_MONOTONIC);
    run_loop(self->once, self->count, name);
    self->end = now(CLOCK_MONOTONIC);
    self->cpu = now(CLOCK_THREAD_CPUTIME_ID) - cpu;
    return NULL;
}

struct both {
    uint64_t wall, cpu; /* from the first start to the last end; of one thread, on average */
};

/* Each thread runs the loop so often. With own, thread t asks for NAMEt, else all ask for NAME. */
static struct both at_once(int threads, loop_fn *once, long count, const char *name, int own)
{
    static struct reader readers[MOST_THREADS];
    pthread_t ids[MOST_THREADS];
    atomic_int missing = threads;
    uint64_t start = UINT64_MAX, end = 0, cpu = 0;

    if (threads < 1 || threads > MOST_THREADS)
        die("no such number of threads");
    for (int t = 0; t < threads; t++) {
        readers[t] = (struct reader){.once = once, .count = count, .missing = &missing};
        if (own)
            snprintf(readers[t].name, sizeof readers[t].name, "%s%d", name, t);
        else
            snprintf(readers[t].name, sizeof readers[t].name, "%s", name);
        if (pthread_create(&ids[t], NULL, read_on, &readers[t]) != 0)
            die("no thread");
    }
    for (int t = 0; t < threads; t++) {
        pthread_join(ids[t], NULL);
        start = readers[t].start < start ? readers[t].start : start;
        end = readers[t].end > end ? readers[t].end : end;
        cpu += readers[t].cpu;
    }
    return (struct both){end - start, cpu / (uint64_t)threads};
}

#endif
