/* Where select and epoll differ, and what each must take care of. */
#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "tests/unit/selector_fixture.h"
#include "tests/unit/unit.h"

static void count_up(void *context)
{
    ++*(unsigned *)context;
}

static void stop_selector(void *context)
{
    selector_stop(context);
}

/*
 * Turns within 30 ms: a handful, or as many as the machine can do. A slow
 * machine only makes fewer.
 */
static unsigned turns_of_a_while(struct fixture *fixture)
{
    struct selector_timer end = {.callback = stop_selector,
                                 .context = fixture->selector};
    unsigned turns = 0;

    assert_int_equal(
        selector_arm(fixture->selector, &end, clock_mono_ms() + 30), CHAT_OK);
    selector_on_turn(fixture->selector, count_up, &turns);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    selector_on_turn(fixture->selector, NULL, NULL);
    return turns;
}

static void hang_up_does_not_keep_the_loop_busy_for(struct fixture *fixture,
                                                    unsigned events)
{
    struct probe probe;

    probe_add(&probe, fixture, fixture->near, events);
    close_fd(&fixture->far);
    assert_in_range(turns_of_a_while(fixture), 1, 5);
    assert_int_equal(probe.calls, 0);

    probe_change(&probe, SELECTOR_READ);
    run_turns(fixture, 1);
    assert_int_equal(probe.calls, 1);

    probe_change(&probe, events);
    assert_in_range(turns_of_a_while(fixture), 1, 5);
    assert_int_equal(probe.calls, 1);
    selector_remove(fixture->selector, &probe.stream);
}

static void hang_up_wakes_no_stream_that_waits_for_nothing(void **state)
{
    hang_up_does_not_keep_the_loop_busy_for(*state, 0);
}

static void hang_up_wakes_no_stream_that_waits_for_urgent_data(void **state)
{
    hang_up_does_not_keep_the_loop_busy_for(*state, SELECTOR_OUT_OF_BAND);
}

static int descriptor_beyond_select(int fd)
{
    struct rlimit limit;

    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (limit.rlim_cur <= FD_SETSIZE) {
        limit.rlim_cur = FD_SETSIZE + 1;
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    }
    int high = fcntl(fd, F_DUPFD, FD_SETSIZE);
    assert_true(high >= FD_SETSIZE);
    return high;
}

static void descriptor_beyond_fd_setsize_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    int fd = descriptor_beyond_select(fixture->near);

    probe_init(&probe, fixture, fd);
    assert_int_equal(
        selector_add(fixture->selector, &probe.stream, SELECTOR_READ),
        CHAT_FULL);
    assert_int_equal(selector_stream_count(fixture->selector), 0);
    close(fd);
}

static void descriptor_beyond_fd_setsize_works(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    int fd = descriptor_beyond_select(fixture->near);

    put_byte(fixture->far);
    probe_add(&probe, fixture, fd, SELECTOR_READ);
    run_turns(fixture, 1);
    assert_int_equal(probe.calls, 1);
    selector_remove(fixture->selector, &probe.stream);
    close(fd);
}

static void events_that_select_does_not_have_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    probe_init(&probe, fixture, fixture->near);
    assert_int_equal(selector_add(fixture->selector, &probe.stream,
                                  SELECTOR_READ | SELECTOR_HANGUP),
                     CHAT_UNSUPPORTED);
    assert_int_equal(selector_add(fixture->selector, &probe.stream,
                                  SELECTOR_READ | SELECTOR_EDGE),
                     CHAT_UNSUPPORTED);
    probe_add(&probe, fixture, fixture->near, SELECTOR_READ);
    assert_int_equal(
        selector_change(fixture->selector, &probe.stream, SELECTOR_HANGUP),
        CHAT_UNSUPPORTED);
    put_byte(fixture->far);
    run_turns(fixture, 1);
    assert_int_equal(probe.told, SELECTOR_READ);
}

static void peer_that_ends_its_side_is_told_as_hangup(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    probe_add(&probe, fixture, fixture->near, SELECTOR_HANGUP);
    put_byte(fixture->far);
    run_turns(fixture, 1);
    assert_int_equal(probe.calls, 0);
    assert_int_equal(shutdown(fixture->far, SHUT_WR), 0);
    run_turns(fixture, 1);
    assert_int_equal(probe.told, SELECTOR_HANGUP);
}

static void broken_connection_is_told_as_all_it_waits_for(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    int near, far;

    tcp_pair(&near, &far);
    setsockopt(far, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
    close(far);
    probe_add(&probe, fixture, near, SELECTOR_HANGUP);
    probe.act = stop;
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    probe_change(&probe, SELECTOR_READ | SELECTOR_WRITE | SELECTOR_HANGUP);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(probe.told,
                     SELECTOR_READ | SELECTOR_WRITE | SELECTOR_HANGUP);
    selector_remove(fixture->selector, &probe.stream);
    close(near);
}

/* The kernel says EPOLLERR and nothing else. */
static void pipe_without_a_reader_is_told_as_write(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    fill_send_buffer(ends[1]);
    probe_add(&probe, fixture, ends[1], SELECTOR_WRITE);
    run_turns(fixture, 1);
    assert_int_equal(probe.calls, 0);
    close(ends[0]);
    run_turns(fixture, 1);
    assert_int_equal(probe.told, SELECTOR_WRITE);
    selector_remove(fixture->selector, &probe.stream);
    close(ends[1]);
}

/* The kernel says EPOLLHUP and nothing else. */
static void pipe_without_a_writer_is_told_as_hangup(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    probe_add(&probe, fixture, ends[0], SELECTOR_HANGUP);
    run_turns(fixture, 1);
    assert_int_equal(probe.calls, 0);
    close(ends[1]);
    run_turns(fixture, 1);
    assert_int_equal(probe.told, SELECTOR_HANGUP);
    selector_remove(fixture->selector, &probe.stream);
    close(ends[0]);
}

static void edge_is_told_once_for_each_arrival(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    probe_add(&probe, fixture, fixture->near,
              SELECTOR_READ | SELECTOR_HANGUP | SELECTOR_EDGE);
    put_byte(fixture->far);
    run_turns(fixture, 3);
    assert_int_equal(probe.calls, 1);
    assert_int_equal(probe.told, SELECTOR_READ);
    put_byte(fixture->far);
    run_turns(fixture, 3);
    assert_int_equal(probe.calls, 2);
    close_fd(&fixture->far);
    run_turns(fixture, 3);
    assert_int_equal(probe.calls, 3);
    assert_int_equal(probe.told, SELECTOR_READ | SELECTOR_HANGUP);
}

/* A system call would fail: the descriptor is closed. */
static void change_to_the_same_makes_no_system_call(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    probe_add(&probe, fixture, fixture->near, SELECTOR_READ);
    close_fd(&fixture->near);
    probe_change(&probe, SELECTOR_READ);
    assert_int_equal(
        selector_change(fixture->selector, &probe.stream, SELECTOR_WRITE),
        CHAT_SYSTEM);
    assert_int_equal(errno, EBADF);
    selector_remove(fixture->selector, &probe.stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(hang_up_wakes_no_stream_that_waits_for_nothing),
        ON_BOTH(hang_up_wakes_no_stream_that_waits_for_urgent_data),
        ON_SELECT(descriptor_beyond_fd_setsize_is_refused),
        ON_SELECT(events_that_select_does_not_have_are_refused),
        ON_EPOLL(descriptor_beyond_fd_setsize_works),
        ON_EPOLL(peer_that_ends_its_side_is_told_as_hangup),
        ON_EPOLL(broken_connection_is_told_as_all_it_waits_for),
        ON_BOTH(pipe_without_a_reader_is_told_as_write),
        ON_EPOLL(pipe_without_a_writer_is_told_as_hangup),
        ON_EPOLL(edge_is_told_once_for_each_arrival),
        ON_EPOLL(change_to_the_same_makes_no_system_call),
    };
    return cmocka_run_group_tests_name("selector_backends", tests, NULL, NULL);
}
