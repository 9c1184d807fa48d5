/* A provider that a host implements itself: secrets in its own memory. */
#ifndef MEMORY_H
#define MEMORY_H

#include "check.h"

#define SHELVES 16

typedef struct shelf {
    char name[32];
    char text[64];
} shelf;

typedef struct memory {
    shelf shelves[SHELVES];
    const prefect_secrets_create *create;
} memory;

/* Instances that exist. */
static int memories;
/* How often refresh came. */
static int refreshes;

static shelf *shelf_of(memory *memory, prefect_secrets_slice name)
{
    for (int i = 0; i < SHELVES; i++)
        if (memory->shelves[i].name[0] && is(name, memory->shelves[i].name))
            return &memory->shelves[i];
    return NULL;
}

static int put(memory *memory, prefect_secrets_slice name, prefect_secrets_slice text)
{
    shelf *shelf = shelf_of(memory, name);
    for (int i = 0; i < SHELVES && !shelf; i++)
        if (!memory->shelves[i].name[0])
            shelf = &memory->shelves[i];
    if (!shelf || name.len >= sizeof shelf->name || text.len >= sizeof shelf->text)
        return 0;
    memset(shelf, 0, sizeof *shelf);
    memcpy(shelf->name, name.data, name.len);
    if (text.len)
        memcpy(shelf->text, text.data, text.len);
    return 1;
}

static int32_t memory_create(const prefect_secrets_create *create, void **instance,
                             prefect_secrets_reply *reply)
{
    prefect_secrets_slice greeting;
    memory *made = (memory *)calloc(1, sizeof *made);
    CHECK(made);
    made->create = create;
    if (create->setting(create, str("refuse"), &greeting) == PREFECT_SECRETS_OK) {
        free(made);
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_DENIED, "it was told to refuse",
                                          "do not tell it so");
    }
    if (create->setting(create, str("greeting"), &greeting) == PREFECT_SECRETS_OK)
        CHECK(put(made, str("GREETING"), greeting));
    create->log(create, 2, str("created"));
    memories++;
    *instance = made;
    return PREFECT_SECRETS_OK;
}

static void memory_destroy(void *instance)
{
    memset(instance, 0, sizeof(memory));
    free(instance);
    memories--;
}

static int32_t memory_get(void *instance, const prefect_secrets_request *request,
                          prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    shelf *found;
    CHECK(request->remaining_ns(request) > 0);
    if (is(name, "DATED")) {
        prefect_secrets_commit commit;
        memset(&commit, 0, sizeof commit);
        commit.struct_size = (uint32_t)sizeof commit;
        commit.form = PREFECT_SECRETS_FORM_TEXT_WITH_JSON;
        commit.text_len = 1;
        commit.json_len = 3;
        commit.expires_at = 4102444800;
        commit.revision = str("third");
        memcpy(reply->reserve(reply, 4), "7\"7\"", 4);
        return reply->commit(reply, &commit);
    }
    if (is(name, "OUTAGE"))
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE,
                                          "the shelf is out of reach", "fetch a ladder");
    found = shelf_of((memory *)instance, name);
    if (!found)
        return PREFECT_SECRETS_ABSENT;
    return prefect_secrets_reply_text(reply, str(found->text));
}

static int32_t memory_get_many(void *instance, const prefect_secrets_request *request,
                               const prefect_secrets_slice *names, size_t count,
                               prefect_secrets_reply *const *replies, int32_t *statuses)
{
    for (size_t i = 0; i < count; i++)
        statuses[i] = memory_get(instance, request, names[i], replies[i]);
    return PREFECT_SECRETS_OK;
}

static int32_t memory_set(void *instance, const prefect_secrets_request *request,
                          prefect_secrets_slice name, const prefect_secrets_value *value,
                          prefect_secrets_reply *reply)
{
    (void)request;
    if (put((memory *)instance, name, value->text))
        return PREFECT_SECRETS_OK;
    return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID, "it is too long",
                                      "give less");
}

static int32_t memory_delete(void *instance, const prefect_secrets_request *request,
                             prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    shelf *found = shelf_of((memory *)instance, name);
    (void)request;
    (void)reply;
    if (!found)
        return PREFECT_SECRETS_ABSENT;
    memset(found, 0, sizeof *found);
    return PREFECT_SECRETS_OK;
}

static int32_t memory_list(void *instance, const prefect_secrets_request *request,
                           prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    memory *of = (memory *)instance;
    (void)request;
    (void)reply;
    for (int i = 0; i < SHELVES; i++)
        if (of->shelves[i].name[0]) {
            int32_t status = listing->add(listing, str(of->shelves[i].name));
            if (status != PREFECT_SECRETS_OK)
                return status;
        }
    return PREFECT_SECRETS_OK;
}

static int32_t memory_refresh(void *instance, const prefect_secrets_request *request,
                              prefect_secrets_reply *reply)
{
    (void)instance;
    (void)request;
    (void)reply;
    refreshes++;
    return PREFECT_SECRETS_OK;
}

/* The table; what it can do can be changed before it is used. */
static prefect_secrets_provider memory_table(void)
{
    prefect_secrets_provider table;
    memset(&table, 0, sizeof table);
    table.struct_size = (uint32_t)sizeof table;
    table.major = PREFECT_SECRETS_PROVIDER_MAJOR;
    table.minor = PREFECT_SECRETS_PROVIDER_MINOR;
    table.capabilities = PREFECT_SECRETS_GET_MANY | PREFECT_SECRETS_SET | PREFECT_SECRETS_DELETE |
                         PREFECT_SECRETS_LIST | PREFECT_SECRETS_REFRESH |
                         PREFECT_SECRETS_HONORS_DEADLINES;
    table.id = str("memory");
    table.create = memory_create;
    table.destroy = memory_destroy;
    table.get = memory_get;
    table.get_many = memory_get_many;
    table.set = memory_set;
    table.delete_ = memory_delete;
    table.list = memory_list;
    table.refresh = memory_refresh;
    return table;
}

/* Opens a chain with such a provider in front, called name. */
static int32_t open_with(const prefect_secrets_provider *table, const char *name,
                         const char *settings, prefect_secrets_chain **chain,
                         prefect_secrets_error **error)
{
    prefect_secrets_host_provider provider;
    const prefect_secrets_host_provider *providers[1];
    prefect_secrets_options options;
    memset(&provider, 0, sizeof provider);
    provider.struct_size = (uint32_t)sizeof provider;
    provider.name = str(name);
    provider.provider = table;
    provider.settings = str(settings);
    providers[0] = &provider;
    memset(&options, 0, sizeof options);
    options.struct_size = (uint32_t)sizeof options;
    options.providers = providers;
    options.provider_count = 1;
    return prefect_secrets_chain_open(&options, chain, error);
}

#endif
