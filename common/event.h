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
    X(MESSAGE, "message", true)          /* text, id, reply_to; to, target */  \
    X(ACTION, "action", true)            /* /me: as message */                 \
    X(JOIN, "join", true)                /* reason; value: enum rank */        \
    X(LEAVE, "leave", true)              /* reason; value: 1, a member on */   \
    X(ROOM, "room", true)                /* room made; text: its topic */      \
    X(SESSION_NEW, "session_new", false) /* token_hash, from, role */          \
    X(SESSION_END, "session_end", false) /* reason: logout, expired */         \
    X(PERSON_GONE, "person_gone", false) /* after their leaves; value */       \
    X(PERSON_BACK, "person_back", false) /* before their joins; value */       \
    X(EDIT, "edit", true)                /* target, text */                    \
    X(DELETE, "delete", true)            /* target; text: why, or NULL */      \
    X(REACTION, "reaction", true)        /* target; text: emoji; value */      \
    X(NICK, "nick", true)                /* to; after the person_nick */       \
    X(TOPIC, "topic", true)              /* text */                            \
    X(SETTINGS, "settings", true)        /* text: room_settings_print() */     \
    X(RENAME, "rename", true)            /* to: the room's new name */         \
    X(ROOM_END, "room_end", true)        /* the room is deleted */             \
    X(INVITE, "invite", true)            /* to, to_pid; value: 0 revokes */    \
    X(RANK, "rank", true)                /* to, to_pid; value: enum rank */    \
    X(KICK, "kick", true)                /* to, to_pid; text: why */           \
    X(MUTE, "mute", true)                /* to, to_pid, until_ms; text */      \
    X(UNMUTE, "unmute", true)            /* to, to_pid */                      \
    X(BAN, "ban", true)                  /* to, ..., until_ms; text */         \
    X(UNBAN, "unban", true)              /* target: the ban's seq; to */       \
    X(READ, "read", true)                /* target: read up to; no n */        \
    X(REPORT, "report", true)            /* target; text: why; no n */         \
    X(REPORT_END, "report_end", true)    /* target: the report; no n */        \
    X(HELD, "held", true)                /* message; value: action; no n */    \
    X(HELD_END, "held_end", true)        /* target: the held; value; no n */   \
    X(PERSON_NEW, "person_new", false)   /* account: from, role, kind, to */   \
    X(PERSON_SET, "person_set", false)   /* role, secret */                    \
    X(PERSON_END, "person_end", false)   /* the account is deleted */          \
    X(PERSON_NICK, "person_nick", false) /* to */                              \
    X(BLOCK, "block", false)             /* to, to_pid; value: 0 revokes */    \
    X(SERVER_BAN, "server_ban", false)   /* as ban, everywhere */              \
    X(SERVER_UNBAN, "server_unban", false) /* target; to */                    \
    X(HOOK_NEW, "hook_new", true)          /* as struct hook says; no n */     \
    X(HOOK_END, "hook_end", true)          /* target: the hook's; no n */      \
    X(PURGE, "purge", true)                /* target: gone up to; no n */      \
    X(ROLE, "role", true)                  /* to, to_pid; role */

enum event_type {
#define EVENT_TYPE_ENUM(name, word, in_room) EVENT_##name,
    EVENT_TYPES(EVENT_TYPE_ENUM)
#undef EVENT_TYPE_ENUM
        EVENT_TYPE_COUNT
};

/*
 * What is not plain from the list:
 *
 * JOIN: reason back is a member who was gone; else they become one, `value`
 * is the rank they begin with (0: the one they have), and an invitation is
 * used up. LEAVE: reason gone, or value 1: they are not here but stay a member.
 * Else they are none any more; rank and mute, if there are any, are kept.
 *
 * PERSON_GONE, PERSON_BACK: the session `sid` is idle, or is not any more.
 * value 0: and so the person is gone, or back; 1: they are here all along, by
 * another session. PERSON_GONE with reason logout, expired or revoked: `sid`
 * is about to end, and was the last that was here.
 *
 * PERSON_NEW: `to` is the site's name for the person; `to_pid`, for a bot, who
 * made it. With `sid`, the guest of that session is who becomes the account,
 * with all that they have: from here on their pid is this event's seq.
 * PERSON_SET: role, and secret if not NULL. ROLE: `to` has another role on the
 * server, now that a PERSON_SET or PERSON_NEW has said so; `role` is theirs.
 *
 * SETTINGS: text, if not NULL, says what changes (room_settings_change());
 * secret, if not NULL, is the room's new one. A room named "~..." is a direct
 * one.
 *
 * MESSAGE of a hook: `from` is the hook's name, `sid` and `target` its seq,
 * `to` (or NULL) who it says the message is from; there is no person.
 *
 * HOOK_NEW: `to` is its name; incoming: token_hash; outgoing: text is its URL,
 * secret the key of its signatures.
 */

/* Why somebody came or left; numbers are kept by the store: append only. */
#define EVENT_REASONS(X)                                                       \
    X(NONE, "")                                                                \
    X(LEFT, "left")       /* left the room */                                  \
    X(LOGOUT, "logout")   /* ended the session */                              \
    X(GONE, "gone")       /* not seen for the grace time; still a member */    \
    X(EXPIRED, "expired") /* session ended for want of requests */             \
    X(BACK, "back")       /* was gone, is here again */                        \
    X(KICKED, "kicked")   /* see the event before */                           \
    X(BANNED, "banned")   /* see the event before */                           \
    X(REVOKED, "revoked") /* session ended from another one, or by a role */   \
    X(CLOSED, "closed")   /* the room was deleted */

enum event_reason {
#define EVENT_REASON_ENUM(name, word) REASON_##name,
    EVENT_REASONS(EVENT_REASON_ENUM)
#undef EVENT_REASON_ENUM
        EVENT_REASON_COUNT
};

/*
 * What a person is on this server; numbers are kept by the store: append
 * only. From least to most: visitor (no session, reads what is public), guest,
 * member (an account), moderator, admin; see role_level().
 */
enum role {
    ROLE_GUEST,
    ROLE_MEMBER,
    ROLE_MODERATOR,
    ROLE_ADMIN,
    ROLE_VISITOR,
    ROLE_COUNT
};

/* What a person is in one room; numbers are kept: append only. */
enum rank { RANK_NONE, RANK_MODERATOR, RANK_OWNER, RANK_COUNT };

/* How a person came to be; numbers are kept: append only. */
enum person_kind {
    PERSON_GUEST,      /* a nick, and one session */
    PERSON_REGISTERED, /* an account with a passphrase of ours */
    PERSON_SITE,       /* an account of the site's own login */
    PERSON_BOT,        /* a program, by a token that does not age */
    PERSON_KIND_COUNT
};

enum { TOKEN_HASH_BYTES = 32 };

/* Strings are borrowed and NULL where the type has none. */
struct event {
    int64_t seq;   /* position in the log, from 1 */
    int64_t n;     /* position in its room, from 1; 0: not shown to anyone */
    int64_t at_ms; /* wall clock, never less than the event before */
    enum event_type type;
    enum event_reason reason;
    enum role role;        /* of the person: SESSION_NEW, JOIN, PERSON_... */
    enum person_kind kind; /* of the person: SESSION_NEW, PERSON_NEW */
    int64_t rid;           /* the room: seq of its ROOM event; 0: none */
    int64_t pid;           /* who did it: seq of the PERSON_NEW, or a guest's */
                           /* sid; 0: the server */
    int64_t sid;           /* by which session: seq of its SESSION_NEW; or 0 */
    const char *room;      /* the room's name */
    const char *from;      /* the person's nick; NULL: the server */
    const char *text;      /* text, topic, emoji or reason given */
    const char *id;        /* the sender's id; ROOM: the command's id */
    int64_t reply_to;      /* seq of the message replied to; 0: none */
    int64_t target;        /* seq of the event that this one is about; or 0 */
    int64_t to_pid;        /* whom it is done to; 0: nobody */
    const char *to;        /* their nick; or a new name */
    int64_t until_ms;      /* wall clock; INT64_MAX: for ever; 0: none */
    int64_t value;         /* as the type says */
    const char *mentions;  /* nicks that the text names, '\n' between them */
    /* Set by reads alone, of messages, actions and edits: */
    int64_t edited_ms; /* `text` is what an edit at this time made it; or 0 */
    bool deleted;      /* and so there is no text any more */
    /* Never on the wire to browsers: */
    int64_t address; /* address_hash() of whom it is done to, or who did it */
    /* Kept with the session, the account, the room, and nowhere else: */
    const unsigned char *token_hash; /* TOKEN_HASH_BYTES, SESSION_NEW */
    const char *secret;              /* passphrase hash, "": none any more */
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

/* Roles in order: 0 for visitor, 1 for guest, ... 4 for admin. */
int role_level(enum role role);

/* "owner"; "" for RANK_NONE; never NULL. Parse as event_type_parse(). */
const char *rank_word(enum rank rank);
enum chat_result rank_parse(const char *word, enum rank *rank_out);

/* "bot"; never NULL. Parse as event_type_parse(). */
const char *person_kind_word(enum person_kind kind);
enum chat_result person_kind_parse(const char *word,
                                   enum person_kind *kind_out);

#endif
