/*
 * Transactions, and appending. What each type of event changes in the tables
 * is in one file per topic (store_apply_...): the same as applying it changes
 * in the broker's memory, so that loading the tables gives the state that
 * replaying the log would.
 *
 * store_append() has no result on purpose. The caller appends everything that
 * a turn of its loop brought and learns once, from the commit, whether it is
 * on disk; what failed in between only has to make that commit fail.
 */
#include "broker/store_internal.h"

#include <assert.h>

/* ---- transactions ---- */

/*
 * After a failure SQLite may have undone the transaction already: what were
 * still written would be committed on its own.
 */
void store_write(struct store *store, enum store_sql sql)
{
    if (store->in_transaction && store->failed)
        store_reset(store, sql);
    else if (store_run(store, sql) != CHAT_OK)
        store->failed = true;
}

void store_write_text(struct store *store, enum store_sql sql, const char *text,
                      int64_t key)
{
    struct binding row = store_bind(store, sql);

    bind_text(&row, text);
    bind_number(&row, key);
    store_write(store, sql);
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

/* NULL: nothing but the log, and the room's n. */
static store_apply_fn *const appliers[EVENT_TYPE_COUNT] = {
    [EVENT_MESSAGE] = store_apply_message,
    [EVENT_ACTION] = store_apply_message,
    [EVENT_JOIN] = store_apply_join,
    [EVENT_LEAVE] = store_apply_leave,
    [EVENT_ROOM] = store_apply_room,
    [EVENT_SESSION_NEW] = store_apply_session_new,
    [EVENT_SESSION_END] = store_apply_session_end,
    [EVENT_PERSON_GONE] = store_apply_person_gone,
    [EVENT_PERSON_BACK] = store_apply_person_back,
    [EVENT_EDIT] = store_apply_edit,
    [EVENT_DELETE] = store_apply_delete,
    [EVENT_REACTION] = store_apply_reaction,
    [EVENT_TOPIC] = store_apply_topic,
    [EVENT_SETTINGS] = store_apply_settings,
    [EVENT_RENAME] = store_apply_rename,
    [EVENT_ROOM_END] = store_apply_room_end,
    [EVENT_INVITE] = store_apply_invite,
    [EVENT_RANK] = store_apply_rank,
    [EVENT_MUTE] = store_apply_mute,
    [EVENT_UNMUTE] = store_apply_mute,
    [EVENT_BAN] = store_apply_ban,
    [EVENT_UNBAN] = store_apply_unban,
    [EVENT_READ] = store_apply_read,
    [EVENT_REPORT] = store_apply_report,
    [EVENT_REPORT_END] = store_apply_report_end,
    [EVENT_HELD] = store_apply_held,
    [EVENT_HELD_END] = store_apply_held_end,
    [EVENT_PERSON_NEW] = store_apply_person_new,
    [EVENT_PERSON_SET] = store_apply_person_set,
    [EVENT_PERSON_END] = store_apply_person_end,
    [EVENT_PERSON_NICK] = store_apply_person_nick,
    [EVENT_BLOCK] = store_apply_block,
    [EVENT_SERVER_BAN] = store_apply_ban,
    [EVENT_SERVER_UNBAN] = store_apply_unban,
    [EVENT_HOOK_NEW] = store_apply_hook_new,
    [EVENT_HOOK_END] = store_apply_hook_end,
    [EVENT_PURGE] = store_apply_purge,
};

int64_t store_event_pid(const struct event *event)
{
    return event->pid != 0 ? event->pid : event->sid;
}

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
    bind_number(&row, event->kind);
    bind_number(&row, event->rid);
    bind_number(&row, event->pid);
    bind_number(&row, event->sid);
    bind_text(&row, event->from);
    bind_text(&row, event->text);
    bind_text(&row, event->id);
    bind_number(&row, event->reply_to);
    bind_number(&row, event->target);
    bind_number(&row, event->to_pid);
    bind_text(&row, event->to);
    bind_number(&row, event->until_ms);
    bind_number(&row, event->value);
    bind_number(&row, event->address);
    bind_text(&row, event->mentions);
    store_write(store, SQL_EVENT_ADD);
}

void store_append(struct store *store, const struct event *event)
{
    assert(store->in_transaction);
    assert((unsigned)event->type < EVENT_TYPE_COUNT);
    if (store->failed)
        return;
    add_to_log(store, event);
    if (!store->failed && appliers[event->type] != NULL)
        appliers[event->type](store, event);
    if (!store->failed && event->n > 0)
        STORE_WRITE_NUMBERS(store, SQL_ROOM_SET_N, event->rid, event->n);
}
