/*
 * Places: what a person is in a room. The rooms that somebody is in are few
 * (rooms_per_session) and a list; a room's people may be many, and are never
 * searched. A place outlives the membership while there is something to
 * remember (a rank, a mute, an invitation), in a list of its own, so that
 * whoever walks a person's rooms sees those they are in.
 */
#include "broker/state_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/alloc.h"

static struct member *find_in(struct member *list, const struct room *room)
{
    struct member *member;

    DL_FOREACH (list, member) {
        if (member->room == room)
            break;
    }
    return member;
}

struct member *state_find_member(const struct person *person,
                                 const struct room *room)
{
    return find_in(person->members, room);
}

struct member *state_find_place(const struct person *person,
                                const struct room *room)
{
    struct member *member = find_in(person->members, room);

    return member != NULL ? member : find_in(person->former, room);
}

struct member *state_place(struct person *person, struct room *room)
{
    struct member *member = state_find_place(person, room);

    if (member != NULL)
        return member;
    member = alloc_or_die(sizeof(*member));
    member->room = room;
    member->person = person;
    DL_APPEND(person->former, member);
    DL_APPEND2(room->members, member, room_prev, room_next);
    return member;
}

void state_member_joins(struct member *member, int64_t joined_seq)
{
    struct person *person = member->person;

    assert(member->joined_seq == 0);
    DL_DELETE(person->former, member);
    DL_APPEND(person->members, member);
    person->room_count++;
    member->room->member_count++;
    member->joined_seq = joined_seq;
    member->invited = false;
}

/* They are in the room no more; nor are they counted as here. */
static void end_membership(struct member *member)
{
    struct person *person = member->person;

    if (member->here_prev != NULL) /* a list's first one has it too */
        state_member_goes(member);
    DL_DELETE(person->members, member);
    DL_APPEND(person->former, member);
    person->room_count--;
    member->room->member_count--;
    member->joined_seq = 0;
    member->read_seq = 0;
}

void state_member_leaves(struct member *member)
{
    end_membership(member);
    state_forget_place(member);
}

void state_forget_place(struct member *member)
{
    if (member->joined_seq == 0 && member->rank == RANK_NONE &&
        !member->invited && !member->approved && member->muted_until_ms == 0)
        state_remove_member(member);
}

void state_remove_member(struct member *member)
{
    if (member->joined_seq != 0)
        end_membership(member);
    DL_DELETE(member->person->former, member);
    DL_DELETE2(member->room->members, member, room_prev, room_next);
    free(member);
}

void state_member_comes(struct member *member)
{
    struct room *room = member->room;

    DL_APPEND2(room->here, member, here_prev, here_next);
    room->here_count++;
}

void state_member_goes(struct member *member)
{
    struct room *room = member->room;

    DL_DELETE2(room->here, member, here_prev, here_next);
    member->here_prev = member->here_next = NULL;
    room->here_count--;
}
