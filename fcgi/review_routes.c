/* What moderators look through: undo, reports, what is held, the audit. */
#include "common/protocol.h"
#include "fcgi/call_answers.h"
#include "fcgi/front.h"
#include "fcgi/routes.h"

/* ---- undo ---- */

/* "deleted", "more" and perhaps "before". */
static void answer_undo(struct call *call, const struct backend_result *result)
{
    static const char *const names[] = {"deleted", "before", "more", NULL};

    call_answer_fields(call, result, 200, names);
}

/* A number that may be missing; else from 1 to `most`. */
static bool may_be_number(const json_t *body, const char *name, int64_t most,
                          int64_t *number_out)
{
    enum chat_result result = json_get_int(body, name, number_out);

    return result == CHAT_NOT_FOUND ||
           (result == CHAT_OK && *number_out >= 1 && *number_out <= most);
}

void room_undo(struct call *call)
{
    struct command command = {
        .type = COMMAND_UNDO, .sid = call->sid, .room = call->room};

    if (json_get_text(call->body, "nick", &command.to) == CHAT_OK &&
        may_be_number(call->body, "seconds", COMMAND_SECONDS_MAX,
                      &command.seconds) &&
        command.seconds > 0 &&
        may_be_number(call->body, "before", INT64_MAX, &command.seq) &&
        json_get_text(call->body, "reason", &command.text) != CHAT_BAD_REQUEST)
        call_ask(call, &command, answer_undo);
    else
        call_refuse(call, CHAT_BAD_REQUEST,
                    "nick and reason are strings, seconds and before numbers "
                    "above 0");
}

/* ---- reports ---- */

static void answer_report(struct call *call,
                          const struct backend_result *result)
{
    static const char *const names[] = {"id", NULL};

    call_answer_fields(call, result, 201, names);
}

void message_report(struct call *call)
{
    struct command command = {
        .type = COMMAND_REPORT,
        .sid = call->sid,
        .room = call->room,
        .target = call->seq,
    };

    if (json_get_text(call->body, "reason", &command.text) != CHAT_OK)
        call_refuse(call, CHAT_BAD_REQUEST, "reason is a string");
    else if (call->seq == 0)
        call_refuse(call, CHAT_NO_MESSAGE, NULL);
    else
        call_ask(call, &command, answer_report);
}

/* ---- what waits to be decided on ---- */

static void answer_pending(struct call *call,
                           const struct backend_result *result)
{
    static const char *const names[] = {"held", "reports", "more", NULL};

    call_answer_fields(call, result, 200, names);
}

void pending_list(struct call *call)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_PENDING, .sid = call->sid, .room = call->room},
             answer_pending);
}

static void decide(struct call *call, struct command *command)
{
    command->sid = call->sid;
    command->room = call->room;
    command->target = call->seq;
    if (call->seq > 0)
        call_ask(call, command, call_answer_done);
    else
        call_refuse(call, CHAT_NOT_FOUND, NULL);
}

/* A held message: let in, or dropped. */
void pending_decide(struct call *call)
{
    struct command command = {.type = COMMAND_HELD_END};

    if (json_get_bool(call->body, "approve", &command.on) == CHAT_OK)
        decide(call, &command);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "approve is true or false");
}

/* A report: it has been dealt with. */
void pending_end(struct call *call)
{
    decide(call, &(struct command){.type = COMMAND_REPORT_END});
}

/* ---- what was done ---- */

static void answer_audit(struct call *call, const struct backend_result *result)
{
    static const char *const names[] = {"events", "more", NULL};

    call_answer_fields(call, result, 200, names);
}

/* ?before=SEQ&limit=NUMBER; of a room, or of the server. */
void audit_list(struct call *call)
{
    const char *query = exchange_request(call->exchange)->query;
    struct command command = {
        .type = COMMAND_AUDIT,
        .sid = call->sid,
        .room = call->has_room ? call->room : NULL,
    };
    char before[32];
    enum chat_result given = query_get(query, "before", before, sizeof(before));

    if (given == CHAT_OK)
        given = number_parse(before, &command.seq);
    if (given == CHAT_BAD_REQUEST ||
        query_limit(query, &command.limit) != CHAT_OK)
        call_refuse(call, CHAT_BAD_REQUEST, "before: a seq; limit: a number");
    else
        call_ask(call, &command, answer_audit);
}
