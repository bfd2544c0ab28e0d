/*
 * What changes with messages. Their events stay as they were written; what an
 * edit or a delete makes of them is beside them, in a row that reads join. So
 * a message that nothing happens to costs its event, and its id.
 */
#include "broker/store_internal.h"

static void mark_read(struct store *store, const struct event *event,
                      int64_t up_to_seq)
{
    int64_t pid = store_event_pid(event);

    STORE_WRITE_NUMBERS(store, SQL_MEMBER_SET_READ, pid, event->rid, up_to_seq);
    STORE_WRITE_NUMBERS(store, SQL_MENTION_READ, pid, event->rid, up_to_seq);
}

/* Whoever answers has read what was said before. */
void store_apply_message(struct store *store, const struct event *event)
{
    if (event->id != NULL)
        store_remember_posted(store, event);
    if (event->pid != 0 && event->kind != PERSON_GUEST)
        mark_read(store, event, event->seq);
}

/* Whom the new text mentions is added after this; see state_log. */
void store_apply_edit(struct store *store, const struct event *event)
{
    struct binding message = store_bind(store, SQL_MESSAGE_EDIT);

    bind_number(&message, event->target);
    bind_number(&message, event->seq);
    bind_text(&message, event->text);
    bind_number(&message, event->at_ms);
    store_unindex(store, event->target);
    store_write(store, SQL_MESSAGE_EDIT);
    store_reindex(store, event->target);
    STORE_WRITE_NUMBERS(store, SQL_MENTION_REMOVE_MESSAGE, event->rid,
                        event->target);
}

void store_apply_delete(struct store *store, const struct event *event)
{
    store_unindex(store, event->target);
    STORE_WRITE_NUMBERS(store, SQL_MESSAGE_DELETE, event->target, event->seq);
    STORE_WRITE_NUMBERS(store, SQL_REACTION_REMOVE_ALL, event->rid,
                        event->target);
    STORE_WRITE_NUMBERS(store, SQL_MENTION_REMOVE_MESSAGE, event->rid,
                        event->target);
}

static void add_reaction(struct store *store, const struct event *event)
{
    struct binding reaction = store_bind(store, SQL_REACTION_ADD);

    bind_number(&reaction, event->rid);
    bind_number(&reaction, event->target);
    bind_text(&reaction, event->text);
    bind_number(&reaction, store_event_pid(event));
    bind_text(&reaction, event->from);
    store_write(store, SQL_REACTION_ADD);
}

static void remove_reaction(struct store *store, const struct event *event)
{
    struct binding reaction = store_bind(store, SQL_REACTION_REMOVE);

    bind_number(&reaction, event->rid);
    bind_number(&reaction, event->target);
    bind_text(&reaction, event->text);
    bind_number(&reaction, store_event_pid(event));
    store_write(store, SQL_REACTION_REMOVE);
}

void store_apply_reaction(struct store *store, const struct event *event)
{
    if (event->value != 0)
        add_reaction(store, event);
    else
        remove_reaction(store, event);
}

void store_apply_read(struct store *store, const struct event *event)
{
    mark_read(store, event, event->target);
}

void store_add_mention(struct store *store, int64_t pid, int64_t rid,
                       int64_t seq)
{
    STORE_WRITE_NUMBERS(store, SQL_MENTION_ADD, pid, rid, seq);
}

/* ---- what is to be decided on ---- */

static void add_pending(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_PENDING_ADD, event->rid, event->seq,
                        event->type);
}

void store_apply_report(struct store *store, const struct event *event)
{
    add_pending(store, event);
}

void store_apply_report_end(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_PENDING_REMOVE, event->rid, event->target);
}

void store_apply_held(struct store *store, const struct event *event)
{
    if (event->id != NULL)
        store_remember_posted(store, event);
    add_pending(store, event);
}

/*
 * Let in, the message follows as an event of its own, which may be deleted one
 * day: either way the text of the held one is of no use any more.
 */
void store_apply_held_end(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_PENDING_REMOVE, event->rid, event->target);
    STORE_WRITE_NUMBERS(store, SQL_MESSAGE_DELETE, event->target, event->seq);
    if (event->value != 0)
        STORE_WRITE_NUMBERS(store, SQL_MEMBER_APPROVE, event->to_pid,
                            event->rid);
}
