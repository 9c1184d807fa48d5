/*
 * directory.c: a complete plugin of libprefect_secrets, meant to be copied.
 *
 * Each file of one directory is a secret, called by the file's name. To make a plugin of your own,
 * keep the last function, and put your place into the others: only create, destroy and get are
 * required. It is the same provider as examples/plugin_rust, which shows the same in Rust.
 *
 *     cc -shared -fPIC -I../../include directory.c -o directory.so
 */
#define _GNU_SOURCE /* O_PATH */
#include "prefect_secrets_provider.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* The largest value: 16 MiB. */
#define LARGEST ((size_t)16 << 20)

/* An instance. It never changes after create, so that calls may overlap (THREAD_SAFE). */
typedef struct directory {
    char path[1]; /* as long as it has to be */
} directory;

/* ---- failures: the status says what the caller can do, the texts say what and how ----------- */

static int32_t not_a_file(prefect_secrets_reply *reply)
{
    return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID,
                                      "what has this name is not a regular file",
                                      "put the file itself there, not a directory or a link");
}

static int32_t too_large(prefect_secrets_reply *reply)
{
    return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID,
                                      "the value is larger than 16 MiB", "store a smaller value");
}

static int32_t no_directory(prefect_secrets_reply *reply, int error)
{
    switch (error) {
    case ENOENT:
    case ENOTDIR: /* an outage, not absence: the file may be there when the directory is back */
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE,
                                          "the directory is not there",
                                          "create or mount it, or correct the setting `directory`");
    case EACCES:
    case EPERM:
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_DENIED,
                                          "this user may not use the directory",
                                          "give this user the permission with chmod or chown");
    default:
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE,
                                          "the directory cannot be read at present",
                                          "look into the system's log for the disk or the mount");
    }
}

static int32_t no_file(prefect_secrets_reply *reply, int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_DENIED,
                                          "this user may not read the file",
                                          "give this user the permission with chmod or chown");
    case ELOOP: /* a link */
    case ENXIO: /* a socket, or a device without a driver */
        return not_a_file(reply);
    default:
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE,
                                          "the file cannot be read at present",
                                          "look into the system's log for the disk or the mount");
    }
}

static int32_t not_written(prefect_secrets_reply *reply, int error)
{
    switch (error) {
    case EACCES:
    case EPERM:
    case EROFS:
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_DENIED,
                                          "this user may not write to the directory",
                                          "give this user the permission with chmod or chown");
    case EISDIR:
        return not_a_file(reply);
    default:
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE,
                                          "the directory cannot be written at present",
                                          "make room on the disk, or look into the system's log");
    }
}

/* Keeps the promise of HONORS_DEADLINES: asked before each piece of work. 0: go on. */
static int32_t too_late(const prefect_secrets_request *request, prefect_secrets_reply *reply,
                        const char *what)
{
    if (!request->should_stop(request))
        return PREFECT_SECRETS_OK;
    return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_TIMED_OUT, what,
                                      "allow more time, or find out what is slow");
}

/* ---- names -------------------------------------------------------------------------------- */

/* Copies a name that a file can have, with a NUL behind it. 0: no file can have this name, so it
 * is absent; among them those that would lead out of the directory. */
static int file_name(prefect_secrets_slice name, char copy[256])
{
    if (name.len == 0 || name.len > 255)
        return 0;
    if (memchr(name.data, '/', name.len) || memchr(name.data, '\0', name.len))
        return 0;
    memcpy(copy, name.data, name.len);
    copy[name.len] = '\0';
    return strcmp(copy, ".") != 0 && strcmp(copy, "..") != 0;
}

/* 1 if text is UTF-8, which the names in a listing are. */
static int is_utf8(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at) {
        unsigned long least = 0, code = *at++;
        int more = 0;
        if (code >= 0xf0 && code <= 0xf4)
            more = 3, code &= 0x07, least = 0x10000;
        else if (code >= 0xe0 && code <= 0xef)
            more = 2, code &= 0x0f, least = 0x800;
        else if (code >= 0xc2 && code <= 0xdf)
            more = 1, code &= 0x1f, least = 0x80;
        else if (code >= 0x80)
            return 0;
        for (; more > 0; more--, at++) {
            if ((*at & 0xc0) != 0x80)
                return 0;
            code = code << 6 | (*at & 0x3fu);
        }
        if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
            return 0;
    }
    return 1;
}

/* ---- create and destroy ------------------------------------------------------------------- */

static int32_t create(const prefect_secrets_create *create, void **instance,
                      prefect_secrets_reply *reply)
{
    const char *next_step = "set it to the absolute path of a directory";
    prefect_secrets_slice path;
    directory *self;
    if (create->setting(create, prefect_secrets_str("directory"), &path) != PREFECT_SECRETS_OK)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID,
                                          "the setting `directory` is missing", next_step);
    if (path.len == 0 || path.data[0] != '/' || memchr(path.data, '\0', path.len))
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_INVALID,
                                          "the setting `directory` is no absolute path", next_step);
    self = malloc(sizeof *self + path.len);
    if (!self)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNAVAILABLE, "no memory is left",
                                          "give the process more memory");
    memcpy(self->path, path.data, path.len);
    self->path[path.len] = '\0';
    *instance = self;
    return PREFECT_SECRETS_OK;
}

static void destroy(void *instance)
{
    free(instance);
}

/* Opened for each call: a plugin that holds no descriptor leaves none behind. */
static int open_directory(void *instance)
{
    const directory *self = instance;
    return open(self->path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

/* ---- get ---------------------------------------------------------------------------------- */

/* Reads the file straight into the host's memory, which the host will wipe: there is no other
 * copy of the value, and nothing to wipe here. */
static int32_t read_file(int file, prefect_secrets_reply *reply)
{
    struct stat status;
    size_t size;
    if (fstat(file, &status) != 0)
        return no_file(reply, errno);
    if (!S_ISREG(status.st_mode))
        return not_a_file(reply);
    for (size = (size_t)status.st_size;; size = size < 2048 ? 4096 : 2 * size) {
        /* One byte more, to see whether the file has grown meanwhile. */
        size_t room = size + 1, len = 0;
        uint8_t *place;
        if (size > LARGEST)
            return too_large(reply);
        place = reply->reserve(reply, room);
        if (!place)
            return too_large(reply);
        while (len < room) {
            ssize_t got = pread(file, place + len, room - len, (off_t)len);
            if (got > 0)
                len += (size_t)got;
            else if (got == 0)
                return prefect_secrets_reply_commit(reply, PREFECT_SECRETS_FORM_TEXT, len);
            else if (errno != EINTR)
                return no_file(reply, errno);
        }
    }
}

/* The file called name in the directory at, which is open. */
static int32_t get_from(int at, const prefect_secrets_request *request, prefect_secrets_slice name,
                        prefect_secrets_reply *reply)
{
    char copy[256];
    int32_t status;
    int file;
    if (!file_name(name, copy))
        return PREFECT_SECRETS_ABSENT;
    status = too_late(request, reply, "the deadline passed while reading a file");
    if (status != PREFECT_SECRETS_OK)
        return status;
    /* A link is not followed: it could lead out of the directory. A pipe is not waited for. */
    file = openat(at, copy, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? PREFECT_SECRETS_ABSENT : no_file(reply, errno);
    status = read_file(file, reply);
    close(file);
    return status;
}

static int32_t get(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    int32_t status;
    int at = open_directory(instance);
    if (at < 0)
        return no_directory(reply, errno);
    status = get_from(at, request, name, reply);
    close(at);
    return status;
}

/* As get, with the directory opened once. A name that fails does not fail the others. */
static int32_t get_many(void *instance, const prefect_secrets_request *request,
                        const prefect_secrets_slice *names, size_t count,
                        prefect_secrets_reply *const *replies, int32_t *statuses)
{
    size_t i;
    int at;
    if (count == 0)
        return PREFECT_SECRETS_OK;
    at = open_directory(instance);
    if (at < 0)
        return no_directory(replies[0], errno);
    for (i = 0; i < count; i++)
        statuses[i] = get_from(at, request, names[i], replies[i]);
    close(at);
    return PREFECT_SECRETS_OK;
}

/* ---- set, delete, list --------------------------------------------------------------------- */

/* A new file that only this user can read, under a name that a list leaves out. */
static int temporary_file(int at, char name[64])
{
    int attempt, file = -1;
    for (attempt = 0; attempt < 1000 && file < 0; attempt++) {
        sprintf(name, ".prefect-secrets-%ld-%d", (long)getpid(), attempt);
        file = openat(at, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file < 0 && errno != EEXIST)
            return -1;
    }
    return file;
}

static int write_all(int file, prefect_secrets_slice bytes)
{
    while (bytes.len > 0) {
        ssize_t wrote = write(file, bytes.data, bytes.len);
        if (wrote < 0 && errno != EINTR)
            return -1;
        if (wrote > 0) {
            bytes.data += wrote;
            bytes.len -= (size_t)wrote;
        }
    }
    return fsync(file);
}

/* Writes a new file and moves it into place: whoever reads meanwhile gets the old value or the
 * new one, and never a part. Only the text is kept: a file has no place for a JSON view. */
static int32_t set(void *instance, const prefect_secrets_request *request,
                   prefect_secrets_slice name, const prefect_secrets_value *value,
                   prefect_secrets_reply *reply)
{
    char copy[256], temporary[64];
    int at, file, error = 0;
    int32_t status;
    if (!file_name(name, copy))
        return prefect_secrets_reply_fail(
            reply, PREFECT_SECRETS_INVALID, "no file can have this name",
            "use a name of 1 to 255 bytes without '/', not \".\" and not \"..\"");
    if (value->form == PREFECT_SECRETS_FORM_TEXT_WITH_JSON)
        return prefect_secrets_reply_fail(reply, PREFECT_SECRETS_UNSUPPORTED,
                                          "a file has no room for a JSON view beside its text",
                                          "set the value as text or as JSON");
    status = too_late(request, reply, "the deadline passed while writing a file");
    if (status != PREFECT_SECRETS_OK)
        return status;
    at = open_directory(instance);
    if (at < 0)
        return no_directory(reply, errno);
    if (value->text.len > LARGEST) {
        close(at);
        return too_large(reply);
    }
    file = temporary_file(at, temporary);
    if (file < 0) {
        error = errno;
    } else {
        if (write_all(file, value->text) != 0 || renameat(at, temporary, at, copy) != 0) {
            error = errno;
            unlinkat(at, temporary, 0);
        }
        close(file);
    }
    close(at);
    return error ? not_written(reply, error) : PREFECT_SECRETS_OK;
}

static int32_t delete_(void *instance, const prefect_secrets_request *request,
                       prefect_secrets_slice name, prefect_secrets_reply *reply)
{
    char copy[256];
    int at, error;
    int32_t status;
    if (!file_name(name, copy))
        return PREFECT_SECRETS_ABSENT;
    status = too_late(request, reply, "the deadline passed while removing a file");
    if (status != PREFECT_SECRETS_OK)
        return status;
    at = open_directory(instance);
    if (at < 0)
        return no_directory(reply, errno);
    error = unlinkat(at, copy, 0) == 0 ? 0 : errno;
    close(at);
    if (error == ENOENT)
        return PREFECT_SECRETS_ABSENT;
    return error ? not_written(reply, error) : PREFECT_SECRETS_OK;
}

/* The regular files whose names are UTF-8 and do not start with a dot. */
static int32_t list(void *instance, const prefect_secrets_request *request,
                    prefect_secrets_listing *listing, prefect_secrets_reply *reply)
{
    const directory *self = instance;
    int32_t status = PREFECT_SECRETS_OK;
    DIR *open = opendir(self->path);
    if (!open)
        return no_directory(reply, errno);
    while (status == PREFECT_SECRETS_OK) {
        struct stat file;
        struct dirent *entry;
        errno = 0;
        entry = readdir(open);
        if (!entry) {
            status = errno ? no_directory(reply, errno) : PREFECT_SECRETS_OK;
            break;
        }
        status = too_late(request, reply, "the deadline passed while listing the directory");
        if (status != PREFECT_SECRETS_OK || entry->d_name[0] == '.' || !is_utf8(entry->d_name))
            continue;
        if (fstatat(dirfd(open), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(file.st_mode))
            status = listing->add(listing, prefect_secrets_str(entry->d_name));
    }
    closedir(open);
    return status;
}

/* ---- the one function that is exported ------------------------------------------------------ */

PREFECT_SECRETS_EXPORT const prefect_secrets_provider *prefect_secrets_provider_v1(void)
{
    /* Filled by the compiler, so that two threads may ask for it at once. */
    static const prefect_secrets_provider provider = {
        .struct_size = sizeof provider,
        .major = PREFECT_SECRETS_PROVIDER_MAJOR,
        .minor = PREFECT_SECRETS_PROVIDER_MINOR,
        .capabilities = PREFECT_SECRETS_GET_MANY | PREFECT_SECRETS_SET | PREFECT_SECRETS_DELETE |
                        PREFECT_SECRETS_LIST | PREFECT_SECRETS_THREAD_SAFE |
                        PREFECT_SECRETS_HONORS_DEADLINES,
        .id = {(const uint8_t *)"directory-c", sizeof "directory-c" - 1},
        .create = create,
        .destroy = destroy,
        .get = get,
        .get_many = get_many,
        .set = set,
        .delete_ = delete_,
        .list = list,
    };
    return &provider;
}
