/*
 * Events as they change the state, whatever command brings them: people's
 * names and roles, rooms, and what one person does to another. After each test
 * the log is replayed, and loaded from a store that was given it: both must
 * give the same state.
 */
#include "tests/unit/state_stored.h"

/* ---- emitting ---- */

/* Emits `event`, of which the test sets what it cares for. Returns its seq. */
static int64_t emit(struct fixture *f, struct event event)
{
    struct decision decision = {.state = f->state, .now = f->now};
    struct room *room = state_find_room(f->state, event.rid);

    if (room != NULL)
        event.room = room->name;
    if (room != NULL && event.n == 0)
        event.n = room->n + 1;
    return state_emit(&decision, &event);
}

/* EMIT(f, TOPIC, .rid = LOBBY, .text = "...") */
#define EMIT(f, name, ...)                                                     \
    emit((f), (struct event){.type = EVENT_##name, __VA_ARGS__})

static const struct room *lobby(const struct fixture *f)
{
    return state_room(f->state, LOBBY);
}

static const struct member *place_in_lobby(const struct fixture *f, int64_t pid)
{
    return state_find_place(state_person(f->state, pid), lobby(f));
}

static struct rights_question question(const struct fixture *f, int64_t pid)
{
    return (struct rights_question){.person = state_person(f->state, pid),
                                    .room = lobby(f),
                                    .member = place_in_lobby(f, pid),
                                    .wall_ms = f->now.wall_ms};
}

static void assert_right(const struct fixture *f, int64_t pid, enum right right,
                         enum chat_result expected)
{
    struct rights_question asked = question(f, pid);

    assert_result(rights_check(&asked, right), expected);
}

/* ---- people ---- */

static void a_guest_becomes_an_account_with_all_that_they_have(void **state)
{
    struct fixture *f = *state;
    int64_t sid = login(f, "alice");
    const struct person *person = person_of(f, sid);
    int64_t joined_seq = person->members->joined_seq;

    EMIT(f, BLOCK, .pid = sid, .to_pid = 77, .value = 1);
    int64_t pid =
        EMIT(f, PERSON_NEW, .sid = sid, .from = "alice",
             .kind = PERSON_REGISTERED, .role = ROLE_MEMBER, .secret = "hash");
    assert_ptr_equal(state_person(f->state, pid), person);
    assert_null(state_person(f->state, sid));
    assert_int_equal(person->kind, PERSON_REGISTERED);
    assert_string_equal(person->secret, "hash");
    assert_true(person->here);
    assert_int_equal(person->members->joined_seq, joined_seq);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = sid);
    assert_int_equal(person->room_count, 1);
}

static void an_account_of_the_site_is_found_by_its_name(void **state)
{
    struct fixture *f = *state;
    int64_t pid = EMIT(f, PERSON_NEW, .from = "Alice A.", .kind = PERSON_SITE,
                       .role = ROLE_MEMBER, .to = "alice@site");

    assert_int_equal(state_find_person_named(f->state, "alice@site")->pid, pid);
    assert_null(state_find_person_named(f->state, "Alice A."));
}

static void a_person_may_have_another_nick(void **state)
{
    struct fixture *f = *state;
    int64_t sid = login(f, "alice");

    EMIT(f, PERSON_NICK, .pid = sid, .sid = sid, .from = "alice", .to = "Eve");
    assert_string_equal(person_of(f, sid)->nick, "Eve");
    assert_null(state_find_person_by_key(f->state, "alice"));
    assert_ptr_equal(state_find_person_by_key(f->state, "eve"),
                     person_of(f, sid));
    login(f, "Alice"); /* the nick is free again */
}

static void a_persons_role_and_passphrase_may_change(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    const struct person *person = state_person(f->state, pid);

    EMIT(f, PERSON_SET, .pid = pid, .role = ROLE_MODERATOR, .secret = "one");
    assert_int_equal(person->role, ROLE_MODERATOR);
    EMIT(f, PERSON_SET, .pid = pid, .role = ROLE_ADMIN);
    assert_int_equal(person->role, ROLE_ADMIN);
    assert_string_equal(person->secret, "one");
    EMIT(f, PERSON_SET, .pid = pid, .role = ROLE_ADMIN, .secret = "");
    assert_null(person->secret);
}

static void an_account_that_ends_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);

    EMIT(f, BLOCK, .pid = pid, .to_pid = 77, .value = 1);
    EMIT(f, MUTE, .rid = LOBBY, .to_pid = pid, .until_ms = INT64_MAX);
    EMIT(f, PERSON_END, .pid = pid);
    assert_null(state_person(f->state, pid));
    assert_null(lobby(f)->members);
    login(f, "alice");
}

static void blocks_come_and_go(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    EMIT(f, BLOCK, .pid = alice, .to_pid = 77, .value = 1);
    EMIT(f, BLOCK, .pid = alice, .to_pid = 78, .value = 1);
    EMIT(f, BLOCK, .pid = alice, .to_pid = 77, .value = 1);
    assert_true(state_has_blocked(person_of(f, alice), 77));
    EMIT(f, BLOCK, .pid = alice, .to_pid = 77);
    EMIT(f, BLOCK, .pid = alice, .to_pid = 79);
    assert_false(state_has_blocked(person_of(f, alice), 77));
    assert_true(state_has_blocked(person_of(f, alice), 78));
}

/* ---- rooms ---- */

static void a_rooms_topic_name_and_settings_change(void **state)
{
    struct fixture *f = *state;

    EMIT(f, TOPIC, .rid = LOBBY, .text = "welcome");
    EMIT(f, RENAME, .rid = LOBBY, .to = "hall");
    EMIT(f, SETTINGS, .rid = LOBBY, .text = "access=private slow_seconds=5");
    EMIT(f, SETTINGS, .rid = LOBBY, .text = "access=public", .secret = "hash");
    assert_ptr_equal(room_named(f, "hall"), lobby(f));
    assert_null(room_named(f, "lobby"));
    assert_string_equal(lobby(f)->topic, "welcome");
    assert_int_equal(lobby(f)->settings.access, ROOM_PUBLIC);
    assert_int_equal(lobby(f)->settings.slow_seconds, 5);
    assert_string_equal(lobby(f)->secret, "hash");
    EMIT(f, SETTINGS, .rid = LOBBY, .secret = "");
    assert_null(lobby(f)->secret);
    assert_int_equal(lobby(f)->settings.slow_seconds, 5);
}

static void a_room_of_two_is_known_by_its_name(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t rid = f->state->head_seq + 1;

    EMIT(f, ROOM, .n = 1, .rid = rid, .room = "~9");
    assert_int_equal(state_room(f->state, rid)->settings.access, ROOM_DIRECT);
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = alice, .room = "~9");
    EMIT(f, JOIN, .rid = rid, .pid = alice, .from = "alice");
    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = alice, .room = "~9");
}

static void a_room_that_ends_takes_all_along(void **state)
{
    struct fixture *f = *state;
    static const unsigned char hash[TOKEN_HASH_BYTES] = "hook";
    int64_t alice = login(f, "alice");

    EMIT(f, BAN, .rid = LOBBY, .to = "eve", .to_pid = 77,
         .until_ms = INT64_MAX);
    EMIT(f, HOOK_NEW, .rid = LOBBY, .to = "ci", .token_hash = hash);
    EMIT(f, ROOM_END, .rid = LOBBY);
    assert_null(room_named(f, "lobby"));
    assert_null(state_find_hook_by_token(f->state, hash));
    assert_int_equal(person_of(f, alice)->room_count, 0);
    assert_null(person_of(f, alice)->members);
}

static void reading_and_purging_have_their_marks(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    EMIT(f, READ, .rid = LOBBY, .pid = alice, .target = 2);
    EMIT(f, PURGE, .rid = LOBBY, .target = 1);
    assert_int_equal(place_in_lobby(f, alice)->read_seq, 2);
    assert_int_equal(lobby(f)->purged_seq, 1);
}

static void hooks_are_found_by_their_tokens(void **state)
{
    struct fixture *f = *state;
    static const unsigned char hash[TOKEN_HASH_BYTES] = "hook";
    int64_t in =
        EMIT(f, HOOK_NEW, .rid = LOBBY, .to = "ci", .token_hash = hash);
    int64_t out = EMIT(f, HOOK_NEW, .rid = LOBBY, .to = "log",
                       .text = "https://example.org/", .secret = "key");

    assert_int_equal(state_find_hook_by_token(f->state, hash)->seq, in);
    assert_string_equal(state_find_hook(lobby(f), out)->url,
                        "https://example.org/");
    EMIT(f, HOOK_END, .rid = LOBBY, .target = in);
    assert_null(state_find_hook_by_token(f->state, hash));
    assert_non_null(state_find_hook(lobby(f), out));
}

/* ---- one to another ---- */

static void an_invitation_opens_a_private_room_once(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    EMIT(f, SETTINGS, .rid = LOBBY, .text = "access=private");
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = alice, .room = "lobby");
    EMIT(f, INVITE, .rid = LOBBY, .to_pid = alice, .value = 1);
    ASSERT_RUN(CHAT_NOT_MEMBER, f, HISTORY, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = alice, .room = "lobby");
    EMIT(f, INVITE, .rid = LOBBY, .to_pid = alice, .value = 1);
    EMIT(f, INVITE, .rid = LOBBY, .to_pid = alice);
    ASSERT_RUN(CHAT_NO_ROOM, f, JOIN, .sid = alice, .room = "lobby");
    assert_null(place_in_lobby(f, alice));
}

static void visitors_read_public_rooms_unless_they_may_not(void **state)
{
    struct fixture *f = *state;

    ASSERT_RUN(CHAT_OK, f, PAGE, .room = "lobby");
    ASSERT_RUN(CHAT_NO_ROOM, f, PAGE, .room = "dev");
    EMIT(f, SETTINGS, .rid = LOBBY, .text = "access=private");
    ASSERT_RUN(CHAT_NO_ROOM, f, PAGE, .room = "lobby");
    f->rules.visitors_read = false;
    fixture_restart(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, PAGE, .room = "lobby");
}

static void the_passphrase_lets_into_a_private_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    EMIT(f, SETTINGS, .rid = LOBBY, .text = "access=private", .secret = "hash");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "lobby",
               .verified = true);
}

static void a_rank_is_kept_and_taken(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    assert_right(f, alice, RIGHT_KICK, CHAT_FORBIDDEN);
    EMIT(f, RANK, .rid = LOBBY, .to_pid = alice, .value = RANK_MODERATOR);
    assert_right(f, alice, RIGHT_KICK, CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    assert_non_null(place_in_lobby(f, alice));
    EMIT(f, RANK, .rid = LOBBY, .to_pid = alice);
    assert_null(place_in_lobby(f, alice));
}

static void a_mute_outlasts_leaving_and_ends(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    EMIT(f, MUTE, .rid = LOBBY, .to_pid = alice,
         .until_ms = f->now.wall_ms + 1000);
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_MUTED, f, POST, .sid = alice, .room = "lobby", .id = "1",
               .text = "hello");
    pass_ms(f, 1000);
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "lobby", .id = "1",
               .text = "hello");
    EMIT(f, MUTE, .rid = LOBBY, .to_pid = alice, .until_ms = INT64_MAX);
    ASSERT_RUN(CHAT_MUTED, f, POST, .sid = alice, .room = "lobby", .id = "2",
               .text = "hello");
    EMIT(f, UNMUTE, .rid = LOBBY, .to_pid = alice);
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "lobby", .id = "2",
               .text = "hello");
}

static void nobody_posts_where_posting_is_closed(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    EMIT(f, SETTINGS, .rid = LOBBY, .text = "posting=moderators");
    ASSERT_RUN(CHAT_FORBIDDEN, f, POST, .sid = alice, .room = "lobby",
               .id = "1", .text = "hello");
    ASSERT_RUN(CHAT_FORBIDDEN, f, TYPING, .sid = alice, .room = "lobby");
    EMIT(f, RANK, .rid = LOBBY, .to_pid = alice, .value = RANK_MODERATOR);
    ASSERT_RUN(CHAT_OK, f, TYPING, .sid = alice, .room = "lobby");
    EMIT(f, SETTINGS, .rid = LOBBY, .text = "archived=yes");
    ASSERT_RUN(CHAT_FORBIDDEN, f, POST, .sid = alice, .room = "lobby",
               .id = "1", .text = "hello");
}

/* ---- bans ---- */

static void a_ban_keeps_the_nick_and_the_address_out_of_a_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    int64_t ban = EMIT(f, BAN, .rid = LOBBY, .to = "alice", .to_pid = alice,
                       .address = 5, .until_ms = INT64_MAX);
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = alice, .room = "lobby");
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    assert_null(person_of(f, login(f, "Alice"))->members); /* by its nick */
    int64_t eve = login(f, "eve");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = eve, .room = "lobby");
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = eve, .room = "lobby", .address = 5);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = eve, .room = "lobby", .address = 6);
    EMIT(f, UNBAN, .rid = LOBBY, .target = ban);
    assert_non_null(person_of(f, login(f, "alice2"))->members);
    assert_null(lobby(f)->bans);
}

static void a_ban_is_over_when_its_time_is(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    EMIT(f, BAN, .rid = LOBBY, .to = "alice", .to_pid = alice,
         .until_ms = f->now.wall_ms + 1);
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = alice, .room = "lobby");
    pass_ms(f, 1);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = alice, .room = "lobby");
}

static void whoever_names_a_room_they_are_banned_from_is_refused(void **state)
{
    struct fixture *f = *state;
    struct command named = login_as("eve");

    EMIT(f, BAN, .rid = LOBBY, .to = "eve", .until_ms = INT64_MAX);
    named.has_rooms = true;
    named.rooms[0] = "lobby";
    named.room_count = 1;
    assert_result(run(f, named), CHAT_BANNED);
    assert_result(run(f, login_as("eve")), CHAT_OK);
}

static void a_servers_ban_keeps_out_of_everything(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);
    int64_t ban = EMIT(f, SERVER_BAN, .to = "alice", .to_pid = pid,
                       .address = 5, .until_ms = INT64_MAX);
    struct command guest = login_as("eve");

    ASSERT_RUN(CHAT_BANNED, f, SESSION_NEW, .pid = pid);
    guest.address = 5;
    assert_result(run(f, guest), CHAT_BANNED);
    EMIT(f, SERVER_UNBAN, .target = ban);
    assert_result(run(f, guest), CHAT_OK);
    login_account(f, pid, "laptop");
}

static void an_account_is_not_taken_for_its_neighbours(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "alice", ROLE_MEMBER);

    EMIT(f, SERVER_BAN, .to = "eve", .to_pid = 77, .address = 5,
         .until_ms = INT64_MAX);
    ASSERT_RUN(CHAT_OK, f, SESSION_NEW, .pid = pid, .address = 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORED_TEST(a_guest_becomes_an_account_with_all_that_they_have),
        STORED_TEST(an_account_of_the_site_is_found_by_its_name),
        STORED_TEST(a_person_may_have_another_nick),
        STORED_TEST(a_persons_role_and_passphrase_may_change),
        STORED_TEST(an_account_that_ends_leaves_nothing),
        STORED_TEST(blocks_come_and_go),
        STORED_TEST(a_rooms_topic_name_and_settings_change),
        STORED_TEST(a_room_of_two_is_known_by_its_name),
        STORED_TEST(a_room_that_ends_takes_all_along),
        STORED_TEST(reading_and_purging_have_their_marks),
        STORED_TEST(hooks_are_found_by_their_tokens),
        STORED_TEST(an_invitation_opens_a_private_room_once),
        TEST(visitors_read_public_rooms_unless_they_may_not),
        STORED_TEST(the_passphrase_lets_into_a_private_room),
        STORED_TEST(a_rank_is_kept_and_taken),
        STORED_TEST(a_mute_outlasts_leaving_and_ends),
        STORED_TEST(nobody_posts_where_posting_is_closed),
        STORED_TEST(a_ban_keeps_the_nick_and_the_address_out_of_a_room),
        STORED_TEST(a_ban_is_over_when_its_time_is),
        STORED_TEST(whoever_names_a_room_they_are_banned_from_is_refused),
        STORED_TEST(a_servers_ban_keeps_out_of_everything),
        STORED_TEST(an_account_is_not_taken_for_its_neighbours),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
