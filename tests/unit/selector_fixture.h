/*
 * What the tests of selector and stream share: a selector of either backend,
 * and turns that do not wait. A test names the backends it runs on with
 * ON_SELECT, ON_EPOLL or ON_BOTH.
 */
#ifndef TESTS_UNIT_SELECTOR_FIXTURE_H
#define TESTS_UNIT_SELECTOR_FIXTURE_H

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/selector.h"
#include "tests/unit/unit.h"

struct fixture {
    struct selector *selector;
    enum selector_backend backend;
    struct selector_stream ticker; /* always readable: see run_turns() */
    int ticker_pipe[2];
    unsigned turns_left;
    int near; /* a connected pair of sockets, non-blocking */
    int far;
};

static inline void socket_pair(int *near_out, int *far_out)
{
    int pair[2];

    assert_int_equal(socketpair(AF_UNIX,
                                SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0,
                                pair),
                     0);
    *near_out = pair[0];
    *far_out = pair[1];
}

static inline void ticker_ticks(void *context, unsigned events)
{
    (void)context;
    (void)events;
}

static inline int fixture_setup(void **state, enum selector_backend backend)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    assert_non_null(fixture);
    assert_int_equal(selector_new(backend, &fixture->selector), CHAT_OK);
    fixture->backend = backend;
    assert_int_equal(pipe(fixture->ticker_pipe), 0);
    assert_int_equal(write(fixture->ticker_pipe[1], "!", 1), 1);
    fixture->ticker.callback = ticker_ticks;
    fixture->ticker.fd = fixture->ticker_pipe[0];
    socket_pair(&fixture->near, &fixture->far);
    *state = fixture;
    return 0;
}

static inline int fixture_setup_select(void **state)
{
    return fixture_setup(state, SELECTOR_SELECT);
}

static inline int fixture_setup_epoll(void **state)
{
    return fixture_setup(state, SELECTOR_EPOLL);
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;

    clock_release(); /* some tests set it */
    selector_free(fixture->selector);
    close(fixture->ticker_pipe[0]);
    close(fixture->ticker_pipe[1]);
    if (fixture->near >= 0)
        close(fixture->near);
    if (fixture->far >= 0)
        close(fixture->far);
    free(fixture);
    return 0;
}

static inline void close_fd(int *fd)
{
    close(*fd);
    *fd = -1;
}

static inline void count_turn(void *context)
{
    struct fixture *fixture = context;

    if (--fixture->turns_left == 0)
        selector_stop(fixture->selector);
}

/* Runs just so many turns, none of which waits. */
static inline void run_turns(struct fixture *fixture, unsigned turns)
{
    fixture->turns_left = turns;
    selector_on_turn(fixture->selector, count_turn, fixture);
    assert_int_equal(
        selector_add(fixture->selector, &fixture->ticker, SELECTOR_READ),
        CHAT_OK);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(fixture->turns_left, 0);
    selector_remove(fixture->selector, &fixture->ticker);
    selector_on_turn(fixture->selector, NULL, NULL);
}

/* A stream that remembers what it is told, and may do something about it. */
struct probe {
    struct fixture *fixture;
    struct selector_stream stream;
    struct probe *other;
    struct probe **survivor_out; /* set by remove_and_free_other() */
    void (*act)(struct probe *probe);
    unsigned calls;
    unsigned told; /* all events of all calls */
};

static inline void probe_told(void *context, unsigned events)
{
    struct probe *probe = context;

    probe->calls++;
    probe->told |= events;
    if (probe->act != NULL)
        probe->act(probe);
}

static inline void probe_init(struct probe *probe, struct fixture *fixture,
                              int fd)
{
    *probe = (struct probe){
        .fixture = fixture,
        .stream = {.callback = probe_told, .context = probe, .fd = fd},
    };
}

static inline void probe_add(struct probe *probe, struct fixture *fixture,
                             int fd, unsigned events)
{
    probe_init(probe, fixture, fd);
    assert_int_equal(selector_add(fixture->selector, &probe->stream, events),
                     CHAT_OK);
}

static inline void probe_change(struct probe *probe, unsigned events)
{
    assert_int_equal(
        selector_change(probe->fixture->selector, &probe->stream, events),
        CHAT_OK);
}

static inline void put_byte(int fd)
{
    assert_int_equal(write(fd, "x", 1), 1);
}

static inline void take_byte(int fd)
{
    char byte;

    assert_int_equal(read(fd, &byte, 1), 1);
}

static inline void fill_send_buffer(int fd)
{
    static const char zeros[4096];

    while (write(fd, zeros, sizeof(zeros)) > 0)
        continue;
    assert_int_equal(errno, EAGAIN);
}

static inline void drain_receive_buffer(int fd)
{
    char bytes[4096];

    while (read(fd, bytes, sizeof(bytes)) > 0)
        continue;
    assert_int_equal(errno, EAGAIN);
}

static inline void stop(struct probe *probe)
{
    selector_stop(probe->fixture->selector);
}

static inline void tcp_pair(int *near_out, int *far_out)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof(address);
    int listener = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(listener, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(listener, 1), 0);
    assert_int_equal(
        getsockname(listener, (struct sockaddr *)&address, &length), 0);
    *far_out = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(*far_out, (struct sockaddr *)&address, length), 0);
    *near_out = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    assert_true(*near_out >= 0);
    close(listener);
}

#define ON_SELECT(test)                                                        \
    {                                                                          \
        "select: " #test, test, fixture_setup_select, fixture_teardown, NULL   \
    }
#define ON_EPOLL(test)                                                         \
    {                                                                          \
        "epoll: " #test, test, fixture_setup_epoll, fixture_teardown, NULL     \
    }
#define ON_BOTH(test) ON_SELECT(test), ON_EPOLL(test)

#endif
