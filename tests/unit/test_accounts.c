/* Which sessions are of which account. */
#include "tests/unit/unit.h"

#include "fcgi/accounts.h"
#include "fcgi/directory.h"

static void account_is_there_while_it_has_a_session(void **state)
{
    struct known_session sessions[3] = {{.sid = 1}, {.sid = 2}, {.sid = 3}};
    struct known_account *accounts = NULL;

    (void)state;
    assert_null(accounts_find(accounts, 5));
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(accounts_add(&accounts, 5, &sessions[i]), CHAT_OK);
    assert_int_equal(accounts_find(accounts, 5)->session_count, 3);
    accounts_remove(&accounts, 5, &sessions[0]);
    accounts_remove(&accounts, 5, &sessions[2]);
    assert_int_equal(accounts_find(accounts, 5)->session_count, 1);
    assert_ptr_equal(accounts_find(accounts, 5)->sessions[0], &sessions[1]);
    accounts_remove(&accounts, 5, &sessions[1]);
    assert_null(accounts_find(accounts, 5));
    assert_null(accounts);
}

static void accounts_are_apart(void **state)
{
    struct known_session one = {.sid = 1}, other = {.sid = 2};
    struct known_account *accounts = NULL;

    (void)state;
    assert_int_equal(accounts_add(&accounts, 5, &one), CHAT_OK);
    assert_int_equal(accounts_add(&accounts, 6, &other), CHAT_OK);
    accounts_remove(&accounts, 6, &one); /* not its own */
    accounts_remove(&accounts, 7, &one); /* not there */
    assert_ptr_equal(accounts_find(accounts, 6)->sessions[0], &other);
    accounts_remove(&accounts, 5, &one);
    assert_null(accounts_find(accounts, 5));
    assert_non_null(accounts_find(accounts, 6));
    accounts_remove(&accounts, 6, &other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(account_is_there_while_it_has_a_session),
        cmocka_unit_test(accounts_are_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
