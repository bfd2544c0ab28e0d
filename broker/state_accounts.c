/*
 * Accounts of the chat's own: a nick that a passphrase goes with. Passphrases
 * and their hashing are the front ends' business; here a secret is a text.
 */
#include "broker/state_internal.h"

#include <string.h>
#include <utlist.h>

bool state_has_room_for_account(const struct state *state)
{
    return state->account_count < state->rules.accounts_max;
}

/* Each asking is a guess at the passphrase, also of a nick that nobody has. */
static enum chat_result take_guess(struct decision *decision, const char *key)
{
    struct state *state = decision->state;

    if (!state->rules.rate_limits ||
        guesses_take(&state->guesses, decision->command->address, key,
                     decision->now.mono_ms, &decision->outcome->retry_ms))
        return CHAT_OK;
    return CHAT_RATE_LIMITED;
}

/* The secret of `person`, to be compared with what somebody has given. */
static enum chat_result get_account(struct decision *decision, const char *key,
                                    const struct person *person)
{
    enum chat_result result = take_guess(decision, key);

    if (result != CHAT_OK)
        return result;
    if (person == NULL || person->kind != PERSON_REGISTERED)
        return CHAT_NOT_FOUND;
    decision->outcome->pid = person->pid;
    return CHAT_OK;
}

enum chat_result state_decide_account_get(struct decision *decision)
{
    const struct state *state = decision->state;
    const struct command *command = decision->command;
    struct chosen_nick chosen;

    if (command->sid != 0) { /* one's own */
        decision->session = state_find_session(state, command->sid);
        const struct person *person = state_decider(decision);
        return person != NULL ? get_account(decision, person->key, person)
                              : CHAT_SESSION_REQUIRED;
    }
    if (command->nick == NULL ||
        state_choose_nick(state, command->nick, &chosen) != CHAT_OK)
        return CHAT_NOT_FOUND;
    return get_account(decision, chosen.key,
                       state_find_person_by_key(state, chosen.key));
}

/* Whether this was done before, and only the answer was lost. */
static bool has_secret(const struct person *person, const char *secret)
{
    return person->secret != NULL && strcmp(person->secret, secret) == 0;
}

enum chat_result state_decide_register(struct decision *decision)
{
    const struct state *state = decision->state;
    const struct person *guest = state_decider(decision);
    enum role role = guest->role;
    const char *secret = decision->command->secret;

    if (has_secret(guest, secret))
        return CHAT_OK;
    if (guest->kind != PERSON_GUEST || !state->rules.registration ||
        secret[0] == '\0' || !state_has_room_for_account(state))
        return CHAT_FORBIDDEN;
    struct event event = state_decider_event(decision, NULL, EVENT_PERSON_NEW);
    event.pid = state->head_seq + 1;
    event.kind = PERSON_REGISTERED;
    if (role_level(guest->role) < role_level(ROLE_MEMBER))
        event.role = ROLE_MEMBER;
    event.secret = secret;
    state_emit(decision, &event);
    if (guest->role != role) /* who is the account now */
        state_tell_role(decision, guest);
    return CHAT_OK;
}

/* They leave all rooms and are forgotten; their messages stay. */
static void end_account(struct decision *decision, struct person *person)
{
    struct actor actor = state_actor(decision->session);
    struct member *member, *next;

    DL_FOREACH_SAFE (person->members, member, next)
        state_emit_leave(decision, actor, member->room, REASON_LOGOUT);
    state_end_others(decision, person, decision->session);
    state_end_session(decision, decision->session, REASON_LOGOUT);
    decision->session = NULL;
    struct event event = state_person_event((struct actor){.person = person},
                                            EVENT_PERSON_END, REASON_NONE);
    state_emit(decision, &event);
}

enum chat_result state_decide_passphrase(struct decision *decision)
{
    const char *secret = decision->command->secret;

    if (decision->session == NULL) /* an account's end, for the second time? */
        return secret[0] == '\0' ? CHAT_OK : CHAT_SESSION_REQUIRED;
    struct person *person = state_decider(decision);
    state_see(decision, decision->session, decision->now.mono_ms);
    if (person->kind != PERSON_REGISTERED)
        return CHAT_FORBIDDEN;
    if (secret[0] == '\0') {
        end_account(decision, person);
    } else if (!has_secret(person, secret)) {
        struct event event =
            state_decider_event(decision, NULL, EVENT_PERSON_SET);
        event.secret = secret;
        state_emit(decision, &event);
        state_end_others(decision, person, decision->session);
    }
    return CHAT_OK;
}
