/* The system calls that a loop makes, counted by a process that traces this one. */
#ifndef TRACED_H
#define TRACED_H

#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "loops.h"

struct calls {
    long all, opened, started; /* every call; files and sockets; threads and processes */
    int refused;               /* the kernel does not let us trace */
};

static void count_call(struct calls *calls, uint64_t number)
{
    calls->all++;
    switch (number) {
#ifdef SYS_open
    case SYS_open:
#endif
    case SYS_openat:
#ifdef SYS_openat2
    case SYS_openat2:
#endif
    case SYS_socket:
        calls->opened++;
        break;
    case SYS_clone:
#ifdef SYS_clone3
    case SYS_clone3:
#endif
#ifdef SYS_fork
    case SYS_fork:
    case SYS_vfork:
#endif
        calls->started++;
        break;
    default:
        break;
    }
}

/* The next stop of the traced process. */
static int stopped(pid_t traced)
{
    int status;
    return waitpid(traced, &status, __WALL) == traced && WIFSTOPPED(status);
}

/* Counts between two calls of getppid, which nothing else here makes. */
static struct calls trace(pid_t traced, int ready)
{
    struct calls calls = {0, 0, 0, 0};
    int inside = 0;
    if (ptrace(PTRACE_SEIZE, traced, NULL, (void *)PTRACE_O_TRACESYSGOOD) != 0 ||
        ptrace(PTRACE_INTERRUPT, traced, NULL, NULL) != 0 || !stopped(traced)) {
        calls.refused = 1;
        return calls;
    }
    if (write(ready, "", 1) != 1)
        calls.refused = 1;
    while (ptrace(PTRACE_SYSCALL, traced, NULL, NULL) == 0 && stopped(traced)) {
        struct __ptrace_syscall_info info;
        if (ptrace(PTRACE_GET_SYSCALL_INFO, traced, (void *)sizeof info, &info) <= 0 ||
            info.op != PTRACE_SYSCALL_INFO_ENTRY)
            continue;
        if (info.entry.nr == SYS_getppid && inside)
            break;
        if (info.entry.nr == SYS_getppid)
            inside = 1;
        else if (inside)
            count_call(&calls, info.entry.nr);
    }
    ptrace(PTRACE_DETACH, traced, NULL, NULL);
    return calls;
}

/* Runs the loop so often, after a first time that is not counted. */
static struct calls traced(loop_fn *once, long count, prefect_secrets_slice name)
{
    struct calls calls = {0, 0, 0, 1};
    int ready[2], told[2];
    char byte;
    once(name);
    if (pipe(ready) != 0 || pipe(told) != 0)
        die("no pipe");
    pid_t self = getpid(), tracer = fork();
    if (tracer < 0)
        die("no process");
    if (tracer == 0) {
        close(ready[0]);
        calls = trace(self, ready[1]);
        _exit(write(told[1], &calls, sizeof calls) == sizeof calls ? 0 : 1);
    }
    close(ready[1]);
    close(told[1]);
    prctl(PR_SET_PTRACER, (unsigned long)tracer, 0, 0, 0);
    /* Nothing comes if tracing is refused. */
    if (read(ready[0], &byte, 1) == 1) {
        syscall(SYS_getppid);
        run_loop(once, count, name);
        syscall(SYS_getppid);
    }
    if (read(told[0], &calls, sizeof calls) != sizeof calls)
        calls.refused = 1;
    close(ready[0]);
    close(told[0]);
    while (waitpid(tracer, NULL, 0) < 0 && errno == EINTR)
        ;
    return calls;
}

#endif
