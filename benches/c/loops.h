/* The loops: floors, and what a program does with the library. */
#ifndef LOOPS_H
#define LOOPS_H

#include "prefect_secrets.h"
#include "program.h"

/* Set by the bench. */
#define IN_ENV "PREFECT__CONTEXT__SECRETS__IN_ENV"
#define MOST 500
/* A buffer as people write them. One of just LENGTH + 1 bytes is an accident of the compiler's: floor B
 * takes a third longer with it, because of what lies beside it on the stack. */
#define ROOM 64

static prefect_secrets_chain *chain;

/* Floor A: a copy of one's own. */
static void floor_a(prefect_secrets_slice variable)
{
    const char *value = getenv((const char *)variable.data);
    char *copy = strdup(value);
    size_t len = strlen(copy);
    check(copy, len);
    explicit_bzero(copy, len);
    free(copy);
}

/* Floor B: into a buffer. On a cache line of its own, as the one of get_into: across two of them either
 * takes up to half as long again. */
static void floor_b(prefect_secrets_slice variable)
{
    _Alignas(64) char buffer[ROOM];
    const char *value = getenv((const char *)variable.data);
    size_t len = strlen(value);
    if (len + 1 > sizeof buffer)
        die("too long");
    memcpy(buffer, value, len + 1);
    check(buffer, len);
    explicit_bzero(buffer, sizeof buffer);
}

/* Into the library and back. */
static void crossing(prefect_secrets_slice name)
{
    (void)name;
    if (!prefect_secrets_version())
        die("no version");
}

static void get(prefect_secrets_slice name)
{
    prefect_secrets_secret *secret;
    if (prefect_secrets_chain_get(chain, name, NULL, &secret, NULL) != PREFECT_SECRETS_OK)
        die("get failed");
    prefect_secrets_slice text = prefect_secrets_secret_text(secret);
    check(text.data, text.len);
    prefect_secrets_secret_release(secret);
}

static void get_into(prefect_secrets_slice name)
{
    _Alignas(64) char buffer[ROOM];
    size_t len;
    if (prefect_secrets_chain_get_into(chain, name, NULL, buffer, sizeof buffer, &len, NULL) !=
        PREFECT_SECRETS_OK)
        die("get_into failed");
    check(buffer, len);
    explicit_bzero(buffer, sizeof buffer);
}

/* NAME_0 to NAME_(many - 1). */
static prefect_secrets_slice names[MOST];
static size_t many;

static void make_names(const char *name, size_t count)
{
    static char text[MOST][64];
    if (count > MOST)
        die("too many names");
    for (many = 0; many < count; many++) {
        snprintf(text[many], sizeof text[many], "%s%zu", name, many);
        names[many] = prefect_secrets_str(text[many]);
    }
}

/* All of them at once. */
static void get_many(prefect_secrets_slice name)
{
    static prefect_secrets_result results[MOST];
    (void)name;
    if (prefect_secrets_chain_get_many(chain, names, many, NULL, results, NULL) !=
        PREFECT_SECRETS_OK)
        die("get_many failed");
    for (size_t i = 0; i < many; i++) {
        prefect_secrets_slice value = prefect_secrets_secret_text(results[i].secret);
        check(value.data, value.len);
        prefect_secrets_secret_release(results[i].secret);
    }
}

/* All of them, one after the other. */
static void get_each(prefect_secrets_slice name)
{
    (void)name;
    for (size_t i = 0; i < many; i++)
        get(names[i]);
}

typedef void loop_fn(prefect_secrets_slice name);

static const struct loop {
    const char *word;
    loop_fn *once;
    const char *name; /* what it asks for unless the command says it */
} loops[] = {
    {"floor_a", floor_a, IN_ENV},
    {"floor_b", floor_b, IN_ENV},
    {"crossing", crossing, ""},
    {"get", get, NULL},
    {"get_env", get, "IN_ENV"},
    {"get_file", get, "IN_FILE_7"},
    {"get_plugin", get, "IN_PLUGIN"},
    {"get_into", get_into, NULL},
    {"get_into_env", get_into, "IN_ENV"},
    {"get_into_file", get_into, "IN_FILE_7"},
    {"get_into_plugin", get_into, "IN_PLUGIN"},
    {"get_many", get_many, ""},
    {"get_each", get_each, ""},
};

static const struct loop *loop_called(const char *word)
{
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++)
        if (strcmp(loops[i].word, word) == 0)
            return &loops[i];
    return NULL;
}

/* Inlined with a constant loop function, so that a loop is as tight as if written out. */
static inline __attribute__((always_inline)) void repeat(loop_fn *once, long count,
                                                         prefect_secrets_slice name)
{
    for (long i = 0; i < count; i++)
        once(name);
}

/* Floor A, whose copy lies at another place each time: one that crosses a page takes more than twice
 * as long, and where malloc's first one lies is luck. */
static void elsewhere(long count, prefect_secrets_slice variable)
{
    enum { PLACES = 16 };
    static void *before[PLACES];
    static int turn;
    int held = turn++ % PLACES;
    for (int i = 0; i < held; i++)
        before[i] = malloc(LENGTH + 1);
    repeat(floor_a, count, variable);
    for (int i = 0; i < held; i++)
        free(before[i]);
}

static void run_loop(loop_fn *once, long count, prefect_secrets_slice name)
{
    if (once == floor_a)
        elsewhere(count, name);
    else if (once == floor_b)
        repeat(floor_b, count, name);
    else if (once == crossing)
        repeat(crossing, count, name);
    else if (once == get)
        repeat(get, count, name);
    else if (once == get_into)
        repeat(get_into, count, name);
    else
        repeat(once, count, name);
}

#endif
