/*
 * Signals: how many people are in a crowd and who is typing, at most once a
 * second; and what concerns one person alone.
 */
#include "tests/unit/state_fixture.h"

#include "broker/signals.h"

struct crowds {
    struct fixture *f;
    struct signals *signals;
};

static int crowds_setup(void **state)
{
    struct crowds *crowds = alloc_or_die(sizeof(*crowds));
    void *fixture = NULL;

    if (fixture_setup(&fixture) != 0)
        return -1;
    crowds->f = fixture;
    crowds->signals = signals_new();
    *state = crowds;
    return 0;
}

static int crowds_teardown(void **state)
{
    struct crowds *crowds = *state;
    void *fixture = crowds->f;

    signals_free(crowds->signals);
    signals_free(NULL);
    free(crowds);
    return fixture_teardown(&fixture);
}

#define SIGNALS_TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, crowds_setup, crowds_teardown)

/* Another room; its rid. */
static int64_t open_room(struct crowds *crowds, const char *name)
{
    ASSERT_RUN(CHAT_OK, crowds->f, ROOM_OPEN, .room = name);
    return state_head_seq(crowds->f->state);
}

/* Asserts what is newer than `version`, as "room=count ..."; the newest. */
static uint64_t assert_since(const struct crowds *crowds, uint64_t version,
                             const char *expected)
{
    json_t *array = signals_since(crowds->signals, crowds->f->state, &version);
    char text[256] = "";
    size_t i, length = 0;
    json_t *signal;

    json_array_foreach (array, i, signal) {
        assert_string_equal(json_string_value(json_object_get(signal, "type")),
                            "members");
        length +=
            (size_t)snprintf(text + length, sizeof(text) - length, "%s%s=%lld",
                             length > 0 ? " " : "",
                             json_string_value(json_object_get(signal, "room")),
                             (long long)json_integer_value(
                                 json_object_get(signal, "member_count")));
    }
    assert_string_equal(text, expected);
    json_decref(array);
    return version;
}

static void without_anything_noted_there_is_nothing(void **state)
{
    struct crowds *crowds = *state;

    assert_false(signals_emit(crowds->signals));
    assert_int_equal(signals_version(crowds->signals), 0);
    assert_int_equal(assert_since(crowds, 0, ""), 0);
}

static void what_is_noted_waits_to_be_emitted(void **state)
{
    struct crowds *crowds = *state;

    signals_note_members(crowds->signals, LOBBY);
    assert_int_equal(signals_version(crowds->signals), 0);
    assert_int_equal(assert_since(crowds, 0, ""), 0);
    assert_true(signals_emit(crowds->signals));
    assert_int_equal(signals_version(crowds->signals), 1);
    assert_int_equal(assert_since(crowds, 0, "lobby=0"), 1);
    assert_false(signals_emit(crowds->signals));
}

static void many_changes_are_one_signal_with_the_newest_number(void **state)
{
    struct crowds *crowds = *state;

    for (int i = 0; i < 10; i++)
        signals_note_members(crowds->signals, LOBBY);
    login(crowds->f, "alice");
    signals_emit(crowds->signals);
    login(crowds->f, "bob");
    assert_since(crowds, 0, "lobby=2");
}

static void each_reader_gets_what_is_newer_than_what_it_had(void **state)
{
    struct crowds *crowds = *state;
    int64_t dev = open_room(crowds, "dev");

    signals_note_members(crowds->signals, LOBBY);
    signals_emit(crowds->signals);
    uint64_t had = assert_since(crowds, 0, "lobby=0");
    assert_int_equal(assert_since(crowds, had, ""), had);
    signals_note_members(crowds->signals, dev); /* not emitted yet */
    assert_int_equal(assert_since(crowds, 0, "lobby=0"), had);
    signals_emit(crowds->signals);
    assert_since(crowds, had, "dev=0");
    assert_since(crowds, 0, "lobby=0 dev=0");
    signals_note_members(crowds->signals, LOBBY);
    signals_emit(crowds->signals);
    assert_since(crowds, had, "dev=0 lobby=0");
}

static void rooms_of_one_moment_are_all_given(void **state)
{
    struct crowds *crowds = *state;
    int64_t dev = open_room(crowds, "dev");
    int64_t ops = open_room(crowds, "ops");

    for (int i = 0; i < 3; i++) {
        uint64_t had = signals_version(crowds->signals);
        signals_note_members(crowds->signals, dev);
        signals_note_members(crowds->signals, LOBBY);
        signals_emit(crowds->signals);
        assert_since(crowds, had, "dev=0 lobby=0");
    }
    signals_note_members(crowds->signals, ops);
    signals_note_members(crowds->signals, dev);
    uint64_t had = signals_version(crowds->signals);
    signals_emit(crowds->signals);
    assert_since(crowds, had, "dev=0 ops=0");
}

/* Its making was undone: the store failed. */
static void a_room_that_is_not_there_is_passed_over(void **state)
{
    struct crowds *crowds = *state;

    signals_note_members(crowds->signals, 1000000);
    signals_emit(crowds->signals);
    uint64_t had = assert_since(crowds, 0, "");
    assert_int_equal(had, signals_version(crowds->signals));
    signals_note_members(crowds->signals, 1000000);
    signals_note_members(crowds->signals, LOBBY);
    signals_emit(crowds->signals);
    assert_int_equal(assert_since(crowds, had, "lobby=0"),
                     signals_version(crowds->signals));
}

static void one_answer_is_bounded_and_the_next_goes_on(void **state)
{
    enum { ROOMS = 2 * SIGNALS_MAX + 1 };
    struct crowds *crowds = *state;
    size_t counts[3] = {0};
    uint64_t version = 0;
    char name[16];

    for (int i = 0; i < ROOMS; i++) {
        snprintf(name, sizeof(name), "room%d", i);
        signals_note_members(crowds->signals, open_room(crowds, name));
    }
    signals_emit(crowds->signals);
    for (size_t i = 0; i < 3; i++) {
        json_t *array =
            signals_since(crowds->signals, crowds->f->state, &version);
        counts[i] = json_array_size(array);
        json_decref(array);
    }
    assert_int_equal(counts[0], SIGNALS_MAX);
    assert_int_equal(counts[1], SIGNALS_MAX);
    assert_int_equal(counts[2], 1);
    assert_int_equal(version, signals_version(crowds->signals));
}

/* Asserts what is newer than `version`, as the whole JSON; the newest. */
static uint64_t assert_json_since(const struct crowds *crowds, uint64_t version,
                                  const char *expected)
{
    json_t *array = signals_since(crowds->signals, crowds->f->state, &version);
    char *text = json_dumps(array, JSON_COMPACT);

    assert_string_equal(text != NULL ? text : "", expected);
    free(text);
    json_decref(array);
    return version;
}

/* ---- typing ---- */

static void who_is_typing_is_told_newest_first(void **state)
{
    struct crowds *crowds = *state;
    int64_t alice = login(crowds->f, "alice");
    int64_t bob = login(crowds->f, "bob");

    signals_note_typing(crowds->signals, LOBBY, alice, 1000);
    signals_note_typing(crowds->signals, LOBBY, bob, 1500);
    assert_json_since(crowds, 0, "");
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"typing\",\"room\":\"lobby\","
                      "\"nicks\":[\"bob\",\"alice\"]}]");
    signals_note_typing(crowds->signals, LOBBY, alice, 2000);
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"typing\",\"room\":\"lobby\","
                      "\"nicks\":[\"alice\",\"bob\"]}]");
}

static void who_typed_long_ago_or_has_gone_is_not_typing(void **state)
{
    struct crowds *crowds = *state;
    int64_t alice = login(crowds->f, "alice");
    int64_t bob = login(crowds->f, "bob");

    signals_note_typing(crowds->signals, LOBBY, alice, 1000);
    signals_note_typing(crowds->signals, LOBBY, 1000000, 5000);
    signals_note_typing(crowds->signals, LOBBY, bob, 1000 + TYPING_MS);
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"typing\",\"room\":\"lobby\","
                      "\"nicks\":[\"bob\"]}]");
}

static void who_has_said_it_is_not_typing(void **state)
{
    struct crowds *crowds = *state;
    int64_t alice = login(crowds->f, "alice");
    int64_t bob = login(crowds->f, "bob");

    signals_note_said(crowds->signals, LOBBY, alice);
    signals_note_typing(crowds->signals, LOBBY, alice, 1000);
    signals_note_typing(crowds->signals, LOBBY, bob, 1500);
    signals_note_said(crowds->signals, LOBBY, bob);
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"typing\",\"room\":\"lobby\","
                      "\"nicks\":[\"alice\"]}]");
    signals_note_typing(crowds->signals, LOBBY, bob, 2000);
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"typing\",\"room\":\"lobby\","
                      "\"nicks\":[\"bob\",\"alice\"]}]");
}

static void of_many_that_type_the_newest_are_told(void **state)
{
    struct crowds *crowds = *state;
    char nick[16];

    for (int i = 0; i < TYPING_MAX + 2; i++) {
        snprintf(nick, sizeof(nick), "n%d", i);
        signals_note_typing(crowds->signals, LOBBY, login(crowds->f, nick),
                            1000 + i);
    }
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"typing\",\"room\":\"lobby\","
                      "\"nicks\":[\"n6\",\"n5\",\"n4\",\"n3\",\"n2\"]}]");
}

static void each_kind_of_a_room_has_a_place_of_its_own(void **state)
{
    struct crowds *crowds = *state;
    int64_t alice = login(crowds->f, "alice");

    signals_note_members(crowds->signals, LOBBY);
    signals_emit(crowds->signals);
    signals_note_typing(crowds->signals, LOBBY, alice, 1000);
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"members\",\"room\":\"lobby\","
                      "\"member_count\":1},{\"type\":\"typing\","
                      "\"room\":\"lobby\",\"nicks\":[\"alice\"]}]");
}

/* ---- one person's ---- */

#define NOTE_EVENT(crowds, name, ...)                                          \
    signals_note_event((crowds)->signals,                                      \
                       &(struct event){.type = EVENT_##name, __VA_ARGS__})

static void what_is_done_to_somebody_is_told_to_them(void **state)
{
    struct crowds *crowds = *state;

    NOTE_EVENT(crowds, INVITE, .seq = 1, .rid = 1, .room = "dev",
               .from = "alice", .to = "bob", .to_pid = 7, .value = 1);
    NOTE_EVENT(crowds, INVITE, .seq = 1, .rid = 1, .room = "dev",
               .from = "alice", .to = "bob", .to_pid = 7); /* revoked */
    NOTE_EVENT(crowds, SERVER_BAN, .seq = 1, .to_pid = 8, .text = "spam");
    NOTE_EVENT(crowds, READ, .seq = 1, .rid = 1, .room = "dev", .pid = 9,
               .target = 5);
    assert_json_since(crowds, 0, "");
    signals_release(crowds->signals, 1);
    assert_json_since(
        crowds, 0,
        "[{\"type\":\"invite\",\"room\":\"dev\",\"from\":\"alice\",\"pid\":7},"
        "{\"type\":\"banned\",\"reason\":\"spam\",\"pid\":8},"
        "{\"type\":\"read\",\"room\":\"dev\",\"read\":5,\"pid\":9}]");
}

static void a_new_role_is_told_and_a_passphrase_is_not(void **state)
{
    struct crowds *crowds = *state;

    NOTE_EVENT(crowds, PERSON_SET, .seq = 1, .pid = 7, .role = ROLE_MODERATOR,
               .from = "bob", .to = "alice", .to_pid = 3);
    NOTE_EVENT(crowds, PERSON_SET, .seq = 2, .pid = 7, .role = ROLE_MODERATOR,
               .from = "bob", .secret = "new");
    signals_release(crowds->signals, 2);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"role\",\"from\":\"alice\","
                      "\"role\":\"moderator\",\"pid\":7}]");
}

static void nobody_is_told_of_what_was_undone(void **state)
{
    struct crowds *crowds = *state;

    NOTE_EVENT(crowds, KICK, .seq = 5, .room = "dev", .to_pid = 7);
    signals_release(crowds->signals, 4);
    assert_json_since(crowds, 0, "");
    NOTE_EVENT(crowds, KICK, .seq = 5, .room = "ops", .to_pid = 8);
    signals_release(crowds->signals, 5);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"kicked\",\"room\":\"ops\",\"pid\":8}]");
}

static void one_persons_and_rooms_come_in_one_order(void **state)
{
    struct crowds *crowds = *state;

    NOTE_EVENT(crowds, KICK, .seq = 1, .room = "a", .to_pid = 7);
    signals_release(crowds->signals, 1);
    uint64_t had = signals_version(crowds->signals);
    NOTE_EVENT(crowds, KICK, .seq = 1, .room = "b", .to_pid = 7);
    signals_release(crowds->signals, 1);
    signals_note_members(crowds->signals, LOBBY);
    signals_emit(crowds->signals);
    NOTE_EVENT(crowds, KICK, .seq = 1, .room = "c", .to_pid = 7);
    signals_release(crowds->signals, 1);
    had = assert_json_since(
        crowds, had,
        "[{\"type\":\"kicked\",\"room\":\"b\",\"pid\":7},"
        "{\"type\":\"members\",\"room\":\"lobby\",\"member_count\":0},"
        "{\"type\":\"kicked\",\"room\":\"c\",\"pid\":7}]");
    assert_int_equal(had, signals_version(crowds->signals));
}

static void of_very_many_the_newest_are_kept(void **state)
{
    enum { TOLD = 2 * SIGNALS_PERSONAL_MAX + 10 };
    struct crowds *crowds = *state;
    uint64_t version = 0;

    for (int64_t i = 1; i <= TOLD; i++) {
        NOTE_EVENT(crowds, KICK, .seq = i, .room = "dev", .to_pid = i);
        if (i % 3 == 0)
            signals_release(crowds->signals, i);
    }
    signals_release(crowds->signals, TOLD);
    json_t *array = signals_since(crowds->signals, crowds->f->state, &version);
    assert_int_equal(json_array_size(array), SIGNALS_PERSONAL_MAX);
    for (size_t i = 0; i < SIGNALS_PERSONAL_MAX; i++)
        assert_int_equal(json_integer_value(
                             json_object_get(json_array_get(array, i), "pid")),
                         TOLD - SIGNALS_PERSONAL_MAX + 1 + i);
    json_decref(array);
    assert_int_equal(version, TOLD);
}

static void more_than_all_can_wait_at_once(void **state)
{
    enum { TOLD = SIGNALS_PERSONAL_MAX + 10 };
    struct crowds *crowds = *state;
    uint64_t version = 0;

    for (int64_t i = 1; i <= TOLD; i++)
        NOTE_EVENT(crowds, KICK, .seq = i, .room = "dev", .to_pid = i);
    signals_release(crowds->signals, TOLD);
    json_t *array = signals_since(crowds->signals, crowds->f->state, &version);
    assert_int_equal(json_array_size(array), SIGNALS_PERSONAL_MAX);
    json_decref(array);
}

/* Else a reader would be answered with nothing again and again. */
static void a_room_that_ends_takes_its_signals_along(void **state)
{
    struct crowds *crowds = *state;

    signals_note_members(crowds->signals, LOBBY);
    signals_emit(crowds->signals);
    NOTE_EVENT(crowds, ROOM_END, .seq = 1, .rid = LOBBY);
    uint64_t had = assert_json_since(crowds, 0, "");
    assert_int_equal(had, signals_version(crowds->signals));
}

static void quiet_coming_and_going_is_a_number_of_people(void **state)
{
    struct crowds *crowds = *state;

    NOTE_EVENT(crowds, JOIN, .seq = 1, .n = 3, .rid = LOBBY);
    NOTE_EVENT(crowds, TOPIC, .seq = 1, .rid = LOBBY);
    assert_false(signals_emit(crowds->signals));
    NOTE_EVENT(crowds, LEAVE, .seq = 1, .rid = LOBBY);
    assert_true(signals_emit(crowds->signals));
    assert_since(crowds, 0, "lobby=0");
}

static void make_idle(struct crowds *crowds, const char *nick)
{
    int64_t sid = login(crowds->f, nick);

    state_session(crowds->f->state, sid)->person->inactive = true;
}

static void who_is_idle_is_told_as_a_whole(void **state)
{
    struct crowds *crowds = *state;

    login(crowds->f, "alice");
    make_idle(crowds, "bob");
    make_idle(crowds, "carol");
    signals_note_presence(crowds->signals, LOBBY);
    signals_emit(crowds->signals);
    assert_json_since(crowds, 0,
                      "[{\"type\":\"presence\",\"room\":\"lobby\","
                      "\"idle\":[\"bob\",\"carol\"]}]");
}

/* ---- what waits ---- */

/* Bob reports what he has said in olga's room "dev"; its rid. */
static int64_t report(struct crowds *crowds, int64_t olga, int64_t bob)
{
    ASSERT_RUN(CHAT_OK, crowds->f, ROOM_NEW, .sid = olga, .room = "dev");
    ASSERT_RUN(CHAT_OK, crowds->f, JOIN, .sid = bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, crowds->f, POST, .sid = bob, .room = "dev", .id = "1",
               .text = "rude");
    ASSERT_RUN(CHAT_OK, crowds->f, REPORT, .sid = bob, .room = "dev",
               .target = crowds->f->outcome.seq, .text = "mine");
    return crowds->f->outcome.rid;
}

static void what_waits_is_told_to_moderators_alone(void **state)
{
    static const enum event_type types[] = {EVENT_HELD,   EVENT_HELD_END,
                                            EVENT_REPORT, EVENT_REPORT_END,
                                            EVENT_RANK,   EVENT_ROLE};
    struct crowds *crowds = *state;
    int64_t olga = login(crowds->f, "olga"), bob = login(crowds->f, "bob");
    int64_t rid = report(crowds, olga, bob);
    char expected[128];
    uint64_t had = 0;

    snprintf(expected, sizeof(expected),
             "[{\"type\":\"waiting\",\"room\":\"dev\",\"count\":1,"
             "\"pids\":[%lld]}]",
             (long long)olga);
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const struct event event = {.type = types[i],
                                    .seq = 1,
                                    .rid = rid,
                                    .role = ROLE_MODERATOR,
                                    .value = 1};
        signals_note_event(crowds->signals, &event);
        signals_note_event(crowds->signals, &event);
        assert_json_since(crowds, had, "");
        signals_emit(crowds->signals);
        had = assert_json_since(crowds, had, expected);
    }
}

/* Nicks may be long, and rooms many: one answer stays small all the same. */
static void one_answer_is_bounded_by_its_bytes_too(void **state)
{
    enum { ROOMS = 40 };
    struct crowds *crowds = *state;
    uint64_t version = 0;
    size_t count = 0, answers = 0;
    char nick[NICK_SIZE];

    for (int i = 0; i < IDLE_LISTED_MAX; i++) {
        snprintf(nick, sizeof(nick), "%02d%058d", i, i);
        make_idle(crowds, nick);
    }
    for (int64_t i = 0; i < ROOMS; i++) {
        snprintf(nick, sizeof(nick), "room%d", (int)i);
        int64_t rid = open_room(crowds, nick);
        for (const struct person *person = crowds->f->state->people_by_pid;
             person != NULL; person = person->by_pid.next)
            ASSERT_RUN(CHAT_OK, crowds->f, JOIN, .sid = person->pid,
                       .room = nick);
        signals_note_presence(crowds->signals, rid);
    }
    signals_emit(crowds->signals);
    while (version < signals_version(crowds->signals)) {
        json_t *array =
            signals_since(crowds->signals, crowds->f->state, &version);
        assert_true(json_dumpb(array, NULL, 0, JSON_COMPACT) <
                    SIGNALS_BYTES_MAX + 64 * 1024);
        count += json_array_size(array);
        answers++;
        json_decref(array);
    }
    assert_int_equal(count, ROOMS);
    assert_true(answers > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SIGNALS_TEST(without_anything_noted_there_is_nothing),
        SIGNALS_TEST(what_is_noted_waits_to_be_emitted),
        SIGNALS_TEST(many_changes_are_one_signal_with_the_newest_number),
        SIGNALS_TEST(each_reader_gets_what_is_newer_than_what_it_had),
        SIGNALS_TEST(rooms_of_one_moment_are_all_given),
        SIGNALS_TEST(a_room_that_is_not_there_is_passed_over),
        SIGNALS_TEST(one_answer_is_bounded_and_the_next_goes_on),
        SIGNALS_TEST(who_is_typing_is_told_newest_first),
        SIGNALS_TEST(who_typed_long_ago_or_has_gone_is_not_typing),
        SIGNALS_TEST(who_has_said_it_is_not_typing),
        SIGNALS_TEST(of_many_that_type_the_newest_are_told),
        SIGNALS_TEST(each_kind_of_a_room_has_a_place_of_its_own),
        SIGNALS_TEST(what_is_done_to_somebody_is_told_to_them),
        SIGNALS_TEST(a_new_role_is_told_and_a_passphrase_is_not),
        SIGNALS_TEST(nobody_is_told_of_what_was_undone),
        SIGNALS_TEST(one_persons_and_rooms_come_in_one_order),
        SIGNALS_TEST(of_very_many_the_newest_are_kept),
        SIGNALS_TEST(more_than_all_can_wait_at_once),
        SIGNALS_TEST(a_room_that_ends_takes_its_signals_along),
        SIGNALS_TEST(who_is_idle_is_told_as_a_whole),
        SIGNALS_TEST(what_waits_is_told_to_moderators_alone),
        SIGNALS_TEST(one_answer_is_bounded_by_its_bytes_too),
        SIGNALS_TEST(quiet_coming_and_going_is_a_number_of_people),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
