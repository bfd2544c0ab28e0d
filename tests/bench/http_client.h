/*
 * One HTTP/1.1 connection that is kept alive, with one request at a time, as
 * a browser's. Any failure of the connection, and a reply that is not framed
 * by Content-Length, ends the program (see bench.h).
 */
#ifndef TESTS_BENCH_HTTP_CLIENT_H
#define TESTS_BENCH_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/selector.h"
#include "common/stream.h"

struct http_client;

struct http_response {
    int status;
    const char *body; /* valid during the callback; not NUL-terminated */
    size_t body_bytes;
};

/* May send the next request; may not close the connection. */
typedef void http_response_fn(void *context,
                              const struct http_response *response);

/* Where to connect to, and as which of many browsers. */
struct http_place {
    uint16_t port;
    size_t browser; /* every 200 of them come from an address of their own */
};

struct http_client {
    struct stream stream;
    http_response_fn *on_response;
    void *context;
    bool waiting; /* for a response */
};

/* Connects to 127.0.0.1; `client` must stay where it is. */
void http_client_open(struct http_client *client, struct selector *selector,
                      const struct http_place *place);
void http_client_close(struct http_client *client);

/*
 * Sends a request. `token`: the session's, or ""; `body`: JSON, or NULL.
 * `path` is as on the wire.
 */
struct http_call {
    const char *method;
    const char *path;
    const char *token;
    const char *body;
};
void http_client_send(struct http_client *client, const struct http_call *call,
                      http_response_fn *on_response, void *context);

#endif
