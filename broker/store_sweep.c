/*
 * Retention. Purging is an event that moves a room's purged_seq: from then on
 * nothing up to there is read, at no cost. The rows themselves are removed
 * afterwards, in portions, here: what is said in a room is never in the way of
 * what was said in it.
 */
#include "broker/store_internal.h"

#include <assert.h>

enum { PORTION_ROWS = 256 }; /* seqs that are read before they are removed */

/* ---- how far to purge ---- */

/* The last event that is too old; 0: none is. */
static enum chat_result last_by_age(struct store *store,
                                    const struct retention *retention,
                                    int64_t *seq_out)
{
    int64_t first_kept_seq;

    *seq_out = 0;
    if (retention->before_ms == INT64_MIN)
        return CHAT_OK;
    enum chat_result result =
        store_seq_at(store, retention->before_ms, &first_kept_seq);
    if (result == CHAT_OK)
        *seq_out = first_kept_seq - 1;
    return result;
}

/* The last event that is one too many; 0: none is. */
static enum chat_result last_by_count(struct store *store,
                                      const struct retention *retention,
                                      int64_t *seq_out)
{
    int64_t n;

    *seq_out = 0;
    if (retention->count == 0)
        return CHAT_OK;
    STORE_BIND_NUMBERS(store, SQL_ROOM_N, retention->rid);
    enum chat_result result = store_read_number(store, SQL_ROOM_N, 0, &n);
    if (result != CHAT_OK || n <= retention->count)
        return result;
    result = store_seq_of(store, retention->rid, n - retention->count, seq_out);
    return result == CHAT_NO_MESSAGE ? CHAT_OK : result; /* purged already */
}

/* The room's last shown event up to `seq`; 0: all before are purged. */
static enum chat_result last_shown(struct store *store, int64_t rid,
                                   int64_t seq, int64_t *seq_out)
{
    int64_t purged_seq;
    enum chat_result result = store_purged_seq(store, rid, &purged_seq);

    if (result != CHAT_OK)
        return result;
    STORE_BIND_NUMBERS(store, SQL_SHOWN_OLDER, rid, purged_seq, seq + 1, 1);
    return store_read_number(store, SQL_SHOWN_OLDER, 0, seq_out);
}

enum chat_result store_purge_target(struct store *store,
                                    const struct retention *retention,
                                    int64_t *target_out)
{
    int64_t by_age_seq, by_count_seq;
    enum chat_result result = last_by_age(store, retention, &by_age_seq);

    if (result == CHAT_OK)
        result = last_by_count(store, retention, &by_count_seq);
    if (result == CHAT_OK)
        result = last_shown(
            store, retention->rid,
            by_age_seq > by_count_seq ? by_age_seq : by_count_seq, target_out);
    return result;
}

/* ---- removing what is out of reach ---- */

/* A room being swept: `to_seq` is where this sweep ends. */
struct sweep {
    int64_t rid, purged_seq, ended_seq, to_seq;
    int limit; /* rows that may still be removed */
};

/* An event, and what is kept beside it. */
static void remove_event(struct store *store, int64_t rid, int64_t seq)
{
    store_unindex(store, seq);
    STORE_WRITE_NUMBERS(store, SQL_EVENT_REMOVE, seq);
    STORE_WRITE_NUMBERS(store, SQL_MESSAGE_REMOVE, seq);
    STORE_WRITE_NUMBERS(store, SQL_REACTION_REMOVE_ALL, rid, seq);
    STORE_WRITE_NUMBERS(store, SQL_MENTION_REMOVE_MESSAGE, rid, seq);
    STORE_WRITE_NUMBERS(store, SQL_PENDING_REMOVE, rid, seq);
}

/* Removes the events that `sql`, whose parameters are bound, gives. */
static void remove_rows(struct store *store, enum store_sql sql,
                        struct sweep *sweep)
{
    int64_t seqs[PORTION_ROWS];
    enum chat_result result;
    int count = 0;

    while (store_next(store, sql, &result)) {
        assert(count < PORTION_ROWS); /* LIMIT in the SQL */
        seqs[count++] = sqlite3_column_int64(store->statements[sql], 0);
    }
    if (result != CHAT_OK)
        store->failed = true;
    for (int i = 0; i < count; i++)
        remove_event(store, sweep->rid, seqs[i]);
    sweep->limit -= count;
}

static int portion(const struct sweep *sweep)
{
    return sweep->limit < PORTION_ROWS ? sweep->limit : PORTION_ROWS;
}

/* Removes what is shown and what is not; until there is none, or the limit. */
static void sweep_events(struct store *store, struct sweep *sweep)
{
    int before;

    do {
        before = sweep->limit;
        STORE_BIND_NUMBERS(store, SQL_SHOWN_NEWER, sweep->rid, -1,
                           sweep->to_seq + 1, portion(sweep));
        remove_rows(store, SQL_SHOWN_NEWER, sweep);
        for (int type = 0; type < EVENT_TYPE_COUNT && sweep->limit > 0;
             type++) {
            STORE_BIND_NUMBERS(store, SQL_UNSHOWN_TYPE_NEWER, sweep->rid, -1,
                               sweep->to_seq + 1, portion(sweep), type);
            remove_rows(store, SQL_UNSHOWN_TYPE_NEWER, sweep);
        }
    } while (!store->failed && sweep->limit > 0 && sweep->limit < before);
}

/* One room; the room goes too if it has ended and nothing is left of it. */
static void sweep_room(struct store *store, struct sweep *sweep)
{
    sweep_events(store, sweep);
    if (sweep->limit <= 0)
        return;
    sweep->limit--;
    STORE_WRITE_NUMBERS(store, SQL_ROOM_SET_SWEPT, sweep->rid, sweep->to_seq);
    if (sweep->ended_seq != 0 && sweep->to_seq == sweep->purged_seq)
        STORE_WRITE_NUMBERS(store, SQL_ROOM_REMOVE, sweep->rid);
}

/* The room that was swept longest ago, up to `last_seq` at most. */
static bool next_room(struct store *store, int64_t last_seq,
                      struct sweep *sweep)
{
    sqlite3_stmt *row = store->statements[SQL_UNSWEPT_ROOM];
    enum chat_result result = CHAT_OK;

    STORE_BIND_NUMBERS(store, SQL_UNSWEPT_ROOM, last_seq);
    bool found = store_next(store, SQL_UNSWEPT_ROOM, &result);
    if (result != CHAT_OK)
        store->failed = true;
    if (!found)
        return false;
    sweep->rid = sqlite3_column_int64(row, 0);
    sweep->purged_seq = sqlite3_column_int64(row, 1);
    sweep->ended_seq = sqlite3_column_int64(row, 2);
    store_reset(store, SQL_UNSWEPT_ROOM);
    sweep->to_seq = sweep->purged_seq < last_seq ? sweep->purged_seq : last_seq;
    return true;
}

/* ---- emptying what was deleted ---- */

/* The texts of one message and of its edits; false: there is none left. */
static bool empty_message(struct store *store)
{
    int64_t seq;

    if (store_read_number(store, SQL_UNEMPTIED, 0, &seq) != CHAT_OK) {
        store->failed = true;
        return false;
    }
    if (seq == 0)
        return false;
    STORE_WRITE_NUMBERS(store, SQL_EVENT_EMPTY, seq);
    STORE_WRITE_NUMBERS(store, SQL_EDITS_EMPTY, seq);
    STORE_WRITE_NUMBERS(store, SQL_MESSAGE_SET_EMPTIED, seq);
    return true;
}

/* ---- both ---- */

int store_sweep(struct store *store, int64_t before_ms, int limit)
{
    struct sweep sweep = {.limit = limit};
    int64_t first_kept_seq;

    assert(store->in_transaction);
    if (store->failed)
        return 0;
    while (sweep.limit > 0 && empty_message(store) && !store->failed)
        sweep.limit--;
    if (store_seq_at(store, before_ms, &first_kept_seq) != CHAT_OK)
        store->failed = true;
    while (sweep.limit > 0 && !store->failed &&
           next_room(store, first_kept_seq - 1, &sweep))
        sweep_room(store, &sweep);
    return store->failed ? 0 : limit - sweep.limit;
}

int64_t store_bytes(struct store *store)
{
    int64_t bytes = 0;

    (void)store_read_number(store, SQL_BYTES, 0, &bytes);
    return bytes;
}
