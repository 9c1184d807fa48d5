/*
 * A host whose plugin `zoo` runs in a process of its own, again and again: `children ROUNDS [waits]`.
 * In each round it opens a chain, says how the plugin was loaded, gets ALPHA from it and OTHER from
 * another provider, closes the chain, and looks for what is left. With `waits` it waits for any child
 * meanwhile, as programs do that have children of their own.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <prefect_secrets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void get(const prefect_secrets_chain *chain, const char *name)
{
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_error *error = NULL;
    int32_t status =
        prefect_secrets_chain_get(chain, prefect_secrets_str(name), NULL, &secret, &error);
    if (status == PREFECT_SECRETS_OK)
        printf("%s: %s\n", name,
               prefect_secrets_secret_text(secret).len ? "found" : "found, and empty");
    else if (status == PREFECT_SECRETS_ABSENT)
        printf("%s: absent\n", name);
    else
        printf("%s: %.*s\n", name, PREFECT_SECRETS_PRINT(prefect_secrets_error_message(error)));
    prefect_secrets_secret_release(secret);
    prefect_secrets_error_free(error);
}

static void log_line(void *user_data, uint32_t level, prefect_secrets_slice line)
{
    static const char BAD_END[] = "did not end well: ";
    (void)user_data;
    (void)level;
    const char *found = memmem(line.data, line.len, BAD_END, sizeof BAD_END - 1);
    if (found) {
        found += sizeof BAD_END - 1;
        const char *end = (const char *)line.data + line.len;
        const char *fields = memmem(found, (size_t)(end - found), " provider=", 10);
        printf("end: %.*s\n", (int)((fields ? fields : end) - found), found);
    }
}

static int count(const char *folder)
{
    int count = -3; /* . and .. and the folder itself */
    DIR *entries = opendir(folder);
    while (entries && readdir(entries))
        count++;
    if (entries)
        closedir(entries);
    return count;
}

/* Whether this process has a child, a zombie perhaps. */
static int has_child(void)
{
    siginfo_t info;
    memset(&info, 0, sizeof info);
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

static void wait_for_any(int signal)
{
    int before = errno;
    (void)signal;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = before;
}

int main(int argc, char **argv)
{
    int rounds = argc > 1 ? atoi(argv[1]) : 1;
    prefect_secrets_log_set(log_line, NULL);
    if (argc > 2) {
        struct sigaction action = {.sa_handler = wait_for_any, .sa_flags = SA_RESTART};
        sigaction(SIGCHLD, &action, NULL);
    }
    int descriptors = count("/proc/self/fd"), threads = count("/proc/self/task");
    for (int round = 0; round < rounds; round++) {
        prefect_secrets_chain *chain = NULL;
        prefect_secrets_slice trace;
        printf("round\n");
        if (prefect_secrets_chain_open(NULL, &chain, NULL) != PREFECT_SECRETS_OK)
            return 90;
        if (prefect_secrets_chain_load_trace(chain, prefect_secrets_str("zoo"), &trace, NULL) !=
            PREFECT_SECRETS_OK)
            return 91;
        printf("%.*s\n", PREFECT_SECRETS_PRINT(trace));
        get(chain, "ALPHA");
        get(chain, "OTHER");
        get(chain, "OTHER");
        prefect_secrets_chain_close(chain);
        if (count("/proc/self/fd") != descriptors)
            printf("left: %d descriptors\n", count("/proc/self/fd") - descriptors);
        if (count("/proc/self/task") != threads)
            printf("left: %d threads\n", count("/proc/self/task") - threads);
        if (has_child())
            printf("left: a child\n");
        fflush(stdout);
    }
    return 0;
}
