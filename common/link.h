/*
 * The link between front ends and broker: nng request/reply over TCP on
 * loopback (or TLS beyond), on which each side proves that it knows the
 * shared secret before anything else is taken from it. The only place that
 * knows nng. What the messages say is common/PROTOCOL.md's second part; here
 * they are bytes.
 *
 * Server (broker): one raw REP socket. Each request may be answered when its
 * answer is ready, in any order. Client (front end): one REQ socket with at
 * most one request under way; a front end has two of them.
 *
 * Both give a descriptor to a selector and do their work when told to; they
 * never block.
 */
#ifndef COMMON_LINK_H
#define COMMON_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/result.h"
#include "common/selector.h"

enum {
    LINK_SECRET_BYTES = 32,
    /* The largest message either way, checked before it is sent. */
    LINK_MESSAGE_BYTES_MAX = 4 * 1024 * 1024,
    /* A connection that has not proved itself by then is closed. */
    LINK_PROOF_MS = 5000,
};

/*
 * Reads the secret in `path`: LINK_SECRET_BYTES in hexadecimal and a newline.
 * Refuses a file that others than its owner and group may read. If there is
 * none and `make` is set, makes one (mode 0600, exclusive, synced): two
 * programs that start at once get the same.
 *
 * CHAT_OK; CHAT_NOT_FOUND; CHAT_FORBIDDEN: its mode is too open;
 * CHAT_BAD_REQUEST: not a secret; CHAT_SYSTEM (errno). Logs the reason.
 */
enum chat_result link_secret_load(const char *path, bool make,
                                  unsigned char secret_out[LINK_SECRET_BYTES]);

/*
 * Whether `url` is one to listen on or dial: tcp:// to a loopback address,
 * or tls+tcp:// to any. CHAT_OK; CHAT_UNSUPPORTED: another scheme;
 * CHAT_FORBIDDEN: plain TCP beyond loopback; CHAT_BAD_REQUEST: no URL.
 */
enum chat_result link_url_check(const char *url);

struct link_options {
    const char *url;
    const unsigned char *secret; /* LINK_SECRET_BYTES */
    const char *tls_certificate; /* server; "" without TLS */
    const char *tls_key;
    const char *tls_ca; /* client; "" without TLS */
    /*
     * Server: so many connections that have proved themselves (two for each
     * front end); more are refused. Those that have not yet are bounded apart.
     */
    size_t connections_max;
};

/* ---- server ---- */

struct link_server;

/* Names one request until it is answered; plain data, may be copied. */
struct link_ticket {
    uint32_t connection; /* nng pipe id */
    uint32_t request;
};

struct link_request {
    struct link_ticket ticket;
    const unsigned char *data; /* valid until the next link_server_receive() */
    size_t length;
};

/*
 * Listens. CHAT_OK; CHAT_IN_USE: another process has the address; errors of
 * link_url_check(); CHAT_BAD_REQUEST also for bad TLS files; CHAT_NO_MEMORY;
 * CHAT_SYSTEM. Logs the reason.
 */
enum chat_result link_server_open(const struct link_options *options,
                                  struct link_server **server_out);

/* Closes all connections. NULL is fine. */
void link_server_close(struct link_server *server);

/*
 * Two descriptors to wait on for SELECTOR_READ, fit for select(2) when opened
 * early. Requests: call link_server_receive() until CHAT_AGAIN. Connections
 * that are gone: link_server_next_gone() until CHAT_AGAIN.
 */
int link_server_request_fd(const struct link_server *server);
int link_server_change_fd(const struct link_server *server);

/* The TCP port it listens on, which the system chose for a URL with port 0. */
int link_server_port(const struct link_server *server);

/*
 * The next request of a connection that has proved itself; answers
 * handshakes by itself on the way and closes connections that break the
 * protocol. CHAT_OK or CHAT_AGAIN: nothing now, or enough of strangers for
 * this turn (then the descriptor stays readable).
 */
enum chat_result link_server_receive(struct link_server *server,
                                     struct link_request *request_out);

/*
 * Answers, once for each request. A connection that is gone is no error:
 * nobody waits there any more. CHAT_OK or CHAT_TOO_LARGE (nothing was sent).
 */
enum chat_result link_server_reply(struct link_server *server,
                                   struct link_ticket ticket, const void *data,
                                   size_t length);

/*
 * The next connection that is gone since the last call, to forget what is
 * held for it. CHAT_OK or CHAT_AGAIN.
 */
enum chat_result link_server_next_gone(struct link_server *server,
                                       uint32_t *connection_out);

/* Closes what has not proved itself in time. Call it every second or so. */
void link_server_expire(struct link_server *server, int64_t now_ms);

/* ---- client ---- */

struct link_client;

/* The link's events, from inside link_client's own selector callbacks. */
struct link_client_events {
    /* Both have proved themselves: link_client_send() may be called. */
    void (*up)(void *context);
    /* The reply to the request under way; `data` valid during the call. */
    void (*reply)(void *context, const unsigned char *data, size_t length);
    /*
     * The connection was lost, or refused by either side; the request under
     * way, if any, will get no reply. It redials by itself, after 50 ms at
     * first, doubling up to 1 s.
     */
    void (*down)(void *context);
};

/*
 * Begins to dial at the selector's next turn, and goes on for ever; that
 * nobody answers is no event. CHAT_OK; errors of link_url_check();
 * CHAT_BAD_REQUEST also for bad TLS files; CHAT_FULL: see selector_add();
 * CHAT_NO_MEMORY; CHAT_SYSTEM. Logs the reason. `events` and `context` are
 * borrowed for its life.
 *
 * With TLS the host in the URL must be one of the names in the broker's
 * certificate, so a name and not an address.
 */
enum chat_result link_client_open(const struct link_options *options,
                                  struct selector *selector,
                                  const struct link_client_events *events,
                                  void *context,
                                  struct link_client **client_out);

/* Also from within an event. No event follows. NULL is fine. */
void link_client_close(struct link_client *client);

/* Up, and no request under way. */
bool link_client_is_ready(const struct link_client *client);

/*
 * Sends the next request. CHAT_OK: `reply` or `down` follows; CHAT_TOO_LARGE;
 * CHAT_AGAIN: not ready.
 */
enum chat_result link_client_send(struct link_client *client, const void *data,
                                  size_t length);

/*
 * Gives up on the request under way and on the connection: `down` follows
 * (from the selector, not from inside this call), then a new one is dialled.
 * For a broker that does not answer. Without a connection it does nothing.
 */
void link_client_reset(struct link_client *client);

#endif
