/* A room's settings as text, as JSON, and what is refused. */
#include "tests/unit/unit.h"

#include <string.h>

#include "common/room_settings.h"

static const struct room_settings every_other = {
    .access = ROOM_PRIVATE,
    .posting = POSTING_MODERATORS,
    .slow_seconds = 3600,
    .hold_newcomers = true,
    .archived = true,
    .lasting = false,
    .indexed = true,
    .retention_days = 36500,
    .retention_messages = 1000000000,
};

static const char every_other_text[] =
    "access=private posting=moderators slow_seconds=3600 hold_newcomers=yes "
    "archived=yes lasting=no indexed=yes retention_days=36500 "
    "retention_messages=1000000000";

static bool same(const struct room_settings *one,
                 const struct room_settings *other)
{
    char difference[ROOM_SETTINGS_SIZE];

    room_settings_print(one, other, difference);
    return difference[0] == '\0';
}

static void assert_refused(const char *text)
{
    struct room_settings settings = every_other;

    if (room_settings_change(&settings, text) != CHAT_BAD_REQUEST)
        fail_msg("taken: %s", text);
    if (!same(&settings, &every_other))
        fail_msg("changed by %s", text);
}

static void a_new_room_is_public_and_lasting(void **state)
{
    const struct room_settings settings = room_settings_default();

    (void)state;
    assert_int_equal(settings.access, ROOM_PUBLIC);
    assert_int_equal(settings.posting, POSTING_EVERYONE);
    assert_true(settings.lasting);
    assert_false(settings.archived);
    assert_int_equal(settings.slow_seconds, 0);
}

static void only_what_differs_is_written(void **state)
{
    const struct room_settings from = room_settings_default();
    struct room_settings settings = from;
    char text[ROOM_SETTINGS_SIZE];

    (void)state;
    room_settings_print(&settings, &from, text);
    assert_string_equal(text, "");
    settings.slow_seconds = 10;
    settings.access = ROOM_PRIVATE;
    room_settings_print(&settings, &from, text);
    assert_string_equal(text, "access=private slow_seconds=10");
    room_settings_print(&from, &settings, text);
    assert_string_equal(text, "access=public slow_seconds=0");
}

static void all_at_their_longest_fit_and_come_back(void **state)
{
    const struct room_settings from = room_settings_default();
    struct room_settings again = from;
    char text[ROOM_SETTINGS_SIZE];

    (void)state;
    room_settings_print(&every_other, &from, text);
    assert_string_equal(text, every_other_text);
    assert_int_equal(room_settings_change(&again, text), CHAT_OK);
    assert_true(same(&again, &every_other));
}

static void an_empty_text_changes_nothing(void **state)
{
    struct room_settings settings = every_other;

    (void)state;
    assert_int_equal(room_settings_change(&settings, ""), CHAT_OK);
    assert_true(same(&settings, &every_other));
}

static void wrong_texts_change_nothing(void **state)
{
    static const char *const texts[] = {
        "colour=red",
        "archived",
        "archived=",
        "archived=true",
        "=yes",
        "access=direct",
        "access=secret",
        "access=0",
        "slow_seconds=",
        "slow_seconds=-1",
        "slow_seconds=+1",
        "slow_seconds=1.5",
        "slow_seconds=3601",
        "slow_seconds=99999999999999999999",
        "archived=no colour=red",
        "retention_messages=1000000001",
    };
    char long_text[ROOM_SETTINGS_SIZE + 1];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_refused(texts[i]);
    memset(long_text, ' ', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    assert_refused(long_text);
}

/* Drops `json` after comparing it with the JSON text. */
static void assert_json(json_t *json, const char *text)
{
    json_t *expected = json_loads(text, 0, NULL);

    assert_non_null(json);
    assert_non_null(expected);
    assert_true(json_equal(json, expected));
    json_decref(expected);
    json_decref(json);
}

static void json_has_all_of_them(void **state)
{
    const struct room_settings settings = room_settings_default();

    (void)state;
    assert_json(room_settings_encode(&settings),
                "{\"access\":\"public\",\"posting\":\"everyone\","
                "\"slow_seconds\":0,\"hold_newcomers\":false,"
                "\"archived\":false,\"lasting\":true,\"indexed\":false,"
                "\"retention_days\":0,\"retention_messages\":0}");
}

static void a_direct_room_says_so_in_json(void **state)
{
    const struct room_settings settings = {.access = ROOM_DIRECT};
    json_t *json = room_settings_encode(&settings);

    (void)state;
    assert_string_equal(json_string_value(json_object_get(json, "access")),
                        "direct");
    json_decref(json);
}

static void a_change_as_json_has_what_it_names(void **state)
{
    (void)state;
    assert_json(room_settings_encode_text("posting=members archived=yes"),
                "{\"posting\":\"members\",\"archived\":true}");
    assert_json(room_settings_encode_text(""), "{}");
    assert_json(room_settings_encode_text("archived=yes colour=red"), "{}");
}

static enum chat_result decode(const char *json_text,
                               char out[ROOM_SETTINGS_SIZE])
{
    json_t *json = json_loads(json_text, JSON_DECODE_ANY, NULL);
    enum chat_result result = room_settings_decode(json, out);

    assert_non_null(json);
    json_decref(json);
    return result;
}

static void json_becomes_the_text_of_what_it_names(void **state)
{
    char text[ROOM_SETTINGS_SIZE];

    (void)state;
    assert_int_equal(decode("{}", text), CHAT_OK);
    assert_string_equal(text, "");
    assert_int_equal(decode("{\"slow_seconds\":0,\"access\":\"public\","
                            "\"lasting\":false}",
                            text),
                     CHAT_OK);
    assert_string_equal(text, "access=public slow_seconds=0 lasting=no");
}

static void wrong_json_is_refused(void **state)
{
    static const char *const texts[] = {
        "[]",
        "\"archived=yes\"",
        "{\"colour\":\"red\"}",
        "{\"archived\":1}",
        "{\"archived\":\"yes\"}",
        "{\"access\":0}",
        "{\"access\":\"direct\"}",
        "{\"slow_seconds\":\"1\"}",
        "{\"slow_seconds\":1.0}",
        "{\"slow_seconds\":-1}",
        "{\"slow_seconds\":3601}",
        "{\"archived\":true,\"colour\":1}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[ROOM_SETTINGS_SIZE] = "as before";
        if (decode(texts[i], text) != CHAT_BAD_REQUEST)
            fail_msg("taken: %s", texts[i]);
        assert_string_equal(text, "as before");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_room_is_public_and_lasting),
        cmocka_unit_test(only_what_differs_is_written),
        cmocka_unit_test(all_at_their_longest_fit_and_come_back),
        cmocka_unit_test(an_empty_text_changes_nothing),
        cmocka_unit_test(wrong_texts_change_nothing),
        cmocka_unit_test(json_has_all_of_them),
        cmocka_unit_test(a_direct_room_says_so_in_json),
        cmocka_unit_test(a_change_as_json_has_what_it_names),
        cmocka_unit_test(json_becomes_the_text_of_what_it_names),
        cmocka_unit_test(wrong_json_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
