/*
 * In a room of more than presence_events_max people, coming and going is
 * logged (it changes who may read) but not shown: such a row has no place in
 * its room, n = 0.
 */
#include "broker/state_internal.h"

#include <utlist.h>

int64_t state_emit(struct decision *decision, struct event *event)
{
    struct state *state = decision->state;

    event->seq = state->head_seq + 1;
    event->at_ms = decision->now.wall_ms > state->head_at_ms
                       ? decision->now.wall_ms
                       : state->head_at_ms;
    state->log.append(state->log.context, event);
    state_apply(state, event);
    return event->seq;
}

struct event state_session_event(const struct session *session,
                                 enum event_type type, enum event_reason reason)
{
    return (struct event){.type = type,
                          .reason = reason,
                          .role = session->role,
                          .sid = session->sid,
                          .from = session->nick};
}

struct event state_room_event(const struct session *session,
                              const struct room *room, enum event_type type,
                              enum event_reason reason)
{
    struct event event = state_session_event(session, type, reason);

    event.rid = room->rid;
    event.room = room->name;
    return event;
}

void state_emit_join(struct decision *decision, struct session *session,
                     struct room *room, enum event_reason reason)
{
    struct event event = state_room_event(session, room, EVENT_JOIN, reason);

    if (room->here_count + 1 <= decision->state->rules.presence_events_max)
        event.n = room->n + 1;
    state_emit(decision, &event);
}

void state_emit_leave(struct decision *decision, struct session *session,
                      struct room *room, enum event_reason reason)
{
    struct event event = state_room_event(session, room, EVENT_LEAVE, reason);

    if (session->here &&
        room->here_count <= decision->state->rules.presence_events_max)
        event.n = room->n + 1;
    state_emit(decision, &event);
}

struct room *state_emit_room(struct decision *decision,
                             const struct session *session, const char *name,
                             const char *topic, const char *id)
{
    struct event event = {
        .type = EVENT_ROOM,
        .n = 1,
        .rid = decision->state->head_seq + 1,
        .sid = session != NULL ? session->sid : 0,
        .from = session != NULL ? session->nick : NULL,
        .room = name,
        .text = topic,
        .id = id,
    };

    return state_find_room(decision->state, state_emit(decision, &event));
}

void state_end_session(struct decision *decision, struct session *session,
                       enum event_reason reason)
{
    struct member *member, *next;

    DL_FOREACH_SAFE (session->members, member, next)
        state_emit_leave(decision, session, member->room, reason);
    struct event end = state_session_event(session, EVENT_SESSION_END, reason);
    state_emit(decision, &end);
}

/* A request of a session that was gone brings it back. */
static void come_back(struct decision *decision, struct session *session)
{
    struct event back =
        state_session_event(session, EVENT_SESSION_BACK, REASON_BACK);
    struct member *member;

    state_emit(decision, &back);
    DL_FOREACH (session->members, member)
        state_emit_join(decision, session, member->room, REASON_BACK);
}

void state_see(struct decision *decision, struct session *session,
               int64_t seen_ms)
{
    if (seen_ms > session->seen_ms)
        session->seen_ms = seen_ms;
    if (!session->here)
        come_back(decision, session);
}
