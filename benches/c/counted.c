/*
 * What `cargo xtask bench --instructions` counts, under callgrind: instructions between the start
 * and the end of the function `counted`, which runs once for each path.
 *
 *     counted FOLDER
 *
 * FOLDER holds local.toml (env and toml), plugin.toml (a plugin behind them), hundred.toml (100
 * secrets) and load.toml (the plugin alone). A path runs over the names of many chains: a hash
 * table has a random seed, by which a name is compared with another one first now and then. Every
 * value is checked by length and sum. Prints a line after each path: its name, and how many calls
 * were counted. Compiled with -O2.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prefect_secrets.h"

/* And one before them, where what is done once in a process is done. */
#define CHAINS 40
#define NAMES 50
#define LENGTH 32

static prefect_secrets_chain *local[CHAINS + 1], *with_plugin[CHAINS + 1];
static prefect_secrets_secret *held[CHAINS + 1][NAMES];
static prefect_secrets_slice in_env[NAMES], in_file[NAMES], nowhere[NAMES];
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

/* Every secret has this value. */
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
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_error *error = NULL;
    snprintf(path, sizeof path, "%s/%s", folder, file);
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.config_path = prefect_secrets_str(path);
    if (prefect_secrets_chain_open(&options, &chain, &error) != PREFECT_SECRETS_OK)
        die((const char *)prefect_secrets_error_message(error).data);
    return chain;
}

/* ---- one call of each path: with the chain at index c, for the name at index i ---- */

static void get_into(prefect_secrets_chain *chain, prefect_secrets_slice name)
{
    char buffer[LENGTH + 1];
    size_t len;
    must(prefect_secrets_chain_get_into(chain, name, NULL, buffer, sizeof buffer, &len, NULL),
         "get_into failed");
    check(buffer, len);
}

static void get(prefect_secrets_chain *chain, prefect_secrets_slice name)
{
    prefect_secrets_secret *secret;
    must(prefect_secrets_chain_get(chain, name, NULL, &secret, NULL), "get failed");
    prefect_secrets_slice text = prefect_secrets_secret_text(secret);
    check(text.data, text.len);
    prefect_secrets_secret_release(secret);
}

static void get_env(int c, int i) { get(local[c], in_env[i]); }
static void get_into_env(int c, int i) { get_into(local[c], in_env[i]); }
static void get_toml(int c, int i) { get(local[c], in_file[i]); }
static void get_into_toml(int c, int i) { get_into(local[c], in_file[i]); }

static void get_absent(int c, int i)
{
    prefect_secrets_secret *secret;
    if (prefect_secrets_chain_get(local[c], nowhere[i], NULL, &secret, NULL) !=
        PREFECT_SECRETS_ABSENT)
        die("not absent");
}

static void exists(int c, int i)
{
    must(prefect_secrets_chain_exists(local[c], in_env[i], NULL, NULL), "exists failed");
}

/* All the names at once. */
static void get_many(int c, int i)
{
    static prefect_secrets_result results[NAMES];
    (void)i;
    must(prefect_secrets_chain_get_many(local[c], in_file, NAMES, NULL, results, NULL),
         "get_many failed");
    for (int at = 0; at < NAMES; at++) {
        must(results[at].status, "get_many found not all");
        prefect_secrets_slice text = prefect_secrets_secret_text(results[at].secret);
        check(text.data, text.len);
        prefect_secrets_secret_release(results[at].secret);
    }
}

/* Made at the first call, and there at the second. */
static void json(int c, int i)
{
    prefect_secrets_slice json;
    must(prefect_secrets_secret_json(held[c][i], &json, NULL), "json failed");
    if (json.len != LENGTH + 2)
        die("not a string of JSON");
    check(json.data + 1, LENGTH);
}

static void get_plugin(int c, int i)
{
    (void)i;
    get(with_plugin[c], prefect_secrets_str("IN_PLUGIN"));
}

static void get_into_plugin(int c, int i)
{
    (void)i;
    get_into(with_plugin[c], prefect_secrets_str("IN_PLUGIN"));
}

static void open_100(int c, int i)
{
    (void)c, (void)i;
    prefect_secrets_chain_close(opened("hundred.toml"));
}

static void open_plugin(int c, int i)
{
    (void)c, (void)i;
    prefect_secrets_chain_close(opened("load.toml"));
}

static const struct path {
    const char *name;
    void (*call)(int c, int i);
    int chains, names;
} paths[] = {
    {"get_env", get_env, CHAINS, NAMES},
    {"get_into_env", get_into_env, CHAINS, NAMES},
    {"get_toml", get_toml, CHAINS, NAMES},
    {"get_into_toml", get_into_toml, CHAINS, NAMES},
    {"get_absent", get_absent, CHAINS, NAMES},
    {"exists", exists, CHAINS, NAMES},
    {"get_many_50", get_many, CHAINS, 1},
    {"json_first", json, CHAINS, NAMES},
    {"json_again", json, CHAINS, NAMES},
    {"get_plugin", get_plugin, CHAINS, 2},
    {"get_into_plugin", get_into_plugin, CHAINS, 2},
    {"open_100", open_100, 10, 1},
    {"open_plugin", open_plugin, 10, 1},
};

static const struct path *path;

__attribute__((noinline)) static void counted(void)
{
    for (int c = 1; c <= path->chains; c++)
        for (int i = 0; i < path->names; i++)
            path->call(c, i);
}

int main(int argc, char **argv)
{
    if (argc != 2)
        die("no folder");
    folder = argv[1];
    name(in_env, "IN_ENV");
    name(in_file, "IN_FILE");
    name(nowhere, "NOWHERE");
    for (int c = 0; c <= CHAINS; c++) {
        local[c] = opened("local.toml");
        with_plugin[c] = opened("plugin.toml");
        for (int i = 0; i < NAMES; i++)
            must(prefect_secrets_chain_get(local[c], in_env[i], NULL, &held[c][i], NULL), "get");
    }
    for (path = paths; path < paths + sizeof paths / sizeof *paths; path++) {
        path->call(0, 0);
        counted();
        printf("%s %d\n", path->name, path->chains * path->names);
    }
    for (int c = 0; c <= CHAINS; c++) {
        for (int i = 0; i < NAMES; i++)
            prefect_secrets_secret_release(held[c][i]);
        prefect_secrets_chain_close(local[c]);
        prefect_secrets_chain_close(with_plugin[c]);
    }
    return 0;
}
