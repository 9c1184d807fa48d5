/* isolated_limits: a host that ignores the ends of its children, that runs out of descriptors, and
 * that cannot start processes. Each is a failure that says so, nothing is left of it, and the same
 * chain answers once the limit is raised.
 */
#define _GNU_SOURCE
#include "isolated.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>

/* Set: no process can be started. Not by the limit of processes alone, because that does not bind the
 * superuser; the library calls this function in place of the C library's. */
static int no_processes;
static int refused;

int posix_spawnp(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                 const posix_spawnattr_t *attributes, char *const *arguments,
                 char *const *environment)
{
    typedef int spawn(pid_t *, const char *, const posix_spawn_file_actions_t *,
                      const posix_spawnattr_t *, char *const *, char *const *);
    spawn *real;
    void *found = dlsym(RTLD_NEXT, "posix_spawnp");
    CHECK(found);
    memcpy(&real, &found, sizeof real);
    refused += no_processes;
    return no_processes ? EAGAIN : real(pid, path, actions, attributes, arguments, environment);
}

static int has_child(void)
{
    siginfo_t info;
    return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Asks until it is answered: a process that ended quickly a few times is not started again at once. */
static void answers_in_the_end(prefect_secrets_chain *chain)
{
    for (int i = 0; try_get(chain, "ECHO:4", NULL) != PREFECT_SECRETS_OK; i++) {
        CHECK(i < 2000);
        sleep_ms(10);
    }
}

/* Asks; a failure says what to do about it. */
static int32_t asked(prefect_secrets_chain *chain)
{
    prefect_secrets_error *error = NULL;
    prefect_secrets_secret *secret = NULL;
    int32_t status = prefect_secrets_chain_get(chain, str("ECHO:4"), NULL, &secret, &error);
    prefect_secrets_secret_release(secret);
    if (status == PREFECT_SECRETS_OK)
        return status;
    prefect_secrets_slice message = prefect_secrets_error_message(error);
    prefect_secrets_slice next_step = prefect_secrets_error_next_step(error);
    printf("%d: %.*s; %.*s\n", (int)status, PREFECT_SECRETS_PRINT(message),
           PREFECT_SECRETS_PRINT(next_step));
    CHECK(holds(next_step, "limit"));
    prefect_secrets_error_free(error);
    return status;
}

static void nobody_takes_the_status(void)
{
    CHECK(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    int before = descriptors();
    prefect_secrets_chain *chain = open_chain();
    for (int i = 0; i < 3; i++) {
        long plugin = get_number(chain, "PID:");
        int32_t status = try_get(chain, "SEGV:", NULL);
        printf("ended: %d\n", (int)status);
        /* Older kernels do not tell how it ended. */
        CHECK(status == PREFECT_SECRETS_PANICKED || status == PREFECT_SECRETS_UNAVAILABLE);
        CHECK(!exists(plugin));
        answers_in_the_end(chain);
    }
    long plugin = get_number(chain, "PID:");
    prefect_secrets_chain_close(chain);
    CHECK(!exists(plugin));
    CHECK(descriptors() == before);
    CHECK(signal(SIGCHLD, SIG_DFL) != SIG_ERR);
    CHECK(!has_child());
}

static int first_free(void)
{
    int free = open("/dev/null", O_RDONLY);
    CHECK(free >= 0);
    close(free);
    return free;
}

static void limit(int resource, rlim_t most)
{
    struct rlimit limit;
    CHECK(getrlimit(resource, &limit) == 0);
    limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
    CHECK(setrlimit(resource, &limit) == 0);
}

/* A chain is opened with room for more and more descriptors, until it answers. */
static void no_descriptors_for_the_first_process(void)
{
    struct rlimit usual;
    CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    prefect_secrets_error *error = NULL;
    int before = descriptors(), failures = 0;
    for (int more = 0;; more++) {
        prefect_secrets_chain *chain = NULL;
        limit(RLIMIT_NOFILE, (rlim_t)(first_free() + more));
        int32_t status = prefect_secrets_chain_open(NULL, &chain, &error);
        prefect_secrets_slice message = prefect_secrets_error_message(error);
        printf("open: %d %.*s\n", (int)status, PREFECT_SECRETS_PRINT(message));
        prefect_secrets_error_free(error);
        error = NULL;
        if (status == PREFECT_SECRETS_OK)
            status = asked(chain);
        prefect_secrets_chain_close(chain);
        limit(RLIMIT_NOFILE, usual.rlim_cur);
        CHECK(descriptors() == before);
        CHECK(!has_child());
        if (status == PREFECT_SECRETS_OK)
            break;
        CHECK(status != PREFECT_SECRETS_ABSENT);
        failures++;
        CHECK(more < 200);
    }
    printf("%d limits of descriptors were too low\n", failures);
    CHECK(failures > 3);
}

static void no_descriptors_for_another_process(void)
{
    struct rlimit usual;
    CHECK(getrlimit(RLIMIT_NOFILE, &usual) == 0);
    prefect_secrets_chain *chain = open_chain();
    end_process(get_number(chain, "PID:"));
    CHECK(try_get(chain, "ECHO:4", NULL) == PREFECT_SECRETS_OK);
    int before = descriptors();
    end_process(get_number(chain, "PID:"));
    for (int more = 0; more < 2; more++) {
        limit(RLIMIT_NOFILE, (rlim_t)more);
        CHECK(asked(chain) == PREFECT_SECRETS_UNAVAILABLE);
        limit(RLIMIT_NOFILE, usual.rlim_cur);
    }
    answers_in_the_end(chain);
    CHECK(descriptors() == before);
    prefect_secrets_chain_close(chain);
    CHECK(!has_child());
}

static void no_processes_can_be_started(void)
{
    struct rlimit usual;
    int before = descriptors();
    prefect_secrets_chain *chain = open_chain();
    CHECK(getrlimit(RLIMIT_NPROC, &usual) == 0);
    int open = descriptors();
    end_process(get_number(chain, "PID:"));
    no_processes = 1;
    CHECK(asked(chain) == PREFECT_SECRETS_UNAVAILABLE);
    no_processes = 0;
    CHECK(refused > 0);
    if (geteuid() != 0) {
        limit(RLIMIT_NPROC, 0);
        CHECK(asked(chain) == PREFECT_SECRETS_UNAVAILABLE);
        limit(RLIMIT_NPROC, usual.rlim_cur);
    }
    answers_in_the_end(chain);
    CHECK(descriptors() == open);
    prefect_secrets_chain_close(chain);
    CHECK(descriptors() == before);
    CHECK(!has_child());
}

int main(void)
{
    nobody_takes_the_status();
    no_descriptors_for_the_first_process();
    no_descriptors_for_another_process();
    no_processes_can_be_started();
    return 0;
}
