/* A host whose provider `child` is isolated_plugin.c, in a process of its own. */
#ifndef ISOLATED_H
#define ISOLATED_H

#include "check.h"
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline prefect_secrets_chain *open_chain(void)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_chain *chain = NULL;
    OK(prefect_secrets_chain_open(NULL, &chain, &error));
    return chain;
}

/* The status of a get, and the number that its answer is. */
static inline int32_t try_get(const prefect_secrets_chain *chain, const char *name, long *number)
{
    char buffer[64];
    size_t length;
    int32_t status = prefect_secrets_chain_get_into(chain, str(name), NULL, buffer, sizeof buffer,
                                                    &length, NULL);
    if (status == PREFECT_SECRETS_OK && number)
        *number = atol(buffer);
    return status;
}

/* The number that `name` is answered with. */
static inline long get_number(const prefect_secrets_chain *chain, const char *name)
{
    prefect_secrets_error *error = NULL;
    char buffer[64];
    size_t length;
    OK(prefect_secrets_chain_get_into(chain, str(name), NULL, buffer, sizeof buffer, &length,
                                      &error));
    return atol(buffer);
}

static inline void sleep_ms(long milliseconds)
{
    struct timespec span = {milliseconds / 1000, milliseconds % 1000 * 1000000};
    while (nanosleep(&span, &span) != 0 && errno == EINTR)
        ;
}

/* How many descriptors are open; -1 if that cannot be told. */
static inline int descriptors(void)
{
    int count = -3; /* . and .. and that of the folder itself */
    DIR *folder = opendir("/proc/self/fd");
    if (!folder)
        return -1;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* Whether a process is there, a zombie perhaps. */
static inline int exists(long pid) { return kill((pid_t)pid, 0) == 0; }

/* Kills a plugin's process, and returns when it has ended. It is left for the library to reap. */
static inline void end_process(long pid)
{
    siginfo_t info;
    CHECK(kill((pid_t)pid, SIGKILL) == 0);
    CHECK(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0);
}

#endif
