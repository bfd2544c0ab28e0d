/* What one does about other people: look at them, block them, give a role. */
#include "broker/state_internal.h"

#include <utlist.h>

enum chat_result state_decide_person_get(struct decision *decision)
{
    struct person *person;

    return state_named_person(decision, &person);
}

/* ---- roles ---- */

void state_tell_role(struct decision *decision, const struct person *person)
{
    size_t shown_max = decision->state->rules.presence_events_max;
    struct member *member;

    DL_FOREACH (person->members, member) {
        if (member->room->here_count > shown_max)
            continue;
        struct event event =
            state_decider_event(decision, member->room, EVENT_ROLE);
        event.role = person->role;
        state_emit_to(decision, member->room, person, &event);
    }
}

void state_emit_role(struct decision *decision, struct person *person,
                     enum role role)
{
    const struct person *giver = state_decider(decision);
    struct event event = state_person_event((struct actor){.person = person},
                                            EVENT_PERSON_SET, REASON_NONE);

    event.role = role;
    if (giver != NULL) {
        event.to = giver->nick;
        event.to_pid = giver->pid;
    }
    state_emit(decision, &event);
    state_tell_role(decision, person);
}

enum chat_result state_decide_role(struct decision *decision)
{
    struct person *person;
    enum role role;

    if (role_parse(decision->command->word, &role) != CHAT_OK ||
        role == ROLE_VISITOR)
        return CHAT_BAD_REQUEST;
    enum chat_result result = state_named_person(decision, &person);
    if (result != CHAT_OK)
        return result;
    bool is_own = person == state_decider(decision);
    if (is_own && person->role == role)
        return CHAT_OK; /* also who has just stepped down, the second time */
    result = state_check(decision, NULL, RIGHT_ROLES);
    if (result != CHAT_OK || person->role == role)
        return result;
    if (!is_own)
        result = state_check_against(decision, NULL, RIGHT_ROLES, person);
    if (result == CHAT_OK)
        state_emit_role(decision, person, role);
    return result;
}

/* The operator's word, at a start: somebody must be the first. */
enum chat_result state_decide_appoint(struct decision *decision)
{
    const struct state *state = decision->state;
    struct person *person = NULL;
    struct chosen_nick chosen;

    if (state_choose_nick(state, decision->command->nick, &chosen) == CHAT_OK)
        person = state_find_person_by_key(state, chosen.key);
    if (person == NULL || person->kind != PERSON_REGISTERED)
        return CHAT_NOT_FOUND;
    if (person->role != ROLE_ADMIN)
        state_emit_role(decision, person, ROLE_ADMIN);
    return CHAT_OK;
}

/* ---- blocks ---- */

static size_t block_count(const struct person *person)
{
    const struct block *block;
    size_t count = 0;

    DL_COUNT(person->blocks, block, count);
    return count;
}

static void emit_block(struct decision *decision, int64_t to_pid,
                       const char *to, bool on)
{
    struct event event = state_decider_event(decision, NULL, EVENT_BLOCK);

    event.to_pid = to_pid;
    event.to = to;
    event.value = on;
    state_emit(decision, &event);
}

/* Guests go and their blocks stay, until the place is needed. */
static void forget_gone(struct decision *decision)
{
    struct block *block, *next;

    DL_FOREACH_SAFE (state_decider(decision)->blocks, block, next) {
        if (state_find_person(decision->state, block->to_pid) == NULL)
            emit_block(decision, block->to_pid, NULL, false);
    }
}

static enum chat_result block(struct decision *decision,
                              const struct person *other)
{
    const struct person *person = state_decider(decision);
    size_t blocks_max = decision->state->rules.blocks_max;

    if (other == person)
        return CHAT_FORBIDDEN;
    if (block_count(person) >= blocks_max)
        forget_gone(decision);
    if (block_count(person) >= blocks_max)
        return CHAT_FORBIDDEN;
    emit_block(decision, other->pid, other->nick, true);
    return CHAT_OK;
}

enum chat_result state_decide_block(struct decision *decision)
{
    const struct person *person = state_decider(decision);
    bool on = decision->command->on;
    struct person *other;
    enum chat_result result = state_named_person(decision, &other);

    if (result != CHAT_OK || state_has_blocked(person, other->pid) == on)
        return result;
    if (on)
        return block(decision, other);
    emit_block(decision, other->pid, other->nick, false);
    return CHAT_OK;
}
