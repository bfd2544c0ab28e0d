/*
 * The broker's end: one raw REP socket. A raw message brings its way back in
 * its header, the connection (nng's pipe) and the client's request id, both
 * 32 bits in network order; the ticket keeps them, and a reply with the same
 * header finds its way, whenever it is sent.
 *
 *     nng's threads                     the loop
 *     connection came  -> peers         link_server_receive()
 *     connection went  -> peers,           unproven: handshake
 *                         changed (fd)     proven: to the caller
 *                                       link_server_next_gone()
 *
 * nng closes connections by itself on its threads, so nothing here waits for
 * anybody. Who breaks the protocol loses the connection; what is logged about
 * that is bounded.
 */
#include <arpa/inet.h>
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <nng/nng.h>
#include <nng/protocol/reqrep0/rep.h>
#include <sodium.h>

#include "common/link.h"
#include "common/link_internal.h"
#include "common/link_peers.h"
#include "common/log.h"

enum {
    /* Frames from strangers that one link_server_receive() looks at. */
    STRANGERS_PER_CALL = 64,
    /* So many refusals are logged in so long; the rest is counted. */
    REFUSALS_LOGGED_MAX = 4,
    REFUSALS_PERIOD_MS = 5000,
    /* nng's own bound on the length of a socket's queues. */
    QUEUE_MESSAGES_MAX = 8192,
};

struct link_server {
    unsigned char secret[LINK_SECRET_BYTES];
    struct link_peers *peers;
    nng_socket socket;
    nng_listener listener;
    nng_msg *held; /* what the last request's `data` points into */
    int request_fd;
    int change_fd; /* eventfd: a proven connection is gone */
    bool is_open;
    size_t refusals_logged; /* in this period */
    size_t refusals_unlogged;
    int64_t period_ends_ms;
};

static void drop_message(nng_msg *message)
{
    if (message != NULL)
        nng_msg_free(message);
}

static void close_connection(uint32_t connection)
{
    nng_pipe_close((nng_pipe){.id = connection});
}

/* ---- on nng's threads ---- */

static void on_connection_came(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct link_server *server = context;

    (void)event;
    uint32_t evicted = link_peers_admit(server->peers, pipe.id);
    if (evicted != 0)
        close_connection(evicted);
}

static void on_connection_went(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct link_server *server = context;

    (void)event;
    if (link_peers_remove(server->peers, pipe.id))
        eventfd_write(server->change_fd, 1);
}

/* ---- opening and closing ---- */

static int set_up_socket(struct link_server *server, size_t connections_max)
{
    /* Room for what all connections together can have under way. */
    size_t queue = connections_max + LINK_UNPROVEN_MAX;
    int messages = queue < QUEUE_MESSAGES_MAX ? (int)queue : QUEUE_MESSAGES_MAX;
    int error = nng_rep0_open_raw(&server->socket);

    if (error != 0)
        return error;
    server->is_open = true;
    if ((error = nng_socket_set_size(server->socket, NNG_OPT_RECVMAXSZ,
                                     LINK_RECEIVE_BYTES_MAX)) != 0 ||
        (error = nng_socket_set_int(server->socket, NNG_OPT_RECVBUF,
                                    messages)) != 0 ||
        (error = nng_socket_set_int(server->socket, NNG_OPT_SENDBUF,
                                    messages)) != 0 ||
        (error = nng_pipe_notify(server->socket, NNG_PIPE_EV_ADD_PRE,
                                 on_connection_came, server)) != 0 ||
        (error = nng_pipe_notify(server->socket, NNG_PIPE_EV_REM_POST,
                                 on_connection_went, server)) != 0)
        return error;
    return nng_socket_get_int(server->socket, NNG_OPT_RECVFD,
                              &server->request_fd);
}

static int start_listener(struct link_server *server, const char *url,
                          nng_tls_config *tls)
{
    int error = nng_listener_create(&server->listener, server->socket, url);

    if (error == 0 && tls != NULL)
        error = nng_listener_set_ptr(server->listener, NNG_OPT_TLS_CONFIG, tls);
    if (error == 0)
        error = nng_listener_set_bool(server->listener, NNG_OPT_TCP_KEEPALIVE,
                                      true);
    return error != 0 ? error : nng_listener_start(server->listener, 0);
}

static enum chat_result start(struct link_server *server,
                              const struct link_options *options)
{
    nng_tls_config *tls = NULL;

    if (link_url_is_tls(options->url)) {
        enum chat_result result =
            link_tls_server(options->tls_certificate, options->tls_key, &tls);
        if (result != CHAT_OK)
            return result;
    }
    int error = set_up_socket(server, options->connections_max);
    if (error == 0)
        error = start_listener(server, options->url, tls);
    if (tls != NULL)
        nng_tls_config_free(tls); /* the listener holds it */
    if (error != 0)
        log_error("event=link_listen_failed url=%s error=%s",
                  LOG_QUOTED(options->url), LOG_QUOTED(nng_strerror(error)));
    return link_result_of(error);
}

static struct link_server *allocate(const struct link_options *options)
{
    struct link_server *server = calloc(1, sizeof(*server));

    if (server == NULL)
        return NULL;
    memcpy(server->secret, options->secret, sizeof(server->secret));
    server->change_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    server->peers = link_peers_new(options->connections_max);
    if (server->change_fd < 0 || server->peers == NULL) {
        link_server_close(server);
        return NULL;
    }
    return server;
}

enum chat_result link_server_open(const struct link_options *options,
                                  struct link_server **server_out)
{
    enum chat_result result = link_url_check(options->url);

    if (result == CHAT_OK)
        result = link_init_crypto();
    if (result != CHAT_OK) {
        log_error("event=link_listen_failed url=%s error=%s",
                  LOG_QUOTED(options->url), chat_result_code(result));
        return result;
    }
    struct link_server *server = allocate(options);
    if (server == NULL) {
        log_error("event=link_listen_failed error=no_memory_or_descriptor");
        return CHAT_NO_MEMORY;
    }
    result = start(server, options);
    if (result != CHAT_OK) {
        link_server_close(server);
        return result;
    }
    *server_out = server;
    return CHAT_OK;
}

static void *close_and_free(void *context)
{
    struct link_server *server = context;

    if (server->is_open)
        nng_close(server->socket);
    if (server->change_fd >= 0)
        close(server->change_fd);
    link_peers_free(server->peers);
    sodium_memzero(server->secret, sizeof(server->secret));
    free(server);
    return NULL;
}

void link_server_close(struct link_server *server)
{
    if (server == NULL)
        return;
    drop_message(server->held);
    link_close(close_and_free, server);
}

int link_server_request_fd(const struct link_server *server)
{
    return server->request_fd;
}

int link_server_change_fd(const struct link_server *server)
{
    return server->change_fd;
}

int link_server_port(const struct link_server *server)
{
    int port = -1;

    if (nng_listener_get_int(server->listener, NNG_OPT_TCP_BOUND_PORT, &port) !=
        0)
        return -1;
    return port;
}

/* ---- refusing ---- */

/* The connection's far address in `out`; "?" when it is gone already. */
static const char *peer_address(uint32_t connection, char *out, size_t size)
{
    nng_sockaddr address;
    const void *bytes = &address.s_in.sa_addr;
    int family = AF_INET;

    if (nng_pipe_get_addr((nng_pipe){.id = connection}, NNG_OPT_REMADDR,
                          &address) != 0)
        return "?";
    if (address.s_family == NNG_AF_INET6) {
        family = AF_INET6;
        bytes = address.s_in6.sa_addr;
    }
    return inet_ntop(family, bytes, out, (socklen_t)size) != NULL ? out : "?";
}

static void log_refusal(struct link_server *server, uint32_t connection,
                        enum link_refusal refusal)
{
    char address[INET6_ADDRSTRLEN];

    if (server->refusals_logged == REFUSALS_LOGGED_MAX) {
        server->refusals_unlogged++;
        return;
    }
    server->refusals_logged++;
    log_warn("event=link_refused reason=%s peer=%s connection=%u",
             link_refusal_word(refusal),
             peer_address(connection, address, sizeof(address)), connection);
}

static void break_off(struct link_server *server, uint32_t connection,
                      enum link_refusal refusal)
{
    log_refusal(server, connection, refusal);
    close_connection(connection);
}

/* Begins a new period of the bound on log lines, and closes the old one. */
static void report_unlogged(struct link_server *server, int64_t now_ms)
{
    if (now_ms < server->period_ends_ms)
        return;
    server->period_ends_ms = now_ms + REFUSALS_PERIOD_MS;
    size_t evicted = link_peers_take_evicted(server->peers);
    if (server->refusals_unlogged > 0 || evicted > 0)
        log_warn("event=link_refused reason=crowd refused=%zu pushed_out=%zu",
                 server->refusals_unlogged, evicted);
    server->refusals_logged = 0;
    server->refusals_unlogged = 0;
}

/* ---- sending ---- */

/*
 * Takes `message`, which may be NULL for want of memory. nng's queue has room
 * for all that may be under way; a client that asks faster than one request
 * at a time loses its connection when it has filled it.
 */
static void send_message(struct link_server *server, struct link_ticket ticket,
                         nng_msg *message)
{
    if (message != NULL &&
        nng_msg_header_append_u32(message, ticket.connection) == 0 &&
        nng_msg_header_append_u32(message, ticket.request) == 0 &&
        nng_sendmsg(server->socket, message, NNG_FLAG_NONBLOCK) == 0)
        return;
    drop_message(message);
    log_error("event=link_reply_lost connection=%u", ticket.connection);
    close_connection(ticket.connection);
}

enum chat_result link_server_reply(struct link_server *server,
                                   struct link_ticket ticket, const void *data,
                                   size_t length)
{
    if (length > LINK_MESSAGE_BYTES_MAX)
        return CHAT_TOO_LARGE;
    send_message(server, ticket, link_message_data(data, length));
    return CHAT_OK;
}

/* ---- receiving ---- */

/*
 * The way back, from the raw header. A client of ours is connected directly:
 * a longer header is a message that went through a proxy (nng's device).
 */
static bool read_ticket(nng_msg *message, struct link_ticket *ticket_out)
{
    struct link_ticket ticket;

    if (nng_msg_header_len(message) != 2 * sizeof(uint32_t) ||
        nng_msg_header_trim_u32(message, &ticket.connection) != 0 ||
        nng_msg_header_trim_u32(message, &ticket.request) != 0)
        return false;
    *ticket_out = ticket;
    return true;
}

static void answer_stranger(struct link_server *server,
                            struct link_ticket ticket, nng_msg *message)
{
    struct link_answer answer = {.frame.length = 0};
    enum chat_result result = link_peers_handshake(
        server->peers, ticket.connection, server->secret, nng_msg_body(message),
        nng_msg_len(message), &answer);

    if (result == CHAT_OK)
        log_info("event=link_proven connection=%u", ticket.connection);
    else if (result == CHAT_FORBIDDEN)
        log_refusal(server, ticket.connection, answer.refusal);
    else if (result == CHAT_CLOSED || result == CHAT_BAD_REQUEST)
        break_off(server, ticket.connection, answer.refusal);
    /* Whoever is refused in words hangs up; else link_server_expire() does. */
    if (answer.frame.length > 0)
        send_message(server, ticket, link_message_frame(&answer.frame));
}

/* Whether `message` is a request of a proven client, now held. */
static bool accept_request(struct link_server *server,
                           struct link_ticket ticket, nng_msg *message,
                           struct link_request *request_out)
{
    const unsigned char *body = nng_msg_body(message);
    size_t length = nng_msg_len(message);

    if (length == 0 || body[0] != LINK_DATA) {
        break_off(server, ticket.connection, LINK_REFUSAL_PROTOCOL);
        return false;
    }
    server->held = message;
    *request_out = (struct link_request){
        .ticket = ticket, .data = body + 1, .length = length - 1};
    return true;
}

/* Takes `message`. Whether it became a request. */
static bool serve_message(struct link_server *server, nng_msg *message,
                          struct link_request *request_out)
{
    uint32_t connection = (uint32_t)nng_pipe_id(nng_msg_get_pipe(message));
    struct link_ticket ticket;
    enum link_peer peer = link_peers_find(server->peers, connection);

    if (peer == LINK_PEER_UNKNOWN) {
        close_connection(connection);
    } else if (!read_ticket(message, &ticket)) {
        break_off(server, connection, LINK_REFUSAL_PROTOCOL);
    } else if (peer == LINK_PEER_UNPROVEN) {
        answer_stranger(server, ticket, message);
    } else if (accept_request(server, ticket, message, request_out)) {
        return true;
    }
    nng_msg_free(message);
    return false;
}

enum chat_result link_server_receive(struct link_server *server,
                                     struct link_request *request_out)
{
    drop_message(server->held);
    server->held = NULL;
    for (int i = 0; i < STRANGERS_PER_CALL; i++) {
        nng_msg *message = NULL;
        if (nng_recvmsg(server->socket, &message, NNG_FLAG_NONBLOCK) != 0)
            return CHAT_AGAIN;
        if (serve_message(server, message, request_out))
            return CHAT_OK;
    }
    return CHAT_AGAIN; /* the descriptor stays readable */
}

enum chat_result link_server_next_gone(struct link_server *server,
                                       uint32_t *connection_out)
{
    eventfd_t count;

    /* First the descriptor, then the table: one that goes now is not missed. */
    eventfd_read(server->change_fd, &count);
    return link_peers_next_gone(server->peers, connection_out);
}

void link_server_expire(struct link_server *server, int64_t now_ms)
{
    uint32_t connection;

    while ((connection = link_peers_next_expired(server->peers, now_ms)) != 0)
        close_connection(connection);
    report_unlogged(server, now_ms);
}
