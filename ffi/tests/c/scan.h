/* Are there copies of a value in the memory of this process?
 *
 * A needle is the value, each byte exclusive-ored with 0x5a: the value itself is nowhere in what looks
 * for it. Every writable mapping is searched, but for the environment block, which is the caller's. */
#ifndef SCAN_H
#define SCAN_H

#include "check.h"

enum { MASK = 0x5a, LONGEST = 128 };

typedef struct needle {
    const char *name;
    uint8_t masked[LONGEST];
    size_t len;
} needle;

static uintptr_t environment_start, environment_end;

/* Reads what is masked, in hexadecimal. */
static void read_masked(needle *to, const char *hex)
{
    to->len = 0;
    for (; hex[0] && hex[1]; hex += 2) {
        unsigned byte;
        CHECK(sscanf(hex, "%2x", &byte) == 1 && to->len < LONGEST);
        to->masked[to->len++] = (uint8_t)byte;
    }
    CHECK(to->len >= 8);
}

/* Fields 50 and 51 of /proc/self/stat: where the environment block is. */
static void find_environment(void)
{
    char line[2048];
    FILE *stat = fopen("/proc/self/stat", "r");
    CHECK(stat && fgets(line, sizeof line, stat));
    fclose(stat);
    char *at = strrchr(line, ')');
    CHECK(at);
    for (int field = 2; field < 50; field++) {
        at = strchr(at + 1, ' ');
        CHECK(at);
    }
    CHECK(sscanf(at, "%lu %lu", (unsigned long *)&environment_start,
                 (unsigned long *)&environment_end) == 2);
    CHECK(environment_start < environment_end);
}

static int copies_between(const needle *of, uintptr_t start, uintptr_t end)
{
    int copies = 0;
    for (uintptr_t at = start; at + of->len <= end; at++) {
        const volatile uint8_t *bytes = (const volatile uint8_t *)at;
        size_t i = 0;
        while (i < of->len && (bytes[i] ^ MASK) == of->masked[i])
            i++;
        copies += i == of->len;
    }
    return copies;
}

static int copies(const needle *of)
{
    int found = 0;
    char line[512];
    FILE *maps = fopen("/proc/self/maps", "r");
    CHECK(maps);
    if (!environment_end)
        find_environment();
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, end;
        char rights[5];
        CHECK(sscanf(line, "%lx-%lx %4s", &start, &end, rights) == 3);
        if (rights[0] != 'r' || rights[1] != 'w')
            continue;
        if (start <= environment_start && environment_end <= end) {
            found += copies_between(of, start, environment_start);
            found += copies_between(of, environment_end, end);
        } else {
            found += copies_between(of, start, end);
        }
    }
    fclose(maps);
    return found;
}

#endif
