/*
 * Single events, and the log in its order. Rows go to the visitor straight
 * out of the statement: nothing is copied, so what it is given is valid only
 * while it runs.
 */
#include "broker/store_internal.h"

#include <assert.h>

static_assert(EVENT_EDIT == 9, "the SQL has it as a number");

/* ---- rows ---- */

/* The columns of STORE_SELECT_EVENT. */
enum event_column {
    COLUMN_SEQ,
    COLUMN_N,
    COLUMN_AT_MS,
    COLUMN_TYPE,
    COLUMN_REASON,
    COLUMN_ROLE,
    COLUMN_KIND,
    COLUMN_RID,
    COLUMN_PID,
    COLUMN_SID,
    COLUMN_ROOM,
    COLUMN_NICK,
    COLUMN_TEXT,
    COLUMN_ID,
    COLUMN_REPLY_TO,
    COLUMN_TARGET,
    COLUMN_TO_PID,
    COLUMN_TO_NICK,
    COLUMN_UNTIL_MS,
    COLUMN_VALUE,
    COLUMN_ADDRESS,
    COLUMN_EDITED_MS,
    COLUMN_DELETED,
    COLUMN_MENTIONS,
};

void store_read_event(sqlite3_stmt *row, struct event *event_out)
{
    *event_out = (struct event){
        .seq = sqlite3_column_int64(row, COLUMN_SEQ),
        .n = sqlite3_column_int64(row, COLUMN_N),
        .at_ms = sqlite3_column_int64(row, COLUMN_AT_MS),
        .type = (enum event_type)sqlite3_column_int(row, COLUMN_TYPE),
        .reason = (enum event_reason)sqlite3_column_int(row, COLUMN_REASON),
        .role = (enum role)sqlite3_column_int(row, COLUMN_ROLE),
        .kind = (enum person_kind)sqlite3_column_int(row, COLUMN_KIND),
        .rid = sqlite3_column_int64(row, COLUMN_RID),
        .pid = sqlite3_column_int64(row, COLUMN_PID),
        .sid = sqlite3_column_int64(row, COLUMN_SID),
        .room = column_optional_text(row, COLUMN_ROOM),
        .from = column_optional_text(row, COLUMN_NICK),
        .text = column_optional_text(row, COLUMN_TEXT),
        .id = column_optional_text(row, COLUMN_ID),
        .reply_to = sqlite3_column_int64(row, COLUMN_REPLY_TO),
        .target = sqlite3_column_int64(row, COLUMN_TARGET),
        .to_pid = sqlite3_column_int64(row, COLUMN_TO_PID),
        .to = column_optional_text(row, COLUMN_TO_NICK),
        .until_ms = sqlite3_column_int64(row, COLUMN_UNTIL_MS),
        .value = sqlite3_column_int64(row, COLUMN_VALUE),
        .address = sqlite3_column_int64(row, COLUMN_ADDRESS),
        .edited_ms = sqlite3_column_int64(row, COLUMN_EDITED_MS),
        .deleted = sqlite3_column_int(row, COLUMN_DELETED) != 0,
        .mentions = column_optional_text(row, COLUMN_MENTIONS),
    };
    event_out->pid = store_event_pid(event_out);
}

enum chat_result store_read_number(struct store *store, enum store_sql sql,
                                   int64_t otherwise, int64_t *number_out)
{
    enum chat_result result = CHAT_OK;
    int64_t number = otherwise;

    if (store_next(store, sql, &result)) {
        number = sqlite3_column_int64(store->statements[sql], 0);
        store_reset(store, sql);
    }
    if (result == CHAT_OK)
        *number_out = number;
    return result;
}

enum chat_result store_purged_seq(struct store *store, int64_t rid,
                                  int64_t *seq_out)
{
    STORE_BIND_NUMBERS(store, SQL_ROOM_PURGED, rid);
    return store_read_number(store, SQL_ROOM_PURGED, 0, seq_out);
}

/* ---- what deciding has to know ---- */

/*
 * Whether `sql`, whose parameters are bound, finds a row; then it is on it.
 * What cannot be read must not be decided on: the commit fails.
 */
static bool is_found(struct store *store, enum store_sql sql)
{
    enum chat_result result = CHAT_OK;
    bool found = store_next(store, sql, &result);

    if (result != CHAT_OK)
        store->failed = true;
    return found;
}

bool store_find_message(struct store *store, int64_t rid, int64_t seq,
                        struct found_message *found_out)
{
    sqlite3_stmt *row = store->statements[SQL_MESSAGE_FIND];

    STORE_BIND_NUMBERS(store, SQL_MESSAGE_FIND, seq, rid, EVENT_MESSAGE,
                       EVENT_ACTION);
    if (!is_found(store, SQL_MESSAGE_FIND))
        return false;
    if (found_out != NULL) {
        int64_t pid = sqlite3_column_int64(row, 3);
        int64_t sid = sqlite3_column_int64(row, 4);
        *found_out = (struct found_message){
            .type = (enum event_type)sqlite3_column_int(row, 0),
            .n = sqlite3_column_int64(row, 1),
            .at_ms = sqlite3_column_int64(row, 2),
            .pid = pid != 0 ? pid : sid,
            .sid = sid,
            .deleted = sqlite3_column_int(row, 5) != 0,
            .changed_seq = sqlite3_column_int64(row, 6),
            .edit_count = sqlite3_column_int(row, 7),
            .reaction_count = sqlite3_column_int(row, 8),
            .emoji_count = sqlite3_column_int(row, 9),
        };
    }
    store_reset(store, SQL_MESSAGE_FIND);
    return true;
}

void store_find_reaction(struct store *store, const struct reaction_key *key,
                         struct found_reaction *found_out)
{
    struct binding query = store_bind(store, SQL_REACTION_FIND);

    bind_number(&query, key->rid);
    bind_number(&query, key->target);
    bind_text(&query, key->emoji);
    bind_number(&query, key->pid);
    *found_out = (struct found_reaction){.own = false};
    if (!is_found(store, SQL_REACTION_FIND))
        return;
    found_out->own = sqlite3_column_int(query.statement, 0) > 0;
    found_out->others = sqlite3_column_int(query.statement, 1) > 0;
    store_reset(store, SQL_REACTION_FIND);
}

bool store_has_text(struct store *store, int64_t seq, const char *text)
{
    struct binding query = store_bind(store, SQL_HAS_TEXT);

    bind_number(&query, seq);
    bind_text(&query, text);
    bool found = is_found(store, SQL_HAS_TEXT);
    if (found)
        store_reset(store, SQL_HAS_TEXT);
    return found;
}

bool store_find_pending(struct store *store, int64_t rid, int64_t seq,
                        enum event_type type)
{
    STORE_BIND_NUMBERS(store, SQL_PENDING_FIND, rid, seq, type);
    bool found = is_found(store, SQL_PENDING_FIND);
    if (found)
        store_reset(store, SQL_PENDING_FIND);
    return found;
}

int store_count_pending(struct store *store, int64_t rid)
{
    int64_t count = 0;

    STORE_BIND_NUMBERS(store, SQL_PENDING_COUNT, rid);
    if (store_read_number(store, SQL_PENDING_COUNT, 0, &count) != CHAT_OK)
        store->failed = true;
    return (int)count;
}

int64_t store_find_report(struct store *store, int64_t rid, int64_t target,
                          int64_t pid)
{
    int64_t seq = 0;

    STORE_BIND_NUMBERS(store, SQL_REPORT_FIND, rid, target, pid, EVENT_REPORT);
    if (store_read_number(store, SQL_REPORT_FIND, 0, &seq) != CHAT_OK)
        store->failed = true;
    return seq;
}

/* ---- visiting ---- */

/* Visits all rows of `sql`, whose parameters are bound. */
static enum chat_result visit_rows(struct store *store, enum store_sql sql,
                                   store_event_fn *visit, void *context)
{
    enum chat_result result;
    struct event event;

    while (store_next(store, sql, &result)) {
        store_read_event(store->statements[sql], &event);
        if (!visit(context, &event)) {
            store_reset(store, sql);
            return CHAT_OK;
        }
    }
    return result;
}

/* Visits the one row of `sql`; CHAT_NO_MESSAGE: there is none. */
static enum chat_result visit_row(struct store *store, enum store_sql sql,
                                  store_event_fn *visit, void *context,
                                  bool *goes_on_out)
{
    enum chat_result result;
    struct event event;

    if (!store_next(store, sql, &result))
        return result == CHAT_OK ? CHAT_NO_MESSAGE : result;
    store_read_event(store->statements[sql], &event);
    *goes_on_out = visit(context, &event);
    store_reset(store, sql);
    return CHAT_OK;
}

enum chat_result store_visit_seq(struct store *store, int64_t seq,
                                 store_event_fn *visit, void *context,
                                 bool *goes_on_out)
{
    STORE_BIND_NUMBERS(store, SQL_EVENT_BY_SEQ, seq);
    enum chat_result result =
        visit_row(store, SQL_EVENT_BY_SEQ, visit, context, goes_on_out);
    if (result != CHAT_NO_MESSAGE)
        return result;
    store_log_failure(store, "event_missing");
    return CHAT_UNAVAILABLE;
}

enum chat_result store_after(struct store *store, int64_t after_seq, int limit,
                             store_event_fn *visit, void *context)
{
    STORE_BIND_NUMBERS(store, SQL_EVENTS_AFTER, after_seq, limit);
    return visit_rows(store, SQL_EVENTS_AFTER, visit, context);
}

enum chat_result store_event(struct store *store, int64_t rid, int64_t seq,
                             store_event_fn *visit, void *context)
{
    bool goes_on;

    STORE_BIND_NUMBERS(store, SQL_EVENT_IN_ROOM, seq, rid);
    return visit_row(store, SQL_EVENT_IN_ROOM, visit, context, &goes_on);
}

enum chat_result store_edits(struct store *store, int64_t rid, int64_t seq,
                             int limit, store_event_fn *visit, void *context)
{
    bool goes_on;

    STORE_BIND_NUMBERS(store, SQL_MESSAGE_FORMER, seq, rid, EVENT_MESSAGE,
                       EVENT_ACTION);
    enum chat_result result =
        visit_row(store, SQL_MESSAGE_FORMER, visit, context, &goes_on);
    if (result != CHAT_OK || !goes_on)
        return result;
    STORE_BIND_NUMBERS(store, SQL_MESSAGE_EDITS, seq, limit);
    return visit_rows(store, SQL_MESSAGE_EDITS, visit, context);
}

enum chat_result store_pending(struct store *store, int64_t rid, int limit,
                               store_event_fn *visit, void *context)
{
    STORE_BIND_NUMBERS(store, SQL_PENDING, rid, limit);
    return visit_rows(store, SQL_PENDING, visit, context);
}
