/*
 * The store: the log on disk, and beside it the tables that the log's events
 * add up to, so that a start need not read the whole log. The only place that
 * knows SQLite. One connection, WAL, synchronous=FULL: what a commit returned
 * for survives power loss. One process at a time (a lock file beside the
 * database). Other programs may read beside it; none may write: SQLite before
 * 3.51.3 can corrupt a WAL that two connections write or checkpoint.
 *
 * Writing: store_begin(), store_append() per event, store_commit(). Reads in
 * between see what was appended.
 *
 * Failures are logged here, at most one line a second.
 */
#ifndef BROKER_STORE_H
#define BROKER_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/command.h"
#include "common/event.h"
#include "common/result.h"

struct store;

enum { EPOCH_SIZE = 17 };

/*
 * Opens or creates the database at `path` (mode 0600; the folder must exist)
 * and brings its schema to this version (user_version, each step in one
 * transaction). "PATH.lock" is made too and stays. The caller frees with
 * store_close(). Logs why not:
 *
 * CHAT_IN_USE: another broker (its pid is in the log) or another program has
 * it; CHAT_UNSUPPORTED: made by a newer version; CHAT_SYSTEM: anything else,
 * also a file that is not a database or not ours, which is left as it was.
 */
enum chat_result store_open(const char *path, struct store **store_out);

/* Checkpoints and closes; a transaction under way is undone. NULL is fine. */
void store_close(struct store *store);

/* The log's name: 8 to 16 of a-z0-9, made at random with the database. */
const char *store_epoch(const struct store *store);

/* ---- writing ---- */

/* Begins a transaction; none may be under way. */
void store_begin(struct store *store);

/*
 * Adds `event` to the log and applies it to the tables, in the transaction
 * under way. `seq` must be new and `at_ms` not less than that of the event
 * before. Read back, an event has all its fields but the token's hash, which
 * is kept with its session only.
 *
 * A failure is remembered: appends do nothing from then on, and
 * store_commit() fails.
 */
void store_append(struct store *store, const struct event *event);

/*
 * CHAT_OK: everything appended is on disk. CHAT_UNAVAILABLE: nothing is, the
 * transaction is undone; the next one may work. A caller that had applied
 * the events to its memory must undo them there too, or load again
 * (store_load()). (Should power fail before the next successful commit, a
 * transaction whose final sync failed may be found complete after all: what
 * was not acknowledged may have happened, never the other way round.)
 */
enum chat_result store_commit(struct store *store);

/* Undoes the transaction under way; see store_commit() on memory. */
void store_rollback(struct store *store);

/*
 * Whether a transaction can be committed just now: commits one that really
 * writes, so it costs a sync. None may be under way. CHAT_OK or
 * CHAT_UNAVAILABLE.
 */
enum chat_result store_probe(struct store *store);

/*
 * Forgets message ids older than `before_ms`, also those of sessions that
 * have ended, in the transaction under way. Looks at the oldest `limit` ids,
 * so that is also the most it forgets. Returns how many.
 */
int store_forget_posted(struct store *store, int64_t before_ms, int limit);

/* ---- loading the state ---- */

struct stored_room {
    int64_t rid, n;
    const char *room, *topic, *id; /* id: of the command that made it, or "" */
};
struct stored_session {
    int64_t sid, created_at_ms;
    int64_t gone_at_ms; /* 0: here */
    enum role role;
    const char *nick;
    const unsigned char *token_hash;
};
struct stored_member {
    int64_t rid, sid, joined_seq;
};

/* Called for all rooms, then all sessions, then all members (in join order). */
struct store_loader {
    void *context;
    /* First; 0, 0: the log is empty. */
    void (*head)(void *context, int64_t seq, int64_t at_ms);
    void (*room)(void *context, const struct stored_room *room);
    void (*session)(void *context, const struct stored_session *session);
    void (*member)(void *context, const struct stored_member *member);
};

/* CHAT_OK or CHAT_UNAVAILABLE. Time grows with people, not messages. */
enum chat_result store_load(struct store *store,
                            const struct store_loader *loader);

/* ---- reading the log ---- */

/* What was remembered of a message id. */
struct posted {
    int64_t seq, n, at_ms, rid;
    unsigned char request_hash[16]; /* what was asked, see posted_hash() */
};

/*
 * The hash (BLAKE2b, 128 bits) of what a post asks for: room, type, text and
 * reply, so that a repeat with another request is noticed.
 */
void posted_hash(const struct event *event, unsigned char hash_out[16]);

/*
 * Whether session `sid` has posted `id` in the time remembered; the
 * transaction under way counts. A "no" that is only a failure to read does no
 * harm: the commit of this or else of the next transaction fails then.
 */
bool store_find_posted(struct store *store, int64_t sid, const char *id,
                       struct posted *posted_out);

/* Whether `seq` is a message or action in room `rid`; as above. */
bool store_find_message(struct store *store, int64_t rid, int64_t seq);

/*
 * `event` is valid during the call, which must not use the store. Return
 * false to end the reading: the event was not wanted any more.
 */
typedef bool store_event_fn(void *context, const struct event *event);

/* One room's page of history, of events that are shown (n > 0). */
struct history_query {
    int64_t rid;
    enum history_anchor anchor;
    int64_t seq;
    int limit;      /* 1..HISTORY_LIMIT_MAX; around: half older, half newer */
    uint32_t types; /* bits 1 << enum event_type; 0: all */
    /*
     * The page is cut, farthest from the anchor first, when the texts in it
     * (each counted with STORE_EVENT_BYTES more) go beyond this; one event is
     * always in it.
     */
    size_t bytes_max;
};
enum { STORE_EVENT_BYTES = 200 };

/*
 * Visits the page oldest first and says whether there is more in the
 * direction asked (newest, before: older; after: newer; around: either).
 * A visitor that ends the reading does not change what `more_out` says. Work
 * is bounded by the limit, whatever lies in the log: also with `types`.
 * CHAT_OK or CHAT_UNAVAILABLE (logged).
 */
enum chat_result store_history(struct store *store,
                               const struct history_query *query,
                               store_event_fn *visit, void *context,
                               bool *more_out);

/* A session's place in a room: events after `after_seq` are wanted. */
struct room_position {
    int64_t rid, after_seq;
};

/*
 * Visits the first `limit` (1..HISTORY_LIMIT_MAX) shown events of these
 * rooms, each after its own position, in log order; `more_out`: there are
 * others behind them, also those that the visitor did not want any more. Work
 * is bounded by room_count * limit index entries. Results as store_history().
 */
enum chat_result store_rooms_after(struct store *store,
                                   const struct room_position *rooms,
                                   size_t room_count, int limit,
                                   store_event_fn *visit, void *context,
                                   bool *more_out);

/*
 * Visits up to `limit` events after `after_seq` of the whole log, also those
 * not shown, in order: what a front end follows. As store_history().
 */
enum chat_result store_after(struct store *store, int64_t after_seq, int limit,
                             store_event_fn *visit, void *context);

#endif
