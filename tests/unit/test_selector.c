/*
 * Streams under a selector. test_selector_backends.c has what the backends do
 * not have in common, test_selector_timers.c the timers.
 */
#include <errno.h>
#include <signal.h>
#include <sys/time.h>

#include "tests/unit/selector_fixture.h"
#include "tests/unit/unit.h"

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
        ON_BOTH(descriptor_cannot_be_added_twice),
        ON_BOTH(descriptor_that_is_not_open_cannot_be_added),
        ON_BOTH(turn_callback_runs_after_all_others),
        ON_BOTH(signal_interrupts_a_turn_and_not_the_run),
    };
    return cmocka_run_group_tests_name("selector", tests, NULL, NULL);
}
