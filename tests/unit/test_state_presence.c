/*
 * Being there and being a member are two things: who is gone after the grace
 * time, how they come back, when their session ends; and rooms too large to
 * show each one's coming and going.
 */
#include "tests/unit/state_fixture.h"

/* Lets the grace time pass for all that are not touched meanwhile. */
static void pass_grace(struct fixture *f)
{
    pass_ms(f, f->rules.grace_ms);
    run_due(f);
}

static size_t here_count(const struct fixture *f)
{
    return room_named(f, "lobby")->here_count;
}

/* ---- going ---- */

static void who_is_not_seen_for_the_grace_time_is_gone(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
    skip_events(f);
    pass_ms(f, f->rules.grace_ms - 1);
    assert_int_equal(run_due(f), 0);
    pass_ms(f, 1);
    assert_int_equal(run_due(f), 1);
    ASSERT_EVENTS(f, "leave alice lobby gone 3", "leave alice dev gone 3",
                  "person_gone alice gone");
    const struct person *person = person_of(f, alice);
    assert_false(person->here);
    assert_int_equal(person->gone_at_ms, f->now.wall_ms);
    assert_int_equal(person->room_count, 2);
    assert_int_equal(person->sessions->idle_at_ms, f->now.wall_ms);
    assert_int_equal(here_count(f), 0);
    assert_int_equal(run_due(f), 0);
}

static void any_request_within_the_grace_time_keeps_one_there(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    const struct command requests[] = {
        {.type = COMMAND_ROOMS, .sid = alice},
        {.type = COMMAND_EVENTS, .sid = alice},
        {.type = COMMAND_HISTORY, .sid = alice, .room = "nowhere"},
        {.type = COMMAND_JOIN, .sid = alice, .room = "nowhere"},
        login_as("alice"),
    };

    skip_events(f);
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        pass_ms(f, f->rules.grace_ms - 1);
        run_due(f);
        run(f, requests[i]);
    }
    pass_ms(f, f->rules.grace_ms - 1);
    run_due(f);
    assert_result(get(f, "alice"), CHAT_OK);
    pass_ms(f, f->rules.grace_ms - 1);
    assert_int_equal(run_due(f), 0);
    ASSERT_NO_EVENTS(f);
}

static void a_touch_counts_from_when_it_was(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    pass_ms(f, 10000);
    assert_result(touch(f, alice, 4000), CHAT_OK); /* so 6 s after login */
    pass_ms(f, f->rules.grace_ms - 4000 - 1);
    assert_int_equal(run_due(f), 0);
    assert_result(touch(f, alice, 9000), CHAT_OK); /* that was before */
    pass_ms(f, 1);
    assert_int_equal(run_due(f), 0);
    pass_ms(f, f->rules.grace_ms - 9000);
    assert_int_equal(run_due(f), 1);
}

static void an_older_touch_takes_nothing_back(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    assert_result(touch(f, alice, f->rules.grace_ms - 1), CHAT_OK);
    pass_ms(f, f->rules.grace_ms - 1);
    assert_int_equal(run_due(f), 0);
}

static void a_command_to_go_does_nothing_to_who_was_seen_since(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    struct command due;

    skip_events(f);
    pass_ms(f, f->rules.grace_ms);
    assert_int_equal(state_due(f->state, f->now, &due, 1), 1);
    assert_int_equal(due.type, COMMAND_GONE);
    touch(f, alice, 0);
    assert_result(run(f, due), CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, EXPIRE, .sid = alice);
    ASSERT_RUN(CHAT_OK, f, GONE, .sid = 1000000);
    ASSERT_RUN(CHAT_OK, f, EXPIRE, .sid = 1000000);
    ASSERT_NO_EVENTS(f);
}

/* Who could not be heard is not gone. */
static void after_deafness_the_grace_time_begins_anew(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    pass_ms(f, 10 * f->rules.grace_ms);
    state_was_deaf(f->state, f->now.mono_ms);
    assert_int_equal(run_due(f), 0);
    ASSERT_RUN(CHAT_OK, f, GONE, .sid = alice);
    assert_int_equal(here_count(f), 1);
    pass_ms(f, f->rules.grace_ms - 1);
    assert_int_equal(run_due(f), 0);
    pass_ms(f, 1);
    assert_int_equal(run_due(f), 1);
}

static void what_is_due_comes_in_portions(void **state)
{
    struct fixture *f = *state;
    struct command due[3];
    char nick[16];

    for (int i = 0; i < 5; i++) {
        snprintf(nick, sizeof(nick), "nick%d", i);
        login(f, nick);
    }
    pass_ms(f, f->rules.grace_ms);
    assert_int_equal(state_due(f->state, f->now, due, 3), 3);
    for (size_t i = 0; i < 3; i++)
        run(f, due[i]);
    assert_int_equal(state_due(f->state, f->now, due, 3), 2);
}

/* ---- coming back ---- */

static void the_next_request_brings_one_back_with_all_rooms(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
    const struct member *member = person_of(f, alice)->members;
    int64_t lobby_seq = member->joined_seq;
    int64_t dev_seq = member->next->joined_seq;
    pass_grace(f);
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = alice, .room = "dev");
    ASSERT_EVENTS(f, "person_back alice back", "join alice lobby back 4",
                  "join alice dev back 4");
    assert_int_equal(member->joined_seq, lobby_seq);
    assert_int_equal(member->next->joined_seq, dev_seq);
    assert_int_equal(here_count(f), 1);
    assert_int_equal(person_of(f, alice)->gone_at_ms, 0);
    assert_int_equal(run_due(f), 0);
}

static void a_touch_a_lookup_or_a_repeated_login_bring_one_back(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    pass_grace(f);
    touch(f, alice, f->rules.grace_ms - 1);
    assert_int_equal(here_count(f), 1);
    pass_grace(f);
    get(f, "alice");
    assert_int_equal(here_count(f), 1);
    pass_grace(f);
    assert_int_equal(here_count(f), 0);
    assert_result(run(f, login_as("alice")), CHAT_REPEAT);
    assert_int_equal(here_count(f), 1);
}

static void a_touch_older_than_the_grace_time_brings_nobody_back(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    pass_grace(f);
    skip_events(f);
    assert_result(touch(f, alice, f->rules.grace_ms), CHAT_OK);
    assert_result(touch(f, alice, INT64_MAX), CHAT_OK);
    assert_result(touch(f, 1000000, 0), CHAT_OK);
    ASSERT_NO_EVENTS(f);
}

static void who_was_gone_leaves_and_logs_out_unseen(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    pass_grace(f);
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    ASSERT_EVENTS(f, "leave alice lobby logout quiet",
                  "session_end alice logout");
    assert_int_equal(here_count(f), 0);
    login(f, "bob");
    ASSERT_EVENTS(f, "session_new bob", "join bob lobby 4");
}

static void who_was_gone_and_is_replaced_leaves_unseen(void **state)
{
    struct fixture *f = *state;
    struct command again = login_as("alice");

    login(f, "alice");
    pass_grace(f);
    skip_events(f);
    again.has_replaces = true;
    memcpy(again.replaces, again.token_hash, TOKEN_HASH_BYTES);
    token("the new one", again.token_hash);
    assert_result(run(f, again), CHAT_OK);
    ASSERT_EVENTS(f, "leave alice lobby logout quiet",
                  "session_end alice logout", "session_new alice",
                  "join alice lobby 4");
}

/* ---- ending ---- */

static void a_person_gone_for_the_idle_time_ends(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    pass_grace(f);
    skip_events(f);
    pass_ms(f, f->rules.session_idle_ms - 1);
    assert_int_equal(run_due(f), 0);
    pass_ms(f, 1);
    assert_int_equal(run_due(f), 1);
    ASSERT_EVENTS(f, "leave alice lobby expired quiet",
                  "session_end alice expired");
    assert_null(state_session(f->state, alice));
    assert_result(get(f, "alice"), CHAT_SESSION_REQUIRED);
}

static void a_session_that_came_back_is_idle_from_anew(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    pass_grace(f);
    pass_ms(f, f->rules.session_idle_ms - 1);
    touch(f, alice, 0);
    pass_grace(f);
    pass_ms(f, f->rules.session_idle_ms - 1);
    assert_int_equal(run_due(f), 0);
    assert_non_null(state_session(f->state, alice));
}

/* ---- crowds ---- */

/* `count` people in the lobby, of which at most 3 are shown coming. */
static void crowd(struct fixture *f, int count)
{
    char nick[16];

    f->rules.presence_events_max = 3;
    fixture_restart(f);
    for (int i = 0; i < count; i++) {
        snprintf(nick, sizeof(nick), "nick%d", i);
        login(f, nick);
    }
}

static void coming_is_shown_while_the_room_is_small(void **state)
{
    struct fixture *f = *state;

    crowd(f, 5);
    ASSERT_EVENTS(f, "session_new nick0", "join nick0 lobby 2",
                  "session_new nick1", "join nick1 lobby 3",
                  "session_new nick2", "join nick2 lobby 4",
                  "session_new nick3", "join nick3 lobby quiet",
                  "session_new nick4", "join nick4 lobby quiet");
    assert_int_equal(here_count(f), 5);
    assert_int_equal(room_named(f, "lobby")->n, 4);
    assert_int_equal(state_listed_members_max(f->state), 3);
}

static void leaving_is_shown_once_the_room_is_small_again(void **state)
{
    struct fixture *f = *state;

    crowd(f, 5);
    skip_events(f);
    for (int64_t sid = 2; sid <= 10; sid += 2)
        ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = sid, .room = "lobby");
    ASSERT_EVENTS(f, "leave nick0 lobby left quiet",
                  "leave nick1 lobby left quiet", "leave nick2 lobby left 5",
                  "leave nick3 lobby left 6", "leave nick4 lobby left 7");
    assert_int_equal(here_count(f), 0);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = 2, .room = "lobby");
    ASSERT_EVENTS(f, "join nick0 lobby 8");
}

static void a_crowd_goes_and_comes_back_quietly(void **state)
{
    struct fixture *f = *state;

    crowd(f, 4);
    skip_events(f);
    pass_grace(f);
    ASSERT_EVENTS(f, "leave nick0 lobby gone quiet", "person_gone nick0 gone",
                  "leave nick1 lobby gone 5", "person_gone nick1 gone",
                  "leave nick2 lobby gone 6", "person_gone nick2 gone",
                  "leave nick3 lobby gone 7", "person_gone nick3 gone");
    for (int64_t sid = 2; sid <= 8; sid += 2)
        touch(f, sid, 0);
    ASSERT_EVENTS(f, "person_back nick0 back", "join nick0 lobby back 8",
                  "person_back nick1 back", "join nick1 lobby back 9",
                  "person_back nick2 back", "join nick2 lobby back 10",
                  "person_back nick3 back", "join nick3 lobby back quiet");
    assert_int_equal(here_count(f), 4);
}

static void messages_are_shown_in_a_crowd(void **state)
{
    struct fixture *f = *state;

    crowd(f, 5);
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, POST, .sid = 2, .room = "lobby", .id = "m1",
               .text = "hello");
    ASSERT_EVENTS(f, "message nick0 lobby 5");
}

static void with_a_bound_of_zero_all_coming_is_quiet(void **state)
{
    struct fixture *f = *state;

    f->rules.presence_events_max = 0;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    ASSERT_EVENTS(f, "session_new alice", "join alice lobby quiet",
                  "leave alice lobby logout quiet", "session_end alice logout");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(who_is_not_seen_for_the_grace_time_is_gone),
        TEST(any_request_within_the_grace_time_keeps_one_there),
        TEST(a_touch_counts_from_when_it_was),
        TEST(an_older_touch_takes_nothing_back),
        TEST(a_command_to_go_does_nothing_to_who_was_seen_since),
        TEST(after_deafness_the_grace_time_begins_anew),
        TEST(what_is_due_comes_in_portions),
        TEST(the_next_request_brings_one_back_with_all_rooms),
        TEST(a_touch_a_lookup_or_a_repeated_login_bring_one_back),
        TEST(a_touch_older_than_the_grace_time_brings_nobody_back),
        TEST(who_was_gone_leaves_and_logs_out_unseen),
        TEST(who_was_gone_and_is_replaced_leaves_unseen),
        TEST(a_person_gone_for_the_idle_time_ends),
        TEST(a_session_that_came_back_is_idle_from_anew),
        TEST(coming_is_shown_while_the_room_is_small),
        TEST(leaving_is_shown_once_the_room_is_small_again),
        TEST(a_crowd_goes_and_comes_back_quietly),
        TEST(messages_are_shown_in_a_crowd),
        TEST(with_a_bound_of_zero_all_coming_is_quiet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
