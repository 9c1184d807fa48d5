/*
 * Whole processes, from before they are started until they have ended.
 *
 *     whole PROGRAM ENV
 *
 *     get COUNT      PROGRAM get IN_ENV, which is looked at once before
 *     floor COUNT    ENV -i true
 *
 * Answers for each line: nanoseconds of wall time. Nobody reads what the processes say meanwhile.
 */
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "program.h"

extern char **environ;

static void start(char **arguments, const posix_spawn_file_actions_t *actions)
{
    pid_t child;
    int status;
    if (posix_spawn(&child, arguments[0], actions, NULL, arguments, environ) != 0)
        die(arguments[0]);
    if (waitpid(child, &status, 0) != child || status != 0)
        die("a process failed");
}

/* That the program says the value, and nothing else. */
static void look(char **arguments)
{
    posix_spawn_file_actions_t actions;
    char said[LENGTH + 1];
    int ends[2];
    if (pipe(ends) != 0)
        die("no pipe");
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    start(arguments, &actions);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    ssize_t length = read(ends[0], said, sizeof said);
    close(ends[0]);
    check(said, length > 0 ? (size_t)length : 0);
}

int main(int count, char **arguments)
{
    const char *value = getenv("PREFECT__CONTEXT__SECRETS__IN_ENV");
    if (count != 3 || !value)
        die("whole PROGRAM ENV, with IN_ENV in the environment");
    expected = sum(value, strlen(value));
    char *get[] = {arguments[1], "get", "IN_ENV", NULL};
    char *least[] = {arguments[2], "-i", "true", NULL};
    posix_spawn_file_actions_t silent;
    posix_spawn_file_actions_init(&silent);
    posix_spawn_file_actions_addopen(&silent, 1, "/dev/null", O_WRONLY, 0);

    char line[64], what[16];
    unsigned long times;
    while (fgets(line, sizeof line, stdin)) {
        if (sscanf(line, "%15s %lu", what, &times) != 2)
            die("no command");
        int ours = strcmp(what, "get") == 0;
        if (ours)
            look(get);
        uint64_t begin = now(CLOCK_MONOTONIC);
        for (unsigned long i = 0; i < times; i++)
            start(ours ? get : least, &silent);
        printf("%llu\n", (unsigned long long)(now(CLOCK_MONOTONIC) - begin));
        fflush(stdout);
    }
    return 0;
}
