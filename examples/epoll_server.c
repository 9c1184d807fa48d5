/*
 * epoll_server: who knows the token? One thread, which never blocks.
 *
 *     epoll_server PORT SECRET [MILLISECONDS]
 *
 * Listens on 127.0.0.1 (PORT 0: on any free port) and says where. A client sends lines, each a token,
 * and is told after each "yes", "no", or "unavailable" if the secret could not be had within
 * MILLISECONDS (2000). A token is compared with the secret called SECRET, which is asked for anew each
 * time; its value never leaves. One request of a client is worked on at a time, and a client that
 * closes its side has gone: what was asked for it is cancelled. SIGTERM and SIGINT end the server.
 *
 *     cc -std=c11 -Iinclude examples/epoll_server.c -lprefect_secrets -o epoll_server
 *     PREFECT__CONTEXT__SECRETS__TOKEN=sesame ./epoll_server 4711 TOKEN
 *     (echo sesame; sleep 1) | nc 127.0.0.1 4711
 */
#define _GNU_SOURCE

#include <arpa/inet.h>
#include <errno.h>
#include <prefect_secrets.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST_CLIENTS = 1000, LONGEST_LINE = 1024, EVENTS = 64 };

/* A client. It is there until its socket is closed and the outcome of its get has come. */
typedef struct client {
    struct client *previous, *next;
    int socket; /* -1: it has gone */
    int asks;   /* a get is under way, and the line is its token */
    prefect_secrets_cancellation *gone;
    size_t line_length, length; /* of the first line, and of all that came */
    char input[LONGEST_LINE];
} client;

typedef struct server {
    int epoll, listener, signals;
    int listens; /* the listener is watched */
    int count;
    client *clients;
    const char *secret;
    uint64_t timeout_ms;
    prefect_secrets_chain *chain;
    prefect_secrets_queue *queue;
} server;

/* Says what the library says, and lets go of the error. */
static void complain(prefect_secrets_error *error)
{
    prefect_secrets_slice message = prefect_secrets_error_message(error);
    fprintf(stderr, "epoll_server: %.*s\n", PREFECT_SECRETS_PRINT(message));
    prefect_secrets_error_free(error);
}

static int watch(server *of, int how, int descriptor, uint32_t events, void *what)
{
    struct epoll_event event = {.events = events, .data.ptr = what};
    return epoll_ctl(of->epoll, how, descriptor, &event);
}

/* Takes as long as the token is, whatever is in it. An empty secret lets nobody in. */
static int same(prefect_secrets_slice secret, const char *token, size_t length)
{
    volatile unsigned char differs = secret.len == 0 || secret.len != length;
    for (size_t i = 0; i < length && secret.len; i++)
        differs |= secret.data[i % secret.len] ^ (unsigned char)token[i];
    return !differs;
}

static void forget(server *of, client *client)
{
    if (client->previous)
        client->previous->next = client->next;
    else
        of->clients = client->next;
    if (client->next)
        client->next->previous = client->previous;
    of->count--;
    of->listens = 1; /* there is room for one more */
    if (client->socket >= 0)
        close(client->socket);
    prefect_secrets_cancellation_free(client->gone);
    explicit_bzero(client, sizeof *client);
    free(client);
}

/* The client has gone. Whoever still works for it hears of that, and says so in the queue. */
static void leave(server *of, client *client)
{
    if (!client->asks) {
        forget(of, client);
        return;
    }
    close(client->socket);
    client->socket = -1;
    prefect_secrets_cancellation_cancel(client->gone);
}

static int tell(const client *client, const char *answer)
{
    ssize_t length = (ssize_t)strlen(answer);
    return send(client->socket, answer, (size_t)length, MSG_NOSIGNAL | MSG_DONTWAIT) == length;
}

/* Starts a get if a whole line has come, and waits for more of it if not. 0: nothing more is to be
 * had of this client. */
static int go_on(server *of, client *client)
{
    prefect_secrets_call call = {sizeof call, 0, of->timeout_ms, client->gone};
    prefect_secrets_error *error = NULL;
    char *end = memchr(client->input, '\n', client->length);

    if (!end)
        return client->length < LONGEST_LINE &&
               watch(of, EPOLL_CTL_MOD, client->socket, EPOLLIN | EPOLLRDHUP, client) == 0;
    client->line_length = (size_t)(end - client->input);
    client->asks = 1;
    if (prefect_secrets_queue_start_get(of->queue, of->chain, prefect_secrets_str(of->secret),
                                        &call, client, &error) != PREFECT_SECRETS_OK) {
        client->asks = 0;
        complain(error);
        return 0;
    }
    /* It is not read while it waits for its answer. */
    return watch(of, EPOLL_CTL_MOD, client->socket, EPOLLRDHUP, client) == 0;
}

/* Something happened at a client. */
static void look(server *of, client *client, uint32_t events)
{
    ssize_t got = 0;
    if (!(events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) && !client->asks)
        got = recv(client->socket, client->input + client->length, LONGEST_LINE - client->length,
                   MSG_DONTWAIT);
    if (got > 0)
        client->length += (size_t)got;
    if (got <= 0 || !go_on(of, client))
        leave(of, client);
}

/* Answers whoever an outcome has come for. */
static void answer(server *of)
{
    prefect_secrets_result result;
    prefect_secrets_error *error = NULL;
    void *which = NULL;
    int32_t status;

    while ((status = prefect_secrets_queue_next(of->queue, &which, &result, &error)) ==
           PREFECT_SECRETS_OK) {
        client *client = which;
        const char *text = "unavailable\n";
        if (result.status == PREFECT_SECRETS_OK) {
            prefect_secrets_slice secret = prefect_secrets_secret_text(result.secret);
            text = same(secret, client->input, client->line_length) ? "yes\n" : "no\n";
        } else if (result.status == PREFECT_SECRETS_CANCELLED) {
            prefect_secrets_error_free(result.error);
        } else if (result.status != PREFECT_SECRETS_ABSENT) {
            complain(result.error);
        }
        prefect_secrets_secret_release(result.secret);

        client->asks = 0;
        size_t line = client->line_length + 1;
        client->length -= line;
        memmove(client->input, client->input + line, client->length);
        explicit_bzero(client->input + client->length, LONGEST_LINE - client->length);
        if (client->socket < 0 || !tell(client, text) || !go_on(of, client))
            leave(of, client);
    }
    if (status != PREFECT_SECRETS_ABSENT)
        complain(error);
}

/* Takes a client in. 0: none can be taken in now. */
static int take_in(server *of)
{
    prefect_secrets_error *error = NULL;
    int socket = accept4(of->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket < 0)
        return errno == EAGAIN || errno == EINTR || errno == ECONNABORTED;
    client *client = calloc(1, sizeof *client);
    if (!client) {
        close(socket);
        return 0;
    }
    client->socket = socket;
    client->next = of->clients;
    if (client->next)
        client->next->previous = client;
    of->clients = client;
    of->count++;
    if (prefect_secrets_cancellation_new(&client->gone, &error) != PREFECT_SECRETS_OK) {
        complain(error);
        forget(of, client);
    } else if (watch(of, EPOLL_CTL_ADD, socket, EPOLLIN | EPOLLRDHUP, client) != 0) {
        forget(of, client);
    }
    return of->count < MOST_CLIENTS;
}

/* Until a signal ends it. 0 if one did. */
static int run(server *of)
{
    struct epoll_event events[EVENTS];
    for (;;) {
        /* One that cannot take in more tries again a little later. */
        int count = epoll_wait(of->epoll, events, EVENTS, of->listens ? -1 : 100);
        int outcomes = 0, listened = of->listens;
        if (count < 0 && errno != EINTR)
            return 1;
        for (int i = 0; i < count; i++) {
            void *what = events[i].data.ptr;
            if (what == &of->signals)
                return 0;
            if (what == &of->listener)
                of->listens = take_in(of);
            else if (what == &of->queue)
                outcomes = 1;
            else
                look(of, what, events[i].events);
        }
        /* After all else: it may end clients, who are in `events` once. */
        if (outcomes)
            answer(of);
        if (count == 0)
            of->listens = of->count < MOST_CLIENTS;
        if (of->listens != listened &&
            watch(of, EPOLL_CTL_MOD, of->listener, of->listens ? EPOLLIN : 0, &of->listener) != 0)
            return 1;
    }
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
    server of = {.listens = 1, .timeout_ms = argc > 3 ? strtoull(argv[3], NULL, 10) : 2000};
    prefect_secrets_error *error = NULL;
    int outcome = 1;
    sigset_t signals;

    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: epoll_server PORT SECRET [MILLISECONDS]\n");
        return 1;
    }
    of.secret = argv[2];
    if (prefect_secrets_chain_open(NULL, &of.chain, &error) != PREFECT_SECRETS_OK ||
        prefect_secrets_queue_new(&of.queue, &error) != PREFECT_SECRETS_OK) {
        complain(error);
        prefect_secrets_chain_close(of.chain);
        return 1;
    }
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    of.signals = signalfd(-1, &signals, SFD_CLOEXEC);
    of.epoll = epoll_create1(EPOLL_CLOEXEC);
    of.listener = listen_on(argv[1]);
    if (of.signals >= 0 && of.epoll >= 0 && of.listener >= 0 &&
        watch(&of, EPOLL_CTL_ADD, of.signals, EPOLLIN, &of.signals) == 0 &&
        watch(&of, EPOLL_CTL_ADD, of.listener, EPOLLIN, &of.listener) == 0 &&
        watch(&of, EPOLL_CTL_ADD, prefect_secrets_queue_descriptor(of.queue), EPOLLIN,
              &of.queue) == 0)
        outcome = run(&of);
    if (outcome != 0)
        perror("epoll_server");

    prefect_secrets_queue_free(of.queue); /* ends what is under way: no outcome comes any more */
    while (of.clients)
        forget(&of, of.clients);
    prefect_secrets_chain_close(of.chain);
    close(of.listener);
    close(of.signals);
    close(of.epoll);
    return outcome;
}
