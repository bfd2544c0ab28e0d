/* Rooms that change: topic, settings, passphrase, name, and their end. */
#include "tests/unit/state_stored.h"

/* A room made by `sid`, who owns it. */
static const struct room *make_room(struct fixture *f, int64_t sid,
                                    const char *name)
{
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = sid, .room = name, .id = name);
    skip_events(f);
    return room_named(f, name);
}

static int64_t join(struct fixture *f, const char *nick, const char *room)
{
    int64_t sid = login(f, nick);

    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = sid, .room = room);
    skip_events(f);
    return sid;
}

/* ---- changing ---- */

static void an_owner_changes_everything_at_once(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    const struct room *dev = make_room(f, alice, "dev");
    const struct command change = {.type = COMMAND_ROOM_SET,
                                   .sid = alice,
                                   .room = "dev",
                                   .text = "all about it",
                                   .settings = "slow_seconds=10",
                                   .secret = "hash",
                                   .to = "Ops"};

    assert_result(run(f, change), CHAT_OK);
    ASSERT_EVENTS(f, "topic alice dev 3", "settings alice dev 4",
                  "rename alice dev 5");
    assert_int_equal(f->outcome.rid, dev->rid);
    assert_string_equal(dev->topic, "all about it");
    assert_int_equal(dev->settings.slow_seconds, 10);
    assert_string_equal(dev->secret, "hash");
    assert_ptr_equal(room_named(f, "ops"), dev);
    assert_null(room_named(f, "dev"));
    /* The same again: of the room under its new name. */
    assert_result(run(f, change), CHAT_OK);
    assert_int_equal(f->outcome.rid, dev->rid);
    ASSERT_NO_EVENTS(f);
}

static void what_is_so_already_is_no_event(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    struct command change = {.type = COMMAND_ROOM_SET,
                             .sid = alice,
                             .room = "dev",
                             .text = "topic",
                             .settings = "archived=yes lasting=yes",
                             .secret = "hash",
                             .to = "dev"};

    make_room(f, alice, "dev");
    assert_result(run(f, change), CHAT_OK);
    ASSERT_EVENTS(f, "topic alice dev 3", "settings alice dev 4");
    assert_string_equal(f->log.events[f->log.count - 1].text, "archived=yes");
    assert_result(run(f, change), CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "dev");
    ASSERT_NO_EVENTS(f);
}

static void an_empty_passphrase_is_none(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    const struct room *dev = make_room(f, alice, "dev");

    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "dev", .secret = "");
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "dev",
               .secret = "hash");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "dev", .secret = "");
    ASSERT_EVENTS(f, "settings alice dev 3", "settings alice dev 4");
    assert_null(dev->secret);
}

static void a_new_room_can_have_settings(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1",
               .settings = "access=private", .secret = "hash");
    ASSERT_EVENTS(f, "room alice dev 1", "join alice dev 2",
                  "settings alice dev 3");
    assert_int_equal(room_named(f, "dev")->settings.access, ROOM_PRIVATE);
    assert_string_equal(room_named(f, "dev")->secret, "hash");
    ASSERT_RUN(CHAT_BAD_REQUEST, f, ROOM_NEW, .sid = alice, .room = "ops",
               .settings = "access=direct");
    assert_null(room_named(f, "ops"));
}

/* ---- refusals ---- */

static void a_change_is_refused_for_its_first_fault(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_room(f, alice, "dev");
    make_room(f, alice, "ops");
    ASSERT_RUN(CHAT_BAD_TEXT, f, ROOM_SET, .sid = bob, .room = "no",
               .text = "two\nlines", .to = "a b");
    ASSERT_RUN(CHAT_BAD_ROOM, f, ROOM_SET, .sid = bob, .room = "no",
               .to = "a b", .settings = "colour=red");
    ASSERT_RUN(CHAT_BAD_REQUEST, f, ROOM_SET, .sid = bob, .room = "no",
               .settings = "colour=red");
    ASSERT_RUN(CHAT_NO_ROOM, f, ROOM_SET, .sid = bob, .room = "no");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = bob, .room = "dev",
               .text = "topic");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = bob, .room = "dev",
               .to = "ops");
    ASSERT_RUN(CHAT_ROOM_EXISTS, f, ROOM_SET, .sid = alice, .room = "dev",
               .text = "topic", .to = "ops");
    ASSERT_NO_EVENTS(f);
}

static void members_change_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    make_room(f, alice, "dev");
    int64_t bob = join(f, "bob", "dev");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = bob, .room = "dev",
               .text = "topic");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = bob, .room = "dev",
               .settings = "archived=yes");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = bob, .room = "dev",
               .secret = "hash");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = bob, .room = "dev",
               .to = "ops");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_DELETE, .sid = bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_GET, .sid = bob, .room = "dev");
    ASSERT_NO_EVENTS(f);
}

static void a_moderator_changes_the_topic_alone(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t pid = account(f, "mod", ROLE_MODERATOR);
    int64_t mod = login_account(f, pid, "laptop");

    make_room(f, alice, "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = mod, .room = "dev", .text = "t");
    ASSERT_EVENTS(f, "topic mod dev 3");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = mod, .room = "dev",
               .text = "u", .settings = "archived=yes");
    ASSERT_NO_EVENTS(f);
}

static void default_rooms_keep_their_names(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "admin", ROLE_ADMIN);
    int64_t admin = login_account(f, pid, "laptop");

    skip_events(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_SET, .sid = admin, .room = "lobby",
               .to = "hall");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_DELETE, .sid = admin, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = admin, .room = "lobby",
               .to = "Lobby", .text = "welcome");
    ASSERT_EVENTS(f, "topic admin lobby 3");
}

/* ---- what settings do ---- */

static void nothing_is_said_in_an_archived_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    make_room(f, alice, "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "dev",
               .settings = "archived=yes");
    ASSERT_RUN(CHAT_FORBIDDEN, f, POST, .sid = alice, .room = "dev", .id = "1",
               .text = "hello");
    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = alice, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "dev",
               .settings = "archived=no");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "dev", .id = "1",
               .text = "hello");
}

static void in_an_announcement_room_moderators_speak(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    make_room(f, alice, "dev");
    int64_t bob = join(f, "bob", "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = alice, .room = "dev",
               .settings = "posting=moderators");
    ASSERT_RUN(CHAT_FORBIDDEN, f, POST, .sid = bob, .room = "dev", .id = "1",
               .text = "hello");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "dev", .id = "1",
               .text = "hello");
}

/* ---- the end ---- */

static void a_deleted_room_is_gone_for_everybody(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    make_room(f, alice, "dev");
    int64_t bob = join(f, "bob", "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_DELETE, .sid = alice, .room = "dev");
    ASSERT_EVENTS(f, "room_end alice dev 4");
    assert_null(room_named(f, "dev"));
    assert_int_equal(person_of(f, bob)->room_count, 1);
    ASSERT_RUN(CHAT_NO_ROOM, f, HISTORY, .sid = bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = bob, .room = "dev", .id = "r2");
}

static void a_room_that_does_not_last_ends_with_its_last_member(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1",
               .settings = "lasting=no");
    int64_t bob = join(f, "bob", "dev");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "dev");
    assert_non_null(room_named(f, "dev"));
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = bob);
    ASSERT_EVENTS(f, "leave bob lobby logout 4", "leave bob dev logout 6",
                  "room_end server dev 7", "session_end bob logout");
    assert_null(room_named(f, "dev"));
}

static void who_is_gone_keeps_a_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1",
               .settings = "lasting=no");
    pass_ms(f, f->rules.grace_ms);
    run_due(f);
    assert_int_equal(room_named(f, "dev")->here_count, 0);
    pass_ms(f, f->rules.session_idle_ms);
    run_due(f);
    assert_null(room_named(f, "dev"));
}

static void default_rooms_last(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "admin", ROLE_ADMIN);
    int64_t admin = login_account(f, pid, "laptop");

    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = admin, .room = "lobby",
               .settings = "lasting=no");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = admin, .room = "lobby");
    assert_non_null(room_named(f, "lobby"));
}

/* ---- limits ---- */

static void one_person_may_own_so_many_rooms(void **state)
{
    struct fixture *f = *state;

    f->rules.rooms_owned_max = 2;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    make_room(f, alice, "dev");
    make_room(f, alice, "ops");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "ops");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROOM_NEW, .sid = alice, .room = "art");
    ASSERT_RUN(CHAT_OK, f, ROOM_DELETE, .sid = alice, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "art", .id = "r");
    struct command bob = login_as("bob");
    bob.has_rooms = true;
    bob.room_count = 3;
    bob.rooms[0] = "x1";
    bob.rooms[1] = "x2";
    bob.rooms[2] = "x3";
    assert_result(run(f, bob), CHAT_FORBIDDEN);
    bob.room_count = 2;
    assert_result(run(f, bob), CHAT_OK);
}

static void a_room_may_have_so_many_members(void **state)
{
    struct fixture *f = *state;

    f->rules.members_per_room = 2;
    fixture_restart(f);
    login(f, "alice");
    int64_t bob = login(f, "bob");
    int64_t carol = login(f, "carol"); /* the default room is full */
    ASSERT_RUN(CHAT_FORBIDDEN, f, JOIN, .sid = carol, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = carol, .room = "lobby");
    struct command dave = login_as("dave");
    dave.has_rooms = true;
    dave.room_count = 1;
    dave.rooms[0] = "lobby";
    assert_result(run(f, dave), CHAT_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_TEST(an_owner_changes_everything_at_once),
        STORED_TEST(what_is_so_already_is_no_event),
        STORED_TEST(an_empty_passphrase_is_none),
        STORED_TEST(a_new_room_can_have_settings),
        TEST(a_change_is_refused_for_its_first_fault),
        TEST(members_change_nothing),
        TEST(a_moderator_changes_the_topic_alone),
        TEST(default_rooms_keep_their_names),
        TEST(nothing_is_said_in_an_archived_room),
        TEST(in_an_announcement_room_moderators_speak),
        STORED_TEST(a_deleted_room_is_gone_for_everybody),
        STORED_TEST(a_room_that_does_not_last_ends_with_its_last_member),
        TEST(who_is_gone_keeps_a_room),
        TEST(default_rooms_last),
        TEST(one_person_may_own_so_many_rooms),
        TEST(a_room_may_have_so_many_members),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
