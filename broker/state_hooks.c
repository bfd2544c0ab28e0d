/*
 * Hooks of rooms: ways in for programs that have nothing but a token, and out
 * to programs that have a URL. A hook is no person: it is in no room, and
 * what comes by it is said by the hook.
 */
#include "broker/state_internal.h"

#include <string.h>
#include <utlist.h>

#include "broker/hook_url.h"

/* Posts of one incoming hook, lasting and at once. */
#define HOOK_POSTS_PER_SECOND 1.0
#define HOOK_POSTS_BURST 60

static bool is_incoming(const struct command *command)
{
    static const unsigned char none[TOKEN_HASH_BYTES];

    return memcmp(command->token_hash, none, sizeof(none)) != 0;
}

/* ---- making and ending ---- */

/* A hook has one of two: a token, or a URL with the key of its signatures. */
static enum chat_result check_kind(const struct command *command)
{
    if (is_incoming(command))
        return command->text == NULL ? CHAT_OK : CHAT_BAD_TEXT;
    if (command->text == NULL || command->secret == NULL ||
        command->secret[0] == '\0')
        return CHAT_BAD_TEXT;
    return hook_url_check(command->text);
}

/* The hook that this very command made before; NULL: it did not. */
static const struct hook *find_made(const struct room *room,
                                    const struct command *command)
{
    const struct hook *hook;

    DL_FOREACH (room->hooks, hook) {
        if (hook->has_token ? memcmp(hook->token_hash, command->token_hash,
                                     TOKEN_HASH_BYTES) == 0
                            : command->secret != NULL &&
                                  strcmp(hook->secret, command->secret) == 0)
            return hook;
    }
    return NULL;
}

static bool has_room_for_hook(const struct room *room)
{
    const struct hook *hook;
    int count;

    DL_COUNT(room->hooks, hook, count);
    return count < ROOM_HOOKS_MAX;
}

enum chat_result state_decide_hook_new(struct decision *decision)
{
    const struct command *command = decision->command;
    char name[NICK_SIZE];
    struct room *room;

    if (nick_normalize(command->nick, decision->state->rules.nick_bytes,
                       name) != CHAT_OK)
        return CHAT_BAD_NICK;
    enum chat_result result = check_kind(command);
    if (result == CHAT_OK)
        result = state_room_for(decision, RIGHT_HOOKS, &room);
    if (result != CHAT_OK)
        return result;
    const struct hook *made = find_made(room, command);
    if (made != NULL) {
        decision->outcome->seq = made->seq;
        return CHAT_REPEAT;
    }
    if (!has_room_for_hook(room) ||
        state_find_hook_by_token(decision->state, command->token_hash) != NULL)
        return CHAT_FORBIDDEN;
    struct event event = state_decider_event(decision, room, EVENT_HOOK_NEW);
    event.to = name;
    event.text = command->text;
    event.secret = command->secret;
    if (is_incoming(command))
        event.token_hash = command->token_hash;
    decision->outcome->seq = state_emit(decision, &event);
    return CHAT_OK;
}

enum chat_result state_decide_hooks(struct decision *decision)
{
    struct room *room;

    return state_room_for(decision, RIGHT_HOOKS, &room);
}

enum chat_result state_decide_hook_end(struct decision *decision)
{
    struct room *room;
    enum chat_result result = state_room_for(decision, RIGHT_HOOKS, &room);

    if (result != CHAT_OK)
        return result;
    const struct hook *hook = state_find_hook(room, decision->command->target);
    if (hook == NULL)
        return state_is_past(decision, decision->command->target);
    struct event event = state_decider_event(decision, room, EVENT_HOOK_END);
    event.target = hook->seq;
    event.to = hook->name;
    state_emit(decision, &event);
    return CHAT_OK;
}

/* ---- what comes in ---- */

static enum chat_result take_post(const struct decision *decision,
                                  struct hook *hook)
{
    const struct bucket_rate rate =
        bucket_rate(HOOK_POSTS_PER_SECOND, 1000, HOOK_POSTS_BURST);
    int64_t mono_ms = decision->now.mono_ms;
    int64_t wait_ms = bucket_wait_ms(&hook->posts, &rate, mono_ms);

    if (!decision->state->rules.rate_limits)
        return CHAT_OK;
    decision->outcome->retry_ms = wait_ms;
    if (wait_ms > 0)
        return CHAT_RATE_LIMITED;
    bucket_take(&hook->posts, &rate, mono_ms);
    return state_take(decision, LIMITED_POST, hook->room);
}

/* `by`: as it is shown; "": not said. */
static enum chat_result check_post(const struct decision *decision,
                                   char by[NICK_SIZE])
{
    const struct state_rules *rules = &decision->state->rules;
    const struct command *command = decision->command;

    by[0] = '\0';
    if (id_check(command->id, ID_SIZE - 1) != CHAT_OK)
        return CHAT_BAD_ID;
    if (message_text_check(command->text, rules->text_bytes) != CHAT_OK)
        return CHAT_BAD_TEXT;
    if (command->nick == NULL)
        return CHAT_OK;
    return nick_normalize(command->nick, rules->nick_bytes, by);
}

/*
 * The hook's own seq stands where a person's message has the session: no
 * session has that number, and ids are remembered by it.
 */
static enum chat_result decide_hook_post(struct decision *decision)
{
    const struct command *command = decision->command;
    struct hook *hook =
        state_find_hook_by_token(decision->state, command->token_hash);
    char by[NICK_SIZE];

    if (hook == NULL)
        return CHAT_NOT_FOUND;
    if (decision->has_listed_word) /* nobody is there to wait for it */
        return CHAT_BAD_TEXT;
    enum chat_result result = check_post(decision, by);
    if (result != CHAT_OK)
        return result;
    struct event event =
        state_decider_event(decision, hook->room, EVENT_MESSAGE);
    event.sid = hook->seq;
    event.target = hook->seq;
    event.from = hook->name;
    event.to = by[0] != '\0' ? by : NULL;
    event.text = command->text;
    event.id = command->id;
    result = state_recall_post(decision, &event);
    if (result != CHAT_OK)
        return result;
    if (hook->room->settings.archived)
        return CHAT_FORBIDDEN;
    result = take_post(decision, hook);
    if (result != CHAT_OK)
        return result;
    state_emit_shown(decision, hook->room, &event);
    decision->outcome->seq = event.seq;
    decision->outcome->n = event.n;
    decision->outcome->at_ms = event.at_ms;
    return CHAT_OK;
}

enum chat_result state_decide_hook_post(struct decision *decision)
{
    return state_decide_screened(decision, decide_hook_post);
}
