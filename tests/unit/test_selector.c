/* Streams under a selector; test_selector_timers.c has the timers. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/time.h>

#include "common/clock.h"
#include "tests/unit/selector_fixture.h"
#include "tests/unit/unit.h"

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

static void probe_told(void *context, unsigned events)
{
    struct probe *probe = context;

    probe->calls++;
    probe->told |= events;
    if (probe->act != NULL)
        probe->act(probe);
}

static void probe_init(struct probe *probe, struct fixture *fixture, int fd)
{
    *probe = (struct probe){
        .fixture = fixture,
        .stream = {.callback = probe_told, .context = probe, .fd = fd},
    };
}

static void probe_add(struct probe *probe, struct fixture *fixture, int fd,
                      unsigned events)
{
    probe_init(probe, fixture, fd);
    assert_int_equal(selector_add(fixture->selector, &probe->stream, events),
                     CHAT_OK);
}

static void probe_change(struct probe *probe, unsigned events)
{
    assert_int_equal(
        selector_change(probe->fixture->selector, &probe->stream, events),
        CHAT_OK);
}

static void put_byte(int fd)
{
    assert_int_equal(write(fd, "x", 1), 1);
}

static void take_byte(int fd)
{
    char byte;

    assert_int_equal(read(fd, &byte, 1), 1);
}

static void fill_send_buffer(int fd)
{
    static const char zeros[4096];

    while (write(fd, zeros, sizeof(zeros)) > 0)
        continue;
    assert_int_equal(errno, EAGAIN);
}

static void drain_receive_buffer(int fd)
{
    char bytes[4096];

    while (read(fd, bytes, sizeof(bytes)) > 0)
        continue;
    assert_int_equal(errno, EAGAIN);
}

static void stop(struct probe *probe)
{
    selector_stop(probe->fixture->selector);
}

static void remove_itself(struct probe *probe)
{
    selector_remove(probe->fixture->selector, &probe->stream);
}

static void remove_other(struct probe *probe)
{
    selector_remove(probe->fixture->selector, &probe->other->stream);
}

static void remove_and_free_other(struct probe *probe)
{
    if (probe->other == NULL)
        return;
    remove_other(probe);
    free(probe->other);
    probe->other = NULL;
    *probe->survivor_out = probe;
}

static void remove_and_add_other(struct probe *probe)
{
    remove_other(probe);
    assert_int_equal(selector_add(probe->fixture->selector,
                                  &probe->other->stream, SELECTOR_READ),
                     CHAT_OK);
    probe->act = remove_itself;
    probe->other->act = remove_itself;
}

static void change_other_to_nothing(struct probe *probe)
{
    probe_change(probe->other, 0);
}

static void add_other(struct probe *probe)
{
    assert_int_equal(selector_add(probe->fixture->selector,
                                  &probe->other->stream, SELECTOR_READ),
                     CHAT_OK);
    probe->act = NULL;
}

/* Both ends of the pair are readable and each knows the other. */
static void two_ready_probes(struct probe *a, struct probe *b,
                             struct fixture *fixture,
                             void (*act)(struct probe *probe))
{
    put_byte(fixture->near);
    put_byte(fixture->far);
    probe_add(a, fixture, fixture->near, SELECTOR_READ);
    probe_add(b, fixture, fixture->far, SELECTOR_READ);
    a->other = b;
    b->other = a;
    a->act = b->act = act;
}

static void stream_is_told_in_every_turn_until_it_has_read(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    probe_add(&probe, fixture, fixture->near, SELECTOR_READ);
    run_turns(fixture, 2);
    assert_int_equal(probe.calls, 0);
    put_byte(fixture->far);
    run_turns(fixture, 2);
    assert_int_equal(probe.calls, 2);
    assert_int_equal(probe.told, SELECTOR_READ);
    take_byte(fixture->near);
    run_turns(fixture, 2);
    assert_int_equal(probe.calls, 2);
}

static void end_of_file_is_told_as_read(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    probe_add(&probe, fixture, fixture->near, SELECTOR_READ);
    close_fd(&fixture->far);
    run_turns(fixture, 1);
    assert_int_equal(probe.told, SELECTOR_READ);
}

static void write_is_told_when_the_send_buffer_has_room(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    fill_send_buffer(fixture->near);
    probe_add(&probe, fixture, fixture->near, SELECTOR_READ | SELECTOR_WRITE);
    run_turns(fixture, 2);
    assert_int_equal(probe.calls, 0);
    drain_receive_buffer(fixture->far);
    run_turns(fixture, 1);
    assert_int_equal(probe.told, SELECTOR_WRITE);
}

static void tcp_pair(int *near_out, int *far_out)
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

static void urgent_data_is_told_as_out_of_band(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    int near, far;
    char byte = 0;

    tcp_pair(&near, &far);
    assert_int_equal(send(far, "calm", 4, 0), 4);
    probe_add(&probe, fixture, near, SELECTOR_OUT_OF_BAND);
    run_turns(fixture, 2);
    assert_int_equal(probe.calls, 0);

    assert_int_equal(send(far, "!", 1, MSG_OOB), 1);
    probe.act = stop;
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(probe.told, SELECTOR_OUT_OF_BAND);
    assert_int_equal(recv(near, &byte, 1, MSG_OOB), 1);
    assert_int_equal(byte, '!');

    /* The ordinary bytes are still there, and in order. */
    probe_change(&probe, SELECTOR_READ);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    char calm[8] = {0};
    assert_int_equal(recv(near, calm, sizeof(calm) - 1, 0), 4);
    assert_string_equal(calm, "calm");
    selector_remove(fixture->selector, &probe.stream);
    close(near);
    close(far);
}

static void run_ends_when_the_last_stream_removes_itself(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    put_byte(fixture->far);
    probe_add(&probe, fixture, fixture->near, SELECTOR_READ);
    assert_int_equal(selector_stream_count(fixture->selector), 1);
    probe.act = remove_itself;
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(probe.calls, 1);
    assert_int_equal(selector_stream_count(fixture->selector), 0);
}

static void run_without_streams_ends_at_once(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
}

static void run_ends_after_the_turn_that_stops_it(void **state)
{
    struct fixture *fixture = *state;
    struct probe a, b;

    two_ready_probes(&a, &b, fixture, stop);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(a.calls, 1);
    assert_int_equal(b.calls, 1);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(a.calls, 2);
}

static void run_that_was_stopped_before_does_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    put_byte(fixture->far);
    probe_add(&probe, fixture, fixture->near, SELECTOR_READ);
    selector_stop(fixture->selector);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(probe.calls, 0);
}

static void stream_removed_by_another_in_the_same_turn_is_not_told(void **state)
{
    struct fixture *fixture = *state;
    struct probe a, b;

    two_ready_probes(&a, &b, fixture, remove_other);
    run_turns(fixture, 1);
    assert_int_equal(a.calls + b.calls, 1);
    assert_int_equal(selector_stream_count(fixture->selector), 1);
}

static void
stream_removed_and_freed_in_the_same_turn_is_not_touched(void **state)
{
    struct fixture *fixture = *state;
    struct probe *a = malloc(sizeof(*a));
    struct probe *b = malloc(sizeof(*b));
    struct probe *survivor = NULL;

    assert_true(a != NULL && b != NULL);
    two_ready_probes(a, b, fixture, remove_and_free_other);
    a->survivor_out = b->survivor_out = &survivor;
    run_turns(fixture, 2);
    assert_non_null(survivor);
    assert_int_equal(survivor->calls, 2);
    assert_int_equal(selector_stream_count(fixture->selector), 1);
    free(survivor);
}

static void
stream_removed_and_added_again_is_told_in_the_next_turn(void **state)
{
    struct fixture *fixture = *state;
    struct probe a, b;

    two_ready_probes(&a, &b, fixture, remove_and_add_other);
    run_turns(fixture, 1);
    assert_int_equal(a.calls + b.calls, 1);
    run_turns(fixture, 1);
    assert_int_equal(a.calls + b.calls, 3);
    assert_int_equal(selector_stream_count(fixture->selector), 0);
}

static void
stream_changed_in_the_same_turn_is_not_told_what_it_left(void **state)
{
    struct fixture *fixture = *state;
    struct probe a, b;

    two_ready_probes(&a, &b, fixture, change_other_to_nothing);
    run_turns(fixture, 1);
    assert_int_equal(a.calls + b.calls, 1);
}

static void stream_added_by_a_callback_is_told_in_the_next_turn(void **state)
{
    struct fixture *fixture = *state;
    struct probe a, b;

    two_ready_probes(&a, &b, fixture, NULL);
    selector_remove(fixture->selector, &b.stream);
    a.act = add_other;
    run_turns(fixture, 1);
    assert_int_equal(b.calls, 0);
    run_turns(fixture, 1);
    assert_int_equal(b.calls, 1);
}

static void stream_that_waits_for_nothing_stays_added(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;

    put_byte(fixture->far);
    probe_add(&probe, fixture, fixture->near, 0);
    run_turns(fixture, 2);
    assert_int_equal(probe.calls, 0);
    assert_int_equal(selector_stream_count(fixture->selector), 1);
    probe_change(&probe, SELECTOR_READ);
    run_turns(fixture, 1);
    assert_int_equal(probe.calls, 1);
}

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

static void descriptor_cannot_be_added_twice(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe, twin;

    probe_add(&probe, fixture, fixture->near, 0);
    probe_init(&twin, fixture, fixture->near);
    errno = 0;
    assert_int_equal(
        selector_add(fixture->selector, &twin.stream, SELECTOR_READ),
        CHAT_SYSTEM);
    assert_int_equal(errno, EEXIST);
    errno = 0;
    assert_int_equal(
        selector_add(fixture->selector, &probe.stream, SELECTOR_READ),
        CHAT_SYSTEM);
    assert_int_equal(errno, EEXIST);
    assert_int_equal(selector_stream_count(fixture->selector), 1);

    selector_remove(fixture->selector, &twin.stream); /* was never added */
    selector_remove(fixture->selector, &probe.stream);
    assert_int_equal(
        selector_add(fixture->selector, &twin.stream, SELECTOR_READ), CHAT_OK);
}

static void descriptor_that_is_not_open_cannot_be_added(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    int fd = dup(fixture->near);

    close(fd);
    probe_init(&probe, fixture, fd);
    assert_int_equal(
        selector_add(fixture->selector, &probe.stream, SELECTOR_READ),
        CHAT_SYSTEM);
    assert_int_equal(errno, EBADF);
    probe.stream.fd = -1;
    assert_int_equal(
        selector_add(fixture->selector, &probe.stream, SELECTOR_READ),
        CHAT_SYSTEM);
    assert_int_equal(errno, EBADF);
}

static void assert_all_told(void *context)
{
    struct probe *probe = context;

    assert_int_equal(probe->calls, 1);
    assert_int_equal(probe->other->calls, 1);
    stop(probe);
}

static void turn_callback_runs_after_all_others(void **state)
{
    struct fixture *fixture = *state;
    struct probe a, b;

    two_ready_probes(&a, &b, fixture, NULL);
    selector_on_turn(fixture->selector, assert_all_told, &a);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
}

static volatile sig_atomic_t alarms;

static void count_alarm(int signal_number)
{
    (void)signal_number;
    alarms = alarms + 1;
}

static void stop_after_three_alarms(void *context)
{
    if (alarms >= 3)
        selector_stop(context);
}

static void signal_interrupts_a_turn_and_not_the_run(void **state)
{
    struct fixture *fixture = *state;
    struct probe probe;
    struct sigaction action = {.sa_handler = count_alarm};
    struct sigaction before;
    struct itimerval soon = {{.tv_usec = 1000}, {.tv_usec = 1000}};
    struct itimerval never = {{0}, {0}};

    alarms = 0;
    probe_add(&probe, fixture, fixture->near, SELECTOR_READ);
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &soon, NULL), 0);
    selector_on_turn(fixture->selector, stop_after_three_alarms,
                     fixture->selector);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_int_equal(probe.calls, 0);
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
        ON_BOTH(stream_is_told_in_every_turn_until_it_has_read),
        ON_BOTH(end_of_file_is_told_as_read),
        ON_BOTH(write_is_told_when_the_send_buffer_has_room),
        ON_BOTH(urgent_data_is_told_as_out_of_band),
        ON_BOTH(run_ends_when_the_last_stream_removes_itself),
        ON_BOTH(run_without_streams_ends_at_once),
        ON_BOTH(run_ends_after_the_turn_that_stops_it),
        ON_BOTH(run_that_was_stopped_before_does_nothing),
        ON_BOTH(stream_removed_by_another_in_the_same_turn_is_not_told),
        ON_BOTH(stream_removed_and_freed_in_the_same_turn_is_not_touched),
        ON_BOTH(stream_removed_and_added_again_is_told_in_the_next_turn),
        ON_BOTH(stream_changed_in_the_same_turn_is_not_told_what_it_left),
        ON_BOTH(stream_added_by_a_callback_is_told_in_the_next_turn),
        ON_BOTH(stream_that_waits_for_nothing_stays_added),
        ON_BOTH(hang_up_wakes_no_stream_that_waits_for_nothing),
        ON_BOTH(hang_up_wakes_no_stream_that_waits_for_urgent_data),
        ON_BOTH(descriptor_cannot_be_added_twice),
        ON_BOTH(descriptor_that_is_not_open_cannot_be_added),
        ON_BOTH(turn_callback_runs_after_all_others),
        ON_BOTH(signal_interrupts_a_turn_and_not_the_run),
        ON_SELECT(descriptor_beyond_fd_setsize_is_refused),
        ON_SELECT(events_that_select_does_not_have_are_refused),
        ON_EPOLL(descriptor_beyond_fd_setsize_works),
        ON_EPOLL(peer_that_ends_its_side_is_told_as_hangup),
        ON_EPOLL(broken_connection_is_told_as_all_it_waits_for),
        ON_EPOLL(edge_is_told_once_for_each_arrival),
        ON_EPOLL(change_to_the_same_makes_no_system_call),
    };
    return cmocka_run_group_tests_name("selector", tests, NULL, NULL);
}
