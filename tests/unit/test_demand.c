/* The real kernel's count, where it has one. */
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "fcgi/demand.h"
#include "tests/unit/unit.h"

static void a_thread_that_works_wants_a_processor(void **state)
{
    struct demand demand;

    (void)state;
    demand_open(&demand);
    if (demand.fd < 0)
        skip();
    int64_t before_ns = demand_ns(&demand);
    while (demand_ns(&demand) == before_ns)
        sched_yield(); /* the kernel counts when it looks at the thread */
    assert_true(demand_ns(&demand) > before_ns);
    demand_close(&demand);
    assert_int_equal(demand_ns(&demand), 0);
}

static void what_is_not_counted_is_no_demand(void **state)
{
    struct demand demand = {.fd = -1};

    (void)state;
    assert_int_equal(demand_ns(&demand), 0);
    demand_close(&demand);
}

static void demand_is_running_and_waiting(void **state)
{
    struct demand demand;
    char name[] = "/tmp/test_demand.XXXXXX";

    (void)state;
    demand.fd = mkstemp(name);
    assert_true(demand.fd >= 0);
    assert_int_equal(unlink(name), 0);
    assert_int_equal(demand_ns(&demand), 0);
    assert_int_equal(write(demand.fd, "nothing\n", 8), 8);
    assert_int_equal(demand_ns(&demand), 0);
    assert_int_equal(pwrite(demand.fd, "12 30 4\n", 8, 0), 8);
    assert_int_equal(demand_ns(&demand), 42);
    demand_close(&demand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_that_works_wants_a_processor),
        cmocka_unit_test(what_is_not_counted_is_no_demand),
        cmocka_unit_test(demand_is_running_and_waiting),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
