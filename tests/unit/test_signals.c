/* Signals: how many people are in a crowd, at most once a second. */
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
