/*
 * Places in the log by something else than seq. Time rises with seq, and so
 * does a room's n: a binary search by seq finds either, without an index that
 * every message would have to pay for. Purging leaves holes, so each probe
 * takes the first event there is from a seq on.
 */
#include "broker/store_internal.h"

/* What is searched: the first event whose second column is not below this. */
struct place_query {
    enum store_sql sql; /* gives seq and what rises with it, from a seq on */
    int64_t rid;        /* for SQL_N_AT_OR_AFTER */
    int64_t wanted;
};

/* One row: where there is an event, and what it has. seq 0: there is none. */
struct probe {
    int64_t seq, value;
};

static enum chat_result probe_from(struct store *store,
                                   const struct place_query *query,
                                   int64_t from_seq, struct probe *probe_out)
{
    sqlite3_stmt *row = store->statements[query->sql];
    enum chat_result result = CHAT_OK;

    if (query->sql == SQL_N_AT_OR_AFTER)
        STORE_BIND_NUMBERS(store, query->sql, query->rid, from_seq);
    else
        STORE_BIND_NUMBERS(store, query->sql, from_seq);
    *probe_out = (struct probe){.seq = 0};
    if (store_next(store, query->sql, &result)) {
        probe_out->seq = sqlite3_column_int64(row, 0);
        probe_out->value = sqlite3_column_int64(row, 1);
        store_reset(store, query->sql);
    }
    return result;
}

/* The first event that is far enough in `place_out`; seq 0: none is. */
static enum chat_result find_place(struct store *store,
                                   const struct place_query *query,
                                   struct probe *place_out)
{
    struct probe place = {.seq = 0}, probe;
    int64_t low = 0; /* all before it are not far enough */
    int64_t high;    /* from the first event at it on, all are; or none are */

    enum chat_result result = store_read_number(store, SQL_HEAD, 0, &high);
    high++;
    while (result == CHAT_OK && low < high) {
        int64_t middle = low + (high - low) / 2;
        result = probe_from(store, query, middle, &probe);
        if (probe.seq != 0 && probe.value < query->wanted) {
            low = probe.seq + 1;
            continue;
        }
        if (probe.seq != 0)
            place = probe;
        high = middle;
    }
    if (result == CHAT_OK)
        *place_out = place;
    return result;
}

enum chat_result store_seq_at(struct store *store, int64_t at_ms,
                              int64_t *seq_out)
{
    const struct place_query query = {.sql = SQL_AT_OR_AFTER, .wanted = at_ms};
    struct probe place;
    int64_t head_seq;

    enum chat_result result = find_place(store, &query, &place);
    if (result == CHAT_OK)
        result = store_read_number(store, SQL_HEAD, 0, &head_seq);
    if (result == CHAT_OK)
        *seq_out = place.seq != 0 ? place.seq : head_seq + 1;
    return result;
}

enum chat_result store_seq_of(struct store *store, int64_t rid, int64_t n,
                              int64_t *seq_out)
{
    const struct place_query query = {
        .sql = SQL_N_AT_OR_AFTER, .rid = rid, .wanted = n};
    struct probe place;
    int64_t purged_seq;

    enum chat_result result = find_place(store, &query, &place);
    if (result == CHAT_OK)
        result = store_purged_seq(store, rid, &purged_seq);
    if (result != CHAT_OK)
        return result;
    if (place.seq == 0 || place.value != n || place.seq <= purged_seq)
        return CHAT_NO_MESSAGE;
    *seq_out = place.seq;
    return CHAT_OK;
}
