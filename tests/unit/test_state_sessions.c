/* Sessions: who gets in, under which nick, into which rooms, and out again. */
#include "tests/unit/state_fixture.h"

/* ---- logging in ---- */

static void a_new_session_is_in_the_default_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_EVENTS(f, "session_new alice", "join alice lobby 2");
    const struct person *person = person_of(f, alice);
    assert_int_equal(person->pid, alice);
    assert_string_equal(person->nick, "alice");
    assert_int_equal(person->role, ROLE_GUEST);
    assert_true(person->here);
    const struct member *member = state_member(person, room_named(f, "lobby"));
    assert_non_null(member);
    assert_int_equal(member->joined_seq, state_head_seq(f->state));
    assert_int_equal(room_named(f, "lobby")->here_count, 1);
}

static void a_new_session_is_in_the_rooms_it_names_and_no_others(void **state)
{
    struct fixture *f = *state;
    struct command command = login_as("alice");

    command.has_rooms = true;
    command.rooms[0] = "Dev"; /* made, in its normal form */
    command.rooms[1] = "dev"; /* the same: ignored */
    command.rooms[2] = "ops";
    command.room_count = 3;
    assert_result(run(f, command), CHAT_OK);
    ASSERT_EVENTS(f, "session_new alice", "room alice dev 1",
                  "join alice dev 2", "room alice ops 1", "join alice ops 2");
}

static void a_new_session_may_be_in_no_room(void **state)
{
    struct fixture *f = *state;
    struct command command = login_as("alice");

    command.has_rooms = true;
    assert_result(run(f, command), CHAT_OK);
    ASSERT_EVENTS(f, "session_new alice");
    assert_null(person_of(f, f->outcome.sid)->members);
}

static void default_rooms_that_are_missing_are_made_by_whoever_comes(void **s)
{
    struct fixture *f = *s;

    strcpy(f->rules.default_rooms[1], "news");
    f->rules.default_room_count = 2;
    f->rules.guests_make_rooms = false;
    fixture_restart(f);
    login(f, "alice");
    ASSERT_EVENTS(f, "session_new alice", "join alice lobby 2",
                  "room alice news 1", "join alice news 2");
}

static void a_login_sent_again_finds_its_session(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    assert_result(run(f, login_as("alice")), CHAT_REPEAT);
    assert_int_equal(f->outcome.sid, alice);
    ASSERT_NO_EVENTS(f);
}

/* The token decides what is a repeat, whatever else the command says. */
static void a_login_sent_again_with_another_nick_changes_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    struct command again = login_as("alice");

    skip_events(f);
    again.nick = "zoe";
    again.has_replaces = true;
    memcpy(again.replaces, again.token_hash, TOKEN_HASH_BYTES);
    assert_result(run(f, again), CHAT_REPEAT);
    assert_int_equal(f->outcome.sid, alice);
    ASSERT_NO_EVENTS(f);
}

/* ---- nicks ---- */

static void nicks_are_normalized(void **state)
{
    struct fixture *f = *state;
    int64_t sid = login(f, "cafe\xcc\x81"); /* e, combining acute */

    assert_string_equal(person_of(f, sid)->nick, "caf\xc3\xa9");
}

static void a_nick_that_only_looks_different_is_taken(void **state)
{
    static const char *const lookalikes[] = {
        "alice",
        "ALICE",
        "Alice",
        "\xef\xbd\x81lice" /* fullwidth a */,
    };
    struct fixture *f = *state;

    login(f, "alice");
    skip_events(f);
    for (size_t i = 0; i < sizeof(lookalikes) / sizeof(lookalikes[0]); i++) {
        struct command command = login_as(lookalikes[i]);
        token("someone else", command.token_hash);
        assert_result(run(f, command), CHAT_NICK_TAKEN);
    }
    ASSERT_NO_EVENTS(f);
}

static void a_nick_is_taken_while_its_session_is_gone(void **state)
{
    struct fixture *f = *state;
    struct command again = login_as("alice");

    login(f, "alice");
    pass_ms(f, f->rules.grace_ms);
    run_due(f);
    token("someone else", again.token_hash);
    assert_result(run(f, again), CHAT_NICK_TAKEN);
}

static void a_nick_is_free_again_when_its_session_has_ended(void **state)
{
    struct fixture *f = *state;
    int64_t first = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = first);
    assert_int_not_equal(login(f, "alice"), first);
}

/* ---- refusals, in the order in which they are checked ---- */

static void a_login_is_refused_for_its_first_fault(void **state)
{
    static const struct {
        const char *nick, *room;
        enum chat_result result;
    } cases[] = {
        {" alice", "no room", CHAT_BAD_NICK},
        {"", "dev", CHAT_BAD_NICK},
        {"bob", "no room", CHAT_BAD_ROOM},
        {"bob", "dev", CHAT_NO_ROOM},
        {"bob", "lobby", CHAT_NICK_TAKEN},
        {"eve", "lobby", CHAT_UNAVAILABLE},
    };
    struct fixture *f = *state;

    f->rules.guests_make_rooms = false;
    f->rules.sessions_max = 1;
    fixture_restart(f);
    login(f, "bob");
    skip_events(f);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct command command = login_as(cases[i].nick);
        token("somebody", command.token_hash);
        command.has_rooms = true;
        command.rooms[0] = "lobby";
        command.rooms[1] = cases[i].room;
        command.room_count = 2;
        assert_result(run(f, command), cases[i].result);
        assert_int_equal(f->outcome.sid, 0);
    }
    ASSERT_NO_EVENTS(f);
}

static void a_nick_longer_than_allowed_is_refused(void **state)
{
    struct fixture *f = *state;
    char nick[NICK_SIZE] = "";

    memset(nick, 'a', f->rules.nick_bytes + 1);
    assert_result(run(f, login_as(nick)), CHAT_BAD_NICK);
    nick[f->rules.nick_bytes] = '\0';
    assert_result(run(f, login_as(nick)), CHAT_OK);
}

/* Ligatures that become eighteen letters each. */
static void a_nick_whose_key_is_too_long_is_refused_as_a_nick(void **state)
{
    static const char ligature[] = "\xef\xb7\xba";
    struct fixture *f = *state;
    struct command command;
    char nick[NICK_SIZE] = "";

    f->rules.nick_bytes = NICK_SIZE - 1;
    f->rules.guests_make_rooms = false;
    fixture_restart(f);
    for (size_t i = 0; i + 3 < sizeof(nick); i += 3)
        memcpy(nick + i, ligature, 3);
    command = login_as(nick);
    command.has_rooms = true;
    command.rooms[0] = "dev"; /* not there: found out later */
    command.room_count = 1;
    assert_result(run(f, command), CHAT_BAD_NICK);
}

static struct command login_to(const char *nick, const char *const *rooms,
                               size_t count)
{
    struct command command = login_as(nick);

    command.has_rooms = true;
    command.room_count = count;
    for (size_t i = 0; i < count; i++)
        command.rooms[i] = rooms[i];
    return command;
}

static void a_login_to_too_many_rooms_is_refused_and_makes_none(void **state)
{
    static const char *const rooms[] = {"a", "b", "c", "d", "e"};
    struct fixture *f = *state;

    f->rules.rooms_per_session = 3;
    f->rules.rooms_max = 5;
    fixture_restart(f);
    assert_result(run(f, login_to("alice", rooms, 4)), CHAT_FORBIDDEN);
    ASSERT_NO_EVENTS(f);
    assert_result(run(f, login_to("alice", rooms, 3)), CHAT_OK);
}

static void a_login_that_would_make_too_many_rooms_makes_none(void **state)
{
    static const char *const rooms[] = {"a", "b", "lobby"};
    struct fixture *f = *state;

    f->rules.rooms_max = 2;
    fixture_restart(f);
    assert_result(run(f, login_to("alice", rooms, 3)), CHAT_FORBIDDEN);
    ASSERT_NO_EVENTS(f);
    assert_result(run(f, login_to("alice", rooms + 1, 2)), CHAT_OK);
    assert_result(run(f, login_to("bob", rooms, 1)), CHAT_FORBIDDEN);
}

static void sessions_are_bounded_and_a_place_gets_free(void **state)
{
    struct fixture *f = *state;

    f->rules.sessions_max = 2;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    login(f, "bob");
    assert_result(run(f, login_as("eve")), CHAT_UNAVAILABLE);
    assert_result(run(f, login_as("bob")), CHAT_REPEAT);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    login(f, "eve");
}

/* ---- replacing ---- */

static struct command replace(const char *old, const char *nick)
{
    struct command command = login_as(nick);

    token("the new one", command.token_hash);
    command.has_replaces = true;
    token(old, command.replaces);
    return command;
}

static void a_replaced_session_ends_first_and_leaves_its_nick(void **state)
{
    struct fixture *f = *state;
    int64_t old = login(f, "alice");

    skip_events(f);
    assert_result(run(f, replace("alice", "Alice")), CHAT_OK);
    ASSERT_EVENTS(f, "leave alice lobby logout 3", "session_end alice logout",
                  "session_new Alice", "join Alice lobby 4");
    assert_null(state_session(f->state, old));
    assert_result(run(f, replace("alice", "Alice")), CHAT_REPEAT);
    ASSERT_NO_EVENTS(f);
}

static void a_refused_login_ends_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    login(f, "bob");
    skip_events(f);
    assert_result(run(f, replace("alice", "bob")), CHAT_NICK_TAKEN);
    assert_result(run(f, replace("alice", "b\tb")), CHAT_BAD_NICK);
    ASSERT_NO_EVENTS(f);
    assert_non_null(state_session(f->state, alice));
}

static void replacing_a_session_needs_no_second_place(void **state)
{
    struct fixture *f = *state;

    f->rules.sessions_max = 1;
    fixture_restart(f);
    login(f, "alice");
    assert_result(run(f, replace("alice", "zoe")), CHAT_OK);
}

static void a_session_to_replace_that_is_not_there_is_no_fault(void **state)
{
    struct fixture *f = *state;

    assert_result(run(f, replace("nobody", "alice")), CHAT_OK);
    ASSERT_EVENTS(f, "session_new alice", "join alice lobby 2");
}

/* ---- finding and ending ---- */

static void a_session_is_found_by_its_token(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    assert_result(get(f, "alice"), CHAT_OK);
    assert_int_equal(f->outcome.sid, alice);
    assert_result(get(f, "bob"), CHAT_SESSION_REQUIRED);
    assert_int_equal(f->outcome.sid, 0);
    ASSERT_NO_EVENTS(f);
}

static void logging_out_leaves_all_rooms_and_is_done_once(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    ASSERT_EVENTS(f, "leave alice lobby logout 3", "leave alice dev logout 3",
                  "session_end alice logout");
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    ASSERT_NO_EVENTS(f);
    assert_result(get(f, "alice"), CHAT_SESSION_REQUIRED);
}

static void an_ended_session_may_do_nothing(void **state)
{
    static const enum command_type types[] = {
        COMMAND_ROOMS, COMMAND_ROOM_NEW, COMMAND_JOIN,  COMMAND_LEAVE,
        COMMAND_POST,  COMMAND_HISTORY,  COMMAND_EVENTS};
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    skip_events(f);
    /* Every other field is at fault too: the session is asked for first. */
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
        assert_result(run(f, (struct command){.type = types[i],
                                              .sid = alice,
                                              .room = "no such",
                                              .id = "",
                                              .text = ""}),
                      CHAT_SESSION_REQUIRED);
    ASSERT_NO_EVENTS(f);
}

static void what_asks_for_no_session_is_always_fine(void **state)
{
    struct fixture *f = *state;

    ASSERT_RUN(CHAT_OK, f, HEAD, .sid = 0);
    ASSERT_RUN(CHAT_OK, f, HEALTH, .sid = 0);
    ASSERT_NO_EVENTS(f);
}

/* ---- rules ---- */

static void rules_come_from_the_settings(void **state)
{
    struct state_rules rules;
    struct settings settings;

    (void)state;
    settings_defaults(&settings);
    strcpy(settings.chat.default_rooms, "Lobby, dev\tops");
    settings.chat.presence_grace_seconds = 7;
    settings.chat.session_idle_hours = 2;
    assert_int_equal(state_rules_from(&settings, &rules), CHAT_OK);
    assert_int_equal(rules.default_room_count, 3);
    assert_string_equal(rules.default_rooms[0], "lobby");
    assert_string_equal(rules.default_rooms[2], "ops");
    assert_int_equal(rules.grace_ms, 7000);
    assert_int_equal(rules.session_idle_ms, 7200000);
}

static void default_rooms_that_cannot_be_are_refused(void **state)
{
    struct state_rules rules;
    struct settings settings;

    (void)state;
    settings_defaults(&settings);
    strcpy(settings.chat.default_rooms, "lobby a/b");
    assert_int_equal(state_rules_from(&settings, &rules), CHAT_BAD_ROOM);
    settings.chat.default_rooms[0] = '\0';
    for (int i = 0; i < COMMAND_ROOMS_MAX + 1; i++)
        strcat(settings.chat.default_rooms, "room ");
    assert_int_equal(state_rules_from(&settings, &rules), CHAT_BAD_ROOM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_new_session_is_in_the_default_room),
        TEST(a_new_session_is_in_the_rooms_it_names_and_no_others),
        TEST(a_new_session_may_be_in_no_room),
        TEST(default_rooms_that_are_missing_are_made_by_whoever_comes),
        TEST(a_login_sent_again_finds_its_session),
        TEST(a_login_sent_again_with_another_nick_changes_nothing),
        TEST(nicks_are_normalized),
        TEST(a_nick_that_only_looks_different_is_taken),
        TEST(a_nick_is_taken_while_its_session_is_gone),
        TEST(a_nick_is_free_again_when_its_session_has_ended),
        TEST(a_login_is_refused_for_its_first_fault),
        TEST(a_nick_longer_than_allowed_is_refused),
        TEST(a_nick_whose_key_is_too_long_is_refused_as_a_nick),
        TEST(a_login_to_too_many_rooms_is_refused_and_makes_none),
        TEST(a_login_that_would_make_too_many_rooms_makes_none),
        TEST(sessions_are_bounded_and_a_place_gets_free),
        TEST(a_replaced_session_ends_first_and_leaves_its_nick),
        TEST(a_refused_login_ends_nothing),
        TEST(replacing_a_session_needs_no_second_place),
        TEST(a_session_to_replace_that_is_not_there_is_no_fault),
        TEST(a_session_is_found_by_its_token),
        TEST(logging_out_leaves_all_rooms_and_is_done_once),
        TEST(an_ended_session_may_do_nothing),
        TEST(what_asks_for_no_session_is_always_fine),
        TEST(rules_come_from_the_settings),
        TEST(default_rooms_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
