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

/*
 * X(NAME, "word"): the word is the wire's. Fields beside `sid` (and `address`,
 * which every command may have) in the comments; `?`: may be left out.
 */
#define COMMAND_TYPES(X)                                                       \
    /* Sessions and people */                                                  \
    X(SESSION_NEW, "session_new") /* token_hash, nick, rooms?, replaces?, */   \
                                  /* kind?, role?, name?, person? */           \
    X(SESSION_GET, "session_get") /* token_hash */                             \
    X(SESSION_END, "session_end") /* no more */                                \
    X(SESSIONS, "sessions")       /* one's own */                              \
    X(SESSION_REVOKE, "session_revoke") /* target: one's own; 0: all */        \
    X(NICK, "nick")                     /* nick */                             \
    X(ACCOUNT_GET, "account_get") /* nick, or sid (one's own): its secret */   \
    X(REGISTER, "register")       /* secret: one's nick is an account */       \
    X(PASSPHRASE, "passphrase")   /* secret: another one; "": no account */    \
    X(PERSON_GET, "person_get")   /* to */                                     \
    X(ROLE, "role")               /* to, word: somebody's role */              \
    X(BLOCK, "block")             /* to, on */                                 \
    X(BLOCKS, "blocks")           /* whom one has blocked */                   \
    X(IDLE, "idle")               /* on: nobody is at the page */              \
    X(BYE, "bye")                 /* the page is closed */                     \
    X(TOUCH, "touch")             /* touches; without sid */                   \
    /* Rooms */                                                                \
    X(ROOMS, "rooms")                                                          \
    X(ROOM_NEW, "room_new")       /* room, text (topic)?, id, settings?, */    \
                                  /* secret? */                                \
    X(ROOM_GET, "room_get")       /* room */                                   \
    X(ROOM_SET, "room_set")       /* room, text (topic)?, settings?, */        \
                                  /* secret?, to? (its new name) */            \
    X(ROOM_DELETE, "room_delete") /* room */                                   \
    X(ROOM_SECRET, "room_secret") /* room: its secret, for the check */        \
    X(JOIN, "join")               /* room, verified? */                        \
    X(LEAVE, "leave")             /* room */                                   \
    X(MEMBERS, "members")         /* room */                                   \
    X(INVITE, "invite")           /* room, to, on */                           \
    X(RANK, "rank")               /* room, to, word */                         \
    X(DIRECT, "direct")           /* to: the room of two, made if need be */   \
    /* What is said */                                                         \
    X(POST, "post")       /* room, id, text, action?, reply_to? */             \
    X(EDIT, "edit")       /* room, target, text */                             \
    X(DELETE, "delete")   /* room, target, text (why)? */                      \
    X(REACT, "react")     /* room, target, text (emoji), on */                 \
    X(TYPING, "typing")   /* room */                                           \
    X(READ, "read")       /* room, target: read up to it */                    \
    X(HISTORY, "history") /* room, anchor?, seq?, limit, types? */             \
    X(EXPORT, "export")   /* as history */                                     \
    X(MESSAGE, "message") /* room, target */                                   \
    X(EDITS, "edits")     /* room, target: its former texts */                 \
    X(SEARCH, "search")   /* text, room?, seq (before)?, limit */              \
    X(EVENTS, "events")   /* seq (after), limit */                             \
    /* Moderation; without room: in the whole server */                        \
    X(KICK, "kick")             /* room, to, text (why)? */                    \
    X(MUTE, "mute")             /* room, to, seconds?, text? */                \
    X(UNMUTE, "unmute")         /* room, to */                                 \
    X(BAN, "ban")               /* room?, to, seconds?, text?, on: */          \
                                /* by address, too */                          \
    X(UNBAN, "unban")           /* room?, target: the ban */                   \
    X(BANS, "bans")             /* room?, seq (after)? */                      \
    X(UNDO, "undo")             /* room, to, seconds, text?, seq? */           \
    X(REPORT, "report")         /* room, target, text */                       \
    X(REPORT_END, "report_end") /* room, target: the report */                 \
    X(HELD_END, "held_end")     /* room, target: the held, on: approve */      \
    X(PENDING, "pending")       /* room: what is held and reported */          \
    X(AUDIT, "audit")           /* room?, seq (before)?, limit */              \
    /* Integration */                                                          \
    X(HOOK_NEW, "hook_new")   /* room, nick, token_hash | text (URL), */       \
                              /* secret */                                     \
    X(HOOKS, "hooks")         /* room */                                       \
    X(HOOK_END, "hook_end")   /* room, target */                               \
    X(HOOK_POST, "hook_post") /* token_hash, id, text, nick?; no sid */        \
    X(BOT_NEW, "bot_new")     /* nick, token_hash, word (role)? */             \
    X(BOT_END, "bot_end")     /* to */                                         \
    X(PAGE, "page")           /* as history; a visitor's, without sid */       \
    /* Without a session */                                                    \
    X(HEAD, "head")                                                            \
    X(HEALTH, "health")                                                        \
    /* The broker's own; never on the wire. */                                 \
    X(GONE, "gone")       /* person */                                         \
    X(EXPIRE, "expire")   /* sid */                                            \
    X(ROOM_OPEN, "open")  /* room: make it unless it is there */               \
    X(APPOINT, "appoint") /* nick: whose account is an admin from now on */    \
    X(PURGE, "purge")     /* room, target: all up to it is gone */

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
    MESSAGE_EDITS_MAX = 100,    /* of one message: all fit into an answer */
    MENTIONS_MAX = 20,          /* people that one message mentions */
    EMOJI_BYTES_MAX = EMOJI_SIZE - 1, /* of one reaction */
    MESSAGE_REACTIONS_MAX = 500,      /* to one message, of all people */
    MESSAGE_EMOJI_MAX = 20,           /* different ones among them */
    REASON_BYTES_MAX = 500,           /* of why something is done */
    SEARCH_BYTES_MAX = 500,           /* of what is searched for */
    /* Of a mute, say: ten years. */
    COMMAND_SECONDS_MAX = 10 * 366 * 24 * 3600,
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
    HISTORY_AT,     /* a time in milliseconds: what was not before it */
};

/* Strings and arrays are borrowed; which are set depends on the type. */
struct command {
    enum command_type type;
    int64_t sid;
    unsigned char token_hash[TOKEN_HASH_BYTES];
    unsigned char replaces[TOKEN_HASH_BYTES]; /* session that ends first */
    bool has_replaces;
    int64_t address;       /* address_hash() of the request; 0: not known */
    int64_t pid;           /* SESSION_NEW: account proven; GONE: who */
    enum person_kind kind; /* SESSION_NEW */
    enum role role;        /* SESSION_NEW, of the site's login */
    const char *name;      /* SESSION_NEW: the site's name for the person */
    const char *nick;
    const char *to;       /* a nick: whom it is done to; or a new name */
    const char *word;     /* a role, a rank */
    const char *secret;   /* a passphrase's hash; "": none */
    const char *settings; /* room_settings_print() of those to change */
    int64_t target;       /* seq of what it is about; 0: nothing */
    int64_t seconds;      /* how long; 0: for ever */
    bool on;              /* set, or revoke */
    bool verified;        /* JOIN: the passphrase was right */
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
    uint64_t types; /* bits 1 << enum event_type; 0: all */
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
