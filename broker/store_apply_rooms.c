/* What changes with rooms, who is in them, and what they may there. */
#include "broker/store_internal.h"

#include "common/room_settings.h"

/* ---- rooms ---- */

void store_apply_room(struct store *store, const struct event *event)
{
    struct binding room = store_bind(store, SQL_ROOM_ADD);

    bind_number(&room, event->rid);
    bind_number(&room, event->n);
    bind_text(&room, event->room);
    bind_text(&room, event->text == NULL ? "" : event->text);
    bind_text(&room, event->id == NULL ? "" : event->id);
    store_write(store, SQL_ROOM_ADD);
}

void store_apply_topic(struct store *store, const struct event *event)
{
    store_write_text(store, SQL_ROOM_SET_TOPIC,
                     event->text == NULL ? "" : event->text, event->rid);
}

/* Makes `settings` those that a room has. False: it cannot be read. */
static bool read_settings(struct store *store, int64_t rid,
                          struct room_settings *settings)
{
    enum chat_result result;

    *settings = room_settings_default();
    STORE_BIND_NUMBERS(store, SQL_ROOM_SETTINGS, rid);
    if (!store_next(store, SQL_ROOM_SETTINGS, &result))
        return false;
    result = room_settings_change(
        settings, column_text(store->statements[SQL_ROOM_SETTINGS], 0));
    store_reset(store, SQL_ROOM_SETTINGS);
    return result == CHAT_OK;
}

/* Kept is what differs from the default, whatever changed it. */
static void change_settings(struct store *store, const struct event *event)
{
    struct room_settings from = room_settings_default();
    struct room_settings settings;
    char text[ROOM_SETTINGS_SIZE];

    if (!read_settings(store, event->rid, &settings) ||
        room_settings_change(&settings, event->text) != CHAT_OK) {
        store->failed = true;
        return;
    }
    room_settings_print(&settings, &from, text);
    store_write_text(store, SQL_ROOM_SET_SETTINGS, text, event->rid);
}

void store_apply_settings(struct store *store, const struct event *event)
{
    if (event->text != NULL)
        change_settings(store, event);
    if (event->secret != NULL)
        store_write_text(store, SQL_ROOM_SET_SECRET, event->secret, event->rid);
}

void store_apply_rename(struct store *store, const struct event *event)
{
    store_write_text(store, SQL_ROOM_SET_NAME, event->to, event->rid);
}

/* Its events, and what belongs to them, are left to store_sweep(). */
void store_apply_room_end(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_ROOM_END, event->rid, event->seq);
    STORE_WRITE_NUMBERS(store, SQL_MEMBER_REMOVE_ROOM, event->rid);
    STORE_WRITE_NUMBERS(store, SQL_BAN_REMOVE_ROOM, event->rid);
    STORE_WRITE_NUMBERS(store, SQL_HOOK_REMOVE_ROOM, event->rid);
}

void store_apply_purge(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_ROOM_SET_PURGED, event->rid, event->target);
}

/* ---- being in a room ---- */

void store_apply_join(struct store *store, const struct event *event)
{
    int64_t pid = store_event_pid(event);

    if (event->reason == REASON_BACK)
        return; /* was a member all the time */
    STORE_WRITE_NUMBERS(store, SQL_MEMBER_JOIN, pid, event->rid, event->seq);
    if (event->value != RANK_NONE)
        STORE_WRITE_NUMBERS(store, SQL_MEMBER_SET_RANK, pid, event->rid,
                            event->value);
}

void store_apply_leave(struct store *store, const struct event *event)
{
    int64_t pid = store_event_pid(event);

    if (event->reason == REASON_GONE || event->value != 0)
        return; /* still a member */
    STORE_WRITE_NUMBERS(store, SQL_MEMBER_LEAVE, pid, event->rid);
    STORE_WRITE_NUMBERS(store, SQL_MEMBER_FORGET, pid, event->rid);
    STORE_WRITE_NUMBERS(store, SQL_MENTION_READ, pid, event->rid, event->seq);
}

/* ---- done to somebody ---- */

/* Sets one thing about the place of whom it is done to. */
static void set_place(struct store *store, enum store_sql sql,
                      const struct event *event, int64_t value)
{
    STORE_WRITE_NUMBERS(store, sql, event->to_pid, event->rid, value);
    STORE_WRITE_NUMBERS(store, SQL_MEMBER_FORGET, event->to_pid, event->rid);
}

void store_apply_invite(struct store *store, const struct event *event)
{
    set_place(store, SQL_MEMBER_SET_INVITED, event, event->value != 0);
}

void store_apply_rank(struct store *store, const struct event *event)
{
    set_place(store, SQL_MEMBER_SET_RANK, event, event->value);
}

void store_apply_mute(struct store *store, const struct event *event)
{
    set_place(store, SQL_MEMBER_SET_MUTED, event,
              event->type == EVENT_MUTE ? event->until_ms : 0);
}

void store_apply_ban(struct store *store, const struct event *event)
{
    struct binding ban = store_bind(store, SQL_BAN_ADD);

    bind_number(&ban, event->seq);
    bind_number(&ban, event->at_ms);
    bind_number(&ban, event->rid);
    bind_number(&ban, event->to_pid);
    bind_number(&ban, event->address);
    bind_number(&ban, event->until_ms);
    bind_text(&ban, event->to);
    bind_text(&ban, event->text);
    bind_text(&ban, event->from);
    store_write(store, SQL_BAN_ADD);
}

void store_apply_unban(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_BAN_REMOVE, event->target);
}

/* ---- hooks ---- */

void store_apply_hook_new(struct store *store, const struct event *event)
{
    struct binding hook = store_bind(store, SQL_HOOK_ADD);

    bind_number(&hook, event->seq);
    bind_number(&hook, event->rid);
    bind_text(&hook, event->to == NULL ? "" : event->to);
    bind_blob(&hook, event->token_hash,
              event->token_hash != NULL ? TOKEN_HASH_BYTES : 0);
    bind_text(&hook, event->text);
    bind_text(&hook, event->secret);
    store_write(store, SQL_HOOK_ADD);
}

void store_apply_hook_end(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_HOOK_REMOVE, event->target);
}

void store_set_delivered(struct store *store, int64_t hook_seq,
                         int64_t delivered_seq)
{
    STORE_WRITE_NUMBERS(store, SQL_HOOK_SET_DELIVERED, hook_seq, delivered_seq);
}
