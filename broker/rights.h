/*
 * Who may do what: one table, from what somebody is on the server and in the
 * room to each right, and the one function that asks it. Pure.
 */
#ifndef BROKER_RIGHTS_H
#define BROKER_RIGHTS_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/state.h"
#include "common/result.h"

/* X(NAME, "word"): what can be done in a room, or in the server. */
#define RIGHTS(X)                                                              \
    X(KNOW, "know") /* that the room is there */                               \
    X(READ, "read") /* its history, and search it */                           \
    X(JOIN, "join")                                                            \
    X(POST, "post") /* messages and actions */                                 \
    X(REACT, "react")                                                          \
    X(EDIT_OWN, "edit_own")                                                    \
    X(DELETE_OWN, "delete_own")                                                \
    X(DELETE_ANY, "delete_any")                                                \
    X(TOPIC, "topic")                                                          \
    X(INVITE, "invite")                                                        \
    X(KICK, "kick")                                                            \
    X(MUTE, "mute")                                                            \
    X(BAN, "ban")                                                              \
    X(UNDO, "undo")                                                            \
    X(REPORT, "report")                                                        \
    X(APPROVE, "approve") /* held messages; see reports */                     \
    X(AUDIT, "audit")     /* what moderators did; former texts */              \
    X(EXPORT, "export")                                                        \
    X(SETTINGS, "settings") /* of the room, its passphrase, archiving */       \
    X(RANK, "rank")         /* make others moderators and owners */            \
    X(HOOKS, "hooks")                                                          \
    X(RENAME, "rename")                                                        \
    X(DELETE_ROOM, "delete_room")                                              \
    X(MAKE_ROOM, "make_room") /* from here on: in the server */                \
    X(DIRECT, "direct")       /* begin a room of two */                        \
    X(SERVER_BAN, "server_ban")                                                \
    X(SERVER_AUDIT, "server_audit")                                            \
    X(ROLES, "roles")                                                          \
    X(BOTS, "bots")

enum right {
#define RIGHT_ENUM(name, word) RIGHT_##name,
    RIGHTS(RIGHT_ENUM)
#undef RIGHT_ENUM
        RIGHT_COUNT
};

/*
 * What somebody is to a room, from least to most; the highest that is true
 * counts. A server's moderators and admins are that in every room but direct
 * ones.
 */
#define STANDINGS(X)                                                           \
    X(VISITOR, "visitor")     /* nobody known, no session */                   \
    X(OUTSIDER, "outsider")   /* has a session; not in the room */             \
    X(INVITED, "invited")     /* or knows the passphrase */                    \
    X(MEMBER, "member")       /* in the room */                                \
    X(MODERATOR, "moderator") /* of the room, or of the server */              \
    X(OWNER, "owner")                                                          \
    X(ADMIN, "admin") /* of the server */

enum standing {
#define STANDING_ENUM(name, word) STANDING_##name,
    STANDINGS(STANDING_ENUM)
#undef STANDING_ENUM
        STANDING_COUNT
};

/* What the right depends on. `room` NULL: the server itself. */
struct rights_question {
    const struct person *person; /* NULL: a visitor */
    const struct room *room;
    const struct member *member; /* NULL: has no place in the room */
    bool banned;                 /* in the room, or the server */
    bool verified;               /* has given the room's passphrase */
    int64_t wall_ms;             /* now: a mute may be over */
};

/* What the person is, by the highest that is true; see STANDINGS. */
enum standing rights_standing(const struct rights_question *question);

/* The table alone: whether `standing` has `right` in an ordinary room. */
bool rights_table(enum standing standing, enum right right);

/*
 * CHAT_OK, or why not, in this order: CHAT_NO_ROOM (may not know of it),
 * CHAT_BANNED, CHAT_NOT_MEMBER (would have it, were they in the room),
 * CHAT_MUTED, CHAT_FORBIDDEN. The room's settings count: an archived room has
 * no new messages, an announcement room has them from moderators alone.
 */
enum chat_result rights_check(const struct rights_question *question,
                              enum right right);

/*
 * Whether `person` may do something against `other` (kick, mute, ban, take a
 * rank): only from a higher standing, and an admin to anybody but admins.
 */
bool rights_outranks(const struct rights_question *person,
                     const struct rights_question *other);

/* "delete_any", "owner": the words of the lists above; never NULL. */
const char *right_word(enum right right);
const char *standing_word(enum standing standing);

#endif
