/* What moderators do to somebody: kick, mute, ban. */
#include "common/protocol.h"
#include "fcgi/call_answers.h"
#include "fcgi/front.h"
#include "fcgi/routes.h"

/* A field that may be missing. */
static bool may_be_text(const json_t *body, const char *name, const char **out)
{
    return json_get_text(body, name, out) != CHAT_BAD_REQUEST;
}

/* "seconds"; without, it is for ever. */
static bool take_seconds(const json_t *body, int64_t *seconds_out)
{
    enum chat_result result = json_get_int(body, "seconds", seconds_out);

    if (result == CHAT_NOT_FOUND)
        return true;
    return result == CHAT_OK && *seconds_out >= 1 &&
           *seconds_out <= COMMAND_SECONDS_MAX;
}

/* "nick", "seconds"? and "reason"?; false: the call is refused. */
static bool take_measure(struct call *call, struct command *command)
{
    if (json_get_text(call->body, "nick", &command->to) == CHAT_OK &&
        take_seconds(call->body, &command->seconds) &&
        may_be_text(call->body, "reason", &command->text))
        return true;
    call_refuse(call, CHAT_BAD_REQUEST,
                "nick and reason are strings, seconds a number from 1 to "
                "316224000");
    return false;
}

/* ---- kick, mute ---- */

/* Why, if they say: ?reason=... */
void member_kick(struct call *call)
{
    char reason[REASON_BYTES_MAX + 1];
    enum chat_result given = query_get(exchange_request(call->exchange)->query,
                                       "reason", reason, sizeof(reason));
    const struct command command = {
        .type = COMMAND_KICK,
        .sid = call->sid,
        .room = call->room,
        .to = call->name,
        .text = given == CHAT_OK ? reason : NULL,
    };

    if (given == CHAT_BAD_REQUEST)
        call_refuse(call, CHAT_BAD_REQUEST, "reason is at most 500 bytes");
    else
        call_ask(call, &command, call_answer_done);
}

static void answer_mute(struct call *call, const struct backend_result *result)
{
    call_answer_field(call, result, 201, "mute");
}

void member_mute(struct call *call)
{
    struct command command = {
        .type = COMMAND_MUTE, .sid = call->sid, .room = call->room};

    if (take_measure(call, &command))
        call_ask(call, &command, answer_mute);
}

void member_unmute(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_UNMUTE,
                               .sid = call->sid,
                               .room = call->room,
                               .to = call->name},
             call_answer_done);
}

/* ---- bans, of a room or of the server ---- */

/* Paths of the server's have no room. */
static const char *room_of(const struct call *call)
{
    return call->has_room ? call->room : NULL;
}

static void answer_ban(struct call *call, const struct backend_result *result)
{
    call_answer_field(call, result, 201, "ban");
}

void ban_new(struct call *call)
{
    struct command command = {.type = COMMAND_BAN,
                              .sid = call->sid,
                              .room = room_of(call),
                              .on = true};

    if (!take_measure(call, &command))
        return;
    if (json_get_bool(call->body, "address", &command.on) == CHAT_BAD_REQUEST)
        call_refuse(call, CHAT_BAD_REQUEST, "address is true or false");
    else
        call_ask(call, &command, answer_ban);
}

void ban_end(struct call *call)
{
    const struct command command = {
        .type = COMMAND_UNBAN,
        .sid = call->sid,
        .room = room_of(call),
        .target = call->seq,
    };

    if (call->seq > 0)
        call_ask(call, &command, call_answer_done);
    else
        call_refuse(call, CHAT_NOT_FOUND, NULL);
}

static void answer_bans(struct call *call, const struct backend_result *result)
{
    static const char *const names[] = {"bans", "more", NULL};

    call_answer_fields(call, result, 200, names);
}

/* ?after=ID: the next page. */
void ban_list(struct call *call)
{
    const char *query = exchange_request(call->exchange)->query;
    struct command command = {
        .type = COMMAND_BANS, .sid = call->sid, .room = room_of(call)};
    char after[32];
    enum chat_result given = query_get(query, "after", after, sizeof(after));

    if (given == CHAT_OK)
        given = number_parse(after, &command.seq);
    if (given == CHAT_BAD_REQUEST)
        call_refuse(call, given, "after is a ban's id");
    else
        call_ask(call, &command, answer_bans);
}
