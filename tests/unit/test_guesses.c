/* Tries at passphrases: so many from one address, so many at one nick. */
#include "tests/unit/unit.h"

#include "broker/guesses.h"

enum { HERE = 17, THERE = 18, NOW_MS = 1000000 };

static struct guesses *begin(void)
{
    static struct guesses guesses;

    assert_true(sodium_init() >= 0);
    guesses_init(&guesses);
    return &guesses;
}

static bool guess(struct guesses *guesses, int64_t address, const char *nick,
                  int64_t mono_ms)
{
    int64_t retry_ms;

    return guesses_take(guesses, address, nick, mono_ms, &retry_ms);
}

static void an_address_has_so_many_and_then_one_at_a_time(void **state)
{
    struct guesses *guesses = begin();
    int64_t retry_ms = 0;

    (void)state;
    for (int i = 0; i < GUESSES_PER_ADDRESS; i++)
        assert_true(guess(guesses, HERE, "ann", NOW_MS));
    assert_false(guesses_take(guesses, HERE, "bob", NOW_MS, &retry_ms));
    assert_int_equal(retry_ms, GUESS_ADDRESS_REFILL_MS);
    assert_true(guess(guesses, THERE, "bob", NOW_MS));
    assert_false(guess(guesses, HERE, "bob", NOW_MS + retry_ms - 1));
    assert_true(guess(guesses, HERE, "bob", NOW_MS + retry_ms));
    assert_false(guess(guesses, HERE, "bob", NOW_MS + retry_ms));
}

static void a_nick_has_so_many_from_wherever(void **state)
{
    struct guesses *guesses = begin();

    (void)state;
    for (int i = 0; i < GUESSES_PER_NICK; i++)
        assert_true(guess(guesses, 0, "ann", NOW_MS));
    assert_false(guess(guesses, HERE, "ann", NOW_MS));
    assert_true(guess(guesses, HERE, "bob", NOW_MS));
    assert_true(guess(guesses, HERE, "ann", NOW_MS + GUESS_NICK_REFILL_MS));
}

static void what_is_refused_costs_nothing(void **state)
{
    struct guesses *guesses = begin();

    (void)state;
    for (int i = 0; i < GUESSES_PER_ADDRESS; i++)
        assert_true(guess(guesses, HERE, "ann", NOW_MS));
    for (int i = 0; i < 1000; i++)
        assert_false(guess(guesses, HERE, "ann", NOW_MS));
    assert_true(guess(guesses, HERE, "ann", NOW_MS + GUESS_ADDRESS_REFILL_MS));
    assert_true(guess(guesses, THERE, "ann", NOW_MS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_address_has_so_many_and_then_one_at_a_time),
        cmocka_unit_test(a_nick_has_so_many_from_wherever),
        cmocka_unit_test(what_is_refused_costs_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
