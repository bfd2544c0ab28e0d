/* Private rooms, ways into them, and ranks. */
#include "tests/unit/state_stored.h"

/* A private room "den" of `sid`, with the passphrase's hash or NULL. */
static const struct room *make_den(struct fixture *f, int64_t sid,
                                   const char *secret)
{
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = sid, .room = "den", .id = "r1",
               .settings = "access=private", .secret = secret);
    skip_events(f);
    return room_named(f, "den");
}

static void invite(struct fixture *f, int64_t sid, const char *to, bool on)
{
    ASSERT_RUN(CHAT_OK, f, INVITE, .sid = sid, .room = "den", .to = to,
               .on = on);
}

/* ---- being private ---- */

static void a_private_room_is_not_there_for_others(void **state)
{
    static const enum command_type types[] = {
        COMMAND_JOIN,    COMMAND_LEAVE,    COMMAND_POST,
        COMMAND_HISTORY, COMMAND_ROOM_GET, COMMAND_ROOM_SET,
        COMMAND_TYPING,  COMMAND_INVITE,   COMMAND_ROOM_DELETE};
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, NULL);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_result(run(f, (struct command){.type = types[i],
                                              .sid = bob,
                                              .room = "den",
                                              .to = "bob",
                                              .verified = true,
                                              .id = "1",
                                              .text = "hello"}),
                      CHAT_NO_ROOM);
    assert_int_equal(f->outcome.rid, 0);
    ASSERT_NO_EVENTS(f);
}

static void a_new_session_cannot_name_one(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    struct command bob = login_as("bob");

    make_den(f, alice, NULL);
    bob.has_rooms = true;
    bob.room_count = 1;
    bob.rooms[0] = "den";
    assert_result(run(f, bob), CHAT_NO_ROOM);
}

static void members_stay_in_a_room_that_becomes_private(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "den", .id = "r");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "den",
               .settings = "access=private");
    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = bob, .room = "den");
}

/* ---- passphrases ---- */

static void a_passphrase_that_was_right_lets_in(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, "hash");
    ASSERT_RUN(CHAT_FORBIDDEN, f, JOIN, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_NO_ROOM, f, HISTORY, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_OK, f, ROOM_SECRET, .sid = bob, .room = "Den");
    assert_int_equal(f->outcome.rid, room_named(f, "den")->rid);
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den", .verified = true);
    ASSERT_EVENTS(f, "join bob den 4");
}

static void where_there_is_none_there_is_nothing_to_check(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, NULL);
    ASSERT_RUN(CHAT_NOT_FOUND, f, ROOM_SECRET, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_NOT_FOUND, f, ROOM_SECRET, .sid = bob, .room = "lobby");
    ASSERT_RUN(CHAT_NOT_FOUND, f, ROOM_SECRET, .sid = bob, .room = "no");
}

/* ---- invitations ---- */

static void who_is_invited_may_come_in_once(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, NULL);
    invite(f, alice, "bob", true);
    ASSERT_EVENTS(f, "invite alice den 4");
    invite(f, alice, "bob", true);
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_NOT_MEMBER, f, HISTORY, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den");
    invite(f, alice, "bob", true); /* is in it: nothing to do */
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = "den");
    ASSERT_EVENTS(f, "join bob den 5", "leave bob den left 6");
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = bob, .room = "den");
}

static void an_invitation_can_be_taken_back(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, NULL);
    invite(f, alice, "bob", true);
    invite(f, alice, "bob", false);
    invite(f, alice, "bob", false);
    ASSERT_EVENTS(f, "invite alice den 4", "invite alice den 5");
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = bob, .room = "den");
}

static void who_is_invited_may_decline(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, NULL);
    invite(f, alice, "bob", true);
    invite(f, bob, "bob", false);
    ASSERT_EVENTS(f, "invite alice den 4", "invite bob den 5");
    ASSERT_RUN(CHAT_NO_ROOM, f, INVITE, .sid = bob, .room = "den", .to = "bob");
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = bob, .room = "den");
}

static void members_do_not_invite(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    login(f, "carol");
    make_den(f, alice, NULL);
    invite(f, alice, "bob", true);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_FORBIDDEN, f, INVITE, .sid = bob, .room = "den",
               .to = "carol", .on = true);
    ASSERT_RUN(CHAT_NOT_FOUND, f, INVITE, .sid = alice, .room = "den",
               .to = "nobody", .on = true);
}

/* ---- ranks ---- */

static void rank(struct fixture *f, enum chat_result result, int64_t sid,
                 const char *to, const char *word)
{
    ASSERT_RUN(result, f, RANK, .sid = sid, .room = "den", .to = to,
               .word = word);
}

static void an_owner_gives_and_takes_ranks(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, "hash");
    rank(f, CHAT_NOT_FOUND, alice, "bob", "moderator");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den", .verified = true);
    skip_events(f);
    rank(f, CHAT_OK, alice, "bob", "moderator");
    rank(f, CHAT_OK, alice, "bob", "moderator");
    ASSERT_EVENTS(f, "rank alice den 5");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = bob, .room = "den", .text = "t");
    rank(f, CHAT_OK, alice, "bob", "");
    ASSERT_EVENTS(f, "topic bob den 6", "rank alice den 7");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = bob, .room = "den",
               .text = "u");
    rank(f, CHAT_BAD_REQUEST, alice, "bob", "king");
}

static void a_rank_is_kept_while_one_is_away(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, "hash");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den", .verified = true);
    rank(f, CHAT_OK, alice, "bob", "moderator");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den");
    assert_int_equal(
        state_member(person_of(f, bob), room_named(f, "den"))->rank,
        RANK_MODERATOR);
}

static void owners_are_nobodys_to_put_down_but_may_step_down(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, "hash");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den", .verified = true);
    rank(f, CHAT_OK, alice, "bob", "owner");
    skip_events(f);
    rank(f, CHAT_FORBIDDEN, bob, "alice", "");
    rank(f, CHAT_OK, alice, "alice", "moderator");
    ASSERT_EVENTS(f, "rank alice den 6");
    rank(f, CHAT_OK, alice, "alice", "moderator");
    rank(f, CHAT_FORBIDDEN, alice, "alice", "owner");
    rank(f, CHAT_OK, bob, "alice", "");
    ASSERT_EVENTS(f, "rank bob den 7");
}

/* ---- slow rooms ---- */

static enum chat_result say(struct fixture *f, int64_t sid, const char *id)
{
    return RUN(f, POST, .sid = sid, .room = "den", .id = id, .text = "hello");
}

static void in_a_slow_room_one_waits_between_posts(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, "hash");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den", .verified = true);
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "den",
               .settings = "slow_seconds=10");
    pass_ms(f, 10000);
    touch(f, bob, 0);
    touch(f, alice, 0);
    assert_result(say(f, bob, "1"), CHAT_OK);
    pass_ms(f, 4000);
    assert_result(say(f, bob, "2"), CHAT_RATE_LIMITED);
    assert_int_equal(f->outcome.retry_ms, 6000);
    assert_result(say(f, bob, "1"), CHAT_REPEAT);
    assert_result(say(f, alice, "1"), CHAT_OK);
    assert_result(say(f, alice, "2"), CHAT_OK); /* the owner's */
    pass_ms(f, 6000);
    assert_result(say(f, bob, "2"), CHAT_OK);
}

static void coming_again_is_no_way_around_that(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, "hash");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "den",
               .settings = "slow_seconds=10");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den", .verified = true);
    assert_result(say(f, bob, "1"), CHAT_RATE_LIMITED);
    pass_ms(f, 10000);
    assert_result(say(f, bob, "1"), CHAT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_private_room_is_not_there_for_others),
        TEST(a_new_session_cannot_name_one),
        STORED_TEST(members_stay_in_a_room_that_becomes_private),
        STORED_TEST(a_passphrase_that_was_right_lets_in),
        TEST(where_there_is_none_there_is_nothing_to_check),
        STORED_TEST(who_is_invited_may_come_in_once),
        STORED_TEST(an_invitation_can_be_taken_back),
        STORED_TEST(who_is_invited_may_decline),
        TEST(members_do_not_invite),
        STORED_TEST(an_owner_gives_and_takes_ranks),
        STORED_TEST(a_rank_is_kept_while_one_is_away),
        TEST(owners_are_nobodys_to_put_down_but_may_step_down),
        TEST(in_a_slow_room_one_waits_between_posts),
        TEST(coming_again_is_no_way_around_that),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
