/* The functions of prefect_secrets.h in the form that costs Go least: one call into C each, and what
 * comes out by value, because what C is given the address of lives on Go's heap. */
#ifndef PREFECT_SECRETS_GO_SHIMS_H
#define PREFECT_SECRETS_GO_SHIMS_H

#include <prefect_secrets.h>
#include <stdlib.h>

/* What a call may take; see call.go. */
typedef struct go_limit {
    uint64_t timeout_ms;
    const prefect_secrets_cancellation *cancellation;
} go_limit;

/* What came of a call. Which of the members are set depends on the call. */
typedef struct go_outcome {
    int32_t status;
    size_t length;
    void *object;
    prefect_secrets_error *error;
} go_outcome;

static inline prefect_secrets_slice go_slice(const char *data, size_t len)
{
    prefect_secrets_slice slice;
    slice.data = (const uint8_t *)data;
    slice.len = len;
    return slice;
}

static inline prefect_secrets_call go_call(go_limit limit)
{
    prefect_secrets_call call;
    memset(&call, 0, sizeof call);
    call.struct_size = (uint32_t)sizeof call;
    call.timeout_ms = limit.timeout_ms;
    call.cancellation = limit.cancellation;
    return call;
}

/* Nobody reads the error of a try that only memory may answer. */
static inline prefect_secrets_error **go_error(go_limit limit, go_outcome *outcome)
{
    return limit.timeout_ms == 0 ? NULL : &outcome->error;
}

static inline go_outcome go_get(const prefect_secrets_chain *chain, const char *name, size_t name_len,
                                go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    prefect_secrets_secret *secret = NULL;
    outcome.status = prefect_secrets_chain_get(chain, go_slice(name, name_len), &call, &secret,
                                               go_error(limit, &outcome));
    outcome.object = secret;
    return outcome;
}

/* Without the zero behind the text that C wants, and without asking twice: a Go buffer may have just
 * the size of the text. */
static inline go_outcome go_get_into(const prefect_secrets_chain *chain, const char *name,
                                     size_t name_len, uint8_t *buffer, size_t capacity, go_limit limit)
{
    go_outcome outcome = go_get(chain, name, name_len, limit);
    if (outcome.status != PREFECT_SECRETS_OK)
        return outcome;
    prefect_secrets_slice text = prefect_secrets_secret_text(outcome.object);
    outcome.length = text.len;
    if (text.len > capacity)
        outcome.status = PREFECT_SECRETS_BUFFER_TOO_SMALL;
    else if (text.len)
        memcpy(buffer, text.data, text.len);
    prefect_secrets_secret_release(outcome.object);
    outcome.object = NULL;
    return outcome;
}

/* What came of a try that only memory may answer. */
typedef struct go_found {
    int32_t status;
    size_t length;
} go_found;

static inline go_found go_get_into_now(const prefect_secrets_chain *chain, const char *name,
                                       size_t name_len, uint8_t *buffer, size_t capacity)
{
    static const prefect_secrets_call now = {.struct_size = (uint32_t)sizeof now};
    go_found found = {0, 0};
    found.status = prefect_secrets_chain_get_into(chain, go_slice(name, name_len), &now, buffer,
                                                  capacity, &found.length, NULL);
    return found;
}

static inline go_outcome go_get_many(const prefect_secrets_chain *chain,
                                     const prefect_secrets_slice *names, size_t count,
                                     prefect_secrets_result *results, go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    outcome.status =
        prefect_secrets_chain_get_many(chain, names, count, &call, results, &outcome.error);
    return outcome;
}

static inline go_outcome go_exists(const prefect_secrets_chain *chain, const char *name,
                                   size_t name_len, go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    outcome.status = prefect_secrets_chain_exists(chain, go_slice(name, name_len), &call,
                                                  go_error(limit, &outcome));
    return outcome;
}

static inline go_outcome go_set(const prefect_secrets_chain *chain, const char *provider,
                                size_t provider_len, const char *name, size_t name_len, uint32_t form,
                                const uint8_t *text, size_t text_len, const uint8_t *json,
                                size_t json_len, go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    prefect_secrets_value value = prefect_secrets_value_text(go_slice((const char *)text, text_len));
    value.form = form;
    value.json = go_slice((const char *)json, json_len);
    outcome.status = prefect_secrets_chain_set(chain, go_slice(provider, provider_len),
                                               go_slice(name, name_len), &value, &call, &outcome.error);
    return outcome;
}

static inline go_outcome go_delete(const prefect_secrets_chain *chain, const char *provider,
                                   size_t provider_len, const char *name, size_t name_len,
                                   go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    outcome.status = prefect_secrets_chain_delete(chain, go_slice(provider, provider_len),
                                                  go_slice(name, name_len), &call, &outcome.error);
    return outcome;
}

static inline go_outcome go_list(const prefect_secrets_chain *chain, go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    prefect_secrets_names *names = NULL;
    outcome.status = prefect_secrets_chain_list(chain, &call, &names, &outcome.error);
    outcome.object = names;
    return outcome;
}

typedef struct go_listed {
    prefect_secrets_slice name;
    prefect_secrets_slice provider;
    int32_t shadowed;
} go_listed;

static inline go_listed go_names_at(const prefect_secrets_names *names, size_t index)
{
    go_listed listed = {{0}, {0}, 0};
    (void)prefect_secrets_names_at(names, index, &listed.name, &listed.provider, &listed.shadowed,
                                   NULL);
    return listed;
}

static inline go_outcome go_refresh(const prefect_secrets_chain *chain, go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    outcome.status = prefect_secrets_chain_refresh(chain, &call, &outcome.error);
    return outcome;
}

static inline go_outcome go_explain(const prefect_secrets_chain *chain, const char *name,
                                    size_t name_len, go_limit limit)
{
    go_outcome outcome = {0};
    prefect_secrets_call call = go_call(limit);
    prefect_secrets_explanation *explanation = NULL;
    outcome.status = prefect_secrets_chain_explain(chain, go_slice(name, name_len), &call,
                                                   &explanation, &outcome.error);
    outcome.object = explanation;
    return outcome;
}

typedef struct go_text {
    go_outcome outcome;
    prefect_secrets_slice text;
} go_text;

static inline go_text go_load_trace(const prefect_secrets_chain *chain, const char *provider,
                                    size_t provider_len)
{
    go_text trace = {{0}, {0}};
    trace.outcome.status = prefect_secrets_chain_load_trace(
        chain, go_slice(provider, provider_len), &trace.text, &trace.outcome.error);
    return trace;
}

static inline go_text go_secret_json(const prefect_secrets_secret *secret)
{
    go_text json = {{0}, {0}};
    json.outcome.status = prefect_secrets_secret_json(secret, &json.text, &json.outcome.error);
    return json;
}

static inline go_outcome go_cancellation_new(void)
{
    go_outcome outcome = {0};
    prefect_secrets_cancellation *cancellation = NULL;
    outcome.status = prefect_secrets_cancellation_new(&cancellation, &outcome.error);
    outcome.object = cancellation;
    return outcome;
}

static inline go_outcome go_default(void)
{
    go_outcome outcome = {0};
    prefect_secrets_chain *chain = NULL;
    outcome.status = prefect_secrets_chain_default(&chain, &outcome.error);
    outcome.object = chain;
    return outcome;
}

static inline go_outcome go_open(const char *config, size_t config_len,
                                 const prefect_secrets_host_provider *const *providers, size_t count)
{
    go_outcome outcome = {0};
    prefect_secrets_chain *chain = NULL;
    prefect_secrets_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = (uint32_t)sizeof options;
    options.config_path = go_slice(config, config_len);
    options.providers = providers;
    options.provider_count = count;
    outcome.status = prefect_secrets_chain_open(&options, &chain, &outcome.error);
    outcome.object = chain;
    return outcome;
}

/* Does nothing: what a call into C costs at least, for the benchmark. */
static inline int32_t go_nothing(int32_t number)
{
    return number;
}

#endif
