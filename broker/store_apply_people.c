/* What changes with people and their sessions. */
#include "broker/store_internal.h"

/* ---- people ---- */

static void add_person(struct store *store, const struct stored_person *person)
{
    struct binding row = store_bind(store, SQL_PERSON_ADD);

    bind_number(&row, person->pid);
    bind_number(&row, person->created_at_ms);
    bind_number(&row, person->gone_at_ms);
    bind_number(&row, person->kind);
    bind_number(&row, person->role);
    bind_text(&row, person->nick);
    bind_text(&row, person->name);
    bind_text(&row, person->secret);
    bind_number(&row, person->maker_pid);
    store_write(store, SQL_PERSON_ADD);
}

/* What is kept beside somebody's row. */
static void remove_belongings(struct store *store, int64_t pid)
{
    STORE_WRITE_NUMBERS(store, SQL_MEMBER_REMOVE_ALL, pid);
    STORE_WRITE_NUMBERS(store, SQL_MENTION_REMOVE_ALL, pid);
    STORE_WRITE_NUMBERS(store, SQL_BLOCK_REMOVE_ALL, pid);
}

/*
 * The guest whose session the event names becomes the account `account`, with
 * all that they have; here or gone as they are.
 */
static void take_over_guest(struct store *store, const struct event *event,
                            struct stored_person *account)
{
    sqlite3_stmt *row = store->statements[SQL_SESSION_PERSON];
    enum chat_result result;

    STORE_BIND_NUMBERS(store, SQL_SESSION_PERSON, event->sid);
    if (!store_next(store, SQL_SESSION_PERSON, &result)) {
        store->failed = true;
        return;
    }
    int64_t guest_pid = sqlite3_column_int64(row, 0);
    account->gone_at_ms = sqlite3_column_int64(row, 1);
    store_reset(store, SQL_SESSION_PERSON);

    STORE_WRITE_NUMBERS(store, SQL_PERSON_REMOVE, guest_pid);
    STORE_WRITE_NUMBERS(store, SQL_SESSION_SET_PERSON, event->sid,
                        account->pid);
    STORE_WRITE_NUMBERS(store, SQL_MEMBER_MOVE, guest_pid, account->pid);
    STORE_WRITE_NUMBERS(store, SQL_MENTION_MOVE, guest_pid, account->pid);
    STORE_WRITE_NUMBERS(store, SQL_BLOCK_MOVE, guest_pid, account->pid);
}

/* An account without a session is not here. */
void store_apply_person_new(struct store *store, const struct event *event)
{
    struct stored_person account = {
        .pid = event->seq,
        .created_at_ms = event->at_ms,
        .gone_at_ms = event->at_ms,
        .kind = event->kind,
        .role = event->role,
        .nick = event->from,
        .name = event->to,
        .secret = event->secret,
        .maker_pid = event->to_pid,
    };

    if (event->sid != 0)
        take_over_guest(store, event, &account);
    add_person(store, &account);
}

void store_apply_person_set(struct store *store, const struct event *event)
{
    int64_t pid = store_event_pid(event);

    STORE_WRITE_NUMBERS(store, SQL_PERSON_SET_ROLE, pid, event->role);
    if (event->secret != NULL)
        store_write_text(store, SQL_PERSON_SET_SECRET, event->secret, pid);
}

void store_apply_person_nick(struct store *store, const struct event *event)
{
    store_write_text(store, SQL_PERSON_SET_NICK, event->to,
                     store_event_pid(event));
}

void store_apply_person_end(struct store *store, const struct event *event)
{
    int64_t pid = store_event_pid(event);

    STORE_WRITE_NUMBERS(store, SQL_PERSON_REMOVE, pid);
    remove_belongings(store, pid);
}

void store_apply_block(struct store *store, const struct event *event)
{
    int64_t pid = store_event_pid(event);

    if (event->value != 0)
        STORE_WRITE_NUMBERS(store, SQL_BLOCK_ADD, pid, event->to_pid,
                            event->seq);
    else
        STORE_WRITE_NUMBERS(store, SQL_BLOCK_REMOVE, pid, event->to_pid);
}

/* ---- sessions ---- */

/* A guest comes with their session, and is here. */
void store_apply_session_new(struct store *store, const struct event *event)
{
    int64_t pid = store_event_pid(event);
    const struct stored_person guest = {
        .pid = pid,
        .created_at_ms = event->at_ms,
        .role = event->role,
        .nick = event->from,
    };

    if (pid == event->sid)
        add_person(store, &guest);
    struct binding row = store_bind(store, SQL_SESSION_ADD);
    bind_number(&row, event->sid);
    bind_number(&row, pid);
    bind_number(&row, event->at_ms);
    bind_blob(&row, event->token_hash, TOKEN_HASH_BYTES);
    store_write(store, SQL_SESSION_ADD);
}

/*
 * A guest ends with their session. Its message ids stay until they are old
 * (store_forget_posted()): nobody can post with them any more, and there may
 * be a million.
 */
void store_apply_session_end(struct store *store, const struct event *event)
{
    int64_t pid = store_event_pid(event);

    STORE_WRITE_NUMBERS(store, SQL_SESSION_REMOVE, event->sid);
    STORE_WRITE_NUMBERS(store, SQL_PERSON_REMOVE_GUEST, pid);
    if (sqlite3_changes(store->database) > 0)
        remove_belongings(store, pid);
}

/* value 1: only the session is idle, the person is here by another. */
void store_apply_person_gone(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_SESSION_SET_IDLE, event->sid, event->at_ms);
    if (event->value == 0)
        STORE_WRITE_NUMBERS(store, SQL_PERSON_SET_GONE, store_event_pid(event),
                            event->at_ms);
}

void store_apply_person_back(struct store *store, const struct event *event)
{
    STORE_WRITE_NUMBERS(store, SQL_SESSION_SET_IDLE, event->sid, 0);
    STORE_WRITE_NUMBERS(store, SQL_PERSON_SET_GONE, store_event_pid(event), 0);
}
