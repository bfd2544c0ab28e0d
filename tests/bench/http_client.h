/*
 * One HTTP/1.1 connection that is kept alive, with one request at a time, as
 * a browser's. Any failure of the connection, and a reply that is framed by
 * nothing that we know, ends the program (see bench.h).
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
    const char *head, *body; /* valid in the callback; not NUL-terminated */
    size_t head_bytes, body_bytes;
};

/* May send the next request; may not close the connection. */
typedef void http_response_fn(void *context,
                              const struct http_response *response);

/* Some of the body of a reply that goes on, as it comes. */
typedef void http_piece_fn(void *context, const char *piece,
                           size_t piece_bytes);

/* Where to connect to, and as which of many browsers. */
struct http_place {
    uint16_t port;
    size_t browser; /* every 200 of them come from an address of their own */
    const char *headers; /* lines of every request, borrowed; NULL: none */
};

struct http_client {
    struct stream stream;
    http_response_fn *on_response;
    http_piece_fn *on_piece; /* NULL: the reply is read whole */
    void *context;
    const char *headers; /* of every request */
    bool waiting;        /* for a response, or its head */
    bool chunked;        /* the body that goes on */
};

/* Connects to 127.0.0.1; `client` must stay where it is. */
void http_client_open(struct http_client *client, struct selector *selector,
                      const struct http_place *place);
void http_client_close(struct http_client *client);

/* A request. */
struct http_call {
    const char *method;
    const char *path;    /* as on the wire */
    const char *token;   /* the session's; "" or NULL: none */
    const char *headers; /* more lines, each with its CR LF; NULL: none */
    const char *body;    /* JSON; NULL: none */
};

/* Sends it; its reply is to have a Content-Length. */
void http_client_send(struct http_client *client, const struct http_call *call,
                      http_response_fn *on_response, void *context);

/*
 * Sends it; its reply is to be 200 and goes on for as long as the connection
 * is open, which has no other use any more.
 */
void http_client_listen(struct http_client *client,
                        const struct http_call *call, http_piece_fn *on_piece,
                        void *context);

/*
 * Copies the value of a header, "" if there is none; `name` as the server
 * writes it, with ": ". One that does not fit ends the program.
 */
void http_response_header(const struct http_response *response,
                          const char *name, char *value_out, size_t value_size);

#endif
