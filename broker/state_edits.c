/*
 * Commands that change what was said. Asked once more, each finds the event
 * that came of it the first time, and gives that: nothing happens twice.
 */
#include "broker/state_internal.h"

/*
 * Whether they said it themselves. Who has made an account of their nick did,
 * too, in the session that they are still in.
 */
static bool is_own(const struct decision *decision,
                   const struct found_message *found)
{
    return found->pid == state_decider(decision)->pid ||
           found->sid == decision->session->sid;
}

static bool find_message(const struct decision *decision,
                         const struct room *room,
                         struct found_message *found_out)
{
    const struct state_log *log = &decision->state->log;

    return log->find_message(log->context, room->rid, decision->command->target,
                             found_out);
}

/* The event about the command's message, which is shown; its seq. */
static int64_t emit_change(struct decision *decision, struct room *room,
                           enum event_type type)
{
    struct event event = state_decider_event(decision, room, type);

    event.target = decision->command->target;
    event.text = decision->command->text;
    event.value = type == EVENT_REACTION && decision->command->on;
    return state_emit_shown(decision, room, &event);
}

/* ---- editing ---- */

/* Whether the newest edit made it what it shall be. */
static bool is_edited_so(const struct decision *decision,
                         const struct found_message *found)
{
    const struct state_log *log = &decision->state->log;

    return found->edit_count > 0 &&
           log->has_text(log->context, found->changed_seq,
                         decision->command->text);
}

static enum chat_result decide_edit(struct decision *decision)
{
    struct found_message found;
    struct room *room;

    if (message_text_check(decision->command->text,
                           decision->state->rules.text_bytes) != CHAT_OK ||
        decision->has_listed_word) /* what was said cannot wait any more */
        return CHAT_BAD_TEXT;
    enum chat_result result = state_room_for(decision, RIGHT_EDIT_OWN, &room);
    if (result != CHAT_OK)
        return result;
    if (!find_message(decision, room, &found) || found.deleted)
        return CHAT_NO_MESSAGE;
    if (!is_own(decision, &found))
        return CHAT_FORBIDDEN;
    if (is_edited_so(decision, &found)) {
        decision->outcome->seq = found.changed_seq;
        return CHAT_OK;
    }
    if (found.edit_count >= MESSAGE_EDITS_MAX)
        return CHAT_FORBIDDEN;
    result = state_take(decision, LIMITED_POST, room);
    if (result == CHAT_OK)
        decision->outcome->seq = emit_change(decision, room, EVENT_EDIT);
    return result;
}

enum chat_result state_decide_edit(struct decision *decision)
{
    return state_decide_screened(decision, decide_edit);
}

/* ---- deleting ---- */

static enum chat_result check_delete(const struct decision *decision,
                                     const struct room *room,
                                     const struct found_message *found)
{
    enum chat_result result = state_check(decision, room, RIGHT_DELETE_ANY);

    return result == CHAT_OK || !is_own(decision, found)
               ? result
               : state_check(decision, room, RIGHT_DELETE_OWN);
}

enum chat_result state_decide_delete(struct decision *decision)
{
    struct found_message found;
    struct room *room;

    if (state_check_reason(decision) != CHAT_OK)
        return CHAT_BAD_TEXT;
    enum chat_result result = state_room_for(decision, RIGHT_READ, &room);
    if (result != CHAT_OK)
        return result;
    if (!find_message(decision, room, &found))
        return CHAT_NO_MESSAGE;
    result = check_delete(decision, room, &found);
    if (result != CHAT_OK)
        return result;
    decision->outcome->seq = found.changed_seq;
    if (!found.deleted)
        decision->outcome->seq = emit_change(decision, room, EVENT_DELETE);
    return CHAT_OK;
}

/* ---- reacting ---- */

/* Whether there is room for one more reaction to the message. */
static bool has_room(const struct found_message *message,
                     const struct found_reaction *reaction)
{
    return message->reaction_count < MESSAGE_REACTIONS_MAX &&
           (reaction->others || message->emoji_count < MESSAGE_EMOJI_MAX);
}

static enum chat_result change_reaction(struct decision *decision,
                                        struct room *room,
                                        const struct found_message *message)
{
    const struct command *command = decision->command;
    const struct state_log *log = &decision->state->log;
    const struct reaction_key key = {.rid = room->rid,
                                     .target = command->target,
                                     .pid = state_decider(decision)->pid,
                                     .emoji = command->text};
    struct found_reaction reaction;

    log->find_reaction(log->context, &key, &reaction);
    if (reaction.own == command->on)
        return CHAT_OK;
    if (command->on && !has_room(message, &reaction))
        return CHAT_FORBIDDEN;
    enum chat_result result = state_take(decision, LIMITED_POST, room);
    if (result == CHAT_OK)
        (void)emit_change(decision, room, EVENT_REACTION);
    return result;
}

enum chat_result state_decide_react(struct decision *decision)
{
    struct found_message found;
    struct room *room;

    if (emoji_check(decision->command->text, EMOJI_BYTES_MAX) != CHAT_OK)
        return CHAT_BAD_TEXT;
    enum chat_result result = state_room_for(decision, RIGHT_REACT, &room);
    if (result != CHAT_OK)
        return result;
    if (!find_message(decision, room, &found) || found.deleted)
        return CHAT_NO_MESSAGE;
    return change_reaction(decision, room, &found);
}

/* ---- reading ---- */

static enum chat_result decide_reading(struct decision *decision,
                                       enum right right)
{
    struct found_message found;
    struct room *room;
    enum chat_result result = state_room_for(decision, right, &room);

    if (result == CHAT_OK && !find_message(decision, room, &found))
        result = CHAT_NO_MESSAGE;
    decision->outcome->seq = decision->command->target;
    return result;
}

enum chat_result state_decide_message(struct decision *decision)
{
    return decide_reading(decision, RIGHT_READ);
}

enum chat_result state_decide_edits(struct decision *decision)
{
    return decide_reading(decision, RIGHT_AUDIT);
}
