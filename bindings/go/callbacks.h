/* What the library calls, and how it is told of it. */
#ifndef PREFECT_SECRETS_GO_CALLBACKS_H
#define PREFECT_SECRETS_GO_CALLBACKS_H

#include "shims.h"

void go_log_on(void);
void go_log_off(void);

/* The table of a provider in Go: id is in C's memory, and both stay. NULL without memory. */
const prefect_secrets_provider *go_table(uint64_t capabilities, const char *id, size_t id_len);

static inline uint64_t go_remaining_ns(const prefect_secrets_request *request)
{
    return request->remaining_ns(request);
}

static inline int32_t go_should_stop(const prefect_secrets_request *request)
{
    return request->should_stop(request);
}

static inline uint8_t *go_reserve(prefect_secrets_reply *reply, size_t len)
{
    return reply->reserve(reply, len);
}

static inline int32_t go_commit(prefect_secrets_reply *reply, uint32_t form, size_t text_len,
                                size_t json_len, int64_t expires_at, const char *revision,
                                size_t revision_len)
{
    prefect_secrets_commit commit;
    memset(&commit, 0, sizeof commit);
    commit.struct_size = (uint32_t)sizeof commit;
    commit.form = form;
    commit.text_len = text_len;
    commit.json_len = json_len;
    commit.expires_at = expires_at;
    commit.revision = go_slice(revision, revision_len);
    return reply->commit(reply, &commit);
}

static inline void go_fail(prefect_secrets_reply *reply, const char *what, size_t what_len,
                           const char *next_step, size_t next_step_len)
{
    reply->fail(reply, go_slice(what, what_len), go_slice(next_step, next_step_len));
}

static inline int32_t go_add(prefect_secrets_listing *listing, const char *name, size_t name_len)
{
    return listing->add(listing, go_slice(name, name_len));
}

#endif
