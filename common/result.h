/*
 * What a function that can fail returns, everywhere in ajaxchat, and what the
 * broker answers a command with: one list, so that a refusal means the same
 * in the state machine, on the wire, and in the HTTP reply.
 *
 * Out-parameters are set only on CHAT_OK (and CHAT_REPEAT).
 */
#ifndef COMMON_RESULT_H
#define COMMON_RESULT_H

/*
 * X(NAME, "code"): NAME without its CHAT_ prefix; the code is the stable word
 * of the broker protocol and, for what a visitor can cause, of the HTTP
 * interface's problem documents.
 */
#define CHAT_RESULTS(X)                                                        \
    X(OK, "ok")                             /* done */                         \
    X(REPEAT, "repeat")                     /* was done before: same result */ \
    X(BAD_REQUEST, "bad_request")           /* malformed, field missing */     \
    X(SESSION_REQUIRED, "session_required") /* no such session (any more) */   \
    X(NOT_MEMBER, "not_member")             /* the room was not joined */      \
    X(FORBIDDEN, "forbidden")               /* known, but not allowed */       \
    X(MUTED, "muted")                       /* may read, not write */          \
    X(BANNED, "banned")                     /* may not come in */              \
    X(CROSS_SITE, "cross_site")             /* another site's page asks */     \
    X(NO_ROOM, "no_room")                   /* no such room */                 \
    X(NO_MESSAGE, "no_message")             /* no such message in the room */  \
    X(NOT_FOUND, "not_found")               /* no such route */                \
    X(METHOD_NOT_ALLOWED, "method_not_allowed") /* route knows others */       \
    X(NICK_TAKEN, "nick_taken")                 /* another session has it */   \
    X(ROOM_EXISTS, "room_exists")               /* cannot be created again */  \
    X(CURSOR_UNKNOWN, "cursor_unknown") /* not a position in this log */       \
    X(TOO_LARGE, "too_large")           /* above a size bound */               \
    X(BAD_TYPE, "bad_type")             /* body is not application/json */     \
    X(BAD_NICK, "bad_nick")             /* breaks the nick rules */            \
    X(BAD_ROOM, "bad_room")             /* breaks the room-name rules */       \
    X(BAD_TEXT, "bad_text")             /* empty, too long, not text */        \
    X(BAD_ID, "bad_id")                 /* not 1-64 of A-Za-z0-9_- */          \
    X(ID_REUSED, "id_reused")           /* same id, different request */       \
    X(RATE_LIMITED, "rate_limited")     /* too much, too fast */               \
    X(UNAVAILABLE, "unavailable")       /* broker or disk away: retry */       \
    X(AGAIN, "again")                   /* nothing now: wait, ask again */     \
    X(CLOSED, "closed")                 /* the peer has gone */                \
    X(FULL, "full")                     /* a capacity bound is reached */      \
    X(UNSUPPORTED, "unsupported")       /* this build or backend cannot */     \
    X(IN_USE, "in_use")                 /* another process has it */           \
    X(NO_MEMORY, "no_memory")           /* allocation failed */                \
    X(SYSTEM, "system")                 /* see errno or the log */

enum chat_result {
#define CHAT_RESULT_ENUM(name, code) CHAT_##name,
    CHAT_RESULTS(CHAT_RESULT_ENUM)
#undef CHAT_RESULT_ENUM
        CHAT_RESULT_COUNT
};

/* The stable code of `result`, for example "not_member"; never NULL. */
const char *chat_result_code(enum chat_result result);

/*
 * The result whose code is `code` (NUL-terminated). CHAT_OK and the result in
 * `result_out`, or CHAT_BAD_REQUEST for an unknown code.
 */
enum chat_result chat_result_parse(const char *code,
                                   enum chat_result *result_out);

#endif
