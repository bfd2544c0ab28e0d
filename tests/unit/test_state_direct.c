/* Rooms of two: who is in them, who sees them, and blocks. */
#include "tests/unit/state_stored.h"

/* The room of two that the last command gave. */
static const struct room *given(const struct fixture *f)
{
    const struct room *room = state_room(f->state, f->outcome.rid);

    assert_non_null(room);
    assert_int_equal(room->settings.access, ROOM_DIRECT);
    return room;
}

static const struct room *direct(struct fixture *f, int64_t sid, const char *to)
{
    ASSERT_RUN(CHAT_OK, f, DIRECT, .sid = sid, .to = to);
    return given(f);
}

static void block(struct fixture *f, int64_t sid, int64_t to_pid)
{
    struct decision decision = {.state = f->state, .now = f->now};
    struct event event = {.type = EVENT_BLOCK,
                          .pid = person_of(f, sid)->pid,
                          .sid = sid,
                          .to_pid = to_pid,
                          .to = "somebody",
                          .value = 1};

    state_emit(&decision, &event);
}

static void both_are_in_it_at_once(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    skip_events(f);
    const struct room *room = direct(f, alice, "Bob");
    ASSERT_EVENTS(f, "room alice ~6 1", "join alice ~6 2", "join bob ~6 3");
    assert_int_equal(room->member_count, 2);
    assert_non_null(state_member(person_of(f, bob), room));
    ASSERT_RUN(CHAT_OK, f, POST, .sid = bob, .room = "~6", .id = "1",
               .text = "hello");
}

static void it_is_made_once_whoever_asks(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");
    const struct room *room = direct(f, alice, "bob");

    skip_events(f);
    assert_ptr_equal(direct(f, alice, "bob"), room);
    assert_ptr_equal(direct(f, bob, "alice"), room);
    ASSERT_NO_EVENTS(f);
}

static void nobody_else_knows_of_it(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t pid = account(f, "root", ROLE_ADMIN);
    int64_t root = login_account(f, pid, "laptop");

    login(f, "bob");
    const char *name = direct(f, alice, "bob")->name;
    skip_events(f);
    ASSERT_RUN(CHAT_NO_ROOM, f, ROOM_GET, .sid = root, .room = name);
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = root, .room = name);
    ASSERT_RUN(CHAT_NO_ROOM, f, HISTORY, .sid = root, .room = name);
    ASSERT_RUN(CHAT_NO_ROOM, f, ROOM_DELETE, .sid = root, .room = name);
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = alice, .room = name,
               .settings = "access=public");
    ASSERT_RUN(CHAT_FORBIDDEN, f, INVITE, .sid = alice, .room = name,
               .to = "root", .on = true);
    ASSERT_NO_EVENTS(f);
}

static void an_account_that_is_away_gets_it_all_the_same(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t pid = account(f, "bob", ROLE_MEMBER);

    skip_events(f);
    const struct room *room = direct(f, alice, "bob");
    ASSERT_EVENTS(f, "room alice ~5 1", "join alice ~5 2", "join bob ~5 quiet");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "~5", .id = "1",
               .text = "call me");
    int64_t bob = login_account(f, pid, "laptop");
    assert_true(state_member(person_of(f, bob), room)->joined_seq <
                f->outcome.seq + room->rid + 3);
    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = bob, .room = "~5");
}

static void who_cannot_be_spoken_to(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    ASSERT_RUN(CHAT_NOT_FOUND, f, DIRECT, .sid = alice, .to = "nobody");
    ASSERT_RUN(CHAT_NOT_FOUND, f, DIRECT, .sid = alice, .to = " bad");
    ASSERT_RUN(CHAT_FORBIDDEN, f, DIRECT, .sid = alice, .to = "alice");
    ASSERT_NO_EVENTS(f);
    login(f, "bob");
    direct(f, alice, "bob");
    ASSERT_RUN(CHAT_FORBIDDEN, f, DIRECT, .sid = alice, .to = "alice");
}

static void who_is_blocked_neither_begins_nor_goes_on(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");
    int64_t carol = login(f, "carol");
    const char *name = direct(f, alice, "bob")->name;

    block(f, bob, person_of(f, alice)->pid);
    block(f, bob, person_of(f, carol)->pid);
    skip_events(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, POST, .sid = alice, .room = name, .id = "1",
               .text = "hello?");
    ASSERT_RUN(CHAT_FORBIDDEN, f, TYPING, .sid = alice, .room = name);
    ASSERT_RUN(CHAT_FORBIDDEN, f, DIRECT, .sid = carol, .to = "bob");
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, DIRECT, .sid = alice, .to = "bob");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = bob, .room = name, .id = "1",
               .text = "no");
}

static void who_leaves_is_out_and_the_next_word_begins_another(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");
    const struct room *first = direct(f, alice, "bob");

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = first->name);
    ASSERT_RUN(CHAT_FORBIDDEN, f, POST, .sid = alice, .room = first->name,
               .id = "1", .text = "still there?");
    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = alice, .room = first->name);
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = bob, .room = first->name);
    assert_ptr_not_equal(direct(f, alice, "bob"), first);
    int64_t rid = first->rid;
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = first->name);
    assert_null(state_room(f->state, rid));
}

static void strangers_do_not_fill_all_of_a_persons_places(void **state)
{
    struct fixture *f = *state;

    f->rules.rooms_per_session = 4;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    login(f, "bob");
    login(f, "carol");
    login(f, "dave");
    direct(f, alice, "bob");
    direct(f, alice, "carol");
    ASSERT_RUN(CHAT_FORBIDDEN, f, DIRECT, .sid = alice, .to = "dave");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_TEST(both_are_in_it_at_once),
        TEST(it_is_made_once_whoever_asks),
        TEST(nobody_else_knows_of_it),
        STORED_TEST(an_account_that_is_away_gets_it_all_the_same),
        TEST(who_cannot_be_spoken_to),
        TEST(who_is_blocked_neither_begins_nor_goes_on),
        STORED_TEST(who_leaves_is_out_and_the_next_word_begins_another),
        TEST(strangers_do_not_fill_all_of_a_persons_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
