/* Commands about sessions. */
#include "broker/state_internal.h"

#include <string.h>
#include <utlist.h>

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

/* ---- their rooms ---- */

/*
 * The default rooms, or those it names. An account that is in any room stays
 * in its own, unless it names others besides.
 */
static enum chat_result choose_rooms(const struct decision *decision,
                                     const struct newcomer *newcomer,
                                     struct room_choice *choice)
{
    const struct state_rules *rules = &decision->state->rules;
    const struct command *command = decision->command;

    choice->count = 0;
    if (!command->has_rooms) {
        if (newcomer->account != NULL && newcomer->account->room_count > 0)
            return CHAT_OK;
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

static enum chat_result check_room(const struct decision *decision,
                                   const struct newcomer *newcomer,
                                   const struct room *room)
{
    const struct person *person = state_newcomer_person(newcomer);
    const struct rights_question question = {
        .person = person,
        .room = room,
        .member = state_find_place(person, room),
        .banned =
            state_is_banned(decision->state, person, decision->command->address,
                            room, decision->now.wall_ms),
        .wall_ms = decision->now.wall_ms,
    };

    if (question.member != NULL && question.member->joined_seq != 0)
        return CHAT_OK; /* is in it already */
    if (!state_has_space(decision->state, room))
        return CHAT_FORBIDDEN;
    return rights_check(&question, RIGHT_JOIN);
}

/*
 * Which of the rooms chosen they will be in. What somebody names and may not
 * join is refused; of the default rooms it is left out.
 */
static enum chat_result check_existing(const struct decision *decision,
                                       const struct newcomer *newcomer,
                                       struct room_choice *choice)
{
    size_t kept = 0;

    for (size_t i = 0; i < choice->count; i++) {
        const struct room *room =
            state_find_room_named(decision->state, choice->names[i]);
        enum chat_result result =
            room != NULL ? check_room(decision, newcomer, room) : CHAT_OK;
        if (result != CHAT_OK && decision->command->has_rooms)
            return result;
        if (result == CHAT_OK)
            memmove(choice->names[kept++], choice->names[i], ROOM_SIZE);
    }
    choice->count = kept;
    return CHAT_OK;
}

/* How many rooms the account is in already, besides those chosen. */
static size_t other_room_count(const struct newcomer *newcomer,
                               const struct room_choice *choice)
{
    const struct member *member;
    size_t count = 0;

    if (newcomer->account == NULL)
        return 0;
    DL_FOREACH (newcomer->account->members, member) {
        if (!choice_has(choice, member->room->name))
            count++;
    }
    return count;
}

/* Whether all rooms chosen are there or may be made. */
static enum chat_result check_choice(const struct decision *decision,
                                     const struct newcomer *newcomer,
                                     const struct room_choice *choice)
{
    const struct state *state = decision->state;
    enum role role = state_newcomer_person(newcomer)->role;
    size_t owned = state_owned_count(state_newcomer_person(newcomer));
    size_t missing = 0;

    for (size_t i = 0; i < choice->count; i++) {
        const char *name = choice->names[i];
        if (state_find_room_named(state, name) != NULL)
            continue;
        if (!state_makes_rooms(&state->rules, role) &&
            !state_is_default_room(&state->rules, name))
            return CHAT_NO_ROOM;
        missing++;
    }
    if (choice->count + other_room_count(newcomer, choice) >
        state->rules.rooms_per_session)
        return CHAT_FORBIDDEN;
    if (HASH_CNT(by_rid, state->rooms_by_rid) + missing >
            state->rules.rooms_max ||
        owned + missing > state->rules.rooms_owned_max)
        return CHAT_FORBIDDEN;
    return CHAT_OK;
}

/* ---- deciding ---- */

/* Everything a new session asks for, checked. */
static enum chat_result check_session_new(const struct decision *decision,
                                          struct newcomer *newcomer_out,
                                          struct room_choice *choice_out)
{
    const struct state *state = decision->state;
    enum chat_result result = state_meet_newcomer(decision, newcomer_out);

    if (result == CHAT_OK)
        result = choose_rooms(decision, newcomer_out, choice_out);
    if (result == CHAT_OK)
        result = state_check_newcomer(decision, newcomer_out);
    if (result == CHAT_OK)
        result = check_existing(decision, newcomer_out, choice_out);
    if (result == CHAT_OK)
        result = check_choice(decision, newcomer_out, choice_out);
    if (result == CHAT_OK)
        result = state_settle_nick(decision, newcomer_out);
    if (result == CHAT_OK && newcomer_out->replaced == NULL &&
        HASH_CNT(by_sid, state->sessions_by_sid) >= state->rules.sessions_max)
        result = CHAT_UNAVAILABLE;
    return result == CHAT_OK ? state_take(decision, LIMITED_LOGIN, NULL)
                             : result;
}

static struct session *emit_session(struct decision *decision,
                                    const struct newcomer *newcomer)
{
    const struct person *person = state_newcomer_person(newcomer);
    int64_t sid = decision->state->head_seq + 1;
    struct event event = {.type = EVENT_SESSION_NEW,
                          .role = person->role,
                          .kind = person->kind,
                          .pid = person->pid != 0 ? person->pid : sid,
                          .sid = sid,
                          .from = person->nick,
                          .token_hash = decision->command->token_hash};

    state_emit(decision, &event);
    return state_find_session(decision->state, sid);
}

/* The oldest of an account's sessions end when there are too many. */
static void end_oldest(struct decision *decision)
{
    struct person *person = decision->session->person;

    while (person->session_count > decision->state->rules.sessions_per_person)
        state_end_session(decision, person->sessions, REASON_REVOKED);
}

/* A default room belongs to nobody, whoever comes first. */
static void emit_room_and_join(struct decision *decision, const char *name)
{
    struct actor actor = state_actor(decision->session);
    struct room *room = state_find_room_named(decision->state, name);
    enum rank rank = RANK_NONE;

    if (room == NULL) {
        room = state_emit_room(decision, actor, name, "", "");
        if (!state_is_default_room(&decision->state->rules, name))
            rank = RANK_OWNER;
    }
    if (state_find_member(actor.person, room) == NULL)
        state_emit_join(decision, actor, room, rank);
}

enum chat_result state_decide_session_new(struct decision *decision)
{
    struct newcomer newcomer;
    struct room_choice choice;

    decision->session = state_find_session_by_token(
        decision->state, decision->command->token_hash);
    if (decision->session != NULL) {
        state_see(decision, decision->session, decision->now.mono_ms);
        return CHAT_REPEAT;
    }
    enum chat_result result = check_session_new(decision, &newcomer, &choice);
    if (result != CHAT_OK)
        return result;

    struct session *replaced = newcomer.replaced;
    bool is_own = replaced != NULL && replaced->person == newcomer.account;
    if (replaced != NULL && !is_own)
        state_end_session(decision, replaced, REASON_LOGOUT);
    state_admit_newcomer(decision, &newcomer);
    decision->session = emit_session(decision, &newcomer);
    state_see(decision, decision->session, decision->now.mono_ms);
    state_act(decision->session, COMMAND_SESSION_NEW, decision->now.mono_ms);
    if (is_own) /* only now, so that nobody sees the account go */
        state_end_session(decision, replaced, REASON_LOGOUT);
    end_oldest(decision);
    for (size_t i = 0; i < choice.count; i++)
        emit_room_and_join(decision, choice.names[i]);
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
