/* A provider that does nothing but answer, so that the way to it is what is measured. It answers to
 * one name, which its settings may say. */
#include <string.h>

#include "prefect_secrets_provider.h"

struct fixed {
    char name[64];
    size_t len;
};

static struct fixed all[64];
static int used;

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    prefect_secrets_slice name = prefect_secrets_str("IN_PLUGIN");
    if (used == 64)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID, "too many of them",
                                          "use fewer");
    struct fixed *made = &all[used++];
    (void)create->setting(create, prefect_secrets_str("name"), &name);
    if (name.len > sizeof made->name)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID, "a long name",
                                          "use a short one");
    memcpy(made->name, name.data, name.len);
    made->len = name.len;
    *instance = made;
    return PREFECT_SECRETS_OK;
}

static void destroy(void *instance) { (void)instance; }

static int32_t get(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    static const char value[] = "0123456789abcdef0123456789ABCDEF";
    const struct fixed *self = instance;
    prefect_secrets_slice text = {(const uint8_t *)value, 32};
    (void)request;
    if (name.len != self->len || memcmp(name.data, self->name, name.len) != 0)
        return PREFECT_SECRETS_ABSENT;
    return prefect_secrets_reply_text(reply, text);
}

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
{
    static prefect_secrets_provider provider;
    provider.struct_size = sizeof provider;
    provider.major = PREFECT_SECRETS_PROVIDER_MAJOR;
    provider.minor = PREFECT_SECRETS_PROVIDER_MINOR;
    provider.capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
    provider.id = prefect_secrets_str("fixed");
    provider.create = create;
    provider.destroy = destroy;
    provider.get = get;
    return &provider;
}
