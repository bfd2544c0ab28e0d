/* Commands about what is said in rooms. */
#include "broker/state_internal.h"

#include <sodium.h>

enum chat_result state_recall_post(const struct decision *decision,
                                   const struct event *event)
{
    const struct state_log *log = &decision->state->log;
    struct posted posted;
    unsigned char hash[sizeof(posted.request_hash)];

    if (!log->find_posted(log->context, event->sid, event->id, &posted))
        return CHAT_OK;
    posted_hash(event, hash);
    if (sodium_memcmp(hash, posted.request_hash, sizeof(hash)) != 0)
        return CHAT_ID_REUSED;
    decision->outcome->seq = posted.seq;
    decision->outcome->n = posted.n;
    decision->outcome->at_ms = posted.at_ms;
    return CHAT_REPEAT;
}

/* In a slow room whoever is no moderator waits after each post. */
static enum chat_result check_pace(const struct decision *decision,
                                   const struct room *room)
{
    const struct member *member =
        state_find_member(state_decider(decision), room);
    int64_t due_ms = member->posted_ms + room->settings.slow_seconds * 1000;

    if (room->settings.slow_seconds == 0 || member->posted_ms == 0 ||
        decision->now.mono_ms >= due_ms ||
        state_standing(decision, room) >= STANDING_MODERATOR)
        return CHAT_OK;
    decision->outcome->retry_ms = due_ms - decision->now.mono_ms;
    return CHAT_RATE_LIMITED;
}

/* Whether they may speak in the room, and somebody hears them. */
static enum chat_result check_speech(const struct decision *decision,
                                     const struct room *room)
{
    enum chat_result result = state_check(decision, room, RIGHT_POST);

    return result == CHAT_OK ? state_check_heard(decision, room) : result;
}

static enum chat_result check_post(struct decision *decision, struct room *room)
{
    const struct state *state = decision->state;
    const struct command *command = decision->command;

    enum chat_result result = check_speech(decision, room);
    if (result != CHAT_OK)
        return result;
    if (command->reply_to != 0 &&
        !state->log.find_message(state->log.context, room->rid,
                                 command->reply_to, NULL))
        return CHAT_NO_MESSAGE;
    result = check_pace(decision, room);
    return result == CHAT_OK ? state_take(decision, LIMITED_POST, room)
                             : result;
}

/* Whether it waits until a moderator has read it. */
static bool is_held(const struct decision *decision, const struct room *room)
{
    const struct member *member =
        state_find_member(state_decider(decision), room);

    bool is_new = room->settings.hold_newcomers && !member->approved;

    return (is_new || decision->has_listed_word) &&
           state_standing(decision, room) < STANDING_MODERATOR;
}

/* Says it, or holds it if need be and if there is a place for it. */
static enum chat_result say(struct decision *decision, struct room *room,
                            struct event *event)
{
    if (!is_held(decision, room)) {
        state_emit_shown(decision, room, event);
        return CHAT_OK;
    }
    enum chat_result result = state_take_pending(decision, room);
    if (result != CHAT_OK)
        return result;
    event->value = event->type == EVENT_ACTION;
    event->type = EVENT_HELD;
    state_emit(decision, event);
    return CHAT_OK;
}

static enum chat_result decide_post(struct decision *decision)
{
    const struct command *command = decision->command;
    struct room *room;

    if (id_check(command->id, ID_SIZE - 1) != CHAT_OK)
        return CHAT_BAD_ID;
    if (message_text_check(command->text, decision->state->rules.text_bytes) !=
        CHAT_OK)
        return CHAT_BAD_TEXT;
    enum chat_result result = state_named_room(decision, &room);
    if (result != CHAT_OK)
        return result;
    struct event event = state_decider_event(
        decision, room, command->action ? EVENT_ACTION : EVENT_MESSAGE);
    event.text = command->text;
    event.id = command->id;
    event.reply_to = command->reply_to;
    result = state_recall_post(decision, &event);
    if (result == CHAT_OK)
        result = check_post(decision, room);
    if (result == CHAT_OK)
        result = say(decision, room, &event);
    if (result != CHAT_OK)
        return result;
    state_find_member(state_decider(decision), room)->posted_ms =
        decision->now.mono_ms;
    decision->outcome->seq = event.seq;
    decision->outcome->n = event.n;
    decision->outcome->at_ms = event.at_ms;
    return CHAT_OK;
}

enum chat_result state_decide_post(struct decision *decision)
{
    return state_decide_screened(decision, decide_post);
}

enum chat_result state_decide_history(struct decision *decision)
{
    struct room *room;

    return state_room_for(decision, RIGHT_READ, &room);
}

/* A visitor's reading: no session, and so no room that is not public. */
enum chat_result state_decide_page(struct decision *decision)
{
    struct room *room;
    enum chat_result result = state_room_for(decision, RIGHT_READ, &room);

    if (result == CHAT_OK && !decision->state->rules.visitors_read)
        result = CHAT_FORBIDDEN;
    return result;
}

enum chat_result state_decide_export(struct decision *decision)
{
    struct room *room;

    return state_room_for(decision, RIGHT_EXPORT, &room);
}

/* Without a room, all those that they are in are searched. */
enum chat_result state_decide_search(struct decision *decision)
{
    struct room *room;

    enum chat_result result = decision->command->room != NULL
                                  ? state_room_for(decision, RIGHT_READ, &room)
                                  : CHAT_OK;
    return result == CHAT_OK ? state_take(decision, LIMITED_SEARCH, NULL)
                             : result;
}

enum chat_result state_decide_typing(struct decision *decision)
{
    struct room *room;

    enum chat_result result = state_named_room(decision, &room);

    return result == CHAT_OK ? check_speech(decision, room) : result;
}
