/*
 * The server: accepts connections while there is room for them, and stops.
 *
 * A listening socket that cannot be served must not wake the loop: when all
 * connections are taken, or accepting fails for want of descriptors or
 * memory, the listener waits for nothing until a connection ends, or for a
 * moment. Meanwhile the kernel queues who wants to connect.
 */
#include "fcgi/http.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/log.h"
#include "fcgi/http_internal.h"

enum {
    /* In one turn of the loop, so that others get theirs. */
    ACCEPTS_PER_TURN = 64,
    ACCEPT_AGAIN_MS = 100,
};

static void listener_wait_for(struct http_server *server, unsigned events)
{
    if (selector_change(server->selector, &server->listener_watch, events) !=
        CHAT_OK)
        log_error("event=listener_change_failed error=%s",
                  LOG_QUOTED(strerror(errno)));
}

/* Not now: tries again after a moment, or when a connection has ended. */
static void pause_accepting(struct http_server *server, const char *error)
{
    if (!server->accept_failing)
        log_warn("event=accept_failed connections=%zu error=%s",
                 server->connection_count, LOG_QUOTED(error));
    server->accept_failing = true;
    /* Without the timer the listener must go on, and fail, and go on. */
    if (selector_arm(server->selector, &server->accept_again,
                     clock_mono_ms() + ACCEPT_AGAIN_MS) == CHAT_OK)
        listener_wait_for(server, 0);
}

static void on_accept_again(void *context)
{
    struct http_server *server = context;
    listener_wait_for(server, SELECTOR_READ);
}

/* False: no more for now. */
static bool accept_one(struct http_server *server)
{
    int fd =
        accept4(server->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
            pause_accepting(server, strerror(errno));
        return false;
    }
    enum chat_result result = connection_open(server, fd);
    if (result != CHAT_OK) {
        close(fd);
        pause_accepting(server, chat_result_code(result));
        return false;
    }
    server->accept_failing = false;
    return true;
}

static void on_listener(void *context, unsigned events)
{
    struct http_server *server = context;
    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        if (server->connection_count >= server->connections_max) {
            listener_wait_for(server, 0);
            return;
        }
        if (!accept_one(server))
            return;
    }
}

void http_server_connection_ended(struct http_server *server)
{
    if (server->stopped || server->listener_watch.events != 0)
        return;
    selector_disarm(server->selector, &server->accept_again);
    listener_wait_for(server, SELECTOR_READ);
}

static enum chat_result start_listening(struct http_server *server,
                                        const struct http_server_options *from)
{
    enum chat_result result = http_socket_open(
        from->socket_path, from->socket_group, &server->listener);
    if (result != CHAT_OK)
        return result;
    server->listener_watch = (struct selector_stream){
        .callback = on_listener,
        .context = server,
        .fd = server->listener.fd,
    };
    result =
        selector_add(server->selector, &server->listener_watch, SELECTOR_READ);
    if (result != CHAT_OK)
        log_error("event=listen_failed step=selector error=%s",
                  chat_result_code(result));
    return result;
}

enum chat_result http_server_open(const struct http_server_options *options,
                                  struct http_server **server_out)
{
    assert(options->connections_max > 0);
    struct http_server *server = calloc(1, sizeof(*server));
    if (server == NULL) {
        log_error("event=listen_failed step=memory");
        return CHAT_NO_MEMORY;
    }
    server->selector = options->selector;
    server->serve = options->serve;
    server->context = options->context;
    server->connections_max = options->connections_max;
    server->listener.fd = -1;
    server->accept_again.callback = on_accept_again;
    server->accept_again.context = server;
    enum chat_result result = http_parser_init(&server->parser);
    if (result != CHAT_OK)
        log_error("event=listen_failed step=libfcgi error=%s",
                  chat_result_code(result));
    else
        result = start_listening(server, options);
    if (result != CHAT_OK) {
        http_server_close(server);
        return result;
    }
    *server_out = server;
    return CHAT_OK;
}

static void stop_listening(struct http_server *server)
{
    server->stopped = true;
    selector_disarm(server->selector, &server->accept_again);
    if (server->listener.fd >= 0)
        selector_remove(server->selector, &server->listener_watch);
    http_socket_close(&server->listener);
}

void http_server_stop(struct http_server *server)
{
    stop_listening(server);
    connections_close_idle(server);
}

size_t http_server_connection_count(const struct http_server *server)
{
    return server->connection_count;
}

void http_server_close(struct http_server *server)
{
    if (server == NULL)
        return;
    stop_listening(server);
    connections_close_all(server);
    http_parser_fini(&server->parser);
    free(server);
}
