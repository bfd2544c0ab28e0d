/* One's own sessions: ending them, how long they last, the page's goodbye. */
#include "tests/unit/state_fixture.h"

#define DAY_MS (24LL * 3600 * 1000)

/* Somebody here with two sessions. */
struct two {
    int64_t pid, laptop, phone;
};

static struct two log_in_twice(struct fixture *f)
{
    struct two two = {.pid = account(f, "alice", ROLE_MEMBER)};

    two.laptop = login_account(f, two.pid, "laptop");
    two.phone = login_account(f, two.pid, "phone");
    skip_events(f);
    return two;
}

/* ---- revoking ---- */

static void another_session_of_ones_own_can_be_ended(void **state)
{
    struct fixture *f = *state;
    struct two alice = log_in_twice(f);

    ASSERT_RUN(CHAT_OK, f, SESSION_REVOKE, .sid = alice.laptop,
               .target = alice.phone);
    ASSERT_EVENTS(f, "session_end alice revoked");
    assert_result(get(f, "phone"), CHAT_SESSION_REQUIRED);
    assert_result(get(f, "laptop"), CHAT_OK);
}

static void the_session_that_asks_can_end_itself(void **state)
{
    struct fixture *f = *state;
    struct two alice = log_in_twice(f);

    ASSERT_RUN(CHAT_OK, f, SESSION_REVOKE, .sid = alice.laptop,
               .target = alice.laptop);
    assert_result(get(f, "laptop"), CHAT_SESSION_REQUIRED);
    assert_true(state_person(f->state, alice.pid)->here);
}

static void all_end_at_once_and_the_others_see_one_leave(void **state)
{
    struct fixture *f = *state;
    struct two alice = log_in_twice(f);

    ASSERT_RUN(CHAT_OK, f, SESSION_REVOKE, .sid = alice.laptop);
    ASSERT_EVENTS(f, "session_end alice revoked", "leave alice lobby revoked 3",
                  "person_gone alice revoked", "session_end alice revoked");
    assert_int_equal(state_person(f->state, alice.pid)->session_count, 0);
    assert_int_equal(f->outcome.sid, 0);
}

static void a_guest_who_ends_all_is_gone_for_good(void **state)
{
    struct fixture *f = *state;
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, SESSION_REVOKE, .sid = bob);
    assert_null(state_person(f->state, bob));
    login(f, "bob");
}

static void somebody_elses_session_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct two alice = log_in_twice(f);
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_NOT_FOUND, f, SESSION_REVOKE, .sid = bob,
               .target = alice.phone);
    ASSERT_RUN(CHAT_NOT_FOUND, f, SESSION_REVOKE, .sid = bob, .target = 999);
    assert_result(get(f, "phone"), CHAT_OK);
}

static void one_login_too_many_ends_the_oldest(void **state)
{
    struct fixture *f = *state;

    f->rules.sessions_per_person = 2;
    fixture_restart(f);
    struct two alice = log_in_twice(f);
    login_account(f, alice.pid, "tablet");
    ASSERT_EVENTS(f, "session_new alice", "session_end alice revoked");
    assert_result(get(f, "laptop"), CHAT_SESSION_REQUIRED);
    assert_result(get(f, "tablet"), CHAT_OK);
}

/* ---- how long they last ---- */

static void a_session_in_use_ends_when_it_is_too_old(void **state)
{
    struct fixture *f = *state;
    int64_t bob = login(f, "bob");

    pass_ms(f, 30 * DAY_MS - 1);
    touch(f, bob, 0);
    assert_int_equal(run_due(f), 0);
    pass_ms(f, 1);
    touch(f, bob, 0);
    assert_int_equal(run_due(f), 1);
    assert_null(state_session(f->state, bob));
}

static void a_bots_session_does_not_age(void **state)
{
    struct fixture *f = *state;
    struct decision decision = {.state = f->state, .now = f->now};
    struct event event = {.type = EVENT_PERSON_NEW,
                          .pid = f->state->head_seq + 1,
                          .kind = PERSON_BOT,
                          .role = ROLE_MEMBER,
                          .from = "robot"};
    int64_t sid = login_account(f, state_emit(&decision, &event), "token");

    pass_ms(f, 400 * DAY_MS);
    touch(f, sid, 0);
    assert_int_equal(run_due(f), 0);
}

/* ---- goodbye ---- */

static void who_says_goodbye_is_gone_in_five_seconds(void **state)
{
    struct fixture *f = *state;
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, BYE, .sid = bob);
    skip_events(f);
    pass_ms(f, BYE_MS - 1);
    assert_int_equal(run_due(f), 0);
    pass_ms(f, 1);
    assert_int_equal(run_due(f), 1);
    ASSERT_EVENTS(f, "leave bob lobby gone 3", "person_gone bob gone");
}

static void a_request_after_the_goodbye_takes_it_back(void **state)
{
    struct fixture *f = *state;
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, BYE, .sid = bob);
    pass_ms(f, 1000);
    assert_result(get(f, "bob"), CHAT_OK);
    pass_ms(f, BYE_MS);
    assert_int_equal(run_due(f), 0);
}

static void a_poll_of_another_page_takes_it_back(void **state)
{
    struct fixture *f = *state;
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, BYE, .sid = bob);
    pass_ms(f, 2000);
    touch(f, bob, 0);
    pass_ms(f, BYE_MS - 2000);
    assert_int_equal(run_due(f), 0);
}

static void a_poll_from_before_the_goodbye_does_not(void **state)
{
    struct fixture *f = *state;
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, BYE, .sid = bob);
    pass_ms(f, 1000);
    touch(f, bob, 1000 - BYE_SLACK_MS);
    pass_ms(f, BYE_MS - 1000);
    assert_int_equal(run_due(f), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(another_session_of_ones_own_can_be_ended),
        TEST(the_session_that_asks_can_end_itself),
        TEST(all_end_at_once_and_the_others_see_one_leave),
        TEST(a_guest_who_ends_all_is_gone_for_good),
        TEST(somebody_elses_session_is_not_found),
        TEST(one_login_too_many_ends_the_oldest),
        TEST(a_session_in_use_ends_when_it_is_too_old),
        TEST(a_bots_session_does_not_age),
        TEST(who_says_goodbye_is_gone_in_five_seconds),
        TEST(a_request_after_the_goodbye_takes_it_back),
        TEST(a_poll_of_another_page_takes_it_back),
        TEST(a_poll_from_before_the_goodbye_does_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
