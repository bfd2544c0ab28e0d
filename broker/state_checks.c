/*
 * What commands have in common before anything happens: which room, which
 * person they name, and whether that may be.
 */
#include "broker/state_internal.h"

#include <string.h>

struct person *state_decider(const struct decision *decision)
{
    return decision->session != NULL ? decision->session->person : NULL;
}

/* A ban keeps out; who is in a room is not banned from it. */
static bool asker_is_banned(const struct decision *decision,
                            const struct rights_question *question)
{
    bool is_in = question->member != NULL && question->member->joined_seq != 0;

    return question->person != NULL && !is_in &&
           state_is_banned(decision->state, question->person,
                           decision->command->address, question->room,
                           question->wall_ms);
}

static struct rights_question ask(const struct decision *decision,
                                  const struct person *person,
                                  const struct room *room)
{
    return (struct rights_question){
        .person = person,
        .room = room,
        .member = person != NULL && room != NULL
                      ? state_find_place(person, room)
                      : NULL,
        .wall_ms = decision->now.wall_ms,
    };
}

static struct rights_question ask_decider(const struct decision *decision,
                                          const struct room *room)
{
    struct rights_question question =
        ask(decision, state_decider(decision), room);

    question.verified =
        decision->command->verified && room != NULL && room->secret != NULL;
    question.banned = asker_is_banned(decision, &question);
    return question;
}

enum chat_result state_check(const struct decision *decision,
                             const struct room *room, enum right right)
{
    struct rights_question question = ask_decider(decision, room);

    return rights_check(&question, right);
}

enum standing state_standing(const struct decision *decision,
                             const struct room *room)
{
    struct rights_question question = ask_decider(decision, room);

    return rights_standing(&question);
}

enum chat_result state_check_against(const struct decision *decision,
                                     const struct room *room, enum right right,
                                     const struct person *other)
{
    struct rights_question question = ask_decider(decision, room);
    struct rights_question against = ask(decision, other, room);
    enum chat_result result = rights_check(&question, right);

    if (result == CHAT_OK && !rights_outranks(&question, &against))
        result = CHAT_FORBIDDEN;
    return result;
}

/* Apart from bans and mutes, which hang on the time. */
static bool has_right(const struct person *person, const struct room *room,
                      enum right right)
{
    const struct rights_question question = {
        .person = person,
        .room = room,
        .member = person != NULL ? state_find_place(person, room) : NULL,
    };

    return rights_check(&question, right) == CHAT_OK;
}

bool state_may_know(const struct person *person, const struct room *room)
{
    return has_right(person, room, RIGHT_KNOW);
}

bool state_may_approve(const struct person *person, const struct room *room)
{
    return has_right(person, room, RIGHT_APPROVE);
}

/*
 * Nearly always the name comes as it is, as a direct room's always does; then
 * normalizing, which costs more than the rest, changes nothing.
 */
struct room *state_find_room_by_path(const struct state *state,
                                     const char *path_name)
{
    struct room *room;
    char name[ROOM_SIZE];

    if (path_name == NULL)
        return NULL;
    room = state_find_room_named(state, path_name);
    if (room == NULL &&
        room_normalize(path_name, state->rules.room_bytes, name) == CHAT_OK)
        room = state_find_room_named(state, name);
    return room;
}

enum chat_result state_named_room(struct decision *decision,
                                  struct room **room_out)
{
    struct room *room =
        state_find_room_by_path(decision->state, decision->command->room);

    if (room == NULL || state_check(decision, room, RIGHT_KNOW) != CHAT_OK)
        return CHAT_NO_ROOM;
    decision->outcome->rid = room->rid;
    *room_out = room;
    return CHAT_OK;
}

enum chat_result state_room_for(struct decision *decision, enum right right,
                                struct room **room_out)
{
    enum chat_result result = state_named_room(decision, room_out);

    return result == CHAT_OK ? state_check(decision, *room_out, right) : result;
}

enum chat_result state_check_reason(const struct decision *decision)
{
    const char *reason = decision->command->text;

    return reason != NULL ? topic_check(reason, REASON_BYTES_MAX) : CHAT_OK;
}

enum chat_result state_named_person(struct decision *decision,
                                    struct person **person_out)
{
    const char *to = decision->command->to;
    struct chosen_nick chosen;

    if (to == NULL ||
        state_choose_nick(decision->state, to, &chosen) != CHAT_OK)
        return CHAT_NOT_FOUND;
    struct person *person =
        state_find_person_by_key(decision->state, chosen.key);
    if (person == NULL)
        return CHAT_NOT_FOUND;
    decision->outcome->pid = person->pid;
    *person_out = person;
    return CHAT_OK;
}
