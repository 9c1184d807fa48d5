/* What this process holds, and what time it is. */
#ifndef PROCESS_H
#define PROCESS_H

#include "check.h"
#include <dirent.h>
#include <errno.h>
#include <time.h>
#include <unistd.h>

/* How many descriptors ("/proc/self/fd", with the one that looks) or threads ("/proc/self/task"). */
static inline int entries(const char *folder)
{
    int count = -2; /* . and .. */
    DIR *open = opendir(folder);
    CHECK(open);
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

static inline void sleep_ms(long milliseconds)
{
    struct timespec span = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&span, &span) != 0 && errno == EINTR)
        ;
}

static inline struct timespec now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now;
}

static inline long since_ms(struct timespec start)
{
    struct timespec end = now();
    return (end.tv_sec - start.tv_sec) * 1000 + (end.tv_nsec - start.tv_nsec) / 1000000;
}

/* Whether there are no more than `most` soon: the library's threads end two seconds after their last
 * work. */
static inline int comes_down_to(const char *folder, int most)
{
    for (int i = 0; i < 1500; i++) {
        if (entries(folder) <= most)
            return 1;
        sleep_ms(10);
    }
    return 0;
}

#endif
