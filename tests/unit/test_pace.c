#include "fcgi/pace.h"
#include "tests/unit/unit.h"

/* With one processor, answers a second that take about this share of it. */
#define SECOND_MS 1000
#define ANSWERS_PER_PROCESSOR 28571

static const int64_t hold_ms_max = 100;

/* Gives `answers` a second for a second, in steps of 10 ms. */
static void answer_for_a_second(struct pace *pace, uint64_t answers,
                                int64_t *now_ms)
{
    for (int step = 0; step < 100; step++) {
        *now_ms += 10;
        pace_count(pace, answers / 100, *now_ms);
    }
}

static int64_t hold_at(uint64_t answers_per_second, int processors,
                       int64_t max_ms)
{
    struct pace pace;
    int64_t now_ms = 5000;

    pace_init(&pace, processors, max_ms, now_ms);
    answer_for_a_second(&pace, answers_per_second, &now_ms);
    return pace_hold_ms(&pace, now_ms);
}

static void an_idle_processor_holds_nothing(void **state)
{
    (void)state;
    assert_int_equal(hold_at(0, 1, hold_ms_max), 0);
    assert_int_equal(hold_at(1000, 1, hold_ms_max), 0);
    assert_int_equal(hold_at(ANSWERS_PER_PROCESSOR / 5, 1, hold_ms_max), 0);
}

static void the_hold_grows_with_the_load_up_to_its_bound(void **state)
{
    int64_t third = hold_at(ANSWERS_PER_PROCESSOR / 3, 1, hold_ms_max);
    int64_t half = hold_at(ANSWERS_PER_PROCESSOR / 2, 1, hold_ms_max);

    (void)state;
    assert_in_range(third, 1, 49);
    assert_in_range(half, third + 1, 60);
    assert_int_equal(hold_at(ANSWERS_PER_PROCESSOR, 1, hold_ms_max),
                     hold_ms_max);
    assert_int_equal(hold_at(UINT64_C(1000000), 1, hold_ms_max), hold_ms_max);
}

static void more_processors_hold_less(void **state)
{
    (void)state;
    assert_int_equal(hold_at(ANSWERS_PER_PROCESSOR / 2, 2, hold_ms_max), 0);
    assert_true(hold_at(ANSWERS_PER_PROCESSOR, 2, hold_ms_max) < hold_ms_max);
}

static void a_bound_of_zero_never_holds(void **state)
{
    (void)state;
    assert_int_equal(hold_at(UINT64_C(1000000), 1, 0), 0);
}

static void a_pause_ends_the_hold(void **state)
{
    struct pace pace;
    int64_t now_ms = 5000;

    (void)state;
    pace_init(&pace, 1, hold_ms_max, now_ms);
    answer_for_a_second(&pace, ANSWERS_PER_PROCESSOR, &now_ms);
    assert_int_equal(pace_hold_ms(&pace, now_ms), hold_ms_max);
    assert_int_equal(pace_hold_ms(&pace, now_ms + SECOND_MS), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_processor_holds_nothing),
        cmocka_unit_test(the_hold_grows_with_the_load_up_to_its_bound),
        cmocka_unit_test(more_processors_hold_less),
        cmocka_unit_test(a_bound_of_zero_never_holds),
        cmocka_unit_test(a_pause_ends_the_hold),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
