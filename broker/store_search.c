/*
 * Full text. The index (FTS5) holds words and places, no texts, and is filled
 * behind the log: meta's indexed_seq says how far. So a post does not pay for
 * it; whoever searches, or has nothing else to do, does.
 *
 * To take a message out, FTS5 must be given the text that was put in. That is
 * the message's text as reads give it, at any time: an edit or delete of a
 * message that is indexed takes it out before, and puts it in again after.
 *
 * What people look for never reaches FTS5's query language: words and phrases
 * are cut by us, at blanks and double quotes, and each is given to it as a
 * string, which cannot contain the one character that ends it.
 */
#include "broker/store_internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"

enum {
    ROOM_WORD_SIZE = 24, /* "r9223372036854775807" */
    EXPRESSION_SIZE =
        SEARCH_BYTES_MAX + 4 * SEARCH_WORDS_MAX +
        SEARCH_ROOMS_MAX * (ROOM_WORD_SIZE + (int)sizeof("\"\" OR ")) + 100,
    STEPS_PER_LOOK = 200, /* at the clock */
    MERGE_PAGES = 64,     /* written anew in one portion */
};

/* ---- the index ---- */

/* The word that stands for a room in the index. */
static void room_word(int64_t rid, char out[ROOM_WORD_SIZE])
{
    snprintf(out, ROOM_WORD_SIZE, "r%lld", (long long)rid);
}

/* Puts `event` in, or takes it out, if it is something to be found. */
static void change_index(struct store *store, enum store_sql sql,
                         const struct event *event)
{
    char room[ROOM_WORD_SIZE];

    if (event->type != EVENT_MESSAGE && event->type != EVENT_ACTION)
        return;
    if (event->text == NULL)
        return;
    room_word(event->rid, room);
    struct binding row = store_bind(store, sql);
    bind_number(&row, event->seq);
    bind_text(&row, event->text);
    bind_text(&row, room);
    store_write(store, sql);
}

/* The same for the message `seq` as it is now, if the index has come to it. */
static void change_index_at(struct store *store, enum store_sql sql,
                            int64_t seq)
{
    sqlite3_stmt *row = store->statements[SQL_EVENT_BY_SEQ];
    int64_t indexed_seq;
    struct event event;

    if (store->failed)
        return;
    enum chat_result result =
        store_read_number(store, SQL_INDEXED, 0, &indexed_seq);
    if (result == CHAT_OK && seq <= indexed_seq) {
        STORE_BIND_NUMBERS(store, SQL_EVENT_BY_SEQ, seq);
        if (store_next(store, SQL_EVENT_BY_SEQ, &result)) {
            store_read_event(row, &event);
            change_index(store, sql, &event);
            store_reset(store, SQL_EVENT_BY_SEQ);
        }
    }
    if (result != CHAT_OK)
        store->failed = true;
}

void store_unindex(struct store *store, int64_t seq)
{
    change_index_at(store, SQL_SEARCH_REMOVE, seq);
}

void store_reindex(struct store *store, int64_t seq)
{
    change_index_at(store, SQL_SEARCH_ADD, seq);
}

int store_index_some(struct store *store, int limit)
{
    sqlite3_stmt *row = store->statements[SQL_EVENTS_AFTER];
    enum chat_result result;
    int64_t indexed_seq;
    struct event event;
    int count = 0;

    assert(store->in_transaction);
    if (store->failed ||
        store_read_number(store, SQL_INDEXED, 0, &indexed_seq) != CHAT_OK)
        return 0;
    STORE_BIND_NUMBERS(store, SQL_EVENTS_AFTER, indexed_seq, limit);
    while (store_next(store, SQL_EVENTS_AFTER, &result)) {
        store_read_event(row, &event);
        change_index(store, SQL_SEARCH_ADD, &event);
        indexed_seq = event.seq;
        count++;
    }
    if (result != CHAT_OK)
        store->failed = true;
    if (count > 0)
        STORE_WRITE_NUMBERS(store, SQL_INDEXED_SET, indexed_seq);
    return count;
}

/*
 * What was said last is indexed before it is searched. If that fails, older
 * things are found all the same.
 */
static void index_tail(struct store *store)
{
    int64_t head_seq, indexed_seq;

    if (store->in_transaction) {
        store_index_some(store, INDEX_ROWS_MAX);
        return;
    }
    if (store_read_number(store, SQL_HEAD, 0, &head_seq) != CHAT_OK ||
        store_read_number(store, SQL_INDEXED, 0, &indexed_seq) != CHAT_OK ||
        indexed_seq >= head_seq)
        return;
    store_begin(store);
    store_index_some(store, INDEX_ROWS_MAX);
    (void)store_commit(store);
}

/*
 * FTS5 takes a negative number of pages as "all segments, be they merged
 * already or not"; what it does at a time is bounded all the same.
 */
bool store_clean_index(struct store *store, bool begin)
{
    int64_t before = sqlite3_total_changes64(store->database);

    assert(store->in_transaction);
    STORE_WRITE_NUMBERS(store, SQL_SEARCH_MERGE,
                        begin ? -MERGE_PAGES : MERGE_PAGES);
    /* One change is the statement itself. */
    return !store->failed &&
           sqlite3_total_changes64(store->database) - before > 1;
}

/* ---- what is asked for ---- */

/* FTS5's expression being written; what it holds has been measured before. */
struct expression {
    char text[EXPRESSION_SIZE];
    size_t length;
};

static void write_bytes(struct expression *expression, const char *bytes,
                        size_t length)
{
    assert(expression->length + length < sizeof(expression->text));
    memcpy(expression->text + expression->length, bytes, length);
    expression->length += length;
    expression->text[expression->length] = '\0';
}

static void write_text(struct expression *expression, const char *text)
{
    write_bytes(expression, text, strlen(text));
}

/* `length` bytes, without double quotes, as a string. */
static void write_string(struct expression *expression, const char *bytes,
                         size_t length)
{
    write_text(expression, "\"");
    write_bytes(expression, bytes, length);
    write_text(expression, "\" ");
}

/*
 * All the words and phrases of `text`, at most SEARCH_WORDS_MAX: CHAT_OK, or
 * CHAT_BAD_TEXT. A quote that is not closed goes to the end.
 */
static enum chat_result write_words(struct expression *expression,
                                    const char *text)
{
    static const char blanks[] = " \t\r\n";
    int count = 0;

    write_text(expression, "{text} : (");
    for (;;) {
        text += strspn(text, blanks);
        if (*text == '\0')
            break;
        bool is_phrase = *text == '"';
        if (is_phrase)
            text++;
        size_t length = strcspn(text, is_phrase ? "\"" : " \t\r\n\"");
        if (length > 0 && ++count > SEARCH_WORDS_MAX)
            return CHAT_BAD_TEXT;
        if (length > 0)
            write_string(expression, text, length);
        text += length;
        if (is_phrase && *text == '"')
            text++;
    }
    write_text(expression, ")");
    return count > 0 ? CHAT_OK : CHAT_BAD_TEXT;
}

/* And any of the rooms. */
static void write_rooms(struct expression *expression,
                        const struct search_query *query)
{
    char room[ROOM_WORD_SIZE];

    write_text(expression, " AND {room} : (");
    for (size_t i = 0; i < query->rid_count; i++) {
        room_word(query->rids[i], room);
        if (i > 0)
            write_text(expression, "OR ");
        write_string(expression, room, strlen(room));
    }
    write_text(expression, ")");
}

static enum chat_result write_expression(struct expression *expression,
                                         const struct search_query *query)
{
    expression->length = 0;
    if (strlen(query->text) > SEARCH_BYTES_MAX)
        return CHAT_BAD_TEXT;
    enum chat_result result = write_words(expression, query->text);
    if (result == CHAT_OK)
        write_rooms(expression, query);
    return result;
}

/* ---- searching ---- */

struct findings {
    int64_t seqs[HISTORY_LIMIT_MAX + 1]; /* newest first */
    int count;
    bool is_cut; /* time was up: there may be more */
};

static int is_late(void *deadline_ms)
{
    return clock_mono_ms() >= *(const int64_t *)deadline_ms;
}

/*
 * FTS5 may walk far for one row, so the clock is looked at from within: SQLite
 * calls is_late() every few steps, also those for the index's pages.
 */
static enum chat_result find(struct store *store,
                             const struct search_query *query,
                             const char *expression, struct findings *findings)
{
    int64_t deadline_ms = clock_mono_ms() + query->time_max_ms;
    struct binding search = store_bind(store, SQL_SEARCH);
    int code;

    bind_text(&search, expression);
    bind_number(&search, query->before_seq);
    bind_number(&search, query->limit + 1);
    findings->count = 0;
    sqlite3_progress_handler(store->database, STEPS_PER_LOOK, is_late,
                             &deadline_ms);
    while ((code = sqlite3_step(search.statement)) == SQLITE_ROW)
        findings->seqs[findings->count++] =
            sqlite3_column_int64(search.statement, 0);
    sqlite3_progress_handler(store->database, 0, NULL, NULL);
    findings->is_cut = (code & 0xff) == SQLITE_INTERRUPT;
    if (code != SQLITE_DONE && !findings->is_cut)
        store_failure(store, SQL_SEARCH);
    store_reset(store, SQL_SEARCH);
    return code == SQLITE_DONE || findings->is_cut ? CHAT_OK : CHAT_UNAVAILABLE;
}

/* What stands between the findings and the visitor. */
struct page {
    struct store *store;
    size_t bytes, bytes_max;
    int visited_count;
    store_event_fn *visit;
    void *context;
};

/* The purged are not shown, whether they are swept yet or not. */
static bool visit_found(void *context, const struct event *event)
{
    struct page *page = context;
    int64_t purged_seq;

    if (store_purged_seq(page->store, event->rid, &purged_seq) != CHAT_OK)
        return false;
    if (event->seq <= purged_seq)
        return true;
    page->bytes += STORE_EVENT_BYTES;
    page->bytes += event->text != NULL ? strlen(event->text) : 0;
    if (page->bytes > page->bytes_max && page->visited_count > 0)
        return false;
    page->visited_count++;
    return page->visit(page->context, event);
}

enum chat_result store_search(struct store *store,
                              const struct search_query *query,
                              store_event_fn *visit, void *context,
                              bool *more_out)
{
    struct expression expression;
    struct findings findings = {.count = 0};
    struct page page = {
        .store = store,
        .bytes_max = query->bytes_max,
        .visit = visit,
        .context = context,
    };
    bool goes_on = true;
    int i = 0;

    assert(query->limit >= 1 && query->limit <= HISTORY_LIMIT_MAX);
    assert(query->rid_count <= SEARCH_ROOMS_MAX);
    enum chat_result result = write_expression(&expression, query);
    if (result == CHAT_OK && query->rid_count > 0) {
        index_tail(store);
        result = find(store, query, expression.text, &findings);
    }
    for (; result == CHAT_OK && goes_on && i < findings.count; i++) {
        if (i == query->limit)
            break;
        result = store_visit_seq(store, findings.seqs[i], visit_found, &page,
                                 &goes_on);
    }
    if (result == CHAT_OK)
        *more_out = !goes_on || i < findings.count || findings.is_cut;
    return result;
}
