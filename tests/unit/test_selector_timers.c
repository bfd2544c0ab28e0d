/* Timers under a selector, mostly with clocks that stand still. */
#include "common/clock.h"
#include "tests/unit/selector_fixture.h"
#include "tests/unit/unit.h"

enum { START_MS = 1000, LOG_SIZE = 16, MANY_TIMERS = 2001 };

/* A timer that writes its name into the log all timers of a test share. */
struct alarm {
    struct selector *selector;
    struct selector_timer timer;
    struct log *log;
    struct alarm *other;
    int64_t again_ms;
    void (*act)(struct alarm *alarm);
    char name;
};

struct log {
    char names[LOG_SIZE];
    size_t count;
};

static void alarm_runs(void *context)
{
    struct alarm *alarm = context;

    assert_false(alarm->timer.armed);
    assert_true(alarm->log->count < LOG_SIZE - 1);
    alarm->log->names[alarm->log->count++] = alarm->name;
    if (alarm->act != NULL)
        alarm->act(alarm);
}

static void arm(struct alarm *alarm, int64_t deadline_ms)
{
    assert_int_equal(selector_arm(alarm->selector, &alarm->timer, deadline_ms),
                     CHAT_OK);
}

/* Alarms named a, b, c, ...; the clock stands at START_MS. */
static void alarms_init(struct alarm *alarms, size_t count,
                        struct fixture *fixture, struct log *log)
{
    clock_set(START_MS, 0);
    *log = (struct log){{0}, 0};
    for (size_t i = 0; i < count; i++) {
        alarms[i] = (struct alarm){
            .selector = fixture->selector,
            .timer = {.callback = alarm_runs, .context = &alarms[i]},
            .log = log,
            .other = &alarms[(i + 1) % count],
            .again_ms = START_MS,
            .name = (char)('a' + (char)i),
        };
    }
}

static void rearm_itself(struct alarm *alarm)
{
    arm(alarm, alarm->again_ms);
}

static void rearm_other(struct alarm *alarm)
{
    arm(alarm->other, alarm->again_ms);
}

static void disarm_other(struct alarm *alarm)
{
    selector_disarm(alarm->selector, &alarm->other->timer);
}

static void disarm_and_free_other(struct alarm *alarm)
{
    disarm_other(alarm);
    free(alarm->other);
    alarm->other = NULL;
}

static void timers_run_nearest_deadline_first(void **state)
{
    struct alarm alarms[4];
    struct log log;

    alarms_init(alarms, 4, *state, &log);
    arm(&alarms[0], START_MS + 30);
    arm(&alarms[1], START_MS + 10);
    arm(&alarms[2], START_MS + 40);
    arm(&alarms[3], START_MS + 20);
    run_turns(*state, 2);
    assert_string_equal(log.names, "");
    clock_set(START_MS + 30, 0);
    run_turns(*state, 1);
    assert_string_equal(log.names, "bda");
    clock_set(START_MS + 40, 0);
    run_turns(*state, 2);
    assert_string_equal(log.names, "bdac");
}

static void timers_with_equal_deadlines_run_in_the_order_of_arming(void **state)
{
    struct alarm alarms[4];
    struct log log;

    alarms_init(alarms, 4, *state, &log);
    arm(&alarms[2], START_MS);
    arm(&alarms[0], START_MS);
    arm(&alarms[3], START_MS);
    arm(&alarms[1], START_MS);
    arm(&alarms[2], START_MS);
    run_turns(*state, 1);
    assert_string_equal(log.names, "adbc");
}

static void timer_that_rearms_itself_for_now_runs_once_per_turn(void **state)
{
    struct alarm alarm;
    struct log log;

    alarms_init(&alarm, 1, *state, &log);
    alarm.act = rearm_itself;
    arm(&alarm, START_MS);
    run_turns(*state, 3);
    assert_string_equal(log.names, "aaa");
    selector_disarm(alarm.selector, &alarm.timer);
}

static void timer_that_rearms_itself_for_the_past_starves_no_other(void **state)
{
    struct alarm alarms[2];
    struct log log;

    alarms_init(alarms, 2, *state, &log);
    alarms[0].act = rearm_itself;
    alarms[0].again_ms = 0;
    arm(&alarms[0], 0);
    arm(&alarms[1], START_MS);
    run_turns(*state, 1);
    assert_string_equal(log.names, "ab");
    arm(&alarms[1], START_MS);
    run_turns(*state, 1);
    assert_string_equal(log.names, "abab");
    selector_disarm(alarms[0].selector, &alarms[0].timer);
}

static void timer_armed_by_a_callback_runs_in_the_next_turn(void **state)
{
    struct alarm alarms[2];
    struct log log;

    alarms_init(alarms, 2, *state, &log);
    alarms[0].act = rearm_other;
    arm(&alarms[0], START_MS);
    run_turns(*state, 1);
    assert_string_equal(log.names, "a");
    run_turns(*state, 1);
    assert_string_equal(log.names, "ab");
}

static void due_timer_that_another_postpones_does_not_run(void **state)
{
    struct alarm alarms[2];
    struct log log;

    alarms_init(alarms, 2, *state, &log);
    alarms[0].act = rearm_other;
    alarms[0].again_ms = START_MS + 10;
    arm(&alarms[0], START_MS);
    arm(&alarms[1], START_MS);
    run_turns(*state, 2);
    assert_string_equal(log.names, "a");
    clock_set(START_MS + 10, 0);
    run_turns(*state, 1);
    assert_string_equal(log.names, "ab");
}

static void armed_timer_can_be_moved_nearer(void **state)
{
    struct alarm alarms[2];
    struct log log;

    alarms_init(alarms, 2, *state, &log);
    arm(&alarms[0], START_MS + 10);
    arm(&alarms[1], START_MS + 20);
    arm(&alarms[1], START_MS + 5);
    clock_set(START_MS + 5, 0);
    run_turns(*state, 1);
    assert_string_equal(log.names, "b");
    clock_set(START_MS + 20, 0);
    run_turns(*state, 1);
    assert_string_equal(log.names, "ba");
}

static void due_timer_that_another_disarms_does_not_run(void **state)
{
    struct alarm alarms[2];
    struct log log;

    alarms_init(alarms, 2, *state, &log);
    alarms[0].act = disarm_other;
    arm(&alarms[0], START_MS);
    arm(&alarms[1], START_MS);
    run_turns(*state, 2);
    assert_string_equal(log.names, "a");
    selector_disarm(alarms[1].selector, &alarms[1].timer); /* twice is fine */
}

static void due_timer_that_another_frees_is_not_touched(void **state)
{
    struct alarm alarm;
    struct log log;

    alarms_init(&alarm, 1, *state, &log);
    alarm.other = malloc(sizeof(alarm));
    assert_non_null(alarm.other);
    alarms_init(alarm.other, 1, *state, &log);
    alarm.act = disarm_and_free_other;
    arm(&alarm, START_MS);
    arm(alarm.other, START_MS);
    run_turns(*state, 2);
    assert_string_equal(log.names, "a");
}

static void armed_timers_do_not_keep_the_run_going(void **state)
{
    struct fixture *fixture = *state;
    struct alarm alarm;
    struct log log;

    alarms_init(&alarm, 1, fixture, &log);
    arm(&alarm, START_MS + 1000000);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_true(alarm.timer.armed);
}

static void stop_run(struct alarm *alarm)
{
    selector_stop(alarm->selector);
}

static void run_sleeps_until_the_deadline_and_not_less(void **state)
{
    struct fixture *fixture = *state;
    struct selector_stream idle = {.callback = ticker_ticks,
                                   .fd = fixture->near};
    struct alarm alarm;
    struct log log;

    alarms_init(&alarm, 1, fixture, &log);
    clock_release();
    alarm.act = stop_run;
    int64_t deadline_ms = clock_mono_ms() + 5;
    arm(&alarm, deadline_ms);
    assert_int_equal(selector_add(fixture->selector, &idle, SELECTOR_READ),
                     CHAT_OK);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_true(clock_mono_ms() >= deadline_ms);
    assert_string_equal(log.names, "a");
}

/* One of many, with what it needs to check the order of all. */
struct numbered {
    struct selector_timer timer;
    struct tally *tally;
    bool disarmed;
};

struct tally {
    const struct selector_timer *previous;
    size_t ran;
};

static void numbered_runs(void *context)
{
    struct numbered *numbered = context;
    const struct selector_timer *previous = numbered->tally->previous;

    assert_false(numbered->disarmed);
    if (previous != NULL)
        assert_true(previous->deadline_ms <= numbered->timer.deadline_ms);
    numbered->tally->previous = &numbered->timer;
    numbered->tally->ran++;
}

static int64_t some_deadline(uint32_t *random)
{
    *random = *random * 1664525u + 1013904223u;
    return START_MS + (int64_t)(*random >> 20);
}

/* A third is moved, a third is disarmed, in the midst of the others. */
static void many_timers_run_in_order(void **state)
{
    static struct numbered all[MANY_TIMERS];
    struct fixture *fixture = *state;
    struct tally tally = {NULL, 0};
    size_t disarmed = 0;
    uint32_t random = fixture->backend;

    clock_set(START_MS, 0);
    for (size_t i = 0; i < MANY_TIMERS; i++) {
        all[i] = (struct numbered){
            {.callback = numbered_runs, .context = &all[i]}, &tally, false};
        assert_int_equal(selector_arm(fixture->selector, &all[i].timer,
                                      some_deadline(&random)),
                         CHAT_OK);
    }
    for (size_t i = 0; i < MANY_TIMERS; i += 3, disarmed++) {
        selector_disarm(fixture->selector, &all[i].timer);
        all[i].disarmed = true;
        assert_int_equal(selector_arm(fixture->selector, &all[i + 1].timer,
                                      some_deadline(&random)),
                         CHAT_OK);
    }
    clock_set(START_MS + (1 << 12), 0);
    run_turns(fixture, 1);
    assert_int_equal(tally.ran, MANY_TIMERS - disarmed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(timers_run_nearest_deadline_first),
        ON_BOTH(timers_with_equal_deadlines_run_in_the_order_of_arming),
        ON_BOTH(timer_that_rearms_itself_for_now_runs_once_per_turn),
        ON_BOTH(timer_that_rearms_itself_for_the_past_starves_no_other),
        ON_BOTH(timer_armed_by_a_callback_runs_in_the_next_turn),
        ON_BOTH(due_timer_that_another_postpones_does_not_run),
        ON_BOTH(armed_timer_can_be_moved_nearer),
        ON_BOTH(due_timer_that_another_disarms_does_not_run),
        ON_BOTH(due_timer_that_another_frees_is_not_touched),
        ON_BOTH(armed_timers_do_not_keep_the_run_going),
        ON_BOTH(run_sleeps_until_the_deadline_and_not_less),
        ON_BOTH(many_timers_run_in_order),
    };
    return cmocka_run_group_tests_name("selector_timers", tests, NULL, NULL);
}
