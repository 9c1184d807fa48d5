/*
 * What a program pays that opens the library itself. Not linked with it.
 *
 *     library /path/libprefect_secrets.so   reads numbers of rounds; each round is a process that
 *                                           opens the library, opens the default chain and gets IN_ENV
 *
 * Answers for each line: nanoseconds of CPU time in dlopen alone, in all until the chain is open,
 * and how many threads and descriptors were there afterwards that were not before; sums over the
 * rounds.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "prefect_secrets.h"
#include "program.h"

struct told {
    uint64_t bare, all;
    int threads, descriptors;
};

static int entries(const char *folder)
{
    int count = 0;
    DIR *open = opendir(folder);
    if (!open)
        die(folder);
    while (readdir(open))
        count++;
    closedir(open);
    return count;
}

/* POSIX has it that a function comes out of dlsym as a pointer to an object. */
static void *symbol(void *library, const char *name)
{
    void *found = dlsym(library, name);
    if (!found)
        die(name);
    return found;
}

static struct told once(const char *path)
{
    struct told told;
    int32_t (*open)(const prefect_secrets_options *, prefect_secrets_chain **,
                    prefect_secrets_error **);
    int32_t (*into)(const prefect_secrets_chain *, prefect_secrets_slice,
                    const prefect_secrets_call *, void *, size_t, size_t *,
                    prefect_secrets_error **);
    prefect_secrets_chain *chain = NULL;
    char buffer[LENGTH + 1];
    size_t length;
    int threads = entries("/proc/self/task"), descriptors = entries("/proc/self/fd");

    uint64_t start = now(CLOCK_THREAD_CPUTIME_ID);
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        die(dlerror());
    told.bare = now(CLOCK_THREAD_CPUTIME_ID) - start;
    *(void **)&open = symbol(library, "prefect_secrets_chain_open");
    if (open(NULL, &chain, NULL) != PREFECT_SECRETS_OK)
        die("the chain does not open");
    told.all = now(CLOCK_THREAD_CPUTIME_ID) - start;

    *(void **)&into = symbol(library, "prefect_secrets_chain_get_into");
    if (into(chain, prefect_secrets_str("IN_ENV"), NULL, buffer, sizeof buffer, &length, NULL) !=
        PREFECT_SECRETS_OK)
        die("the secret is not there");
    check(buffer, length);
    told.threads = entries("/proc/self/task") - threads;
    told.descriptors = entries("/proc/self/fd") - descriptors;
    return told;
}

static struct told in_a_process(const char *path)
{
    struct told told;
    int ends[2];
    if (pipe(ends) != 0)
        die("no pipe");
    pid_t child = fork();
    if (child < 0)
        die("no process");
    if (child == 0) {
        told = once(path);
        _exit(write(ends[1], &told, sizeof told) == sizeof told ? 0 : 1);
    }
    close(ends[1]);
    if (read(ends[0], &told, sizeof told) != sizeof told)
        die("the process did not finish");
    close(ends[0]);
    waitpid(child, NULL, 0);
    return told;
}

int main(int argc, char **argv)
{
    long rounds;
    const char *value = getenv("PREFECT__CONTEXT__SECRETS__IN_ENV");
    if (argc != 2 || !value)
        die("library PATH, with a secret in the environment");
    expected = sum(value, strlen(value));
    while (scanf("%ld", &rounds) == 1) {
        struct told sums = {0, 0, 0, 0};
        for (long i = 0; i < rounds; i++) {
            struct told told = in_a_process(argv[1]);
            sums.bare += told.bare;
            sums.all += told.all;
            sums.threads += told.threads;
            sums.descriptors += told.descriptors;
        }
        printf("%llu %llu %d %d\n", (unsigned long long)sums.bare, (unsigned long long)sums.all,
               sums.threads, sums.descriptors);
        fflush(stdout);
    }
    return 0;
}
