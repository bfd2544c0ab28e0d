/*
 * What the directory*.c files share. For them alone.
 */
#ifndef FCGI_DIRECTORY_INTERNAL_H
#define FCGI_DIRECTORY_INTERNAL_H

#include "fcgi/directory.h"

/* Changes of membership kept for snapshots that arrive late. */
enum { CHANGES_KEPT = 4096 };

/*
 * Rooms are a person's; an end, or becoming an account, is a session's; the
 * end of a room is that of everybody in it.
 */
struct change {
    int64_t seq;
    int64_t whose; /* a pid, a sid, or 0 */
    int64_t rid;
    enum event_type type;
};

struct directory {
    struct window *window;
    directory_end_fn *on_end;
    void *context;
    int64_t seq;
    int64_t forgotten_seq; /* floor of rooms that are not known */
    uint64_t signal_version;
    struct known_room *rooms;
    struct known_session *by_sid;
    struct known_session *by_token;
    struct known_account *accounts;
    struct change changes[CHANGES_KEPT];
    size_t change_count;       /* ever; the ring holds the last CHANGES_KEPT */
    int64_t changes_floor_seq; /* the ring is complete after this */
};

/* `session`'s place in the room `rid`; NULL: it is not in it. */
struct place *directory_find_place(const struct known_session *session,
                                   int64_t rid);

/*
 * Puts `session` into a room, which is known from then on; if it is in it
 * nothing changes. CHAT_OK or CHAT_NO_MEMORY.
 */
enum chat_result directory_add_place(struct directory *directory,
                                     struct known_session *session,
                                     const struct membership *membership);

/* Takes it out, and forgets the room if that was the last one in it. */
void directory_remove_place(struct directory *directory, struct place *place);

/*
 * The guest of `session` is from now on the account `pid`. CHAT_OK or
 * CHAT_NO_MEMORY.
 */
enum chat_result directory_become_account(struct directory *directory,
                                          struct known_session *session,
                                          int64_t pid);

/* Tells the session's end, and forgets it. */
void directory_end_session(struct directory *directory,
                           struct known_session *session);

/* Forgets the replies that `room` keeps for readers that want the same. */
void directory_forget_shared(struct known_room *room);

/*
 * Applies the changes after the moment of its snapshot to `session`, which is
 * forgotten if it does not come out CHAT_OK: CHAT_AGAIN: it has joined a room
 * meanwhile, whose name is not known here, or become another person: only
 * asking anew helps;
 * CHAT_SESSION_REQUIRED: it has ended.
 */
enum chat_result directory_catch_up(struct directory *directory,
                                    struct known_session *session);

#endif
