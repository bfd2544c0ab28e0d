/* Applying what somebody does to somebody else. */
#include "broker/state_internal.h"

/* The place in the event's room of whom it is done to; made if need be. */
static struct member *place_of_other(struct state *state,
                                     const struct event *event)
{
    return state_place(state_find_person(state, event->to_pid),
                       state_find_room(state, event->rid));
}

void state_apply_invite(struct state *state, const struct event *event)
{
    struct member *member = place_of_other(state, event);

    member->invited = event->value != 0;
    state_forget_place(member);
}

void state_apply_rank(struct state *state, const struct event *event)
{
    struct member *member = place_of_other(state, event);

    member->rank = (enum rank)event->value;
    state_forget_place(member);
}

void state_apply_mute(struct state *state, const struct event *event)
{
    place_of_other(state, event)->muted_until_ms = event->until_ms;
}

void state_apply_unmute(struct state *state, const struct event *event)
{
    struct member *member = place_of_other(state, event);

    member->muted_until_ms = 0;
    state_forget_place(member);
}

void state_apply_ban(struct state *state, const struct event *event)
{
    state_add_ban(state, &(struct stored_ban){
                             .seq = event->seq,
                             .rid = event->rid,
                             .pid = event->to_pid,
                             .nick = event->to,
                             .address = event->address,
                             .until_ms = event->until_ms,
                         });
}

void state_apply_unban(struct state *state, const struct event *event)
{
    struct room *room =
        event->rid != 0 ? state_find_room(state, event->rid) : NULL;

    state_remove_ban(state, room, state_find_ban(state, room, event->target));
}

/* Who has left for good by then is held again when they come back. */
void state_apply_held_end(struct state *state, const struct event *event)
{
    const struct person *author = state_find_person(state, event->to_pid);
    struct member *place =
        author != NULL
            ? state_find_place(author, state_find_room(state, event->rid))
            : NULL;

    if (place != NULL && event->value != 0)
        place->approved = true;
}
