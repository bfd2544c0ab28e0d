/*
 * The HTTP side of the front end: a FastCGI responder on a Unix socket, and
 * the only place that knows libfcgi. It hands over whole requests as
 * exchanges and takes back one reply for each, at once or an hour later; in
 * between an exchange costs a few hundred bytes and no read or write.
 *
 * FastCGI 1.0 specification, role Responder. One request at a time per
 * connection; connections are kept when the web server asks for it. Half a
 * request has 5 s to become whole, a reply 30 s to be read; a peer that breaks
 * the protocol, or announces more than 256 KiB, loses its connection.
 */
#ifndef FCGI_HTTP_H
#define FCGI_HTTP_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/result.h"
#include "common/selector.h"
#include "fcgi/request.h"

struct http_server;

/*
 * One request and its coming reply. It ends exactly once: answered
 * (exchange_answer()), or gone (its `gone` callback). Nobody may touch it
 * after that.
 */
struct exchange;

typedef void exchange_fn(void *context, struct exchange *exchange);

struct http_server_options {
    struct selector *selector; /* epoll backend */
    const char *socket_path;
    const char *socket_group; /* "": leave it; else name or number */
    size_t connections_max;   /* beyond it, connections wait to be accepted */
    exchange_fn *serve;       /* a request arrived; owns the exchange now */
    void *context;            /* for `serve` */
};

/*
 * Listens on `socket_path`, mode 0660. A socket file that nobody listens on
 * any more is replaced. CHAT_OK; CHAT_IN_USE: somebody does listen;
 * CHAT_SYSTEM; CHAT_NO_MEMORY. Logs the reason.
 */
enum chat_result http_server_open(const struct http_server_options *options,
                                  struct http_server **server_out);

/*
 * Takes no more connections and no more requests, removes the socket file;
 * idle connections close now, others when their reply is written.
 */
void http_server_stop(struct http_server *server);

/* How many connections are open: 0 after a stop means all is written. */
size_t http_server_connection_count(const struct http_server *server);

/*
 * Closes everything; exchanges that are still open are gone, uncalled. Not
 * from inside `serve` or `gone`. NULL is fine.
 */
void http_server_close(struct http_server *server);

/* The request; NULL after exchange_forget_request(). */
const struct request *exchange_request(const struct exchange *exchange);

/* Frees the request's memory: for exchanges that are parked. */
void exchange_forget_request(struct exchange *exchange);

/*
 * Who owns the exchange now, and what to call when the browser hangs up
 * before the answer's end: `gone` must only let go of `exchange`, which ends
 * with the call. Set it as soon as the exchange outlives `serve`; without it a
 * hang-up ends the exchange silently once the owner answers.
 */
void exchange_set_owner(struct exchange *exchange, exchange_fn *gone,
                        void *owner);

/*
 * Header lines, as reply_part() makes a part of them, that go out before the
 * reply: so that replies can be shared by those who need such lines and those
 * who do not. One reference is taken.
 */
void exchange_lead_with(struct exchange *exchange, struct bytes *lines);

/*
 * Sends a part of a reply that goes on (reply_begin(), reply_part() of
 * fcgi/reply.h), which stays the caller's; exchange_answer() sends the last
 * one. What the browser does not take at once waits: up to
 * `pending_bytes_max`, or one part of any size. Only for an exchange that has
 * an owner to be called.
 *
 * CHAT_OK; CHAT_FULL: too much waits already, nothing of `part` was sent;
 * CHAT_CLOSED, CHAT_NO_MEMORY: the connection is broken: end the exchange.
 */
enum chat_result exchange_send(struct exchange *exchange, struct bytes *part,
                               size_t pending_bytes_max);

/*
 * `written` is called with the owner each time that all parts that had to
 * wait are written; it may send more and end the exchange.
 */
void exchange_on_written(struct exchange *exchange, exchange_fn *written);

/*
 * Ends the exchange with `reply` (fcgi/reply.h), or with the last part of one
 * that has begun. `reply` stays the caller's: it can answer many. Never fails
 * for the caller: a browser that is gone or too slow loses its connection, and
 * so it does when `reply` is NULL (there was no memory for one). Callable from
 * anywhere except the exchange's own `gone`.
 */
void exchange_answer(struct exchange *exchange, struct bytes *reply);

#endif
