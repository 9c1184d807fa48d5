/*
 * preforking_server: who knows the token?
 *
 *     preforking_server PORT SECRET CHILDREN
 *
 * Listens on 127.0.0.1 (PORT 0: on any free port) and says where. A client sends one line, its token,
 * and is told "yes", "no", or "unavailable" if the secret could not be had. The token is compared with
 * the secret called SECRET, which is asked for anew for every client; its value never leaves.
 *
 * The chain is opened once, and its children go on with it. A child that dies is replaced. SIGHUP
 * reads the configuration anew, SIGTERM and SIGINT end all of them after the answers that they owe.
 *
 *     cc -std=c11 -Iinclude examples/preforking_server.c -lprefect_secrets -o preforking_server
 *     PREFECT__CONTEXT__SECRETS__TOKEN=sesame ./preforking_server 4711 TOKEN 4
 *     echo sesame | nc 127.0.0.1 4711
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <prefect_secrets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_CHILDREN = 64, LONGEST_LINE = 1024, CLIENT_SECONDS = 5, GET_MILLISECONDS = 2000 };

/* Says what the library says, and lets go of the error. */
static void complain(prefect_secrets_error *error)
{
    prefect_secrets_slice message = prefect_secrets_error_message(error);
    fprintf(stderr, "preforking_server: %.*s\n", PREFECT_SECRETS_PRINT(message));
    prefect_secrets_error_free(error);
}

static int fail(const char *what)
{
    perror(what);
    return 1;
}

/* Takes as long as the token is, whatever is in it. An empty secret lets nobody in. */
static int same(prefect_secrets_slice secret, const char *token, size_t length)
{
    volatile unsigned char differs = secret.len == 0 || secret.len != length;
    for (size_t i = 0; i < length && secret.len; i++)
        differs |= secret.data[i % secret.len] ^ (unsigned char)token[i];
    return !differs;
}

static const char *judge(const prefect_secrets_chain *chain, const char *name, const char *token,
                         size_t length)
{
    prefect_secrets_call call = {sizeof call, 0, GET_MILLISECONDS, NULL};
    prefect_secrets_secret *secret = NULL;
    prefect_secrets_error *error = NULL;
    int32_t status =
        prefect_secrets_chain_get(chain, prefect_secrets_str(name), &call, &secret, &error);

    if (status == PREFECT_SECRETS_OK) {
        int known = same(prefect_secrets_secret_text(secret), token, length);
        prefect_secrets_secret_release(secret);
        return known ? "yes\n" : "no\n";
    }
    if (status != PREFECT_SECRETS_ABSENT)
        complain(error);
    return "unavailable\n";
}

/* One client: a line in, a line out. One that is slow, or says too much, is left. */
static void serve(const prefect_secrets_chain *chain, const char *name, int client)
{
    struct timeval patience = {CLIENT_SECONDS, 0};
    char line[LONGEST_LINE], *end = NULL;
    size_t length = 0;

    setsockopt(client, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    while (!end && length < sizeof line) {
        ssize_t got = recv(client, line + length, sizeof line - length, 0);
        if (got <= 0)
            break;
        end = memchr(line + length, '\n', (size_t)got);
        length += (size_t)got;
    }
    if (end) {
        const char *answer = judge(chain, name, line, (size_t)(end - line));
        (void)send(client, answer, strlen(answer), MSG_NOSIGNAL); /* or the client has gone */
    }
    explicit_bzero(line, length);
    close(client);
}

static volatile sig_atomic_t to_end, to_refresh;

static void on_signal(int number)
{
    if (number == SIGHUP)
        to_refresh = 1;
    else
        to_end = 1;
}

/* The life of a child. Signals reach it only while it waits for a client. */
static void work(prefect_secrets_chain *chain, const char *name, int listener)
{
    struct pollfd ready = {listener, POLLIN, 0};
    sigset_t none;
    sigemptyset(&none);
    while (!to_end) {
        if (to_refresh) {
            prefect_secrets_error *error = NULL;
            to_refresh = 0;
            if (prefect_secrets_chain_refresh(chain, NULL, &error) != PREFECT_SECRETS_OK)
                complain(error); /* and go on with what there was */
        }
        if (ppoll(&ready, 1, NULL, &none) != 1)
            continue;
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (client >= 0)
            serve(chain, name, client);
    }
    close(listener);
    prefect_secrets_chain_close(chain);
}

/* Starts a child, which does not return. */
static pid_t start(prefect_secrets_chain *chain, const char *name, int listener)
{
    struct sigaction action = {.sa_handler = on_signal};
    pid_t parent = getpid(), child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGTERM); /* it ends with its parent, however that ends */
    if (getppid() != parent)
        _exit(1);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
    work(chain, name, listener);
    _exit(0);
}

static int listen_on(const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port))};
    socklen_t size = sizeof address;
    int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 ||
        setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0 ||
        bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 512) != 0 ||
        getsockname(listener, (struct sockaddr *)&address, &size) != 0)
        return -1;
    printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int argc, char **argv)
{
    pid_t children[MOST_CHILDREN] = {0};
    int count = argc == 4 ? atoi(argv[3]) : 0, ended = 0, gone;
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_error *error = NULL;
    struct timespec second = {1, 0}, moment = {0, 10 * 1000 * 1000};
    sigset_t signals;

    if (count < 1 || count > MOST_CHILDREN) {
        fprintf(stderr, "usage: preforking_server PORT SECRET CHILDREN (at most %d)\n",
                MOST_CHILDREN);
        return 1;
    }
    /* Waited for below; blocked before any child is there. */
    sigemptyset(&signals);
    sigaddset(&signals, SIGCHLD);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);

    if (prefect_secrets_chain_open(NULL, &chain, &error) != PREFECT_SECRETS_OK) {
        complain(error);
        return 1;
    }
    int listener = listen_on(argv[1]);
    if (listener < 0)
        return fail("preforking_server: listen");

    while (!ended) {
        for (int i = 0; i < count; i++)
            if (children[i] <= 0)
                children[i] = start(chain, argv[2], listener);
        /* A fork that failed is tried again in a second. */
        int signal = sigtimedwait(&signals, NULL, &second);
        ended = signal == SIGTERM || signal == SIGINT;
        if (signal == SIGHUP) {
            if (prefect_secrets_chain_refresh(chain, NULL, &error) != PREFECT_SECRETS_OK)
                complain(error);
            error = NULL;
            for (int i = 0; i < count; i++)
                if (children[i] > 0)
                    kill(children[i], SIGHUP);
        }
        while (!ended && (gone = waitpid(-1, NULL, WNOHANG)) > 0) {
            for (int i = 0; i < count; i++)
                if (children[i] == gone)
                    children[i] = 0;
            nanosleep(&moment, NULL); /* not as fast as a child can crash */
        }
    }
    for (int i = 0; i < count; i++)
        if (children[i] > 0)
            kill(children[i], SIGTERM);
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
        ;
    close(listener);
    prefect_secrets_chain_close(chain);
    return 0;
}
