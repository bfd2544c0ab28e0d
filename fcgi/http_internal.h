/*
 * What the files of the HTTP side share: http.c (the server: accepting,
 * stopping), http_connection.c (connections and their exchanges),
 * http_socket.c (the listening socket and its file), http_parser.c (libfcgi).
 */
#ifndef FCGI_HTTP_INTERNAL_H
#define FCGI_HTTP_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

#include "fcgi/http.h"
#include "fcgi/http_record.h"

struct connection;

/* ---- http_socket.c ---- */

struct http_socket {
    int fd;                   /* -1: closed */
    struct sockaddr_un place; /* of the socket file */
    dev_t device;             /* to know it again */
    ino_t inode;
};

/* As http_server_open() says; logs the reason. */
enum chat_result http_socket_open(const char *path, const char *group,
                                  struct http_socket *socket_out);

/*
 * Stops listening and removes the file, unless another one has taken its
 * place. Fine if it is closed already.
 */
void http_socket_close(struct http_socket *listener);

/* ---- http_parser.c ---- */

/* Fields are private to http_parser.c. */
struct http_parser {
    int fd;                 /* memory file that libfcgi reads; -1: none */
    unsigned char *records; /* the file, mapped; NULL: none */
    char *body;             /* REQUEST_BODY_BYTES_MAX */
};

/* CHAT_OK, CHAT_NO_MEMORY, CHAT_SYSTEM. */
enum chat_result http_parser_init(struct http_parser *parser);
void http_parser_fini(struct http_parser *parser);

/*
 * Makes a request of its records (`whole` comes from http_record_walk()).
 * CHAT_OK: call request_fini() on `request_out` some time; CHAT_BAD_REQUEST:
 * libfcgi did not like it; CHAT_NO_MEMORY; CHAT_SYSTEM (errno).
 */
enum chat_result http_parser_read(struct http_parser *parser,
                                  const unsigned char *records,
                                  const struct http_record_request *whole,
                                  struct request *request_out);

/* ---- http.c ---- */

struct http_server {
    struct selector *selector;
    exchange_fn *serve;
    void *context;
    size_t connections_max;
    struct http_socket listener;
    struct selector_stream listener_watch;
    struct selector_timer accept_again; /* after a failure to accept */
    bool accept_failing;                /* logged; not since a success */
    bool stopped;
    struct http_parser parser;
    struct connection *connections; /* list */
    size_t connection_count;
    struct exchange *orphans; /* list: their connections are gone */
};

/* A connection has ended: there may be room for another. */
void http_server_connection_ended(struct http_server *server);

/* ---- http_connection.c ---- */

/*
 * Takes `fd`, a new non-blocking connection. CHAT_OK, or an error of
 * stream_open(): then `fd` is still the caller's.
 */
enum chat_result connection_open(struct http_server *server, int fd);

/* Closes those on which nothing is under way. */
void connections_close_idle(struct http_server *server);

/* Closes all; frees all exchanges, without a call. */
void connections_close_all(struct http_server *server);

#endif
