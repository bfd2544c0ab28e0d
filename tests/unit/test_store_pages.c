#include "tests/unit/store_fixture.h"

enum { NO_BYTES_LIMIT = 1 << 30 };

/*
 * Two rooms with the log they all use; in room 1 shown are
 *
 *   1 room, 3 m, 4 m, 6 join, 7 m, 8 join, 10 m, 11 action
 *
 * 2 and 5 are room 2's, 9 is an event of room 1 that nobody is shown.
 */
static int setup(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    make_rooms(f, 2);
    store_begin(f->store);
    append_messages(f, 1, 2);
    append_messages(f, 2, 1);
    APPEND(f, .type = EVENT_JOIN, .rid = 1, .sid = 8, .from = "bob");
    append_messages(f, 1, 1);
    APPEND(f, .type = EVENT_JOIN, .rid = 1, .sid = 9, .from = "eve");
    APPEND(f, .type = EVENT_JOIN, .rid = 1, .n = -1, .reason = REASON_BACK);
    append_messages(f, 1, 1);
    APPEND(f, .type = EVENT_ACTION, .rid = 1, .text = "waves");
    return store_commit(f->store) == CHAT_OK ? 0 : -1;
}

static struct seen read_page(struct fixture *f, struct history_query query,
                             bool *more_out)
{
    struct seen seen = {.count = 0};

    query.rid = query.rid == 0 ? 1 : query.rid;
    query.bytes_max = query.bytes_max == 0 ? NO_BYTES_LIMIT : query.bytes_max;
    assert_int_equal(store_history(f->store, &query, see, &seen, more_out),
                     CHAT_OK);
    return seen;
}

/* A page with the query's `fields`, the flag `more_flag` and the seqs. */
#define ASSERT_PAGE(state, fields, more_flag, ...)                             \
    do {                                                                       \
        bool more = !(more_flag);                                              \
        struct seen seen =                                                     \
            read_page(*(state), (struct history_query)fields, &more);          \
        ASSERT_SEEN(&seen, __VA_ARGS__);                                       \
        assert_int_equal(more, more_flag);                                     \
    } while (0)
#define FIELDS(...)                                                            \
    {                                                                          \
        __VA_ARGS__                                                            \
    }

static void newest_page_is_the_end_of_the_room(void **state)
{
    ASSERT_PAGE(state, FIELDS(.limit = 3), true, 8, 10, 11);
    ASSERT_PAGE(state, FIELDS(.limit = 1), true, 11);
}

static void newest_page_has_no_more_exactly_at_the_beginning(void **state)
{
    ASSERT_PAGE(state, FIELDS(.limit = 7), true, 3, 4, 6, 7, 8, 10, 11);
    ASSERT_PAGE(state, FIELDS(.limit = 8), false, 1, 3, 4, 6, 7, 8, 10, 11);
    ASSERT_PAGE(state, FIELDS(.limit = 200), false, 1, 3, 4, 6, 7, 8, 10, 11);
}

static void before_is_exclusive_and_asks_for_older(void **state)
{
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_BEFORE, .seq = 7, .limit = 2),
                true, 4, 6);
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_BEFORE, .seq = 4, .limit = 2),
                false, 1, 3);
    /* A place between the room's events, and one that never was. */
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_BEFORE, .seq = 5, .limit = 1),
                true, 4);
    ASSERT_PAGE(state,
                FIELDS(.anchor = HISTORY_BEFORE, .seq = INT64_MAX, .limit = 1),
                true, 11);
}

static void after_is_exclusive_and_asks_for_newer(void **state)
{
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AFTER, .seq = 0, .limit = 2),
                true, 1, 3);
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AFTER, .seq = 3, .limit = 3),
                true, 4, 6, 7);
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AFTER, .seq = 8, .limit = 2),
                false, 10, 11);
}

static void around_is_inclusive_and_has_both_sides(void **state)
{
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AROUND, .seq = 7, .limit = 4),
                true, 6, 7, 8, 10);
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AROUND, .seq = 7, .limit = 1),
                true, 7);
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AROUND, .seq = 7, .limit = 8),
                false, 1, 3, 4, 6, 7, 8, 10, 11);
}

static void around_fills_from_the_side_that_has_more(void **state)
{
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AROUND, .seq = 1, .limit = 4),
                true, 1, 3, 4, 6);
    ASSERT_PAGE(state, FIELDS(.anchor = HISTORY_AROUND, .seq = 11, .limit = 4),
                true, 7, 8, 10, 11);
    ASSERT_PAGE(state,
                FIELDS(.anchor = HISTORY_AROUND, .seq = INT64_MAX, .limit = 2),
                true, 10, 11);
}

static void nothing_there_is_an_empty_page(void **state)
{
    const struct history_query nothing[] = {
        {.anchor = HISTORY_BEFORE, .seq = 1, .limit = 5},
        {.anchor = HISTORY_BEFORE, .seq = -7, .limit = 5},
        {.anchor = HISTORY_BEFORE, .seq = INT64_MIN, .limit = 5},
        {.anchor = HISTORY_AFTER, .seq = 11, .limit = 5},
        {.anchor = HISTORY_AFTER, .seq = INT64_MAX, .limit = 5},
        {.rid = 77, .limit = 5},
        {.types = 1U << EVENT_LEAVE, .limit = 5},
        {.types = UINT64_C(1) << 63, .limit = 5},
    };

    for (size_t i = 0; i < sizeof(nothing) / sizeof(*nothing); i++) {
        bool more = true;
        struct seen seen = read_page(*state, nothing[i], &more);
        assert_int_equal(seen.count, 0);
        assert_false(more);
    }
}

static void types_are_merged_in_log_order(void **state)
{
    uint32_t messages = 1U << EVENT_MESSAGE | 1U << EVENT_ACTION;
    uint32_t joins = 1U << EVENT_JOIN;

    ASSERT_PAGE(state, FIELDS(.types = messages, .limit = 3), true, 7, 10, 11);
    ASSERT_PAGE(state, FIELDS(.types = messages, .limit = 5), false, 3, 4, 7,
                10, 11);
    ASSERT_PAGE(state, FIELDS(.types = joins, .limit = 5), false, 6, 8);
    ASSERT_PAGE(state,
                FIELDS(.types = messages | joins, .anchor = HISTORY_AFTER,
                       .seq = 3, .limit = 4),
                true, 4, 6, 7, 8);
    ASSERT_PAGE(
        state,
        FIELDS(.types = joins, .anchor = HISTORY_AROUND, .seq = 7, .limit = 2),
        false, 6, 8);
}

/* Every message but the last is "hello", 5 bytes, as is "waves". */
static void bytes_cut_the_page_farthest_from_the_anchor(void **state)
{
    size_t two = 2 * (STORE_EVENT_BYTES + 5);

    ASSERT_PAGE(state, FIELDS(.limit = 5, .bytes_max = two), true, 10, 11);
    ASSERT_PAGE(state, FIELDS(.limit = 5, .bytes_max = two - 1), true, 11);
    ASSERT_PAGE(
        state,
        FIELDS(.anchor = HISTORY_AFTER, .seq = 1, .limit = 2, .bytes_max = two),
        true, 3, 4);
    ASSERT_PAGE(state,
                FIELDS(.anchor = HISTORY_AFTER, .seq = 1, .limit = 2,
                       .bytes_max = two - 1),
                true, 3);
    ASSERT_PAGE(state,
                FIELDS(.anchor = HISTORY_AROUND, .seq = 4, .limit = 8,
                       .types = 1U << EVENT_MESSAGE, .bytes_max = two),
                true, 4, 7);
}

static void bytes_always_leave_one_event(void **state)
{
    ASSERT_PAGE(state, FIELDS(.limit = 5, .bytes_max = 1), true, 11);
    ASSERT_PAGE(
        state,
        FIELDS(.anchor = HISTORY_AFTER, .seq = 0, .limit = 5, .bytes_max = 1),
        true, 1);
}

static void a_visitor_ends_a_page(void **state)
{
    struct fixture *f = *state;
    struct history_query query = {
        .rid = 1, .limit = 3, .bytes_max = NO_BYTES_LIMIT};
    struct seen seen = {.wanted = 1};
    bool more;

    assert_int_equal(store_history(f->store, &query, see, &seen, &more),
                     CHAT_OK);
    ASSERT_SEEN(&seen, 8);
    assert_true(more);
}

static void what_nobody_is_shown_is_read_if_it_is_asked_for(void **state)
{
    struct fixture *f = *state;
    uint64_t joins = UINT64_C(1) << EVENT_JOIN;
    uint64_t bans = UINT64_C(1) << EVENT_SERVER_BAN;

    store_begin(f->store);
    APPEND(f, .type = EVENT_SERVER_BAN, .to = "eve");
    APPEND(f, .type = EVENT_JOIN, .rid = 1, .n = -1, .reason = REASON_BACK);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    ASSERT_PAGE(state, FIELDS(.types = joins, .unshown = true, .limit = 9),
                false, 6, 8, 9, 13);
    ASSERT_PAGE(state, FIELDS(.types = joins, .unshown = true, .limit = 2),
                true, 9, 13);
    ASSERT_PAGE(state, FIELDS(.types = joins, .limit = 9), false, 6, 8);
    struct history_query server = {
        .types = bans, .unshown = true, .limit = 9, .bytes_max = 999};
    struct seen seen = {.count = 0};
    bool more;
    assert_int_equal(store_history(f->store, &server, see, &seen, &more),
                     CHAT_OK);
    ASSERT_SEEN(&seen, 12);
}

/* ---- several rooms ---- */

static void rooms_are_merged_each_after_its_own_position(void **state)
{
    struct fixture *f = *state;
    const struct room_position rooms[] = {{1, 6}, {2, 0}, {77, 0}};
    struct seen seen = {.count = 0};
    bool more = true;

    assert_int_equal(
        store_rooms_after(f->store, rooms, 3, 6, see, &seen, &more), CHAT_OK);
    ASSERT_SEEN(&seen, 2, 5, 7, 8, 10, 11);
    assert_false(more);
}

static void rooms_stop_at_the_limit_and_say_so(void **state)
{
    struct fixture *f = *state;
    const struct room_position rooms[] = {{1, 6}, {2, 0}};
    struct seen seen = {.count = 0};
    bool more = false;

    assert_int_equal(
        store_rooms_after(f->store, rooms, 2, 5, see, &seen, &more), CHAT_OK);
    ASSERT_SEEN(&seen, 2, 5, 7, 8, 10);
    assert_true(more);
}

static void rooms_say_more_when_the_visitor_refuses_the_last(void **state)
{
    struct fixture *f = *state;
    const struct room_position rooms[] = {{1, 8}};
    struct seen all = {.wanted = 2}, some = {.wanted = 1};
    bool more = true;

    assert_int_equal(store_rooms_after(f->store, rooms, 1, 9, see, &all, &more),
                     CHAT_OK);
    ASSERT_SEEN(&all, 10, 11);
    assert_false(more);
    assert_int_equal(
        store_rooms_after(f->store, rooms, 1, 9, see, &some, &more), CHAT_OK);
    ASSERT_SEEN(&some, 10);
    assert_true(more);
}

static void no_rooms_have_no_events(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {.count = 0};
    bool more = true;

    assert_int_equal(store_rooms_after(f->store, NULL, 0, 5, see, &seen, &more),
                     CHAT_OK);
    assert_int_equal(seen.count, 0);
    assert_false(more);
}

/* ---- work ---- */

/* Steps of SQLite's machine since the last call: work, whatever the clock. */
static int64_t steps_taken(struct store *store)
{
    int64_t steps = 0;

    for (int sql = 0; sql < STORE_SQL_COUNT; sql++)
        steps += sqlite3_stmt_status(store->statements[sql],
                                     SQLITE_STMTSTATUS_VM_STEP, 1);
    return steps;
}

static int64_t steps_of_message_page(struct fixture *f)
{
    struct history_query query = {
        .rid = 1, .limit = 4, .types = 1U << EVENT_MESSAGE};
    bool more;

    (void)steps_taken(f->store);
    struct seen seen = read_page(f, query, &more);
    ASSERT_SEEN(&seen, 3, 4, 7, 10);
    return steps_taken(f->store);
}

static void work_does_not_grow_with_what_lies_between(void **state)
{
    struct fixture *f = *state;
    int64_t steps = steps_of_message_page(f);

    store_begin(f->store);
    for (int i = 0; i < 3000; i++)
        APPEND(f, .type = EVENT_JOIN, .rid = 1, .sid = 9, .from = "eve",
               .reason = REASON_BACK);
    append_messages(f, 2, 1000);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_int_equal(steps_of_message_page(f), steps);
}

/* Loading reads whole tables; others take the first rows of what they scan. */
static bool may_scan(int sql)
{
    return (sql >= SQL_HEAD && sql <= SQL_HOOKS) || sql == SQL_POSTED_FORGET ||
           sql == SQL_SEARCH || sql == SQL_BYTES || sql == SQL_UNEMPTIED;
}

static void no_statement_scans_or_sorts_the_log(void **state)
{
    struct fixture *f = *state;
    char explain[1000];

    for (int sql = 0; sql < STORE_SQL_COUNT; sql++) {
        sqlite3_stmt *plan;
        snprintf(explain, sizeof(explain), "EXPLAIN QUERY PLAN %s",
                 sqlite3_sql(f->store->statements[sql]));
        if (may_scan(sql) || sql == SQL_BEGIN || sql == SQL_COMMIT ||
            sql == SQL_ROLLBACK)
            continue;
        assert_int_equal(
            sqlite3_prepare_v2(f->store->database, explain, -1, &plan, NULL),
            SQLITE_OK);
        while (sqlite3_step(plan) == SQLITE_ROW) {
            const char *detail = column_text(plan, 3);
            assert_null(strstr(detail, "SCAN"));
            assert_null(strstr(detail, "TEMP B-TREE"));
        }
        sqlite3_finalize(plan);
    }
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(newest_page_is_the_end_of_the_room),
        TEST(newest_page_has_no_more_exactly_at_the_beginning),
        TEST(before_is_exclusive_and_asks_for_older),
        TEST(after_is_exclusive_and_asks_for_newer),
        TEST(around_is_inclusive_and_has_both_sides),
        TEST(around_fills_from_the_side_that_has_more),
        TEST(nothing_there_is_an_empty_page),
        TEST(types_are_merged_in_log_order),
        TEST(bytes_cut_the_page_farthest_from_the_anchor),
        TEST(bytes_always_leave_one_event),
        TEST(a_visitor_ends_a_page),
        TEST(what_nobody_is_shown_is_read_if_it_is_asked_for),
        TEST(rooms_are_merged_each_after_its_own_position),
        TEST(rooms_stop_at_the_limit_and_say_so),
        TEST(rooms_say_more_when_the_visitor_refuses_the_last),
        TEST(no_rooms_have_no_events),
        TEST(work_does_not_grow_with_what_lies_between),
        TEST(no_statement_scans_or_sorts_the_log),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
