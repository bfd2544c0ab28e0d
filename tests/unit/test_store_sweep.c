/* Retention: what is out of reach at once, and off the disk in portions. */
#include "tests/unit/store_fixture.h"

static int64_t count_rows(struct fixture *f, const char *sql)
{
    sqlite3_stmt *statement;

    assert_int_equal(
        sqlite3_prepare_v2(f->store->database, sql, -1, &statement, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

/* Sweeps once; everything is old enough. */
static int sweep(struct fixture *f, int limit)
{
    store_begin(f->store);
    int count = store_sweep(f->store, INT64_MAX, limit);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    return count;
}

static void sweep_all(struct fixture *f)
{
    for (int i = 0; sweep(f, 1000) > 0; i++)
        assert_true(i < 10);
}

static void commit_event(struct fixture *f, struct event event)
{
    store_begin(f->store);
    append(f, event);
    assert_int_equal(store_commit(f->store), CHAT_OK);
}

#define COMMIT_EVENT(f, ...) commit_event((f), (struct event){__VA_ARGS__})

/* Rooms 1 and 2 (seqs 1, 2), then messages 3 to 12, odd seqs in room 1. */
static int setup(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    make_rooms(f, 2);
    store_begin(f->store);
    for (int i = 0; i < 10; i++)
        append_messages(f, 1 + i % 2, 1);
    return store_commit(f->store) == CHAT_OK ? 0 : -1;
}

static struct seen read_room(struct fixture *f, int64_t rid)
{
    const struct history_query query = {
        .rid = rid, .limit = 100, .bytes_max = 100000};
    struct seen seen = {.count = 0};
    bool more = true;

    assert_int_equal(store_history(f->store, &query, see, &seen, &more),
                     CHAT_OK);
    assert_false(more);
    return seen;
}

static struct seen search_hello(struct fixture *f)
{
    static const int64_t rids[] = {1, 2};
    const struct search_query query = {
        .text = "hello",
        .rids = rids,
        .rid_count = 2,
        .before_seq = INT64_MAX,
        .limit = 100,
        .bytes_max = 100000,
        .time_max_ms = 10000,
    };
    struct seen seen = {.count = 0};
    bool more;

    assert_int_equal(store_search(f->store, &query, see, &seen, &more),
                     CHAT_OK);
    return seen;
}

/* ---- how far to purge ---- */

static int64_t target(struct fixture *f, int64_t before_ms, int64_t count)
{
    const struct retention retention = {
        .rid = 1, .before_ms = before_ms, .count = count};
    int64_t seq = -1;

    assert_int_equal(store_purge_target(f->store, &retention, &seq), CHAT_OK);
    return seq;
}

static void the_old_and_the_many_are_to_be_purged(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(target(f, INT64_MIN, 0), 0);
    assert_int_equal(target(f, TIME_MS + 1, 0), 0);
    assert_int_equal(target(f, TIME_MS + 8, 0), 7);
    assert_int_equal(target(f, TIME_MS + 9, 0), 7); /* 8 is room 2's */
    assert_int_equal(target(f, INT64_MAX, 0), 11);
    assert_int_equal(target(f, INT64_MIN, 6), 0);
    assert_int_equal(target(f, INT64_MIN, 5), 1);
    assert_int_equal(target(f, INT64_MIN, 2), 7);
    assert_int_equal(target(f, TIME_MS + 6, 2), 7);
    assert_int_equal(target(f, TIME_MS + 10, 2), 9);
    COMMIT_EVENT(f, .type = EVENT_PURGE, .rid = 1, .target = 7, .n = -1);
    assert_int_equal(target(f, TIME_MS + 8, 2), 0);
    assert_int_equal(target(f, INT64_MIN, 1), 9);
}

/* ---- purging ---- */

static void what_is_purged_is_not_read_whether_swept_or_not(void **state)
{
    struct fixture *f = *state;
    const struct room_position places[] = {{1, 0}, {2, 6}};
    int64_t seq;

    (void)search_hello(f); /* so that they are indexed */
    COMMIT_EVENT(f, .type = EVENT_PURGE, .rid = 1, .target = 7, .n = -1);
    for (int swept = 0; swept < 2; swept++) {
        struct seen room = read_room(f, 1), found = search_hello(f);
        struct seen rooms = {.count = 0}, one = {.count = 0};
        bool more;
        ASSERT_SEEN(&room, 9, 11);
        ASSERT_SEEN(&found, 12, 11, 10, 9, 8, 6, 4);
        store_rooms_after(f->store, places, 2, 100, see, &rooms, &more);
        ASSERT_SEEN(&rooms, 8, 9, 10, 11, 12);
        assert_false(store_find_message(f->store, 1, 7, NULL));
        assert_true(store_find_message(f->store, 1, 9, NULL));
        assert_int_equal(store_event(f->store, 1, 7, see, &one),
                         CHAT_NO_MESSAGE);
        assert_int_equal(store_seq_of(f->store, 1, 4, &seq), CHAT_NO_MESSAGE);
        assert_int_equal(store_seq_of(f->store, 1, 5, &seq), CHAT_OK);
        assert_int_equal(seq, 9);
        sweep_all(f);
    }
    assert_int_equal(count_rows(f, "SELECT count(*) FROM event WHERE rid = 1"
                                   " AND seq <= 7"),
                     0);
    assert_int_equal(count_rows(f, "SELECT count(*) FROM event WHERE rid = 2"),
                     6);
}

static void sweeping_is_done_in_portions(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    append_messages(f, 1, 1000);
    for (int i = 0; i < 500; i++)
        APPEND(f, .type = EVENT_READ, .rid = 1, .sid = 9, .n = -1);
    APPEND(f, .type = EVENT_PURGE, .rid = 1, .target = f->seq, .n = -1);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_int_equal(sweep(f, 300), 300);
    assert_int_equal(count_rows(f, "SELECT count(*) FROM event WHERE rid = 1"),
                     1507 - 300);
    sweep_all(f);
    /* The PURGE itself came after. */
    assert_int_equal(count_rows(f, "SELECT count(*) FROM event WHERE rid = 1"),
                     1);
    assert_int_equal(sweep(f, 300), 0);
}

static void what_is_new_is_not_swept_yet(void **state)
{
    struct fixture *f = *state;

    COMMIT_EVENT(f, .type = EVENT_PURGE, .rid = 1, .target = 11, .n = -1);
    store_begin(f->store);
    assert_in_range(store_sweep(f->store, TIME_MS + 6, 100), 1, 100);
    assert_int_equal(store_sweep(f->store, TIME_MS + 6, 100), 0);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_int_equal(count_rows(f, "SELECT min(seq) FROM event WHERE rid = 1"),
                     7);
    sweep_all(f);
    assert_int_equal(count_rows(f, "SELECT count(*) FROM event WHERE rid = 1"
                                   " AND seq <= 11"),
                     0);
}

static void what_belongs_to_a_purged_message_goes_with_it(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    APPEND(f, .type = EVENT_EDIT, .rid = 1, .target = 3, .text = "new");
    APPEND(f, .type = EVENT_REACTION, .rid = 1, .sid = 9, .target = 3,
           .text = "+", .from = "eve", .value = 1);
    store_add_mention(f->store, 9, 1, 3);
    APPEND(f, .type = EVENT_HELD, .rid = 1, .sid = 9, .text = "x", .n = -1);
    APPEND(f, .type = EVENT_PURGE, .rid = 1, .target = f->seq, .n = -1);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    sweep_all(f);
    assert_int_equal(count_rows(f, "SELECT (SELECT count(*) FROM message)"
                                   " + (SELECT count(*) FROM reaction)"
                                   " + (SELECT count(*) FROM mention)"
                                   " + (SELECT count(*) FROM pending)"),
                     0);
}

static void a_room_that_ended_is_swept_away(void **state)
{
    struct fixture *f = *state;

    COMMIT_EVENT(f, .type = EVENT_ROOM_END, .rid = 1);
    struct seen room = read_room(f, 1);
    assert_int_equal(room.count, 0);
    sweep_all(f);
    assert_int_equal(count_rows(f, "SELECT count(*) FROM event WHERE rid = 1"),
                     0);
    assert_int_equal(count_rows(f, "SELECT count(*) FROM room"), 1);
    assert_int_equal(read_room(f, 2).count, 6);
}

/* ---- deleting ---- */

/* Whether the database's files contain `text`. */
static bool is_on_disk(struct fixture *f, const char *text)
{
    static char content[1 << 20];

    store_close(f->store); /* also empties the WAL */
    FILE *file = fopen(f->path, "r");
    assert_non_null(file);
    size_t length = fread(content, 1, sizeof(content), file);
    fclose(file);
    assert_true(length < sizeof(content));
    assert_int_equal(store_open(f->path, &f->store), CHAT_OK);
    return memmem(content, length, text, strlen(text)) != NULL;
}

static void a_deleted_text_is_off_the_disk_after_the_next_sweep(void **state)
{
    struct fixture *f = *state;
    static char text[10000];

    memset(text, 'y', sizeof(text) - 1);
    memcpy(text, "zxqvbn one", 10);
    store_begin(f->store);
    int64_t seq = APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .text = text);
    APPEND(f, .type = EVENT_EDIT, .rid = 1, .target = seq,
           .text = "zxqvbn two");
    APPEND(f, .type = EVENT_DELETE, .rid = 1, .target = seq);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_true(is_on_disk(f, "zxqvbn"));
    assert_int_equal(sweep(f, 100), 1);
    assert_int_equal(sweep(f, 100), 0);
    assert_false(is_on_disk(f, "zxqvbn"));
    assert_false(is_on_disk(f, "yyyyyyyy"));
    struct seen room = read_room(f, 1);
    ASSERT_SEEN(&room, 1, 3, 5, 7, 9, 11, 13, 14, 15);
}

static void bytes_grow_and_shrink_with_what_is_kept(void **state)
{
    struct fixture *f = *state;

    int64_t before = store_bytes(f->store);
    store_begin(f->store);
    append_messages(f, 1, 5000);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    int64_t full = store_bytes(f->store);
    assert_true(full > before + 5000);
    COMMIT_EVENT(f, .type = EVENT_PURGE, .rid = 1, .target = f->seq, .n = -1);
    sweep_all(f);
    assert_true(store_bytes(f->store) < before + (full - before) / 2);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_old_and_the_many_are_to_be_purged),
        TEST(what_is_purged_is_not_read_whether_swept_or_not),
        TEST(sweeping_is_done_in_portions),
        TEST(what_is_new_is_not_swept_yet),
        TEST(what_belongs_to_a_purged_message_goes_with_it),
        TEST(a_room_that_ended_is_swept_away),
        TEST(a_deleted_text_is_off_the_disk_after_the_next_sweep),
        TEST(bytes_grow_and_shrink_with_what_is_kept),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
