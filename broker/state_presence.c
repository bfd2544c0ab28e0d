/* Who is here, who is gone, whose session is over. */
#include "broker/state_internal.h"

/* A page that says goodbye may have polled a moment before. */
static bool is_before_bye(const struct session *session, int64_t seen_ms)
{
    return session->bye_ms != 0 && seen_ms <= session->bye_ms + BYE_SLACK_MS;
}

enum chat_result state_decide_touch(struct decision *decision)
{
    const struct command *command = decision->command;
    int64_t grace_ms = decision->state->rules.grace_ms;

    for (size_t i = 0; i < command->touch_count; i++) {
        const struct touch *touch = &command->touches[i];
        struct session *session =
            state_find_session(decision->state, touch->sid);
        int64_t seen_ms = decision->now.mono_ms - touch->age_ms;
        if (session != NULL && touch->age_ms < grace_ms &&
            !is_before_bye(session, seen_ms))
            state_see(decision, session, seen_ms);
    }
    return CHAT_OK;
}

static bool is_unseen(const struct state *state, const struct session *session,
                      struct moment now)
{
    int64_t seen_ms =
        session->seen_ms > state->heard_ms ? session->seen_ms : state->heard_ms;

    if (session->idle_at_ms != 0)
        return false;
    return seen_ms + state->rules.grace_ms <= now.mono_ms ||
           (session->bye_ms != 0 && session->bye_ms + BYE_MS <= now.mono_ms);
}

/*
 * Unused for too long, or too old, used or not. A bot's session lasts until
 * it is ended.
 */
static bool is_expired(const struct state *state, const struct session *session,
                       struct moment now)
{
    const struct state_rules *rules = &state->rules;

    if (session->person->kind == PERSON_BOT)
        return false;
    return (session->idle_at_ms != 0 &&
            session->idle_at_ms + rules->session_idle_ms <= now.wall_ms) ||
           session->created_at_ms + rules->session_max_ms <= now.wall_ms;
}

enum chat_result state_decide_gone(struct decision *decision)
{
    struct session *session = decision->session;

    if (session != NULL && is_unseen(decision->state, session, decision->now))
        state_make_idle(decision, session, REASON_GONE);
    return CHAT_OK;
}

enum chat_result state_decide_expire(struct decision *decision)
{
    struct session *session = decision->session;

    if (session != NULL && is_expired(decision->state, session, decision->now))
        state_end_session(decision, session, REASON_EXPIRED);
    decision->session = NULL;
    return CHAT_OK;
}

void state_was_deaf(struct state *state, int64_t mono_ms)
{
    state->heard_ms = mono_ms;
}

size_t state_due(const struct state *state, struct moment now,
                 struct command *commands, size_t count_max)
{
    const struct session *session = state->sessions_by_sid;
    size_t count = 0;

    for (; session != NULL && count < count_max;
         session = session->by_sid.next) {
        if (is_unseen(state, session, now))
            commands[count++] =
                (struct command){.type = COMMAND_GONE, .sid = session->sid};
        else if (is_expired(state, session, now))
            commands[count++] =
                (struct command){.type = COMMAND_EXPIRE, .sid = session->sid};
    }
    return count;
}
