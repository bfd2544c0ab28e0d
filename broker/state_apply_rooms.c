/* Applying what concerns rooms, and who is in them. */
#include "broker/state_internal.h"

#include <assert.h>
#include <stdlib.h>

#include "common/alloc.h"

void state_apply_room(struct state *state, const struct event *event)
{
    state_add_room(state, &(struct stored_room){.rid = event->seq,
                                                .n = event->n,
                                                .room = event->room,
                                                .topic = event->text,
                                                .id = event->id});
}

void state_apply_join(struct state *state, const struct event *event)
{
    struct person *person = state_event_person(state, event);
    struct room *room = state_find_room(state, event->rid);
    struct member *member = state_place(person, room);

    if (event->reason != REASON_BACK) {
        state_member_joins(member, event->seq);
        if (event->value != RANK_NONE)
            member->rank = (enum rank)event->value;
    }
    if (person->here)
        state_member_comes(member);
}

void state_apply_leave(struct state *state, const struct event *event)
{
    struct member *member = state_find_member(
        state_event_person(state, event), state_find_room(state, event->rid));

    if (event->reason == REASON_GONE || event->value != 0)
        state_member_goes(member);
    else
        state_member_leaves(member);
}

void state_apply_topic(struct state *state, const struct event *event)
{
    struct room *room = state_find_room(state, event->rid);

    free(room->topic);
    room->topic = strdup_or_die(event->text != NULL ? event->text : "");
}

void state_apply_settings(struct state *state, const struct event *event)
{
    struct room *room = state_find_room(state, event->rid);

    state_change_settings(room, event->text);
    if (event->secret != NULL)
        state_replace_secret(&room->secret, event->secret);
}

void state_apply_rename(struct state *state, const struct event *event)
{
    state_rename_room(state, state_find_room(state, event->rid), event->to);
}

void state_apply_room_end(struct state *state, const struct event *event)
{
    state_remove_room(state, state_find_room(state, event->rid));
}

/* Whoever answers has read what was said before; of guests it is not kept. */
void state_apply_said(struct state *state, const struct event *event)
{
    const struct person *person = state_event_person(state, event);
    struct member *member = NULL;

    if (person != NULL && event->pid != 0 && event->kind != PERSON_GUEST)
        member = state_find_member(person, state_find_room(state, event->rid));
    if (member != NULL)
        member->read_seq = event->seq;
}

void state_apply_read(struct state *state, const struct event *event)
{
    struct member *member = state_find_member(
        state_event_person(state, event), state_find_room(state, event->rid));

    member->read_seq = event->target;
}

void state_apply_purge(struct state *state, const struct event *event)
{
    state_find_room(state, event->rid)->purged_seq = event->target;
}

void state_apply_hook_new(struct state *state, const struct event *event)
{
    state_add_hook(state, &(struct stored_hook){
                              .seq = event->seq,
                              .rid = event->rid,
                              .name = event->to,
                              .token_hash = event->token_hash,
                              .url = event->text,
                              .secret = event->secret,
                          });
}

void state_apply_hook_end(struct state *state, const struct event *event)
{
    struct room *room = state_find_room(state, event->rid);

    state_remove_hook(state, state_find_hook(room, event->target));
}
