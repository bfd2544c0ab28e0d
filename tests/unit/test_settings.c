/* What a text of settings says. */
#include "tests/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/settings_internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- parsing text ---- */

/* Settings and complaints that came of a file's text. */
struct outcome {
    struct settings settings;
    unsigned complaint_count;
    char *complaints; /* free() it */
};

static struct outcome parse_bytes(const char *data, size_t length)
{
    struct outcome outcome = {0};
    size_t complaint_bytes;
    struct settings_reading reading = {
        .complaints = open_memstream(&outcome.complaints, &complaint_bytes),
    };

    assert_non_null(reading.complaints);
    settings_defaults(&reading.settings);
    settings_parse(&reading, "t.conf", data, length);
    fclose(reading.complaints);
    outcome.settings = reading.settings;
    outcome.complaint_count = reading.complaint_count;
    return outcome;
}

static struct outcome parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

/* `text` is read without complaint. */
static struct settings parsed(const char *text)
{
    struct outcome outcome = parse(text);

    assert_string_equal(outcome.complaints, "");
    free(outcome.complaints);
    return outcome.settings;
}

static void assert_complaints(const char *text, const char *expected)
{
    struct outcome outcome = parse(text);

    assert_string_equal(outcome.complaints, expected);
    free(outcome.complaints);
}

static void defaults_are_those_of_the_manual(void **state)
{
    struct settings settings;

    (void)state;
    memset(&settings, 0xa5, sizeof(settings));
    settings_defaults(&settings);
    assert_string_equal(settings.broker.listen, "tcp://127.0.0.1:7410");
    assert_string_equal(settings.broker.secret_file,
                        "/var/lib/ajaxchat/secret");
    assert_string_equal(settings.broker.tls_certificate, "");
    assert_string_equal(settings.broker.tls_key, "");
    assert_string_equal(settings.broker.tls_ca, "");
    assert_int_equal(settings.broker.front_ends_max, 32);
    assert_string_equal(settings.store.database,
                        "/var/lib/ajaxchat/ajaxchat.db");
    assert_string_equal(settings.front.socket, "/run/ajaxchat/fcgi.sock");
    assert_string_equal(settings.front.socket_group, "");
    assert_string_equal(settings.front.cors_origins, "");
    assert_int_equal(settings.front.connections_max, 20000);
    assert_int_equal(settings.front.window_events, 1024);
    assert_int_equal(settings.front.window_bytes, 64 * 1024 * 1024);
    assert_string_equal(settings.chat.default_rooms, "lobby");
    assert_true(settings.chat.guests_make_rooms);
    assert_int_equal(settings.chat.presence_grace_seconds, 20);
    assert_int_equal(settings.chat.presence_events_max, 50);
    assert_int_equal(settings.chat.session_idle_hours, 24);
    assert_true(settings.limits.rate_limits);
    assert_int_equal(settings.limits.posts_per_second, 20);
    assert_int_equal(settings.limits.posts_burst, 600);
    assert_int_equal(settings.limits.text_bytes, 4000);
    assert_int_equal(settings.limits.nick_bytes, 64);
    assert_int_equal(settings.limits.room_bytes, 64);
    assert_int_equal(settings.limits.topic_bytes, 1000);
    assert_int_equal(settings.limits.wait_seconds, 50);
    assert_int_equal(settings.limits.polls_per_session, 8);
    assert_int_equal(settings.limits.rooms_per_session, 50);
    assert_int_equal(settings.limits.rooms, 10000);
    assert_int_equal(settings.limits.sessions, 100000);
    assert_int_equal(settings.log.level, LOG_LEVEL_INFO);
}

static void values_of_each_type_are_read(void **state)
{
    (void)state;
    struct settings settings = parsed("; a comment\n"
                                      "# another\n"
                                      "   ; an indented one\n"
                                      "\n"
                                      "[broker]\n"
                                      "listen = tls+tcp://[::1]:7410 ; here\n"
                                      "[chat] # rooms\n"
                                      "default_rooms = lobby Привет\tdev\n"
                                      "guests_make_rooms=no\n"
                                      "[limits]\n"
                                      "text_bytes   =   16000   \n"
                                      "topic_bytes: 0\n"
                                      "[log]\n"
                                      "level = debug\n");
    assert_string_equal(settings.broker.listen, "tls+tcp://[::1]:7410");
    assert_string_equal(settings.chat.default_rooms, "lobby Привет\tdev");
    assert_false(settings.chat.guests_make_rooms);
    assert_int_equal(settings.limits.text_bytes, 16000);
    assert_int_equal(settings.limits.topic_bytes, 0);
    assert_int_equal(settings.log.level, LOG_LEVEL_DEBUG);
}

static void empty_text_is_all_defaults(void **state)
{
    struct settings defaults;

    (void)state;
    settings_defaults(&defaults);
    struct settings settings = parsed("");
    assert_memory_equal(&settings, &defaults, sizeof(settings));
}

static void booleans_have_several_words(void **state)
{
    static const char *const words[][2] = {
        {"no", "yes"},     {"off", "on"}, {"false", "true"},
        {"False", "TRUE"}, {"0", "1"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(words); i++) {
        for (int truth = 0; truth <= 1; truth++) {
            char text[64];
            snprintf(text, sizeof(text), "[limits]\nrate_limits = %s\n",
                     words[i][truth]);
            assert_int_equal(parsed(text).limits.rate_limits, truth);
        }
    }
}

static void later_value_wins(void **state)
{
    (void)state;
    assert_int_equal(parsed("[limits]\nrooms = 5\n[log]\n[limits]\n"
                            "rooms = 6\n")
                         .limits.rooms,
                     6);
}

static void line_ends_of_all_systems_are_taken(void **state)
{
    (void)state;
    assert_int_equal(parsed("[limits]\r\nrooms = 5\r\n").limits.rooms, 5);
    assert_int_equal(parsed("[limits]\nrooms = 5").limits.rooms, 5);
    assert_int_equal(parsed("\xef\xbb\xbf[limits]\nrooms = 5").limits.rooms, 5);
}

/* ---- complaints ---- */

static void unknown_names_are_complained_about_with_the_nearest(void **state)
{
    (void)state;
    assert_complaints("\n[limits]\ntxt_bytes = 5\n",
                      "t.conf:3: unknown setting \"txt_bytes\" in [limits]; "
                      "did you mean \"text_bytes\"?\n");
    assert_complaints("[limits]\nRooms = 5\n",
                      "t.conf:2: unknown setting \"Rooms\" in [limits]; "
                      "did you mean \"rooms\"?\n");
    assert_complaints("[chat]\ntext_bytes = 5\n",
                      "t.conf:2: unknown setting \"text_bytes\" in [chat]; "
                      "it belongs in [limits]\n");
    assert_complaints("[log]\ncolour = 5\n",
                      "t.conf:2: unknown setting \"colour\" in [log]\n");
    assert_complaints("[limit]\nrooms = 5\ntext_bytes = x\n",
                      "t.conf:1: unknown section \"limit\"; "
                      "did you mean \"limits\"?\n");
    assert_complaints("[mysql]\n", "t.conf:1: unknown section \"mysql\"\n");
    assert_complaints("[log]\n= 5\n",
                      "t.conf:2: unknown setting \"\" in [log]\n");
    assert_complaints("[log]\nl\xc3\xa9v\x01 = 5\n",
                      "t.conf:2: unknown setting \"l\\xc3\\xa9v\\x01\" in "
                      "[log]\n");
}

static void values_are_complained_about_with_their_range(void **state)
{
    (void)state;
    assert_complaints("[limits]\nrooms = many\n",
                      "t.conf:2: [limits] rooms: \"many\" is not a whole "
                      "number: 1 to 1000000\n");
    assert_complaints("[limits]\nrooms = 5k\nrooms =\nrooms = 1.5\n"
                      "rooms = +5\nrooms = 0x10\nrooms = -\n",
                      "t.conf:2: [limits] rooms: \"5k\" is not a whole "
                      "number: 1 to 1000000\n"
                      "t.conf:3: [limits] rooms: \"\" is not a whole "
                      "number: 1 to 1000000\n"
                      "t.conf:4: [limits] rooms: \"1.5\" is not a whole "
                      "number: 1 to 1000000\n"
                      "t.conf:5: [limits] rooms: \"+5\" is not a whole "
                      "number: 1 to 1000000\n"
                      "t.conf:6: [limits] rooms: \"0x10\" is not a whole "
                      "number: 1 to 1000000\n"
                      "t.conf:7: [limits] rooms: \"-\" is not a whole "
                      "number: 1 to 1000000\n");
    assert_complaints("[limits]\nwait_seconds = 0\nwait_seconds = 51\n"
                      "wait_seconds = -1\n"
                      "wait_seconds = 99999999999999999999\n",
                      "t.conf:2: [limits] wait_seconds: \"0\" is out of "
                      "range: 1 to 50\n"
                      "t.conf:3: [limits] wait_seconds: \"51\" is out of "
                      "range: 1 to 50\n"
                      "t.conf:4: [limits] wait_seconds: \"-1\" is out of "
                      "range: 1 to 50\n"
                      "t.conf:5: [limits] wait_seconds: "
                      "\"99999999999999999999\" is out of range: 1 to 50\n");
    assert_complaints("[limits]\nrate_limits = maybe\n",
                      "t.conf:2: [limits] rate_limits: \"maybe\" is neither "
                      "yes nor no (on, off, true, false, 1, 0)\n");
    assert_complaints("[log]\nlevel = loud\n",
                      "t.conf:2: [log] level: \"loud\" is not a level: "
                      "error, warn, info or debug\n");
    assert_complaints("[broker]\nlisten =\n",
                      "t.conf:2: [broker] listen: \"\" must not be empty\n");
    assert_complaints("[front]\ncors_origins = https://a.example *\n",
                      "t.conf:2: [front] cors_origins: \"https://a.example "
                      "*\" has \"*\" in it, which is no origin\n");
    assert_complaints("[chat]\ndefault_rooms = lobby a/b\n",
                      "t.conf:2: [chat] default_rooms: \"lobby a/b\" has "
                      "\"a/b\" in it, which is no room name\n");
    assert_complaints("[limits]\nrooms = 5 # or so\n",
                      "t.conf:2: [limits] rooms: a comment behind a value "
                      "begins with \";\"\n");
}

static void an_origin_is_one_as_browsers_send_it(void **state)
{
    static const char *const none[] = {
        "*",           "null",        "https://",         "www.example",
        "ftp://a.b",   "https://A.b", "https://a.b/",     "https://a.b/chat",
        "https://*.b", "https://u@b", "https://a.b,http", "https://a.b?x",
    };
    char text[128];

    (void)state;
    assert_string_equal(
        parsed("[front]\ncors_origins = https://a.b http://[::1]:8080\n")
            .front.cors_origins,
        "https://a.b http://[::1]:8080");
    for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
        snprintf(text, sizeof(text), "[front]\ncors_origins = %s\n", none[i]);
        struct outcome outcome = parse(text);
        assert_non_null(strstr(outcome.complaints, "which is no origin"));
        assert_string_equal(outcome.settings.front.cors_origins, "");
        free(outcome.complaints);
    }
}

static void text_is_bounded_in_bytes(void **state)
{
    char text[1024];
    char value[SETTING_SIZE + 1];

    (void)state;
    memset(value, 'x', sizeof(value));
    snprintf(text, sizeof(text), "[store]\ndatabase = %.*s\n", SETTING_SIZE - 1,
             value);
    assert_int_equal(strlen(parsed(text).store.database), SETTING_SIZE - 1);
    snprintf(text, sizeof(text), "[store]\ndatabase = %.*s\n", SETTING_SIZE,
             value);
    struct outcome outcome = parse(text);
    assert_non_null(strstr(outcome.complaints, " is longer than 511 bytes\n"));
    free(outcome.complaints);
    snprintf(text, sizeof(text), "[front]\nsocket = %.*s\n", 108, value);
    outcome = parse(text);
    assert_non_null(strstr(outcome.complaints, " is longer than 107 bytes\n"));
    free(outcome.complaints);
}

static void lines_are_bounded_and_the_next_is_read(void **state)
{
    char text[SETTINGS_LINE_SIZE + 64] = "[limits]\nrooms = 5;";
    size_t start = strlen("[limits]\n");

    (void)state;
    /* The longest line there may be: its end and a NUL must fit as well. */
    memset(text + start, ' ', SETTINGS_LINE_SIZE - 2);
    memcpy(text + start, "rooms = 5", 9);
    memcpy(text + start + SETTINGS_LINE_SIZE - 2, "\nsessions = 6\n", 15);
    struct settings settings = parsed(text);
    assert_int_equal(settings.limits.rooms, 5);
    assert_int_equal(settings.limits.sessions, 6);

    memcpy(text + start + SETTINGS_LINE_SIZE - 2, " \nsessions = 6\n", 16);
    struct outcome outcome = parse(text);
    assert_string_equal(outcome.complaints,
                        "t.conf:2: longer than 1022 bytes\n");
    assert_int_equal(outcome.settings.limits.rooms, 10000);
    assert_int_equal(outcome.settings.limits.sessions, 6);
    free(outcome.complaints);
}

static void lines_that_inih_would_misread_are_complained_about(void **state)
{
    (void)state;
    assert_complaints("[limits]\nrooms = 5\n 6\n\trooms = 7\n",
                      "t.conf:3: begins with a blank: a setting is one line "
                      "and starts at its beginning\n"
                      "t.conf:4: begins with a blank: a setting is one line "
                      "and starts at its beginning\n");
    assert_complaints("[limits] rooms = 5\n",
                      "t.conf:1: something behind \"]\": settings begin on a "
                      "line of their own\n");
    assert_complaints("[limits\nrooms = 5\n",
                      "t.conf:1: \"[\" without \"]\"\n");
    assert_complaints("[limits]\nrooms\nrooms ; = 5\n",
                      "t.conf:2: neither \"name = value\" nor [section] nor "
                      "comment\n"
                      "t.conf:3: neither \"name = value\" nor [section] nor "
                      "comment\n");
    assert_complaints("rooms = 5\n[limits]\n",
                      "t.conf:1: a setting before the first [section]\n");
    assert_complaints("[limits]\nrooms = \xff\n",
                      "t.conf:2: not text in UTF-8\n");
}

static void nul_bytes_are_complained_about(void **state)
{
    static const char data[] = "[limits]\nrooms = 5\0 6\nsessions = 7\n";

    (void)state;
    struct outcome outcome = parse_bytes(data, sizeof(data) - 1);
    assert_string_equal(outcome.complaints, "t.conf:2: not text in UTF-8\n");
    assert_int_equal(outcome.settings.limits.sessions, 7);
    free(outcome.complaints);
}

static void complaints_are_bounded(void **state)
{
    char text[10 * SETTINGS_COMPLAINTS_MAX] = "";
    unsigned lines = 0;

    (void)state;
    for (int i = 0; i < 2 * SETTINGS_COMPLAINTS_MAX; i++)
        strcat(text, "[x\n");
    struct outcome outcome = parse(text);
    for (const char *c = outcome.complaints; *c != '\0'; c++)
        lines += *c == '\n';
    assert_int_equal(lines, SETTINGS_COMPLAINTS_MAX + 1);
    assert_int_equal(outcome.complaint_count, 2 * SETTINGS_COMPLAINTS_MAX);
    free(outcome.complaints);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_are_those_of_the_manual),
        cmocka_unit_test(values_of_each_type_are_read),
        cmocka_unit_test(empty_text_is_all_defaults),
        cmocka_unit_test(booleans_have_several_words),
        cmocka_unit_test(later_value_wins),
        cmocka_unit_test(line_ends_of_all_systems_are_taken),
        cmocka_unit_test(unknown_names_are_complained_about_with_the_nearest),
        cmocka_unit_test(values_are_complained_about_with_their_range),
        cmocka_unit_test(an_origin_is_one_as_browsers_send_it),
        cmocka_unit_test(text_is_bounded_in_bytes),
        cmocka_unit_test(lines_are_bounded_and_the_next_is_read),
        cmocka_unit_test(lines_that_inih_would_misread_are_complained_about),
        cmocka_unit_test(nul_bytes_are_complained_about),
        cmocka_unit_test(complaints_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
