/* What the measuring programs share. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Every secret of the benches has so many bytes. */
#define LENGTH 32

static unsigned expected; /* the sum of the bytes of every value here */

static void die(const char *what)
{
    printf("wrong: %s\n", what);
    fflush(stdout);
    exit(1);
}

static uint64_t now(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (uint64_t)at.tv_sec * 1000000000u + (uint64_t)at.tv_nsec;
}

static unsigned sum(const void *bytes, size_t len)
{
    const unsigned char *at = bytes;
    unsigned total = 0;
    for (size_t i = 0; i < len; i++)
        total += at[i];
    return total;
}

static void check(const void *bytes, size_t len)
{
    if (len != LENGTH || sum(bytes, len) != expected)
        die("not the value that was set");
}

#endif
