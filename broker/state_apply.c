/*
 * Applying: what each event changes, by this table. No event is refused here;
 * what may happen was decided before the event was written. The functions are
 * in one file per topic; those of the store do the same to its tables.
 */
#include "broker/state_internal.h"

#include <assert.h>
#include <stddef.h>

/* NULL: nothing but the head, and the room's n. */
static state_apply_fn *const appliers[EVENT_TYPE_COUNT] = {
    [EVENT_MESSAGE] = state_apply_said,
    [EVENT_ACTION] = state_apply_said,
    [EVENT_JOIN] = state_apply_join,
    [EVENT_LEAVE] = state_apply_leave,
    [EVENT_ROOM] = state_apply_room,
    [EVENT_SESSION_NEW] = state_apply_session_new,
    [EVENT_SESSION_END] = state_apply_session_end,
    [EVENT_PERSON_GONE] = state_apply_person_gone,
    [EVENT_PERSON_BACK] = state_apply_person_back,
    [EVENT_TOPIC] = state_apply_topic,
    [EVENT_SETTINGS] = state_apply_settings,
    [EVENT_RENAME] = state_apply_rename,
    [EVENT_ROOM_END] = state_apply_room_end,
    [EVENT_INVITE] = state_apply_invite,
    [EVENT_RANK] = state_apply_rank,
    [EVENT_MUTE] = state_apply_mute,
    [EVENT_UNMUTE] = state_apply_unmute,
    [EVENT_BAN] = state_apply_ban,
    [EVENT_UNBAN] = state_apply_unban,
    [EVENT_READ] = state_apply_read,
    [EVENT_HELD_END] = state_apply_held_end,
    [EVENT_PERSON_NEW] = state_apply_person_new,
    [EVENT_PERSON_SET] = state_apply_person_set,
    [EVENT_PERSON_END] = state_apply_person_end,
    [EVENT_PERSON_NICK] = state_apply_person_nick,
    [EVENT_BLOCK] = state_apply_block,
    [EVENT_SERVER_BAN] = state_apply_ban,
    [EVENT_SERVER_UNBAN] = state_apply_unban,
    [EVENT_HOOK_NEW] = state_apply_hook_new,
    [EVENT_HOOK_END] = state_apply_hook_end,
    [EVENT_PURGE] = state_apply_purge,
};

struct person *state_event_person(const struct state *state,
                                  const struct event *event)
{
    return state_find_person(state, event->pid != 0 ? event->pid : event->sid);
}

void state_apply(struct state *state, const struct event *event)
{
    assert(event->seq == state->head_seq + 1);
    assert((unsigned)event->type < EVENT_TYPE_COUNT);
    state->head_seq = event->seq;
    state->head_at_ms = event->at_ms;
    if (event->n > 0 && event->type != EVENT_ROOM) /* there is none yet */
        state_find_room(state, event->rid)->n = event->n;
    if (appliers[event->type] != NULL)
        appliers[event->type](state, event);
}
