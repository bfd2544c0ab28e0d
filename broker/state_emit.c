/*
 * In a room of more than presence_events_max people, coming and going is
 * logged (it changes who may read) but not shown: such a row has no place in
 * its room, n = 0. The same goes for the coming and going of who is not here.
 */
#include "broker/state_internal.h"

#include <assert.h>
#include <string.h>
#include <utlist.h>

/* ---- events ---- */

/* The mentions are those of the message, also when an edit has brought them. */
static void keep_mentions(const struct state *state, const struct event *event,
                          const struct mentions *mentions)
{
    int64_t seq = event->type == EVENT_EDIT ? event->target : event->seq;

    for (size_t i = 0; i < mentions->count; i++) {
        if (mentions->pids[i] != event->pid)
            state->log.add_mention(state->log.context, mentions->pids[i],
                                   event->rid, seq);
    }
}

static bool is_said(const struct event *event)
{
    return event->n > 0 &&
           (event->type == EVENT_MESSAGE || event->type == EVENT_ACTION ||
            event->type == EVENT_EDIT);
}

int64_t state_emit(struct decision *decision, struct event *event)
{
    struct state *state = decision->state;
    struct mentions mentions; /* large: only what is used of it is set */

    event->seq = state->head_seq + 1;
    event->at_ms = decision->now.wall_ms > state->head_at_ms
                       ? decision->now.wall_ms
                       : state->head_at_ms;
    mentions.count = 0;
    if (is_said(event))
        state_find_mentions(state, state_find_room(state, event->rid),
                            event->text, &mentions);
    event->mentions = mentions.count > 0 ? mentions.nicks : NULL;
    state->log.append(state->log.context, event);
    state_apply(state, event);
    keep_mentions(state, event, &mentions);
    event->mentions = NULL; /* it ends here */
    return event->seq;
}

struct actor state_actor(const struct session *session)
{
    return (struct actor){.person = session->person, .session = session};
}

struct event state_person_event(struct actor actor, enum event_type type,
                                enum event_reason reason)
{
    struct event event = {.type = type, .reason = reason};

    if (actor.session != NULL)
        event.sid = actor.session->sid;
    if (actor.person == NULL)
        return event;
    event.pid = actor.person->pid;
    event.role = actor.person->role;
    event.kind = actor.person->kind;
    event.from = actor.person->nick;
    return event;
}

struct event state_room_event(struct actor actor, const struct room *room,
                              enum event_type type, enum event_reason reason)
{
    struct event event = state_person_event(actor, type, reason);

    event.rid = room->rid;
    event.room = room->name;
    return event;
}

struct event state_decider_event(const struct decision *decision,
                                 const struct room *room, enum event_type type)
{
    struct actor actor = {.person = NULL};

    if (decision->session != NULL)
        actor = state_actor(decision->session);
    return room != NULL ? state_room_event(actor, room, type, REASON_NONE)
                        : state_person_event(actor, type, REASON_NONE);
}

int64_t state_emit_shown(struct decision *decision, struct room *room,
                         struct event *event)
{
    assert(event->rid == room->rid);
    event->n = room->n + 1;
    return state_emit(decision, event);
}

int64_t state_emit_to(struct decision *decision, struct room *room,
                      const struct person *to, struct event *event)
{
    event->to = to->nick;
    event->to_pid = to->pid;
    return room != NULL ? state_emit_shown(decision, room, event)
                        : state_emit(decision, event);
}

/* ---- rooms, coming and going ---- */

struct room *state_emit_room(struct decision *decision, struct actor actor,
                             const char *name, const char *topic,
                             const char *id)
{
    struct event event = state_person_event(actor, EVENT_ROOM, REASON_NONE);

    event.n = 1;
    event.rid = decision->state->head_seq + 1;
    event.room = name;
    event.text = topic;
    event.id = id;
    return state_find_room(decision->state, state_emit(decision, &event));
}

/* "" and NULL both mean that there is none. */
static bool same_secret(const char *one, const char *other)
{
    return strcmp(one != NULL ? one : "", other != NULL ? other : "") == 0;
}

void state_emit_settings(struct decision *decision, struct actor actor,
                         struct room *room,
                         const struct room_settings *settings,
                         const char *secret)
{
    struct event event =
        state_room_event(actor, room, EVENT_SETTINGS, REASON_NONE);
    char text[ROOM_SETTINGS_SIZE];

    room_settings_print(settings, &room->settings, text);
    if (secret != NULL && same_secret(secret, room->secret))
        secret = NULL;
    if (text[0] == '\0' && secret == NULL)
        return;
    event.text = text;
    event.secret = secret;
    state_emit_shown(decision, room, &event);
}

void state_emit_room_end(struct decision *decision, struct actor actor,
                         struct room *room)
{
    struct event event =
        state_room_event(actor, room, EVENT_ROOM_END, REASON_NONE);

    state_emit_shown(decision, room, &event);
}

static void emit_coming(struct decision *decision, struct room *room,
                        struct event *event, bool here)
{
    if (here &&
        room->here_count + 1 <= decision->state->rules.presence_events_max)
        event->n = room->n + 1;
    state_emit(decision, event);
}

void state_emit_join(struct decision *decision, struct actor actor,
                     struct room *room, enum rank rank)
{
    struct event event = state_room_event(actor, room, EVENT_JOIN, REASON_NONE);

    event.value = rank;
    emit_coming(decision, room, &event, actor.person->here);
    /* Leaving and coming again is no way around a slow room's pace. */
    state_find_member(actor.person, room)->posted_ms = decision->now.mono_ms;
}

static void emit_going(struct decision *decision, struct room *room,
                       struct event *event, bool here)
{
    if (here && room->here_count <= decision->state->rules.presence_events_max)
        event->n = room->n + 1;
    state_emit(decision, event);
}

/* Whether nobody is to come back to it. */
static bool is_deserted(const struct state *state, const struct room *room)
{
    bool lasts = room->settings.access != ROOM_DIRECT &&
                 (room->settings.lasting ||
                  state_is_default_room(&state->rules, room->name));

    return !lasts && room->member_count == 0;
}

void state_emit_leave(struct decision *decision, struct actor actor,
                      struct room *room, enum event_reason reason)
{
    struct event event = state_room_event(actor, room, EVENT_LEAVE, reason);

    assert(reason != REASON_GONE); /* that is an absence */
    emit_going(decision, room, &event, actor.person->here);
    if (is_deserted(decision->state, room))
        state_emit_room_end(decision, (struct actor){.person = NULL}, room);
}

void state_emit_absence(struct decision *decision, struct actor actor,
                        struct room *room, enum event_reason reason)
{
    struct event event = state_room_event(actor, room, EVENT_LEAVE, reason);

    event.value = reason != REASON_GONE; /* which says so by itself */
    emit_going(decision, room, &event, true);
}

/* ---- sessions ---- */

/* Whether the person is here by a session other than `session`. */
static bool is_here_otherwise(const struct session *session)
{
    const struct session *other;

    DL_FOREACH (session->person->sessions, other) {
        if (other != session && other->idle_at_ms == 0)
            return true;
    }
    return false;
}

void state_make_idle(struct decision *decision, struct session *session,
                     enum event_reason reason)
{
    struct actor actor = state_actor(session);
    struct event gone = state_person_event(actor, EVENT_PERSON_GONE, reason);
    struct member *member;

    if (is_here_otherwise(session))
        gone.value = 1;
    else
        DL_FOREACH (session->person->members, member)
            state_emit_absence(decision, actor, member->room, reason);
    state_emit(decision, &gone);
}

static void leave_all(struct decision *decision, struct actor actor,
                      enum event_reason reason)
{
    struct member *member, *next;

    DL_FOREACH_SAFE (actor.person->members, member, next)
        state_emit_leave(decision, actor, member->room, reason);
}

void state_end_session(struct decision *decision, struct session *session,
                       enum event_reason reason)
{
    struct actor actor = state_actor(session);
    bool is_last_here = session->idle_at_ms == 0 && !is_here_otherwise(session);

    if (actor.person->kind == PERSON_GUEST) {
        leave_all(decision, actor, reason);
        departed_add(&decision->state->departed, actor.person->key,
                     session->address);
    } else if (is_last_here) {
        state_make_idle(decision, session, reason);
    }
    struct event end = state_person_event(actor, EVENT_SESSION_END, reason);
    state_emit(decision, &end);
}

/* A request of a session that was idle makes it one that is here. */
static void come_back(struct decision *decision, struct session *session)
{
    struct actor actor = state_actor(session);
    bool was_here = actor.person->here;
    struct event back =
        state_person_event(actor, EVENT_PERSON_BACK, REASON_BACK);
    struct member *member;

    back.value = was_here;
    state_emit(decision, &back);
    if (was_here)
        return;
    DL_FOREACH (actor.person->members, member) {
        struct event join =
            state_room_event(actor, member->room, EVENT_JOIN, REASON_BACK);
        emit_coming(decision, member->room, &join, true);
    }
}

void state_see(struct decision *decision, struct session *session,
               int64_t seen_ms)
{
    session->bye_ms = 0;
    if (seen_ms > session->seen_ms)
        session->seen_ms = seen_ms;
    if (session->idle_at_ms != 0 || !session->person->here)
        come_back(decision, session);
}
