/* Rooms: making them, coming in, leaving, and how many there may be. */
#include "tests/unit/state_fixture.h"

/* ---- making ---- */

static void whoever_makes_a_room_is_in_it(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "Dev",
               .text = "all about it", .id = "r1");
    ASSERT_EVENTS(f, "room alice dev 1", "join alice dev 2");
    const struct room *dev = room_named(f, "dev");
    assert_int_equal(f->outcome.rid, dev->rid);
    assert_string_equal(dev->topic, "all about it");
    assert_string_equal(dev->id, "r1");
    assert_int_equal(dev->n, 2);
    assert_int_equal(dev->here_count, 1);
    assert_ptr_equal(state_room(f->state, dev->rid), dev);
}

static void a_room_made_again_by_the_same_command_is_a_repeat(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    const struct command make = {
        .type = COMMAND_ROOM_NEW, .sid = alice, .room = "dev", .id = "r1"};

    assert_result(run(f, make), CHAT_OK);
    int64_t dev = f->outcome.rid;
    skip_events(f);
    assert_result(run(f, make), CHAT_REPEAT);
    assert_int_equal(f->outcome.rid, dev);
    ASSERT_NO_EVENTS(f);
}

static void a_repeat_after_leaving_comes_in_again_as_the_first(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    const struct command make = {
        .type = COMMAND_ROOM_NEW, .sid = alice, .room = "dev", .id = "r1"};

    assert_result(run(f, make), CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "dev");
    skip_events(f);
    assert_result(run(f, make), CHAT_REPEAT);
    ASSERT_EVENTS(f, "join alice dev 4");
}

static void a_room_that_is_there_cannot_be_made(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1");
    skip_events(f);
    ASSERT_RUN(CHAT_ROOM_EXISTS, f, ROOM_NEW, .sid = alice, .room = "DEV",
               .id = "r2");
    ASSERT_RUN(CHAT_ROOM_EXISTS, f, ROOM_NEW, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_ROOM_EXISTS, f, ROOM_NEW, .sid = alice, .room = "lobby",
               .id = "");
    ASSERT_NO_EVENTS(f);
}

static void a_room_is_refused_for_its_first_fault(void **state)
{
    struct fixture *f = *state;

    f->rules.guests_make_rooms = false;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    skip_events(f);
    ASSERT_RUN(CHAT_BAD_ROOM, f, ROOM_NEW, .sid = alice, .room = "a b",
               .text = "two\nlines");
    ASSERT_RUN(CHAT_BAD_TEXT, f, ROOM_NEW, .sid = alice, .room = "lobby",
               .text = "two\nlines");
    ASSERT_RUN(CHAT_ROOM_EXISTS, f, ROOM_NEW, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_NEW, .sid = alice, .room = "dev");
    ASSERT_NO_EVENTS(f);
}

static void a_topic_longer_than_allowed_is_refused(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    char *topic = alloc_or_die(f->rules.topic_bytes + 2);

    memset(topic, 't', f->rules.topic_bytes + 1);
    ASSERT_RUN(CHAT_BAD_TEXT, f, ROOM_NEW, .sid = alice, .room = "dev",
               .text = topic);
    topic[f->rules.topic_bytes] = '\0';
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev",
               .text = topic);
    free(topic);
}

static void the_server_opens_a_room_unless_it_is_there(void **state)
{
    struct fixture *f = *state;

    ASSERT_RUN(CHAT_OK, f, ROOM_OPEN, .room = "news");
    ASSERT_RUN(CHAT_OK, f, ROOM_OPEN, .room = "news");
    ASSERT_EVENTS(f, "room server news 1");
    assert_int_equal(room_named(f, "news")->here_count, 0);
}

/* ---- joining and leaving ---- */

static void joining_a_room_one_is_in_changes_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t joined_seq = state_head_seq(f->state);

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "Lobby");
    ASSERT_NO_EVENTS(f);
    assert_int_equal(f->outcome.rid, LOBBY);
    assert_int_equal(person_of(f, alice)->members->joined_seq, joined_seq);
}

static void who_joins_again_is_a_member_from_then_on(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    assert_int_equal(f->outcome.rid, LOBBY);
    assert_int_equal(room_named(f, "lobby")->here_count, 0);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "lobby");
    ASSERT_EVENTS(f, "leave alice lobby left 3", "join alice lobby 4");
    assert_int_equal(person_of(f, alice)->members->joined_seq,
                     state_head_seq(f->state));
}

static void a_room_that_is_not_there_cannot_be_used(void **state)
{
    static const enum command_type types[] = {COMMAND_JOIN, COMMAND_LEAVE,
                                              COMMAND_HISTORY, COMMAND_POST};
    static const char *const names[] = {"dev", "no room", "", "../lobby"};
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    for (size_t i = 0; i < 4; i++)
        for (size_t j = 0; j < 4; j++)
            assert_result(run(f, (struct command){.type = types[i],
                                                  .sid = alice,
                                                  .room = names[j],
                                                  .id = "m1",
                                                  .text = "hello"}),
                          CHAT_NO_ROOM);
    ASSERT_NO_EVENTS(f);
}

static void history_is_for_members(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = alice, .room = "lobby");
    assert_int_equal(f->outcome.rid, LOBBY);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_NOT_MEMBER, f, HISTORY, .sid = alice, .room = "lobby");
}

static void rooms_and_events_are_for_every_session(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOMS, .sid = alice);
    assert_int_equal(f->outcome.sid, alice);
    ASSERT_RUN(CHAT_OK, f, EVENTS, .sid = alice);
    assert_int_equal(f->outcome.sid, alice);
}

static void rooms_are_walked_in_order_of_their_making(void **state)
{
    static const char *const names[] = {"lobby", "zoo", "art"};
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    size_t count = 0;

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "zoo");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "art");
    for (const struct room *room = state_rooms(f->state); room != NULL;
         room = room->by_rid.next)
        assert_string_equal(room->name, names[count++]);
    assert_int_equal(count, 3);
}

static void people_are_listed_in_order_of_their_coming(void **state)
{
    static const char *const nicks[] = {"carol", "alice", "bob"};
    struct fixture *f = *state;
    size_t count = 0;

    for (size_t i = 0; i < 3; i++)
        login(f, nicks[i]);
    for (const struct member *member = room_named(f, "lobby")->here;
         member != NULL; member = member->here_next)
        assert_string_equal(member->person->nick, nicks[count++]);
    assert_int_equal(count, 3);
}

/* ---- limits ---- */

static void a_session_may_be_in_so_many_rooms(void **state)
{
    struct fixture *f = *state;

    f->rules.rooms_per_session = 2;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    ASSERT_RUN(CHAT_OK, f, ROOM_OPEN, .room = "news");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1");
    skip_events(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, JOIN, .sid = alice, .room = "news");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "dev");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_NEW, .sid = alice, .room = "ops");
    assert_null(room_named(f, "ops"));
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "news");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_NEW, .sid = alice, .room = "dev",
               .id = "r1");
}

static void there_may_be_so_many_rooms(void **state)
{
    struct fixture *f = *state;

    f->rules.rooms_max = 2;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1");
    skip_events(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_NEW, .sid = alice, .room = "ops");
    ASSERT_RUN(CHAT_REPEAT, f, ROOM_NEW, .sid = alice, .room = "dev",
               .id = "r1");
    ASSERT_NO_EVENTS(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whoever_makes_a_room_is_in_it),
        TEST(a_room_made_again_by_the_same_command_is_a_repeat),
        TEST(a_repeat_after_leaving_comes_in_again_as_the_first),
        TEST(a_room_that_is_there_cannot_be_made),
        TEST(a_room_is_refused_for_its_first_fault),
        TEST(a_topic_longer_than_allowed_is_refused),
        TEST(the_server_opens_a_room_unless_it_is_there),
        TEST(joining_a_room_one_is_in_changes_nothing),
        TEST(who_joins_again_is_a_member_from_then_on),
        TEST(a_room_that_is_not_there_cannot_be_used),
        TEST(history_is_for_members),
        TEST(rooms_and_events_are_for_every_session),
        TEST(rooms_are_walked_in_order_of_their_making),
        TEST(people_are_listed_in_order_of_their_coming),
        TEST(a_session_may_be_in_so_many_rooms),
        TEST(there_may_be_so_many_rooms),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
