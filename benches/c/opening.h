/* Opening: configurations, plugins, libraries. */
#ifndef OPENING_H
#define OPENING_H

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loops.h"

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

static prefect_secrets_chain *opened_from(const char *config)
{
    prefect_secrets_options options;
    prefect_secrets_chain *opened;
    prefect_secrets_error *error = NULL;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.config_path = prefect_secrets_str(config);
    if (prefect_secrets_chain_open(&options, &opened, &error) != PREFECT_SECRETS_OK)
        die((const char *)prefect_secrets_error_message(error).data);
    return opened;
}

/* A configuration whose chain is `link`, and that says of a plugin called p where it is. */
static void write_config(const char *config, const char *link, const char *plugin,
                         const char *directory)
{
    FILE *file = fopen(config, "w");
    if (!file)
        die(strerror(errno));
    fprintf(file, "[secrets]\nchain = [\"%s\"]\n[secrets.providers.p]\n", link);
    fprintf(file, "plugin = \"%s\"\nisolation = \"in-process\"\n", plugin);
    fprintf(file, "config.directory = \"%s\"\n", directory);
    fclose(file);
}

/* A chain opened and closed, with a fresh copy of a plugin. Returns the time of the opening; if `alone`,
 * without what the same configuration takes whose chain has no plugin. */
static uint64_t load_plugin(const char *config, const char *plugin, const char *directory, int alone)
{
    const char *copy = fresh(plugin);
    uint64_t without = 0;
    if (alone) {
        write_config(config, "env", copy, directory);
        uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
        prefect_secrets_chain *opened = opened_from(config);
        without = now(CLOCK_THREAD_CPUTIME_ID) - start;
        prefect_secrets_chain_close(opened);
    }
    write_config(config, "p", copy, directory);
    uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
    prefect_secrets_chain *opened = opened_from(config);
    uint64_t taken = now(CLOCK_THREAD_CPUTIME_ID) - start;
    /* A refused plugin would be quick. */
    prefect_secrets_secret *secret;
    prefect_secrets_error *error = NULL;
    if (prefect_secrets_chain_get(opened, prefect_secrets_str("IN_PLUGIN"), NULL, &secret,
                                  &error) != PREFECT_SECRETS_OK)
        die((const char *)prefect_secrets_error_message(error).data);
    prefect_secrets_secret_release(secret);
    unlink(copy);
    prefect_secrets_chain_close(opened);
    return taken > without ? taken - without : 0;
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
            taken += strcmp(command, "dlopen") == 0
                         ? bare_dlopen(first)
                         : load_plugin(first, second, third, strcmp(command, "load") == 0);
        _exit(write(ends[1], &taken, sizeof taken) == sizeof taken ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &taken, sizeof taken) != sizeof taken)
        die("the child did not finish");
    close(ends[0]);
    waitpid(child, NULL, 0);
    return (uint64_t)((double)taken / (double)loads * (double)count);
}

/* A configuration opened so often, and closed; the time of the opening alone. A name of it is got
 * once: one that was not read would be quick. */
static uint64_t open_config(long count, const char *config, const char *name)
{
    uint64_t taken = 0;
    for (long i = 0; i < count; i++) {
        uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
        prefect_secrets_chain *opened = opened_from(config);
        taken += now(CLOCK_THREAD_CPUTIME_ID) - start;
        prefect_secrets_secret *secret;
        if (prefect_secrets_chain_get(opened, prefect_secrets_str(name), NULL, &secret, NULL) !=
            PREFECT_SECRETS_OK)
            die("it is not there");
        check(prefect_secrets_secret_text(secret).data, prefect_secrets_secret_text(secret).len);
        prefect_secrets_secret_release(secret);
        prefect_secrets_chain_close(opened);
    }
    return taken;
}

#endif
