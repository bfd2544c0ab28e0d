/* Closing what has a socket of nng, which may hang. */
#include <semaphore.h>
#include <stdatomic.h>

#include "common/link_internal.h"
#include "tests/unit/nng_leftovers.h"
#include "tests/unit/unit.h"

/* What is closed; that ends once it `may_end`. */
struct closing {
    sem_t may_end, has_ended;
    atomic_bool closed;
};

static void *close_it(void *context)
{
    struct closing *closing = context;

    while (sem_wait(&closing->may_end) != 0)
        ;
    atomic_store(&closing->closed, true);
    sem_post(&closing->has_ended);
    return NULL;
}

static void set_up_closing(struct closing *closing, unsigned may_end)
{
    atomic_init(&closing->closed, false);
    assert_int_equal(sem_init(&closing->may_end, 0, may_end), 0);
    assert_int_equal(sem_init(&closing->has_ended, 0, 0), 0);
}

static void closing_is_waited_for(void **state)
{
    struct closing closing;

    (void)state;
    set_up_closing(&closing, 1);
    link_close(close_it, &closing);
    assert_true(atomic_load(&closing.closed));
}

static void closing_that_hangs_is_left_to_its_thread(void **state)
{
    struct closing closing;

    (void)state;
    set_up_closing(&closing, 0);
    link_close(close_it, &closing);
    assert_false(atomic_load(&closing.closed));
    sem_post(&closing.may_end);
    while (sem_wait(&closing.has_ended) != 0)
        ;
    assert_true(atomic_load(&closing.closed));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_is_waited_for),
        cmocka_unit_test(closing_that_hangs_is_left_to_its_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
