/* Commands that give somebody else a place in a room: invitations, ranks. */
#include "broker/state_internal.h"

#include <utlist.h>

/* Of one room: more are nobody's guests any more, nor the room's few. */
enum { INVITED_MAX = 1000, RANKED_MAX = 100 };

/* ---- invitations ---- */

static size_t invited_count(const struct room *room)
{
    const struct member *member;
    size_t count = 0;

    DL_FOREACH2 (room->members, member, room_next)
        count += member->invited;
    return count;
}

/* Whether an invitation, or its end, would change anything. */
static bool changes_invitation(const struct member *place, bool on)
{
    bool is_in = place != NULL && place->joined_seq != 0;
    bool is_invited = place != NULL && place->invited;

    return !is_in && is_invited != on;
}

/* Whoever is invited may decline, that is, take their own invitation away. */
static enum chat_result check_invite(const struct decision *decision,
                                     const struct room *room,
                                     const struct person *other)
{
    bool declines = !decision->command->on && other == state_decider(decision);

    return state_check(decision, room, declines ? RIGHT_KNOW : RIGHT_INVITE);
}

enum chat_result state_decide_invite(struct decision *decision)
{
    bool on = decision->command->on;
    struct person *other = NULL;
    struct room *room;
    enum chat_result named = state_named_person(decision, &other);
    enum chat_result result = state_named_room(decision, &room);

    if (result == CHAT_OK)
        result = check_invite(decision, room, other);
    if (result == CHAT_OK)
        result = named;
    if (result != CHAT_OK ||
        !changes_invitation(state_find_place(other, room), on))
        return result;
    if (on && invited_count(room) >= INVITED_MAX)
        return CHAT_FORBIDDEN;
    struct event event = state_decider_event(decision, room, EVENT_INVITE);
    event.value = on;
    state_emit_to(decision, room, other, &event);
    return CHAT_OK;
}

/* ---- ranks ---- */

static size_t ranked_count(const struct room *room)
{
    const struct member *member;
    size_t count = 0;

    DL_FOREACH2 (room->members, member, room_next)
        count += member->rank != RANK_NONE;
    return count;
}

static bool has_rank(const struct person *person, const struct room *room,
                     enum rank rank)
{
    const struct member *place = state_find_place(person, room);

    return (place != NULL ? place->rank : RANK_NONE) == rank;
}

/* Whoever steps down is done when that comes again, without the right to. */
static enum chat_result check_right(const struct decision *decision,
                                    const struct room *room,
                                    const struct person *other, enum rank rank)
{
    bool is_own = other == state_decider(decision);

    if (is_own && has_rank(other, room, rank))
        return CHAT_OK;
    if (is_own || has_rank(other, room, rank))
        return state_check(decision, room, RIGHT_RANK);
    return state_check_against(decision, room, RIGHT_RANK, other);
}

/*
 * Ranks are given to members, and taken from whoever has one. An owner is not
 * another owner's to put down, but may step down.
 */
static enum chat_result check_rank(const struct decision *decision,
                                   const struct room *room,
                                   const struct person *other, enum rank rank)
{
    enum chat_result result = check_right(decision, room, other, rank);

    if (result != CHAT_OK || rank == RANK_NONE || has_rank(other, room, rank))
        return result;
    if (state_find_member(other, room) == NULL)
        return CHAT_NOT_FOUND;
    return has_rank(other, room, RANK_NONE) && ranked_count(room) >= RANKED_MAX
               ? CHAT_FORBIDDEN
               : CHAT_OK;
}

enum chat_result state_decide_rank(struct decision *decision)
{
    struct person *other;
    struct room *room;
    enum rank rank;

    if (rank_parse(decision->command->word, &rank) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    enum chat_result result = state_named_room(decision, &room);
    if (result == CHAT_OK)
        result = state_named_person(decision, &other);
    if (result == CHAT_OK)
        result = check_rank(decision, room, other, rank);
    if (result != CHAT_OK || has_rank(other, room, rank))
        return result;
    struct event event = state_decider_event(decision, room, EVENT_RANK);
    event.value = rank;
    state_emit_to(decision, room, other, &event);
    return CHAT_OK;
}
