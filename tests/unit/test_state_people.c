/*
 * Accounts: a person with any number of sessions, or none. They are here
 * while any session is, and a member of their rooms all along.
 */
#include "tests/unit/state_fixture.h"

static void wait_grace(struct fixture *f)
{
    pass_ms(f, f->rules.grace_ms);
    run_due(f);
}

/* ---- logging in and out ---- */

static void an_account_is_there_without_a_session(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    const struct person *person = state_person(f->state, pid);

    assert_false(person->here);
    assert_int_equal(person->kind, PERSON_REGISTERED);
    assert_null(person->sessions);
    assert_result(run(f, login_as("alice")), CHAT_NICK_TAKEN);
}

static void its_first_session_is_in_the_default_rooms(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);

    skip_events(f);
    int64_t sid = login_account(f, pid, "laptop");
    ASSERT_EVENTS(f, "session_new alice", "person_back alice back",
                  "join alice lobby 2");
    assert_int_not_equal(sid, pid);
    assert_int_equal(person_of(f, sid)->pid, pid);
    assert_true(person_of(f, sid)->here);
}

static void a_second_session_changes_nothing_for_the_others(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t laptop = login_account(f, pid, "laptop");

    skip_events(f);
    int64_t phone = login_account(f, pid, "phone");
    ASSERT_EVENTS(f, "session_new alice");
    assert_ptr_equal(person_of(f, phone), person_of(f, laptop));
    assert_int_equal(person_of(f, phone)->session_count, 2);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = laptop);
    ASSERT_EVENTS(f, "session_end alice logout");
    assert_int_equal(room_named(f, "lobby")->here_count, 1);
}

static void all_sessions_share_the_rooms(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t laptop = login_account(f, pid, "laptop");
    int64_t phone = login_account(f, pid, "phone");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = laptop, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = phone, .room = "dev", .id = "1",
               .text = "hello");
    const struct event *said = &f->log.events[f->log.count - 1];
    assert_int_equal(said->pid, pid);
    assert_int_equal(said->sid, phone);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = phone, .room = "dev");
    ASSERT_RUN(CHAT_NOT_MEMBER, f, HISTORY, .sid = laptop, .room = "dev");
}

static void
with_its_last_session_an_account_is_gone_and_still_a_member(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t sid = login_account(f, pid, "laptop");
    const struct person *person = state_person(f->state, pid);
    int64_t joined_seq = person->members->joined_seq;

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = sid);
    ASSERT_EVENTS(f, "leave alice lobby logout 3", "person_gone alice logout",
                  "session_end alice logout");
    assert_false(person->here);
    assert_int_equal(room_named(f, "lobby")->here_count, 0);
    assert_int_equal(room_named(f, "lobby")->member_count, 1);
    login_account(f, pid, "laptop");
    ASSERT_EVENTS(f, "session_new alice", "person_back alice back",
                  "join alice lobby back 4");
    assert_int_equal(person->members->joined_seq, joined_seq);
}

static void a_session_that_replaces_its_own_goes_unnoticed(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    struct command again = {
        .type = COMMAND_SESSION_NEW, .pid = pid, .has_replaces = true};

    login_account(f, pid, "laptop");
    token("laptop", again.replaces);
    token("laptop again", again.token_hash);
    skip_events(f);
    assert_result(run(f, again), CHAT_OK);
    ASSERT_EVENTS(f, "session_new alice", "session_end alice logout");
    assert_int_equal(state_person(f->state, pid)->session_count, 1);
}

static void an_account_stays_in_its_rooms_and_joins_those_it_names(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t sid = login_account(f, pid, "laptop");
    struct command named = {.type = COMMAND_SESSION_NEW,
                            .pid = pid,
                            .has_rooms = true,
                            .rooms = {"dev"},
                            .room_count = 1};

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = sid, .room = "ops");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = sid, .room = "lobby");
    skip_events(f);
    login_account(f, pid, "phone");
    ASSERT_EVENTS(f, "session_new alice");
    token("tablet", named.token_hash);
    assert_result(run(f, named), CHAT_OK);
    ASSERT_EVENTS(f, "session_new alice", "room alice dev 1",
                  "join alice dev 2");
    assert_int_equal(state_person(f->state, pid)->room_count, 2);
}

static void who_is_no_account_gets_no_session_of_one(void **state)
{
    struct fixture *f = *state;
    int64_t guest = login(f, "bob");

    ASSERT_RUN(CHAT_SESSION_REQUIRED, f, SESSION_NEW, .pid = guest);
    ASSERT_RUN(CHAT_SESSION_REQUIRED, f, SESSION_NEW, .pid = 1000000);
}

/* ---- presence ---- */

static void a_person_is_here_while_any_session_is(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t laptop = login_account(f, pid, "laptop");
    int64_t phone = login_account(f, pid, "phone");

    skip_events(f);
    pass_ms(f, f->rules.grace_ms - 1);
    touch(f, phone, 0);
    pass_ms(f, 1);
    assert_int_equal(run_due(f), 1);
    ASSERT_EVENTS(f, "person_gone alice gone");
    assert_true(person_of(f, laptop)->here);
    assert_int_not_equal(state_session(f->state, laptop)->idle_at_ms, 0);
    assert_int_equal(room_named(f, "lobby")->here_count, 1);
    wait_grace(f);
    ASSERT_EVENTS(f, "leave alice lobby gone 3", "person_gone alice gone");
    assert_false(person_of(f, laptop)->here);
}

static void any_session_brings_a_person_back(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t laptop = login_account(f, pid, "laptop");
    int64_t phone = login_account(f, pid, "phone");

    wait_grace(f);
    skip_events(f);
    touch(f, phone, 0);
    ASSERT_EVENTS(f, "person_back alice back", "join alice lobby back 4");
    touch(f, laptop, 0);
    ASSERT_EVENTS(f, "person_back alice back");
    assert_int_equal(state_session(f->state, laptop)->idle_at_ms, 0);
}

static void an_idle_session_ends_while_another_one_is_here(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t laptop = login_account(f, pid, "laptop");
    int64_t phone = login_account(f, pid, "phone");

    pass_ms(f, f->rules.grace_ms);
    touch(f, phone, 0);
    run_due(f);
    pass_ms(f, f->rules.session_idle_ms);
    touch(f, phone, 0);
    skip_events(f);
    run_due(f);
    ASSERT_EVENTS(f, "session_end alice expired");
    assert_null(state_session(f->state, laptop));
    assert_true(person_of(f, phone)->here);
}

static void a_last_session_that_expires_leaves_the_account(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);

    login_account(f, pid, "laptop");
    wait_grace(f);
    pass_ms(f, f->rules.session_idle_ms);
    skip_events(f);
    run_due(f);
    ASSERT_EVENTS(f, "session_end alice expired");
    assert_int_equal(state_person(f->state, pid)->room_count, 1);
    assert_int_equal(run_due(f), 0);
}

static void a_bots_session_does_not_expire(void **state)
{
    struct fixture *f = *state;
    struct decision decision = {.state = f->state, .now = f->now};
    struct event bot = {.type = EVENT_PERSON_NEW,
                        .kind = PERSON_BOT,
                        .from = "robot",
                        .pid = f->state->head_seq + 1};
    int64_t sid = login_account(f, state_emit(&decision, &bot), "bot");

    wait_grace(f);
    pass_ms(f, 1000 * f->rules.session_idle_ms);
    assert_int_equal(run_due(f), 0);
    ASSERT_RUN(CHAT_OK, f, ROOMS, .sid = sid);
}

/* ---- who makes a room ---- */

static void who_makes_a_room_owns_it(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "dev");
    const struct room *dev = room_named(f, "dev");
    assert_int_equal(state_member(person_of(f, alice), dev)->rank, RANK_OWNER);
    assert_int_equal(state_member(person_of(f, bob), dev)->rank, RANK_NONE);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "dev");
    assert_null(state_member(person_of(f, alice), dev));
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "dev");
    assert_int_equal(state_member(person_of(f, alice), dev)->rank, RANK_OWNER);
}

static void accounts_make_rooms_where_guests_may_not(void **state)
{
    struct fixture *f = *state;

    f->rules.guests_make_rooms = false;
    fixture_restart(f);
    int64_t alice =
        login_account(f, account(f, "alice", ROLE_MEMBER), "laptop");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_NEW, .sid = login(f, "bob"),
               .room = "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_account_is_there_without_a_session),
        TEST(its_first_session_is_in_the_default_rooms),
        TEST(a_second_session_changes_nothing_for_the_others),
        TEST(all_sessions_share_the_rooms),
        TEST(with_its_last_session_an_account_is_gone_and_still_a_member),
        TEST(a_session_that_replaces_its_own_goes_unnoticed),
        TEST(an_account_stays_in_its_rooms_and_joins_those_it_names),
        TEST(who_is_no_account_gets_no_session_of_one),
        TEST(a_person_is_here_while_any_session_is),
        TEST(any_session_brings_a_person_back),
        TEST(an_idle_session_ends_while_another_one_is_here),
        TEST(a_last_session_that_expires_leaves_the_account),
        TEST(a_bots_session_does_not_expire),
        TEST(who_makes_a_room_owns_it),
        TEST(accounts_make_rooms_where_guests_may_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
