/*
 * Rooms of two. Both are members from the beginning; whoever leaves is out of
 * it for good, and the next word between the two begins another one.
 */
#include "broker/state_internal.h"

#include <stdio.h>
#include <utlist.h>

/* The other one's place in a room of two; NULL: they have left it. */
static const struct member *other_of(const struct person *person,
                                     const struct room *room)
{
    const struct member *member = room->members;

    while (member != NULL &&
           (member->person == person || member->joined_seq == 0))
        member = member->room_next;
    return member;
}

static struct room *find_direct(const struct person *person,
                                const struct person *other)
{
    const struct member *member;

    DL_FOREACH (person->members, member) {
        if (member->room->settings.access == ROOM_DIRECT &&
            state_find_member(other, member->room) != NULL)
            return member->room;
    }
    return NULL;
}

/*
 * Strangers put a person into rooms of two, so those have at most half of the
 * places that the person has.
 */
static bool has_space(const struct state *state, const struct person *person)
{
    size_t places = state->rules.rooms_per_session, count = 0;
    const struct member *member;

    DL_FOREACH (person->members, member)
        count += member->room->settings.access == ROOM_DIRECT;
    return person->room_count < places && count < (places + 1) / 2;
}

static enum chat_result check_new(const struct decision *decision,
                                  const struct person *other)
{
    const struct state *state = decision->state;
    const struct person *person = state_decider(decision);
    enum chat_result result = state_check(decision, NULL, RIGHT_DIRECT);

    if (result != CHAT_OK)
        return result;
    if (state_is_banned(state, other, 0, NULL, decision->now.wall_ms))
        return CHAT_FORBIDDEN;
    if (!has_space(state, person) || !has_space(state, other) ||
        HASH_CNT(by_rid, state->rooms_by_rid) >= state->rules.rooms_max)
        return CHAT_FORBIDDEN;
    return state_has_blocked(other, person->pid) ? CHAT_FORBIDDEN : CHAT_OK;
}

/* Its name has a letter that no name has that people give. */
static struct room *emit_direct(struct decision *decision, struct person *other)
{
    struct actor maker = state_actor(decision->session);
    char name[ROOM_SIZE];

    (void)snprintf(name, sizeof(name), "~%lld",
                   (long long)decision->state->head_seq + 1);
    struct room *room = state_emit_room(decision, maker, name, "", "");
    state_emit_join(decision, maker, room, RANK_NONE);
    state_emit_join(decision, (struct actor){.person = other}, room, RANK_NONE);
    return room;
}

enum chat_result state_decide_direct(struct decision *decision)
{
    struct person *other;
    enum chat_result result = state_named_person(decision, &other);

    if (result == CHAT_OK && other == state_decider(decision))
        result = CHAT_FORBIDDEN;
    if (result != CHAT_OK)
        return result;
    struct room *room = find_direct(state_decider(decision), other);
    if (room == NULL) {
        result = check_new(decision, other);
        if (result == CHAT_OK)
            result = state_take(decision, LIMITED_ROOM, NULL);
        if (result != CHAT_OK)
            return result;
        room = emit_direct(decision, other);
    }
    decision->outcome->rid = room->rid;
    return CHAT_OK;
}

enum chat_result state_check_heard(const struct decision *decision,
                                   const struct room *room)
{
    const struct person *person = state_decider(decision);

    if (room->settings.access != ROOM_DIRECT)
        return CHAT_OK;
    const struct member *other = other_of(person, room);
    return other == NULL || state_has_blocked(other->person, person->pid)
               ? CHAT_FORBIDDEN
               : CHAT_OK;
}
