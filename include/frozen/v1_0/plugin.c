/* A plugin of minor 0 that uses every part of its header. It keeps up to eight secrets in memory. */
#include "prefect_secrets_provider.h"

#include <stdlib.h>

typedef struct entry {
    char name[32];
    char text[64];
    size_t name_len, text_len;
} entry;

typedef struct instance {
    const prefect_secrets_create *create;
    entry entries[8];
    int refreshed;
} instance;

static entry *find(instance *self, prefect_secrets_slice name)
{
    for (int i = 0; i < 8; i++) {
        entry *e = &self->entries[i];
        if (e->name_len && e->name_len == name.len && memcmp(e->name, name.data, name.len) == 0)
            return e;
    }
    return NULL;
}

static int32_t put(instance *self, prefect_secrets_slice name, prefect_secrets_slice text)
{
    entry *e = find(self, name);
    for (int i = 0; !e && i < 8; i++)
        if (!self->entries[i].name_len)
            e = &self->entries[i];
    if (!e || name.len > sizeof e->name || text.len > sizeof e->text)
        return PREFECT_SECRETS_INVALID;
    memcpy(e->name, name.data, name.len);
    memcpy(e->text, text.data, text.len);
    e->name_len = name.len;
    e->text_len = text.len;
    return PREFECT_SECRETS_OK;
}

static int32_t create(const prefect_secrets_create *create, void **out,
                      prefect_secrets_reply *reply)
{
    prefect_secrets_slice greeting;
    instance *self;
    if (create->setting(create, prefect_secrets_str("greeting"), &greeting) != PREFECT_SECRETS_OK)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID, "there is no greeting",
                                          "set config.greeting");
    self = calloc(1, sizeof *self);
    if (!self)
        return PREFECT_SECRETS_UNAVAILABLE;
    self->create = create;
    put(self, prefect_secrets_str("GREETING"), greeting);
    create->log(create, 3, prefect_secrets_str("created"));
    *out = self;
    return PREFECT_SECRETS_OK;
}

static void destroy(void *self)
{
    memset(self, 0, sizeof(instance));
    free(self);
}

static int32_t get(void *self, const prefect_secrets_request *request, prefect_secrets_slice name,
                   prefect_secrets_reply *reply)
{
    prefect_secrets_commit commit;
    uint8_t *place;
    entry *e;

    if (request->should_stop(request) || request->remaining_ns(request) == 0)
        return PREFECT_SECRETS_TIMED_OUT;
    if (prefect_secrets_equal(name, prefect_secrets_str("DENIED")))
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_DENIED, "nobody may see it",
                                          "do not ask");
    if (prefect_secrets_equal(name, prefect_secrets_str("JSON"))) {
        place = reply->reserve(reply, 7);
        if (!place)
            return PREFECT_SECRETS_INVALID;
        memcpy(place, "{\"a\":1}", 7);
        return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_JSON, 7);
    }
    if (prefect_secrets_equal(name, prefect_secrets_str("DATED"))) {
        place = reply->reserve(reply, 5);
        if (!place)
            return PREFECT_SECRETS_INVALID;
        memcpy(place, "00000", 5);
        memset(&commit, 0, sizeof commit);
        commit.struct_size = (uint32_t)sizeof commit;
        commit.form = PREFECT_SECRETS_FORM_TEXT_WITH_JSON;
        commit.text_len = 4;
        commit.json_len = 1;
        commit.expires_at = 4102444800;
        commit.revision = prefect_secrets_str("r7");
        return reply->commit(reply, &commit);
    }
    e = find(self, name);
    if (!e)
        return PREFECT_SECRETS_ABSENT;
    {
        prefect_secrets_slice text = {(const uint8_t *)e->text, e->text_len};
        return prefect_secrets_reply_text(reply, text);
    }
}

static int32_t get_many(void *self, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses)
{
    for (size_t i = 0; i < count; i++)
        statuses[i] = get(self, request, names[i], replies[i]);
    return PREFECT_SECRETS_OK;
}

static int32_t set(void *self, const prefect_secrets_request *request, prefect_secrets_slice name,
                   const prefect_secrets_value *value, prefect_secrets_reply *reply)
{
    (void)request;
    (void)reply;
    return put(self, name, value->text);
}

static int32_t delete_(void *self, const prefect_secrets_request *request,
                       prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    entry *e = find(self, name);
    (void)request;
    (void)reply;
    if (!e)
        return PREFECT_SECRETS_ABSENT;
    memset(e, 0, sizeof *e);
    return PREFECT_SECRETS_OK;
}

static int32_t list(void *self, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    instance *me = self;
    (void)request;
    (void)reply;
    for (int i = 0; i < 8; i++) {
        prefect_secrets_slice name = {(const uint8_t *)me->entries[i].name,
                                      me->entries[i].name_len};
        int32_t status = name.len ? listing->add(listing, name) : PREFECT_SECRETS_OK;
        if (status != PREFECT_SECRETS_OK)
            return status;
    }
    return PREFECT_SECRETS_OK;
}

static int32_t refresh(void *self, const prefect_secrets_request *request,
                       prefect_secrets_reply *reply)
{
    (void)request;
    (void)reply;
    ((instance *)self)->refreshed++;
    return put(self, prefect_secrets_str("REFRESHED"), prefect_secrets_str("yes"));
}

static const void *get_extension(void *self, prefect_secrets_slice name)
{
    (void)self;
    (void)name;
    return NULL;
}

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
{
    static prefect_secrets_provider provider;
    provider.struct_size = (uint32_t)sizeof provider;
    provider.major = PREFECT_SECRETS_PROVIDER_MAJOR;
    provider.minor = PREFECT_SECRETS_PROVIDER_MINOR;
    provider.capabilities = PREFECT_SECRETS_GET_MANY | PREFECT_SECRETS_SET |
                            PREFECT_SECRETS_DELETE | PREFECT_SECRETS_LIST |
                            PREFECT_SECRETS_REFRESH | PREFECT_SECRETS_HONORS_DEADLINES;
    provider.id = prefect_secrets_str("of-minor-0");
    provider.create = create;
    provider.destroy = destroy;
    provider.get = get;
    provider.get_many = get_many;
    provider.set = set;
    provider.delete_ = delete_;
    provider.list = list;
    provider.refresh = refresh;
    provider.get_extension = get_extension;
    return &provider;
}
