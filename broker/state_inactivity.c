/*
 * Who is here and does nothing: their page polls on, but for some minutes
 * nothing else was asked for, or the page says itself that nobody is in front
 * of it. People see them as "idle". Not logged: it is nobody's history.
 */
#include "broker/state_internal.h"

#include <utlist.h>

enum chat_result state_decide_idle(struct decision *decision)
{
    decision->session->says_idle = decision->command->on;
    return CHAT_OK;
}

void state_act(struct session *session, enum command_type type, int64_t mono_ms)
{
    if (type == COMMAND_EVENTS) /* what a poll asks for */
        return;
    session->acted_ms = mono_ms;
    session->says_idle = false;
}

static bool is_active(const struct state *state, const struct session *session,
                      int64_t mono_ms)
{
    return session->idle_at_ms == 0 && !session->says_idle &&
           session->acted_ms + state->rules.inactive_ms > mono_ms;
}

static bool is_inactive(const struct state *state, const struct person *person,
                        int64_t mono_ms)
{
    const struct session *session;

    DL_FOREACH (person->sessions, session) {
        if (is_active(state, session, mono_ms))
            return false;
    }
    return person->here;
}

/* Where the last look ended; from the beginning if nobody is there any more. */
static struct person *next_person(const struct state *state)
{
    struct person *person = state_find_person(state, state->look_pid);

    return person != NULL ? person : state->people_by_pid;
}

void state_note_inactivity(struct state *state, int64_t mono_ms,
                           state_room_fn *changed, void *context)
{
    struct person *person = next_person(state);
    const struct member *member;

    for (int looks = 0; person != NULL && looks < INACTIVITY_LOOKS_MAX;
         looks++, person = person->by_pid.next) {
        bool inactive = is_inactive(state, person, mono_ms);
        if (inactive == person->inactive)
            continue;
        person->inactive = inactive;
        if (!person->here)
            continue;
        DL_FOREACH (person->members, member)
            changed(context, member->room);
    }
    state->look_pid = person != NULL ? person->pid : 0;
}
