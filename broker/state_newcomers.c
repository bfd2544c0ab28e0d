/*
 * Who a new session is for: a guest, who is there from then on; an account
 * whose passphrase the front end has seen; or somebody whom the site has
 * logged in, known here by the site's name for them from the first time on.
 */
#include "broker/state_internal.h"

#include <stdio.h>
#include <string.h>

#include "common/names.h"

/* Of the nick that the site gives, with a number where it is taken. */
enum { NUMBERED_NICKS_MAX = 99 };

const struct person *state_newcomer_person(const struct newcomer *newcomer)
{
    return newcomer->account != NULL ? newcomer->account : &newcomer->to_be;
}

/* ---- meeting ---- */

static enum chat_result meet_account(const struct decision *decision,
                                     struct newcomer *newcomer)
{
    newcomer->account =
        state_find_person(decision->state, decision->command->pid);
    return newcomer->account != NULL && newcomer->account->kind != PERSON_GUEST
               ? CHAT_OK
               : CHAT_SESSION_REQUIRED;
}

/* Somebody who is not there yet; who may have the nick comes later. */
static enum chat_result meet_stranger(const struct decision *decision,
                                      struct newcomer *newcomer)
{
    const struct command *command = decision->command;
    struct chosen_nick *chosen = &newcomer->chosen;
    enum chat_result result =
        state_choose_nick(decision->state, command->nick, chosen);

    if (result == CHAT_OK)
        newcomer->to_be = (struct person){.kind = command->kind,
                                          .role = command->role,
                                          .nick = chosen->nick,
                                          .key = chosen->key};
    return result;
}

/* A role that the site does not name is `guest` on the wire. */
static enum chat_result meet_site_person(const struct decision *decision,
                                         struct newcomer *newcomer)
{
    const char *name = decision->command->name;

    if (name == NULL || name[0] == '\0' ||
        topic_check(name, SITE_NAME_BYTES_MAX) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    newcomer->account = state_find_person_named(decision->state, name);
    if (newcomer->account != NULL)
        return CHAT_OK;
    enum chat_result result = meet_stranger(decision, newcomer);
    if (newcomer->to_be.role == ROLE_GUEST)
        newcomer->to_be.role = ROLE_MEMBER;
    return result;
}

enum chat_result state_meet_newcomer(const struct decision *decision,
                                     struct newcomer *newcomer)
{
    const struct command *command = decision->command;

    *newcomer = (struct newcomer){.account = NULL};
    if (command->has_replaces)
        newcomer->replaced =
            state_find_session_by_token(decision->state, command->replaces);
    if (command->pid != 0)
        return meet_account(decision, newcomer);
    if (command->kind == PERSON_SITE)
        return meet_site_person(decision, newcomer);
    if (command->kind != PERSON_GUEST || command->role != ROLE_GUEST)
        return CHAT_BAD_REQUEST;
    return meet_stranger(decision, newcomer);
}

/* ---- checks ---- */

enum chat_result state_check_newcomer(const struct decision *decision,
                                      const struct newcomer *newcomer)
{
    const struct person *person = state_newcomer_person(newcomer);
    bool banned =
        state_is_banned(decision->state, person, decision->command->address,
                        NULL, decision->now.wall_ms);

    return banned && person->role != ROLE_ADMIN ? CHAT_BANNED : CHAT_OK;
}

/* Whether nobody else has the nick, but the guest who goes first. */
static bool has_free_nick(const struct state *state,
                          const struct newcomer *newcomer)
{
    const struct person *owner =
        state_find_person_by_key(state, newcomer->chosen.key);
    const struct session *replaced = newcomer->replaced;

    if (!state_may_take_nick(state, &newcomer->to_be, &newcomer->chosen))
        return false;
    return owner == NULL || (replaced != NULL && replaced->person == owner &&
                             owner->kind == PERSON_GUEST);
}

/* The site has let them in: a nick that is taken does not keep them out. */
static enum chat_result number_nick(const struct decision *decision,
                                    struct newcomer *newcomer)
{
    char numbered[NICK_SIZE + 8];

    for (int number = 2; number <= NUMBERED_NICKS_MAX; number++) {
        (void)snprintf(numbered, sizeof(numbered), "%s-%d",
                       decision->command->nick, number);
        if (state_choose_nick(decision->state, numbered, &newcomer->chosen) ==
                CHAT_OK &&
            has_free_nick(decision->state, newcomer))
            return CHAT_OK;
    }
    return CHAT_NICK_TAKEN;
}

enum chat_result state_settle_nick(const struct decision *decision,
                                   struct newcomer *newcomer)
{
    if (newcomer->account != NULL || has_free_nick(decision->state, newcomer))
        return CHAT_OK;
    if (newcomer->to_be.kind != PERSON_SITE)
        return CHAT_NICK_TAKEN;
    return state_has_room_for_account(decision->state)
               ? number_nick(decision, newcomer)
               : CHAT_UNAVAILABLE;
}

/* ---- letting in ---- */

static void emit_account(struct decision *decision, struct newcomer *newcomer)
{
    struct event event =
        state_person_event((struct actor){.person = &newcomer->to_be},
                           EVENT_PERSON_NEW, REASON_NONE);

    event.pid = decision->state->head_seq + 1;
    event.to = decision->command->name;
    newcomer->account =
        state_find_person(decision->state, state_emit(decision, &event));
}

void state_admit_newcomer(struct decision *decision, struct newcomer *newcomer)
{
    struct person *account = newcomer->account;
    enum role role = decision->command->role;

    if (account == NULL && newcomer->to_be.kind == PERSON_SITE)
        emit_account(decision, newcomer);
    else if (account != NULL && account->kind == PERSON_SITE &&
             role != ROLE_GUEST && role != account->role)
        state_emit_role(decision, account, role);
}
