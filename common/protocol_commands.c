/*
 * Commands as JSON: which fields a type of command has. How each is written
 * and read is in protocol_fields.c.
 */
#include "common/protocol_fields.h"

#include <assert.h>
#include <stdlib.h>

/* The set with one field in it. */
#define ONE(field) (UINT64_C(1) << FIELD_##field)

/* What any command may have. */
#define EVERY ONE(ADDRESS)

static const struct command_fields {
    uint64_t required;
    uint64_t optional;
} command_fields[COMMAND_TYPE_COUNT] = {
    [COMMAND_SESSION_NEW] = {ONE(TOKEN_HASH) | ONE(NICK),
                             ONE(ROOMS) | ONE(REPLACES) | ONE(PERSON) |
                                 ONE(KIND) | ONE(ROLE) | ONE(NAME)},
    [COMMAND_SESSION_GET] = {ONE(TOKEN_HASH), 0},
    [COMMAND_SESSION_END] = {ONE(SID), 0},
    [COMMAND_SESSIONS] = {ONE(SID), 0},
    [COMMAND_SESSION_REVOKE] = {ONE(SID), ONE(TARGET)},
    [COMMAND_NICK] = {ONE(SID) | ONE(NICK), 0},
    [COMMAND_ACCOUNT_GET] = {0, ONE(NICK) | ONE(SID)},
    [COMMAND_REGISTER] = {ONE(SID) | ONE(SECRET), 0},
    [COMMAND_PASSPHRASE] = {ONE(SID) | ONE(SECRET), 0},
    [COMMAND_PERSON_GET] = {ONE(SID) | ONE(TO), 0},
    [COMMAND_ROLE] = {ONE(SID) | ONE(TO) | ONE(WORD), 0},
    [COMMAND_BLOCK] = {ONE(SID) | ONE(TO), ONE(ON)},
    [COMMAND_BLOCKS] = {ONE(SID), 0},
    [COMMAND_IDLE] = {ONE(SID), ONE(ON)},
    [COMMAND_BYE] = {ONE(SID), 0},
    [COMMAND_TOUCH] = {ONE(TOUCHES), 0},
    [COMMAND_ROOMS] = {0, ONE(SID)},
    [COMMAND_ROOM_NEW] = {ONE(SID) | ONE(ROOM) | ONE(ID),
                          ONE(TOPIC) | ONE(SETTINGS) | ONE(SECRET)},
    [COMMAND_ROOM_GET] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_ROOM_SET] = {ONE(SID) | ONE(ROOM),
                          ONE(TOPIC) | ONE(SETTINGS) | ONE(SECRET) | ONE(TO)},
    [COMMAND_ROOM_DELETE] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_ROOM_SECRET] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_JOIN] = {ONE(SID) | ONE(ROOM), ONE(VERIFIED)},
    [COMMAND_LEAVE] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_MEMBERS] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_INVITE] = {ONE(SID) | ONE(ROOM) | ONE(TO), ONE(ON)},
    [COMMAND_RANK] = {ONE(SID) | ONE(ROOM) | ONE(TO) | ONE(WORD), 0},
    [COMMAND_DIRECT] = {ONE(SID) | ONE(TO), 0},
    [COMMAND_POST] = {ONE(SID) | ONE(ROOM) | ONE(ID) | ONE(TEXT),
                      ONE(ACTION) | ONE(REPLY_TO)},
    [COMMAND_EDIT] = {ONE(SID) | ONE(ROOM) | ONE(TARGET) | ONE(TEXT), 0},
    [COMMAND_DELETE] = {ONE(SID) | ONE(ROOM) | ONE(TARGET), ONE(TEXT)},
    [COMMAND_REACT] = {ONE(SID) | ONE(ROOM) | ONE(TARGET) | ONE(TEXT), ONE(ON)},
    [COMMAND_TYPING] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_READ] = {ONE(SID) | ONE(ROOM) | ONE(TARGET), 0},
    [COMMAND_EXPORT] = {ONE(SID) | ONE(ROOM) | ONE(LIMIT),
                        ONE(ANCHOR) | ONE(TYPES)},
    [COMMAND_HISTORY] = {ONE(ROOM) | ONE(LIMIT),
                         ONE(SID) | ONE(ANCHOR) | ONE(TYPES)},
    [COMMAND_MESSAGE] = {ONE(ROOM) | ONE(TARGET), ONE(SID)},
    [COMMAND_EDITS] = {ONE(SID) | ONE(ROOM) | ONE(TARGET), 0},
    [COMMAND_SEARCH] = {ONE(SID) | ONE(TEXT) | ONE(LIMIT),
                        ONE(ROOM) | ONE(BEFORE)},
    [COMMAND_EVENTS] = {ONE(SID) | ONE(AFTER) | ONE(LIMIT), 0},
    [COMMAND_KICK] = {ONE(SID) | ONE(ROOM) | ONE(TO), ONE(TEXT)},
    [COMMAND_MUTE] = {ONE(SID) | ONE(ROOM) | ONE(TO), ONE(SECONDS) | ONE(TEXT)},
    [COMMAND_UNMUTE] = {ONE(SID) | ONE(ROOM) | ONE(TO), 0},
    [COMMAND_BAN] = {ONE(SID) | ONE(TO),
                     ONE(ROOM) | ONE(SECONDS) | ONE(TEXT) | ONE(ON)},
    [COMMAND_UNBAN] = {ONE(SID) | ONE(TARGET), ONE(ROOM)},
    [COMMAND_BANS] = {ONE(SID), ONE(ROOM) | ONE(AFTER)},
    [COMMAND_UNDO] = {ONE(SID) | ONE(ROOM) | ONE(TO) | ONE(SECONDS),
                      ONE(TEXT) | ONE(BEFORE)},
    [COMMAND_REPORT] = {ONE(SID) | ONE(ROOM) | ONE(TARGET) | ONE(TEXT), 0},
    [COMMAND_REPORT_END] = {ONE(SID) | ONE(ROOM) | ONE(TARGET), 0},
    [COMMAND_HELD_END] = {ONE(SID) | ONE(ROOM) | ONE(TARGET), ONE(ON)},
    [COMMAND_PENDING] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_AUDIT] = {ONE(SID) | ONE(LIMIT), ONE(ROOM) | ONE(BEFORE)},
    [COMMAND_HOOK_NEW] = {ONE(SID) | ONE(ROOM) | ONE(NICK),
                          ONE(HOOK_TOKEN) | ONE(TEXT) | ONE(SECRET)},
    [COMMAND_HOOKS] = {ONE(SID) | ONE(ROOM), 0},
    [COMMAND_HOOK_END] = {ONE(SID) | ONE(ROOM) | ONE(TARGET), 0},
    [COMMAND_HOOK_POST] = {ONE(TOKEN_HASH) | ONE(ID) | ONE(TEXT), ONE(NICK)},
    [COMMAND_BOT_NEW] = {ONE(SID) | ONE(NICK) | ONE(TOKEN_HASH), ONE(WORD)},
    [COMMAND_BOT_END] = {ONE(SID) | ONE(TO), 0},
    [COMMAND_PAGE] = {ONE(ROOM) | ONE(LIMIT), ONE(ANCHOR) | ONE(TYPES)},
    [COMMAND_HEAD] = {0, 0},
    [COMMAND_HEALTH] = {0, 0},
};

json_t *command_encode(const struct command *command)
{
    const struct command_fields *has = &command_fields[command->type];
    struct json_build build;

    assert((unsigned)command->type < COMMAND_GONE); /* not the broker's own */
    json_build_begin(&build);
    json_build_word(&build, "type", command_type_word(command->type));
    for (int i = 0; i < FIELD_COUNT; i++) {
        const struct field *field = &protocol_fields[i];
        if ((has->required | has->optional | EVERY) & UINT64_C(1) << i)
            field->encode(field, command, &build);
    }
    return json_build_end(&build);
}

/* Reads the fields of `command`, whose type is known. */
static enum chat_result decode_fields(const json_t *json,
                                      struct command *command)
{
    const struct command_fields *has = &command_fields[command->type];

    for (int i = 0; i < FIELD_COUNT; i++) {
        const struct field *field = &protocol_fields[i];
        uint64_t bit = UINT64_C(1) << i;
        if (!((has->required | has->optional | EVERY) & bit))
            continue;
        enum chat_result result = field->decode(field, json, command);
        if (result == CHAT_NOT_FOUND)
            result = (has->required & bit) ? CHAT_BAD_REQUEST : CHAT_OK;
        if (result != CHAT_OK)
            return result;
    }
    return CHAT_OK;
}

enum chat_result command_decode(const json_t *json, struct command *command_out)
{
    struct command command = {0};
    const char *type;
    enum chat_result result;

    if (!json_need_text(json, "type", &type) ||
        command_type_parse(type, &command.type) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    if (command.type == COMMAND_ROOM_NEW)
        command.text = ""; /* the topic, unless there is one */
    result = decode_fields(json, &command);
    if (result != CHAT_OK) {
        command_fini(&command);
        return result;
    }
    *command_out = command;
    return CHAT_OK;
}

void command_fini(struct command *command)
{
    free(command->touches);
    command->touches = NULL;
    command->touch_count = 0;
}
