/*
 * The tables and how they came to be. The schema's version is the number of
 * steps taken, kept in user_version; a release that changes the schema adds a
 * step and never edits an old one. Each step runs in one transaction with its
 * version: a start that is interrupted goes on where it was.
 *
 * application_id tells our database from any other, so that a wrong path in
 * the settings does not write into somebody's bookkeeping.
 */
#include "broker/store_internal.h"

#include <assert.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"

enum {
    APPLICATION_ID = 0x616a6368, /* "ajch" */
    EPOCH_CHARACTERS = 10,       /* 36^10: never the same twice */
};

/*
 * 1. The log, and what it adds up to.
 *
 * A session's token hash is kept with the session only: it opens the session,
 * and is worth nothing, but nothing good either, once the session has ended.
 *
 * seq is the rowid, so every index on event ends with it: event_shown is
 * (rid, seq), event_shown_type is (rid, type, seq). posted has seq for its
 * key as well, which keeps the ids in the order of their age: forgetting the
 * oldest needs no index on at_ms.
 *
 * posted_id has the id first: clients whose ids rise with time (as those of
 * our page) then add at the index's end, not all over it. With a million ids
 * remembered that makes a commit of many messages several times cheaper.
 *
 * 2. People beside sessions, and what can be done with messages.
 *
 * Logs of step 1 have pid 0 where they should have the sid: read as that (see
 * store_read_event()), the rows stay as they are. The new indexes on event are
 * never true for a message: event_unshown is (rid, type, seq) of what nobody
 * is shown, event_edit the edits of a message (9: EVENT_EDIT).
 *
 * message has a row only for what was edited or deleted; `deleted` is 1 while
 * texts of it are still on disk, and 2 when store_sweep() has emptied them.
 * A room that has ended stays without a claim to its name until its events are
 * swept. search is an index alone, without the texts; its `room` is a word
 * like "r17", by which a query keeps to rooms.
 *
 * 3. Newcomers' first messages are held until a moderator has let one in.
 */
static const char *const steps[] = {
    "CREATE TABLE meta ("
    " key TEXT PRIMARY KEY, value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE event ("
    " seq INTEGER PRIMARY KEY,"
    " n INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL,"
    " type INTEGER NOT NULL,"
    " reason INTEGER NOT NULL,"
    " role INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " sid INTEGER NOT NULL,"
    " reply_to INTEGER NOT NULL,"
    " nick TEXT, id TEXT, text TEXT"
    ") STRICT;"
    "CREATE INDEX event_shown ON event (rid) WHERE n > 0;"
    "CREATE INDEX event_shown_type ON event (rid, type) WHERE n > 0;"
    "CREATE TABLE room ("
    " rid INTEGER PRIMARY KEY,"
    " n INTEGER NOT NULL,"
    " room TEXT NOT NULL UNIQUE,"
    " topic TEXT NOT NULL,"
    " id TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE session ("
    " sid INTEGER PRIMARY KEY,"
    " created_at_ms INTEGER NOT NULL,"
    " gone_at_ms INTEGER NOT NULL,"
    " role INTEGER NOT NULL,"
    " nick TEXT NOT NULL,"
    " token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32)"
    ") STRICT;"
    "CREATE TABLE member ("
    " sid INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " joined_seq INTEGER NOT NULL,"
    " PRIMARY KEY (sid, rid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE posted ("
    " seq INTEGER PRIMARY KEY,"
    " n INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " sid INTEGER NOT NULL,"
    " id TEXT NOT NULL,"
    " request_hash BLOB NOT NULL CHECK (length(request_hash) = 16)"
    ") STRICT;"
    "CREATE UNIQUE INDEX posted_id ON posted (id, sid);",

    "ALTER TABLE event ADD COLUMN pid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN kind INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN target INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN to_pid INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN until_ms INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN value INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN address INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE event ADD COLUMN to_nick TEXT;"
    "ALTER TABLE event ADD COLUMN mentions TEXT;"
    "CREATE INDEX event_unshown ON event (rid, type) WHERE n = 0;"
    "CREATE INDEX event_edit ON event (target) WHERE type = 9;"

    "ALTER TABLE room RENAME TO room_1;"
    "CREATE TABLE room ("
    " rid INTEGER PRIMARY KEY,"
    " n INTEGER NOT NULL,"
    " room TEXT NOT NULL,"
    " topic TEXT NOT NULL,"
    " id TEXT NOT NULL,"
    " secret TEXT,"
    " settings TEXT NOT NULL DEFAULT '',"
    " purged_seq INTEGER NOT NULL DEFAULT 0,"
    " swept_seq INTEGER NOT NULL DEFAULT 0,"
    " ended_seq INTEGER NOT NULL DEFAULT 0"
    ") STRICT;"
    "INSERT INTO room (rid, n, room, topic, id)"
    " SELECT rid, n, room, topic, id FROM room_1;"
    "DROP TABLE room_1;"
    "CREATE UNIQUE INDEX room_name ON room (room) WHERE ended_seq = 0;"
    "CREATE INDEX room_unswept ON room (swept_seq)"
    " WHERE swept_seq < purged_seq;"

    "CREATE TABLE person ("
    " pid INTEGER PRIMARY KEY,"
    " created_at_ms INTEGER NOT NULL,"
    " gone_at_ms INTEGER NOT NULL,"
    " kind INTEGER NOT NULL,"
    " role INTEGER NOT NULL,"
    " nick TEXT NOT NULL,"
    " name TEXT, secret TEXT"
    ") STRICT;"
    "INSERT INTO person (pid, created_at_ms, gone_at_ms, kind, role, nick)"
    " SELECT sid, created_at_ms, gone_at_ms, 0, role, nick FROM session;"

    "ALTER TABLE session RENAME TO session_1;"
    "CREATE TABLE session ("
    " sid INTEGER PRIMARY KEY,"
    " pid INTEGER NOT NULL,"
    " created_at_ms INTEGER NOT NULL,"
    " idle_at_ms INTEGER NOT NULL,"
    " token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32)"
    ") STRICT;"
    "INSERT INTO session (sid, pid, created_at_ms, idle_at_ms, token_hash)"
    " SELECT sid, sid, created_at_ms, gone_at_ms, token_hash FROM session_1;"
    "DROP TABLE session_1;"

    "ALTER TABLE member RENAME TO member_1;"
    "CREATE TABLE member ("
    " pid INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " joined_seq INTEGER NOT NULL DEFAULT 0,"
    " rank INTEGER NOT NULL DEFAULT 0,"
    " invited INTEGER NOT NULL DEFAULT 0,"
    " muted_until_ms INTEGER NOT NULL DEFAULT 0,"
    " read_seq INTEGER NOT NULL DEFAULT 0,"
    " PRIMARY KEY (pid, rid)"
    ") STRICT, WITHOUT ROWID;"
    "INSERT INTO member (pid, rid, joined_seq)"
    " SELECT sid, rid, joined_seq FROM member_1;"
    "DROP TABLE member_1;"
    "CREATE INDEX member_room ON member (rid);"

    "CREATE TABLE ban ("
    " seq INTEGER PRIMARY KEY,"
    " at_ms INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " pid INTEGER NOT NULL,"
    " address INTEGER NOT NULL,"
    " until_ms INTEGER NOT NULL,"
    " nick TEXT, text TEXT, by_nick TEXT"
    ") STRICT;"
    "CREATE INDEX ban_room ON ban (rid);"
    "CREATE TABLE block ("
    " pid INTEGER NOT NULL,"
    " to_pid INTEGER NOT NULL,"
    " seq INTEGER NOT NULL,"
    " PRIMARY KEY (pid, to_pid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE hook ("
    " seq INTEGER PRIMARY KEY,"
    " rid INTEGER NOT NULL,"
    " delivered_seq INTEGER NOT NULL,"
    " name TEXT NOT NULL,"
    " token_hash BLOB, url TEXT, secret TEXT"
    ") STRICT;"
    "CREATE INDEX hook_room ON hook (rid);"

    "CREATE TABLE message ("
    " seq INTEGER PRIMARY KEY,"
    " edited_ms INTEGER NOT NULL DEFAULT 0,"
    " deleted INTEGER NOT NULL DEFAULT 0,"
    " changed_seq INTEGER NOT NULL,"
    " text TEXT"
    ") STRICT;"
    "CREATE INDEX message_deleted ON message (seq) WHERE deleted = 1;"
    "CREATE TABLE reaction ("
    " rid INTEGER NOT NULL,"
    " target INTEGER NOT NULL,"
    " emoji TEXT NOT NULL,"
    " pid INTEGER NOT NULL,"
    " nick TEXT,"
    " PRIMARY KEY (rid, target, emoji, pid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE mention ("
    " pid INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " seq INTEGER NOT NULL,"
    " PRIMARY KEY (pid, rid, seq)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE INDEX mention_message ON mention (rid, seq);"
    "CREATE TABLE pending ("
    " rid INTEGER NOT NULL,"
    " seq INTEGER NOT NULL,"
    " type INTEGER NOT NULL,"
    " PRIMARY KEY (rid, seq)"
    ") STRICT, WITHOUT ROWID;"

    "CREATE VIRTUAL TABLE search USING fts5 ("
    " text, room, content = '', columnsize = 0,"
    " tokenize = 'unicode61 remove_diacritics 2');"
    "INSERT INTO meta (key, value) VALUES ('indexed_seq', '0');",

    "ALTER TABLE member ADD COLUMN approved INTEGER NOT NULL DEFAULT 0;"
    "ALTER TABLE person ADD COLUMN maker_pid INTEGER NOT NULL DEFAULT 0;",
};

enum { SCHEMA_VERSION = sizeof(steps) / sizeof(steps[0]) };

/* Others may read beside us (a backup, a look); see store.h on writing. */
static const char first_pragmas[] = "PRAGMA trusted_schema = OFF;"
                                    "PRAGMA cell_size_check = ON;"
                                    "PRAGMA temp_store = MEMORY;";

/*
 * FULL: synced at every commit. Checkpoints come every 16 MiB of WAL rather
 * than every 4: a page that many commits change is then written back once
 * for all of them. 32 MiB of page cache hold the indexes' busy part. What is
 * deleted is overwritten in the file.
 */
static const char writing_pragmas[] = "PRAGMA synchronous = FULL;"
                                      "PRAGMA secure_delete = ON;"
                                      "PRAGMA foreign_keys = OFF;"
                                      "PRAGMA cache_size = -32768;"
                                      "PRAGMA wal_autocheckpoint = 4096;"
                                      "PRAGMA journal_size_limit = 16777216;";

/* ---- one-time SQL ---- */

static void log_refusal(sqlite3 *database, const char *what, const char *why)
{
    log_error("event=store_refused path=%s what=%s reason=%s",
              LOG_QUOTED(sqlite3_db_filename(database, "main")), what,
              LOG_QUOTED(why));
}

/* Logs what SQLite says of `what` and returns what that is to the caller. */
static enum chat_result refuse(sqlite3 *database, const char *what)
{
    int code = sqlite3_extended_errcode(database);

    log_refusal(database, what, sqlite3_errmsg(database));
    return (code & 0xff) == SQLITE_BUSY ? CHAT_IN_USE : CHAT_SYSTEM;
}

static enum chat_result run(sqlite3 *database, const char *what,
                            const char *sql)
{
    if (sqlite3_exec(database, sql, NULL, NULL, NULL) != SQLITE_OK)
        return refuse(database, what);
    return CHAT_OK;
}

/*
 * Runs the query `sql`, with `parameter` bound unless it is NULL, and copies
 * its first value as text; "" if there is no row.
 */
static enum chat_result ask(sqlite3 *database, const char *sql,
                            const char *parameter, char *out, size_t out_bytes)
{
    sqlite3_stmt *statement = NULL;
    enum chat_result result = CHAT_OK;

    int code = sqlite3_prepare_v2(database, sql, -1, &statement, NULL);
    if (code == SQLITE_OK && parameter != NULL)
        code = sqlite3_bind_text(statement, 1, parameter, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW)
        snprintf(out, out_bytes, "%s", column_text(statement, 0));
    else if (code == SQLITE_DONE)
        out[0] = '\0';
    else
        result = refuse(database, "read");
    sqlite3_finalize(statement);
    return result;
}

static enum chat_result ask_number(sqlite3 *database, const char *sql,
                                   int64_t *number_out)
{
    char text[32];
    enum chat_result result = ask(database, sql, NULL, text, sizeof(text));

    if (result == CHAT_OK)
        *number_out = strtoll(text, NULL, 10);
    return result;
}

/* ---- whose it is ---- */

/* CHAT_OK: ours, or empty and free to be made ours. */
static enum chat_result check_owner(sqlite3 *database, int64_t *version_out)
{
    int64_t application_id, version, objects;
    enum chat_result result;

    result = ask_number(database, "PRAGMA application_id", &application_id);
    if (result == CHAT_OK)
        result = ask_number(database, "PRAGMA user_version", &version);
    if (result == CHAT_OK)
        result = ask_number(database, "SELECT count(*) FROM sqlite_schema",
                            &objects);
    if (result != CHAT_OK)
        return result;

    bool is_empty = application_id == 0 && version == 0 && objects == 0;
    if (application_id != APPLICATION_ID && !is_empty) {
        log_refusal(database, "owner", "a database, but not ajaxchat's");
        return CHAT_SYSTEM;
    }
    if (version > SCHEMA_VERSION) {
        log_refusal(database, "schema", "made by a newer version");
        return CHAT_UNSUPPORTED;
    }
    *version_out = version;
    return CHAT_OK;
}

/* ---- migrating ---- */

/* Takes the step to `version` (from 1) in one transaction. */
static enum chat_result migrate_to(sqlite3 *database, int64_t version)
{
    char marks[100];
    enum chat_result result = run(database, "migration", "BEGIN IMMEDIATE");

    if (result != CHAT_OK)
        return result;
    snprintf(marks, sizeof(marks),
             "PRAGMA application_id = %d; PRAGMA user_version = %lld; COMMIT",
             APPLICATION_ID, (long long)version);
    result = run(database, "migration", steps[version - 1]);
    if (result == CHAT_OK)
        result = run(database, "migration", marks);
    if (result == CHAT_OK)
        log_info("event=schema_migrated schema=%lld", (long long)version);
    else if (!sqlite3_get_autocommit(database))
        (void)run(database, "migration", "ROLLBACK");
    return result;
}

/* WAL is a property of the file; asking for it says whether it is so. */
static enum chat_result use_wal(sqlite3 *database)
{
    char mode[16];
    enum chat_result result =
        ask(database, "PRAGMA journal_mode = WAL", NULL, mode, sizeof(mode));

    if (result == CHAT_OK && strcmp(mode, "wal") != 0) {
        log_refusal(database, "journal", "no WAL on this file system");
        return CHAT_SYSTEM;
    }
    return result;
}

/* ---- epoch ---- */

static void make_epoch(char epoch_out[EPOCH_SIZE])
{
    static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    static_assert((int)EPOCH_CHARACTERS < (int)EPOCH_SIZE, "an epoch fits");
    for (int i = 0; i < EPOCH_CHARACTERS; i++)
        epoch_out[i] = alphabet[randombytes_uniform(sizeof(alphabet) - 1)];
    epoch_out[EPOCH_CHARACTERS] = '\0';
}

/* The epoch of this database; a new one if it has none yet. */
static enum chat_result read_epoch(sqlite3 *database, char out[EPOCH_SIZE])
{
    char fresh[EPOCH_SIZE];
    char ignored[1];

    make_epoch(fresh);
    enum chat_result result =
        ask(database,
            "INSERT INTO meta (key, value) VALUES ('epoch', ?)"
            " ON CONFLICT (key) DO NOTHING",
            fresh, ignored, sizeof(ignored));
    if (result != CHAT_OK)
        return result;
    return ask(database, "SELECT value FROM meta WHERE key = 'epoch'", NULL,
               out, EPOCH_SIZE);
}

enum chat_result store_schema_open(sqlite3 *database,
                                   char epoch_out[EPOCH_SIZE])
{
    int64_t version = 0;
    enum chat_result result = run(database, "pragmas", first_pragmas);

    if (result == CHAT_OK)
        result = check_owner(database, &version);
    if (result == CHAT_OK)
        result = use_wal(database);
    if (result == CHAT_OK)
        result = run(database, "pragmas", writing_pragmas);
    while (result == CHAT_OK && version < SCHEMA_VERSION)
        result = migrate_to(database, ++version);
    if (result == CHAT_OK)
        result = read_epoch(database, epoch_out);
    return result;
}
