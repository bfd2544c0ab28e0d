/*
 * A command: what a front end wants done, as plain data. Every command may
 * be sent again after a lost reply and is then answered as the first time:
 * a session is known by its token's hash, a room by the id of the command
 * that made it, a message by its sender's id for it; the rest change nothing
 * the second time.
 */
#ifndef COMMON_COMMAND_H
#define COMMON_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/event.h"

/* X(NAME, "word"): the word is the wire's. */
#define COMMAND_TYPES(X)                                                       \
    X(SESSION_NEW, "session_new") /* token_hash, nick, rooms, replaces */      \
    X(SESSION_GET, "session_get") /* token_hash */                             \
    X(SESSION_END, "session_end") /* sid */                                    \
    X(ROOMS, "rooms")             /* sid */                                    \
    X(ROOM_NEW, "room_new")       /* sid, room, text (topic), id */            \
    X(JOIN, "join")               /* sid, room */                              \
    X(LEAVE, "leave")             /* sid, room */                              \
    X(POST, "post")               /* sid, room, id, text, action, reply_to */  \
    X(HISTORY, "history")         /* sid, room, anchor, seq, limit, types */   \
    X(EVENTS, "events")           /* sid, seq (after), limit */                \
    X(TOUCH, "touch")             /* touches */                                \
    X(HEAD, "head")               /* nothing */                                \
    X(HEALTH, "health")           /* nothing */                                \
    /* The broker's own; never on the wire. */                                 \
    X(GONE, "gone")      /* sid */                                             \
    X(EXPIRE, "expire")  /* sid */                                             \
    X(ROOM_OPEN, "open") /* room: make it unless it is there */

enum command_type {
#define COMMAND_TYPE_ENUM(name, word) COMMAND_##name,
    COMMAND_TYPES(COMMAND_TYPE_ENUM)
#undef COMMAND_TYPE_ENUM
        COMMAND_TYPE_COUNT
};

enum {
    COMMAND_ROOMS_MAX = 50,     /* rooms one SESSION_NEW names */
    COMMAND_TOUCHES_MAX = 1000, /* sessions one TOUCH names */
    COMMAND_BATCH_MAX = 1000,   /* commands of one request */
    HISTORY_LIMIT_MAX = 200,    /* events of one HISTORY or EVENTS */
    /* JSON bytes of the events of one answer, after which it is cut. */
    HISTORY_BYTES_MAX = 256 * 1024,
};

/* "This session polled or did something `age_ms` ago." */
struct touch {
    int64_t sid;
    int64_t age_ms;
};

enum history_anchor {
    HISTORY_NEWEST,
    HISTORY_BEFORE, /* exclusive */
    HISTORY_AFTER,  /* exclusive */
    HISTORY_AROUND, /* inclusive */
};

/* Strings and arrays are borrowed; which are set depends on the type. */
struct command {
    enum command_type type;
    int64_t sid;
    unsigned char token_hash[TOKEN_HASH_BYTES];
    unsigned char replaces[TOKEN_HASH_BYTES]; /* session that ends first */
    bool has_replaces;
    const char *nick;
    const char *room;
    const char *id;
    const char *text;
    bool action;
    int64_t reply_to; /* 0: none */
    bool has_rooms;   /* SESSION_NEW: exactly `rooms`, else the default */
    const char *rooms[COMMAND_ROOMS_MAX];
    size_t room_count;
    enum history_anchor anchor;
    int64_t seq;
    int64_t limit;  /* 1..HISTORY_LIMIT_MAX */
    uint32_t types; /* bits 1 << enum event_type; 0: all */
    struct touch *touches;
    size_t touch_count;
};

/* "post"; never NULL. */
const char *command_type_word(enum command_type type);

/*
 * CHAT_OK and the type, or CHAT_BAD_REQUEST for an unknown word and for the
 * broker's own.
 */
enum chat_result command_type_parse(const char *word,
                                    enum command_type *type_out);

#endif
