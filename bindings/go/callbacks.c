#include "_cgo_export.h"
#include "callbacks.h"

/* A provider in Go is known to C by a handle: it is the one setting of its instance, and the instance
 * itself. What is const in the header is not for Go, which has no such word. */

void go_log_on(void)
{
    prefect_secrets_log_set(prefectsecrets_go_log, NULL);
}

void go_log_off(void)
{
    prefect_secrets_log_set(NULL, NULL);
}

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    prefect_secrets_slice digits;
    uintptr_t handle = 0;
    int32_t status = create->setting(create, prefect_secrets_str("handle"), &digits);
    if (status != PREFECT_SECRETS_OK)
        return PREFECT_SECRETS_INTERNAL;
    for (size_t i = 0; i < digits.len; i++)
        handle = handle * 10 + (uintptr_t)(digits.data[i] - '0');
    *instance = (void *)handle;
    return prefectsecrets_go_create(handle, reply);
}

static void destroy(void *instance)
{
    prefectsecrets_go_destroy((uintptr_t)instance);
}

static int32_t get(void *instance, const prefect_secrets_request *request, prefect_secrets_slice name,
                   prefect_secrets_reply *reply)
{
    return prefectsecrets_go_get((uintptr_t)instance, (prefect_secrets_request *)request, name, reply);
}

static int32_t get_many(void *instance, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses)
{
    return prefectsecrets_go_get_many((uintptr_t)instance, (prefect_secrets_request *)request,
                                      (prefect_secrets_slice *)names, count,
                                      (prefect_secrets_reply **)replies, statuses);
}

static int32_t set(void *instance, const prefect_secrets_request *request, prefect_secrets_slice name,
                   const prefect_secrets_value *value, prefect_secrets_reply *reply)
{
    return prefectsecrets_go_set((uintptr_t)instance, (prefect_secrets_request *)request, name,
                                 (prefect_secrets_value *)value, reply);
}

static int32_t delete_(void *instance, const prefect_secrets_request *request,
                       prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    return prefectsecrets_go_delete((uintptr_t)instance, (prefect_secrets_request *)request, name,
                                    reply);
}

static int32_t list(void *instance, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    return prefectsecrets_go_list((uintptr_t)instance, (prefect_secrets_request *)request, listing,
                                  reply);
}

static int32_t refresh(void *instance, const prefect_secrets_request *request,
                       prefect_secrets_reply *reply)
{
    return prefectsecrets_go_refresh((uintptr_t)instance, (prefect_secrets_request *)request, reply);
}

const prefect_secrets_provider *go_table(uint64_t capabilities, const char *id, size_t id_len)
{
    prefect_secrets_provider *table = calloc(1, sizeof *table);
    if (!table)
        return NULL;
    table->struct_size = (uint32_t)sizeof *table;
    table->major = PREFECT_SECRETS_PROVIDER_MAJOR;
    table->minor = PREFECT_SECRETS_PROVIDER_MINOR;
    table->capabilities =
        capabilities | PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
    table->id = go_slice(id, id_len);
    table->create = create;
    table->destroy = destroy;
    table->get = get;
    table->get_many = capabilities & PREFECT_SECRETS_GET_MANY ? get_many : NULL;
    table->set = capabilities & PREFECT_SECRETS_SET ? set : NULL;
    table->delete_ = capabilities & PREFECT_SECRETS_DELETE ? delete_ : NULL;
    table->list = capabilities & PREFECT_SECRETS_LIST ? list : NULL;
    table->refresh = capabilities & PREFECT_SECRETS_REFRESH ? refresh : NULL;
    return table;
}
