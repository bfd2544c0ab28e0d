/*
 * What the tests of selector and stream share: a selector of either backend,
 * and turns that do not wait. A test names the backends it runs on with
 * ON_SELECT, ON_EPOLL or ON_BOTH.
 */
#ifndef TESTS_UNIT_SELECTOR_FIXTURE_H
#define TESTS_UNIT_SELECTOR_FIXTURE_H

#include <stdbool.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

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
