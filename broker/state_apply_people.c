/* Applying what concerns people and their sessions. */
#include "broker/state_internal.h"

#include <stdlib.h>

#include "common/alloc.h"

/* A guest comes with their session, and is here. */
static void add_guest(struct state *state, const struct event *event)
{
    state_add_person(state, &(struct stored_person){.pid = event->seq,
                                                    .kind = PERSON_GUEST,
                                                    .role = event->role,
                                                    .nick = event->from});
}

void state_apply_session_new(struct state *state, const struct event *event)
{
    bool is_guest = event->pid == 0 || event->pid == event->seq;

    if (is_guest)
        add_guest(state, event);
    state_add_session(state, &(struct stored_session){
                                 .sid = event->seq,
                                 .pid = is_guest ? event->seq : event->pid,
                                 .created_at_ms = event->at_ms,
                                 .token_hash = event->token_hash});
}

void state_apply_session_end(struct state *state, const struct event *event)
{
    struct session *session = state_find_session(state, event->sid);
    struct person *person = session->person;

    state_remove_session(state, session);
    if (person->kind == PERSON_GUEST)
        state_remove_person(state, person);
}

void state_apply_person_gone(struct state *state, const struct event *event)
{
    struct session *session = state_find_session(state, event->sid);

    session->idle_at_ms = event->at_ms;
    if (event->value != 0)
        return; /* here by another session */
    session->person->here = false;
    session->person->gone_at_ms = event->at_ms;
}

void state_apply_person_back(struct state *state, const struct event *event)
{
    struct session *session = state_find_session(state, event->sid);

    session->idle_at_ms = 0;
    session->person->here = true;
    session->person->gone_at_ms = 0;
}

void state_apply_person_new(struct state *state, const struct event *event)
{
    const struct stored_person account = {
        .pid = event->seq,
        .created_at_ms = event->at_ms,
        .gone_at_ms = event->at_ms,
        .kind = event->kind,
        .role = event->role,
        .nick = event->from,
        .name = event->to,
        .secret = event->secret,
        .maker_pid = event->to_pid,
    };

    if (event->sid != 0)
        state_make_account(state, state_find_session(state, event->sid)->person,
                           &account);
    else
        state_add_person(state, &account);
}

void state_apply_person_set(struct state *state, const struct event *event)
{
    struct person *person = state_event_person(state, event);

    person->role = event->role;
    if (event->secret != NULL)
        state_replace_secret(&person->secret, event->secret);
}

void state_apply_person_nick(struct state *state, const struct event *event)
{
    state_rename_person(state, state_event_person(state, event), event->to);
}

void state_apply_person_end(struct state *state, const struct event *event)
{
    state_remove_person(state, state_event_person(state, event));
}

void state_apply_block(struct state *state, const struct event *event)
{
    struct person *person = state_event_person(state, event);

    if (event->value != 0)
        state_add_block(person, event->to_pid);
    else
        state_remove_block(person, event->to_pid);
}
