/*
 * What the owner of a room decides: one table of names, types and ranges, from
 * which the log's text, the JSON and the checks all come.
 */
#ifndef COMMON_ROOM_SETTINGS_H
#define COMMON_ROOM_SETTINGS_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/result.h"

enum room_access {
    ROOM_PUBLIC,  /* listed, anybody may join */
    ROOM_PRIVATE, /* known to members and who is invited or has the phrase */
    ROOM_DIRECT,  /* of two; never chosen, only made */
    ROOM_ACCESS_COUNT
};

enum room_posting {
    POSTING_EVERYONE,   /* all who are in it */
    POSTING_MEMBERS,    /* those with an account */
    POSTING_MODERATORS, /* an announcement room */
    ROOM_POSTING_COUNT
};

struct room_settings {
    enum room_access access;
    enum room_posting posting;
    int64_t slow_seconds;       /* between two posts of one person; 0: none */
    bool hold_newcomers;        /* their first messages wait for approval */
    bool archived;              /* read, but no more said */
    bool lasting;               /* stays when everybody has left */
    bool indexed;               /* search engines may keep it */
    int64_t retention_days;     /* messages older are purged; 0: as server */
    int64_t retention_messages; /* and more than that; 0: as server */
};

/* A new room's: public, lasting, and nothing else. */
struct room_settings room_settings_default(void);

/* As text: at most, NUL included. */
enum { ROOM_SETTINGS_SIZE = 256 };

/* "access=private slow_seconds=10": what differs from `from`. */
void room_settings_print(const struct room_settings *settings,
                         const struct room_settings *from,
                         char out[ROOM_SETTINGS_SIZE]);

/*
 * Changes `settings` as `text` says; an empty text changes nothing. CHAT_OK,
 * or CHAT_BAD_REQUEST (an unknown name, a value out of range, access=direct):
 * `settings` is as it was.
 */
enum chat_result room_settings_change(struct room_settings *settings,
                                      const char *text);

/* All of them as a JSON object; NULL: no memory. */
json_t *room_settings_encode(const struct room_settings *settings);

/*
 * Those that `text` names, as a JSON object; of a text that
 * room_settings_change() refuses, none. NULL: no memory.
 */
json_t *room_settings_encode_text(const char *text);

/*
 * Those that the JSON object `json` names, as text for
 * room_settings_change(). CHAT_OK or CHAT_BAD_REQUEST: also an unknown name.
 */
enum chat_result room_settings_decode(const json_t *json,
                                      char out[ROOM_SETTINGS_SIZE]);

#endif
