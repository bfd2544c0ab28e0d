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

/*
 * Remembers that message `seq` in room `rid` mentions person `pid`, until
 * they have read it or it is gone; in the transaction under way.
 */
void store_add_mention(struct store *store, int64_t pid, int64_t rid,
                       int64_t seq);

/*
 * Outgoing hook `hook_seq` has told of its room's events up to
 * `delivered_seq`; in the transaction under way.
 */
void store_set_delivered(struct store *store, int64_t hook_seq,
                         int64_t delivered_seq);

/* ---- retention ---- */

/* What is to be kept of a room. */
struct retention {
    int64_t rid;
    int64_t before_ms; /* what is older goes; INT64_MIN: nothing by age */
    int64_t count;     /* the newest so many shown events stay; 0: all */
};

/*
 * Up to where a room is to be purged (the target of a PURGE event): CHAT_OK
 * and the seq; 0: nothing to do. CHAT_UNAVAILABLE. Work is a few dozen
 * lookups, however long the log is.
 */
enum chat_result store_purge_target(struct store *store,
                                    const struct retention *retention,
                                    int64_t *target_out);

/*
 * One portion of what retention removes from the disk, in the transaction
 * under way: what PURGE and ROOM_END have put out of reach, but nothing
 * newer than `before_ms` (who follows the log may not have read it yet), and
 * the texts that DELETE, and HELD_END, have. At most `limit` events and rooms.
 * Returns how many; 0: there is nothing to do.
 *
 * The words of such a text leave the index for search as well, but can be
 * found in its older parts by whoever reads the file; see store_clean_index().
 */
int store_sweep(struct store *store, int64_t before_ms, int limit);

/*
 * One portion of writing the index for search anew, without the words that
 * have left it, in the transaction under way; `begin`: the first one of a
 * pass. True: there is more to do. A pass reads and writes the whole index.
 */
bool store_clean_index(struct store *store, bool begin);

/*
 * Moves what was committed into the database file and empties the WAL beside
 * it, which has old pages; no transaction is under way.
 */
void store_checkpoint(struct store *store);

/* Bytes of the database that are in use; 0: it cannot be read. */
int64_t store_bytes(struct store *store);

/* ---- loading the state ---- */

/*
 * Rows of what the log adds up to. Strings and hashes are valid during the
 * call, and never NULL unless it says so.
 */
struct stored_room {
    int64_t rid, n;
    const char *room, *topic;
    const char *id;       /* of the command that made it, or "" */
    const char *secret;   /* NULL: none */
    const char *settings; /* room_settings_print(), from the default */
    int64_t purged_seq;   /* its events up to here are gone; 0: none is */
};
struct stored_person {
    int64_t pid, created_at_ms;
    int64_t gone_at_ms; /* 0: here */
    enum person_kind kind;
    enum role role;
    const char *nick;
    const char *name;   /* NULL: none */
    const char *secret; /* NULL: none */
    int64_t maker_pid;  /* PERSON_BOT: who made it; else 0 */
};
struct stored_session {
    int64_t sid, pid, created_at_ms;
    int64_t idle_at_ms; /* 0: it is not */
    const unsigned char *token_hash;
};
struct stored_member {
    int64_t rid, pid;
    int64_t joined_seq; /* 0: not in the room */
    enum rank rank;
    bool invited;
    bool approved;          /* a held message of theirs was let in */
    int64_t muted_until_ms; /* 0: not muted */
    int64_t read_seq;
};
struct stored_ban {
    int64_t seq, at_ms; /* of its event */
    int64_t rid;        /* 0: the whole server */
    int64_t pid, address, until_ms;
    const char *nick, *text, *by; /* text: why; NULL where the event has none */
};
struct stored_block {
    int64_t pid, to_pid;
};
struct stored_hook {
    int64_t seq, rid;
    const char *name;
    const unsigned char *token_hash; /* NULL: an outgoing one */
    const char *url, *secret;        /* NULL: an incoming one */
    int64_t delivered_seq; /* outgoing: told of its room's events up to here */
};

/*
 * Called for all rows of a kind, one kind after the other, as listed; what a
 * row names has come before it. Members come in the order of joining, those
 * who are not in their room first; all others in the order of their making.
 * A callback that is NULL is not wanted.
 */
struct store_loader {
    void *context;
    /* First; 0, 0: the log is empty. */
    void (*head)(void *context, int64_t seq, int64_t at_ms);
    void (*room)(void *context, const struct stored_room *room);
    void (*person)(void *context, const struct stored_person *person);
    void (*session)(void *context, const struct stored_session *session);
    void (*member)(void *context, const struct stored_member *member);
    void (*ban)(void *context, const struct stored_ban *ban);
    void (*block)(void *context, const struct stored_block *block);
    void (*hook)(void *context, const struct stored_hook *hook);
};

/* CHAT_OK or CHAT_UNAVAILABLE. Time grows with people, not messages. */
enum chat_result store_load(struct store *store,
                            const struct store_loader *loader);

/* ---- reading bans ---- */

/* Bans of a room (rid 0: of the server) that are not over. */
struct ban_query {
    int64_t rid;
    int64_t first_seq; /* the first that is wanted, inclusive */
    int64_t wall_ms;   /* now */
    int limit;
};
/* Valid during the call, which must not use the store. */
typedef void store_ban_fn(void *context, const struct stored_ban *ban);

/* Visits them in the order of their making. CHAT_OK or CHAT_UNAVAILABLE. */
enum chat_result store_bans(struct store *store, const struct ban_query *query,
                            store_ban_fn *visit, void *context);

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

/* What there is to know of a message that something is to be done with. */
struct found_message {
    enum event_type type;
    int64_t n, at_ms, pid, sid;
    bool deleted;        /* its number is all that is left */
    int64_t changed_seq; /* its newest edit, or its delete; 0: none */
    int edit_count;
    int reaction_count;
    int emoji_count; /* different ones among the reactions */
};

/*
 * Whether `seq` is a message or action in room `rid`, also a deleted one, but
 * none that is purged; as above. `found_out` may be NULL.
 */
bool store_find_message(struct store *store, int64_t rid, int64_t seq,
                        struct found_message *found_out);

/* Whose reaction with one emoji it may be. */
struct reaction_key {
    int64_t rid, target, pid;
    const char *emoji;
};
struct found_reaction {
    bool own;    /* that of `pid` is there */
    bool others; /* or that of somebody else */
};

/* What there is of reactions like this; as above. */
void store_find_reaction(struct store *store, const struct reaction_key *key,
                         struct found_reaction *found_out);

/* Whether event `seq` was written with exactly this text; as above. */
bool store_has_text(struct store *store, int64_t seq, const char *text);

/*
 * Whether `seq` of room `rid` is a held message, or a report, that is still to
 * be decided on (`type`: EVENT_HELD or EVENT_REPORT); as above.
 */
bool store_find_pending(struct store *store, int64_t rid, int64_t seq,
                        enum event_type type);

/* How many of a room's held messages and reports are to be decided on. */
int store_count_pending(struct store *store, int64_t rid);

/*
 * The report of message `target` by person `pid` that is still to be decided
 * on; 0: there is none. As above.
 */
int64_t store_find_report(struct store *store, int64_t rid, int64_t target,
                          int64_t pid);

/*
 * `event` is valid during the call, which must not use the store. Return
 * false to end the reading: the event was not wanted any more.
 *
 * Messages come as they are now: with the text of their newest edit and
 * `edited_ms`, or, as their edits, without text and `deleted`. What is purged
 * does not come any more (see stored_room.purged_seq).
 */
typedef bool store_event_fn(void *context, const struct event *event);

/*
 * One room's page of history, of events that are shown (n > 0). rid 0 is the
 * server, which shows none.
 */
struct history_query {
    int64_t rid;
    enum history_anchor anchor;
    int64_t seq;
    int limit;      /* 1..HISTORY_LIMIT_MAX; around: half older, half newer */
    uint64_t types; /* bits 1 << enum event_type; 0: all */
    bool unshown;   /* also what is not shown, of `types` (not 0) */
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

/*
 * The seq of the first event that was not before `at_ms`, of whatever room;
 * one more than the newest if there is none. CHAT_OK or CHAT_UNAVAILABLE.
 */
enum chat_result store_seq_at(struct store *store, int64_t at_ms,
                              int64_t *seq_out);

/* The seq of a room's event `n`. CHAT_OK, CHAT_NO_MESSAGE, CHAT_UNAVAILABLE. */
enum chat_result store_seq_of(struct store *store, int64_t rid, int64_t n,
                              int64_t *seq_out);

/*
 * Visits event `seq`, if it is in room `rid`, shown or not. CHAT_OK,
 * CHAT_NO_MESSAGE, CHAT_UNAVAILABLE.
 */
enum chat_result store_event(struct store *store, int64_t rid, int64_t seq,
                             store_event_fn *visit, void *context);

/*
 * Visits a message as it was said first, then the first `limit` edits of it,
 * each with its own text; deleted, they have none. Results as store_event().
 */
enum chat_result store_edits(struct store *store, int64_t rid, int64_t seq,
                             int limit, store_event_fn *visit, void *context);

/*
 * Visits the first `limit` held messages and reports of a room that are still
 * to be decided on, oldest first. Results as store_history().
 */
enum chat_result store_pending(struct store *store, int64_t rid, int limit,
                               store_event_fn *visit, void *context);

/* ---- reading what belongs to messages ---- */

/* Somebody's reaction to message `target`. */
struct stored_reaction {
    int64_t target, pid;
    const char *nick, *emoji;
};
/* Valid during the call, which must not use the store. */
typedef void store_reaction_fn(void *context,
                               const struct stored_reaction *reaction);

/* Of the messages of a room from one seq to another, both inclusive. */
struct reaction_query {
    int64_t rid, first_seq, last_seq;
    int limit; /* reactions */
};

/*
 * Visits reactions ordered by message, then by emoji, then by person's pid.
 * CHAT_OK or CHAT_UNAVAILABLE.
 */
enum chat_result store_reactions(struct store *store,
                                 const struct reaction_query *query,
                                 store_reaction_fn *visit, void *context);

/* What is new to somebody in a room. */
struct unread {
    int messages; /* and actions, also their own; at most UNREAD_MAX */
    int mentions; /* of them; at most UNREAD_MAX */
};
enum { UNREAD_MAX = 100 }; /* more is "many" to anybody */

/* Counts what came after `after_seq`. CHAT_OK or CHAT_UNAVAILABLE. */
enum chat_result store_unread(struct store *store, int64_t pid, int64_t rid,
                              int64_t after_seq, struct unread *unread_out);

/* ---- searching ---- */

/* All words of `text`; what is in double quotes is a phrase. */
struct search_query {
    const char *text;
    const int64_t *rids; /* the rooms to search */
    size_t rid_count;    /* at most SEARCH_ROOMS_MAX */
    int64_t before_seq;  /* exclusive; INT64_MAX: from the newest on */
    int limit;           /* 1..HISTORY_LIMIT_MAX */
    size_t bytes_max;    /* see struct history_query */
    int64_t time_max_ms; /* the loop waits meanwhile: SEARCH_TIME_MS */
};
enum {
    SEARCH_ROOMS_MAX = 200, /* of one person: the setting's largest */
    SEARCH_WORDS_MAX = 16,  /* words and phrases */
    SEARCH_TIME_MS = 100,   /* enough for all but words that are everywhere */
};

/*
 * Visits the messages found, newest first, and whether there are more. Words
 * are compared without case and marks. What was said just now is found too:
 * up to INDEX_ROWS_MAX events that are not in the index yet are put there
 * first, in a transaction of its own unless one is under way. Ends early when
 * time is up: then `more_out` is true, too.
 *
 * CHAT_OK; CHAT_BAD_TEXT: no word to look for, or beyond a bound;
 * CHAT_UNAVAILABLE.
 */
enum chat_result store_search(struct store *store,
                              const struct search_query *query,
                              store_event_fn *visit, void *context,
                              bool *more_out);

enum { INDEX_ROWS_MAX = 1000 }; /* about 20 ms */

/*
 * Puts messages into the index: goes on from where it ended, through `limit`
 * events of the log, in the transaction under way. Returns how many events
 * that were; 0: the index is complete.
 */
int store_index_some(struct store *store, int limit);

#endif
