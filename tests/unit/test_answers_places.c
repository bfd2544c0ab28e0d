/* Answers about places in rooms: who has one, which, and how far they are. */
#include "tests/unit/answers_fixture.h"

/* A room "den" of `sid` with these settings. */
static void make_den(struct fixture *f, int64_t sid, const char *settings,
                     const char *secret)
{
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = sid, .room = "den", .id = "r1",
               .settings = settings, .secret = secret);
}

static int64_t login_account(struct fixture *f, const char *nick)
{
    int64_t sid = login(f, nick);

    ASSERT_RUN(CHAT_OK, f, REGISTER, .sid = sid, .secret = "hash");
    return sid;
}

/* The snapshot of `nick`'s session. */
static json_t *snapshot(struct fixture *f, const char *nick)
{
    struct command get = login_as(nick);

    get.type = COMMAND_SESSION_GET;
    return ask(f, get);
}

static const json_t *session_in(const json_t *json)
{
    return json_object_get(json, "session");
}

/* ---- rooms ---- */

static void a_room_can_be_looked_at_from_outside(void **state)
{
    struct fixture *f = *state;

    make_den(f, login(f, "alice"), NULL, NULL);
    json_t *json = ASK(f, ROOM_GET, .sid = login(f, "bob"), .room = "den");
    const json_t *room = json_object_get(json, "room");
    assert_int_equal(json_array_size(json_object_get(room, "members")), 1);
    assert_int_equal(number(room, "member_count"), 1);
    assert_int_equal(number(room, "joined"), 0);
    assert_null(json_object_get(room, "rank"));
    json_decref(json);
}

static void who_is_in_a_private_room_is_not_told_outside(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    make_den(f, alice, "access=private", NULL);
    ASSERT_RUN(CHAT_OK, f, INVITE, .sid = alice, .room = "den", .to = "bob",
               .on = true);
    json_t *json = ASK(f, ROOM_GET, .sid = bob, .room = "den");
    assert_int_equal(json_array_size(json_object_get(
                         json_object_get(json, "room"), "members")),
                     0);
    json_decref(json);
}

static void a_change_is_answered_with_the_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    make_den(f, alice, NULL, NULL);
    json_t *json = ASK(f, ROOM_SET, .sid = alice, .room = "den", .text = "t",
                       .to = "attic");
    const json_t *room = json_object_get(json, "room");
    assert_string_equal(json_string_value(json_object_get(room, "room")),
                        "attic");
    assert_string_equal(json_string_value(json_object_get(room, "topic")), "t");
    json_decref(json);
}

static void a_secret_is_given_where_one_is_asked_for_it(void **state)
{
    struct fixture *f = *state;
    int64_t bob = login(f, "bob");

    make_den(f, login(f, "alice"), "access=private", "hash");
    json_t *json = ASK(f, ROOM_SECRET, .sid = bob, .room = "den");
    assert_string_equal(json_string_value(json_object_get(json, "secret")),
                        "hash");
    json_decref(json);
    json = ASK(f, ROOM_SECRET, .sid = bob, .room = "lobby");
    assert_code(json, "not_found");
    json_decref(json);
}

static void a_room_of_two_says_who_the_other_is(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    json_t *json = ASK(f, DIRECT, .sid = alice, .to = "bob");
    const json_t *room = json_object_get(json, "room");
    assert_string_equal(json_string_value(json_object_get(room, "with")),
                        "bob");
    assert_true(json_is_true(json_object_get(room, "direct")));
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob,
               .room = json_string_value(json_object_get(room, "room")));
    json_decref(json);
    json = snapshot(f, "alice");
    room = json_array_get(json_object_get(session_in(json), "rooms"), 1);
    assert_true(json_is_true(json_object_get(room, "direct")));
    assert_null(json_object_get(room, "with"));
    json_decref(json);
}

/* ---- members ---- */

static void all_members_are_listed(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login_account(f, "bob");

    make_den(f, alice, NULL, NULL);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "den");
    ASSERT_RUN(CHAT_OK, f, MUTE, .sid = alice, .room = "den", .to = "bob");
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = bob);
    json_t *json = ASK(f, MEMBERS, .sid = alice, .room = "den");
    json_object_del(json, "seq");
    assert_json(json, "{\"result\":\"ok\",\"members\":["
                      "{\"nick\":\"alice\",\"role\":\"guest\","
                      "\"rank\":\"owner\",\"here\":true},"
                      "{\"nick\":\"bob\",\"role\":\"member\","
                      "\"here\":false,\"muted\":true}],"
                      "\"more\":false}");
}

/* ---- snapshots ---- */

static void invitations_are_in_the_session(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    login(f, "bob");
    make_den(f, alice, "access=private", NULL);
    ASSERT_RUN(CHAT_OK, f, INVITE, .sid = alice, .room = "den", .to = "bob",
               .on = true);
    json_t *json = snapshot(f, "bob");
    assert_string_equal(json_string_value(first(session_in(json), "invites")),
                        "den");
    json_decref(json);
    json = snapshot(f, "alice");
    assert_null(json_object_get(session_in(json), "invites"));
    json_decref(json);
}

static void accounts_are_told_what_is_unread(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login_account(f, "alice");
    int64_t bob = login(f, "bob");

    post(f, bob, "1", "one");
    int64_t second = post(f, bob, "2", "two");
    post(f, bob, "3", "three");
    json_t *json = snapshot(f, "alice");
    const json_t *room = first(session_in(json), "rooms");
    assert_int_equal(number(room, "unread"), 3);
    assert_int_equal(number(room, "mentions"), 0);
    assert_null(json_object_get(room, "read"));
    json_decref(json);
    ASSERT_RUN(CHAT_OK, f, READ, .sid = alice, .room = "lobby",
               .target = second);
    json = snapshot(f, "alice");
    room = first(session_in(json), "rooms");
    assert_int_equal(number(room, "unread"), 1);
    assert_int_equal(number(room, "read"), second);
    json_decref(json);
    json = snapshot(f, "bob");
    assert_null(json_object_get(first(session_in(json), "rooms"), "unread"));
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_room_can_be_looked_at_from_outside),
        TEST(who_is_in_a_private_room_is_not_told_outside),
        TEST(a_change_is_answered_with_the_room),
        TEST(a_secret_is_given_where_one_is_asked_for_it),
        TEST(a_room_of_two_says_who_the_other_is),
        TEST(all_members_are_listed),
        TEST(invitations_are_in_the_session),
        TEST(accounts_are_told_what_is_unread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
