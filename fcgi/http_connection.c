/*
 * Connections and exchanges. A connection is in one of three states:
 *
 *     READING  ── a whole request ──>  SERVING  ── answered ──>  REPLYING
 *        ^                                                          │
 *        └──────────── all written, and the peer keeps it ──────────┘
 *
 * READING has a deadline from the first byte of a request on, REPLYING from
 * the moment that something has to wait for the peer. SERVING may last: the
 * long polls are here. It costs nothing, as the selector reports arrivals
 * edge-triggered and no registration changes from poll to poll.
 *
 * Whatever happens while SERVING means that the browser is gone: nginx closes
 * the connection, others may send FCGI_ABORT_REQUEST, and a peer that sends
 * anything else does not keep to one request at a time. A half-closed
 * connection is gone as well.
 *
 * A reply may also go out in parts while SERVING, for as long as its owner
 * likes; then only its last part ends the exchange.
 *
 * An exchange belongs to whoever serves it and outlives its connection if
 * nobody asked to be called: then it waits among the server's orphans for the
 * answer that nobody will read.
 *
 * Closing a connection frees it, also within its own callback: so whatever
 * can close it (serve, an answer, losing the peer) is done last.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/stream.h"
#include "fcgi/http_internal.h"

enum {
    REQUEST_DEADLINE_MS = 5000,
    REPLY_DEADLINE_MS = 30000,
    /* One more than a request may have, to notice that it has more. */
    INPUT_BYTES_MAX = HTTP_RECORD_REQUEST_BYTES_MAX + 1,
};

enum connection_state {
    CONNECTION_READING,
    CONNECTION_SERVING,
    CONNECTION_REPLYING,
};

struct connection {
    struct stream stream;
    struct selector_timer deadline;
    struct http_server *server;
    struct exchange *exchange; /* while SERVING */
    struct connection *prev, *next;
    enum connection_state state;
    bool keep; /* the peer wants to send another request */
};

struct exchange {
    struct http_server *server;
    struct connection *connection; /* NULL: it is gone */
    struct request *request;       /* NULL: forgotten */
    exchange_fn *gone;
    exchange_fn *written; /* NULL: nobody wants to know */
    void *owner;
    struct bytes *lead; /* header lines to go out first; NULL: none left */
    struct exchange *prev, *next; /* among the orphans */
    uint16_t request_id;
    bool ending; /* `gone` is being called */
};

/* ---- exchanges ---- */

const struct request *exchange_request(const struct exchange *exchange)
{
    return exchange->request;
}

void exchange_forget_request(struct exchange *exchange)
{
    if (exchange->request == NULL)
        return;
    request_fini(exchange->request);
    free(exchange->request);
    exchange->request = NULL;
}

void exchange_set_owner(struct exchange *exchange, exchange_fn *gone,
                        void *owner)
{
    exchange->gone = gone;
    exchange->owner = owner;
}

void exchange_on_written(struct exchange *exchange, exchange_fn *written)
{
    exchange->written = written;
}

void exchange_lead_with(struct exchange *exchange, struct bytes *lines)
{
    bytes_drop(exchange->lead);
    exchange->lead = bytes_share(lines);
}

static void exchange_free(struct exchange *exchange)
{
    exchange_forget_request(exchange);
    bytes_drop(exchange->lead);
    free(exchange);
}

/* The connection has just ended under it. */
static void exchange_lose_connection(struct exchange *exchange)
{
    exchange->connection = NULL;
    if (exchange->gone == NULL) {
        DL_APPEND(exchange->server->orphans, exchange);
        return;
    }
    exchange->ending = true;
    exchange->gone(exchange->owner, exchange);
    exchange_free(exchange);
}

/*
 * Makes an exchange of the request in `input`. CHAT_OK, or an error of
 * http_parser_read().
 */
static enum chat_result exchange_new(struct connection *connection,
                                     const struct http_record_request *whole,
                                     struct exchange **exchange_out)
{
    struct exchange *exchange = calloc(1, sizeof(*exchange));
    struct request *request = calloc(1, sizeof(*request));
    enum chat_result result = CHAT_NO_MEMORY;
    if (exchange != NULL && request != NULL)
        result = http_parser_read(&connection->server->parser,
                                  connection->stream.input, whole, request);
    if (result != CHAT_OK) {
        free(request);
        free(exchange);
        return result;
    }
    exchange->server = connection->server;
    exchange->connection = connection;
    exchange->request = request;
    exchange->request_id = whole->request_id;
    *exchange_out = exchange;
    return CHAT_OK;
}

/* ---- the end of a connection ---- */

/* Closes and frees it; the exchange, if any, has been taken from it. */
static void connection_close(struct connection *connection)
{
    struct http_server *server = connection->server;
    assert(connection->exchange == NULL);
    selector_disarm(server->selector, &connection->deadline);
    stream_close(&connection->stream);
    DL_DELETE(server->connections, connection);
    server->connection_count--;
    free(connection);
    http_server_connection_ended(server);
}

static void connection_lose_peer(struct connection *connection)
{
    struct exchange *exchange = connection->exchange;
    connection->exchange = NULL;
    connection_close(connection);
    if (exchange != NULL)
        exchange_lose_connection(exchange);
}

static void connection_refuse(struct connection *connection, const char *reason)
{
    log_warn("event=fastcgi_refused bytes=%zu reason=%s",
             connection->stream.input_bytes, reason);
    connection_lose_peer(connection);
}

static void on_deadline(void *context)
{
    struct connection *connection = context;
    log_warn("event=fastcgi_timeout state=%s",
             connection->state == CONNECTION_READING ? "reading" : "replying");
    connection_lose_peer(connection);
}

static enum chat_result deadline_set(struct connection *connection,
                                     int64_t after_ms)
{
    return selector_arm(connection->server->selector, &connection->deadline,
                        clock_mono_ms() + after_ms);
}

/* ---- READING ---- */

/* Nothing may follow: whoever serves may answer, which may close it. */
static void serve_request(struct connection *connection,
                          const struct http_record_request *whole)
{
    struct http_server *server = connection->server;
    struct exchange *exchange;
    enum chat_result result = exchange_new(connection, whole, &exchange);
    if (result != CHAT_OK) {
        connection_refuse(connection, chat_result_code(result));
        return;
    }
    stream_consume(&connection->stream, whole->length);
    selector_disarm(server->selector, &connection->deadline);
    connection->keep = whole->keep;
    connection->exchange = exchange;
    connection->state = CONNECTION_SERVING;
    server->serve(server->context, exchange);
}

static void wait_for_rest(struct connection *connection)
{
    if (!connection->deadline.armed &&
        deadline_set(connection, REQUEST_DEADLINE_MS) != CHAT_OK)
        connection_refuse(connection, "no_memory");
}

static void look_at_input(struct connection *connection)
{
    struct http_record_request whole;
    switch (http_record_walk(connection->stream.input,
                             connection->stream.input_bytes, &whole)) {
    case HTTP_RECORD_WHOLE:
        serve_request(connection, &whole);
        break;
    case HTTP_RECORD_NEED_MORE:
        wait_for_rest(connection);
        break;
    case HTTP_RECORD_BAD:
        connection_refuse(connection, "bad_records");
        break;
    case HTTP_RECORD_TOO_LARGE:
        connection_refuse(connection, "too_large");
        break;
    }
}

static void connection_receive(struct connection *connection)
{
    enum chat_result result =
        stream_receive(&connection->stream, INPUT_BYTES_MAX);
    if (result == CHAT_AGAIN)
        return;
    if (result == CHAT_OK && connection->state == CONNECTION_READING)
        look_at_input(connection);
    else
        connection_lose_peer(connection);
}

/* ---- REPLYING ---- */

/* All is written. False: the connection is closed. */
static bool reply_is_written(struct connection *connection)
{
    if (!connection->keep || connection->server->stopped) {
        connection_close(connection);
        return false;
    }
    selector_disarm(connection->server->selector, &connection->deadline);
    connection->state = CONNECTION_READING;
    return true;
}

/* `reply`, or a copy with that request id. NULL: no memory. */
static struct bytes *reply_address(struct bytes *reply, uint16_t request_id)
{
    if (request_id == 1)
        return bytes_share(reply);
    struct bytes *copy = bytes_new(reply->data, reply->length);
    if (copy != NULL)
        http_record_set_request_id(copy->data, copy->length, request_id);
    return copy;
}

static void connection_reply(struct connection *connection, struct bytes *reply)
{
    enum chat_result result = stream_send(&connection->stream, reply, SIZE_MAX);
    connection->state = CONNECTION_REPLYING;
    if (result == CHAT_OK && stream_pending_bytes(&connection->stream) > 0)
        result = deadline_set(connection, REPLY_DEADLINE_MS);
    else if (result == CHAT_OK)
        (void)reply_is_written(connection);
    if (result != CHAT_OK)
        connection_close(connection);
}

/* CHAT_OK, also if there is nothing to lead with, or any more. */
static enum chat_result send_lead(struct exchange *exchange)
{
    struct bytes *lead = exchange->lead;
    enum chat_result result = CHAT_NO_MEMORY;
    if (lead == NULL)
        return CHAT_OK;
    struct bytes *addressed = reply_address(lead, exchange->request_id);
    if (addressed != NULL)
        result =
            stream_send(&exchange->connection->stream, addressed, SIZE_MAX);
    bytes_drop(addressed);
    bytes_drop(lead);
    exchange->lead = NULL;
    return result;
}

void exchange_answer(struct exchange *exchange, struct bytes *reply)
{
    struct connection *connection = exchange->connection;
    struct bytes *addressed = NULL;
    assert(!exchange->ending);
    if (connection == NULL)
        DL_DELETE(exchange->server->orphans, exchange);
    else if (reply != NULL && send_lead(exchange) == CHAT_OK)
        addressed = reply_address(reply, exchange->request_id);
    exchange_free(exchange);
    if (connection == NULL)
        return;
    connection->exchange = NULL;
    if (addressed != NULL)
        connection_reply(connection, addressed);
    else
        connection_close(connection);
    bytes_drop(addressed);
}

/* ---- parts ---- */

enum chat_result exchange_send(struct exchange *exchange, struct bytes *part,
                               size_t pending_bytes_max)
{
    assert(exchange->connection != NULL && exchange->gone != NULL);
    assert(!exchange->ending);
    struct stream *stream = &exchange->connection->stream;
    if (stream_pending_bytes(stream) == 0)
        pending_bytes_max = SIZE_MAX;
    enum chat_result result = send_lead(exchange);
    struct bytes *addressed = reply_address(part, exchange->request_id);
    if (addressed == NULL)
        result = CHAT_NO_MEMORY;
    if (result == CHAT_OK)
        result = stream_send(stream, addressed, pending_bytes_max);
    bytes_drop(addressed);
    return result == CHAT_SYSTEM ? CHAT_CLOSED : result;
}

/* Nothing may follow: whoever is told may answer. */
static void tell_written(struct exchange *exchange)
{
    if (exchange->written != NULL)
        exchange->written(exchange->owner, exchange);
}

/* ---- life ---- */

/*
 * A hang-up counts before anything that may have arrived with it. (One that
 * comes after the wait that told us of bytes is an edge of its own.)
 */
static void on_stream(void *context, unsigned events)
{
    struct connection *connection = context;
    if ((events & SELECTOR_HANGUP) != 0) {
        connection_lose_peer(connection);
        return;
    }
    if (connection->state == CONNECTION_REPLYING &&
        stream_pending_bytes(&connection->stream) == 0 &&
        !reply_is_written(connection))
        return;
    if ((events & SELECTOR_READ) != 0)
        connection_receive(connection);
    else if (connection->state == CONNECTION_SERVING)
        tell_written(connection->exchange);
}

enum chat_result connection_open(struct http_server *server, int fd)
{
    struct connection *connection = calloc(1, sizeof(*connection));
    if (connection == NULL)
        return CHAT_NO_MEMORY;
    connection->server = server;
    connection->deadline.callback = on_deadline;
    connection->deadline.context = connection;
    connection->state = CONNECTION_READING;
    enum chat_result result = stream_open(
        &connection->stream, server->selector, fd,
        SELECTOR_READ | SELECTOR_HANGUP | SELECTOR_EDGE, on_stream, connection);
    if (result != CHAT_OK) {
        free(connection);
        return result;
    }
    DL_APPEND(server->connections, connection);
    server->connection_count++;
    return CHAT_OK;
}

void connections_close_idle(struct http_server *server)
{
    struct connection *connection, *next;
    DL_FOREACH_SAFE (server->connections, connection, next)
        if (connection->state == CONNECTION_READING)
            connection_close(connection);
}

void connections_close_all(struct http_server *server)
{
    struct connection *connection, *next_connection;
    struct exchange *orphan, *next_orphan;
    DL_FOREACH_SAFE (server->connections, connection, next_connection) {
        if (connection->exchange != NULL)
            exchange_free(connection->exchange);
        connection->exchange = NULL;
        connection_close(connection);
    }
    DL_FOREACH_SAFE (server->orphans, orphan, next_orphan) {
        DL_DELETE(server->orphans, orphan);
        exchange_free(orphan);
    }
}
