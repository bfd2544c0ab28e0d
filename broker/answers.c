#include "broker/answers_internal.h"

#include <string.h>

#include "common/clock.h"
#include "common/protocol.h"

/* What JSON takes beside the texts: fields' names, punctuation, numbers. */
#define EVENT_JSON_BYTES 500

size_t answer_text_bytes(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* A quote becomes two bytes. */
size_t answer_line_bytes(const char *line)
{
    return 2 * answer_text_bytes(line);
}

/* As JSON, at most: a control character becomes six bytes (\u0001). */
static size_t escaped_bytes(const char *text)
{
    return 6 * answer_text_bytes(text);
}

size_t event_json_bytes_max(const struct event *event)
{
    return EVENT_JSON_BYTES + answer_text_bytes(event->room) +
           escaped_bytes(event->text) + answer_line_bytes(event->from) +
           answer_line_bytes(event->to) + answer_line_bytes(event->mentions);
}

void answer_spend(struct answer_budget *budget, size_t bytes)
{
    budget->bytes_left -=
        bytes < budget->bytes_left ? bytes : budget->bytes_left;
}

static enum chat_result answer_health(struct answer *answer)
{
    enum chat_result result = replica_health(answer->replica, clock_mono_ms());

    if (result != CHAT_OK)
        json_object_set_new(answer->json, "detail",
                            json_string("the store takes no writes"));
    return result;
}

/* ---- the table ---- */

/* What each command gives besides its result; NULL: nothing. */
static answer_fn *const givers[COMMAND_TYPE_COUNT] = {
    [COMMAND_SESSION_NEW] = answer_session,
    [COMMAND_SESSION_GET] = answer_session,
    [COMMAND_SESSIONS] = answer_sessions,
    [COMMAND_NICK] = answer_nick,
    [COMMAND_REGISTER] = answer_nick,
    [COMMAND_ACCOUNT_GET] = answer_account,
    [COMMAND_PERSON_GET] = answer_person,
    [COMMAND_BLOCKS] = answer_blocks,
    [COMMAND_ROOMS] = answer_rooms,
    [COMMAND_ROOM_NEW] = answer_joined,
    [COMMAND_ROOM_GET] = answer_room,
    [COMMAND_ROOM_SET] = answer_room,
    [COMMAND_ROOM_SECRET] = answer_room_secret,
    [COMMAND_JOIN] = answer_joined,
    [COMMAND_DIRECT] = answer_joined,
    [COMMAND_MEMBERS] = answer_members,
    [COMMAND_POST] = answer_post,
    [COMMAND_EDIT] = answer_event,
    [COMMAND_DELETE] = answer_event,
    [COMMAND_MESSAGE] = answer_event,
    [COMMAND_EDITS] = answer_edits,
    [COMMAND_SEARCH] = answer_search,
    [COMMAND_HISTORY] = answer_history,
    [COMMAND_EXPORT] = answer_history,
    [COMMAND_MUTE] = answer_mute,
    [COMMAND_BAN] = answer_ban,
    [COMMAND_BANS] = answer_bans,
    [COMMAND_UNDO] = answer_undo,
    [COMMAND_REPORT] = answer_report,
    [COMMAND_PENDING] = answer_pending,
    [COMMAND_AUDIT] = answer_audit,
    [COMMAND_EVENTS] = answer_events,
    [COMMAND_PAGE] = answer_page,
    [COMMAND_HOOK_NEW] = answer_hook_new,
    [COMMAND_HOOKS] = answer_hooks,
    [COMMAND_BOT_NEW] = answer_bot,
    [COMMAND_HOOK_POST] = answer_post,
    [COMMAND_HEALTH] = answer_health,
};

static json_t *encode_result(const struct answer *answer,
                             enum chat_result result)
{
    const struct state *state = replica_state(answer->replica);

    return result_encode(result, state != NULL ? state_head_seq(state) : 0);
}

/* The result alone; "retry_ms" if it says when to try again. */
static json_t *encode_bare(const struct answer *answer)
{
    const struct outcome *outcome = answer->outcome;
    json_t *json = encode_result(answer, outcome->result);

    if (outcome->result == CHAT_RATE_LIMITED && outcome->retry_ms > 0)
        (void)json_object_set_new(json, "retry_ms",
                                  json_integer(outcome->retry_ms));
    return json;
}

json_t *answer_encode(struct replica *replica, const struct command *command,
                      const struct outcome *outcome,
                      struct answer_budget *budget)
{
    struct answer answer = {
        .replica = replica,
        .command = command,
        .outcome = outcome,
        .budget = budget,
    };
    bool done = outcome->result == CHAT_OK || outcome->result == CHAT_REPEAT;

    if (!done || givers[command->type] == NULL)
        return encode_bare(&answer);
    if (budget->bytes_left == 0)
        return encode_result(&answer, CHAT_AGAIN);
    answer.json = encode_result(&answer, outcome->result);
    if (answer.json == NULL)
        return NULL;
    enum chat_result result = givers[command->type](&answer);
    if (result == CHAT_OK)
        return answer.json;
    json_object_set_new(answer.json, "result",
                        json_string(chat_result_code(result)));
    return answer.json;
}
