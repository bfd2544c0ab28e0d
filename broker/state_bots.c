/*
 * Bots: accounts of programs. A bot has one session, which it is made with and
 * which lasts until the bot is ended; whoever has its token is the bot. Admins
 * make them, and people with an account who own a room, a few each.
 */
#include "broker/state_internal.h"

#include <string.h>
#include <utlist.h>

/* The bot that this very command made before; NULL: it did not. */
static const struct person *find_made(const struct decision *decision,
                                      const struct chosen_nick *chosen)
{
    const struct session *session = state_find_session_by_token(
        decision->state, decision->command->token_hash);

    return session != NULL && session->person->kind == PERSON_BOT &&
                   strcmp(session->person->key, chosen->key) == 0
               ? session->person
               : NULL;
}

/* Bots of one person, unless it is an admin. */
enum { BOTS_MADE_MAX = 5 };

static size_t made_count(const struct state *state, int64_t maker_pid)
{
    const struct person *person = state->people_by_pid;
    size_t count = 0;

    for (; person != NULL; person = person->by_pid.next)
        count += person->maker_pid == maker_pid;
    return count;
}

/* Who owns a room may have programs in it. */
static enum chat_result check_maker(const struct decision *decision)
{
    const struct person *maker = state_decider(decision);
    enum chat_result result = state_check(decision, NULL, RIGHT_BOTS);

    if (result != CHAT_FORBIDDEN || maker->kind == PERSON_GUEST ||
        maker->kind == PERSON_BOT || state_owned_count(maker) == 0)
        return result;
    return made_count(decision->state, maker->pid) < BOTS_MADE_MAX
               ? CHAT_OK
               : CHAT_FORBIDDEN;
}

/* What is not said is `guest`. A bot is less than who makes it. */
static enum chat_result take_role(const struct decision *decision,
                                  enum role *role_out)
{
    const char *word = decision->command->word;
    enum role role = ROLE_GUEST;

    if (word != NULL &&
        (role_parse(word, &role) != CHAT_OK || role == ROLE_VISITOR))
        return CHAT_BAD_REQUEST;
    if (role_level(role) >= role_level(state_decider(decision)->role))
        return CHAT_FORBIDDEN;
    *role_out = role;
    return CHAT_OK;
}

static enum chat_result check_free(const struct decision *decision,
                                   const struct chosen_nick *chosen)
{
    const struct state *state = decision->state;

    if (state_find_person_by_key(state, chosen->key) != NULL ||
        state_find_session_by_token(state, decision->command->token_hash) !=
            NULL)
        return CHAT_NICK_TAKEN;
    if (!state_has_room_for_account(state))
        return CHAT_FORBIDDEN;
    return HASH_CNT(by_sid, state->sessions_by_sid) < state->rules.sessions_max
               ? CHAT_OK
               : CHAT_UNAVAILABLE;
}

static struct person *emit_bot(struct decision *decision, const char *nick,
                               enum role role)
{
    int64_t pid = decision->state->head_seq + 1;
    struct event made = {.type = EVENT_PERSON_NEW,
                         .kind = PERSON_BOT,
                         .role = role,
                         .pid = pid,
                         .to_pid = state_decider(decision)->pid,
                         .from = nick};

    state_emit(decision, &made);
    struct event session = made;
    session.type = EVENT_SESSION_NEW;
    session.sid = pid + 1;
    session.to_pid = 0;
    session.token_hash = decision->command->token_hash;
    state_emit(decision, &session);
    return state_find_person(decision->state, pid);
}

enum chat_result state_decide_bot_new(struct decision *decision)
{
    struct chosen_nick chosen;
    enum role role;
    enum chat_result result =
        state_choose_nick(decision->state, decision->command->nick, &chosen);

    if (result == CHAT_OK)
        result = take_role(decision, &role);
    if (result != CHAT_OK)
        return result;
    const struct person *made = find_made(decision, &chosen);
    if (made != NULL) {
        decision->outcome->pid = made->pid;
        return CHAT_REPEAT;
    }
    result = check_maker(decision);
    if (result == CHAT_OK)
        result = check_free(decision, &chosen);
    if (result != CHAT_OK)
        return result;
    struct person *bot = emit_bot(decision, chosen.nick, role);
    decision->outcome->pid = bot->pid;
    state_see(decision, bot->sessions, decision->now.mono_ms);
    return CHAT_OK;
}

/* It leaves all rooms and is forgotten; its messages stay. */
enum chat_result state_decide_bot_end(struct decision *decision)
{
    struct person *bot;
    struct member *member, *next;
    enum chat_result right = state_check(decision, NULL, RIGHT_BOTS);
    enum chat_result result = state_named_person(decision, &bot);

    if (result != CHAT_OK)
        return right == CHAT_OK ? result : right;
    if (right != CHAT_OK && bot->maker_pid != state_decider(decision)->pid)
        return right;
    if (bot->kind != PERSON_BOT)
        return CHAT_NOT_FOUND;
    struct actor actor = {.person = bot};
    DL_FOREACH_SAFE (bot->members, member, next)
        state_emit_leave(decision, actor, member->room, REASON_REVOKED);
    while (bot->sessions != NULL)
        state_end_session(decision, bot->sessions, REASON_REVOKED);
    struct event end = state_person_event(actor, EVENT_PERSON_END, REASON_NONE);
    state_emit(decision, &end);
    decision->outcome->pid = 0;
    return CHAT_OK;
}
