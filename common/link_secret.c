/*
 * The file of the shared secret. A new one is written beside its place, made
 * durable, and then linked to its name: link(2) fails if the name is taken,
 * so of several programs that make one at once the first wins, the others
 * read its secret, and nobody ever sees half a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "common/link.h"
#include "common/link_internal.h"
#include "common/log.h"

enum { HEX_BYTES = 2 * LINK_SECRET_BYTES };

static enum chat_result fail(const char *doing, const char *path)
{
    int error = errno;

    log_error("event=secret_failed doing=%s file=%s error=%s", doing,
              LOG_QUOTED(path), LOG_QUOTED(strerror(error)));
    errno = error;
    return CHAT_SYSTEM;
}

/* Reads up to `room` bytes, all there are; -1 as read(2). */
static ssize_t read_all(int fd, char *out, size_t room)
{
    size_t used = 0;

    while (used < room) {
        ssize_t got = read(fd, out + used, room - used);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        used += (size_t)got;
    }
    return (ssize_t)used;
}

/* The digits of `text`, and nothing but one newline after them. */
static bool parse_secret(const char *text, size_t length,
                         unsigned char secret_out[LINK_SECRET_BYTES])
{
    size_t decoded = 0;

    if (length > 0 && text[length - 1] == '\n')
        length--;
    return length == HEX_BYTES &&
           sodium_hex2bin(secret_out, LINK_SECRET_BYTES, text, length, NULL,
                          &decoded, NULL) == 0 &&
           decoded == LINK_SECRET_BYTES;
}

static enum chat_result check_mode(int fd, const char *path)
{
    struct stat status;

    if (fstat(fd, &status) != 0)
        return fail("stat", path);
    if (!S_ISREG(status.st_mode)) {
        log_error("event=secret_refused file=%s reason=not_a_file",
                  LOG_QUOTED(path));
        return CHAT_BAD_REQUEST;
    }
    if ((status.st_mode & S_IRWXO) != 0) {
        log_error("event=secret_refused file=%s reason=open_to_others "
                  "mode=%03o",
                  LOG_QUOTED(path), (unsigned)status.st_mode & 0777U);
        return CHAT_FORBIDDEN;
    }
    return CHAT_OK;
}

static enum chat_result read_open_secret(int fd, const char *path,
                                         unsigned char *secret_out)
{
    char text[HEX_BYTES + 2]; /* one more than there may be */
    unsigned char secret[LINK_SECRET_BYTES];
    enum chat_result result = check_mode(fd, path);

    if (result != CHAT_OK)
        return result;
    ssize_t length = read_all(fd, text, sizeof(text));
    if (length < 0)
        return fail("read", path);
    if (parse_secret(text, (size_t)length, secret)) {
        memcpy(secret_out, secret, sizeof(secret));
    } else {
        log_error("event=secret_refused file=%s reason=not_%d_hex_digits",
                  LOG_QUOTED(path), HEX_BYTES);
        result = CHAT_BAD_REQUEST;
    }
    sodium_memzero(text, sizeof(text));
    sodium_memzero(secret, sizeof(secret));
    return result;
}

/* CHAT_NOT_FOUND is not logged: the caller may make one. */
static enum chat_result read_secret(const char *path, unsigned char *secret_out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == ENOENT)
        return CHAT_NOT_FOUND;
    if (fd < 0)
        return fail("open", path);
    enum chat_result result = read_open_secret(fd, path, secret_out);
    close(fd);
    return result;
}

/* Makes the new name in `path`'s folder durable. */
static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    memcpy(folder, path, length);
    memcpy(folder + length, ".", sizeof("."));
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool synced = fsync(fd) == 0;
    close(fd);
    return synced;
}

/* Writes a new secret to `fd`; mkostemp() has given it mode 0600. */
static bool write_secret(int fd)
{
    unsigned char secret[LINK_SECRET_BYTES];
    char text[HEX_BYTES + 1];

    randombytes_buf(secret, sizeof(secret));
    sodium_bin2hex(text, sizeof(text), secret, sizeof(secret));
    text[HEX_BYTES] = '\n';
    ssize_t written = write(fd, text, sizeof(text));
    sodium_memzero(secret, sizeof(secret));
    sodium_memzero(text, sizeof(text));
    if (written >= 0 && (size_t)written < sizeof(text)) {
        errno = ENOSPC;
        return false;
    }
    return written > 0 && fsync(fd) == 0;
}

/* CHAT_OK also when another program was faster: there is a secret now. */
static enum chat_result make_secret(const char *path)
{
    static const char suffix[] = ".XXXXXX";
    char draft[PATH_MAX];
    enum chat_result result = CHAT_OK;

    if (strlen(path) + sizeof(suffix) > sizeof(draft)) {
        errno = ENAMETOOLONG;
        return fail("name", path);
    }
    snprintf(draft, sizeof(draft), "%s%s", path, suffix);
    int fd = mkostemp(draft, O_CLOEXEC);
    if (fd < 0)
        return fail("create", path);
    if (!write_secret(fd))
        result = fail("write", path);
    else if (link(draft, path) == 0)
        log_info("event=secret_made file=%s", LOG_QUOTED(path));
    else if (errno != EEXIST)
        result = fail("link", path);
    close(fd);
    unlink(draft);
    if (result == CHAT_OK && !sync_folder(path))
        result = fail("sync", path);
    return result;
}

enum chat_result link_secret_load(const char *path, bool make,
                                  unsigned char secret_out[LINK_SECRET_BYTES])
{
    if (link_init_crypto() != CHAT_OK) {
        log_error("event=secret_failed doing=random file=%s", LOG_QUOTED(path));
        return CHAT_SYSTEM;
    }
    enum chat_result result = read_secret(path, secret_out);
    if (result == CHAT_NOT_FOUND && make) {
        result = make_secret(path);
        if (result == CHAT_OK)
            result = read_secret(path, secret_out);
    }
    if (result == CHAT_NOT_FOUND)
        log_error("event=secret_missing file=%s", LOG_QUOTED(path));
    return result;
}
