/*
 * What waits for a moderator: reports about messages, and messages that are
 * held until somebody has read them. Both are events that nobody is shown; the
 * store lists them until a moderator has decided.
 */
#include "broker/state_internal.h"

#include <stdlib.h>

#include "common/alloc.h"

/* When there are as many as there may be: moderators need some time. */
#define PENDING_RETRY_MS 60000

enum chat_result state_take_pending(struct decision *decision,
                                    const struct room *room)
{
    const struct state_log *log = &decision->state->log;

    if (log->count_pending(log->context, room->rid) < PENDING_MAX)
        return CHAT_OK;
    decision->outcome->retry_ms = PENDING_RETRY_MS;
    return CHAT_RATE_LIMITED;
}

/* ---- reports ---- */

static enum chat_result check_reported(const struct decision *decision,
                                       const struct room *room)
{
    const struct state_log *log = &decision->state->log;
    struct found_message found;

    if (!log->find_message(log->context, room->rid, decision->command->target,
                           &found) ||
        found.deleted)
        return CHAT_NO_MESSAGE;
    return CHAT_OK;
}

/* One report of a message by each is enough. */
enum chat_result state_decide_report(struct decision *decision)
{
    const struct state_log *log = &decision->state->log;
    const struct command *command = decision->command;
    struct room *room;

    if (message_text_check(command->text, REASON_BYTES_MAX) != CHAT_OK ||
        state_check_reason(decision) != CHAT_OK)
        return CHAT_BAD_TEXT;
    enum chat_result result = state_room_for(decision, RIGHT_REPORT, &room);
    if (result == CHAT_OK)
        result = check_reported(decision, room);
    if (result != CHAT_OK)
        return result;
    decision->outcome->seq = log->find_report(
        log->context, room->rid, command->target, state_decider(decision)->pid);
    if (decision->outcome->seq != 0)
        return CHAT_OK;
    result = state_take_pending(decision, room);
    if (result == CHAT_OK)
        result = state_take(decision, LIMITED_POST, room);
    if (result != CHAT_OK)
        return result;
    struct event report = state_decider_event(decision, room, EVENT_REPORT);
    report.target = command->target;
    report.text = command->text;
    decision->outcome->seq = state_emit(decision, &report);
    return CHAT_OK;
}

/* ---- deciding on what waits ---- */

/* The command's room, if what it is about waits there; else why not. */
static enum chat_result find_pending(struct decision *decision,
                                     enum event_type type,
                                     struct room **room_out, bool *waits_out)
{
    const struct state_log *log = &decision->state->log;
    int64_t target = decision->command->target;
    enum chat_result result = state_room_for(decision, RIGHT_APPROVE, room_out);

    if (result != CHAT_OK)
        return result;
    *waits_out =
        log->find_pending(log->context, (*room_out)->rid, target, type);
    return *waits_out ? CHAT_OK : state_is_past(decision, target);
}

enum chat_result state_decide_report_end(struct decision *decision)
{
    struct room *room;
    bool waits = false;
    enum chat_result result =
        find_pending(decision, EVENT_REPORT, &room, &waits);

    if (result != CHAT_OK || !waits)
        return result;
    struct event end = state_decider_event(decision, room, EVENT_REPORT_END);
    end.target = decision->command->target;
    state_emit(decision, &end);
    return CHAT_OK;
}

/* A held message, with strings of its own. */
struct held {
    struct event event;
    char *text, *from, *id;
};

static bool copy_held(void *context, const struct event *event)
{
    struct held *held = context;

    held->event = *event;
    held->event.text = held->text = strdup_or_die(event->text);
    held->event.from = held->from = strdup_or_die(event->from);
    held->event.id = held->id = strdup_or_die(event->id);
    return false;
}

/* It is said now, by whom it was said; and the next ones are not held. */
static void let_in(struct decision *decision, struct room *room,
                   const struct event *held)
{
    struct event said = {
        .type = held->value != 0 ? EVENT_ACTION : EVENT_MESSAGE,
        .rid = room->rid,
        .room = room->name,
        .pid = held->pid,
        .sid = held->sid,
        .from = held->from,
        .text = held->text,
        .id = held->id,
        .reply_to = held->reply_to,
    };

    state_emit_shown(decision, room, &said);
}

enum chat_result state_decide_held_end(struct decision *decision)
{
    const struct state_log *log = &decision->state->log;
    const struct command *command = decision->command;
    struct held held = {.text = NULL};
    struct room *room;
    bool waits = false;
    enum chat_result result = find_pending(decision, EVENT_HELD, &room, &waits);

    if (result != CHAT_OK || !waits)
        return result;
    if (!log->read_event(log->context, room->rid, command->target, copy_held,
                         &held))
        return CHAT_UNAVAILABLE;
    struct event end = state_decider_event(decision, room, EVENT_HELD_END);
    end.target = command->target;
    end.value = command->on;
    end.to = held.from;
    end.to_pid = held.event.pid;
    state_emit(decision, &end);
    if (command->on)
        let_in(decision, room, &held.event);
    free(held.text);
    free(held.from);
    free(held.id);
    return CHAT_OK;
}

/* ---- reading ---- */

int state_waiting_count(const struct state *state, const struct room *room)
{
    return state->log.count_pending(state->log.context, room->rid);
}

enum chat_result state_decide_pending(struct decision *decision)
{
    struct room *room;

    return state_room_for(decision, RIGHT_APPROVE, &room);
}

enum chat_result state_decide_audit(struct decision *decision)
{
    struct room *room;

    if (decision->command->room == NULL)
        return state_check(decision, NULL, RIGHT_SERVER_AUDIT);
    return state_room_for(decision, RIGHT_AUDIT, &room);
}
