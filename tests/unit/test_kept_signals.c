/* Signals that wait for their readers: newest of a kind, bounded. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "fcgi/kept_signals.h"

static void add(struct personal_signals **signals, const char *type,
                const char *room, uint64_t version)
{
    char json[32];

    (void)snprintf(json, sizeof(json), "{\"v\":%d}", (int)version);
    personal_signals_add(
        signals, &(struct signal){.type = type, .room = room, .json = json},
        version);
}

/* The versions that are kept, in order: "1 2 ". */
static const char *versions_of(const struct personal_signals *signals)
{
    static char text[128];

    text[0] = '\0';
    for (size_t i = 0; signals != NULL && i < signals->count; i++) {
        size_t length = strlen(text);
        (void)snprintf(text + length, sizeof(text) - length, "%d ",
                       (int)signals->list[i].kept.version);
    }
    return text;
}

static void kinds_of_room_signals_are_known_by_their_words(void **state)
{
    enum room_signal kind;

    (void)state;
    assert_int_equal(room_signal_parse("members", &kind), CHAT_OK);
    assert_int_equal(kind, ROOM_SIGNAL_MEMBERS);
    assert_int_equal(room_signal_parse("typing", &kind), CHAT_OK);
    assert_int_equal(kind, ROOM_SIGNAL_TYPING);
    assert_int_equal(room_signal_parse("invite", &kind), CHAT_BAD_REQUEST);
}

static void newest_of_a_kind_is_kept(void **state)
{
    struct room_signals signals = {0};

    (void)state;
    room_signals_set(&signals, ROOM_SIGNAL_TYPING, "{\"t\":1}", 3);
    room_signals_set(&signals, ROOM_SIGNAL_TYPING, "{\"t\":2}", 4);
    room_signals_set(&signals, ROOM_SIGNAL_MEMBERS, "{\"m\":1}", 5);
    assert_string_equal(signals.kept[ROOM_SIGNAL_TYPING].json, "{\"t\":2}");
    assert_int_equal(signals.kept[ROOM_SIGNAL_TYPING].version, 4);
    room_signals_forget(&signals, ROOM_SIGNAL_TYPING);
    assert_null(signals.kept[ROOM_SIGNAL_TYPING].json);
    assert_int_equal(signals.kept[ROOM_SIGNAL_MEMBERS].version, 5);
    room_signals_fini(&signals);
    assert_null(signals.kept[ROOM_SIGNAL_MEMBERS].json);
}

static void personal_signal_takes_the_place_of_the_same(void **state)
{
    struct personal_signals *signals = NULL;

    (void)state;
    add(&signals, "invite", "dev", 1);
    add(&signals, "invite", "lobby", 2);
    add(&signals, "kicked", "dev", 3);
    add(&signals, "read", NULL, 4);
    assert_string_equal(versions_of(signals), "1 2 3 4 ");
    add(&signals, "invite", "dev", 5);
    add(&signals, "read", NULL, 6);
    assert_string_equal(versions_of(signals), "2 3 5 6 ");
    assert_string_equal(signals->list[2].kept.json, "{\"v\":5}");
    personal_signals_forget(&signals, UINT64_MAX);
    assert_null(signals);
}

static void only_the_newest_few_are_kept(void **state)
{
    struct personal_signals *signals = NULL;
    char room[16];

    (void)state;
    for (int i = 1; i <= PERSONAL_SIGNALS_MAX + 2; i++) {
        (void)snprintf(room, sizeof(room), "r%d", i);
        add(&signals, "invite", room, (uint64_t)i);
    }
    assert_int_equal(signals->count, PERSONAL_SIGNALS_MAX);
    assert_string_equal(versions_of(signals), "3 4 5 6 7 8 9 10 ");
    personal_signals_forget(&signals, UINT64_MAX);
}

static void what_was_told_is_forgotten(void **state)
{
    struct personal_signals *signals = NULL;

    (void)state;
    personal_signals_forget(&signals, 9);
    add(&signals, "invite", "dev", 1);
    add(&signals, "kicked", "dev", 2);
    add(&signals, "banned", "dev", 3);
    personal_signals_forget(&signals, 2);
    assert_string_equal(versions_of(signals), "3 ");
    personal_signals_forget(&signals, 3);
    assert_null(signals);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_of_room_signals_are_known_by_their_words),
        cmocka_unit_test(newest_of_a_kind_is_kept),
        cmocka_unit_test(personal_signal_takes_the_place_of_the_same),
        cmocka_unit_test(only_the_newest_few_are_kept),
        cmocka_unit_test(what_was_told_is_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
