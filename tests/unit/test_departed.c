/* Where guests who left lately had come from. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "broker/departed.h"
#include "common/alloc.h"

static int setup(void **state)
{
    *state = alloc_or_die(sizeof(struct departed));
    return 0;
}

static int teardown(void **state)
{
    departed_fini(*state);
    free(*state);
    return 0;
}

static void nobody_has_departed_at_first(void **state)
{
    assert_int_equal(departed_address(*state, "bob"), 0);
}

static void the_last_one_of_a_nick_counts(void **state)
{
    departed_add(*state, "bob", 7);
    departed_add(*state, "alice", 8);
    departed_add(*state, "bob", 9);
    assert_int_equal(departed_address(*state, "bob"), 9);
    assert_int_equal(departed_address(*state, "alice"), 8);
}

static void the_oldest_are_forgotten(void **state)
{
    char key[16];

    departed_add(*state, "bob", 7);
    for (int i = 1; i < DEPARTED_MAX; i++) {
        snprintf(key, sizeof(key), "n%d", i);
        departed_add(*state, key, i);
    }
    assert_int_equal(departed_address(*state, "bob"), 7);
    departed_add(*state, "one more", 1);
    assert_int_equal(departed_address(*state, "bob"), 0);
    assert_int_equal(departed_address(*state, "n1"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(nobody_has_departed_at_first),
        TEST(the_last_one_of_a_nick_counts),
        TEST(the_oldest_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
