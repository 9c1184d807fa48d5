/*
 * A provider that keeps every rule, and the start of all plugins of this folder: each includes this,
 * does one thing wrong if EVIL is 1, and is its own good twin if EVIL is 0.
 *
 * It has secrets in memory, for each instance its own, and can do everything a provider can.
 */
#ifndef GOOD_H
#define GOOD_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "prefect_secrets_provider.h"

#ifndef EVIL
#error "compile with -DEVIL=1, or with -DEVIL=0 for the good twin"
#endif

#define ROOM 24

typedef struct good_secret {
    char *name;
    uint8_t *text;
    size_t name_len, text_len;
    uint32_t form;
} good_secret;

typedef struct good {
    good_secret secrets[ROOM];
} good;

/* One lock for all instances, which whoever forks takes first: the child gets it free. */
static pthread_mutex_t good_lock = PTHREAD_MUTEX_INITIALIZER;

static inline void good_take(void)
{
    pthread_mutex_lock(&good_lock);
}

static inline void good_give(void)
{
    pthread_mutex_unlock(&good_lock);
}

__attribute__((constructor)) static void good_at_fork(void)
{
    if (pthread_atfork(good_take, good_give, good_give) != 0)
        abort();
}

static inline void good_drop(good_secret *secret)
{
    if (secret->text)
        explicit_bzero(secret->text, secret->text_len);
    free(secret->text);
    free(secret->name);
    memset(secret, 0, sizeof *secret);
}

/* The place of a name, or a free one if make is not 0; NULL if there is none. */
static inline good_secret *good_find(good *good, prefect_secrets_slice name, int make)
{
    good_secret *free_one = NULL;
    for (size_t i = 0; i < ROOM; i++) {
        good_secret *one = &good->secrets[i];
        if (!one->name)
            free_one = free_one ? free_one : one;
        else if (one->name_len == name.len && memcmp(one->name, name.data, name.len) == 0)
            return one;
    }
    return make ? free_one : NULL;
}

static inline int good_put(good *good, prefect_secrets_slice name, prefect_secrets_slice text,
                           uint32_t form)
{
    good_secret *place = good_find(good, name, 1);
    if (!place)
        return 0;
    good_drop(place);
    place->name = (char *)malloc(name.len + 1);
    place->text = (uint8_t *)malloc(text.len + 1);
    if (!place->name || !place->text)
        abort();
    memcpy(place->name, name.data, name.len);
    if (text.len)
        memcpy(place->text, text.data, text.len);
    place->name_len = name.len;
    place->text_len = text.len;
    place->form = form;
    return 1;
}

static inline int32_t good_create(const prefect_secrets_create *create, void **instance,
                                  prefect_secrets_reply *reply)
{
    good *made = (good *)calloc(1, sizeof *made);
    char text[] = "?: the value of a plugin that is kept in this folder";
    (void)create;
    if (!made)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE, "no memory",
                                          "try later");
    for (const char *name = "ALPHA\0BRAVO\0CHARLIE\0"; *name; name += strlen(name) + 1) {
        text[0] = *name;
        good_put(made, prefect_secrets_str(name), prefect_secrets_str(text),
                 PREFECT_SECRETS_FORM_TEXT);
    }
    explicit_bzero(text, sizeof text);
    *instance = made;
    return PREFECT_SECRETS_OK;
}

static inline void good_destroy(void *instance)
{
    good *made = (good *)instance;
    for (size_t i = 0; i < ROOM; i++)
        good_drop(&made->secrets[i]);
    free(made);
}

static inline int32_t good_get(void *instance, const prefect_secrets_request *request,
                               prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    good *made = (good *)instance;
    good_secret *found;
    int32_t status = PREFECT_SECRETS_ABSENT;
    (void)request;
    good_take();
    found = good_find(made, name, 0);
    if (found) {
        uint8_t *place = reply->reserve(reply, found->text_len);
        if (place) {
            memcpy(place, found->text, found->text_len);
            status = prefect_secrets_reply_commit(reply, found->form, found->text_len);
        } else {
            status = PREFECT_SECRETS_INVALID;
        }
    }
    good_give();
    return status;
}

static inline int32_t good_get_many(void *instance, const prefect_secrets_request *request,
                                    const prefect_secrets_slice *names, size_t count,
                                    prefect_secrets_reply *const *replies, int32_t *statuses)
{
    for (size_t i = 0; i < count; i++)
        statuses[i] = good_get(instance, request, names[i], replies[i]);
    return PREFECT_SECRETS_OK;
}

static inline int32_t good_set(void *instance, const prefect_secrets_request *request,
                               prefect_secrets_slice name, const prefect_secrets_value *value,
                               prefect_secrets_reply *reply)
{
    good *made = (good *)instance;
    int done;
    (void)request;
    if (value->form == PREFECT_SECRETS_FORM_TEXT_WITH_JSON)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNSUPPORTED,
                                          "there is no room for a JSON view beside the text",
                                          "set the value as text or as JSON");
    good_take();
    done = good_put(made, name, value->text, value->form);
    good_give();
    return done ? PREFECT_SECRETS_OK
                : prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE, "it is full",
                                             "delete a secret");
}

static inline int32_t good_delete(void *instance, const prefect_secrets_request *request,
                                  prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    good *made = (good *)instance;
    good_secret *found;
    (void)request, (void)reply;
    good_take();
    found = good_find(made, name, 0);
    if (found)
        good_drop(found);
    good_give();
    return found ? PREFECT_SECRETS_OK : PREFECT_SECRETS_ABSENT;
}

static inline int32_t good_list(void *instance, const prefect_secrets_request *request,
                                prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    good *made = (good *)instance;
    int32_t status = PREFECT_SECRETS_OK;
    (void)request, (void)reply;
    good_take();
    for (size_t i = 0; i < ROOM && status == PREFECT_SECRETS_OK; i++) {
        prefect_secrets_slice name;
        name.data = (const uint8_t *)made->secrets[i].name;
        name.len = made->secrets[i].name_len;
        if (name.data)
            status = listing->add(listing, name);
    }
    good_give();
    return status;
}

static inline int32_t good_refresh(void *instance, const prefect_secrets_request *request,
                                   prefect_secrets_reply *reply)
{
    (void)instance, (void)request, (void)reply;
    return PREFECT_SECRETS_OK;
}

static inline const void *good_extension(void *instance, prefect_secrets_slice name)
{
    (void)instance, (void)name;
    return NULL;
}

/* What every provider here promises. */
#define GOOD_CAPABILITIES                                                                      \
    (PREFECT_SECRETS_GET_MANY | PREFECT_SECRETS_SET | PREFECT_SECRETS_DELETE |                 \
     PREFECT_SECRETS_LIST | PREFECT_SECRETS_REFRESH | PREFECT_SECRETS_THREAD_SAFE |            \
     PREFECT_SECRETS_HONORS_DEADLINES)

static inline void good_table(prefect_secrets_provider *provider)
{
    provider->struct_size = sizeof *provider;
    provider->major = PREFECT_SECRETS_PROVIDER_MAJOR;
    provider->minor = PREFECT_SECRETS_PROVIDER_MINOR;
    provider->capabilities = GOOD_CAPABILITIES;
    provider->id = prefect_secrets_str("zoo");
    provider->create = good_create;
    provider->destroy = good_destroy;
    provider->get = good_get;
    provider->get_many = good_get_many;
    provider->set = good_set;
    provider->delete_ = good_delete;
    provider->list = good_list;
    provider->refresh = good_refresh;
    provider->get_extension = good_extension;
}

/* The entry, with a change to the good table. */
#define PLUGIN(change)                                                                         \
    PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)   \
    {                                                                                          \
        static prefect_secrets_provider provider;                                              \
        good_table(&provider);                                                                 \
        change;                                                                                \
        return &provider;                                                                      \
    }

/* Arguments of a get, for those that replace it. */
#define GET                                                                                    \
    void *instance, const prefect_secrets_request *request, prefect_secrets_slice name,        \
        prefect_secrets_reply *reply
#define PASS instance, request, name, reply

#endif
