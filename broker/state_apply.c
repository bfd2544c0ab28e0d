/*
 * Applying: what each event changes. No event is refused here; what may
 * happen was decided before the event was written.
 */
#include "broker/state_internal.h"

#include <assert.h>
#include <stddef.h>
#include <utlist.h>

static void apply_room(struct state *state, const struct event *event)
{
    state_add_room(state, &(struct stored_room){.rid = event->seq,
                                                .room = event->room,
                                                .topic = event->text,
                                                .id = event->id});
}

static void apply_session_new(struct state *state, const struct event *event)
{
    state_add_session(
        state, &(struct stored_session){.sid = event->seq,
                                        .created_at_ms = event->at_ms,
                                        .role = event->role,
                                        .nick = event->from,
                                        .token_hash = event->token_hash});
}

static void apply_join(struct state *state, const struct event *event)
{
    struct session *session = state_find_session(state, event->sid);
    struct room *room = state_find_room(state, event->rid);

    if (event->reason == REASON_BACK)
        state_member_comes(state_find_member(session, room));
    else
        state_add_member(session, room, event->seq);
}

static void apply_leave(struct state *state, const struct event *event)
{
    struct session *session = state_find_session(state, event->sid);
    struct room *room = state_find_room(state, event->rid);
    struct member *member = state_find_member(session, room);

    if (event->reason == REASON_GONE)
        state_member_goes(member);
    else
        state_remove_member(member);
}

static void apply_presence(struct state *state, const struct event *event)
{
    struct session *session = state_find_session(state, event->sid);

    session->here = event->type == EVENT_SESSION_BACK;
    session->gone_at_ms = session->here ? 0 : event->at_ms;
}

void state_apply(struct state *state, const struct event *event)
{
    assert(event->seq == state->head_seq + 1);
    state->head_seq = event->seq;
    state->head_at_ms = event->at_ms;

    switch (event->type) {
    case EVENT_MESSAGE:
    case EVENT_ACTION:
        break;
    case EVENT_JOIN:
        apply_join(state, event);
        break;
    case EVENT_LEAVE:
        apply_leave(state, event);
        break;
    case EVENT_ROOM:
        apply_room(state, event);
        break;
    case EVENT_SESSION_NEW:
        apply_session_new(state, event);
        break;
    case EVENT_SESSION_END:
        state_remove_session(state, state_find_session(state, event->sid));
        break;
    case EVENT_SESSION_GONE:
    case EVENT_SESSION_BACK:
        apply_presence(state, event);
        break;
    case EVENT_TYPE_COUNT:
        assert(!"not an event");
    }
    if (event->n > 0)
        state_find_room(state, event->rid)->n = event->n;
}
