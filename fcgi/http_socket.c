/*
 * The listening socket and its file. A file that is left over from a program
 * that ended badly refuses connections: that is how it is told from one that
 * is in use. Rights are set between bind(2) and listen(2), when nobody can
 * connect yet.
 */
#include <errno.h>
#include <grp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "fcgi/http_internal.h"
#include "fcgi/request.h"

enum {
    /* Connections the kernel holds for us; it cuts this to its own bound. */
    LISTEN_BACKLOG = 4096,
    SOCKET_FILE_MODE = 0660,
};

static enum chat_result log_failure(const char *step, const char *path)
{
    log_error("event=listen_failed step=%s socket=%s error=%s", step,
              LOG_QUOTED(path), LOG_QUOTED(strerror(errno)));
    return CHAT_SYSTEM;
}

static const struct sockaddr *address(const struct http_socket *listener)
{
    return (const void *)&listener->place;
}

/* CHAT_OK: a socket file lies there and nobody listens on it. */
static enum chat_result probe(const struct http_socket *listener)
{
    const char *path = listener->place.sun_path;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return log_failure("socket", path);
    int status = connect(fd, address(listener), sizeof(listener->place));
    int reason = status == 0 ? 0 : errno;
    close(fd);
    if (reason == ECONNREFUSED)
        return CHAT_OK;
    if (reason == 0 || reason == EAGAIN) { /* EAGAIN: its queue is full */
        log_error("event=listen_failed step=bind socket=%s error=\"another "
                  "program listens there\"",
                  LOG_QUOTED(path));
        return CHAT_IN_USE;
    }
    errno = reason;
    return log_failure("connect", path);
}

/* Removes a left-over socket file, and never a file of another kind. */
static enum chat_result remove_stale(const struct http_socket *listener)
{
    const char *path = listener->place.sun_path;
    struct stat file;
    if (lstat(path, &file) != 0)
        return errno == ENOENT ? CHAT_OK : log_failure("lstat", path);
    if (!S_ISSOCK(file.st_mode)) {
        errno = ENOTSOCK;
        return log_failure("lstat", path);
    }
    enum chat_result result = probe(listener);
    if (result != CHAT_OK)
        return result;
    if (unlink(path) != 0 && errno != ENOENT)
        return log_failure("unlink", path);
    log_info("event=stale_socket_removed socket=%s", LOG_QUOTED(path));
    return CHAT_OK;
}

/* The group called `group`, or of that number. */
static bool group_find(const char *group, gid_t *gid_out)
{
    int64_t number;
    const struct group *entry = getgrnam(group);
    if (entry != NULL) {
        *gid_out = entry->gr_gid;
        return true;
    }
    if (number_parse(group, &number) != CHAT_OK || number >= UINT32_MAX)
        return false;
    *gid_out = (gid_t)number;
    return true;
}

static enum chat_result set_group(const char *path, const char *group)
{
    gid_t gid;
    if (*group == '\0')
        return CHAT_OK;
    if (!group_find(group, &gid)) {
        log_error("event=listen_failed step=group group=%s error=\"no such "
                  "group\"",
                  LOG_QUOTED(group));
        return CHAT_SYSTEM;
    }
    return chown(path, (uid_t)-1, gid) == 0 ? CHAT_OK
                                            : log_failure("chown", path);
}

/* The bound socket's file: whose, for whom, and which one it is. */
static enum chat_result set_up_file(struct http_socket *listener,
                                    const char *group)
{
    const char *path = listener->place.sun_path;
    struct stat file;
    enum chat_result result = set_group(path, group);
    if (result != CHAT_OK)
        return result;
    if (chmod(path, SOCKET_FILE_MODE) != 0)
        return log_failure("chmod", path);
    if (stat(path, &file) != 0)
        return log_failure("stat", path);
    listener->device = file.st_dev;
    listener->inode = file.st_ino;
    return CHAT_OK;
}

/* From a socket to a listening one; on failure no file is left. */
static enum chat_result bind_and_listen(struct http_socket *listener,
                                        const char *group)
{
    const char *path = listener->place.sun_path;
    if (bind(listener->fd, address(listener), sizeof(listener->place)) != 0)
        return log_failure("bind", path);
    enum chat_result result = set_up_file(listener, group);
    if (result == CHAT_OK && listen(listener->fd, LISTEN_BACKLOG) != 0)
        result = log_failure("listen", path);
    if (result != CHAT_OK)
        unlink(path);
    return result;
}

enum chat_result http_socket_open(const char *path, const char *group,
                                  struct http_socket *socket_out)
{
    struct http_socket listener = {.place.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof(listener.place.sun_path)) {
        errno = ENAMETOOLONG;
        return log_failure("path", path);
    }
    memcpy(listener.place.sun_path, path, strlen(path));
    enum chat_result result = remove_stale(&listener);
    if (result != CHAT_OK)
        return result;
    listener.fd =
        socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener.fd < 0)
        return log_failure("socket", path);
    result = bind_and_listen(&listener, group);
    if (result != CHAT_OK) {
        close(listener.fd);
        return result;
    }
    *socket_out = listener;
    return CHAT_OK;
}

void http_socket_close(struct http_socket *listener)
{
    struct stat file;
    if (listener->fd < 0)
        return;
    if (stat(listener->place.sun_path, &file) == 0 &&
        file.st_dev == listener->device && file.st_ino == listener->inode)
        unlink(listener->place.sun_path);
    close(listener->fd);
    listener->fd = -1;
}
