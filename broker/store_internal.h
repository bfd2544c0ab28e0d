/*
 * What the store's files share:
 *
 *   store.c         opening and closing: lock, file, connection
 *   store_schema.c  tables, their versions, whose database it is
 *   store_sql.c     prepared statements: binding, stepping, failing
 *   store_write.c   transactions, and what an event changes
 *   store_posted.c  message ids
 *   store_read.c    loading, and reading the log in order
 *   store_page.c    pages: the events nearest to a place
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

/* Text of a column, "" for NULL; valid until the statement steps. */
const char *column_text(sqlite3_stmt *statement, int column);

/* ---- store_posted.c ---- */

/* Remembers the id of a message that has one, in the transaction under way. */
void store_remember_posted(struct store *store, const struct event *event);

/* ---- store_write.c ---- */

/* Runs a statement that writes; if it fails, so will the commit. */
void store_write(struct store *store, enum store_sql sql);

/* ---- store_read.c ---- */

/* Reads the row of a STORE_SELECT_EVENT; valid until the statement steps. */
void store_read_event(sqlite3_stmt *statement, struct event *event_out);

#endif
