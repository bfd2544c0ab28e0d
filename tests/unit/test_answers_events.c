/* What somebody has missed, with gaps where it has been purged. */
#include "tests/unit/answers_fixture.h"

static json_t *missed(struct fixture *f, int64_t sid, int64_t after,
                      int64_t limit)
{
    return ASK(f, EVENTS, .sid = sid, .seq = after, .limit = limit);
}

/* "4:gap:3 5:message:4": seq, type and n of each. */
static void assert_missed(json_t *json, const char *expected, int64_t next)
{
    char text[1000] = "";
    const json_t *event;
    size_t i;

    json_array_foreach (json_object_get(json, "events"), i, event) {
        size_t used = strlen(text);
        snprintf(text + used, sizeof(text) - used, "%s%lld:%s:%lld",
                 used > 0 ? " " : "", (long long)number(event, "seq"),
                 json_string_value(json_object_get(event, "type")),
                 (long long)number(event, "n"));
    }
    assert_string_equal(text, expected);
    assert_int_equal(number(json, "next"), next);
    json_decref(json);
}

static void purge(struct fixture *f, const char *room, int64_t target)
{
    ASSERT_RUN(CHAT_OK, f, PURGE, .room = room, .target = target);
}

static void a_purged_range_is_one_gap(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice"); /* joins at 3 */

    post(f, alice, "m1", "one"); /* 4 */
    post(f, alice, "m2", "two");
    post(f, alice, "m3", "three"); /* 6 */
    purge(f, "lobby", 5);          /* 7 */
    assert_missed(missed(f, alice, 3, 100), "5:gap:4 6:message:5", 7);
    assert_missed(missed(f, alice, 0, 100), "5:gap:4 6:message:5", 7);
    assert_missed(missed(f, alice, 4, 100), "5:gap:4 6:message:5", 7);
    /* Who has read what is gone misses nothing. */
    assert_missed(missed(f, alice, 5, 100), "6:message:5", 7);
    assert_missed(missed(f, alice, 7, 100), "", 7);
}

static void a_gap_is_told_when_nothing_comes_after_it(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t last_seq = post(f, alice, "m1", "one");

    purge(f, "lobby", last_seq);
    assert_missed(missed(f, alice, 3, 100), "4:gap:3", 5);
    assert_missed(missed(f, alice, 4, 100), "", 5);
}

static void who_came_later_has_no_gap(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t last_seq = post(f, alice, "m1", "one");
    int64_t bob = login(f, "bob"); /* joins at 6 */

    purge(f, "lobby", last_seq);
    assert_missed(missed(f, bob, 0, 100), "6:join:4", 7);
}

static void each_room_has_its_gap_at_its_place(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev",
               .id = "r");       /* 4, joins at 5 */
    post(f, alice, "m1", "one"); /* 6 */
    post(f, alice, "m2", "two"); /* 7 */
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "dev", .id = "m3",
               .text = "three");  /* 8 */
    post(f, alice, "m4", "four"); /* 9 */
    purge(f, "lobby", 7);         /* 10 */
    purge(f, "dev", 5);           /* 11 */
    assert_missed(missed(f, alice, 3, 100),
                  "5:gap:2 7:gap:4 8:message:3 9:message:5", 11);
    assert_missed(missed(f, alice, 5, 100), "7:gap:4 8:message:3 9:message:5",
                  11);
    /* A page that is cut has the gaps up to where it ends. */
    assert_missed(missed(f, alice, 3, 3), "5:gap:2 7:gap:4 8:message:3", 8);
    assert_missed(missed(f, alice, 8, 3), "9:message:5", 11);
}

static void what_is_purged_is_read_nowhere(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t seq = post(f, alice, "m1", "fox one");

    post(f, alice, "m2", "fox two");
    purge(f, "lobby", seq);
    json_t *json = ASK(f, HISTORY, .sid = alice, .room = "lobby", .limit = 10);
    assert_int_equal(json_array_size(json_object_get(json, "events")), 1);
    json_decref(json);
    json = ASK(f, SEARCH, .sid = alice, .text = "fox", .limit = 10);
    assert_int_equal(json_array_size(json_object_get(json, "events")), 1);
    json_decref(json);
    ASSERT_RUN(CHAT_NO_MESSAGE, f, MESSAGE, .sid = alice, .room = "lobby",
               .target = seq);
    ASSERT_RUN(CHAT_NO_MESSAGE, f, EDIT, .sid = alice, .room = "lobby",
               .target = seq, .text = "x");
    ASSERT_RUN(CHAT_NO_MESSAGE, f, DELETE, .sid = alice, .room = "lobby",
               .target = seq);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_purged_range_is_one_gap),
        TEST(a_gap_is_told_when_nothing_comes_after_it),
        TEST(who_came_later_has_no_gap),
        TEST(each_room_has_its_gap_at_its_place),
        TEST(what_is_purged_is_read_nowhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
