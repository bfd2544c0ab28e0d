/*
 * The directory: which sessions this front end has seen, which rooms they are
 * in, and who is to be woken by an event. A cache of the broker's state, kept
 * right by applying the feed; what is not in it is asked for.
 */
#ifndef FCGI_DIRECTORY_H
#define FCGI_DIRECTORY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "common/bytes.h"
#include "common/event.h"
#include "common/protocol.h"
#include "common/result.h"
#include "fcgi/accounts.h"
#include "fcgi/kept_signals.h"
#include "fcgi/window.h"

/*
 * The last poll reply, or message of streams, that was about this room alone,
 * see fcgi/poll_reply.c.
 */
struct shared_reply {
    int64_t since_seq, first_seq, head_seq;
    uint64_t signal_versions[ROOM_SIGNAL_COUNT]; /* 0: not in it */
    struct bytes *bytes;
    int64_t next_seq; /* that it gives */
};
enum { SHARED_REPLIES = 2 }; /* one for polls, one for streams */

struct known_room {
    int64_t rid;
    char *name;
    struct window_room window;
    struct place *places; /* of the sessions here that are in it */
    struct room_signals signals;
    struct shared_reply shared[SHARED_REPLIES];
    int64_t answered_ms; /* monotonic clock; fcgi/holds.c */
    int64_t held_seq;    /* its first event held back, or 0; fcgi/holds.c */
    UT_hash_handle hh;
};

/* A known session's membership of a room. */
struct place {
    struct known_room *room;
    struct known_session *session;
    int64_t joined_seq;
    struct place *room_prev, *room_next;
    struct place *prev, *next; /* in the session */
};

struct known_session {
    int64_t sid;
    int64_t pid;       /* whose it is; a guest's is their sid */
    int64_t as_of_seq; /* events up to here are in it */
    unsigned char token_hash[TOKEN_HASH_BYTES];
    struct place *places;
    struct poll *polls; /* parked; fcgi/polls.c */
    size_t poll_count;
    struct known_session *woken_next; /* fcgi/polls.c */
    bool woken;
    int64_t active_ms;   /* monotonic clock: last request */
    int64_t reported_ms; /* monotonic clock: what the broker was told last */
    uint64_t signal_version;          /* what its polls were told last */
    struct personal_signals *signals; /* since then; NULL: none */
    UT_hash_handle by_token;
    UT_hash_handle by_sid;
};

struct directory;

/* Told when a session ends, before it is freed. */
typedef void directory_end_fn(void *context, struct known_session *session);

/* NULL: no memory. `on_end` may be NULL. */
struct directory *directory_new(struct window *window, directory_end_fn *on_end,
                                void *context);
void directory_free(struct directory *directory);

/* Forgets everything; the log goes on from `seq`. Sessions end. */
void directory_reset(struct directory *directory, int64_t seq);

/* The newest event applied. */
int64_t directory_seq(const struct directory *directory);

/*
 * Applies the next event of the feed. Returns the room whose readers have
 * something new by it; NULL: nobody is shown anything.
 */
struct known_room *directory_apply(struct directory *directory,
                                   const struct event *event);

/* Nothing is missing up to `seq`, though no event may have that number. */
void directory_advance(struct directory *directory, int64_t seq);

/* NULL: not known. */
struct known_session *
directory_find_token(const struct directory *directory,
                     const unsigned char token_hash[TOKEN_HASH_BYTES]);
struct known_session *directory_find_sid(const struct directory *directory,
                                         int64_t sid);
struct known_room *directory_find_room(const struct directory *directory,
                                       int64_t rid);
struct known_room *directory_find_room_named(const struct directory *directory,
                                             const char *name);

/*
 * Learns a session from a session_encode() object that is of the moment
 * `as_of_seq`; takes what is internal out of it, also where it learns nothing:
 * because it is known already, or CHAT_AGAIN.
 *
 * CHAT_OK; CHAT_AGAIN: the feed is too far beyond that moment: ask anew;
 * CHAT_SESSION_REQUIRED: it has ended meanwhile; CHAT_BAD_REQUEST: not such
 * an object; CHAT_NO_MEMORY.
 */
enum chat_result
directory_learn(struct directory *directory, json_t *session, int64_t as_of_seq,
                const unsigned char token_hash[TOKEN_HASH_BYTES],
                struct known_session **session_out);

/* Forgets a session that has no parked polls; it can be asked for again. */
void directory_forget(struct directory *directory,
                      struct known_session *session);

/* Whose sessions: calls `each` with those of the person `pid` that are here. */
typedef void directory_session_fn(void *context, struct known_session *session);
void directory_each_session_of(struct directory *directory, int64_t pid,
                               directory_session_fn *each, void *context);

/* All sessions: walk by `by_sid.next`. */
struct known_session *directory_sessions(const struct directory *directory);

/* The session's polls have been told all signals there are. */
void directory_mark_told(const struct directory *directory,
                         struct known_session *session);

/*
 * Takes note of a room's newest signal, which is copied. False: signals of
 * this type are of no room.
 */
bool directory_signal(struct directory *directory, struct known_room *room,
                      const struct signal *signal);

/* Takes note of a signal to one session, which is copied. */
void directory_signal_session(struct directory *directory,
                              struct known_session *session,
                              const struct signal *signal);

#endif
