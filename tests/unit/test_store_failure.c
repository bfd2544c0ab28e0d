/*
 * What the store is for: the disk is full, a read fails, the process is
 * killed; and everything acknowledged is there, and nothing else is.
 */
#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"

/* ---- failing on purpose ---- */

/* From here on files cannot grow beyond `bytes`; RLIM_INFINITY ends it. */
static void limit_file_size(rlim_t bytes)
{
    struct rlimit limit;

    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = bytes;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* As if the disk had just become full: the WAL cannot grow any more. */
static void fill_disk(struct fixture *f)
{
    char wal[100];
    struct stat status;

    snprintf(wal, sizeof(wal), "%s-wal", f->path);
    assert_int_equal(stat(wal, &status), 0);
    limit_file_size((rlim_t)status.st_size);
}

static int interrupt(void *context)
{
    (void)context;
    return 1;
}

/* Every statement fails while this is on. */
static void interrupt_statements(struct fixture *f, bool on)
{
    sqlite3_progress_handler(f->store->database, 1, on ? interrupt : NULL,
                             NULL);
}

static void append_message(struct fixture *f, const char *id)
{
    APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .sid = 1, .text = "hello",
           .id = id);
}

static enum chat_result post(struct fixture *f, const char *id)
{
    store_begin(f->store);
    append_message(f, id);
    return store_commit(f->store);
}

static bool is_posted(struct fixture *f, const char *id)
{
    struct posted posted;

    return store_find_posted(f->store, 1, id, &posted);
}

/* ---- the disk ---- */

static void a_commit_on_a_full_disk_fails_and_leaves_nothing(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    assert_int_equal(store_probe(f->store), CHAT_OK);
    fill_disk(f);
    assert_int_equal(post(f, "lost"), CHAT_UNAVAILABLE);
    assert_int_equal(store_probe(f->store), CHAT_UNAVAILABLE);
    assert_false(is_posted(f, "lost"));
    limit_file_size(RLIM_INFINITY);
    assert_int_equal(store_probe(f->store), CHAT_OK);
    assert_int_equal(post(f, "kept"), CHAT_OK);
    fixture_reopen(f);
    assert_false(is_posted(f, "lost"));
    assert_true(is_posted(f, "kept"));
}

/* SQLite has undone the transaction by then: the rest must not go in alone. */
static void a_full_database_fails_the_whole_transaction(void **state)
{
    struct fixture *f = *state;
    sqlite3 *database = f->store->database;
    static char text[20000];
    struct seen seen = {.count = 0};

    memset(text, 'x', sizeof(text) - 1);
    make_rooms(f, 1);
    sqlite3_exec(database, "PRAGMA max_page_count = 1", NULL, NULL, NULL);
    store_begin(f->store);
    append_message(f, "before");
    APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .text = text);
    assert_true(sqlite3_get_autocommit(database));
    append_message(f, "after");
    assert_int_equal(store_commit(f->store), CHAT_UNAVAILABLE);
    sqlite3_exec(database, "PRAGMA max_page_count = 100000", NULL, NULL, NULL);
    assert_int_equal(store_after(f->store, 0, 9, see, &seen), CHAT_OK);
    ASSERT_SEEN(&seen, 1);
    assert_int_equal(post(f, "later"), CHAT_OK);
}

static void a_seq_that_is_taken_fails_the_whole_transaction(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    store_begin(f->store);
    append_message(f, "before");
    f->seq--;
    append_message(f, "again");
    append_message(f, "after");
    assert_int_equal(store_forget_posted(f->store, INT64_MAX, 9), 0);
    assert_int_equal(store_commit(f->store), CHAT_UNAVAILABLE);
    assert_false(is_posted(f, "before"));
    assert_false(is_posted(f, "after"));
    assert_int_equal(post(f, "later"), CHAT_OK);
}

/* ---- reads that fail ---- */

static void a_lookup_that_failed_fails_the_commit(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    assert_int_equal(post(f, "id"), CHAT_OK);
    store_begin(f->store);
    interrupt_statements(f, true);
    assert_false(is_posted(f, "id"));
    interrupt_statements(f, false);
    assert_int_equal(store_commit(f->store), CHAT_UNAVAILABLE);
    assert_true(is_posted(f, "id"));
    assert_int_equal(post(f, "later"), CHAT_OK);
}

static void a_lookup_that_failed_fails_the_next_transaction(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    interrupt_statements(f, true);
    assert_false(store_find_message(f->store, 1, 1, NULL));
    interrupt_statements(f, false);
    assert_int_equal(post(f, "refused"), CHAT_UNAVAILABLE);
    assert_int_equal(post(f, "taken"), CHAT_OK);
}

/*
 * Out of memory, SQLite undoes the transaction though it was only reading:
 * what is appended after that must not go in alone.
 */
static void a_page_that_undid_the_transaction_fails_it(void **state)
{
    struct fixture *f = *state;
    static char text[200000];
    struct seen seen = {.count = 0};

    memset(text, 'x', sizeof(text) - 1);
    make_rooms(f, 1);
    store_begin(f->store);
    APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .text = text);
    sqlite3_hard_heap_limit64(sqlite3_memory_used() + 1000);
    assert_int_equal(store_after(f->store, 1, 9, see, &seen), CHAT_UNAVAILABLE);
    sqlite3_hard_heap_limit64(0);
    assert_true(sqlite3_get_autocommit(f->store->database));
    append_message(f, "after");
    assert_int_equal(store_commit(f->store), CHAT_UNAVAILABLE);
    assert_false(is_posted(f, "after"));
    assert_int_equal(post(f, "later"), CHAT_OK);
}

static void reads_that_fail_say_so(void **state)
{
    struct fixture *f = *state;
    const struct room_position room = {1, 0};
    struct history_query query = {.rid = 1, .limit = 1, .bytes_max = 1};
    struct seen seen = {.count = 0};
    bool more = true;

    make_rooms(f, 1);
    interrupt_statements(f, true);
    assert_int_equal(store_history(f->store, &query, see, &seen, &more),
                     CHAT_UNAVAILABLE);
    assert_int_equal(
        store_rooms_after(f->store, &room, 1, 1, see, &seen, &more),
        CHAT_UNAVAILABLE);
    assert_int_equal(store_after(f->store, 0, 1, see, &seen), CHAT_UNAVAILABLE);
    interrupt_statements(f, false);
    assert_int_equal(seen.count, 0);
    assert_int_equal(post(f, "no harm done"), CHAT_OK);
}

static void an_index_that_names_a_missing_event_is_noticed(void **state)
{
    struct fixture *f = *state;
    struct history_query query = {.rid = 1, .limit = 9, .bytes_max = 9999};
    struct seen seen = {.count = 0};
    bool more = true;

    make_rooms(f, 1);
    assert_int_equal(post(f, "id"), CHAT_OK);
    /* SQLite keeps its indexes right; a damaged disk would not. */
    sqlite3_exec(f->store->database,
                 "PRAGMA writable_schema = ON;"
                 "CREATE TABLE empty (seq INTEGER PRIMARY KEY, n, at_ms, type,"
                 " reason, role, rid, sid, reply_to, nick, id, text, pid,"
                 " kind, target, to_pid, until_ms, value, address, to_nick,"
                 " mentions);"
                 "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM"
                 " sqlite_schema WHERE name = 'empty') WHERE name = 'event';"
                 "PRAGMA writable_schema = RESET",
                 NULL, NULL, NULL);
    assert_int_equal(store_history(f->store, &query, see, &seen, &more),
                     CHAT_UNAVAILABLE);
    assert_int_equal(seen.count, 0);
}

static void failures_do_not_fill_the_log(void **state)
{
    struct fixture *f = *state;

    clock_set(1000, 1000);
    make_rooms(f, 1);
    interrupt_statements(f, true);
    for (int i = 0; i < 5; i++)
        (void)store_find_message(f->store, 1, 1, NULL);
    assert_int_equal(f->store->unlogged_count, 4);
    clock_set(2000, 2000);
    (void)store_find_message(f->store, 1, 1, NULL);
    assert_int_equal(f->store->unlogged_count, 0);
    interrupt_statements(f, false);
    clock_release();
}

/* ---- kill -9 ---- */

/* The pipe holds few reports, so that the child cannot run far ahead. */
enum { EVENTS_PER_COMMIT = 3, REPORT_PIPE_BYTES = 4096 };

/* Commits for ever, after `seq`, and reports what was committed. */
static void commit_and_report(const char *path, int64_t seq, int report_fd)
{
    struct store *store;
    char id[24];

    if (store_open(path, &store) != CHAT_OK)
        _exit(1);
    for (;;) {
        store_begin(store);
        for (int i = 0; i < EVENTS_PER_COMMIT; i++) {
            seq++;
            snprintf(id, sizeof(id), "%lld", (long long)seq);
            store_append(store, &(struct event){.seq = seq,
                                                .n = seq,
                                                .at_ms = seq,
                                                .type = EVENT_MESSAGE,
                                                .rid = 1,
                                                .sid = 1,
                                                .text = "hello",
                                                .id = id});
        }
        if (store_commit(store) != CHAT_OK)
            _exit(2);
        if (write(report_fd, &seq, sizeof(seq)) != sizeof(seq))
            _exit(3);
    }
}

/*
 * Lets a process commit after `seq`, kills it when it has reported `reports`
 * times, and returns the last seq reported, also what it wrote meanwhile.
 */
static int64_t commit_until_killed(const char *path, int64_t seq, int reports)
{
    int fds[2];
    int status;

    assert_int_equal(pipe(fds), 0);
    assert_true(fcntl(fds[1], F_SETPIPE_SZ, REPORT_PIPE_BYTES) >= 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(fds[0]);
        commit_and_report(path, seq, fds[1]);
    }
    close(fds[1]);
    while (read(fds[0], &seq, sizeof(seq)) == sizeof(seq)) {
        if (--reports == 0)
            kill(child, SIGKILL);
    }
    close(fds[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGKILL);
    return seq;
}

/*
 * Everything up to `acknowledged` is there, and at most one commit more, all
 * of it. Returns the newest.
 */
static int64_t assert_nothing_lost(struct fixture *f, int64_t acknowledged)
{
    static struct seen seen;
    char id[24];

    seen.count = 0;
    assert_int_equal(store_after(f->store, 0, SEEN_MAX, see, &seen), CHAT_OK);
    int64_t newest = (int64_t)seen.count;
    assert_true(newest == acknowledged ||
                newest == acknowledged + EVENTS_PER_COMMIT);
    for (int64_t i = 0; i < newest; i++) {
        assert_int_equal(seen.seqs[i], i + 1);
        snprintf(id, sizeof(id), "%lld", (long long)(i + 1));
        assert_true(is_posted(f, id));
    }
    return newest;
}

static void what_was_committed_survives_kill_9(void **state)
{
    static const int reports[] = {1, 7, 60, 200};
    struct fixture *f = *state;
    int64_t newest = 0;

    for (size_t i = 0; i < sizeof(reports) / sizeof(*reports); i++) {
        store_close(f->store);
        f->store = NULL;
        int64_t acknowledged = commit_until_killed(f->path, newest, reports[i]);
        assert_true(acknowledged > newest);
        assert_int_equal(store_open(f->path, &f->store), CHAT_OK);
        newest = assert_nothing_lost(f, acknowledged);
    }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_commit_on_a_full_disk_fails_and_leaves_nothing),
        TEST(a_full_database_fails_the_whole_transaction),
        TEST(a_seq_that_is_taken_fails_the_whole_transaction),
        TEST(a_lookup_that_failed_fails_the_commit),
        TEST(a_lookup_that_failed_fails_the_next_transaction),
        TEST(a_page_that_undid_the_transaction_fails_it),
        TEST(reads_that_fail_say_so),
        TEST(an_index_that_names_a_missing_event_is_noticed),
        TEST(failures_do_not_fill_the_log),
        TEST(what_was_committed_survives_kill_9),
    };
#undef TEST

    /* Running already, it goes on counting its memory: so it has a limit. */
    sqlite3_initialize();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
