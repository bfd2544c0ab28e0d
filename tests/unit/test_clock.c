#include <time.h>

#include "common/clock.h"
#include "tests/unit/unit.h"

static void clocks_stand_still_where_they_are_set(void **state)
{
    (void)state;
    clock_set(5, 1700000000000);
    assert_int_equal(clock_mono_ms(), 5);
    assert_int_equal(clock_wall_ms(), 1700000000000);
    clock_set(6, 1600000000000);
    assert_int_equal(clock_mono_ms(), 6);
    assert_int_equal(clock_wall_ms(), 1600000000000);
    clock_release();
}

static void released_wall_clock_is_the_system_s_in_milliseconds(void **state)
{
    (void)state;
    clock_set(5, 5);
    clock_release();
    int64_t before_s = (int64_t)time(NULL);
    int64_t wall_ms = clock_wall_ms();
    /* time() may lag by a tick; the year 3000 catches a wrong unit. */
    assert_true(wall_ms / 1000 >= before_s);
    assert_true(wall_ms < 32503680000000);
}

static void released_monotonic_clock_never_goes_back(void **state)
{
    int64_t last_ms = clock_mono_ms();

    (void)state;
    for (int i = 0; i < 10000; i++) {
        int64_t now_ms = clock_mono_ms();
        assert_true(now_ms >= last_ms);
        last_ms = now_ms;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clocks_stand_still_where_they_are_set),
        cmocka_unit_test(released_wall_clock_is_the_system_s_in_milliseconds),
        cmocka_unit_test(released_monotonic_clock_never_goes_back),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
