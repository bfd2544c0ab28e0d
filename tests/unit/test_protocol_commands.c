/* Commands to JSON and back; what shapes are refused. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"
#include "tests/same.h"

#define HASH "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define NEW "{\"type\":\"session_new\",\"token_hash\":\"" HASH "\""
#define HISTORY "{\"type\":\"history\",\"sid\":7,\"room\":\"lobby\""

/* Decodes `text`; the command borrows from `*json_out`. */
static enum chat_result decode(const char *text, json_t **json_out,
                               struct command *command_out)
{
    *json_out = protocol_parse(text, strlen(text));
    assert_non_null(*json_out);
    return command_decode(*json_out, command_out);
}

static void assert_result(const char *text, enum chat_result expected)
{
    struct command command = {0};
    json_t *json;

    enum chat_result result = decode(text, &json, &command);
    if (result != expected)
        fail_msg("%s is %s", text, chat_result_code(result));
    command_fini(&command);
    json_decref(json);
}

/* The very text of `command`, and that it reads as the same command. */
static void assert_written_as(const struct command *command, const char *text)
{
    struct command again;
    json_t *read;
    size_t length;
    json_t *json = command_encode(command);
    char *written = protocol_dump(json, &length);

    assert_string_equal(written, text);
    assert_int_equal(decode(written, &read, &again), CHAT_OK);
    assert_true(same_command(command, &again));
    command_fini(&again);
    json_decref(read);
    json_decref(json);
    free(written);
}

static void fill_hash(unsigned char hash[TOKEN_HASH_BYTES])
{
    for (int i = 0; i < TOKEN_HASH_BYTES; i++)
        hash[i] = (unsigned char)i;
}

static void a_post_is_written_with_all_that_is_set(void **state)
{
    struct command post = {.type = COMMAND_POST,
                           .sid = 7,
                           .room = "lobby",
                           .id = "a-1",
                           .text = "h\xc3\xa9llo",
                           .action = true,
                           .reply_to = 12};

    (void)state;
    assert_written_as(&post, "{\"type\":\"post\",\"sid\":7,\"room\":\"lobby\","
                             "\"id\":\"a-1\",\"text\":\"h\xc3\xa9llo\","
                             "\"action\":true,\"reply_to\":12}");
    post.action = false;
    post.reply_to = 0;
    assert_written_as(&post, "{\"type\":\"post\",\"sid\":7,\"room\":\"lobby\","
                             "\"id\":\"a-1\",\"text\":\"h\xc3\xa9llo\"}");
}

static void a_new_session_names_its_rooms_or_not(void **state)
{
    struct command new = {.type = COMMAND_SESSION_NEW, .nick = "alice"};

    (void)state;
    fill_hash(new.token_hash);
    assert_written_as(&new, NEW ",\"nick\":\"alice\"}");
    new.has_rooms = true;
    assert_written_as(&new, NEW ",\"nick\":\"alice\",\"rooms\":[]}");
    new.rooms[0] = "dev";
    new.rooms[1] = "lobby";
    new.room_count = 2;
    fill_hash(new.replaces);
    new.has_replaces = true;
    assert_written_as(&new, NEW ",\"replaces\":\"" HASH "\",\"nick\":\"alice\","
                                "\"rooms\":[\"dev\",\"lobby\"]}");
}

static void history_has_one_anchor_or_none(void **state)
{
    struct command history = {
        .type = COMMAND_HISTORY, .sid = 7, .room = "lobby", .limit = 50};

    (void)state;
    assert_written_as(&history, HISTORY ",\"limit\":50}");
    history.anchor = HISTORY_BEFORE;
    history.seq = 9;
    assert_written_as(&history, HISTORY ",\"before\":9,\"limit\":50}");
    history.anchor = HISTORY_AROUND;
    assert_written_as(&history, HISTORY ",\"around\":9,\"limit\":50}");
    history.anchor = HISTORY_AT;
    assert_written_as(&history, HISTORY ",\"at\":9,\"limit\":50}");
    history.anchor = HISTORY_AFTER;
    history.seq = 0;
    history.types = 1U << EVENT_MESSAGE | 1U << EVENT_LEAVE;
    assert_written_as(&history, HISTORY ",\"after\":0,\"limit\":50,"
                                        "\"types\":[\"message\",\"leave\"]}");
    assert_result(HISTORY ",\"limit\":5,\"before\":3,\"after\":1}",
                  CHAT_BAD_REQUEST);
}

static void a_touch_is_an_array_of_pairs(void **state)
{
    struct touch touches[] = {{.sid = 7, .age_ms = 0}, {.sid = 8, .age_ms = 5}};
    struct command touch = {.type = COMMAND_TOUCH};

    (void)state;
    assert_written_as(&touch, "{\"type\":\"touch\",\"touches\":[]}");
    touch.touches = touches;
    touch.touch_count = 2;
    assert_written_as(&touch, "{\"type\":\"touch\",\"touches\":[[7,0],[8,5]]}");
}

static void the_others_are_written_with_their_fields(void **state)
{
    struct command command = {.sid = 7,
                              .room = "dev",
                              .id = "a",
                              .text = "",
                              .limit = 200,
                              .touches = NULL};

    (void)state;
    command.type = COMMAND_ROOM_NEW;
    json_t *json = command_encode(&command);
    assert_string_equal(json_string_value(json_object_get(json, "topic")), "");
    assert_null(json_object_get(json, "text"));
    assert_null(json_object_get(json, "limit"));
    json_decref(json);

    command = (struct command){.type = COMMAND_EVENTS, .sid = 7, .limit = 200};
    assert_written_as(&command, "{\"type\":\"events\",\"sid\":7,\"after\":0,"
                                "\"limit\":200}");
    command = (struct command){.type = COMMAND_LEAVE, .sid = 7, .room = "dev"};
    assert_written_as(&command,
                      "{\"type\":\"leave\",\"sid\":7,\"room\":\"dev\"}");
    command = (struct command){.type = COMMAND_HEALTH};
    assert_written_as(&command, "{\"type\":\"health\"}");
}

static void a_room_without_a_topic_has_an_empty_one(void **state)
{
    struct command command;
    json_t *json;

    (void)state;
    assert_int_equal(decode("{\"type\":\"room_new\",\"sid\":1,\"room\":\"dev\","
                            "\"id\":\"a\"}",
                            &json, &command),
                     CHAT_OK);
    assert_string_equal(command.text, "");
    command_fini(&command);
    json_decref(json);
}

static void text_that_is_not_utf_8_is_not_written(void **state)
{
    struct command command = {.type = COMMAND_SESSION_NEW, .nick = "\xff"};

    (void)state;
    assert_null(command_encode(&command));
    command.nick = "alice";
    command.has_rooms = true;
    command.rooms[0] = "\xc3";
    command.room_count = 1;
    assert_null(command_encode(&command));
}

/* Removes each field in turn: then it must be refused. */
static void assert_all_required(const char *text)
{
    json_t *whole = protocol_parse(text, strlen(text));
    const char *name;
    json_t *value;

    assert_non_null(whole);
    json_object_foreach (whole, name, value) {
        struct command command;
        json_t *less = json_copy(whole);
        json_object_del(less, name);
        if (command_decode(less, &command) != CHAT_BAD_REQUEST)
            fail_msg("%s without %s", text, name);
        json_decref(less);
    }
    json_decref(whole);
}

#define SID ",\"sid\":1"
#define ROOM SID ",\"room\":\"dev\""
#define ABOUT ROOM ",\"target\":5"
#define TO ",\"to\":\"bob\""

/* What each command needs beside its type. */
static const char *const required[] = {
    [COMMAND_SESSION_NEW] = ",\"token_hash\":\"" HASH "\",\"nick\":\"a\"",
    [COMMAND_SESSION_GET] = ",\"token_hash\":\"" HASH "\"",
    [COMMAND_SESSION_END] = SID,
    [COMMAND_SESSIONS] = SID,
    [COMMAND_SESSION_REVOKE] = SID,
    [COMMAND_NICK] = SID ",\"nick\":\"a\"",
    [COMMAND_ACCOUNT_GET] = "",
    [COMMAND_REGISTER] = SID ",\"secret\":\"h\"",
    [COMMAND_PASSPHRASE] = SID ",\"secret\":\"h\"",
    [COMMAND_PERSON_GET] = SID TO,
    [COMMAND_ROLE] = SID TO ",\"word\":\"member\"",
    [COMMAND_BLOCK] = SID TO,
    [COMMAND_BLOCKS] = SID,
    [COMMAND_IDLE] = SID,
    [COMMAND_BYE] = SID,
    [COMMAND_TOUCH] = ",\"touches\":[]",
    [COMMAND_ROOMS] = "",
    [COMMAND_ROOM_NEW] = ROOM ",\"id\":\"a\"",
    [COMMAND_ROOM_GET] = ROOM,
    [COMMAND_ROOM_SET] = ROOM,
    [COMMAND_ROOM_DELETE] = ROOM,
    [COMMAND_ROOM_SECRET] = ROOM,
    [COMMAND_JOIN] = ROOM,
    [COMMAND_LEAVE] = ROOM,
    [COMMAND_MEMBERS] = ROOM,
    [COMMAND_INVITE] = ROOM TO,
    [COMMAND_RANK] = ROOM TO ",\"word\":\"\"",
    [COMMAND_DIRECT] = SID TO,
    [COMMAND_POST] = ROOM ",\"id\":\"a\",\"text\":\"b\"",
    [COMMAND_EDIT] = ABOUT ",\"text\":\"b\"",
    [COMMAND_DELETE] = ABOUT,
    [COMMAND_REACT] = ABOUT ",\"text\":\":)\"",
    [COMMAND_TYPING] = ROOM,
    [COMMAND_READ] = ABOUT,
    [COMMAND_EXPORT] = ROOM ",\"limit\":1",
    [COMMAND_HISTORY] = ",\"room\":\"dev\",\"limit\":1",
    [COMMAND_MESSAGE] = ",\"room\":\"dev\",\"target\":5",
    [COMMAND_EDITS] = ABOUT,
    [COMMAND_SEARCH] = SID ",\"text\":\"b\",\"limit\":1",
    [COMMAND_EVENTS] = SID ",\"after\":0,\"limit\":1",
    [COMMAND_KICK] = ROOM TO,
    [COMMAND_MUTE] = ROOM TO,
    [COMMAND_UNMUTE] = ROOM TO,
    [COMMAND_BAN] = SID TO,
    [COMMAND_UNBAN] = SID ",\"target\":5",
    [COMMAND_BANS] = SID,
    [COMMAND_UNDO] = ROOM TO ",\"seconds\":60",
    [COMMAND_REPORT] = ABOUT ",\"text\":\"b\"",
    [COMMAND_REPORT_END] = ABOUT,
    [COMMAND_HELD_END] = ABOUT,
    [COMMAND_PENDING] = ROOM,
    [COMMAND_AUDIT] = SID ",\"limit\":1",
    [COMMAND_HOOK_NEW] = ROOM ",\"nick\":\"ci\"",
    [COMMAND_HOOKS] = ROOM,
    [COMMAND_HOOK_END] = ABOUT,
    [COMMAND_HOOK_POST] =
        ",\"token_hash\":\"" HASH "\",\"id\":\"a\",\"text\":\"b\"",
    [COMMAND_BOT_NEW] = SID ",\"nick\":\"a\",\"token_hash\":\"" HASH "\"",
    [COMMAND_BOT_END] = SID TO,
    [COMMAND_PAGE] = ",\"room\":\"dev\",\"limit\":1",
    [COMMAND_HEAD] = "",
    [COMMAND_HEALTH] = "",
};

static void required_fields_are_required(void **state)
{
    (void)state;
    assert_int_equal(sizeof(required) / sizeof(required[0]), COMMAND_GONE);
    for (int i = 0; i < COMMAND_GONE; i++) {
        char text[256];
        assert_non_null(required[i]);
        (void)snprintf(text, sizeof(text), "{\"type\":\"%s\"%s}",
                       command_type_word((enum command_type)i), required[i]);
        assert_result(text, CHAT_OK);
        assert_all_required(text);
    }
}

/* Everything a command can have is set: what its type has comes back. */
static void every_command_may_say_where_it_comes_from(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_GONE; i++) {
        struct command again;
        const struct command command = {.type = (enum command_type)i,
                                        .sid = 1,
                                        .address = 99,
                                        .nick = "a",
                                        .to = "b",
                                        .word = "w",
                                        .secret = "s",
                                        .target = 1,
                                        .seconds = 1,
                                        .room = "r",
                                        .id = "i",
                                        .text = "t",
                                        .limit = 1,
                                        .seq = 1};
        json_t *json = command_encode(&command);
        assert_int_equal(command_decode(json, &again), CHAT_OK);
        assert_int_equal(again.address, 99);
        command_fini(&again);
        json_decref(json);
    }
}

static void a_login_of_the_site_says_who_and_what(void **state)
{
    struct command new = {.type = COMMAND_SESSION_NEW,
                          .address = 5,
                          .pid = 12,
                          .kind = PERSON_SITE,
                          .role = ROLE_MODERATOR,
                          .name = "u17",
                          .nick = "alice"};

    (void)state;
    fill_hash(new.token_hash);
    assert_written_as(&new, "{\"type\":\"session_new\",\"address\":5,"
                            "\"token_hash\":\"" HASH "\",\"person\":12,"
                            "\"kind\":\"site\",\"role\":\"moderator\","
                            "\"name\":\"u17\",\"nick\":\"alice\"}");
}

static void a_hook_has_a_token_or_a_place_to_post_to(void **state)
{
    struct command hook = {
        .type = COMMAND_HOOK_NEW, .sid = 1, .room = "dev", .nick = "ci"};

    (void)state;
    hook.text = "https://example.org/";
    hook.secret = "s";
    assert_written_as(&hook, "{\"type\":\"hook_new\"" SID
                             ",\"nick\":\"ci\",\"room\":\"dev\","
                             "\"text\":\"https://example.org/\","
                             "\"secret\":\"s\"}");
    hook.text = NULL;
    hook.secret = NULL;
    fill_hash(hook.token_hash);
    assert_written_as(&hook, "{\"type\":\"hook_new\"" SID
                             ",\"token_hash\":\"" HASH "\","
                             "\"nick\":\"ci\",\"room\":\"dev\"}");
}

static void what_moderators_do_is_written_with_its_bounds(void **state)
{
    struct command mute = {.type = COMMAND_MUTE,
                           .sid = 1,
                           .room = "dev",
                           .to = "bob",
                           .seconds = 600,
                           .text = "calm down"};

    (void)state;
    assert_written_as(&mute, "{\"type\":\"mute\"" ROOM TO
                             ",\"text\":\"calm down\",\"seconds\":600}");
    mute.seconds = 0;
    mute.text = NULL;
    assert_written_as(&mute, "{\"type\":\"mute\"" ROOM TO "}");
    mute = (struct command){.type = COMMAND_ROOM_SET,
                            .sid = 1,
                            .room = "dev",
                            .secret = "",
                            .settings = "archived=yes"};
    assert_written_as(&mute, "{\"type\":\"room_set\"" ROOM
                             ",\"settings\":\"archived=yes\","
                             "\"secret\":\"\"}");
}

static void wrong_shapes_are_refused(void **state)
{
    static const char *const refused[] = {
        "[]",
        "7",
        "null",
        "{\"type\":7}",
        "{\"type\":\"gone\",\"sid\":1}",
        "{\"type\":\"open\",\"room\":\"dev\"}",
        "{\"type\":\"session_end\",\"sid\":0}",
        "{\"type\":\"session_end\",\"sid\":-1}",
        "{\"type\":\"session_end\",\"sid\":1.0}",
        "{\"type\":\"session_end\",\"sid\":\"1\"}",
        "{\"type\":\"session_end\",\"sid\":null}",
        "{\"type\":\"join\",\"sid\":1,\"room\":7}",
        "{\"type\":\"join\"" ROOM ",\"verified\":1}",
        "{\"type\":\"join\"" ROOM ",\"address\":0}",
        "{\"type\":\"invite\"" ROOM TO ",\"on\":\"yes\"}",
        "{\"type\":\"mute\"" ROOM TO ",\"seconds\":0}",
        "{\"type\":\"mute\"" ROOM TO ",\"seconds\":9999999999}",
        "{\"type\":\"delete\"" ROOM ",\"target\":0}",
        "{\"type\":\"search\"" SID ",\"text\":\"b\",\"limit\":1,"
        "\"before\":0}",
        NEW ",\"nick\":\"a\",\"kind\":\"ghost\"}",
        NEW ",\"nick\":\"a\",\"role\":\"king\"}",
        NEW ",\"nick\":\"a\",\"person\":0}",
        HISTORY ",\"limit\":0}",
        HISTORY ",\"limit\":201}",
        HISTORY ",\"limit\":1,\"before\":-1}",
        HISTORY ",\"limit\":1,\"types\":[]}",
        HISTORY ",\"limit\":1,\"types\":[\"massage\"]}",
        HISTORY ",\"limit\":1,\"types\":[1]}",
        HISTORY ",\"limit\":1,\"types\":\"message\"}",
        "{\"type\":\"events\",\"sid\":1,\"after\":-1,\"limit\":1}",
        "{\"type\":\"session_get\",\"token_hash\":\"00\"}",
        "{\"type\":\"session_get\",\"token_hash\":\"" HASH "00\"}",
        "{\"type\":\"session_get\",\"token_hash\":\""
        "000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F\"}",
        NEW ",\"nick\":\"a\",\"rooms\":{}}",
        NEW ",\"nick\":\"a\",\"rooms\":[\"dev\",1]}",
        NEW ",\"nick\":\"a\",\"replaces\":\"\"}",
        "{\"type\":\"post\",\"sid\":1,\"room\":\"d\",\"id\":\"a\","
        "\"text\":\"b\",\"action\":1}",
        "{\"type\":\"post\",\"sid\":1,\"room\":\"d\",\"id\":\"a\","
        "\"text\":\"b\",\"reply_to\":0}",
        "{\"type\":\"touch\",\"touches\":[[7,5],[0,5]]}",
        "{\"type\":\"touch\",\"touches\":[[7,-1]]}",
        "{\"type\":\"touch\",\"touches\":[[7]]}",
        "{\"type\":\"touch\",\"touches\":[[7,5,3]]}",
        "{\"type\":\"touch\",\"touches\":[7,5]}",
        "{\"type\":\"touch\",\"touches\":[[7,5.5]]}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
        assert_result(refused[i], CHAT_BAD_REQUEST);
}

static void unknown_fields_and_those_of_other_types_are_ignored(void **state)
{
    (void)state;
    assert_result("{\"type\":\"head\",\"sid\":\"x\",\"colour\":[1,{}]}",
                  CHAT_OK);
}

/* A command whose field `name` is an array of `count` copies of `value`. */
static json_t *with_array(const char *text, const char *name, const char *value,
                          size_t count)
{
    json_t *json = protocol_parse(text, strlen(text));
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, protocol_parse(value, strlen(value)));
    json_object_set_new(json, name, array);
    return json;
}

static enum chat_result decode_and_drop(json_t *json)
{
    struct command command = {0};
    enum chat_result result = command_decode(json, &command);

    command_fini(&command);
    json_decref(json);
    return result;
}

static void arrays_are_bounded(void **state)
{
    static const char new_session[] = NEW ",\"nick\":\"alice\"}";
    static const char touch[] = "{\"type\":\"touch\"}";

    (void)state;
    assert_int_equal(decode_and_drop(with_array(new_session, "rooms", "\"dev\"",
                                                COMMAND_ROOMS_MAX)),
                     CHAT_OK);
    assert_int_equal(decode_and_drop(with_array(new_session, "rooms", "\"dev\"",
                                                COMMAND_ROOMS_MAX + 1)),
                     CHAT_BAD_REQUEST);
    assert_int_equal(decode_and_drop(with_array(touch, "touches", "[7,1]",
                                                COMMAND_TOUCHES_MAX)),
                     CHAT_OK);
    assert_int_equal(decode_and_drop(with_array(touch, "touches", "[7,1]",
                                                COMMAND_TOUCHES_MAX + 1)),
                     CHAT_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_is_written_with_all_that_is_set),
        cmocka_unit_test(a_new_session_names_its_rooms_or_not),
        cmocka_unit_test(history_has_one_anchor_or_none),
        cmocka_unit_test(a_touch_is_an_array_of_pairs),
        cmocka_unit_test(the_others_are_written_with_their_fields),
        cmocka_unit_test(a_room_without_a_topic_has_an_empty_one),
        cmocka_unit_test(text_that_is_not_utf_8_is_not_written),
        cmocka_unit_test(required_fields_are_required),
        cmocka_unit_test(every_command_may_say_where_it_comes_from),
        cmocka_unit_test(a_login_of_the_site_says_who_and_what),
        cmocka_unit_test(a_hook_has_a_token_or_a_place_to_post_to),
        cmocka_unit_test(what_moderators_do_is_written_with_its_bounds),
        cmocka_unit_test(wrong_shapes_are_refused),
        cmocka_unit_test(unknown_fields_and_those_of_other_types_are_ignored),
        cmocka_unit_test(arrays_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
