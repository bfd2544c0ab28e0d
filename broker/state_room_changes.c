/* Commands that change a room: topic, settings, passphrase, name, its end. */
#include "broker/state_internal.h"

#include <string.h>

enum chat_result state_decide_room_get(struct decision *decision)
{
    struct room *room;

    return state_named_room(decision, &room);
}

/* ---- what is to change ---- */

/* A room as it is to be. */
struct change {
    const char *topic; /* NULL: as it is */
    struct room_settings settings;
    const char *secret; /* NULL: as it is */
    char name[ROOM_SIZE];
    bool renames;
};

/* Whether what the command says can be of any room. */
static enum chat_result read_change(const struct decision *decision,
                                    struct change *change)
{
    const struct state_rules *rules = &decision->state->rules;
    const struct command *command = decision->command;
    struct room_settings any = room_settings_default();

    *change = (struct change){.topic = command->text,
                              .secret = command->secret,
                              .renames = command->to != NULL};
    if (change->topic != NULL &&
        topic_check(change->topic, rules->topic_bytes) != CHAT_OK)
        return CHAT_BAD_TEXT;
    if (change->renames &&
        room_normalize(command->to, rules->room_bytes, change->name) != CHAT_OK)
        return CHAT_BAD_ROOM;
    return command->settings != NULL
               ? room_settings_change(&any, command->settings)
               : CHAT_OK;
}

/* Whether they have the rights that this takes. */
static enum chat_result check_rights(const struct decision *decision,
                                     const struct room *room)
{
    const struct command *command = decision->command;
    enum chat_result result = CHAT_OK;

    if (command->text != NULL)
        result = state_check(decision, room, RIGHT_TOPIC);
    if (result == CHAT_OK &&
        (command->settings != NULL || command->secret != NULL))
        result = state_check(decision, room, RIGHT_SETTINGS);
    if (result == CHAT_OK && command->to != NULL)
        result = state_check(decision, room, RIGHT_RENAME);
    return result;
}

/* Those of the operator's choice keep their names, by which they are chosen. */
static enum chat_result check_name(const struct decision *decision,
                                   const struct room *room, const char *name)
{
    const struct state *state = decision->state;
    const struct room *other = state_find_room_named(state, name);

    if (other == room)
        return CHAT_OK;
    if (state_is_default_room(&state->rules, room->name))
        return CHAT_FORBIDDEN;
    return other != NULL ? CHAT_ROOM_EXISTS : CHAT_OK;
}

static void emit_topic(struct decision *decision, struct room *room,
                       const char *topic)
{
    struct event event = state_decider_event(decision, room, EVENT_TOPIC);

    event.text = topic;
    if (strcmp(room->topic, topic) != 0)
        state_emit_shown(decision, room, &event);
}

static void emit_rename(struct decision *decision, struct room *room,
                        const char *name)
{
    struct event event = state_decider_event(decision, room, EVENT_RENAME);

    event.to = name;
    if (strcmp(room->name, name) != 0)
        state_emit_shown(decision, room, &event);
}

/* One that has its new name already is found by that: the command came again.
 */
static enum chat_result find_room(struct decision *decision,
                                  const struct change *change,
                                  struct room **room_out)
{
    enum chat_result result = state_named_room(decision, room_out);

    if (result != CHAT_NO_ROOM || !change->renames)
        return result;
    struct room *renamed = state_find_room_named(decision->state, change->name);
    if (renamed == NULL ||
        state_check(decision, renamed, RIGHT_RENAME) != CHAT_OK)
        return CHAT_NO_ROOM;
    decision->outcome->rid = renamed->rid;
    *room_out = renamed;
    return CHAT_OK;
}

enum chat_result state_decide_room_set(struct decision *decision)
{
    struct change change;
    struct room *room;
    enum chat_result result = read_change(decision, &change);

    if (result == CHAT_OK)
        result = find_room(decision, &change, &room);
    if (result == CHAT_OK)
        result = check_rights(decision, room);
    if (result == CHAT_OK && change.renames)
        result = check_name(decision, room, change.name);
    if (result != CHAT_OK)
        return result;
    if (change.topic != NULL)
        emit_topic(decision, room, change.topic);
    change.settings = room->settings;
    if (decision->command->settings != NULL)
        (void)room_settings_change(&change.settings,
                                   decision->command->settings);
    state_emit_settings(decision, state_actor(decision->session), room,
                        &change.settings, change.secret);
    if (change.renames)
        emit_rename(decision, room, change.name);
    return CHAT_OK;
}

/* A default room would be made again, without owner, by whoever comes next. */
enum chat_result state_decide_room_delete(struct decision *decision)
{
    struct room *room;
    enum chat_result result =
        state_room_for(decision, RIGHT_DELETE_ROOM, &room);

    if (result != CHAT_OK)
        return result;
    if (state_is_default_room(&decision->state->rules, room->name))
        return CHAT_FORBIDDEN;
    state_emit_room_end(decision, state_actor(decision->session), room);
    return CHAT_OK;
}
