/*
 * An HTTP server on a socket in a temporary folder, clients that speak
 * FastCGI to it, and what it hands over. Time stands still; everything runs
 * in one thread, in turns of the selector.
 */
#ifndef TESTS_UNIT_HTTP_FIXTURE_H
#define TESTS_UNIT_HTTP_FIXTURE_H

#include "tests/unit/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "fcgi/http.h"
#include "fcgi/reply.h"
#include "tests/unit/fastcgi.h"

enum { EXCHANGES_MAX = 128 };

static struct {
    char folder[64];
    char path[80];
    struct selector *selector;
    struct http_server *server;
    int64_t now_ms;
    struct bytes *answer_at_once; /* NULL: exchanges are collected below */
    struct exchange *exchanges[EXCHANGES_MAX];
    size_t exchange_count; /* handed over so far, answered or not */
    size_t gone_count;
    struct exchange *gone; /* the last one */
} fixture;

static struct records records;

static inline void collect(void *context, struct exchange *exchange)
{
    assert_ptr_equal(context, &fixture);
    assert_true(fixture.exchange_count < EXCHANGES_MAX);
    fixture.exchanges[fixture.exchange_count++] = exchange;
    if (fixture.answer_at_once != NULL)
        exchange_answer(exchange, fixture.answer_at_once);
}

static inline void count_gone(void *owner, struct exchange *exchange)
{
    assert_ptr_equal(owner, &fixture.gone);
    fixture.gone = exchange;
    fixture.gone_count++;
}

static inline enum chat_result open_server(size_t connections_max,
                                           struct http_server **server_out)
{
    return http_server_open(
        &(struct http_server_options){
            .selector = fixture.selector,
            .socket_path = fixture.path,
            .socket_group = "",
            .connections_max = connections_max,
            .serve = collect,
            .context = &fixture,
        },
        server_out);
}

static inline int set_up_nothing(void **state)
{
    (void)state;
    memset(&fixture, 0, sizeof(fixture));
    strcpy(fixture.folder, "/tmp/test_http.XXXXXX");
    assert_non_null(mkdtemp(fixture.folder));
    snprintf(fixture.path, sizeof(fixture.path), "%s/socket", fixture.folder);
    assert_int_equal(selector_new(SELECTOR_EPOLL, &fixture.selector), CHAT_OK);
    fixture.now_ms = 1000;
    clock_set(fixture.now_ms, 0);
    records.length = 0;
    return 0;
}

static inline int set_up(void **state)
{
    set_up_nothing(state);
    assert_int_equal(open_server(1000, &fixture.server), CHAT_OK);
    return 0;
}

static inline int tear_down(void **state)
{
    (void)state;
    http_server_close(fixture.server);
    selector_free(fixture.selector);
    bytes_drop(fixture.answer_at_once);
    unlink(fixture.path);
    assert_int_equal(rmdir(fixture.folder), 0);
    clock_release();
    return 0;
}

static inline void stop_turning(void *context)
{
    selector_stop(context);
}

/* Turns of the selector until all that has arrived must have been noticed. */
static inline void turn(void)
{
    for (int i = 0; i < 5; i++) {
        struct selector_timer now = {.callback = stop_turning,
                                     .context = fixture.selector};
        assert_int_equal(selector_arm(fixture.selector, &now, fixture.now_ms),
                         CHAT_OK);
        assert_int_equal(selector_run(fixture.selector), CHAT_OK);
        selector_disarm(fixture.selector, &now);
    }
}

static inline void pass_time(int64_t ms)
{
    fixture.now_ms += ms;
    clock_set(fixture.now_ms, 0);
    turn();
}

/* ---- clients ---- */

static inline int client_connect(void)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    strcpy(place.sun_path, fixture.path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const void *)&place, sizeof(place)), 0);
    return fd;
}

static inline void client_send(int fd, const void *data, size_t length)
{
    const unsigned char *from = data;
    while (length > 0) {
        ssize_t sent = send(fd, from, length, MSG_NOSIGNAL);
        if (sent < 0)
            assert_int_equal(errno, EAGAIN);
        else
            length -= (size_t)sent, from += sent;
        turn();
    }
}

static inline void client_request(int fd, const struct sample_request *sample)
{
    records.length = 0;
    put_request(&records, sample);
    client_send(fd, records.data, records.length);
}

/* A client that has sent a request, which was handed over. */
static inline int client_with_request(const struct sample_request *sample)
{
    size_t before = fixture.exchange_count;
    int fd = client_connect();
    client_request(fd, sample);
    assert_int_equal(fixture.exchange_count, before + 1);
    return fd;
}

/* Fails the test if the connection is open, or anything is left to read. */
static inline void assert_closed(int fd)
{
    char byte;
    turn();
    ssize_t count = recv(fd, &byte, 1, 0);
    assert_true(count == 0 || (count < 0 && errno == ECONNRESET));
}

static inline void assert_open(int fd)
{
    char byte;
    turn();
    assert_int_equal(recv(fd, &byte, 1, 0), -1);
    assert_int_equal(errno, EAGAIN);
}

/* Reads until `length` bytes have come or no more do; returns how many. */
static inline size_t client_receive(int fd, unsigned char *data, size_t length)
{
    size_t received = 0;
    turn();
    while (received < length) {
        ssize_t count = recv(fd, data + received, length - received, 0);
        if (count <= 0)
            break;
        received += (size_t)count;
        turn();
    }
    return received;
}

/* ---- replies ---- */

static inline struct bytes *make_reply(const char *body, size_t body_bytes)
{
    struct bytes *reply = reply_new(&(struct reply_parts){
        .status = 200, .body = body, .body_bytes = body_bytes});
    assert_non_null(reply);
    return reply;
}

/* Fails the test unless just the bytes of `reply` come. */
static inline void assert_receives(int fd, const struct bytes *reply)
{
    unsigned char *data = malloc(reply->length);
    assert_non_null(data);
    assert_int_equal(client_receive(fd, data, reply->length), reply->length);
    assert_memory_equal(data, reply->data, reply->length);
    free(data);
}

#endif
