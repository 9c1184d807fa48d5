/*
 * What `cargo xtask bench --instructions` counts. Run under callgrind, which collects inside the
 * function `counted` alone.
 *
 *     counted FOLDER
 *
 * FOLDER holds local.toml (env and toml), plugin.toml (a plugin behind them) and hundred.toml (100
 * secrets), and load.toml (the plugin alone). Each path runs over the names of several chains: a hash
 * table has a random seed, by which a name is compared with another one first now and then. Every
 * value is checked by length and sum. Prints a line each time that something was counted: the path,
 * and how many calls it was. Compiled with -O2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prefect_secrets.h"

#define CHAINS 20
#define NAMES 50
#define LENGTH 32

static prefect_secrets_chain *chain;
static prefect_secrets_slice in_env[NAMES], in_file[NAMES], nowhere[NAMES];
static prefect_secrets_secret *held[NAMES];
static const char *folder;

static void die(const char *what)
{
    printf("wrong: %s\n", what);
    exit(1);
}

static void must(int32_t status, const char *what)
{
    if (status != PREFECT_SECRETS_OK)
        die(what);
}

/* The value that every secret has. */
static void check(const void *bytes, size_t len)
{
    static const char value[] = "0123456789abcdef0123456789ABCDEF";
    const unsigned char *at = bytes;
    unsigned total = 0, expected = 0;
    for (size_t i = 0; i < len; i++)
        total += at[i];
    for (size_t i = 0; i < LENGTH; i++)
        expected += (unsigned char)value[i];
    if (len != LENGTH || total != expected)
        die("not the value that was set");
}

/* The names PREFIX_0 to PREFIX_49. */
static void name(prefect_secrets_slice *names, const char *prefix)
{
    for (int i = 0; i < NAMES; i++) {
        size_t room = strlen(prefix) + 4;
        char *text = malloc(room);
        if (!text)
            die("no memory");
        snprintf(text, room, "%s_%d", prefix, i);
        names[i] = prefect_secrets_str(text);
    }
}

static prefect_secrets_chain *opened(const char *file)
{
    char path[4096];
    prefect_secrets_options options;
    prefect_secrets_chain *made = NULL;
    prefect_secrets_error *error = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.config_path = prefect_secrets_str(path);
    if (prefect_secrets_chain_open(&options, &made, &error) != PREFECT_SECRETS_OK)
        die((const char *)prefect_secrets_error_message(error).data);
    return made;
}

/* ---- one call of each path ---- */

static void get_into(prefect_secrets_slice name)
{
    char buffer[LENGTH + 1];
    size_t len;
    must(prefect_secrets_chain_get_into(chain, name, NULL, buffer, sizeof buffer, &len, NULL),
         "get_into failed");
    check(buffer, len);
}

static void get(prefect_secrets_slice name)
{
    prefect_secrets_secret *secret;
    must(prefect_secrets_chain_get(chain, name, NULL, &secret, NULL), "get failed");
    prefect_secrets_slice text = prefect_secrets_secret_text(secret);
    check(text.data, text.len);
    prefect_secrets_secret_release(secret);
}

static void get_env(int i) { get(in_env[i]); }
static void get_into_env(int i) { get_into(in_env[i]); }
static void get_toml(int i) { get(in_file[i]); }
static void get_into_toml(int i) { get_into(in_file[i]); }

static void get_absent(int i)
{
    prefect_secrets_secret *secret;
    if (prefect_secrets_chain_get(chain, nowhere[i], NULL, &secret, NULL) !=
        PREFECT_SECRETS_ABSENT)
        die("not absent");
}

static void exists(int i)
{
    must(prefect_secrets_chain_exists(chain, in_env[i], NULL, NULL), "exists failed");
}

/* All the names at once. */
static void get_many(int i)
{
    static prefect_secrets_result results[NAMES];
    (void)i;
    must(prefect_secrets_chain_get_many(chain, in_file, NAMES, NULL, results, NULL),
         "get_many failed");
    for (int at = 0; at < NAMES; at++) {
        prefect_secrets_slice text = prefect_secrets_secret_text(results[at].secret);
        check(text.data, text.len);
        prefect_secrets_secret_release(results[at].secret);
    }
}

/* The JSON view of a secret that is held: made at the first call, and there at the second. */
static void json(int i)
{
    prefect_secrets_slice json;
    must(prefect_secrets_secret_json(held[i], &json, NULL), "json failed");
    if (json.len != LENGTH + 2)
        die("not a string of JSON");
    check(json.data + 1, LENGTH);
}

static void get_plugin(int i)
{
    (void)i;
    get(prefect_secrets_str("IN_PLUGIN"));
}

static void get_into_plugin(int i)
{
    (void)i;
    get_into(prefect_secrets_str("IN_PLUGIN"));
}

static void open_100(int i)
{
    (void)i;
    prefect_secrets_chain_close(opened("hundred.toml"));
}

static void open_plugin(int i)
{
    (void)i;
    prefect_secrets_chain_close(opened("load.toml"));
}

/* ---- the paths ---- */

static void hold(void)
{
    for (int i = 0; i < NAMES; i++)
        must(prefect_secrets_chain_get(chain, in_env[i], NULL, &held[i], NULL), "get failed");
}

static void hold_and_look(void)
{
    hold();
    for (int i = 0; i < NAMES; i++)
        json(i);
}

static void let_go(void)
{
    for (int i = 0; i < NAMES; i++)
        prefect_secrets_secret_release(held[i]);
}

static const struct path {
    const char *name;
    const char *file; /* what the chain is opened from */
    void (*call)(int i);
    int rounds;           /* on each chain */
    void (*before)(void); /* not counted, as after */
    void (*after)(void);
} paths[] = {
    {"get_env", "local.toml", get_env, NAMES, NULL, NULL},
    {"get_into_env", "local.toml", get_into_env, NAMES, NULL, NULL},
    {"get_toml", "local.toml", get_toml, NAMES, NULL, NULL},
    {"get_into_toml", "local.toml", get_into_toml, NAMES, NULL, NULL},
    {"get_absent", "local.toml", get_absent, NAMES, NULL, NULL},
    {"exists", "local.toml", exists, NAMES, NULL, NULL},
    {"get_many_50", "local.toml", get_many, 5, NULL, NULL},
    {"json_first", "local.toml", json, NAMES, hold, let_go},
    {"json_again", "local.toml", json, NAMES, hold_and_look, let_go},
    {"get_plugin", "plugin.toml", get_plugin, NAMES, NULL, NULL},
    {"get_into_plugin", "plugin.toml", get_into_plugin, NAMES, NULL, NULL},
    {"open_100", "local.toml", open_100, 1, NULL, NULL},
    {"open_plugin", "local.toml", open_plugin, 1, NULL, NULL},
};

static const struct path *path;

/* callgrind collects between its start and its end, and writes what that was. */
__attribute__((noinline)) static void counted(void)
{
    for (int i = 0; i < path->rounds; i++)
        path->call(i);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("no folder");
    folder = argv[1];
    name(in_env, "IN_ENV");
    name(in_file, "IN_FILE");
    name(nowhere, "NOWHERE");
    for (path = paths; path < paths + sizeof paths / sizeof *paths; path++)
        for (int i = 0; i <= CHAINS; i++) {
            chain = opened(path->file);
            if (path->before)
                path->before();
            if (i == 0) {
                /* What is done once in a process. */
                path->call(0);
            } else {
                counted();
                printf("%s %d\n", path->name, path->rounds);
            }
            if (path->after)
                path->after();
            prefect_secrets_chain_close(chain);
        }
    return 0;
}
