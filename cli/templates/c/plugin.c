/* @NAME@: a provider of secrets.
 *
 * It has one secret, GREETING, whose value is the setting `greeting`. Put your own place into create
 * and get. The header beside this file says what each function promises. */
#include "prefect_secrets_provider.h"

#include <stdlib.h>

typedef struct instance {
    /* Lives until destroy has returned, and so do the settings in it. */
    prefect_secrets_slice greeting;
} instance;

static int32_t create(const prefect_secrets_create *create, void **out,
                      prefect_secrets_reply *reply)
{
    instance *self = calloc(1, sizeof *self);

    if (!self)
        return PREFECT_SECRETS_UNAVAILABLE;
    if (create->setting(create, prefect_secrets_str("greeting"), &self->greeting) !=
        PREFECT_SECRETS_OK) {
        free(self);
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID,
                                          "the setting `greeting` is missing",
                                          "set it to what GREETING should be");
    }
    *out = self;
    return PREFECT_SECRETS_OK;
}

static void destroy(void *self) { free(self); }

/* ABSENT lets the chain go on to the next provider. An outage of your place is a failure: say what
 * happened and what to do next with prefect_secrets_reply_fail, and never a value. */
static int32_t get(void *self, const prefect_secrets_request *request, prefect_secrets_slice name,
                   prefect_secrets_reply *reply)
{
    const instance *me = self;

    if (request->should_stop(request))
        return PREFECT_SECRETS_TIMED_OUT;
    if (!prefect_secrets_equal(name, prefect_secrets_str("GREETING")))
        return PREFECT_SECRETS_ABSENT;
    return prefect_secrets_reply_text(reply, me->greeting);
}

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
{
    static const char id[] = "@NAME@";
    static const prefect_secrets_provider provider = {
        .struct_size = sizeof provider,
        .major = PREFECT_SECRETS_PROVIDER_MAJOR,
        .minor = PREFECT_SECRETS_PROVIDER_MINOR,
        /* Calls may overlap, and each returns by its deadline. Take out what is not true of yours. */
        .capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES,
        .id = {(const uint8_t *)id, sizeof id - 1},
        .create = create,
        .destroy = destroy,
        .get = get,
    };
    return &provider;
}
