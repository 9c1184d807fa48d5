/*
 * Our library, as `cargo xtask bench --peers` measures it (see subject.h).
 *
 *     ours once|serve COUNT open    a chain that stays open, as a program would have it
 *     ours once|serve COUNT anew    a chain opened and closed for each round: everything is read anew
 */
#include "subject.h"

#include "prefect_secrets.h"

static prefect_secrets_chain *chain;
static prefect_secrets_slice names[MOST];
static prefect_secrets_result results[MOST];
static int anew;

static void fail(const char *what, prefect_secrets_error *error)
{
    die(error ? (const char *)prefect_secrets_error_message(error).data : what);
}

static void open_chain(void)
{
    prefect_secrets_error *error = NULL;
    if (prefect_secrets_chain_open(NULL, &chain, &error) != PREFECT_SECRETS_OK)
        fail("open", error);
}

static void get(void)
{
    prefect_secrets_error *error = NULL;
    int32_t status;
    if (count == 1)
        status = results[0].status =
            prefect_secrets_chain_get(chain, names[0], NULL, &results[0].secret, &error);
    else
        status = prefect_secrets_chain_get_many(chain, names, (size_t)count, NULL, results, &error);
    if (status != PREFECT_SECRETS_OK)
        fail("not found", error);
    for (int i = 0; i < count; i++) {
        if (results[i].status != PREFECT_SECRETS_OK)
            fail("not found", results[i].error);
        prefect_secrets_slice text = prefect_secrets_secret_text(results[i].secret);
        check(i + 1, (const char *)text.data, text.len);
    }
}

static void give_back(void)
{
    for (int i = 0; i < count; i++)
        prefect_secrets_secret_release(results[i].secret);
}

static void ask(void)
{
    if (anew)
        open_chain();
    get();
    give_back();
    if (anew)
        prefect_secrets_chain_close(chain);
}

static void hold(void)
{
    if (anew)
        open_chain();
    get();
}

static void release(void)
{
    give_back();
    prefect_secrets_chain_close(chain);
}

int main(int argc, char **argv)
{
    static label text[MOST];
    if (argc != 4 || (count = atoi(argv[2])) < 1 || count > MOST)
        return 2;
    for (int i = 0; i < count; i++) {
        snprintf(text[i], sizeof text[i], NAME "%04d", i + 1);
        names[i] = prefect_secrets_str(text[i]);
    }
    anew = strcmp(argv[3], "anew") == 0;
    if (!anew)
        open_chain();
    return subject(argc, argv);
}
