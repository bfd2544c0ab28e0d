/*
 * Nicks: who may have which, and the change of one's own. A nick is taken
 * when somebody has one that looks like it: see nick_skeleton().
 */
#include "broker/state_internal.h"

#include <string.h>
#include <utlist.h>

enum chat_result state_choose_nick(const struct state *state, const char *text,
                                   struct chosen_nick *chosen_out)
{
    struct chosen_nick chosen;

    if (nick_normalize(text, state->rules.nick_bytes, chosen.nick) != CHAT_OK ||
        nick_skeleton(chosen.nick, chosen.key) != CHAT_OK)
        return CHAT_BAD_NICK;
    *chosen_out = chosen;
    return CHAT_OK;
}

/* The list is keys one behind the other, each with its NUL, then "". */
static bool is_reserved(const struct state_rules *rules, const char *key)
{
    const char *reserved = rules->reserved_nicks;

    while (reserved[0] != '\0' && strcmp(reserved, key) != 0)
        reserved += strlen(reserved) + 1;
    return reserved[0] != '\0';
}

bool state_may_take_nick(const struct state *state, const struct person *person,
                         const struct chosen_nick *chosen)
{
    bool is_trusted = role_level(person->role) >= role_level(ROLE_MODERATOR) ||
                      person->kind == PERSON_SITE || person->kind == PERSON_BOT;

    return is_trusted || !is_reserved(&state->rules, chosen->key);
}

/*
 * The others are told in each room; a crowd, of which nobody has the list, is
 * not. By then the person has the new nick: `old_nick` is a copy.
 */
static void tell_rooms(struct decision *decision, const char *old_nick)
{
    const struct person *person = state_decider(decision);
    size_t shown_max = decision->state->rules.presence_events_max;
    struct member *member;

    DL_FOREACH (person->members, member) {
        if (member->room->here_count > shown_max)
            continue;
        struct event event =
            state_decider_event(decision, member->room, EVENT_NICK);
        event.from = old_nick;
        event.to = person->nick;
        state_emit_shown(decision, member->room, &event);
    }
}

void state_emit_nick(struct decision *decision, const char *nick)
{
    struct event event = state_decider_event(decision, NULL, EVENT_PERSON_NICK);
    char old_nick[NICK_SIZE];

    strcpy(old_nick, event.from);
    event.from = old_nick;
    event.to = nick;
    state_emit(decision, &event);
    tell_rooms(decision, old_nick);
}

enum chat_result state_decide_nick(struct decision *decision)
{
    const struct state *state = decision->state;
    const struct person *person = state_decider(decision);
    struct chosen_nick chosen;
    enum chat_result result =
        state_choose_nick(state, decision->command->nick, &chosen);

    if (result != CHAT_OK || strcmp(chosen.nick, person->nick) == 0)
        return result;
    const struct person *owner = state_find_person_by_key(state, chosen.key);
    if ((owner != NULL && owner != person) ||
        !state_may_take_nick(state, person, &chosen))
        return CHAT_NICK_TAKEN;
    result = state_take(decision, LIMITED_JOIN, NULL);
    if (result == CHAT_OK)
        state_emit_nick(decision, chosen.nick);
    return result;
}
