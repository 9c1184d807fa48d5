/* What the C programs of these tests share. */
#ifndef CHECK_H
#define CHECK_H

#include <prefect_secrets.h>
#include <stdio.h>
#include <stdlib.h>

/* Ends the program when something does not hold. */
#define CHECK(what)                                                                               \
    do {                                                                                          \
        if (!(what)) {                                                                            \
            fprintf(stderr, "%s:%d: this does not hold: %s\n", __FILE__, __LINE__, #what);        \
            exit(1);                                                                              \
        }                                                                                         \
    } while (0)

/* Checks a status, and says what the error says when it is another one. */
#define CHECK_STATUS(call, expected)                                                              \
    do {                                                                                          \
        int32_t got_ = (call);                                                                    \
        if (got_ != (expected)) {                                                                 \
            prefect_secrets_slice said_ = prefect_secrets_error_message(error);                   \
            fprintf(stderr, "%s:%d: %s gives %d, not " #expected ": %.*s\n", __FILE__, __LINE__,  \
                    #call, (int)got_, PREFECT_SECRETS_PRINT(said_));                              \
            exit(1);                                                                              \
        }                                                                                         \
    } while (0)

#define OK(call) CHECK_STATUS(call, PREFECT_SECRETS_OK)
#define ABSENT(call) CHECK_STATUS(call, PREFECT_SECRETS_ABSENT)

/* Checks a failure with its error object, and frees that. */
#define FAILS(call, expected)                                                                     \
    do {                                                                                          \
        CHECK(error == NULL);                                                                     \
        CHECK_STATUS(call, expected);                                                             \
        CHECK(error != NULL);                                                                     \
        CHECK(prefect_secrets_error_status(error) == (expected));                                 \
        CHECK(prefect_secrets_error_message(error).len > 0);                                      \
        CHECK(prefect_secrets_error_next_step(error).len > 0);                                    \
        prefect_secrets_error_free(error);                                                        \
        error = NULL;                                                                             \
    } while (0)

static inline prefect_secrets_slice str(const char *text) { return prefect_secrets_str(text); }

static inline int is(prefect_secrets_slice slice, const char *text)
{
    return prefect_secrets_equal(slice, prefect_secrets_str(text));
}

/* Whether slice holds text somewhere. */
static inline int holds(prefect_secrets_slice slice, const char *text)
{
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= slice.len; i++)
        if (memcmp(slice.data + i, text, len) == 0)
            return 1;
    return 0;
}

#endif
