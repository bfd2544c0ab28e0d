/*
 * The fields that commands have on the wire: each one's name, place in struct
 * command, and how it is written and read. For protocol_commands.c alone,
 * which says what command has which of them.
 */
#ifndef COMMON_PROTOCOL_FIELDS_H
#define COMMON_PROTOCOL_FIELDS_H

#include "common/protocol_internal.h"

/* In the order in which they are written. */
enum {
    FIELD_SID,
    FIELD_ADDRESS,
    FIELD_TOKEN_HASH,
    FIELD_HOOK_TOKEN, /* the same, but it may be missing */
    FIELD_REPLACES,
    FIELD_PERSON,
    FIELD_KIND,
    FIELD_ROLE,
    FIELD_NAME,
    FIELD_NICK,
    FIELD_ROOMS,
    FIELD_ROOM,
    FIELD_TO,
    FIELD_WORD,
    FIELD_TARGET,
    FIELD_ID,
    FIELD_TEXT,
    FIELD_TOPIC, /* the text of a command that sets one */
    FIELD_SETTINGS,
    FIELD_SECRET,
    FIELD_SECONDS,
    FIELD_ON,
    FIELD_VERIFIED,
    FIELD_ACTION,
    FIELD_REPLY_TO,
    FIELD_ANCHOR,
    FIELD_BEFORE,
    FIELD_AFTER,
    FIELD_LIMIT,
    FIELD_TYPES,
    FIELD_TOUCHES,
    FIELD_COUNT
};

/*
 * A field of `struct command`. `encode` adds it if it is set. `decode` is
 * CHAT_OK, CHAT_NOT_FOUND (it is not there), CHAT_BAD_REQUEST or
 * CHAT_NO_MEMORY.
 */
struct field {
    const char *name;
    size_t offset; /* of its value, in struct command */
    int64_t min;   /* of a number; what is less is not set */
    int64_t max;
    void (*encode)(const struct field *field, const struct command *command,
                   struct json_build *build);
    enum chat_result (*decode)(const struct field *field, const json_t *json,
                               struct command *command);
};

extern const struct field protocol_fields[FIELD_COUNT];

#endif
