/*
 * An event: one immutable row of the log. The log is the truth; rooms,
 * sessions and membership are what applying its events in order gives.
 */
#ifndef COMMON_EVENT_H
#define COMMON_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/names.h"
#include "common/result.h"

/*
 * X(NAME, "word", in_room): the word is the HTTP interface's and the wire's;
 * the number (the place in this list) is what the store keeps: append only.
 * Events that are not in a room concern the server and are never shown.
 */
#define EVENT_TYPES(X)                                                         \
    X(MESSAGE, "message", true)            /* text, id, reply_to */            \
    X(ACTION, "action", true)              /* /me: as message */               \
    X(JOIN, "join", true)                  /* reason: none, or back */         \
    X(LEAVE, "leave", true)                /* reason: left, gone, ... */       \
    X(ROOM, "room", true)                  /* room made; text: its topic */    \
    X(SESSION_NEW, "session_new", false)   /* token_hash, from, role */        \
    X(SESSION_END, "session_end", false)   /* reason: logout, expired */       \
    X(SESSION_GONE, "session_gone", false) /* after its leaves */              \
    X(SESSION_BACK, "session_back", false) /* before its joins */

enum event_type {
#define EVENT_TYPE_ENUM(name, word, in_room) EVENT_##name,
    EVENT_TYPES(EVENT_TYPE_ENUM)
#undef EVENT_TYPE_ENUM
        EVENT_TYPE_COUNT
};

/* Why somebody came or left; numbers are kept by the store: append only. */
#define EVENT_REASONS(X)                                                       \
    X(NONE, "")                                                                \
    X(LEFT, "left")       /* left the room */                                  \
    X(LOGOUT, "logout")   /* ended the session */                              \
    X(GONE, "gone")       /* not seen for the grace time; still a member */    \
    X(EXPIRED, "expired") /* session ended for want of requests */             \
    X(BACK, "back")       /* was gone, is here again */

enum event_reason {
#define EVENT_REASON_ENUM(name, word) REASON_##name,
    EVENT_REASONS(EVENT_REASON_ENUM)
#undef EVENT_REASON_ENUM
        EVENT_REASON_COUNT
};

/* What a session may do; numbers are kept by the store: append only. */
enum role { ROLE_GUEST, ROLE_COUNT };

enum { TOKEN_HASH_BYTES = 32 };

/* Strings are borrowed and NULL where the type has none. */
struct event {
    int64_t seq;   /* position in the log, from 1 */
    int64_t n;     /* position in its room, from 1; 0: not shown to anyone */
    int64_t at_ms; /* wall clock, never less than the event before */
    enum event_type type;
    enum event_reason reason;
    enum role role;   /* of the session, SESSION_NEW and JOIN */
    int64_t rid;      /* the room: seq of its ROOM event; 0: none */
    int64_t sid;      /* the session: seq of its SESSION_NEW; 0: the server */
    const char *room; /* the room's name */
    const char *from; /* the session's nick; NULL: the server */
    const char *text; /* text or topic */
    const char *id;   /* the sender's id for it; ROOM: the command's id */
    int64_t reply_to; /* seq of the message replied to; 0: none */
    const unsigned char *token_hash; /* TOKEN_HASH_BYTES, SESSION_NEW */
};

/* "message"; never NULL. */
const char *event_type_word(enum event_type type);

/* CHAT_OK and the type, or CHAT_BAD_REQUEST for an unknown word. */
enum chat_result event_type_parse(const char *word, enum event_type *type_out);

/* Whether events of this type are in a room. */
bool event_type_in_room(enum event_type type);

/* "left"; "" for REASON_NONE; never NULL. Parse as event_type_parse(). */
const char *event_reason_word(enum event_reason reason);
enum chat_result event_reason_parse(const char *word,
                                    enum event_reason *reason_out);

/* "guest"; never NULL. Parse as event_type_parse(). */
const char *role_word(enum role role);
enum chat_result role_parse(const char *word, enum role *role_out);

#endif
