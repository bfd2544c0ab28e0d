/*
 * Transactions, and what each type of event changes in the tables: the same
 * as applying it changes in the broker's memory, so that loading the tables
 * gives the state that replaying the log would.
 *
 * store_append() has no result on purpose. The caller appends everything that
 * a turn of its loop brought and learns once, from the commit, whether it is
 * on disk; what failed in between only has to make that commit fail.
 */
#include "broker/store_internal.h"

#include <assert.h>

/* ---- transactions ---- */

void store_write(struct store *store, enum store_sql sql)
{
    if (store_run(store, sql) != CHAT_OK)
        store->failed = true;
}

/* `failed` is not cleared: see store_find_posted(). */
void store_begin(struct store *store)
{
    assert(!store->in_transaction);
    store_write(store, SQL_BEGIN);
    store->in_transaction = true;
}

void store_rollback(struct store *store)
{
    assert(store->in_transaction);
    store->in_transaction = false;
    store->failed = false;
    /* SQLite may have undone it already, when something in it failed. */
    if (!sqlite3_get_autocommit(store->database))
        (void)store_run(store, SQL_ROLLBACK);
}

enum chat_result store_commit(struct store *store)
{
    assert(store->in_transaction);
    if (store->failed || store_run(store, SQL_COMMIT) != CHAT_OK) {
        store_rollback(store);
        return CHAT_UNAVAILABLE;
    }
    store->in_transaction = false;
    return CHAT_OK;
}

enum chat_result store_probe(struct store *store)
{
    store_begin(store);
    store_write(store, SQL_PROBE);
    return store_commit(store);
}

/* ---- what an event changes ---- */

typedef void apply_fn(struct store *store, const struct event *event);

static void apply_message(struct store *store, const struct event *event)
{
    if (event->id != NULL)
        store_remember_posted(store, event);
}

static void apply_room(struct store *store, const struct event *event)
{
    struct binding room = store_bind(store, SQL_ROOM_ADD);

    bind_number(&room, event->rid);
    bind_number(&room, event->n);
    bind_text(&room, event->room);
    bind_text(&room, event->text == NULL ? "" : event->text);
    bind_text(&room, event->id == NULL ? "" : event->id);
    store_write(store, SQL_ROOM_ADD);
}

static void apply_join(struct store *store, const struct event *event)
{
    if (event->reason == REASON_BACK)
        return; /* was a member all the time */
    STORE_BIND_NUMBERS(store, SQL_MEMBER_ADD, event->sid, event->rid,
                       event->seq);
    store_write(store, SQL_MEMBER_ADD);
}

static void apply_leave(struct store *store, const struct event *event)
{
    if (event->reason == REASON_GONE)
        return; /* still a member */
    STORE_BIND_NUMBERS(store, SQL_MEMBER_REMOVE, event->sid, event->rid);
    store_write(store, SQL_MEMBER_REMOVE);
}

static void apply_session_new(struct store *store, const struct event *event)
{
    struct binding session = store_bind(store, SQL_SESSION_ADD);

    bind_number(&session, event->sid);
    bind_number(&session, event->at_ms);
    bind_number(&session, event->role);
    bind_text(&session, event->from);
    bind_blob(&session, event->token_hash, TOKEN_HASH_BYTES);
    store_write(store, SQL_SESSION_ADD);
}

/*
 * Its message ids stay until they are old (store_forget_posted()): nobody can
 * post with them any more, and there may be a million.
 */
static void apply_session_end(struct store *store, const struct event *event)
{
    STORE_BIND_NUMBERS(store, SQL_MEMBER_REMOVE_ALL, event->sid);
    store_write(store, SQL_MEMBER_REMOVE_ALL);
    STORE_BIND_NUMBERS(store, SQL_SESSION_REMOVE, event->sid);
    store_write(store, SQL_SESSION_REMOVE);
}

static void apply_session_gone(struct store *store, const struct event *event)
{
    STORE_BIND_NUMBERS(store, SQL_SESSION_SET_GONE, event->sid, event->at_ms);
    store_write(store, SQL_SESSION_SET_GONE);
}

static void apply_session_back(struct store *store, const struct event *event)
{
    STORE_BIND_NUMBERS(store, SQL_SESSION_SET_GONE, event->sid, 0);
    store_write(store, SQL_SESSION_SET_GONE);
}

static apply_fn *const apply[EVENT_TYPE_COUNT] = {
    [EVENT_MESSAGE] = apply_message,
    [EVENT_ACTION] = apply_message,
    [EVENT_JOIN] = apply_join,
    [EVENT_LEAVE] = apply_leave,
    [EVENT_ROOM] = apply_room,
    [EVENT_SESSION_NEW] = apply_session_new,
    [EVENT_SESSION_END] = apply_session_end,
    [EVENT_SESSION_GONE] = apply_session_gone,
    [EVENT_SESSION_BACK] = apply_session_back,
};

/* ---- appending ---- */

/* Binds in the order of SQL_EVENT_ADD. */
static void add_to_log(struct store *store, const struct event *event)
{
    struct binding row = store_bind(store, SQL_EVENT_ADD);

    bind_number(&row, event->seq);
    bind_number(&row, event->n);
    bind_number(&row, event->at_ms);
    bind_number(&row, event->type);
    bind_number(&row, event->reason);
    bind_number(&row, event->role);
    bind_number(&row, event->rid);
    bind_number(&row, event->sid);
    bind_text(&row, event->from);
    bind_text(&row, event->text);
    bind_text(&row, event->id);
    bind_number(&row, event->reply_to);
    store_write(store, SQL_EVENT_ADD);
}

void store_append(struct store *store, const struct event *event)
{
    assert(store->in_transaction);
    assert((unsigned)event->type < EVENT_TYPE_COUNT);
    if (store->failed)
        return;
    add_to_log(store, event);
    if (!store->failed)
        apply[event->type](store, event);
    if (!store->failed && event->n > 0) {
        STORE_BIND_NUMBERS(store, SQL_ROOM_SET_N, event->rid, event->n);
        store_write(store, SQL_ROOM_SET_N);
    }
}
