/*
 * The C host of the benches. Each line on standard input is a command and how often to run it:
 *
 *     get_into 100000
 *
 * It runs the loop, checks every value by length and sum, and answers with the nanoseconds that
 * the loop took (thread CPU time), or with what went wrong. Compiled with -O2.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "prefect_secrets.h"

/* Set by the bench: 32 bytes each. */
#define IN_ENV "PREFECT__CONTEXT__SECRETS__IN_ENV"
#define LENGTH 32

static prefect_secrets_chain *chain;
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

/* Floor A: a copy of one's own. */
static void floor_a(void)
{
    const char *value = getenv(IN_ENV);
    char *copy = strdup(value);
    size_t len = strlen(copy);
    check(copy, len);
    explicit_bzero(copy, len);
    free(copy);
}

/* Floor B: into a buffer. */
static void floor_b(void)
{
    char buffer[LENGTH + 1];
    const char *value = getenv(IN_ENV);
    size_t len = strlen(value);
    if (len + 1 > sizeof buffer)
        die("too long");
    memcpy(buffer, value, len + 1);
    check(buffer, len);
    explicit_bzero(buffer, sizeof buffer);
}

static void crossing(void)
{
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
    char buffer[LENGTH + 1];
    size_t len;
    if (prefect_secrets_chain_get_into(chain, name, NULL, buffer, sizeof buffer, &len, NULL) !=
        PREFECT_SECRETS_OK)
        die("get_into failed");
    check(buffer, len);
    explicit_bzero(buffer, sizeof buffer);
}

/* Fifty names at once: IN_FILE_0 to IN_FILE_49. */
static void get_many(void)
{
    static char text[50][16];
    static prefect_secrets_slice names[50];
    static prefect_secrets_result results[50];
    if (!names[0].len)
        for (int i = 0; i < 50; i++) {
            snprintf(text[i], sizeof text[i], "IN_FILE_%d", i);
            names[i] = prefect_secrets_str(text[i]);
        }
    if (prefect_secrets_chain_get_many(chain, names, 50, NULL, results, NULL) !=
        PREFECT_SECRETS_OK)
        die("get_many failed");
    for (int i = 0; i < 50; i++) {
        prefect_secrets_slice value = prefect_secrets_secret_text(results[i].secret);
        check(value.data, value.len);
        prefect_secrets_secret_release(results[i].secret);
    }
}

/* A copy of a library under a name that the dynamic linker has not seen. */
static const char *fresh(const char *library)
{
    static char path[64];
    static int count;
    char block[65536];
    ssize_t len;
    snprintf(path, sizeof path, "/tmp/prefect-secrets-bench-%d-%d.so", (int)getpid(), count++);
    int from = open(library, O_RDONLY | O_CLOEXEC);
    int to = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    if (from < 0 || to < 0)
        die(strerror(errno));
    while ((len = read(from, block, sizeof block)) > 0)
        if (write(to, block, (size_t)len) != len)
            die(strerror(errno));
    close(from);
    close(to);
    return path;
}

/* dlopen of a fresh copy of a plugin, and nothing more. Returns the time of that alone. */
static uint64_t bare_dlopen(const char *library)
{
    const char *path = fresh(library);
    uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!handle || !dlsym(handle, "prefect_secrets_provider_v1"))
        die(dlerror());
    uint64_t taken = now(CLOCK_THREAD_CPUTIME_ID) - start;
    unlink(path);
    return taken;
}

/* A chain opened and closed; with a plugin, a fresh copy of it. Returns the time of the opening. */
static uint64_t open_chain(const char *config, const char *plugin, const char *directory)
{
    prefect_secrets_options options;
    prefect_secrets_chain *opened;
    prefect_secrets_error *error = NULL;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.config_path = prefect_secrets_str(config);
    const char *copy = plugin ? fresh(plugin) : NULL;
    if (copy) {
        FILE *file = fopen(config, "w");
        if (!file)
            die(strerror(errno));
        fprintf(file, "[secrets]\nchain = [\"p\"]\n[secrets.providers.p]\nplugin = \"%s\"\n", copy);
        fprintf(file, "isolation = \"in-process\"\nconfig.directory = \"%s\"\n", directory);
        fclose(file);
    }
    uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
    if (prefect_secrets_chain_open(&options, &opened, &error) != PREFECT_SECRETS_OK)
        die((const char *)prefect_secrets_error_message(error).data);
    uint64_t taken = now(CLOCK_THREAD_CPUTIME_ID) - start;
    if (copy) {
        /* A refused plugin would be quick. */
        prefect_secrets_secret *secret;
        if (prefect_secrets_chain_get(opened, prefect_secrets_str("IN_PLUGIN"), NULL, &secret,
                                      &error) != PREFECT_SECRETS_OK)
            die((const char *)prefect_secrets_error_message(error).data);
        prefect_secrets_secret_release(secret);
        unlink(copy);
    }
    prefect_secrets_chain_close(opened);
    return taken;
}

/* Loads in a child, because what was loaded is never unloaded. At most 50 at a time; the time of
 * more is reckoned from those. */
static uint64_t in_a_child(const char *command, long count, const char *first, const char *second,
                           const char *third)
{
    long loads = count < 50 ? count : 50;
    uint64_t taken = 0;
    int ends[2];
    if (pipe(ends) != 0)
        die(strerror(errno));
    pid_t child = fork();
    if (child < 0)
        die(strerror(errno));
    if (child == 0) {
        for (long i = 0; i < loads; i++)
            taken += strcmp(command, "dlopen") == 0 ? bare_dlopen(first)
                                                    : open_chain(first, second, third);
        _exit(write(ends[1], &taken, sizeof taken) == sizeof taken ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &taken, sizeof taken) != sizeof taken)
        die("the child did not finish");
    close(ends[0]);
    waitpid(child, NULL, 0);
    return (uint64_t)((double)taken / (double)loads * (double)count);
}

static uint64_t run(const char *command, long count, const char *first, const char *second,
                    const char *third)
{
    prefect_secrets_slice env = prefect_secrets_str("IN_ENV");
    prefect_secrets_slice file = prefect_secrets_str("IN_FILE_7");
    prefect_secrets_slice plugin = prefect_secrets_str("IN_PLUGIN");

    if (strcmp(command, "dlopen") == 0 || strcmp(command, "open") == 0)
        return in_a_child(command, count, first, second, third);
    uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
#define LOOP(word, call)                   \
    if (strcmp(command, word) == 0) {      \
        for (long i = 0; i < count; i++)   \
            call;                          \
        return now(CLOCK_THREAD_CPUTIME_ID) - start; \
    }
    LOOP("floor_a", floor_a())
    LOOP("floor_b", floor_b())
    LOOP("crossing", crossing())
    LOOP("get_env", get(env))
    LOOP("get_into_env", get_into(env))
    LOOP("get_file", get(file))
    LOOP("get_into_file", get_into(file))
    LOOP("get_plugin", get(plugin))
    LOOP("get_into_plugin", get_into(plugin))
    LOOP("get_many", get_many())
    die("no such command");
    return 0;
}

int main(void)
{
    char line[4096], command[64], first[1024], second[1024], third[1024];
    long count;
    const char *value = getenv(IN_ENV);
    prefect_secrets_error *error = NULL;

    if (!value)
        die("the bench sets no secret");
    expected = sum(value, strlen(value));
    if (prefect_secrets_chain_open(NULL, &chain, &error) != PREFECT_SECRETS_OK)
        die((const char *)prefect_secrets_error_message(error).data);
    while (fgets(line, sizeof line, stdin)) {
        int words =
            sscanf(line, "%63s %ld %1023s %1023s %1023s", command, &count, first, second, third);
        if (words < 2)
            die("not a command");
        printf("%llu\n", (unsigned long long)run(command, count, words > 2 ? first : NULL,
                                                 words > 3 ? second : NULL,
                                                 words > 4 ? third : NULL));
        fflush(stdout);
    }
    return 0;
}
