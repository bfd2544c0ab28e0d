/* One's own sessions: what there are, ending them, the page's goodbye. */
#include "broker/state_internal.h"

#include <utlist.h>

enum chat_result state_decide_own(struct decision *decision)
{
    decision->outcome->pid = state_decider(decision)->pid;
    return CHAT_OK;
}

void state_end_others(struct decision *decision, struct person *person,
                      const struct session *kept)
{
    struct session *session, *next;

    DL_FOREACH_SAFE (person->sessions, session, next) {
        if (session != kept)
            state_end_session(decision, session, REASON_REVOKED);
    }
}

/* The decider's own session goes last: so they are gone once, not twice. */
static void end_all(struct decision *decision)
{
    state_end_others(decision, state_decider(decision), decision->session);
    state_end_session(decision, decision->session, REASON_REVOKED);
    decision->session = NULL;
}

enum chat_result state_decide_session_revoke(struct decision *decision)
{
    int64_t target = decision->command->target;

    if (decision->session == NULL)
        return CHAT_OK; /* and this is the second time */
    state_see(decision, decision->session, decision->now.mono_ms);
    if (target == 0) {
        end_all(decision);
        return CHAT_OK;
    }
    struct session *session = state_find_session(decision->state, target);
    if (session == NULL) /* it has ended, if it ever was */
        return target <= decision->state->head_seq ? CHAT_OK : CHAT_NOT_FOUND;
    if (session->person != state_decider(decision))
        return CHAT_NOT_FOUND;
    if (session == decision->session)
        decision->session = NULL;
    state_end_session(decision, session, REASON_REVOKED);
    return CHAT_OK;
}

/* Whatever the session asks for after this takes it back. */
enum chat_result state_decide_bye(struct decision *decision)
{
    decision->session->bye_ms = decision->now.mono_ms;
    return CHAT_OK;
}
