/*
 * Commands field by field. Reading a field checks its shape and range; whether
 * the room exists, say, is the broker's business.
 */
#include "common/protocol_fields.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

static const void *value_of(const struct field *field,
                            const struct command *command)
{
    return (const char *)command + field->offset;
}

static void *place_of(const struct field *field, struct command *command)
{
    return (char *)command + field->offset;
}

static void encode_number(const struct field *field,
                          const struct command *command,
                          struct json_build *build)
{
    const int64_t *number = value_of(field, command);

    if (*number >= field->min)
        json_build_int(build, field->name, *number);
}

static enum chat_result decode_number(const struct field *field,
                                      const json_t *json,
                                      struct command *command)
{
    return json_get_int_within(json, field->name, field->min, field->max,
                               place_of(field, command));
}

static void encode_text(const struct field *field,
                        const struct command *command, struct json_build *build)
{
    const char *const *text = value_of(field, command);

    json_build_text(build, field->name, *text);
}

static enum chat_result decode_text(const struct field *field,
                                    const json_t *json, struct command *command)
{
    return json_get_text(json, field->name, place_of(field, command));
}

static void encode_flag(const struct field *field,
                        const struct command *command, struct json_build *build)
{
    const bool *flag = value_of(field, command);

    if (*flag)
        json_build_value(build, field->name, json_true());
}

static enum chat_result decode_flag(const struct field *field,
                                    const json_t *json, struct command *command)
{
    return json_get_bool(json, field->name, place_of(field, command));
}

enum { HASH_HEX_LENGTH = 2 * TOKEN_HASH_BYTES };

static void encode_hash(const struct field *field,
                        const struct command *command, struct json_build *build)
{
    char hex[HASH_HEX_LENGTH + 1];

    sodium_bin2hex(hex, sizeof(hex), value_of(field, command),
                   TOKEN_HASH_BYTES);
    json_build_word(build, field->name, hex);
}

static enum chat_result decode_hash(const struct field *field,
                                    const json_t *json, struct command *command)
{
    const char *hex;
    enum chat_result result = json_get_text(json, field->name, &hex);

    if (result != CHAT_OK)
        return result;
    if (strlen(hex) != HASH_HEX_LENGTH ||
        hex[strspn(hex, "0123456789abcdef")] != '\0')
        return CHAT_BAD_REQUEST;
    sodium_hex2bin(place_of(field, command), TOKEN_HASH_BYTES, hex,
                   HASH_HEX_LENGTH, NULL, NULL, NULL);
    return CHAT_OK;
}

/* A hash of zeros is that of no token: it counts as none. */
static void encode_hook_token(const struct field *field,
                              const struct command *command,
                              struct json_build *build)
{
    if (!sodium_is_zero(value_of(field, command), TOKEN_HASH_BYTES))
        encode_hash(field, command, build);
}

static enum chat_result decode_hook_token(const struct field *field,
                                          const json_t *json,
                                          struct command *command)
{
    return decode_hash(field, json, command);
}

static void encode_replaces(const struct field *field,
                            const struct command *command,
                            struct json_build *build)
{
    if (command->has_replaces)
        encode_hash(field, command, build);
}

static enum chat_result decode_replaces(const struct field *field,
                                        const json_t *json,
                                        struct command *command)
{
    enum chat_result result = decode_hash(field, json, command);

    command->has_replaces = result == CHAT_OK;
    return result;
}

static void encode_kind(const struct field *field,
                        const struct command *command, struct json_build *build)
{
    if (command->kind != PERSON_GUEST)
        json_build_word(build, field->name, person_kind_word(command->kind));
}

static enum chat_result decode_kind(const struct field *field,
                                    const json_t *json, struct command *command)
{
    const char *word;
    enum chat_result result = json_get_text(json, field->name, &word);

    return result == CHAT_OK ? person_kind_parse(word, &command->kind) : result;
}

static void encode_role(const struct field *field,
                        const struct command *command, struct json_build *build)
{
    if (command->role != ROLE_GUEST)
        json_build_word(build, field->name, role_word(command->role));
}

static enum chat_result decode_role(const struct field *field,
                                    const json_t *json, struct command *command)
{
    const char *word;
    enum chat_result result = json_get_text(json, field->name, &word);

    return result == CHAT_OK ? role_parse(word, &command->role) : result;
}

static void encode_rooms(const struct field *field,
                         const struct command *command,
                         struct json_build *build)
{
    json_t *rooms;

    if (!command->has_rooms)
        return;
    rooms = json_array();
    for (size_t i = 0; i < command->room_count; i++) {
        if (json_array_append_new(rooms, json_string(command->rooms[i])) != 0)
            build->failed = true;
    }
    json_build_value(build, field->name, rooms);
}

static enum chat_result decode_rooms(const struct field *field,
                                     const json_t *json,
                                     struct command *command)
{
    json_t *rooms;
    enum chat_result result =
        json_get_array(json, field->name, COMMAND_ROOMS_MAX, &rooms);

    if (result != CHAT_OK)
        return result;
    command->has_rooms = true;
    command->room_count = json_array_size(rooms);
    for (size_t i = 0; i < command->room_count; i++) {
        command->rooms[i] = json_string_value(json_array_get(rooms, i));
        if (command->rooms[i] == NULL)
            return CHAT_BAD_REQUEST;
    }
    return CHAT_OK;
}

/* The anchor is one field under four names; none of them is the newest. */
static const char *const anchor_names[] = {
    [HISTORY_BEFORE] = "before",
    [HISTORY_AFTER] = "after",
    [HISTORY_AROUND] = "around",
    [HISTORY_AT] = "at",
};

static void encode_anchor(const struct field *field,
                          const struct command *command,
                          struct json_build *build)
{
    (void)field;
    if (command->anchor != HISTORY_NEWEST)
        json_build_int(build, anchor_names[command->anchor], command->seq);
}

static enum chat_result decode_anchor(const struct field *field,
                                      const json_t *json,
                                      struct command *command)
{
    for (int anchor = HISTORY_BEFORE; anchor <= HISTORY_AT; anchor++) {
        enum chat_result result = json_get_int_within(
            json, anchor_names[anchor], field->min, field->max, &command->seq);
        if (result == CHAT_NOT_FOUND)
            continue;
        if (result != CHAT_OK || command->anchor != HISTORY_NEWEST)
            return CHAT_BAD_REQUEST;
        command->anchor = (enum history_anchor)anchor;
    }
    return CHAT_OK;
}

static void encode_types(const struct field *field,
                         const struct command *command,
                         struct json_build *build)
{
    json_t *words;

    if (command->types == 0)
        return;
    words = json_array();
    for (int type = 0; type < EVENT_TYPE_COUNT; type++) {
        const char *word = event_type_word((enum event_type)type);
        if ((command->types & UINT64_C(1) << type) &&
            json_array_append_new(words, json_string_nocheck(word)) != 0)
            build->failed = true;
    }
    json_build_value(build, field->name, words);
}

static enum chat_result decode_types(const struct field *field,
                                     const json_t *json,
                                     struct command *command)
{
    json_t *words;
    enum chat_result result =
        json_get_array(json, field->name, EVENT_TYPE_COUNT, &words);

    if (result != CHAT_OK)
        return result;
    for (size_t i = 0; i < json_array_size(words); i++) {
        const char *word = json_string_value(json_array_get(words, i));
        enum event_type type;
        if (word == NULL || event_type_parse(word, &type) != CHAT_OK)
            return CHAT_BAD_REQUEST;
        command->types |= UINT64_C(1) << type;
    }
    /* No type at all would read as all of them. */
    return command->types != 0 ? CHAT_OK : CHAT_BAD_REQUEST;
}

static void encode_touches(const struct field *field,
                           const struct command *command,
                           struct json_build *build)
{
    json_t *touches = json_array();

    for (size_t i = 0; i < command->touch_count; i++) {
        const struct touch *touch = &command->touches[i];
        json_t *pair = json_array();
        if (json_array_append_new(pair, json_integer(touch->sid)) != 0 ||
            json_array_append_new(pair, json_integer(touch->age_ms)) != 0)
            build->failed = true;
        if (json_array_append_new(touches, pair) != 0)
            build->failed = true;
    }
    json_build_value(build, field->name, touches);
}

/* Reads [sid, age_ms]. */
static bool read_touch(const json_t *pair, struct touch *touch)
{
    const json_t *sid = json_array_get(pair, 0);
    const json_t *age_ms = json_array_get(pair, 1);

    if (json_array_size(pair) != 2 || !json_is_integer(sid) ||
        !json_is_integer(age_ms))
        return false;
    touch->sid = json_integer_value(sid);
    touch->age_ms = json_integer_value(age_ms);
    return touch->sid > 0 && touch->age_ms >= 0;
}

static enum chat_result decode_touches(const struct field *field,
                                       const json_t *json,
                                       struct command *command)
{
    json_t *pairs;
    enum chat_result result =
        json_get_array(json, field->name, COMMAND_TOUCHES_MAX, &pairs);

    if (result != CHAT_OK || json_array_size(pairs) == 0)
        return result;
    command->touch_count = json_array_size(pairs);
    command->touches = calloc(command->touch_count, sizeof(struct touch));
    if (command->touches == NULL)
        return CHAT_NO_MEMORY;
    for (size_t i = 0; i < command->touch_count; i++) {
        if (!read_touch(json_array_get(pairs, i), &command->touches[i]))
            return CHAT_BAD_REQUEST;
    }
    return CHAT_OK;
}

#define AT(member) offsetof(struct command, member)
#define NUMBER(name, member, min, max)                                         \
    {                                                                          \
        (name), AT(member), (min), (max), encode_number, decode_number         \
    }
#define OTHER(name, member, kind)                                              \
    {                                                                          \
        (name), AT(member), 0, INT64_MAX, encode_##kind, decode_##kind         \
    }

/* The anchor goes by four names, see anchor_names. */
const struct field protocol_fields[FIELD_COUNT] = {
    [FIELD_SID] = NUMBER("sid", sid, 1, INT64_MAX),
    [FIELD_ADDRESS] = NUMBER("address", address, 1, INT64_MAX),
    [FIELD_TOKEN_HASH] = OTHER("token_hash", token_hash, hash),
    [FIELD_HOOK_TOKEN] = OTHER("token_hash", token_hash, hook_token),
    [FIELD_REPLACES] = OTHER("replaces", replaces, replaces),
    [FIELD_PERSON] = NUMBER("person", pid, 1, INT64_MAX),
    [FIELD_KIND] = OTHER("kind", kind, kind),
    [FIELD_ROLE] = OTHER("role", role, role),
    [FIELD_NAME] = OTHER("name", name, text),
    [FIELD_NICK] = OTHER("nick", nick, text),
    [FIELD_ROOMS] = OTHER("rooms", rooms, rooms),
    [FIELD_ROOM] = OTHER("room", room, text),
    [FIELD_TO] = OTHER("to", to, text),
    [FIELD_WORD] = OTHER("word", word, text),
    [FIELD_TARGET] = NUMBER("target", target, 1, INT64_MAX),
    [FIELD_ID] = OTHER("id", id, text),
    [FIELD_TEXT] = OTHER("text", text, text),
    [FIELD_TOPIC] = OTHER("topic", text, text),
    [FIELD_SETTINGS] = OTHER("settings", settings, text),
    [FIELD_SECRET] = OTHER("secret", secret, text),
    [FIELD_SECONDS] = NUMBER("seconds", seconds, 1, COMMAND_SECONDS_MAX),
    [FIELD_ON] = OTHER("on", on, flag),
    [FIELD_VERIFIED] = OTHER("verified", verified, flag),
    [FIELD_ACTION] = OTHER("action", action, flag),
    [FIELD_REPLY_TO] = NUMBER("reply_to", reply_to, 1, INT64_MAX),
    [FIELD_ANCHOR] = OTHER(NULL, seq, anchor),
    [FIELD_BEFORE] = NUMBER("before", seq, 1, INT64_MAX),
    [FIELD_AFTER] = NUMBER("after", seq, 0, INT64_MAX),
    [FIELD_LIMIT] = NUMBER("limit", limit, 1, HISTORY_LIMIT_MAX),
    [FIELD_TYPES] = OTHER("types", types, types),
    [FIELD_TOUCHES] = OTHER("touches", touches, touches),
};
