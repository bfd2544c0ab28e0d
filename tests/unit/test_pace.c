#include "fcgi/pace.h"
#include "tests/unit/unit.h"

enum { HOLD_MS_MAX = 100, SECOND_MS = 1000 };

/* A thread and its clock. */
static struct {
    int64_t now_ms;
    int64_t demand_ns;
} thread;

static int64_t demand_of_thread(void *context)
{
    (void)context;
    return thread.demand_ns;
}

static struct pace new_pace(int64_t hold_ms_max)
{
    struct pace pace;

    thread.now_ms = 5000;
    thread.demand_ns = INT64_C(7000000000);
    pace_init(&pace,
              &(struct pace_options){.demand = demand_of_thread,
                                     .hold_ms_max = hold_ms_max},
              thread.now_ms);
    return pace;
}

/* Wants a processor for `percent` of the time, and asks every 10 ms. */
static int64_t hold_after(struct pace *pace, int64_t percent, int64_t ms)
{
    int64_t hold_ms = 0;

    for (int64_t passed_ms = 0; passed_ms < ms; passed_ms += 10) {
        thread.now_ms += 10;
        thread.demand_ns += percent * 100000; /* ns in 10 ms */
        hold_ms = pace_hold_ms(pace, thread.now_ms);
    }
    return hold_ms;
}

static int64_t hold_at(int64_t percent)
{
    struct pace pace = new_pace(HOLD_MS_MAX);

    return hold_after(&pace, percent, SECOND_MS);
}

static void nothing_is_held_while_processors_are_idle(void **state)
{
    (void)state;
    assert_int_equal(hold_at(0), 0);
    assert_int_equal(hold_at(20), 0);
    assert_int_equal(hold_at(40), 0);
}

static void the_hold_grows_with_the_demand_up_to_its_bound(void **state)
{
    int64_t little = hold_at(50), more = hold_at(60);

    (void)state;
    assert_in_range(little, 1, HOLD_MS_MAX / 2);
    assert_in_range(more, little + 1, HOLD_MS_MAX - 1);
    assert_int_equal(hold_at(90), HOLD_MS_MAX);
    assert_int_equal(hold_at(100), HOLD_MS_MAX);
}

static void a_bound_of_zero_never_holds(void **state)
{
    struct pace pace = new_pace(0);

    (void)state;
    assert_int_equal(hold_after(&pace, 100, SECOND_MS), 0);
}

static void a_kernel_that_does_not_count_never_holds(void **state)
{
    struct pace pace = new_pace(HOLD_MS_MAX);

    (void)state;
    thread.demand_ns = 0;
    assert_int_equal(hold_after(&pace, 0, SECOND_MS), 0);
}

static void one_busy_moment_does_not_hold_as_long_as_a_busy_second(void **state)
{
    struct pace pace = new_pace(HOLD_MS_MAX);

    (void)state;
    assert_int_equal(hold_after(&pace, 10, SECOND_MS), 0);
    assert_in_range(hold_after(&pace, 100, 50), 0, HOLD_MS_MAX - 1);
    assert_int_equal(hold_after(&pace, 100, SECOND_MS), HOLD_MS_MAX);
}

static void a_pause_ends_the_hold(void **state)
{
    struct pace pace = new_pace(HOLD_MS_MAX);

    (void)state;
    assert_int_equal(hold_after(&pace, 100, SECOND_MS), HOLD_MS_MAX);
    assert_int_equal(pace_hold_ms(&pace, thread.now_ms + SECOND_MS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_held_while_processors_are_idle),
        cmocka_unit_test(the_hold_grows_with_the_demand_up_to_its_bound),
        cmocka_unit_test(a_bound_of_zero_never_holds),
        cmocka_unit_test(a_kernel_that_does_not_count_never_holds),
        cmocka_unit_test(
            one_busy_moment_does_not_hold_as_long_as_a_busy_second),
        cmocka_unit_test(a_pause_ends_the_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
