/*
 * What the store's files share:
 *
 *   store.c         opening and closing: lock, file, connection
 *   store_schema.c  tables, their versions, whose database it is
 *   store_sql.c     prepared statements: binding, stepping, failing
 *   store_write.c   transactions, appending
 *   store_apply_people.c, store_apply_rooms.c, store_apply_messages.c
 *                   what an event changes
 *   store_posted.c  message ids
 *   store_load.c    the tables that the log adds up to
 *   store_read.c    single events, and the log in its order
 *   store_places.c  the log by time, and by n
 *   store_page.c    pages: the events nearest to a place
 *   store_counts.c  reactions, what is unread
 *   store_search.c  full text
 *   store_sweep.c   retention
 */
#ifndef BROKER_STORE_INTERNAL_H
#define BROKER_STORE_INTERNAL_H

#include <sqlite3.h>

#include "broker/store.h"
#include "broker/store_sql.h"

struct store {
    sqlite3 *database;
    sqlite3_stmt *statements[STORE_SQL_COUNT];
    int lock_fd; /* holds the lock file for life; -1: none */
    char epoch[EPOCH_SIZE];
    bool in_transaction;
    bool failed; /* store_commit() must not succeed */
    /* See store_log_failure(). */
    bool has_logged;
    int64_t logged_at_ms;
    unsigned unlogged_count;
};

/* ---- store_schema.c ---- */

/*
 * Makes `database` ours: refuses what is somebody else's or newer, sets the
 * pragmas, migrates, and reads (or makes) the epoch into `epoch_out`. Logs
 * why not; results as store_open().
 */
enum chat_result store_schema_open(sqlite3 *database,
                                   char epoch_out[EPOCH_SIZE]);

/* ---- store_sql.c ---- */

/* Prepares all statements. CHAT_OK, or CHAT_SYSTEM (logged). */
enum chat_result store_sql_prepare(struct store *store);
void store_sql_finalize(struct store *store);

/*
 * Binds a statement's parameters one after the other. Text and blobs are
 * borrowed until the statement is reset; NULL binds NULL.
 */
struct binding {
    sqlite3_stmt *statement;
    int next; /* parameter, from 1 */
};

/* Begins with the first parameter of `sql`, which was reset after its use. */
struct binding store_bind(struct store *store, enum store_sql sql);

/* Binds the next parameter. */
void bind_number(struct binding *binding, int64_t number);
void bind_text(struct binding *binding, const char *text);
void bind_blob(struct binding *binding, const void *blob, size_t length);

/* Binds all parameters, if they are numbers. */
#define STORE_BIND_NUMBERS(store, sql, ...)                                    \
    store_bind_numbers((store), (sql), (const int64_t[]){__VA_ARGS__},         \
                       sizeof((const int64_t[]){__VA_ARGS__}) /                \
                           sizeof(int64_t))
void store_bind_numbers(struct store *store, enum store_sql sql,
                        const int64_t *numbers, size_t count);

/* Runs a statement that gives no rows. CHAT_OK or CHAT_UNAVAILABLE (logged). */
enum chat_result store_run(struct store *store, enum store_sql sql);

/*
 * Steps to the next row. False at the end: the statement is reset, and
 * `result_out` is CHAT_OK, or CHAT_UNAVAILABLE (logged).
 */
bool store_next(struct store *store, enum store_sql sql,
                enum chat_result *result_out);

/* Ends a statement before its last row. */
void store_reset(struct store *store, enum store_sql sql);

/*
 * Logs that `what` failed and why, in SQLite's words. At most one line a
 * second, with the number of those left out before it: a full disk must not
 * be filled further by the log.
 */
void store_log_failure(struct store *store, const char *what);

/*
 * To be told when `sql` has failed, by whoever steps it without store_next():
 * logs it, and fails a transaction that SQLite has undone.
 */
void store_failure(struct store *store, enum store_sql sql);

/* Text of a column, "" for NULL; valid until the statement steps. */
const char *column_text(sqlite3_stmt *statement, int column);

/* As column_text(), but NULL for NULL. */
const char *column_optional_text(sqlite3_stmt *statement, int column);

/* ---- store_write.c ---- */

/* Runs a statement that writes; if it fails, so will the commit. */
void store_write(struct store *store, enum store_sql sql);

/* Binds all parameters, numbers, and runs it. */
#define STORE_WRITE_NUMBERS(store, sql, ...)                                   \
    do {                                                                       \
        STORE_BIND_NUMBERS((store), (sql), __VA_ARGS__);                       \
        store_write((store), (sql));                                           \
    } while (0)

/* For statements that set a text (or NULL) by a key. */
void store_write_text(struct store *store, enum store_sql sql, const char *text,
                      int64_t key);

/* Who did it: logs of schema 1 have the sid for it. */
int64_t store_event_pid(const struct event *event);

/* ---- store_apply_*.c: what an event of this type changes ---- */

typedef void store_apply_fn(struct store *store, const struct event *event);

store_apply_fn store_apply_session_new;
store_apply_fn store_apply_session_end;
store_apply_fn store_apply_person_gone;
store_apply_fn store_apply_person_back;
store_apply_fn store_apply_person_new;
store_apply_fn store_apply_person_set;
store_apply_fn store_apply_person_end;
store_apply_fn store_apply_person_nick;
store_apply_fn store_apply_block;

store_apply_fn store_apply_room;
store_apply_fn store_apply_join;
store_apply_fn store_apply_leave;
store_apply_fn store_apply_topic;
store_apply_fn store_apply_settings;
store_apply_fn store_apply_rename;
store_apply_fn store_apply_room_end;
store_apply_fn store_apply_invite;
store_apply_fn store_apply_rank;
store_apply_fn store_apply_mute;
store_apply_fn store_apply_ban;
store_apply_fn store_apply_unban;
store_apply_fn store_apply_hook_new;
store_apply_fn store_apply_hook_end;
store_apply_fn store_apply_purge;

store_apply_fn store_apply_message;
store_apply_fn store_apply_edit;
store_apply_fn store_apply_delete;
store_apply_fn store_apply_reaction;
store_apply_fn store_apply_read;
store_apply_fn store_apply_report;
store_apply_fn store_apply_report_end;
store_apply_fn store_apply_held;
store_apply_fn store_apply_held_end;

/* ---- store_posted.c ---- */

/* Remembers the id of a message that has one, in the transaction under way. */
void store_remember_posted(struct store *store, const struct event *event);

/* ---- store_read.c ---- */

/* Reads the row of a STORE_SELECT_EVENT; valid until the statement steps. */
void store_read_event(sqlite3_stmt *statement, struct event *event_out);

/*
 * Visits the event that SQL_EVENT_BY_SEQ finds, which must be there, or the
 * database is damaged. `goes_on_out`: what the visitor returned. CHAT_OK or
 * CHAT_UNAVAILABLE.
 */
enum chat_result store_visit_seq(struct store *store, int64_t seq,
                                 store_event_fn *visit, void *context,
                                 bool *goes_on_out);

/*
 * The number that `sql`, whose parameters are bound, gives in its first row's
 * first column; `otherwise` if there is no row. CHAT_OK or CHAT_UNAVAILABLE.
 */
enum chat_result store_read_number(struct store *store, enum store_sql sql,
                                   int64_t otherwise, int64_t *number_out);

/* A room's events up to this seq are not to be read any more. */
enum chat_result store_purged_seq(struct store *store, int64_t rid,
                                  int64_t *seq_out);

/* ---- store_search.c ---- */

/*
 * Takes message `seq` out of the index, if it is there, or puts it in again as
 * it is now, if it had been; in the transaction under way.
 */
void store_unindex(struct store *store, int64_t seq);
void store_reindex(struct store *store, int64_t seq);

#endif
