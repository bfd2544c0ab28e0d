/* Commands about rooms. */
#include "broker/state_internal.h"

#include <string.h>
#include <utlist.h>

bool state_has_space(const struct state *state, const struct room *room)
{
    return room->member_count < state->rules.members_per_room;
}

size_t state_owned_count(const struct person *person)
{
    const struct member *member;
    size_t count = 0;

    DL_FOREACH (person->members, member)
        count += member->rank == RANK_OWNER;
    DL_FOREACH (person->former, member)
        count += member->rank == RANK_OWNER;
    return count;
}

enum chat_result state_enter(struct decision *decision, struct room *room)
{
    const struct state_rules *rules = &decision->state->rules;
    struct person *person = state_decider(decision);

    if (state_find_member(person, room) != NULL)
        return CHAT_OK;
    enum chat_result result = state_check(decision, room, RIGHT_JOIN);
    if (result != CHAT_OK)
        return result;
    if (person->room_count >= rules->rooms_per_session ||
        !state_has_space(decision->state, room))
        return CHAT_FORBIDDEN;
    result = state_take(decision, LIMITED_JOIN, room);
    if (result != CHAT_OK)
        return result;
    state_emit_join(decision, state_actor(decision->session), room, RANK_NONE);
    return CHAT_OK;
}

/* The room is there: made by this very command, sent again, or by another. */
static enum chat_result find_made(struct decision *decision, struct room *room,
                                  const char *id)
{
    if (id[0] == '\0' || strcmp(room->id, id) != 0)
        return CHAT_ROOM_EXISTS;
    decision->outcome->rid = room->rid;
    enum chat_result result = state_enter(decision, room);
    return result == CHAT_OK ? CHAT_REPEAT : result;
}

static enum chat_result check_room_new(const struct decision *decision)
{
    const struct state *state = decision->state;
    const struct person *person = state_decider(decision);
    enum chat_result result = state_check(decision, NULL, RIGHT_MAKE_ROOM);

    if (result != CHAT_OK)
        return result;
    if (!state_makes_rooms(&state->rules, person->role) ||
        HASH_CNT(by_rid, state->rooms_by_rid) >= state->rules.rooms_max ||
        person->room_count >= state->rules.rooms_per_session ||
        state_owned_count(person) >= state->rules.rooms_owned_max)
        return CHAT_FORBIDDEN;
    return state_take(decision, LIMITED_ROOM, NULL);
}

enum chat_result state_decide_room_new(struct decision *decision)
{
    struct state *state = decision->state;
    const struct command *command = decision->command;
    const char *topic = command->text != NULL ? command->text : "";
    const char *id = command->id != NULL ? command->id : "";
    struct room_settings settings = room_settings_default();
    char name[ROOM_SIZE];

    if (room_normalize(command->room, state->rules.room_bytes, name) != CHAT_OK)
        return CHAT_BAD_ROOM;
    if (topic_check(topic, state->rules.topic_bytes) != CHAT_OK)
        return CHAT_BAD_TEXT;
    if (command->settings != NULL &&
        room_settings_change(&settings, command->settings) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    struct room *room = state_find_room_named(state, name);
    if (room != NULL)
        return find_made(decision, room, id);
    enum chat_result result = check_room_new(decision);
    if (result != CHAT_OK)
        return result;
    struct actor maker = state_actor(decision->session);
    room = state_emit_room(decision, maker, name, topic, id);
    decision->outcome->rid = room->rid;
    state_emit_join(decision, maker, room, RANK_OWNER);
    state_emit_settings(decision, maker, room, &settings, command->secret);
    return CHAT_OK;
}

enum chat_result state_decide_room_open(struct decision *decision)
{
    const char *name = decision->command->room;

    if (state_find_room_named(decision->state, name) == NULL)
        state_emit_room(decision, (struct actor){.person = NULL}, name, "", "");
    return CHAT_OK;
}

/*
 * A private room with a passphrase is there for who asks to come in, so that
 * they can be asked for it.
 */
enum chat_result state_decide_join(struct decision *decision)
{
    struct room *room;
    enum chat_result result = state_named_room(decision, &room);

    if (result == CHAT_OK)
        return state_enter(decision, room);
    room = state_find_room_by_path(decision->state, decision->command->room);
    return room != NULL && room->secret != NULL &&
                   room->settings.access == ROOM_PRIVATE
               ? CHAT_FORBIDDEN
               : result;
}

enum chat_result state_decide_room_secret(struct decision *decision)
{
    struct room *room =
        state_find_room_by_path(decision->state, decision->command->room);

    if (room == NULL || room->secret == NULL ||
        room->settings.access != ROOM_PRIVATE)
        return CHAT_NOT_FOUND;
    decision->outcome->rid = room->rid;
    return CHAT_OK;
}

enum chat_result state_decide_leave(struct decision *decision)
{
    struct room *room;
    enum chat_result result = state_named_room(decision, &room);

    if (result == CHAT_OK &&
        state_find_member(state_decider(decision), room) != NULL)
        state_emit_leave(decision, state_actor(decision->session), room,
                         REASON_LEFT);
    return result;
}

/* What the room has lost by now, or has been itself, is no matter any more. */
enum chat_result state_decide_purge(struct decision *decision)
{
    const struct command *command = decision->command;
    struct room *room = state_find_room_named(decision->state, command->room);

    if (room == NULL || command->target <= room->purged_seq)
        return CHAT_OK;
    struct event event = state_decider_event(decision, room, EVENT_PURGE);
    event.target = command->target;
    state_emit(decision, &event);
    return CHAT_OK;
}
