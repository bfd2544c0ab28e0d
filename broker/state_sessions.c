/* Commands about sessions. */
#include "broker/state_internal.h"

#include <string.h>

/* The rooms a new session will be in. */
struct room_choice {
    char names[COMMAND_ROOMS_MAX][ROOM_SIZE];
    size_t count;
};

static bool choice_has(const struct room_choice *choice, const char *name)
{
    for (size_t i = 0; i < choice->count; i++) {
        if (strcmp(choice->names[i], name) == 0)
            return true;
    }
    return false;
}

static enum chat_result choose_rooms(const struct decision *decision,
                                     struct room_choice *choice)
{
    const struct state_rules *rules = &decision->state->rules;
    const struct command *command = decision->command;

    choice->count = 0;
    if (!command->has_rooms) {
        memcpy(choice->names, rules->default_rooms, sizeof(choice->names));
        choice->count = rules->default_room_count;
        return CHAT_OK;
    }
    for (size_t i = 0; i < command->room_count; i++) {
        char name[ROOM_SIZE];
        if (room_normalize(command->rooms[i], rules->room_bytes, name) !=
            CHAT_OK)
            return CHAT_BAD_ROOM;
        if (!choice_has(choice, name))
            memcpy(choice->names[choice->count++], name, sizeof(name));
    }
    return CHAT_OK;
}

static bool is_default_room(const struct state_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->default_room_count; i++) {
        if (strcmp(rules->default_rooms[i], name) == 0)
            return true;
    }
    return false;
}

/* Whether all rooms chosen are there or may be made. */
static enum chat_result check_choice(const struct state *state,
                                     const struct room_choice *choice)
{
    size_t missing = 0;

    for (size_t i = 0; i < choice->count; i++) {
        const char *name = choice->names[i];
        if (state_find_room_named(state, name) != NULL)
            continue;
        if (!state->rules.guests_make_rooms &&
            !is_default_room(&state->rules, name))
            return CHAT_NO_ROOM;
        missing++;
    }
    if (choice->count > state->rules.rooms_per_session)
        return CHAT_FORBIDDEN;
    if (HASH_CNT(by_rid, state->rooms_by_rid) + missing >
        state->rules.rooms_max)
        return CHAT_FORBIDDEN;
    return CHAT_OK;
}

/* Whether no other session has a nick of `key`, but the one that ends first. */
static enum chat_result check_nick_free(const struct state *state,
                                        const char *key,
                                        const struct session *replaced)
{
    const struct session *owner = state_find_session_by_key(state, key);

    return owner == NULL || owner == replaced ? CHAT_OK : CHAT_NICK_TAKEN;
}

/* Everything a new session asks for, checked; its nick as people see it. */
static enum chat_result check_session_new(const struct decision *decision,
                                          const struct session *replaced,
                                          char nick_out[NICK_SIZE],
                                          struct room_choice *choice_out)
{
    const struct state *state = decision->state;
    const struct command *command = decision->command;
    char key[NICK_KEY_SIZE];

    if (nick_normalize(command->nick, state->rules.nick_bytes, nick_out) !=
            CHAT_OK ||
        nick_key(nick_out, key) != CHAT_OK)
        return CHAT_BAD_NICK;
    enum chat_result result = choose_rooms(decision, choice_out);
    if (result == CHAT_OK)
        result = check_choice(state, choice_out);
    if (result == CHAT_OK)
        result = check_nick_free(state, key, replaced);
    if (result == CHAT_OK && replaced == NULL &&
        HASH_CNT(by_sid, state->sessions_by_sid) >= state->rules.sessions_max)
        result = CHAT_UNAVAILABLE;
    return result;
}

static struct session *emit_session(struct decision *decision, const char *nick)
{
    struct event event = {.type = EVENT_SESSION_NEW,
                          .role = ROLE_GUEST,
                          .sid = decision->state->head_seq + 1,
                          .from = nick,
                          .token_hash = decision->command->token_hash};
    struct session *session =
        state_find_session(decision->state, state_emit(decision, &event));

    session->seen_ms = decision->now.mono_ms;
    return session;
}

enum chat_result state_decide_session_new(struct decision *decision)
{
    struct state *state = decision->state;
    const struct command *command = decision->command;
    struct session *replaced =
        command->has_replaces
            ? state_find_session_by_token(state, command->replaces)
            : NULL;
    struct room_choice choice;
    char nick[NICK_SIZE];

    decision->session = state_find_session_by_token(state, command->token_hash);
    if (decision->session != NULL) {
        state_see(decision, decision->session, decision->now.mono_ms);
        return CHAT_REPEAT;
    }
    enum chat_result result =
        check_session_new(decision, replaced, nick, &choice);
    if (result != CHAT_OK)
        return result;

    if (replaced != NULL)
        state_end_session(decision, replaced, REASON_LOGOUT);
    decision->session = emit_session(decision, nick);
    for (size_t i = 0; i < choice.count; i++) {
        struct room *room = state_find_room_named(state, choice.names[i]);
        if (room == NULL)
            room = state_emit_room(decision, decision->session, choice.names[i],
                                   "", "");
        state_emit_join(decision, decision->session, room, REASON_NONE);
    }
    return CHAT_OK;
}

enum chat_result state_decide_session_get(struct decision *decision)
{
    decision->session = state_find_session_by_token(
        decision->state, decision->command->token_hash);
    if (decision->session == NULL)
        return CHAT_SESSION_REQUIRED;
    state_see(decision, decision->session, decision->now.mono_ms);
    return CHAT_OK;
}

enum chat_result state_decide_session_end(struct decision *decision)
{
    if (decision->session != NULL)
        state_end_session(decision, decision->session, REASON_LOGOUT);
    decision->session = NULL;
    return CHAT_OK;
}
