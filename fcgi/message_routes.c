/* What is said in rooms: said, changed, and read again. */
#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* ---- saying ---- */

void message_answer_post(struct call *call, const struct backend_result *result)
{
    int64_t posted_seq, held_seq;

    if (result->result != CHAT_OK && result->result != CHAT_REPEAT) {
        call_refuse(call, result->result, NULL);
        return;
    }
    if (json_get_int(result->json, "held", &held_seq) == CHAT_OK) {
        json_t *held = json_pack("{s:I}", "held", (json_int_t)held_seq);
        call_answer(call, reply_json(202, held, NULL), 0);
        return;
    }
    if (json_get_int(result->json, "posted", &posted_seq) != CHAT_OK) {
        call_refuse(call, CHAT_UNAVAILABLE, NULL);
        return;
    }
    json_t *body =
        json_pack("{s:I, s:O, s:O, s:O}", "seq", (json_int_t)posted_seq, "n",
                  json_object_get(result->json, "n"), "at",
                  json_object_get(result->json, "at"), "id",
                  json_object_get(result->json, "id"));
    call_answer(call,
                reply_json(result->result == CHAT_OK ? 201 : 200, body, NULL),
                posted_seq);
}

/* "type": "message", which is the default, or "action". */
static enum chat_result take_type(const json_t *body, struct command *command)
{
    const char *type = "message";

    if (json_get_text(body, "type", &type) == CHAT_BAD_REQUEST)
        return CHAT_BAD_REQUEST;
    command->action = strcmp(type, "action") == 0;
    return command->action || strcmp(type, "message") == 0 ? CHAT_OK
                                                           : CHAT_BAD_REQUEST;
}

static enum chat_result take_reply_to(const json_t *body,
                                      struct command *command)
{
    enum chat_result result =
        json_get_int(body, "reply_to", &command->reply_to);

    if (result == CHAT_NOT_FOUND)
        return CHAT_OK;
    return result == CHAT_OK && command->reply_to > 0 ? CHAT_OK
                                                      : CHAT_BAD_REQUEST;
}

void message_post(struct call *call)
{
    struct command command = {
        .type = COMMAND_POST, .sid = call->sid, .room = call->room};

    if (json_get_text(call->body, "id", &command.id) != CHAT_OK ||
        json_get_text(call->body, "text", &command.text) != CHAT_OK) {
        call_refuse(call, CHAT_BAD_REQUEST, "id and text are strings");
        return;
    }
    if (take_type(call->body, &command) != CHAT_OK ||
        take_reply_to(call->body, &command) != CHAT_OK) {
        call_refuse(call, CHAT_BAD_REQUEST,
                    "type is message or action, reply_to a message's seq");
        return;
    }
    call_ask(call, &command, message_answer_post);
}

/* ---- messages that change ---- */

/* With the event that came of it. */
static void answer_event(struct call *call, const struct backend_result *result)
{
    json_t *event = json_object_get(result->json, "event");

    if (result->result != CHAT_OK && result->result != CHAT_REPEAT)
        call_refuse(call, result->result, NULL);
    else
        call_answer(call, reply_json(200, json_incref(event), NULL),
                    result->head_seq);
}

/* The command about the message in the path; false: there can be none. */
static bool about_message(struct call *call, enum command_type type,
                          struct command *command_out)
{
    *command_out = (struct command){.type = type,
                                    .sid = call->sid,
                                    .room = call->room,
                                    .target = call->seq};
    if (call->seq > 0)
        return true;
    call_refuse(call, CHAT_NO_MESSAGE, NULL);
    return false;
}

void message_edit(struct call *call)
{
    struct command command;

    if (!about_message(call, COMMAND_EDIT, &command))
        return;
    if (json_get_text(call->body, "text", &command.text) == CHAT_OK)
        call_ask(call, &command, answer_event);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "text is a string");
}

/* A moderator may say why: ?reason=... */
void message_delete(struct call *call)
{
    char reason[REASON_BYTES_MAX + 1];
    struct command command;
    enum chat_result given = query_get(exchange_request(call->exchange)->query,
                                       "reason", reason, sizeof(reason));

    if (!about_message(call, COMMAND_DELETE, &command))
        return;
    if (given == CHAT_BAD_REQUEST) {
        call_refuse(call, CHAT_BAD_REQUEST, "reason is at most 500 bytes");
        return;
    }
    command.text = given == CHAT_OK ? reason : NULL;
    call_ask(call, &command, answer_event);
}

/* ---- one message ---- */

void message_get(struct call *call)
{
    struct command command;

    if (about_message(call, COMMAND_MESSAGE, &command))
        call_ask(call, &command, answer_event);
}

/* One text that a message has had, and since when. */
static json_t *former_text(const json_t *event)
{
    json_t *former = json_pack("{s:O}", "at", json_object_get(event, "at"));
    json_t *text = json_object_get(event, "text");

    if (text != NULL)
        (void)json_object_set(former, "text", text);
    else
        (void)json_object_set_new(former, "deleted", json_true());
    return former;
}

static void answer_edits(struct call *call, const struct backend_result *result)
{
    const json_t *events = json_object_get(result->json, "events");
    json_t *edits = json_array();
    const json_t *event;
    size_t i;

    if (result->result == CHAT_OK) {
        json_array_foreach (events, i, event)
            (void)json_array_append_new(edits, former_text(event));
        call_answer(
            call, reply_json(200, json_pack("{s:O}", "edits", edits), NULL), 0);
    } else {
        call_refuse(call, result->result, NULL);
    }
    json_decref(edits);
}

void message_edits(struct call *call)
{
    struct command command;

    if (about_message(call, COMMAND_EDITS, &command))
        call_ask(call, &command, answer_edits);
}

/* ---- reactions ---- */

void message_react(struct call *call)
{
    struct command command;

    if (!about_message(call, COMMAND_REACT, &command))
        return;
    command.on = true;
    if (json_get_text(call->body, "emoji", &command.text) == CHAT_OK &&
        json_get_bool(call->body, "on", &command.on) != CHAT_BAD_REQUEST)
        call_ask(call, &command, call_answer_done);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "emoji is a string, on a boolean");
}

/* ---- history ---- */

static void answer_history(struct call *call,
                           const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body = json_pack("{s:O, s:O}", "messages",
                             json_object_get(result->json, "events"), "more",
                             json_object_get(result->json, "more"));
    call_answer(call, reply_json(200, body, NULL), 0);
}

/* date=2026-11-22, unless the page is anchored otherwise. */
static enum chat_result take_date(const char *query, struct command *command)
{
    char value[32];
    enum chat_result result = query_get(query, "date", value, sizeof(value));

    if (result == CHAT_NOT_FOUND)
        return CHAT_OK;
    if (result != CHAT_OK || command->anchor != HISTORY_NEWEST)
        return CHAT_BAD_REQUEST;
    command->anchor = HISTORY_AT;
    return date_parse(value, &command->seq);
}

/* before=, after=, around=, at= or date=, one of them at most. */
static enum chat_result take_anchor(const char *query, struct command *command)
{
    static const struct {
        const char *name;
        enum history_anchor anchor;
    } anchors[] = {{"before", HISTORY_BEFORE},
                   {"after", HISTORY_AFTER},
                   {"around", HISTORY_AROUND},
                   {"at", HISTORY_AT}};
    char value[32];

    command->anchor = HISTORY_NEWEST;
    for (size_t i = 0; i < sizeof(anchors) / sizeof(anchors[0]); i++) {
        enum chat_result result =
            query_get(query, anchors[i].name, value, sizeof(value));
        if (result == CHAT_NOT_FOUND)
            continue;
        if (result != CHAT_OK || command->anchor != HISTORY_NEWEST ||
            number_parse(value, &command->seq) != CHAT_OK)
            return CHAT_BAD_REQUEST;
        command->anchor = anchors[i].anchor;
    }
    return take_date(query, command);
}

enum chat_result query_limit(const char *query, int64_t *limit_out)
{
    const struct number_range range = {.least = 1, .most = HISTORY_LIMIT_MAX};
    char value[32];
    enum chat_result result = query_get(query, "limit", value, sizeof(value));

    *limit_out = 50;
    if (result == CHAT_NOT_FOUND)
        return CHAT_OK;
    if (result != CHAT_OK)
        return CHAT_BAD_REQUEST;
    return number_parse_clamped(value, range, limit_out);
}

/* types=message,action: types of events that are in a room. */
static enum chat_result take_types(const char *query, struct command *command)
{
    char value[256];
    char *rest = NULL;
    enum chat_result result = query_get(query, "types", value, sizeof(value));

    if (result == CHAT_NOT_FOUND)
        return CHAT_OK;
    if (result != CHAT_OK)
        return CHAT_BAD_REQUEST;
    for (char *word = strtok_r(value, ",", &rest); word != NULL;
         word = strtok_r(NULL, ",", &rest)) {
        enum event_type type;
        if (event_type_parse(word, &type) != CHAT_OK ||
            !event_type_in_room(type))
            return CHAT_BAD_REQUEST;
        command->types |= UINT64_C(1) << type;
    }
    return command->types != 0 ? CHAT_OK : CHAT_BAD_REQUEST;
}

void message_history(struct call *call)
{
    const char *query = exchange_request(call->exchange)->query;
    struct command command = {
        .type = COMMAND_HISTORY, .sid = call->sid, .room = call->room};

    if (take_anchor(query, &command) != CHAT_OK ||
        query_limit(query, &command.limit) != CHAT_OK ||
        take_types(query, &command) != CHAT_OK) {
        call_refuse(call, CHAT_BAD_REQUEST,
                    "one of before, after, around: a seq, at: a time in "
                    "milliseconds, date: YYYY-MM-DD; limit: a number; "
                    "types: event types");
        return;
    }
    call_ask(call, &command, answer_history);
}
