/*
 * prefect_secrets_provider.h: write a provider of secrets, in C or anything that speaks C.
 *
 * A provider answers names from one place. Compiled into a shared library it is a plugin; there is
 * nothing to link. This is a whole one, which has one secret:
 *
 *     #include "prefect_secrets_provider.h"
 *
 *     static int32_t create(const prefect_secrets_create *create, void **instance,
 *                           prefect_secrets_reply *reply)
 *     {
 *         (void)create; (void)reply;
 *         *instance = NULL;
 *         return PREFECT_SECRETS_OK;
 *     }
 *
 *     static void destroy(void *instance) { (void)instance; }
 *
 *     static int32_t get(void *instance, const prefect_secrets_request *request,
 *                        prefect_secrets_slice name, prefect_secrets_reply *reply)
 *     {
 *         (void)instance; (void)request;
 *         if (!prefect_secrets_equal(name, prefect_secrets_str("GREETING")))
 *             return PREFECT_SECRETS_ABSENT;
 *         return prefect_secrets_reply_text(reply, prefect_secrets_str("hello"));
 *     }
 *
 *     PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
 *     {
 *         static prefect_secrets_provider provider = {0};
 *         provider.struct_size = sizeof provider;
 *         provider.major = PREFECT_SECRETS_PROVIDER_MAJOR;
 *         provider.minor = PREFECT_SECRETS_PROVIDER_MINOR;
 *         provider.capabilities = PREFECT_SECRETS_THREAD_SAFE | PREFECT_SECRETS_HONORS_DEADLINES;
 *         provider.id = prefect_secrets_str("greeting");
 *         provider.create = create;
 *         provider.destroy = destroy;
 *         provider.get = get;
 *         return &provider;
 *     }
 *
 *     cc -shared -fPIC -Iinclude greeting.c -o greeting.so
 *
 * True of everything here:
 *
 * - Three answers. PREFECT_SECRETS_OK: found. PREFECT_SECRETS_ABSENT: this place has not got it,
 *   so that the next provider is asked. Any other status: a failure. An outage is a failure.
 * - The host owns every byte that outlives a call. What a provider is given (names, values, the
 *   request, the reply, the listing) is borrowed for that call; only the prefect_secrets_create
 *   lives until destroy has returned. A value is written into memory that the reply hands out, and
 *   which the host wipes. A provider keeps no copy of a value that it does not wipe itself.
 * - Text and names are UTF-8 with a length. A value is bytes; it may hold a NUL.
 * - Threads: a function of the provider may be called from any thread. Calls into one instance
 *   overlap if PREFECT_SECRETS_THREAD_SAFE is set, else they come one at a time. create and
 *   destroy of one instance overlap nothing. What a call was given is used from one thread at a
 *   time, and not after the call has returned. A call needs no more than 256 KiB of stack.
 * - After a fork the child may go on with the instances of its parent: a call must not wait for a
 *   thread that is not there, or for a lock that such a thread held.
 * - It is somebody else's process: nothing on its standard output and error, its signals,
 *   environment, directory and locale as they were, and no thread, descriptor or child process left
 *   when the last instance is destroyed. `prefect-secrets plugin check` tries all these rules.
 * - No exception, panic or longjmp leaves a function of the provider.
 * - A message to the host or its log holds no value.
 * - Structs that start with struct_size grow at their end. Who fills one sets struct_size to its
 *   sizeof; who reads one looks at no member past it. Unused pointers and numbers are 0.
 */
#ifndef PREFECT_SECRETS_PROVIDER_H
#define PREFECT_SECRETS_PROVIDER_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The major is part of the entry's name. A minor only adds at the end. */
#define PREFECT_SECRETS_PROVIDER_MAJOR 1
#define PREFECT_SECRETS_PROVIDER_MINOR 0

/* Status of a call. A number that is retired is never used again. */
#define PREFECT_SECRETS_OK 0               /* done; a get found the secret */
#define PREFECT_SECRETS_ABSENT 1           /* this place has not got it: not an error */
#define PREFECT_SECRETS_DENIED 2           /* the place refuses: mend credentials or permissions */
#define PREFECT_SECRETS_UNAVAILABLE 3      /* the place cannot be asked at present: try later */
#define PREFECT_SECRETS_TIMED_OUT 4        /* the deadline passed first */
#define PREFECT_SECRETS_INVALID 5          /* an argument, a setting or a value is wrong: mend it */
#define PREFECT_SECRETS_UNSUPPORTED 6      /* this provider cannot do this */
#define PREFECT_SECRETS_PANICKED 7         /* the code panicked; the instance answers no more */
#define PREFECT_SECRETS_INTERNAL 8         /* a promise of this ABI was broken: report it */
#define PREFECT_SECRETS_BUFFER_TOO_SMALL 9 /* the caller's buffer is too small */

/* Bytes with a length, borrowed. data may be NULL if len is 0. */
typedef struct prefect_secrets_slice {
    const uint8_t *data;
    size_t len;
} prefect_secrets_slice;

/* The slice of a string that ends with a NUL. Any thread. */
static inline prefect_secrets_slice prefect_secrets_str(const char *text)
{
    prefect_secrets_slice slice;
    slice.data = (const uint8_t *)text;
    slice.len = text ? strlen(text) : 0;
    return slice;
}

/* 1 if both hold the same bytes, else 0. Any thread. */
static inline int prefect_secrets_equal(prefect_secrets_slice a, prefect_secrets_slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

/* ---- the request: until when ------------------------------------------------------------- */

typedef struct prefect_secrets_request prefect_secrets_request;
struct prefect_secrets_request {
    uint32_t struct_size;
    uint32_t reserved;
    void *host; /* the host's own */
    /* Nanoseconds until the deadline; UINT64_MAX without one. Any thread, during the call. */
    uint64_t (*remaining_ns)(const prefect_secrets_request *request);
    /* 1 if the caller has no use for an answer any more, else 0. Ask it now and then in long work,
     * and return PREFECT_SECRETS_TIMED_OUT. Any thread, during the call. */
    int32_t (*should_stop)(const prefect_secrets_request *request);
};

/* ---- the reply: where an answer is written ------------------------------------------------ */

/* Forms of a value. */
#define PREFECT_SECRETS_FORM_TEXT 1u           /* text; JSON text reads as its JSON value */
#define PREFECT_SECRETS_FORM_JSON 2u           /* one compact JSON document, its own text */
#define PREFECT_SECRETS_FORM_TEXT_WITH_JSON 3u /* text, and right behind it its JSON view */

typedef struct prefect_secrets_commit {
    uint32_t struct_size;
    uint32_t form;
    size_t text_len;                /* bytes of text (of JSON, if that is the form) */
    size_t json_len;                /* bytes of the JSON view behind the text, else 0 */
    int64_t expires_at;             /* seconds since 1970-01-01T00:00:00Z; 0: not known */
    prefect_secrets_slice revision; /* which one in a row of values; empty: not known */
} prefect_secrets_commit;

typedef struct prefect_secrets_reply prefect_secrets_reply;
struct prefect_secrets_reply {
    uint32_t struct_size;
    uint32_t reserved;
    void *host; /* the host's own */
    /* Memory for len bytes, zeroed, owned and wiped by the host; NULL if there is none (at most
     * 64 MiB). A second reserve replaces the first. Yours to write until commit, the next reserve
     * or the return of the call. One thread at a time, during the call; so are commit and fail. */
    uint8_t *(*reserve)(prefect_secrets_reply *reply, size_t len);
    /* Makes what was written the answer, once. At most what was reserved; a status that is not
     * PREFECT_SECRETS_OK says that a rule was broken, and the call fails. The commit and its
     * revision are read before this returns. */
    int32_t (*commit)(prefect_secrets_reply *reply, const prefect_secrets_commit *commit);
    /* Says what happened and what to do next, before a failure is returned. Copied; at most
     * 1024 bytes of each are kept. */
    void (*fail)(prefect_secrets_reply *reply, prefect_secrets_slice what,
                 prefect_secrets_slice next_step);
};

/* Commits what was written into the last reserve: its first text_len bytes, in the given form. */
static inline int32_t prefect_secrets_reply_commit(prefect_secrets_reply *reply, uint32_t form,
                                                   size_t text_len)
{
    prefect_secrets_commit commit;
    memset(&commit, 0, sizeof commit);
    commit.struct_size = (uint32_t)sizeof commit;
    commit.form = form;
    commit.text_len = text_len;
    return reply->commit(reply, &commit);
}

/* Answers with a copy of text. The return value is the one to return from get. */
static inline int32_t prefect_secrets_reply_text(prefect_secrets_reply *reply,
                                                 prefect_secrets_slice text)
{
    uint8_t *place = reply->reserve(reply, text.len);
    if (!place)
        return PREFECT_SECRETS_INVALID;
    if (text.len)
        memcpy(place, text.data, text.len);
    return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, text.len);
}

/* Fails with a reason and an advice; returns status, so that a get can return it. */
static inline int32_t prefect_secrets_reply_fail(prefect_secrets_reply *reply, int32_t status,
                                                 const char *what, const char *next_step)
{
    reply->fail(reply, prefect_secrets_str(what), prefect_secrets_str(next_step));
    return status;
}

/* ---- values, names and creation ----------------------------------------------------------- */

/* A value to be written. */
typedef struct prefect_secrets_value {
    uint32_t struct_size;
    uint32_t form;
    prefect_secrets_slice text; /* the text (the JSON, if that is the form) */
    prefect_secrets_slice json; /* the JSON view, for PREFECT_SECRETS_FORM_TEXT_WITH_JSON */
} prefect_secrets_value;

/* Where names are listed. */
typedef struct prefect_secrets_listing prefect_secrets_listing;
struct prefect_secrets_listing {
    uint32_t struct_size;
    uint32_t reserved;
    void *host; /* the host's own */
    /* Adds a name, copied. Not PREFECT_SECRETS_OK: stop, and return that. One thread at a time,
     * during the call. */
    int32_t (*add)(prefect_secrets_listing *listing, prefect_secrets_slice name);
};

/* What an instance is created from. It lives until destroy has returned. */
typedef struct prefect_secrets_create prefect_secrets_create;
struct prefect_secrets_create {
    uint32_t struct_size;
    uint16_t major;                 /* of the host */
    uint16_t minor;                 /* of the host */
    void *host;                     /* the host's own */
    prefect_secrets_slice name;     /* what configuration and errors call this instance */
    prefect_secrets_slice settings; /* one JSON object: [secrets.providers.NAME.config] */
    /* Looks one setting up: a string as its text, anything else as JSON.
     * PREFECT_SECRETS_OK, or PREFECT_SECRETS_ABSENT. *value lives until destroy has returned.
     * Any thread, until destroy has returned. */
    int32_t (*setting)(const prefect_secrets_create *create, prefect_secrets_slice key,
                       prefect_secrets_slice *value);
    /* Hands one line to the host's log. Levels: 1 error, 2 warning, 3 information, 4 detail.
     * Any thread, until destroy has returned. */
    void (*log)(const prefect_secrets_create *create, uint32_t level,
                prefect_secrets_slice message);
};

/* ---- the provider ------------------------------------------------------------------------- */

/* Each stands for the function of its name, which is then not NULL. */
#define PREFECT_SECRETS_GET_MANY (UINT64_C(1) << 0)
#define PREFECT_SECRETS_SET (UINT64_C(1) << 1)
#define PREFECT_SECRETS_DELETE (UINT64_C(1) << 2)
#define PREFECT_SECRETS_LIST (UINT64_C(1) << 3)
#define PREFECT_SECRETS_REFRESH (UINT64_C(1) << 4)
/* Calls into one instance may overlap. */
#define PREFECT_SECRETS_THREAD_SAFE (UINT64_C(1) << 16)
/* Every call returns by its deadline. Without this promise a call runs on a thread of the host,
 * and at its deadline it is abandoned: the instance is then never called or destroyed again. */
#define PREFECT_SECRETS_HONORS_DEADLINES (UINT64_C(1) << 17)

typedef struct prefect_secrets_provider {
    uint32_t struct_size;
    uint16_t major;        /* PREFECT_SECRETS_PROVIDER_MAJOR */
    uint16_t minor;        /* PREFECT_SECRETS_PROVIDER_MINOR */
    uint64_t capabilities; /* what it can do beside get */
    prefect_secrets_slice id; /* 1 to 64 of a-z 0-9 -; lives as long as the library */

    /* Required. Makes an instance, which is yours until destroy; *instance may be anything, NULL
     * too. On failure nothing is destroyed. Any thread; other instances may be at work. */
    int32_t (*create)(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply);

    /* Required. Ends an instance, and frees what it owns. Called once, after every call into it has
     * returned. Any thread. */
    void (*destroy)(void *instance);

    /* Required. The value of name, through the reply. OK, ABSENT or a failure. Any thread, and so
     * are all below; with PREFECT_SECRETS_THREAD_SAFE while other calls are in the instance. */
    int32_t (*get)(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, prefect_secrets_reply *reply);

    /* The values of count names: names[i] is answered through replies[i] and statuses[i], as get
     * would. Returns OK if every status is set; else the failure of the whole call, told through
     * replies[0]. The arrays are the host's, and count is not 0. */
    int32_t (*get_many)(void *instance, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses);

    /* Writes value under name, in the place of any value that was there; the value is the host's.
     * What the place cannot hold is INVALID or UNSUPPORTED, never changed. The reply is for fail
     * only, here and below. */
    int32_t (*set)(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, const prefect_secrets_value *value,
                   prefect_secrets_reply *reply);

    /* Removes name. ABSENT if it was not there. (The word delete is taken in C++.) */
    int32_t (*delete_)(void *instance, const prefect_secrets_request *request,
                       prefect_secrets_slice name, prefect_secrets_reply *reply);

    /* Lists every name, in any order. */
    int32_t (*list)(void *instance, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply);

    /* Reads its place anew. On failure it goes on with what it had. */
    int32_t (*refresh)(void *instance, const prefect_secrets_request *request,
                       prefect_secrets_reply *reply);

    /* Optional. An ability beyond this table, by a name like "watch/1"; NULL if it has not got
     * it. What the pointer points at is agreed under that name, and lives until destroy. */
    const void *(*get_extension)(void *instance, prefect_secrets_slice name);
} prefect_secrets_provider;

#if defined(__GNUC__)
#define PREFECT_SECRETS_EXPORT __attribute__((visibility("default")))
#else
#define PREFECT_SECRETS_EXPORT
#endif

/* The one function that a plugin exports. It creates nothing and returns the same table each time;
 * the table lives as long as the library. Any thread. */
typedef const prefect_secrets_provider *prefect_secrets_provider_v1_fn(void);
PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void);

/* ---- the layout, proven by the compiler --------------------------------------------------- */

#if defined(__cplusplus)
#define PREFECT_SECRETS_ASSERT(what, id) static_assert(what, #what)
#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L
#define PREFECT_SECRETS_ASSERT(what, id) _Static_assert(what, #what)
#else
#define PREFECT_SECRETS_ASSERT(what, id) typedef char prefect_secrets_assert_##id[(what) ? 1 : -1]
#endif
#define PREFECT_SECRETS_AT(type, member, offset) \
    PREFECT_SECRETS_ASSERT(offsetof(type, member) == (offset), type##_##member)

#if UINTPTR_MAX == UINT64_MAX
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_slice) == 16, slice);
PREFECT_SECRETS_AT(prefect_secrets_request, host, 8);
PREFECT_SECRETS_AT(prefect_secrets_request, remaining_ns, 16);
PREFECT_SECRETS_AT(prefect_secrets_request, should_stop, 24);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_request) == 32, request);
PREFECT_SECRETS_AT(prefect_secrets_commit, form, 4);
PREFECT_SECRETS_AT(prefect_secrets_commit, text_len, 8);
PREFECT_SECRETS_AT(prefect_secrets_commit, json_len, 16);
PREFECT_SECRETS_AT(prefect_secrets_commit, expires_at, 24);
PREFECT_SECRETS_AT(prefect_secrets_commit, revision, 32);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_commit) == 48, commit);
PREFECT_SECRETS_AT(prefect_secrets_reply, host, 8);
PREFECT_SECRETS_AT(prefect_secrets_reply, reserve, 16);
PREFECT_SECRETS_AT(prefect_secrets_reply, commit, 24);
PREFECT_SECRETS_AT(prefect_secrets_reply, fail, 32);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_reply) == 40, reply);
PREFECT_SECRETS_AT(prefect_secrets_value, form, 4);
PREFECT_SECRETS_AT(prefect_secrets_value, text, 8);
PREFECT_SECRETS_AT(prefect_secrets_value, json, 24);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_value) == 40, value);
PREFECT_SECRETS_AT(prefect_secrets_listing, host, 8);
PREFECT_SECRETS_AT(prefect_secrets_listing, add, 16);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_listing) == 24, listing);
PREFECT_SECRETS_AT(prefect_secrets_create, major, 4);
PREFECT_SECRETS_AT(prefect_secrets_create, minor, 6);
PREFECT_SECRETS_AT(prefect_secrets_create, host, 8);
PREFECT_SECRETS_AT(prefect_secrets_create, name, 16);
PREFECT_SECRETS_AT(prefect_secrets_create, settings, 32);
PREFECT_SECRETS_AT(prefect_secrets_create, setting, 48);
PREFECT_SECRETS_AT(prefect_secrets_create, log, 56);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_create) == 64, create);
PREFECT_SECRETS_AT(prefect_secrets_provider, major, 4);
PREFECT_SECRETS_AT(prefect_secrets_provider, minor, 6);
PREFECT_SECRETS_AT(prefect_secrets_provider, capabilities, 8);
PREFECT_SECRETS_AT(prefect_secrets_provider, id, 16);
PREFECT_SECRETS_AT(prefect_secrets_provider, create, 32);
PREFECT_SECRETS_AT(prefect_secrets_provider, destroy, 40);
PREFECT_SECRETS_AT(prefect_secrets_provider, get, 48);
PREFECT_SECRETS_AT(prefect_secrets_provider, get_many, 56);
PREFECT_SECRETS_AT(prefect_secrets_provider, set, 64);
PREFECT_SECRETS_AT(prefect_secrets_provider, delete_, 72);
PREFECT_SECRETS_AT(prefect_secrets_provider, list, 80);
PREFECT_SECRETS_AT(prefect_secrets_provider, refresh, 88);
PREFECT_SECRETS_AT(prefect_secrets_provider, get_extension, 96);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_provider) == 104, provider);
#endif

#ifdef __cplusplus
}
#endif

#endif
