/* How far people have read, and who does nothing any more. */
#include "tests/unit/state_stored.h"

/* ---- reading ---- */

static int64_t say(struct fixture *f, int64_t sid, const char *id)
{
    ASSERT_RUN(CHAT_OK, f, POST, .sid = sid, .room = "lobby", .id = id,
               .text = "hello");
    skip_events(f);
    return f->outcome.seq;
}

static void read_to(struct fixture *f, int64_t sid, int64_t target)
{
    ASSERT_RUN(CHAT_OK, f, READ, .sid = sid, .room = "lobby", .target = target);
}

static int64_t read_seq(const struct fixture *f, int64_t sid)
{
    return state_member(person_of(f, sid), room_named(f, "lobby"))->read_seq;
}

static void an_account_has_read_up_to_somewhere(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t alice = login_account(f, pid, "laptop");
    int64_t first = say(f, login(f, "bob"), "1");

    read_to(f, alice, first);
    ASSERT_EVENTS(f, "read alice lobby quiet");
    assert_int_equal(read_seq(f, alice), first);
    read_to(f, alice, first);
    read_to(f, alice, first - 1);
    ASSERT_NO_EVENTS(f);
    read_to(f, alice, INT64_MAX);
    assert_true(read_seq(f, alice) > first);
    assert_true(read_seq(f, alice) < state_head_seq(f->state));
}

static void of_guests_it_is_not_kept(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    read_to(f, alice, say(f, login(f, "bob"), "1"));
    ASSERT_NO_EVENTS(f);
    assert_int_equal(read_seq(f, alice), 0);
}

static void whoever_answers_has_read(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t alice = login_account(f, pid, "laptop");
    int64_t bob = login(f, "bob");

    say(f, bob, "1");
    int64_t answer = say(f, alice, "1");
    assert_int_equal(read_seq(f, alice), answer);
    say(f, bob, "2");
    assert_int_equal(read_seq(f, alice), answer);
}

static void only_members_read(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_ADMIN);
    int64_t alice = login_account(f, pid, "laptop");
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_NOT_MEMBER, f, READ, .sid = bob, .room = "lobby",
               .target = 1);
    ASSERT_RUN(CHAT_NOT_MEMBER, f, READ, .sid = alice, .room = "lobby",
               .target = 1);
    ASSERT_RUN(CHAT_NO_ROOM, f, READ, .sid = bob, .room = "no", .target = 1);
}

/* ---- doing nothing ---- */

static void count_room(void *context, const struct room *room)
{
    int *count = context;

    assert_non_null(room);
    ++*count;
}

/* Looks as the broker does each second; how many rooms are to be told. */
static int look(struct fixture *f)
{
    int count = 0;

    state_note_inactivity(f->state, f->now.mono_ms, count_room, &count);
    return count;
}

/* So long `sid` polls, and that is all. */
static void poll_on(struct fixture *f, int64_t sid, int64_t ms)
{
    for (; ms > 0; ms -= 10000) {
        pass_ms(f, ms < 10000 ? ms : 10000);
        touch(f, sid, 0);
    }
}

static void who_only_polls_is_idle_after_a_while(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    poll_on(f, alice, f->rules.inactive_ms - 1);
    assert_int_equal(look(f), 0);
    poll_on(f, alice, 1);
    ASSERT_RUN(CHAT_OK, f, EVENTS, .sid = alice);
    assert_int_equal(look(f), 1);
    assert_true(person_of(f, alice)->inactive);
    assert_int_equal(look(f), 0);
    ASSERT_RUN(CHAT_OK, f, TYPING, .sid = alice, .room = "lobby");
    assert_int_equal(look(f), 1);
    assert_false(person_of(f, alice)->inactive);
}

static void a_page_says_that_nobody_is_there(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, IDLE, .sid = alice, .on = true);
    assert_int_equal(look(f), 1);
    touch(f, alice, 0);
    assert_int_equal(look(f), 0);
    ASSERT_RUN(CHAT_OK, f, IDLE, .sid = alice);
    assert_int_equal(look(f), 1);
    assert_false(person_of(f, alice)->inactive);
}

static void one_session_that_does_something_is_enough(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t laptop = login_account(f, pid, "laptop");
    int64_t phone = login_account(f, pid, "phone");

    ASSERT_RUN(CHAT_OK, f, IDLE, .sid = laptop, .on = true);
    assert_int_equal(look(f), 0);
    ASSERT_RUN(CHAT_OK, f, IDLE, .sid = phone, .on = true);
    assert_int_equal(look(f), 1);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = phone);
    assert_int_equal(look(f), 0);
}

static void who_is_gone_is_not_idle(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, IDLE, .sid = alice, .on = true);
    look(f);
    pass_ms(f, f->rules.grace_ms);
    run_due(f);
    assert_int_equal(look(f), 0);
    assert_false(person_of(f, alice)->inactive);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_TEST(an_account_has_read_up_to_somewhere),
        TEST(of_guests_it_is_not_kept),
        STORED_TEST(whoever_answers_has_read),
        TEST(only_members_read),
        TEST(who_only_polls_is_idle_after_a_while),
        TEST(a_page_says_that_nobody_is_there),
        TEST(one_session_that_does_something_is_enough),
        TEST(who_is_gone_is_not_idle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
