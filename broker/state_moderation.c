/*
 * Commands against somebody in a room: kick, mute, unmute. What is so already
 * is not done again, so that a command sent twice is one.
 */
#include "broker/state_internal.h"

/* A command that comes again after a lost reply comes within this. */
#define REPEAT_MS 10000

int64_t state_until_ms(const struct decision *decision)
{
    int64_t seconds = decision->command->seconds;

    return seconds == 0 ? INT64_MAX : decision->now.wall_ms + seconds * 1000;
}

bool state_is_same_until(int64_t until_ms, int64_t asked_ms)
{
    if (until_ms == INT64_MAX || asked_ms == INT64_MAX)
        return until_ms == asked_ms;
    return until_ms <= asked_ms && asked_ms - until_ms < REPEAT_MS;
}

/* The command's room and person, if they may use `right` against them there. */
static enum chat_result find_other(struct decision *decision, enum right right,
                                   struct room **room_out,
                                   struct person **other_out)
{
    enum chat_result result = state_check_reason(decision);

    if (result == CHAT_OK)
        result = state_room_for(decision, right, room_out);
    if (result == CHAT_OK)
        result = state_named_person(decision, other_out);
    if (result == CHAT_OK)
        result = state_check_against(decision, *room_out, right, *other_out);
    return result;
}

enum chat_result state_is_past(const struct decision *decision, int64_t target)
{
    return target <= decision->state->head_seq ? CHAT_OK : CHAT_NOT_FOUND;
}

void state_put_out(struct decision *decision, struct room *room,
                   struct person *person, enum event_reason reason)
{
    const struct actor gone = {.person = person};

    if (state_find_member(person, room) != NULL)
        state_emit_leave(decision, gone, room, reason);
}

enum chat_result state_decide_kick(struct decision *decision)
{
    struct room *room;
    struct person *other;
    enum chat_result result = find_other(decision, RIGHT_KICK, &room, &other);

    if (result != CHAT_OK || state_find_member(other, room) == NULL)
        return result;
    struct event kick = state_decider_event(decision, room, EVENT_KICK);
    kick.text = decision->command->text;
    state_emit_to(decision, room, other, &kick);
    state_put_out(decision, room, other, REASON_KICKED);
    return CHAT_OK;
}

enum chat_result state_decide_mute(struct decision *decision)
{
    int64_t until_ms = state_until_ms(decision);
    struct room *room;
    struct person *other;
    enum chat_result result = find_other(decision, RIGHT_MUTE, &room, &other);

    if (result != CHAT_OK)
        return result;
    const struct member *place = state_find_place(other, room);
    if (place != NULL && state_is_same_until(place->muted_until_ms, until_ms))
        return CHAT_OK;
    struct event mute = state_decider_event(decision, room, EVENT_MUTE);
    mute.text = decision->command->text;
    mute.until_ms = until_ms;
    state_emit_to(decision, room, other, &mute);
    return CHAT_OK;
}

int64_t state_muted_until_ms(const struct person *person,
                             const struct room *room)
{
    const struct member *place = state_find_place(person, room);

    return place != NULL ? place->muted_until_ms : 0;
}

enum chat_result state_decide_unmute(struct decision *decision)
{
    struct room *room;
    struct person *other;
    enum chat_result result = find_other(decision, RIGHT_MUTE, &room, &other);

    if (result != CHAT_OK)
        return result;
    const struct member *place = state_find_place(other, room);
    if (place == NULL || place->muted_until_ms == 0)
        return CHAT_OK;
    struct event unmute = state_decider_event(decision, room, EVENT_UNMUTE);
    state_emit_to(decision, room, other, &unmute);
    return CHAT_OK;
}
