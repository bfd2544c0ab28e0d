/* Commands about rooms. */
#include "broker/state_internal.h"

#include <string.h>

/* Nearly always the name comes as it is; then normalizing changes nothing. */
static struct room *find_as_named(const struct decision *decision)
{
    const struct state *state = decision->state;
    const char *asked = decision->command->room;
    struct room *room = state_find_room_named(state, asked);
    char name[ROOM_SIZE];

    if (room == NULL &&
        room_normalize(asked, state->rules.room_bytes, name) == CHAT_OK)
        room = state_find_room_named(state, name);
    return room;
}

enum chat_result state_named_room(struct decision *decision,
                                  struct room **room_out)
{
    struct room *room = find_as_named(decision);

    if (room == NULL)
        return CHAT_NO_ROOM;
    decision->outcome->rid = room->rid;
    *room_out = room;
    return CHAT_OK;
}

static enum chat_result enter_room(struct decision *decision, struct room *room)
{
    struct session *session = decision->session;

    if (state_find_member(session, room) != NULL)
        return CHAT_OK;
    if (session->room_count >= decision->state->rules.rooms_per_session)
        return CHAT_FORBIDDEN;
    state_emit_join(decision, session, room, REASON_NONE);
    return CHAT_OK;
}

enum chat_result state_decide_room_new(struct decision *decision)
{
    struct state *state = decision->state;
    const struct command *command = decision->command;
    const char *topic = command->text != NULL ? command->text : "";
    const char *id = command->id != NULL ? command->id : "";
    char name[ROOM_SIZE];

    if (room_normalize(command->room, state->rules.room_bytes, name) != CHAT_OK)
        return CHAT_BAD_ROOM;
    if (topic_check(topic, state->rules.topic_bytes) != CHAT_OK)
        return CHAT_BAD_TEXT;
    struct room *room = state_find_room_named(state, name);
    if (room != NULL) {
        if (id[0] == '\0' || strcmp(room->id, id) != 0)
            return CHAT_ROOM_EXISTS;
        decision->outcome->rid = room->rid;
        enum chat_result result = enter_room(decision, room);
        return result == CHAT_OK ? CHAT_REPEAT : result;
    }
    if (!state->rules.guests_make_rooms ||
        HASH_CNT(by_rid, state->rooms_by_rid) >= state->rules.rooms_max ||
        decision->session->room_count >= state->rules.rooms_per_session)
        return CHAT_FORBIDDEN;
    room = state_emit_room(decision, decision->session, name, topic, id);
    decision->outcome->rid = room->rid;
    return enter_room(decision, room);
}

enum chat_result state_decide_room_open(struct decision *decision)
{
    const char *name = decision->command->room;

    if (state_find_room_named(decision->state, name) == NULL)
        state_emit_room(decision, NULL, name, "", "");
    return CHAT_OK;
}

enum chat_result state_decide_join(struct decision *decision)
{
    struct room *room;
    enum chat_result result = state_named_room(decision, &room);

    return result == CHAT_OK ? enter_room(decision, room) : result;
}

enum chat_result state_decide_leave(struct decision *decision)
{
    struct room *room;
    enum chat_result result = state_named_room(decision, &room);

    if (result == CHAT_OK && state_find_member(decision->session, room) != NULL)
        state_emit_leave(decision, decision->session, room, REASON_LEFT);
    return result;
}
