/* JSON bounds, the interface's objects, and the messages around commands. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"
#include "tests/same.h"

static json_t *parse(const char *text)
{
    return protocol_parse(text, strlen(text));
}

/* Drops `json` after comparing its text. */
static void assert_dumps_as(json_t *json, const char *text)
{
    size_t length;
    char *dumped = protocol_dump(json, &length);

    assert_non_null(dumped);
    assert_string_equal(dumped, text);
    assert_int_equal(length, strlen(text));
    free(dumped);
    json_decref(json);
}

/* ---- any JSON ---- */

static void any_one_value_is_parsed(void **state)
{
    static const char *const values[] = {
        "{}", "[]", "\"a\"", "7", "null", " [1, {\"a\": [true]}]\n", "\"[[[\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        json_t *json = parse(values[i]);
        if (json == NULL)
            fail_msg("%s", values[i]);
        json_decref(json);
    }
}

static void what_is_not_one_value_is_refused(void **state)
{
    static const char *const texts[] = {
        "",      " ",        "{",           "]",
        "{} {}", "{a:1}",    "[1,]",        "\"\xff\"",
        "nul",   "\"\xc3\"", "\"\\u0000\"", "{\"a\":1,\"a\":1}",
        "\"\\",  "\"a",      "1e999",       "99999999999999999999",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (parse(texts[i]) != NULL)
            fail_msg("%s", texts[i]);
    }
    assert_null(protocol_parse("{}\0", 3));
    assert_null(protocol_parse("\0{}", 3));
    assert_null(protocol_parse("\"a\0b\"", 5));
    assert_null(protocol_parse(NULL, 0));
}

/* `depth` arrays in each other, with brackets in a string in the middle. */
static json_t *parse_nested(size_t depth)
{
    static const char string[] = "\"]\\\"]]{{\"";
    char text[4096];
    size_t length = strlen(string);

    assert_true(2 * depth + length <= sizeof(text));
    memset(text, '[', depth);
    memcpy(text + depth, string, length);
    memset(text + depth + length, ']', depth);
    return protocol_parse(text, 2 * depth + length);
}

static void nesting_is_bounded(void **state)
{
    json_t *deepest = parse_nested(PROTOCOL_DEPTH_MAX);

    (void)state;
    assert_non_null(deepest);
    json_decref(deepest);
    assert_null(parse_nested(PROTOCOL_DEPTH_MAX + 1));
    assert_null(parse_nested(1000));
    assert_null(parse("]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]][[[[[[[[["));
}

static void fields_are_read_by_their_type_alone(void **state)
{
    json_t *json = parse("{\"a\":\"x\",\"b\":7,\"c\":true,\"d\":7.0}");
    const char *text = NULL;
    int64_t number = 0;
    bool flag = false;

    (void)state;
    assert_int_equal(json_get_text(json, "a", &text), CHAT_OK);
    assert_string_equal(text, "x");
    assert_int_equal(json_get_int(json, "b", &number), CHAT_OK);
    assert_int_equal(number, 7);
    assert_int_equal(json_get_bool(json, "c", &flag), CHAT_OK);
    assert_true(flag);
    assert_int_equal(json_get_text(json, "b", &text), CHAT_BAD_REQUEST);
    assert_int_equal(json_get_int(json, "d", &number), CHAT_BAD_REQUEST);
    assert_int_equal(json_get_bool(json, "b", &flag), CHAT_BAD_REQUEST);
    assert_int_equal(json_get_text(json, "e", &text), CHAT_NOT_FOUND);
    assert_int_equal(json_get_int(json, "e", &number), CHAT_NOT_FOUND);
    assert_int_equal(json_get_bool(json, "e", &flag), CHAT_NOT_FOUND);
    json_decref(json);
}

/* ---- events ---- */

static const struct event message = {
    .seq = 1043,
    .n = 312,
    .at_ms = 1795370000123,
    .type = EVENT_MESSAGE,
    .rid = 3,
    .pid = 39,
    .sid = 40,
    .room = "lobby",
    .from = "bob",
    .text = "hello",
    .id = "a-1",
    .reply_to = 1040,
};

static void a_message_shows_what_the_interface_says(void **state)
{
    (void)state;
    assert_dumps_as(event_encode(&message, false),
                    "{\"seq\":1043,\"n\":312,\"room\":\"lobby\","
                    "\"at\":1795370000123,\"type\":\"message\",\"from\":"
                    "\"bob\",\"text\":\"hello\",\"id\":\"a-1\","
                    "\"reply_to\":1040}");
}

static void front_ends_get_the_numbers_too(void **state)
{
    json_t *json = event_encode(&message, true);

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(json, "rid")), 3);
    assert_int_equal(json_integer_value(json_object_get(json, "pid")), 39);
    assert_int_equal(json_integer_value(json_object_get(json, "sid")), 40);
    json_decref(json);
}

static void each_type_shows_its_own_fields(void **state)
{
    struct event event = message;

    (void)state;
    event.reply_to = 0;
    event.type = EVENT_LEAVE;
    event.reason = REASON_GONE;
    assert_dumps_as(event_encode(&event, false),
                    "{\"seq\":1043,\"n\":312,\"room\":\"lobby\","
                    "\"at\":1795370000123,\"type\":\"leave\","
                    "\"from\":\"bob\",\"reason\":\"gone\"}");
    event.type = EVENT_JOIN;
    event.reason = REASON_NONE;
    assert_dumps_as(event_encode(&event, false),
                    "{\"seq\":1043,\"n\":312,\"room\":\"lobby\","
                    "\"at\":1795370000123,\"type\":\"join\","
                    "\"from\":\"bob\",\"role\":\"guest\"}");
    event.type = EVENT_ROOM;
    event.from = NULL;
    assert_dumps_as(event_encode(&event, false),
                    "{\"seq\":1043,\"n\":312,\"room\":\"lobby\","
                    "\"at\":1795370000123,\"type\":\"room\","
                    "\"topic\":\"hello\"}");
}

/* The text of what comes after "type" and "from" in `event` as people see it.
 */
static void assert_shows(const struct event *event, const char *fields)
{
    char text[512];

    (void)snprintf(text, sizeof(text),
                   "{\"seq\":0,\"n\":0,\"at\":0,\"type\":\"%s\"%s}",
                   event_type_word(event->type), fields);
    assert_dumps_as(event_encode(event, false), text);
}

static void a_ban_shows_whom_and_why_and_until_when(void **state)
{
    struct event ban = {.type = EVENT_BAN,
                        .to = "mallory",
                        .to_pid = 9,
                        .until_ms = 5000,
                        .text = "spam",
                        .address = 77,
                        .secret = "phrase"};

    (void)state;
    assert_shows(&ban, ",\"to\":\"mallory\",\"until\":5000,"
                       "\"reason\":\"spam\"");
    ban.until_ms = INT64_MAX;
    ban.text = NULL;
    assert_shows(&ban, ",\"to\":\"mallory\"");
}

static void a_rank_shows_also_when_it_is_taken_away(void **state)
{
    struct event rank = {
        .type = EVENT_RANK, .to = "bob", .value = RANK_MODERATOR};
    struct event join = {.type = EVENT_JOIN};

    (void)state;
    assert_shows(&rank, ",\"to\":\"bob\",\"rank\":\"moderator\"");
    rank.value = RANK_NONE;
    assert_shows(&rank, ",\"to\":\"bob\",\"rank\":\"\"");
    assert_shows(&join, ",\"role\":\"guest\"");
    join.value = RANK_OWNER;
    assert_shows(&join, ",\"role\":\"guest\",\"rank\":\"owner\"");
}

static void a_reaction_is_set_or_taken_back(void **state)
{
    struct event reaction = {
        .type = EVENT_REACTION, .target = 7, .text = ":)", .value = 1};

    (void)state;
    assert_shows(&reaction, ",\"emoji\":\":)\",\"target\":7,\"on\":true");
    reaction.value = 0;
    assert_shows(&reaction, ",\"emoji\":\":)\",\"target\":7,\"on\":false");
}

static void changed_settings_show_as_an_object(void **state)
{
    const struct event settings = {.type = EVENT_SETTINGS,
                                   .text = "archived=yes slow_seconds=5"};

    (void)state;
    assert_shows(&settings,
                 ",\"settings\":{\"archived\":true,\"slow_seconds\":5}");
}

static void an_edited_message_shows_when_and_a_deleted_one_no_text(void **state)
{
    struct event said = {
        .type = EVENT_MESSAGE, .text = "now", .id = "a", .edited_ms = 8};

    (void)state;
    assert_shows(&said, ",\"text\":\"now\",\"edited\":8,\"id\":\"a\"");
    said.deleted = true;
    said.edited_ms = 0;
    assert_shows(&said, ",\"deleted\":true,\"id\":\"a\"");
}

static void only_front_ends_learn_that_somebody_stays_a_member(void **state)
{
    const struct event leave = {
        .type = EVENT_LEAVE, .rid = 1, .reason = REASON_LOGOUT, .value = 1};
    json_t *json = event_encode(&leave, true);

    (void)state;
    assert_true(json_is_true(json_object_get(json, "stays")));
    json_decref(json);
    assert_shows(&leave, ",\"reason\":\"logout\"");
}

#define IN_ROOM .rid = 1, .room = "r", .n = 2
#define HIDDEN .rid = 1, .room = "r"
#define OF_BOB .pid = 2, .sid = 3, .from = "bob"
#define TO_ANN .to_pid = 4, .to = "ann"

/* As events come, with the fields their type has. */
static const struct event all_types[EVENT_TYPE_COUNT] = {
    [EVENT_MESSAGE] = {.seq = 9,
                       .at_ms = INT64_MAX,
                       .n = INT64_MAX,
                       .rid = INT64_MAX,
                       .pid = INT64_MAX,
                       .sid = INT64_MAX,
                       .room = "\xe2\x82\xac",
                       .from = "\"\\\n",
                       .text = "\xf0\x9f\x98\x80",
                       .id = "x",
                       .reply_to = INT64_MAX,
                       .edited_ms = INT64_MAX},
    [EVENT_ACTION] = {IN_ROOM, OF_BOB, .id = "b", .deleted = true},
    [EVENT_JOIN] = {IN_ROOM, OF_BOB, .role = ROLE_ADMIN, .value = RANK_OWNER,
                    .reason = REASON_BACK},
    [EVENT_LEAVE] = {HIDDEN, OF_BOB, .reason = REASON_GONE, .value = 1},
    [EVENT_ROOM] = {IN_ROOM, .text = "t"},
    [EVENT_SESSION_NEW] = {OF_BOB, .kind = PERSON_BOT, .role = ROLE_MEMBER},
    [EVENT_SESSION_END] = {OF_BOB, .reason = REASON_EXPIRED},
    [EVENT_PERSON_GONE] = {OF_BOB},
    [EVENT_PERSON_BACK] = {OF_BOB},
    [EVENT_EDIT] = {IN_ROOM, OF_BOB, .target = 7, .text = "better"},
    [EVENT_DELETE] = {IN_ROOM, OF_BOB, .target = 7, .text = "why"},
    [EVENT_REACTION] = {IN_ROOM, OF_BOB, .target = 7, .text = ":)", .value = 1},
    [EVENT_NICK] = {IN_ROOM, OF_BOB, .to = "bobby"},
    [EVENT_TOPIC] = {IN_ROOM, OF_BOB, .text = ""},
    [EVENT_SETTINGS] = {IN_ROOM, OF_BOB, .text = "archived=yes"},
    [EVENT_RENAME] = {IN_ROOM, OF_BOB, .to = "dev"},
    [EVENT_ROOM_END] = {IN_ROOM},
    [EVENT_INVITE] = {IN_ROOM, OF_BOB, TO_ANN, .value = 1},
    [EVENT_RANK] = {IN_ROOM, OF_BOB, TO_ANN, .value = RANK_MODERATOR},
    [EVENT_KICK] = {IN_ROOM, OF_BOB, TO_ANN, .text = "why"},
    [EVENT_MUTE] = {IN_ROOM, OF_BOB, TO_ANN, .until_ms = 5, .text = "why"},
    [EVENT_UNMUTE] = {IN_ROOM, OF_BOB, TO_ANN},
    [EVENT_BAN] = {IN_ROOM, OF_BOB, TO_ANN, .until_ms = INT64_MAX},
    [EVENT_UNBAN] = {IN_ROOM, OF_BOB, .to = "ann", .target = 7},
    [EVENT_READ] = {HIDDEN, OF_BOB, .target = 7},
    [EVENT_REPORT] = {HIDDEN, OF_BOB, .target = 7, .text = "why"},
    [EVENT_REPORT_END] = {HIDDEN, OF_BOB, .target = 7},
    [EVENT_HELD] = {HIDDEN, OF_BOB, .text = "hi", .id = "c", .value = 1},
    [EVENT_HELD_END] = {HIDDEN, OF_BOB, .target = 7, .value = 1},
    [EVENT_PERSON_NEW] = {OF_BOB, .kind = PERSON_SITE, .role = ROLE_MODERATOR},
    [EVENT_PERSON_SET] = {OF_BOB, .role = ROLE_MEMBER},
    [EVENT_PERSON_END] = {OF_BOB},
    [EVENT_PERSON_NICK] = {OF_BOB, .to = "bobby"},
    [EVENT_BLOCK] = {OF_BOB, TO_ANN, .value = 1},
    [EVENT_SERVER_BAN] = {OF_BOB, TO_ANN, .until_ms = 5},
    [EVENT_SERVER_UNBAN] = {OF_BOB, .to = "ann", .target = 7},
    [EVENT_HOOK_NEW] = {HIDDEN, OF_BOB, .to = "ci"},
    [EVENT_HOOK_END] = {HIDDEN, OF_BOB, .to = "ci", .target = 7},
    [EVENT_PURGE] = {HIDDEN, .target = 7},
    [EVENT_ROLE] = {IN_ROOM, OF_BOB, TO_ANN, .role = ROLE_MODERATOR},
};

static void every_type_comes_back_as_it_was(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        struct event event = all_types[i];
        struct event again;
        event.type = (enum event_type)i;
        event.seq = i + 1;
        json_t *json = event_encode(&event, true);
        assert_non_null(json);
        if (event_decode(json, &again) != CHAT_OK)
            fail_msg("refused: %s", event_type_word(event.type));
        if (!same_event(&event, &again))
            fail_msg("another: %s", event_type_word(event.type));
        json_decref(json);
    }
}

static void what_is_secret_is_not_on_the_wire(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        struct event event = all_types[i];
        size_t length;
        event.type = (enum event_type)i;
        event.address = 987654321;
        event.secret = "passphrase";
        event.token_hash =
            (const unsigned char *)"passphrase, 32 bytes of a hash..";
        json_t *json = event_encode(&event, true);
        char *text = protocol_dump(json, &length);
        assert_null(strstr(text, "987654321"));
        assert_null(strstr(text, "passphrase"));
        free(text);
        json_decref(json);
    }
}

static void an_event_that_is_not_utf_8_is_not_written(void **state)
{
    struct event event = message;

    (void)state;
    event.text = "caf\xe9";
    assert_null(event_encode(&event, false));
    event = message;
    event.from = "\xff";
    assert_null(event_encode(&event, true));
}

static void wrong_events_are_refused(void **state)
{
    static const char *const fields[][2] = {
        {"seq", "0"},        {"seq", "1.5"},    {"n", "-1"},
        {"at", "-1"},        {"at", "\"now\""}, {"type", "\"massage\""},
        {"type", "1"},       {"room", "7"},     {"from", "{}"},
        {"rid", "0"},        {"sid", "-4"},     {"reply_to", "0"},
        {"text", "[\"a\"]"}, {"id", "null"},    {"pid", "0"},
        {"edited", "0"},     {"deleted", "1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        struct event event;
        json_t *json = event_encode(&message, true);
        json_object_set_new(json, fields[i][0], parse(fields[i][1]));
        if (event_decode(json, &event) != CHAT_BAD_REQUEST)
            fail_msg("%s: %s", fields[i][0], fields[i][1]);
        json_decref(json);
    }
}

static void an_event_needs_what_says_where_it_belongs(void **state)
{
    static const char *const needed[] = {"seq", "n",    "at",  "type",
                                         "rid", "room", "text"};

    (void)state;
    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        struct event event;
        json_t *json = event_encode(&message, true);
        json_object_del(json, needed[i]);
        if (event_decode(json, &event) != CHAT_BAD_REQUEST)
            fail_msg("without %s", needed[i]);
        json_decref(json);
    }
}

static void an_event_of_no_room_is_never_shown(void **state)
{
    struct event event = all_types[EVENT_PERSON_GONE];

    (void)state;
    event.type = EVENT_PERSON_GONE;
    event.seq = 1;
    event.n = 1;
    json_t *json = event_encode(&event, true);
    assert_int_equal(event_decode(json, &event), CHAT_BAD_REQUEST);
    json_decref(json);
}

/* ---- rooms and sessions ---- */

static json_t *lobby(void)
{
    const struct room_view view = {
        .room = "lobby",
        .topic = "",
        .n = 311,
        .rid = 3,
        .joined_seq = 41,
        .member_count = 7,
        .members = json_pack(
            "[o]", member_encode(&(struct member_view){.nick = "alice"})),
    };

    return room_encode(&view);
}

static void a_room_gives_up_what_only_front_ends_see(void **state)
{
    struct membership membership;
    json_t *room = lobby();

    (void)state;
    assert_int_equal(room_take_membership(room, &membership), CHAT_OK);
    assert_int_equal(membership.rid, 3);
    assert_int_equal(membership.joined_seq, 41);
    assert_string_equal(membership.room, "lobby");
    assert_int_equal(room_take_membership(room, &membership), CHAT_BAD_REQUEST);
    assert_dumps_as(room, "{\"room\":\"lobby\",\"topic\":\"\",\"n\":311,"
                          "\"members\":[{\"nick\":\"alice\","
                          "\"role\":\"guest\"}],\"member_count\":7}");
}

static void a_room_shows_what_it_is_to_the_person(void **state)
{
    const struct room_settings settings = {.archived = true};
    const struct room_view view = {.room = "~7",
                                   .topic = "",
                                   .rid = 7,
                                   .members = json_array(),
                                   .settings = &settings,
                                   .is_direct = true,
                                   .with = "bob",
                                   .rank = RANK_OWNER,
                                   .read_seq = 50,
                                   .counts_unread = true,
                                   .unread_count = 3,
                                   .mention_count = 0};
    json_t *room = room_encode(&view);
    struct membership membership;

    (void)state;
    assert_int_equal(room_take_membership(room, &membership), CHAT_OK);
    assert_true(json_is_true(
        json_object_get(json_object_get(room, "settings"), "archived")));
    json_object_del(room, "settings");
    assert_dumps_as(room, "{\"room\":\"~7\",\"topic\":\"\",\"n\":0,"
                          "\"members\":[],\"member_count\":0,"
                          "\"direct\":true,\"with\":\"bob\","
                          "\"rank\":\"owner\",\"read\":50,"
                          "\"unread\":3,\"mentions\":0}");
}

static void a_member_shows_their_rank_if_they_have_one(void **state)
{
    (void)state;
    assert_dumps_as(
        member_encode(&(struct member_view){
            .nick = "ann", .role = ROLE_MEMBER, .rank = RANK_MODERATOR}),
        "{\"nick\":\"ann\",\"role\":\"member\","
        "\"rank\":\"moderator\"}");
}

static void a_session_gives_up_its_numbers(void **state)
{
    struct session_ids ids;
    json_t *session =
        session_encode(&(struct session_view){.sid = 40,
                                              .pid = 12,
                                              .nick = "alice",
                                              .role = ROLE_MEMBER,
                                              .kind = PERSON_REGISTERED,
                                              .rooms = json_array()});

    (void)state;
    assert_int_equal(session_take_ids(session, &ids), CHAT_OK);
    assert_int_equal(ids.sid, 40);
    assert_int_equal(ids.pid, 12);
    assert_int_equal(session_take_ids(session, &ids), CHAT_BAD_REQUEST);
    assert_dumps_as(session, "{\"nick\":\"alice\",\"role\":\"member\","
                             "\"kind\":\"registered\",\"rooms\":[]}");
}

static void a_line_of_the_rooms_list_is_short(void **state)
{
    (void)state;
    assert_dumps_as(room_line_encode("dev", "C17", 2),
                    "{\"room\":\"dev\",\"topic\":\"C17\",\"member_count\":2}");
}

static void parts_that_failed_fail_the_whole_and_leak_nothing(void **state)
{
    const struct room_view bad = {.room = "\xff", .members = json_array()};
    const struct room_view none = {.room = "dev", .members = NULL};

    (void)state;
    assert_null(room_encode(&bad));
    assert_null(room_encode(&none));
    assert_null(session_encode(
        &(struct session_view){.nick = "\xff", .rooms = json_array()}));
    assert_null(session_encode(&(struct session_view){.nick = "alice"}));
    assert_null(member_encode(&(struct member_view){.nick = "\xff"}));
    assert_null(batch_encode(NULL));
    assert_null(batch_reply_encode("k3v9", NULL));
}

/* ---- requests ---- */

/* Parses the text of `json`, which it drops. */
static enum chat_result parse_request(json_t *json,
                                      struct broker_request *request_out)
{
    size_t length;
    char *text = protocol_dump(json, &length);
    enum chat_result result;

    assert_non_null(text);
    result = broker_request_parse(text, length, request_out);
    free(text);
    json_decref(json);
    return result;
}

static void a_batch_of_commands_arrives_in_order(void **state)
{
    struct broker_request request;
    const char *word;

    (void)state;
    assert_int_equal(
        parse_request(batch_encode(json_pack("[{s:s},{s:s}]", "type", "head",
                                             "type", "health")),
                      &request),
        CHAT_OK);
    assert_int_equal(request.op, REQUEST_COMMANDS);
    assert_int_equal(json_array_size(request.commands), 2);
    assert_int_equal(
        json_get_text(json_array_get(request.commands, 1), "type", &word),
        CHAT_OK);
    assert_string_equal(word, "health");
    broker_request_fini(&request);
}

static json_t *array_of(size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, json_object());
    return array;
}

static void a_batch_is_bounded(void **state)
{
    struct broker_request request;

    (void)state;
    assert_int_equal(
        parse_request(batch_encode(array_of(COMMAND_BATCH_MAX)), &request),
        CHAT_OK);
    broker_request_fini(&request);
    assert_int_equal(
        parse_request(batch_encode(array_of(COMMAND_BATCH_MAX + 1)), &request),
        CHAT_BAD_REQUEST);
}

static void a_sync_goes_on_from_a_place_in_a_log(void **state)
{
    const struct sync_request sync = {
        .epoch = "k3v9", .after_seq = 1042, .wait_ms = 25000};
    struct broker_request request;

    (void)state;
    assert_int_equal(parse_request(sync_request_encode(&sync), &request),
                     CHAT_OK);
    assert_int_equal(request.op, REQUEST_SYNC);
    assert_string_equal(request.sync.epoch, "k3v9");
    assert_int_equal(request.sync.after_seq, 1042);
    assert_int_equal(request.sync.wait_ms, 25000);
    broker_request_fini(&request);
}

static void the_first_sync_has_no_place_yet(void **state)
{
    const struct sync_request sync = {.after_seq = 5, .wait_ms = 0};
    struct broker_request request;

    (void)state;
    assert_dumps_as(sync_request_encode(&sync),
                    "{\"op\":\"sync\",\"wait_ms\":0}");
    assert_int_equal(parse_request(sync_request_encode(&sync), &request),
                     CHAT_OK);
    assert_null(request.sync.epoch);
    assert_int_equal(request.sync.after_seq, 0);
    broker_request_fini(&request);
}

static void wrong_requests_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "null",
        "[]",
        "{}",
        "{\"op\":\"stop\"}",
        "{\"op\":[\"sync\"]}",
        "{\"op\":\"commands\"}",
        "{\"op\":\"commands\",\"commands\":{}}",
        "{\"op\":\"sync\"}",
        "{\"op\":\"sync\",\"wait_ms\":-1}",
        "{\"op\":\"sync\",\"wait_ms\":30001}",
        "{\"op\":\"sync\",\"wait_ms\":1e3}",
        "{\"op\":\"sync\",\"wait_ms\":1,\"epoch\":7}",
        "{\"op\":\"sync\",\"wait_ms\":1,\"epoch\":\"k\"}",
        "{\"op\":\"sync\",\"wait_ms\":1,\"epoch\":\"k\",\"after\":-1}",
        "{\"op\":\"sync\",\"wait_ms\":1} x",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct broker_request request;
        if (broker_request_parse(texts[i], strlen(texts[i]), &request) !=
            CHAT_BAD_REQUEST)
            fail_msg("%s", texts[i]);
    }
}

/* ---- replies ---- */

static void a_result_carries_its_code_and_the_head(void **state)
{
    enum chat_result result;
    int64_t head_seq;
    json_t *json = result_encode(CHAT_NOT_MEMBER, 1043);

    (void)state;
    assert_int_equal(result_decode(json, &result, &head_seq), CHAT_OK);
    assert_int_equal(result, CHAT_NOT_MEMBER);
    assert_int_equal(head_seq, 1043);
    assert_dumps_as(json, "{\"result\":\"not_member\",\"seq\":1043}");
}

static void wrong_results_are_refused(void **state)
{
    static const char *const texts[] = {
        "{\"seq\":1}",
        "{\"result\":\"ok\"}",
        "{\"result\":\"fine\",\"seq\":1}",
        "{\"result\":0,\"seq\":1}",
        "{\"result\":\"ok\",\"seq\":-1}",
        "\"ok\"",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        enum chat_result result;
        int64_t head_seq;
        json_t *json = parse(texts[i]);
        if (result_decode(json, &result, &head_seq) != CHAT_BAD_REQUEST)
            fail_msg("%s", texts[i]);
        json_decref(json);
    }
}

static void a_batch_reply_names_the_log(void **state)
{
    const char *epoch;
    const json_t *results;
    json_t *json = batch_reply_encode("k3v9", array_of(2));

    (void)state;
    assert_int_equal(batch_reply_decode(json, &epoch, &results), CHAT_OK);
    assert_string_equal(epoch, "k3v9");
    assert_int_equal(json_array_size(results), 2);
    json_object_del(json, "epoch");
    assert_int_equal(batch_reply_decode(json, &epoch, &results),
                     CHAT_BAD_REQUEST);
    json_decref(json);
}

static void a_sync_reply_comes_back_as_it_was(void **state)
{
    json_t *events = array_of(3);
    json_t *signals = array_of(1);
    const struct sync_reply reply = {.epoch = "k3v9",
                                     .head_seq = 10,
                                     .next_seq = 9,
                                     .reset = true,
                                     .events = events,
                                     .signals = signals};
    struct sync_reply again;

    (void)state;
    json_t *json = sync_reply_encode(&reply);
    json_decref(events);
    json_decref(signals);
    assert_int_equal(sync_reply_decode(json, &again), CHAT_OK);
    assert_string_equal(again.epoch, "k3v9");
    assert_int_equal(again.head_seq, 10);
    assert_int_equal(again.next_seq, 9);
    assert_true(again.reset);
    assert_int_equal(json_array_size(again.events), 3);
    assert_int_equal(json_array_size(again.signals), 1);
    json_decref(json);
}

static void a_sync_reply_with_nothing_new_is_short(void **state)
{
    const struct sync_reply reply = {
        .epoch = "k3v9", .head_seq = 9, .next_seq = 9};
    struct sync_reply again;
    json_t *json = sync_reply_encode(&reply);

    (void)state;
    assert_int_equal(sync_reply_decode(json, &again), CHAT_OK);
    assert_false(again.reset);
    assert_null(again.events);
    assert_null(again.signals);
    assert_dumps_as(json, "{\"epoch\":\"k3v9\",\"head\":9,\"next\":9}");
}

static void wrong_sync_replies_are_refused(void **state)
{
    static const char *const texts[] = {
        "{\"head\":1,\"next\":1}",
        "{\"epoch\":\"k\",\"next\":1}",
        "{\"epoch\":\"k\",\"head\":1}",
        "{\"epoch\":\"k\",\"head\":1,\"next\":2}",
        "{\"epoch\":\"k\",\"head\":1,\"next\":-1}",
        "{\"epoch\":\"k\",\"head\":1,\"next\":1,\"reset\":1}",
        "{\"epoch\":\"k\",\"head\":1,\"next\":1,\"events\":null}",
        "{\"epoch\":\"k\",\"head\":1,\"next\":1,\"signals\":{}}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct sync_reply reply;
        json_t *json = parse(texts[i]);
        if (sync_reply_decode(json, &reply) != CHAT_BAD_REQUEST)
            fail_msg("%s", texts[i]);
        json_decref(json);
    }
}

static void what_a_hook_said_names_the_hook(void **state)
{
    const struct event said = {.seq = 9,
                               .n = 2,
                               .rid = 3,
                               .room = "dev",
                               .type = EVENT_MESSAGE,
                               .from = "ci",
                               .sid = 7,
                               .target = 7,
                               .to = "bob",
                               .text = "built",
                               .id = "b1"};
    struct event read;
    json_t *json = event_encode(&said, true);

    (void)state;
    assert_int_equal(json_integer_value(json_object_get(json, "hook")), 7);
    assert_string_equal(json_string_value(json_object_get(json, "by")), "bob");
    assert_int_equal(event_decode(json, &read), CHAT_OK);
    assert_int_equal(read.target, 7);
    assert_string_equal(read.to, "bob");
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_hook_said_names_the_hook),
        cmocka_unit_test(any_one_value_is_parsed),
        cmocka_unit_test(what_is_not_one_value_is_refused),
        cmocka_unit_test(nesting_is_bounded),
        cmocka_unit_test(fields_are_read_by_their_type_alone),
        cmocka_unit_test(a_message_shows_what_the_interface_says),
        cmocka_unit_test(front_ends_get_the_numbers_too),
        cmocka_unit_test(each_type_shows_its_own_fields),
        cmocka_unit_test(a_ban_shows_whom_and_why_and_until_when),
        cmocka_unit_test(a_rank_shows_also_when_it_is_taken_away),
        cmocka_unit_test(a_reaction_is_set_or_taken_back),
        cmocka_unit_test(changed_settings_show_as_an_object),
        cmocka_unit_test(
            an_edited_message_shows_when_and_a_deleted_one_no_text),
        cmocka_unit_test(only_front_ends_learn_that_somebody_stays_a_member),
        cmocka_unit_test(every_type_comes_back_as_it_was),
        cmocka_unit_test(what_is_secret_is_not_on_the_wire),
        cmocka_unit_test(an_event_that_is_not_utf_8_is_not_written),
        cmocka_unit_test(wrong_events_are_refused),
        cmocka_unit_test(an_event_needs_what_says_where_it_belongs),
        cmocka_unit_test(an_event_of_no_room_is_never_shown),
        cmocka_unit_test(a_room_gives_up_what_only_front_ends_see),
        cmocka_unit_test(a_room_shows_what_it_is_to_the_person),
        cmocka_unit_test(a_member_shows_their_rank_if_they_have_one),
        cmocka_unit_test(a_session_gives_up_its_numbers),
        cmocka_unit_test(a_line_of_the_rooms_list_is_short),
        cmocka_unit_test(parts_that_failed_fail_the_whole_and_leak_nothing),
        cmocka_unit_test(a_batch_of_commands_arrives_in_order),
        cmocka_unit_test(a_batch_is_bounded),
        cmocka_unit_test(a_sync_goes_on_from_a_place_in_a_log),
        cmocka_unit_test(the_first_sync_has_no_place_yet),
        cmocka_unit_test(wrong_requests_are_refused),
        cmocka_unit_test(a_result_carries_its_code_and_the_head),
        cmocka_unit_test(wrong_results_are_refused),
        cmocka_unit_test(a_batch_reply_names_the_log),
        cmocka_unit_test(a_sync_reply_comes_back_as_it_was),
        cmocka_unit_test(a_sync_reply_with_nothing_new_is_short),
        cmocka_unit_test(wrong_sync_replies_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
