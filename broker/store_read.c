/*
 * Loading the state, and reading the log in its order. Rows go to the caller
 * straight out of the statement: nothing is copied, so what a visitor is
 * given is valid only while it runs.
 */
#include "broker/store_internal.h"

/* ---- rows ---- */

/* The columns of STORE_SELECT_EVENT. */
enum event_column {
    COLUMN_SEQ,
    COLUMN_N,
    COLUMN_AT_MS,
    COLUMN_TYPE,
    COLUMN_REASON,
    COLUMN_ROLE,
    COLUMN_RID,
    COLUMN_SID,
    COLUMN_ROOM,
    COLUMN_NICK,
    COLUMN_TEXT,
    COLUMN_ID,
    COLUMN_REPLY_TO,
};

/* NULL for NULL, as events have it. */
static const char *optional_text(sqlite3_stmt *row, int column)
{
    return (const char *)sqlite3_column_text(row, column);
}

void store_read_event(sqlite3_stmt *row, struct event *event_out)
{
    *event_out = (struct event){
        .seq = sqlite3_column_int64(row, COLUMN_SEQ),
        .n = sqlite3_column_int64(row, COLUMN_N),
        .at_ms = sqlite3_column_int64(row, COLUMN_AT_MS),
        .type = (enum event_type)sqlite3_column_int(row, COLUMN_TYPE),
        .reason = (enum event_reason)sqlite3_column_int(row, COLUMN_REASON),
        .role = (enum role)sqlite3_column_int(row, COLUMN_ROLE),
        .rid = sqlite3_column_int64(row, COLUMN_RID),
        .sid = sqlite3_column_int64(row, COLUMN_SID),
        .room = optional_text(row, COLUMN_ROOM),
        .from = optional_text(row, COLUMN_NICK),
        .text = optional_text(row, COLUMN_TEXT),
        .id = optional_text(row, COLUMN_ID),
        .reply_to = sqlite3_column_int64(row, COLUMN_REPLY_TO),
    };
}

static void read_room(sqlite3_stmt *row, struct stored_room *room_out)
{
    *room_out = (struct stored_room){
        .rid = sqlite3_column_int64(row, 0),
        .n = sqlite3_column_int64(row, 1),
        .room = column_text(row, 2),
        .topic = column_text(row, 3),
        .id = column_text(row, 4),
    };
}

static void read_session(sqlite3_stmt *row, struct stored_session *session_out)
{
    *session_out = (struct stored_session){
        .sid = sqlite3_column_int64(row, 0),
        .created_at_ms = sqlite3_column_int64(row, 1),
        .gone_at_ms = sqlite3_column_int64(row, 2),
        .role = (enum role)sqlite3_column_int(row, 3),
        .nick = column_text(row, 4),
        .token_hash = sqlite3_column_blob(row, 5),
    };
}

static void read_member(sqlite3_stmt *row, struct stored_member *member_out)
{
    *member_out = (struct stored_member){
        .rid = sqlite3_column_int64(row, 0),
        .sid = sqlite3_column_int64(row, 1),
        .joined_seq = sqlite3_column_int64(row, 2),
    };
}

/* ---- loading ---- */

static enum chat_result load_head(struct store *store,
                                  const struct store_loader *loader)
{
    sqlite3_stmt *row = store->statements[SQL_HEAD];
    enum chat_result result = CHAT_OK;

    if (store_next(store, SQL_HEAD, &result)) {
        int64_t seq = sqlite3_column_int64(row, 0);
        int64_t at_ms = sqlite3_column_int64(row, 1);
        store_reset(store, SQL_HEAD);
        loader->head(loader->context, seq, at_ms);
    } else if (result == CHAT_OK) {
        loader->head(loader->context, 0, 0);
    }
    return result;
}

static enum chat_result load_rooms(struct store *store,
                                   const struct store_loader *loader)
{
    enum chat_result result;
    struct stored_room room;

    while (store_next(store, SQL_ROOMS, &result)) {
        read_room(store->statements[SQL_ROOMS], &room);
        loader->room(loader->context, &room);
    }
    return result;
}

static enum chat_result load_sessions(struct store *store,
                                      const struct store_loader *loader)
{
    enum chat_result result;
    struct stored_session session;

    while (store_next(store, SQL_SESSIONS, &result)) {
        read_session(store->statements[SQL_SESSIONS], &session);
        loader->session(loader->context, &session);
    }
    return result;
}

static enum chat_result load_members(struct store *store,
                                     const struct store_loader *loader)
{
    enum chat_result result;
    struct stored_member member;

    while (store_next(store, SQL_MEMBERS, &result)) {
        read_member(store->statements[SQL_MEMBERS], &member);
        loader->member(loader->context, &member);
    }
    return result;
}

enum chat_result store_load(struct store *store,
                            const struct store_loader *loader)
{
    enum chat_result result = load_head(store, loader);

    if (result == CHAT_OK)
        result = load_rooms(store, loader);
    if (result == CHAT_OK)
        result = load_sessions(store, loader);
    if (result == CHAT_OK)
        result = load_members(store, loader);
    return result;
}

/* ---- the log ---- */

bool store_find_message(struct store *store, int64_t rid, int64_t seq)
{
    enum chat_result result = CHAT_OK;

    STORE_BIND_NUMBERS(store, SQL_MESSAGE_FIND, seq, rid, EVENT_MESSAGE,
                       EVENT_ACTION);
    bool is_found = store_next(store, SQL_MESSAGE_FIND, &result);
    if (is_found)
        store_reset(store, SQL_MESSAGE_FIND);
    if (result != CHAT_OK)
        store->failed = true;
    return is_found;
}

enum chat_result store_after(struct store *store, int64_t after_seq, int limit,
                             store_event_fn *visit, void *context)
{
    sqlite3_stmt *row = store->statements[SQL_EVENTS_AFTER];
    enum chat_result result;
    struct event event;

    STORE_BIND_NUMBERS(store, SQL_EVENTS_AFTER, after_seq, limit);
    while (store_next(store, SQL_EVENTS_AFTER, &result)) {
        store_read_event(row, &event);
        if (!visit(context, &event)) {
            store_reset(store, SQL_EVENTS_AFTER);
            return CHAT_OK;
        }
    }
    return result;
}
