/*
 * Prepared statements. A statement is bound from its first parameter to its
 * last, stepped, and reset as soon as it has no more rows, which also forgets
 * what was bound: bound text is borrowed and must not outlive the call.
 *
 * SQLite undoes a transaction by itself on some failures (disk full, I/O
 * error), also when only a read failed. What would be written after that
 * would be committed on its own, so store_failure() notices it and fails the
 * whole transaction.
 */
#include "broker/store_internal.h"

#include <assert.h>

#include "common/clock.h"
#include "common/log.h"

enum { FAILURE_LOG_INTERVAL_MS = 1000 };

static const struct {
    const char *name;
    const char *sql;
} statements[STORE_SQL_COUNT] = {
#define STORE_SQL_TEXT(name, sql) [SQL_##name] = {#name, (sql)},
    STORE_STATEMENTS(STORE_SQL_TEXT)
#undef STORE_SQL_TEXT
};

enum chat_result store_sql_prepare(struct store *store)
{
    for (int sql = 0; sql < STORE_SQL_COUNT; sql++) {
        int code = sqlite3_prepare_v3(store->database, statements[sql].sql, -1,
                                      SQLITE_PREPARE_PERSISTENT,
                                      &store->statements[sql], NULL);
        if (code != SQLITE_OK) {
            store_log_failure(store, statements[sql].name);
            return CHAT_SYSTEM;
        }
    }
    return CHAT_OK;
}

void store_sql_finalize(struct store *store)
{
    for (int sql = 0; sql < STORE_SQL_COUNT; sql++) {
        sqlite3_finalize(store->statements[sql]);
        store->statements[sql] = NULL;
    }
}

/* ---- binding ---- */

/* With borrowed values, only a wrong index or a busy statement can fail. */
static void check_bound(int code)
{
    assert(code == SQLITE_OK);
    (void)code;
}

struct binding store_bind(struct store *store, enum store_sql sql)
{
    sqlite3_stmt *statement = store->statements[sql];

    assert(!sqlite3_stmt_busy(statement));
    return (struct binding){.statement = statement, .next = 1};
}

void bind_number(struct binding *binding, int64_t number)
{
    check_bound(
        sqlite3_bind_int64(binding->statement, binding->next++, number));
}

void bind_text(struct binding *binding, const char *text)
{
    check_bound(sqlite3_bind_text(binding->statement, binding->next++, text, -1,
                                  SQLITE_STATIC));
}

void bind_blob(struct binding *binding, const void *blob, size_t length)
{
    check_bound(sqlite3_bind_blob64(binding->statement, binding->next++, blob,
                                    length, SQLITE_STATIC));
}

void store_bind_numbers(struct store *store, enum store_sql sql,
                        const int64_t *numbers, size_t count)
{
    struct binding binding = store_bind(store, sql);

    assert((int)count == sqlite3_bind_parameter_count(binding.statement));
    for (size_t i = 0; i < count; i++)
        bind_number(&binding, numbers[i]);
}

/* ---- running ---- */

void store_log_failure(struct store *store, const char *what)
{
    int64_t now_ms = clock_mono_ms();

    if (store->has_logged &&
        now_ms - store->logged_at_ms < FAILURE_LOG_INTERVAL_MS) {
        store->unlogged_count++;
        return;
    }
    log_error("event=store_failed what=%s code=%d unlogged=%u reason=%s", what,
              sqlite3_extended_errcode(store->database), store->unlogged_count,
              LOG_QUOTED(sqlite3_errmsg(store->database)));
    store->has_logged = true;
    store->logged_at_ms = now_ms;
    store->unlogged_count = 0;
}

void store_failure(struct store *store, enum store_sql sql)
{
    store_log_failure(store, statements[sql].name);
    if (store->in_transaction && sqlite3_get_autocommit(store->database))
        store->failed = true;
}

void store_reset(struct store *store, enum store_sql sql)
{
    /* Returns once more what the last step failed with: nothing new. */
    (void)sqlite3_reset(store->statements[sql]);
    (void)sqlite3_clear_bindings(store->statements[sql]);
}

bool store_next(struct store *store, enum store_sql sql,
                enum chat_result *result_out)
{
    int code = sqlite3_step(store->statements[sql]);

    if (code == SQLITE_ROW)
        return true;
    if (code != SQLITE_DONE)
        store_failure(store, sql);
    store_reset(store, sql);
    *result_out = code == SQLITE_DONE ? CHAT_OK : CHAT_UNAVAILABLE;
    return false;
}

enum chat_result store_run(struct store *store, enum store_sql sql)
{
    enum chat_result result;
    bool has_row = store_next(store, sql, &result);

    assert(!has_row);
    (void)has_row;
    return result;
}

const char *column_text(sqlite3_stmt *statement, int column)
{
    const unsigned char *text = sqlite3_column_text(statement, column);

    return text == NULL ? "" : (const char *)text;
}

const char *column_optional_text(sqlite3_stmt *statement, int column)
{
    return (const char *)sqlite3_column_text(statement, column);
}
