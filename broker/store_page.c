/*
 * Pages: the events nearest to a place in the log.
 *
 * An index on (rid, seq) or (rid, type, seq) gives the seqs of one room, or
 * of one room and type, in order, from any place on: a stream. A page over
 * several rooms or types merges their streams. Each is read for at most as
 * many entries as the page holds, and once the page is full, only as far as
 * the farthest seq in it: so the work depends on the page and the number of
 * streams, never on what else lies in the log.
 *
 * Only seqs are merged. The events themselves are then read by key, those
 * that made it into the page and no others.
 */
#include "broker/store_internal.h"

#include <assert.h>
#include <string.h>

enum {
    /* One more than is shown tells whether there is more. */
    NEAREST_MAX = HISTORY_LIMIT_MAX + 1,
};

/* The first seqs from an anchor on, in one direction. */
struct nearest {
    bool is_older; /* direction: towards older, else towards newer */
    /* Between these, exclusive, lies what could still come into `seqs`. */
    int64_t after;
    int64_t before;
    size_t capacity;
    size_t count;
    int64_t seqs[NEAREST_MAX]; /* the nearest first */
};

/* ---- collecting seqs ---- */

/* One more than the page shows, to know of more; exclusive bounds. */
static void nearest_init(struct nearest *nearest, bool is_older, int limit)
{
    assert(limit >= 1 && limit <= HISTORY_LIMIT_MAX);
    nearest->is_older = is_older;
    nearest->after = -1;
    nearest->before = INT64_MAX;
    nearest->capacity = (size_t)limit + 1;
    nearest->count = 0;
}

static bool is_nearer(const struct nearest *nearest, int64_t a, int64_t b)
{
    return nearest->is_older ? a > b : a < b;
}

/* When full, what is beyond the farthest need not be looked at any more. */
static void nearest_tighten(struct nearest *nearest)
{
    if (nearest->count < nearest->capacity)
        return;
    int64_t farthest = nearest->seqs[nearest->count - 1];
    if (nearest->is_older)
        nearest->after = farthest;
    else
        nearest->before = farthest;
}

/* Merges in a stream's seqs, nearest first as ours; the farthest fall out. */
static void nearest_merge(struct nearest *nearest, const int64_t *stream,
                          size_t stream_count)
{
    int64_t merged[NEAREST_MAX] = {0};
    size_t ours = 0, theirs = 0, count = 0;

    while (count < nearest->capacity &&
           (ours < nearest->count || theirs < stream_count)) {
        bool take_ours =
            theirs == stream_count ||
            (ours < nearest->count &&
             is_nearer(nearest, nearest->seqs[ours], stream[theirs]));
        merged[count++] = take_ours ? nearest->seqs[ours++] : stream[theirs++];
    }
    memcpy(nearest->seqs, merged, count * sizeof(*merged));
    nearest->count = count;
    nearest_tighten(nearest);
}

/* Reads the stream that `sql`, whose parameters are bound, stands for. */
static enum chat_result nearest_read(struct store *store, enum store_sql sql,
                                     struct nearest *nearest)
{
    int64_t stream[NEAREST_MAX];
    size_t count = 0;
    enum chat_result result;

    while (store_next(store, sql, &result)) {
        assert(count < NEAREST_MAX); /* LIMIT in the SQL */
        stream[count++] = sqlite3_column_int64(store->statements[sql], 0);
    }
    if (result == CHAT_OK)
        nearest_merge(nearest, stream, count);
    return result;
}

static enum chat_result collect_type(struct store *store, int64_t rid,
                                     int64_t type, bool shown,
                                     struct nearest *nearest)
{
    static const enum store_sql streams[2][2] = {
        {SQL_UNSHOWN_TYPE_NEWER, SQL_UNSHOWN_TYPE_OLDER},
        {SQL_SHOWN_TYPE_NEWER, SQL_SHOWN_TYPE_OLDER},
    };
    enum store_sql sql = streams[shown][nearest->is_older];

    STORE_BIND_NUMBERS(store, sql, rid, nearest->after, nearest->before,
                       (int64_t)nearest->capacity, type);
    return nearest_read(store, sql, nearest);
}

static enum chat_result collect_all(struct store *store, int64_t rid,
                                    struct nearest *nearest)
{
    enum store_sql sql = nearest->is_older ? SQL_SHOWN_OLDER : SQL_SHOWN_NEWER;

    STORE_BIND_NUMBERS(store, sql, rid, nearest->after, nearest->before,
                       (int64_t)nearest->capacity);
    return nearest_read(store, sql, nearest);
}

/* What is purged is out of reach, though it may be on disk for a while. */
static enum chat_result skip_purged(struct store *store, int64_t rid,
                                    struct nearest *nearest)
{
    int64_t purged_seq;
    enum chat_result result = store_purged_seq(store, rid, &purged_seq);

    if (result == CHAT_OK && nearest->after < purged_seq)
        nearest->after = purged_seq;
    return result;
}

/* The events of a room that are wanted, as struct history_query has it. */
struct kinds {
    uint64_t types;
    bool unshown;
};

static enum chat_result collect(struct store *store, int64_t rid,
                                struct kinds kinds, struct nearest *nearest)
{
    enum chat_result result = skip_purged(store, rid, nearest);

    if (result == CHAT_OK && kinds.types == 0)
        return collect_all(store, rid, nearest);
    for (int type = 0; type < EVENT_TYPE_COUNT && result == CHAT_OK; type++) {
        if ((kinds.types & (UINT64_C(1) << type)) == 0)
            continue;
        result = collect_type(store, rid, type, true, nearest);
        if (result == CHAT_OK && kinds.unshown)
            result = collect_type(store, rid, type, false, nearest);
    }
    return result;
}

/* ---- choosing ---- */

/* What is on both sides of a page's anchor, and how much of it is taken. */
struct page {
    struct nearest older;
    struct nearest newer;
    size_t older_count;
    size_t newer_count;
};

/* Each side has what its anchor asks for, or nothing. */
static enum chat_result page_collect(struct store *store,
                                     const struct history_query *query,
                                     struct page *page)
{
    const struct kinds kinds = {query->types, query->unshown};
    enum history_anchor anchor = query->anchor;
    enum chat_result result = CHAT_OK;

    nearest_init(&page->older, true, query->limit);
    nearest_init(&page->newer, false, query->limit);
    if (anchor == HISTORY_BEFORE)
        page->older.before = query->seq;
    if (anchor == HISTORY_AROUND && query->seq < INT64_MAX)
        page->older.before = query->seq + 1; /* inclusive */
    if (anchor == HISTORY_AFTER || anchor == HISTORY_AROUND)
        page->newer.after = query->seq;

    if (anchor != HISTORY_AFTER)
        result = collect(store, query->rid, kinds, &page->older);
    if (result == CHAT_OK &&
        (anchor == HISTORY_AFTER || anchor == HISTORY_AROUND))
        result = collect(store, query->rid, kinds, &page->newer);
    return result;
}

/* How large an event is on a page. */
static enum chat_result measure(struct store *store, int64_t seq,
                                size_t *bytes_out)
{
    enum chat_result result;

    STORE_BIND_NUMBERS(store, SQL_TEXT_BY_SEQ, seq);
    if (!store_next(store, SQL_TEXT_BY_SEQ, &result)) {
        store_log_failure(store, "event_missing");
        return CHAT_UNAVAILABLE;
    }
    *bytes_out = STORE_EVENT_BYTES + (size_t)sqlite3_column_bytes(
                                         store->statements[SQL_TEXT_BY_SEQ], 0);
    store_reset(store, SQL_TEXT_BY_SEQ);
    return CHAT_OK;
}

/*
 * Shares `limit` between the sides: half each, and what one side has not got
 * goes to the other.
 */
static void page_share(struct page *page, size_t limit)
{
    size_t older = page->older.count;
    size_t newer = page->newer.count;
    size_t for_newer = limit / 2;

    if (older < limit - for_newer)
        for_newer = limit - older;
    page->newer_count = newer < for_newer ? newer : for_newer;
    size_t for_older = limit - page->newer_count;
    page->older_count = older < for_older ? older : for_older;
}

/*
 * Cuts the page to `bytes_max`: from the anchor outwards, in turn on both
 * sides, until an event does not fit. The first always does.
 */
static enum chat_result page_cut(struct store *store, size_t bytes_max,
                                 struct page *page)
{
    size_t older = 0, newer = 0, bytes = 0;

    while (older < page->older_count || newer < page->newer_count) {
        bool is_older = older < page->older_count &&
                        (older <= newer || newer == page->newer_count);
        int64_t seq =
            is_older ? page->older.seqs[older] : page->newer.seqs[newer];
        size_t event_bytes;
        enum chat_result result = measure(store, seq, &event_bytes);
        if (result != CHAT_OK)
            return result;
        bytes += event_bytes;
        if (bytes > bytes_max && older + newer > 0)
            break;
        if (is_older)
            older++;
        else
            newer++;
    }
    page->older_count = older;
    page->newer_count = newer;
    return CHAT_OK;
}

/* ---- visiting ---- */

static enum chat_result page_visit(struct store *store, const struct page *page,
                                   store_event_fn *visit, void *context)
{
    enum chat_result result = CHAT_OK;
    bool goes_on = true;

    for (size_t i = page->older_count; i > 0 && goes_on; i--) {
        result = store_visit_seq(store, page->older.seqs[i - 1], visit, context,
                                 &goes_on);
        if (result != CHAT_OK)
            return result;
    }
    for (size_t i = 0; i < page->newer_count && goes_on; i++) {
        result = store_visit_seq(store, page->newer.seqs[i], visit, context,
                                 &goes_on);
        if (result != CHAT_OK)
            return result;
    }
    return result;
}

enum chat_result store_history(struct store *store,
                               const struct history_query *query,
                               store_event_fn *visit, void *context,
                               bool *more_out)
{
    struct page page;
    enum chat_result result = page_collect(store, query, &page);

    if (result != CHAT_OK)
        return result;
    page_share(&page, (size_t)query->limit);
    result = page_cut(store, query->bytes_max, &page);
    if (result == CHAT_OK)
        result = page_visit(store, &page, visit, context);
    if (result == CHAT_OK)
        *more_out = page.older.count > page.older_count ||
                    page.newer.count > page.newer_count;
    return result;
}

/* NOLINTNEXTLINE(readability-function-size): four of the seven are pairs */
enum chat_result store_rooms_after(struct store *store,
                                   const struct room_position *rooms,
                                   size_t room_count, int limit,
                                   store_event_fn *visit, void *context,
                                   bool *more_out)
{
    struct nearest newer;
    enum chat_result result = CHAT_OK;
    bool goes_on = true;
    size_t visited = 0;

    nearest_init(&newer, false, limit);
    for (size_t i = 0; i < room_count && result == CHAT_OK; i++) {
        newer.after = rooms[i].after_seq;
        result =
            collect(store, rooms[i].rid, (struct kinds){.types = 0}, &newer);
    }
    while (result == CHAT_OK && goes_on && visited < newer.count &&
           visited < (size_t)limit) {
        result = store_visit_seq(store, newer.seqs[visited], visit, context,
                                 &goes_on);
        if (goes_on)
            visited++;
    }
    if (result == CHAT_OK)
        *more_out = visited < newer.count;
    return result;
}
