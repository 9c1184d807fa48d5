/*
 * prefect_secrets.h: secrets for any program, from the places where they are kept.
 *
 * A chain asks providers in order: the environment, config.toml, Prefect Cloud, plugins, and those
 * that the program brings itself. The first one that has the name answers. This is a whole program:
 *
 *     #include <stdio.h>
 *     #include "prefect_secrets.h"
 *
 *     int main(void)
 *     {
 *         prefect_secrets_secret *secret = NULL;
 *         prefect_secrets_error *error = NULL;
 *         int32_t status =
 *             prefect_secrets_get(prefect_secrets_str("DB_PASSWORD"), &secret, &error);
 *
 *         if (status == PREFECT_SECRETS_OK) {
 *             prefect_secrets_slice text = prefect_secrets_secret_text(secret);
 *             printf("a password of %zu bytes\n", text.len);
 *         } else if (status == PREFECT_SECRETS_ABSENT) {
 *             printf("no provider has it\n");
 *         } else {
 *             prefect_secrets_slice message = prefect_secrets_error_message(error);
 *             printf("%.*s\n", PREFECT_SECRETS_PRINT(message));
 *         }
 *         prefect_secrets_secret_release(secret);
 *         prefect_secrets_error_free(error);
 *         return status == PREFECT_SECRETS_OK ? 0 : 1;
 *     }
 *
 *     cc -Iinclude password.c -lprefect_secrets -o password
 *
 * True of every function here:
 *
 * - Three answers. PREFECT_SECRETS_OK: found, or done. PREFECT_SECRETS_ABSENT: no provider has the
 *   name; that is an answer, not an error. Any other status is a failure. An outage is a failure:
 *   it never makes a weaker provider answer in the stead of a stronger one.
 * - A function that can fail returns one of the status numbers of prefect_secrets_provider.h, and
 *   takes the address of an error as its last argument. On failure a new error is stored there, to
 *   be freed with prefect_secrets_error_free; otherwise nothing is stored. Pass NULL if the status
 *   is all you want to know. PREFECT_SECRETS_ABSENT and PREFECT_SECRETS_BUFFER_TOO_SMALL come
 *   without an error.
 * - Inputs come first, outputs last. An output is written when the status is PREFECT_SECRETS_OK,
 *   and otherwise left as it was, unless its function says more.
 * - NULL is refused with PREFECT_SECRETS_INVALID and never read from or written to, unless a
 *   function says what it means. So is a slice that has a length and no data. An array of 0 entries
 *   and a buffer of 0 bytes may be NULL. A function that returns no status answers NULL with an
 *   empty slice or with 0. What is released, closed or freed may be NULL: nothing happens then.
 * - Text goes in and out as prefect_secrets_slice, with a length. Names are UTF-8 without a NUL,
 *   case-sensitive, and taken as they are; the empty name is one too. What goes in is borrowed for
 *   the call. What comes out is borrowed from the object that was asked, and lives as long as it.
 * - A value is revealed by prefect_secrets_secret_text, prefect_secrets_secret_json and
 *   prefect_secrets_chain_get_into alone. No error, explanation or log line holds one. The library
 *   wipes its memory before giving it back; a copy that you make is yours to wipe.
 * - Threads: every function may be called from any thread, on the same object too. Only what ends
 *   an object (release, close, free) comes after every other use of that object, and once.
 *   Opening, refreshing and the first use of the default chain read the environment: no other
 *   thread calls setenv, putenv or unsetenv meanwhile, as with getenv itself.
 * - Fork: a child may go on with everything that its parent had, but for what was started without
 *   waiting: that ends in the parent, and a prefect_secrets_queue belongs to the process that made
 *   it.
 * - Every call on a chain has a deadline: 30 seconds in all unless prefect_secrets_call says other.
 *   It may be cancelled earlier, too. After either nothing is written to the caller's memory.
 * - Nothing is written to the standard output or error; no signal handler, locale or environment is
 *   changed. No thread is started unless a provider needs one, or a call goes on without its
 *   caller. A thread of the library takes no signal that is sent to the process.
 * - Structs that start with struct_size grow at their end. Set struct_size to the sizeof of the
 *   struct, and what is not used to 0. Members that this version of the library does not know are
 *   refused with PREFECT_SECRETS_UNSUPPORTED unless they are 0.
 */
#ifndef PREFECT_SECRETS_H
#define PREFECT_SECRETS_H

#include "prefect_secrets_provider.h"

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PREFECT_SECRETS_API __attribute__((visibility("default")))
#else
#define PREFECT_SECRETS_API
#endif

/* What "%.*s" of printf wants of a slice; the argument is evaluated twice. */
#define PREFECT_SECRETS_PRINT(slice) (int)(slice).len, (const char *)(slice).data

/* The caller cancelled the call. A status of this header alone: no provider answers so. */
#define PREFECT_SECRETS_CANCELLED 10

/* Ordered providers. */
typedef struct prefect_secrets_chain prefect_secrets_chain;
/* A value: immutable, shared by count, wiped at the last release. */
typedef struct prefect_secrets_secret prefect_secrets_secret;
/* A failure: who, which name, why, and what to do next. */
typedef struct prefect_secrets_error prefect_secrets_error;
/* The names that a chain lists. */
typedef struct prefect_secrets_names prefect_secrets_names;
/* How an answer came about. */
typedef struct prefect_secrets_explanation prefect_secrets_explanation;
/* That calls are to end early. */
typedef struct prefect_secrets_cancellation prefect_secrets_cancellation;
/* Where the outcomes of gets wait for an event loop. */
typedef struct prefect_secrets_queue prefect_secrets_queue;

/* The version of the library, as "1.2.3". Lives as long as the program. */
PREFECT_SECRETS_API const char *prefect_secrets_version(void);

/* ---- in three lines: the default chain ---------------------------------------------------- */

/* The secret called name, from the default chain, within 30 seconds. OK: *secret is yours to
 * release. ABSENT, or a failure.
 *
 * There is one default chain in a process. It is what prefect_secrets_chain_open opens without
 * options, at the first use. A failure to open it is tried again at the next use. */
PREFECT_SECRETS_API int32_t prefect_secrets_get(prefect_secrets_slice name,
                                                prefect_secrets_secret **secret,
                                                prefect_secrets_error **error);

/* A handle of the default chain, for everything below. Yours to close; closing it does not end the
 * default chain. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_default(prefect_secrets_chain **chain,
                                                          prefect_secrets_error **error);

/* Ends the default chain: it is closed as soon as no call is inside it and its handles are closed.
 * A later use opens a new one. */
PREFECT_SECRETS_API void prefect_secrets_chain_close_default(void);

/* ---- the secret --------------------------------------------------------------------------- */

/* The text: the bytes as they are stored, often UTF-8, with NULs if there are any in the value. A
 * NUL follows the last byte. Lives until the secret is released. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_secret_text(const prefect_secrets_secret *secret);

/* The JSON view: one compact JSON document, made at the first call: the value that Prefect hands to
 * Python. Text of the local configuration is cast as Python reads it (0000 is 0); text that is JSON
 * is that JSON value, any other text is a JSON string. A NUL follows. Lives until the secret is
 * released. INVALID if the text is not UTF-8. */
PREFECT_SECRETS_API int32_t prefect_secrets_secret_json(const prefect_secrets_secret *secret,
                                                        prefect_secrets_slice *json,
                                                        prefect_secrets_error **error);

/* The name of the provider that answered. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_secret_provider(const prefect_secrets_secret *secret);

/* When the value ends, in seconds since 1970-01-01T00:00:00Z; 0 if its place does not know. */
PREFECT_SECRETS_API int64_t prefect_secrets_secret_expires_at(const prefect_secrets_secret *secret);

/* Which one in a row of values it is, in the words of its place; empty if that does not know. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_secret_revision(const prefect_secrets_secret *secret);

/* One more holder, who releases it too. Returns the same secret, so that a holder can be handed
 * over in one line; NULL for NULL. */
PREFECT_SECRETS_API prefect_secrets_secret *
prefect_secrets_secret_retain(prefect_secrets_secret *secret);

/* One holder less; the last one wipes the value. A chain holds what it has in memory until it is
 * refreshed or closed. */
PREFECT_SECRETS_API void prefect_secrets_secret_release(prefect_secrets_secret *secret);

/* ---- the error ---------------------------------------------------------------------------- */

/* The status that the failed function returned. A NUL follows each of the texts below. */
PREFECT_SECRETS_API int32_t prefect_secrets_error_status(const prefect_secrets_error *error);

/* All of it in one sentence. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_error_message(const prefect_secrets_error *error);

/* The provider that failed; empty if the fault is the caller's or the configuration's. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_error_provider(const prefect_secrets_error *error);

/* The name that was asked for; empty if none was. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_error_name(const prefect_secrets_error *error);

/* What happened. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_error_what(const prefect_secrets_error *error);

/* What to do next. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_error_next_step(const prefect_secrets_error *error);

PREFECT_SECRETS_API void prefect_secrets_error_free(prefect_secrets_error *error);

/* ---- the chain ---------------------------------------------------------------------------- */

/* A provider that the program brings itself: the functions that prefect_secrets_provider.h
 * describes, in a table that is handed over instead of exported.
 *
 * The table and its functions stay until destroy has returned. When the last handle of the chain is
 * closed that has been, unless a call is still inside the provider that was started without
 * waiting, or that its caller has left because it was cancelled: then it is when the last of these
 * comes back.
 * Secrets do not need the table. A provider that does not promise PREFECT_SECRETS_HONORS_DEADLINES
 * stays for the life of the program, because a call that was abandoned at its deadline may still be
 * inside it. A provider that is not thread-safe does not ask
 * its own chain: it would wait for itself, until the deadline. */
typedef struct prefect_secrets_host_provider {
    uint32_t struct_size;
    uint32_t reserved;          /* 0 */
    prefect_secrets_slice name; /* what the chain, errors and configuration call it */
    const prefect_secrets_provider *provider;
    prefect_secrets_slice settings; /* one JSON object for create; empty: none */
} prefect_secrets_host_provider;

/* What a chain is opened from. */
typedef struct prefect_secrets_options {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* The configuration file; empty: the one that Prefect reads, .prefect/config.toml in the home
     * directory unless PREFECT__USER_CONFIG_PATH names another. Bytes, as the system has them. */
    prefect_secrets_slice config_path;
    /* Providers of the program's own. The configuration can place them by name ([secrets] chain);
     * those that it does not name are asked before all others, in this order. */
    const prefect_secrets_host_provider *const *providers;
    size_t provider_count;
} prefect_secrets_options;

/* How long a call may take. Wherever one is asked for, NULL is the default: 30 seconds. */
typedef struct prefect_secrets_call {
    uint32_t struct_size;
    uint32_t reserved; /* 0 */
    /* Milliseconds in all, over every provider that is asked. 0: a get, of one secret or of many,
     * and prefect_secrets_chain_exists answer if they need not wait for any provider (env and toml
     * are in memory), and anything else is TIMED_OUT at once. UINT64_MAX: no deadline. */
    uint64_t timeout_ms;
    /* What ends the call early, with PREFECT_SECRETS_CANCELLED; NULL: nothing does.
     *
     * The caller of such a call returns at once when it is cancelled, and at its deadline, whatever
     * a provider does: what is not in memory is asked on a thread of the library. At most 64 calls
     * that somebody waits for are worked on at once; others wait for their turn, within their
     * deadlines. What was to be written or deleted may have been, or may still be. */
    const prefect_secrets_cancellation *cancellation;
} prefect_secrets_call;

/* Something that can be cancelled, and stands in as many calls as the program likes. OK:
 * *cancellation is yours to free. */
PREFECT_SECRETS_API int32_t prefect_secrets_cancellation_new(
    prefect_secrets_cancellation **cancellation, prefect_secrets_error **error);

/* Ends every call that cancellation stands in, now and later; it cannot be taken back. From any
 * thread, as often as you like; not from a signal handler. */
PREFECT_SECRETS_API void
prefect_secrets_cancellation_cancel(const prefect_secrets_cancellation *cancellation);

/* After every call that it stands in has returned. Gets that were started without waiting go on,
 * and nobody can cancel them any more. */
PREFECT_SECRETS_API void
prefect_secrets_cancellation_free(prefect_secrets_cancellation *cancellation);

/* Opens a chain: reads the configuration and takes a snapshot of the environment and the files.
 * options: NULL for none. OK: *chain is yours to close. Nothing is asked over the network yet. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_open(const prefect_secrets_options *options,
                                                       prefect_secrets_chain **chain,
                                                       prefect_secrets_error **error);

/* Gives a handle back, after every call with it has returned. The last handle of a chain ends it,
 * and destroys its providers; secrets that it gave out live on until they are released. */
PREFECT_SECRETS_API void prefect_secrets_chain_close(prefect_secrets_chain *chain);

/* The secret called name. OK: *secret is yours to release. ABSENT, or a failure. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_get(const prefect_secrets_chain *chain,
                                                      prefect_secrets_slice name,
                                                      const prefect_secrets_call *call,
                                                      prefect_secrets_secret **secret,
                                                      prefect_secrets_error **error);

/* The text of the secret called name, copied into buffer with a NUL behind it; nothing to release.
 * OK: *length is that of the text without the NUL, which takes one byte more of the capacity.
 * BUFFER_TOO_SMALL: *length is set, buffer is as it was; come back with *length + 1 bytes. ABSENT,
 * or a failure. The copy is yours to wipe. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_get_into(const prefect_secrets_chain *chain,
                                                           prefect_secrets_slice name,
                                                           const prefect_secrets_call *call,
                                                           void *buffer, size_t capacity,
                                                           size_t *length,
                                                           prefect_secrets_error **error);

/* What became of one name of many. */
typedef struct prefect_secrets_result {
    int32_t status;                 /* OK, ABSENT, or a failure */
    uint32_t reserved;              /* 0 */
    prefect_secrets_secret *secret; /* yours to release; NULL unless status is OK */
    prefect_secrets_error *error;   /* yours to free; NULL unless status is a failure */
} prefect_secrets_result;

/* The secrets of count names: results[i] is what became of names[i]. Each provider is asked once,
 * for all the names that no provider before it has. OK: all the results are set, whatever they are.
 * Else none is: a name that is no UTF-8 text, say. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_get_many(const prefect_secrets_chain *chain,
                                                           const prefect_secrets_slice *names,
                                                           size_t count,
                                                           const prefect_secrets_call *call,
                                                           prefect_secrets_result *results,
                                                           prefect_secrets_error **error);

/* Whether a get would find name: OK or ABSENT, or a failure. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_exists(const prefect_secrets_chain *chain,
                                                         prefect_secrets_slice name,
                                                         const prefect_secrets_call *call,
                                                         prefect_secrets_error **error);

/* A value of text, to be written. It borrows text. */
static inline prefect_secrets_value prefect_secrets_value_text(prefect_secrets_slice text)
{
    prefect_secrets_value value;
    memset(&value, 0, sizeof value);
    value.struct_size = (uint32_t)sizeof value;
    value.form = PREFECT_SECRETS_FORM_TEXT;
    value.text = text;
    return value;
}

/* Writes value under name, in the place of any value that was there: with the provider of that
 * name; if provider is empty, with the first one that can write. UNSUPPORTED if it cannot, or none
 * can; INVALID if its place would not keep this name or this value as it is. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_set(const prefect_secrets_chain *chain,
                                                      prefect_secrets_slice provider,
                                                      prefect_secrets_slice name,
                                                      const prefect_secrets_value *value,
                                                      const prefect_secrets_call *call,
                                                      prefect_secrets_error **error);

/* Removes name from the provider of that name; if provider is empty, from the first one that can
 * delete. ABSENT if it was not there. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_delete(const prefect_secrets_chain *chain,
                                                         prefect_secrets_slice provider,
                                                         prefect_secrets_slice name,
                                                         const prefect_secrets_call *call,
                                                         prefect_secrets_error **error);

/* The names of every provider that can list them. OK: *names is yours to free. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_list(const prefect_secrets_chain *chain,
                                                       const prefect_secrets_call *call,
                                                       prefect_secrets_names **names,
                                                       prefect_secrets_error **error);

/* Reads every place anew: the environment, the files, what providers hold. A provider that fails
 * goes on with what it had; the others are refreshed all the same, and the first failure is
 * returned. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_refresh(const prefect_secrets_chain *chain,
                                                          const prefect_secrets_call *call,
                                                          prefect_secrets_error **error);

/* Asks for name, and tells what happened at every provider. A failure of a provider is part of what
 * is told, not of the status. OK: *explanation is yours to free. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_explain(
    const prefect_secrets_chain *chain, prefect_secrets_slice name,
    const prefect_secrets_call *call, prefect_secrets_explanation **explanation,
    prefect_secrets_error **error);

/* How the plugin behind provider was loaded when the chain was opened: one step a line, and the
 * last line of one that was refused says why. ABSENT if provider is no plugin, or not in the chain.
 * Holds no value; lives until the chain is closed. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_load_trace(const prefect_secrets_chain *chain,
                                                             prefect_secrets_slice provider,
                                                             prefect_secrets_slice *trace,
                                                             prefect_secrets_error **error);

/* ---- without waiting ---------------------------------------------------------------------- */

/* Takes what became of a get that was started. status: OK, and secret is yours to release; ABSENT;
 * or a failure, and error is yours to free. Called once for each start that returned OK, on a
 * thread of the library, perhaps before the start has returned. May call into the library. While it
 * waits for something, others that end at the same moment may wait for it. */
typedef void prefect_secrets_done_fn(void *user_data, int32_t status,
                                     prefect_secrets_secret *secret,
                                     prefect_secrets_error *error);

/* Starts a get of name and returns. OK: done is called once, with user_data, when there is an
 * answer, at the deadline, or when call is cancelled, whichever is first. Any other status: it is
 * not called. The time begins now. name is copied, call is read, and the handle may be closed
 * meanwhile. */
PREFECT_SECRETS_API int32_t prefect_secrets_chain_start_get(const prefect_secrets_chain *chain,
                                                            prefect_secrets_slice name,
                                                            const prefect_secrets_call *call,
                                                            prefect_secrets_done_fn *done,
                                                            void *user_data,
                                                            prefect_secrets_error **error);

/* A queue of outcomes. OK: *queue is yours to free. */
PREFECT_SECRETS_API int32_t prefect_secrets_queue_new(prefect_secrets_queue **queue,
                                                      prefect_secrets_error **error);

/* A descriptor that is readable while an outcome waits, for poll, select, epoll and the like; with
 * EPOLLET take outcomes until there is none. It is the queue's: do not read, write or close it. -1
 * for NULL. */
PREFECT_SECRETS_API int32_t prefect_secrets_queue_descriptor(const prefect_secrets_queue *queue);

/* Starts a get of name, as prefect_secrets_chain_start_get does, whose outcome comes into the
 * queue. What is in memory is there when this returns, and no thread was needed. */
PREFECT_SECRETS_API int32_t prefect_secrets_queue_start_get(const prefect_secrets_queue *queue,
                                                            const prefect_secrets_chain *chain,
                                                            prefect_secrets_slice name,
                                                            const prefect_secrets_call *call,
                                                            void *user_data,
                                                            prefect_secrets_error **error);

/* Takes the outcome that has waited longest; does not block. OK: *user_data is what the start was
 * given, and *result what became of it. ABSENT: none waits. */
PREFECT_SECRETS_API int32_t prefect_secrets_queue_next(const prefect_secrets_queue *queue,
                                                       void **user_data,
                                                       prefect_secrets_result *result,
                                                       prefect_secrets_error **error);

/* Cancels what is under way, and wipes the outcomes that nobody took. After every other use of the
 * queue. In a forked child it ends the child's hold on its parent's queue, and nothing else. */
PREFECT_SECRETS_API void prefect_secrets_queue_free(prefect_secrets_queue *queue);

/* ---- the names ---------------------------------------------------------------------------- */

/* How many there are. A name that two providers list is there twice. */
PREFECT_SECRETS_API size_t prefect_secrets_names_count(const prefect_secrets_names *names);

/* The name at index, which is below the count, and the provider that lists it; *shadowed is 1 if
 * an earlier provider lists it too, and so answers in this one's stead, else 0. A NUL follows each
 * text; both live until names is freed. */
PREFECT_SECRETS_API int32_t prefect_secrets_names_at(const prefect_secrets_names *names,
                                                     size_t index, prefect_secrets_slice *name,
                                                     prefect_secrets_slice *provider,
                                                     int32_t *shadowed,
                                                     prefect_secrets_error **error);

PREFECT_SECRETS_API void prefect_secrets_names_free(prefect_secrets_names *names);

/* ---- the explanation ---------------------------------------------------------------------- */

/* All of it as one JSON document: version (1), name, outcome, provider (null if none has it), and
 * links in the order of asking, each with provider, asked, outcome, reason (may be null),
 * elapsed_ns and configured (where the link was configured). A NUL follows. */
PREFECT_SECRETS_API prefect_secrets_slice
prefect_secrets_explanation_json(const prefect_secrets_explanation *explanation);

/* How many providers the chain has. */
PREFECT_SECRETS_API size_t
prefect_secrets_explanation_count(const prefect_secrets_explanation *explanation);

/* What happened at the provider at index, which is below the count. *outcome is "found", "absent",
 * "skipped", "not reached", or the word of a failure ("denied", "unavailable", "timed out", ...);
 * *reason says more, and may be empty. A NUL follows each; all live until explanation is freed. */
PREFECT_SECRETS_API int32_t prefect_secrets_explanation_at(
    const prefect_secrets_explanation *explanation, size_t index, prefect_secrets_slice *provider,
    prefect_secrets_slice *outcome, prefect_secrets_slice *reason, prefect_secrets_error **error);

PREFECT_SECRETS_API void
prefect_secrets_explanation_free(prefect_secrets_explanation *explanation);

/* ---- the log ------------------------------------------------------------------------------ */

/* Takes one line, without a line end and without a value. Levels: 1 error, 2 warning,
 * 3 information, 4 detail. Called from any thread, from inside a call into the library; it does not
 * call into the library itself. message lives until it returns. */
typedef void prefect_secrets_log_fn(void *user_data, uint32_t level,
                                    prefect_secrets_slice message);

/* Hands the log of the library, for the whole process, to callback; NULL turns it off, as it is at
 * first. Another thread may still be inside the callback before when this returns. */
PREFECT_SECRETS_API void prefect_secrets_log_set(prefect_secrets_log_fn *callback,
                                                 void *user_data);

/* ---- the layout, proven by the compiler --------------------------------------------------- */

#if UINTPTR_MAX == UINT64_MAX
PREFECT_SECRETS_AT(prefect_secrets_host_provider, name, 8);
PREFECT_SECRETS_AT(prefect_secrets_host_provider, provider, 24);
PREFECT_SECRETS_AT(prefect_secrets_host_provider, settings, 32);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_host_provider) == 48, host_provider);
PREFECT_SECRETS_AT(prefect_secrets_options, config_path, 8);
PREFECT_SECRETS_AT(prefect_secrets_options, providers, 24);
PREFECT_SECRETS_AT(prefect_secrets_options, provider_count, 32);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_options) == 40, options);
PREFECT_SECRETS_AT(prefect_secrets_call, timeout_ms, 8);
PREFECT_SECRETS_AT(prefect_secrets_call, cancellation, 16);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_call) == 24, call);
PREFECT_SECRETS_AT(prefect_secrets_result, secret, 8);
PREFECT_SECRETS_AT(prefect_secrets_result, error, 16);
PREFECT_SECRETS_ASSERT(sizeof(prefect_secrets_result) == 24, result);
#endif

#ifdef __cplusplus
}
#endif

#endif
