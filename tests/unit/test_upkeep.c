/* Upkeep: what retention lets go, and that it is gone from the disk. */
#include "tests/unit/replica_fixture.h"

#include "broker/upkeep.h"

#define DAY_MS (24 * 3600 * 1000LL)

static struct upkeep *begin(struct fixture *f)
{
    open_another(f);
    return upkeep_new(&f->settings, f->replica);
}

/* What a tick of the broker does; how many rooms were purged. */
static size_t tick(struct fixture *f, struct upkeep *upkeep)
{
    struct command due[UPKEEP_PURGES_MAX];
    size_t count = upkeep_due(upkeep, f->wall_ms, due);

    for (size_t i = 0; i < count; i++)
        assert_result(run(f, due[i]), CHAT_OK);
    return count;
}

/* Until there is nothing more to do on the disk. */
static void work(struct fixture *f, struct upkeep *upkeep)
{
    for (int i = 0; upkeep_run(upkeep, f->wall_ms) < 1000; i++)
        assert_true(i < 1000);
}

static void say_many(struct fixture *f, int64_t sid, int first, int count)
{
    char id[16], text[16];

    for (int i = first; i < first + count; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        snprintf(text, sizeof(text), "text%d", i);
        post(f, sid, id, text);
    }
}

static int64_t count_rows(struct fixture *f, const char *sql)
{
    sqlite3_stmt *statement;

    assert_int_equal(sqlite3_prepare_v2(replica_store(f->replica)->database,
                                        sql, -1, &statement, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    int64_t count = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return count;
}

#define EVENTS_IN_LOBBY "SELECT count(*) FROM event WHERE rid = 1 AND n > 0"

static const struct room *lobby(const struct fixture *f)
{
    return state_room(replica_state(f->replica), LOBBY);
}

/* Whether the files of the database have `text` anywhere. */
static bool is_on_disk(const struct fixture *f, const char *text)
{
    static const char *const endings[] = {"", "-wal"};
    bool found = false;

    for (size_t i = 0; i < 2; i++) {
        char path[SETTING_SIZE + 8];
        snprintf(path, sizeof(path), "%s%s", f->settings.store.database,
                 endings[i]);
        FILE *file = fopen(path, "r");
        if (file == NULL)
            continue;
        static char bytes[4 * 1024 * 1024];
        size_t length = fread(bytes, 1, sizeof(bytes), file);
        found |= memmem(bytes, length, text, strlen(text)) != NULL;
        fclose(file);
    }
    return found;
}

static void without_retention_everything_stays(void **state)
{
    struct fixture *f = *state;
    struct upkeep *upkeep = begin(f);

    say_many(f, login(f, "alice"), 0, 20);
    pass_ms(f, 1000 * DAY_MS);
    assert_int_equal(tick(f, upkeep), 0);
    work(f, upkeep);
    assert_int_equal(count_rows(f, EVENTS_IN_LOBBY), lobby(f)->n);
    upkeep_free(upkeep);
}

static void what_is_too_old_goes(void **state)
{
    struct fixture *f = *state;

    f->settings.store.retention_days = 30;
    struct upkeep *upkeep = begin(f);
    int64_t alice = login(f, "alice");
    say_many(f, alice, 0, 10);
    pass_ms(f, 20 * DAY_MS);
    assert_result(run(f, login_as("alice")), CHAT_REPEAT);
    say_many(f, alice, 10, 3);
    assert_int_equal(tick(f, upkeep), 0);
    pass_ms(f, 10 * DAY_MS + 2 * 60 * 1000);
    assert_int_equal(tick(f, upkeep), 1);
    assert_int_equal(tick(f, upkeep), 0);
    work(f, upkeep);
    assert_int_equal(count_rows(f, EVENTS_IN_LOBBY), 3);
    assert_false(is_on_disk(f, "text9"));
    assert_true(is_on_disk(f, "text10"));
    upkeep_free(upkeep);
}

static void what_is_too_much_goes_oldest_first(void **state)
{
    struct fixture *f = *state;

    f->settings.store.retention_events = 20;
    struct upkeep *upkeep = begin(f);
    int64_t alice = login(f, "alice"); /* the room's n is 2 */
    say_many(f, alice, 0, 20);
    assert_int_equal(tick(f, upkeep), 0); /* a tenth more may be */
    say_many(f, alice, 20, 1);
    assert_int_equal(tick(f, upkeep), 1);
    assert_int_equal(lobby(f)->n, 23);
    pass_ms(f, 61 * 1000);
    work(f, upkeep);
    assert_int_equal(count_rows(f, EVENTS_IN_LOBBY), 20);
    assert_int_equal(tick(f, upkeep), 0);
    upkeep_free(upkeep);
}

static void newest_rows_stay_on_disk_for_those_who_follow(void **state)
{
    struct fixture *f = *state;

    f->settings.store.retention_events = 5;
    struct upkeep *upkeep = begin(f);
    say_many(f, login(f, "alice"), 0, 10);
    assert_int_equal(tick(f, upkeep), 1);
    work(f, upkeep);
    assert_int_equal(count_rows(f, EVENTS_IN_LOBBY), 12);
    pass_ms(f, 61 * 1000);
    work(f, upkeep);
    assert_int_equal(count_rows(f, EVENTS_IN_LOBBY), 5);
    upkeep_free(upkeep);
}

static void rooms_are_looked_at_in_turn(void **state)
{
    struct fixture *f = *state;
    char name[16], id[16];

    f->settings.store.retention_events = 1;
    f->settings.limits.rooms_per_session = 200;
    struct upkeep *upkeep = begin(f);
    int64_t alice = login(f, "alice");
    for (int i = 0; i < 49; i++) {
        snprintf(name, sizeof(name), "room%d", i);
        snprintf(id, sizeof(id), "r%d", i);
        ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = name, .id = id);
    }
    assert_int_equal(tick(f, upkeep), 20);
    assert_int_equal(tick(f, upkeep), 20);
    assert_int_equal(tick(f, upkeep), 10);
    assert_int_equal(tick(f, upkeep), 0);
    upkeep_free(upkeep);
}

static void too_many_bytes_cost_the_oldest_of_all_rooms(void **state)
{
    struct fixture *f = *state;
    char text[4000] = "", id[16];

    f->settings.store.retention_bytes = 2 * 1024 * 1024;
    f->settings.limits.rate_limits = false;
    struct upkeep *upkeep = begin(f);
    int64_t alice = login(f, "alice");
    memset(text, 't', sizeof(text) - 1);
    for (int i = 0; i < 3000; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        post(f, alice, id, text);
    }
    pass_ms(f, 61 * 1000);
    for (int i = 0; i < 20; i++) {
        (void)tick(f, upkeep);
        work(f, upkeep);
    }
    assert_in_range(store_bytes(replica_store(f->replica)), 1, 2 * 1024 * 1024);
    assert_true(lobby(f)->purged_seq > 0);
    upkeep_free(upkeep);
}

static void a_deleted_text_is_on_no_disk(void **state)
{
    struct fixture *f = *state;
    struct upkeep *upkeep = begin(f);
    int64_t alice = login(f, "alice");
    int64_t seq = post(f, alice, "m1", "regrettable wordswordswords");

    post(f, alice, "m2", "something else");
    work(f, upkeep); /* it is in the index, too */
    ASSERT_RUN(CHAT_OK, f, EDIT, .sid = alice, .room = "lobby", .target = seq,
               .text = "laterwordswords");
    work(f, upkeep);
    assert_true(is_on_disk(f, "regrettable"));
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = alice, .room = "lobby",
               .target = seq);
    work(f, upkeep);
    assert_false(is_on_disk(f, "regrettable"));
    assert_false(is_on_disk(f, "wordswords"));
    assert_true(is_on_disk(f, "something else"));
    upkeep_free(upkeep);
}

static void a_store_in_trouble_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct upkeep *upkeep = begin(f);
    int64_t alice = login(f, "alice");

    break_store(f, true);
    assert_int_equal(upkeep_run(upkeep, f->wall_ms), 1000);
    ASSERT_RUN(CHAT_UNAVAILABLE, f, POST, .sid = alice, .room = "lobby",
               .id = "m1", .text = "hello");
    assert_int_equal(upkeep_run(upkeep, f->wall_ms), 1000);
    break_store(f, false);
    pass_ms(f, 1000);
    post(f, alice, "m1", "hello");
    work(f, upkeep);
    upkeep_free(upkeep);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_retention_everything_stays),
        TEST(what_is_too_old_goes),
        TEST(what_is_too_much_goes_oldest_first),
        TEST(newest_rows_stay_on_disk_for_those_who_follow),
        TEST(rooms_are_looked_at_in_turn),
        TEST(too_many_bytes_cost_the_oldest_of_all_rooms),
        TEST(a_deleted_text_is_on_no_disk),
        TEST(a_store_in_trouble_is_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
