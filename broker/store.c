/*
 * Opening takes three locks' worth of care: the lock file keeps a second
 * broker out and can say who is in; the file is made by us, for its mode and
 * so that its name is on disk before anything in it is promised; SQLite's
 * own lock (see store_schema.c) keeps every other program out.
 */
#include "broker/store_internal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/log.h"

enum { PID_TEXT_SIZE = 24 };

/* ---- the lock file ---- */

/* What the holder wrote into its lock file, for the log. */
static void read_holder(int fd, char out[PID_TEXT_SIZE])
{
    ssize_t length = pread(fd, out, PID_TEXT_SIZE - 1, 0);

    out[length > 0 ? length : 0] = '\0';
    out[strspn(out, "0123456789")] = '\0';
}

static enum chat_result refuse_lock(const char *lock_path, int fd)
{
    char holder[PID_TEXT_SIZE];

    if (errno != EWOULDBLOCK) {
        log_error("event=store_lock_failed path=%s reason=%s",
                  LOG_QUOTED(lock_path), LOG_QUOTED(strerror(errno)));
        return CHAT_SYSTEM;
    }
    read_holder(fd, holder);
    log_error("event=store_in_use path=%s pid=%s", LOG_QUOTED(lock_path),
              holder);
    return CHAT_IN_USE;
}

/*
 * Locks "DATABASE.lock" for as long as the descriptor is open. The file stays
 * when we end: removing it would let two hold "the" lock, one on the old file
 * and one on the new.
 */
static enum chat_result lock_database(const char *lock_path, int *fd_out)
{
    int fd = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum chat_result result = refuse_lock(lock_path, fd);
        if (fd >= 0)
            close(fd);
        return result;
    }
    /* The pid is for people; without it the lock is as good. */
    if (ftruncate(fd, 0) != 0 || dprintf(fd, "%ld\n", (long)getpid()) < 0)
        log_warn("event=store_lock_without_pid path=%s reason=%s",
                 LOG_QUOTED(lock_path), LOG_QUOTED(strerror(errno)));
    *fd_out = fd;
    return CHAT_OK;
}

/* ---- the database file ---- */

/* Makes the name of a new file in `path`'s folder last. */
static bool sync_folder(const char *path)
{
    char *copy = strdup_or_die(path);
    int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    free(copy);
    return is_synced;
}

/*
 * Makes the file unless it is there: SQLite would give it the umask's mode,
 * and gives the WAL beside it the mode that it has.
 */
static enum chat_result make_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        return CHAT_OK;
    if (fd < 0 || !sync_folder(path)) {
        log_error("event=store_not_created path=%s reason=%s", LOG_QUOTED(path),
                  LOG_QUOTED(strerror(errno)));
        if (fd >= 0)
            close(fd);
        return CHAT_SYSTEM;
    }
    close(fd);
    log_info("event=store_created path=%s", LOG_QUOTED(path));
    return CHAT_OK;
}

/*
 * One thread uses SQLite, and nobody asks it how much memory it has: without
 * locks and counts around each allocation a post costs several percent less.
 * Once SQLite runs it refuses this; a second store has what the first one set.
 */
static void configure_sqlite(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static enum chat_result connect_database(const char *path, sqlite3 **out)
{
    configure_sqlite();
    int code = sqlite3_open_v2(path, out,
                               SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
                                   SQLITE_OPEN_EXRESCODE,
                               NULL);

    if (code == SQLITE_OK)
        return CHAT_OK;
    log_error("event=store_not_opened path=%s reason=%s", LOG_QUOTED(path),
              LOG_QUOTED(sqlite3_errstr(code)));
    return CHAT_SYSTEM;
}

/* ---- life cycle ---- */

static enum chat_result open_steps(struct store *store, const char *path,
                                   const char *lock_path)
{
    enum chat_result result = lock_database(lock_path, &store->lock_fd);

    if (result == CHAT_OK)
        result = make_file(path);
    if (result == CHAT_OK)
        result = connect_database(path, &store->database);
    if (result == CHAT_OK)
        result = store_schema_open(store->database, store->epoch);
    if (result == CHAT_OK)
        result = store_sql_prepare(store);
    return result;
}

enum chat_result store_open(const char *path, struct store **store_out)
{
    struct store *store = alloc_or_die(sizeof(*store));
    size_t lock_path_size = strlen(path) + sizeof(".lock");
    char *lock_path = alloc_or_die(lock_path_size);

    store->lock_fd = -1;
    snprintf(lock_path, lock_path_size, "%s.lock", path);
    enum chat_result result = open_steps(store, path, lock_path);
    free(lock_path);
    if (result != CHAT_OK) {
        store_sql_finalize(store);
        sqlite3_close(store->database);
        store->database = NULL;
        store_close(store);
        return result;
    }
    *store_out = store;
    return CHAT_OK;
}

void store_checkpoint(struct store *store)
{
    assert(!store->in_transaction);
    if (sqlite3_wal_checkpoint_v2(store->database, NULL,
                                  SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                  NULL) != SQLITE_OK)
        store_log_failure(store, "checkpoint");
}

void store_close(struct store *store)
{
    if (store == NULL)
        return;
    if (store->database != NULL) {
        if (store->in_transaction)
            store_rollback(store);
        store_sql_finalize(store);
        store_checkpoint(store); /* one file, whole by itself */
        sqlite3_close(store->database);
    }
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store);
}

const char *store_epoch(const struct store *store)
{
    return store->epoch;
}
