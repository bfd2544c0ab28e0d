/*
 * The replica: what is decided is kept, a batch as a whole or not at all, and
 * a store that fails costs no more than the time it fails.
 */
#include "tests/unit/replica_fixture.h"

#include "tests/unit/state_text.h"

static char *describe(const struct fixture *f)
{
    return describe_state(replica_state(f->replica));
}

/* A text larger than what is left of a page, so that a full store notices. */
static const char *large_text(void)
{
    static char text[4001];

    memset(text, 'x', sizeof(text) - 1);
    return text;
}

/* The store works again, and has been tried since. */
static void heal(struct fixture *f)
{
    fill_store(f, false);
    pass_ms(f, 1000);
}

/* ---- opening ---- */

static void default_rooms_are_made_once(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(head_seq(f), 1);
    assert_string_equal(state_room(replica_state(f->replica), LOBBY)->name,
                        "lobby");
    strcpy(f->settings.chat.default_rooms, "lobby news");
    reopen_replica(f);
    assert_int_equal(head_seq(f), 2);
    reopen_replica(f);
    assert_int_equal(head_seq(f), 2);
}

static void there_may_be_no_default_room(void **state)
{
    struct fixture *f = *state;

    f->settings.chat.default_rooms[0] = '\0';
    open_another(f);
    assert_int_equal(head_seq(f), 0);
    assert_null(state_rooms(replica_state(f->replica)));
}

static void what_cannot_be_opened_is_refused(void **state)
{
    struct fixture *f = *state;
    struct replica *second = NULL;

    assert_int_equal(replica_open(&f->settings, NULL, NULL, &second),
                     CHAT_IN_USE);
    strcpy(f->settings.chat.default_rooms, "a/b");
    assert_int_equal(replica_open(&f->settings, NULL, NULL, &second),
                     CHAT_BAD_ROOM);
    assert_null(second);
    replica_close(NULL);
}

static void everything_is_there_after_a_restart(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    login(f, "carol");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev",
               .text = "a topic", .id = "r1");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "dev");
    post(f, bob, "m1", "hello");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    pass_ms(f, 20000);
    ASSERT_RUN(CHAT_OK, f, GONE, .sid = bob);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = bob + 2);
    char *before = describe(f);
    pass_ms(f, 3600 * 1000);
    reopen_replica(f);
    assert_same_state(before, describe(f));
}

/* It is not the time without a broker that makes people gone. */
static void who_was_here_is_here_for_the_grace_time_after_a_start(void **s)
{
    struct fixture *f = *s;
    struct command due;

    login(f, "alice");
    pass_ms(f, 3600 * 1000);
    reopen_replica(f);
    struct moment now = {.mono_ms = f->mono_ms + 19999, .wall_ms = f->wall_ms};
    assert_int_equal(state_due(replica_state(f->replica), now, &due, 1), 0);
    now.mono_ms++;
    assert_int_equal(state_due(replica_state(f->replica), now, &due, 1), 1);
}

static void what_was_done_once_is_known_after_a_restart(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t seq = post(f, alice, "m1", "hello");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1");
    reopen_replica(f);
    assert_result(run(f, login_as("alice")), CHAT_REPEAT);
    assert_int_equal(f->outcome.sid, alice);
    ASSERT_RUN(CHAT_REPEAT, f, ROOM_NEW, .sid = alice, .room = "dev",
               .id = "r1");
    ASSERT_RUN(CHAT_REPEAT, f, POST, .sid = alice, .room = "lobby", .id = "m1",
               .text = "hello");
    assert_int_equal(f->outcome.seq, seq);
    assert_int_equal(f->outcome.at_ms, WALL_MS);
    ASSERT_RUN(CHAT_ID_REUSED, f, POST, .sid = alice, .room = "lobby",
               .id = "m1", .text = "other");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = alice, .room = "lobby", .id = "m2",
               .text = "hello", .reply_to = seq);
}

static void message_ids_are_forgotten_after_a_day(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    post(f, alice, "m1", "hello");
    pass_ms(f, 24 * 3600 * 1000);
    ASSERT_RUN(CHAT_OK, f, HEAD, .sid = 0); /* a turn */
    pass_ms(f, 1);
    ASSERT_RUN(CHAT_REPEAT, f, POST, .sid = alice, .room = "lobby", .id = "m1",
               .text = "hello");
    pass_ms(f, 1000);
    ASSERT_RUN(CHAT_OK, f, HEAD, .sid = 0);
    post(f, alice, "m1", "hello");
}

/* ---- batches ---- */

static void a_batch_is_decided_in_order_at_one_moment(void **state)
{
    struct fixture *f = *state;
    int64_t alice = head_seq(f) + 1;
    const struct command commands[] = {
        login_as("alice"),
        login_as("Alice"),
        {.type = COMMAND_POST,
         .sid = alice,
         .room = "lobby",
         .id = "m1",
         .text = "hello"},
        {.type = COMMAND_POST,
         .sid = alice,
         .room = "lobby",
         .id = "m1",
         .text = "hello"},
        {.type = COMMAND_SESSION_END, .sid = alice},
        login_as("Alice"),
    };
    struct outcome outcomes[6];

    run_batch(f, commands, 6, outcomes);
    assert_result(outcomes[0].result, CHAT_OK);
    assert_int_equal(outcomes[0].sid, alice);
    assert_result(outcomes[1].result, CHAT_NICK_TAKEN);
    assert_result(outcomes[2].result, CHAT_OK);
    assert_int_equal(outcomes[2].at_ms, WALL_MS);
    assert_result(outcomes[3].result, CHAT_REPEAT);
    assert_int_equal(outcomes[3].seq, outcomes[2].seq);
    assert_result(outcomes[4].result, CHAT_OK);
    assert_result(outcomes[5].result, CHAT_OK);
}

static void events_are_told_as_they_are_appended(void **state)
{
    struct fixture *f = *state;

    login(f, "alice");
    assert_int_equal(f->event_count, 3);
    assert_int_equal(f->last_seq, head_seq(f));
}

static void an_empty_batch_is_fine(void **state)
{
    struct fixture *f = *state;

    run_batch(f, NULL, 0, NULL);
    assert_int_equal(head_seq(f), 1);
}

/* ---- failures ---- */

static void a_batch_that_cannot_be_kept_has_not_happened(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    char *before = describe(f);
    const struct command commands[] = {
        login_as("bob"),
        {.type = COMMAND_SESSION_GET},
        {.type = COMMAND_POST,
         .sid = alice,
         .room = "lobby",
         .id = "m1",
         .text = large_text()},
    };
    struct outcome outcomes[3];

    fill_store(f, true);
    run_batch(f, commands, 3, outcomes);
    for (size_t i = 0; i < 3; i++) {
        assert_result(outcomes[i].result, CHAT_UNAVAILABLE);
        assert_int_equal(outcomes[i].sid, 0);
        assert_int_equal(outcomes[i].seq, 0);
    }
    assert_same_state(before, describe(f)); /* can be read at once */
    heal(f);
    int64_t head = head_seq(f);
    assert_int_equal(post(f, alice, "m1", "hello"), head + 1);
}

static void a_store_that_cannot_be_read_refuses_until_it_can(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    char *before = describe(f);

    break_store(f, true);
    for (int i = 0; i < 3; i++) {
        ASSERT_RUN(CHAT_UNAVAILABLE, f, ROOMS, .sid = alice);
        assert_null(replica_state(f->replica));
        pass_ms(f, 1000);
    }
    break_store(f, false);
    ASSERT_RUN(CHAT_OK, f, ROOMS, .sid = alice);
    assert_same_state(before, describe(f));
}

/* What failed may be sent again: its id is not known from the first time. */
static void what_was_refused_for_the_store_is_done_the_next_time(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    fill_store(f, true);
    ASSERT_RUN(CHAT_UNAVAILABLE, f, POST, .sid = alice, .room = "lobby",
               .id = "m1", .text = large_text());
    heal(f);
    post(f, alice, "m1", large_text());
    reopen_replica(f);
    ASSERT_RUN(CHAT_REPEAT, f, POST, .sid = alice, .room = "lobby", .id = "m1",
               .text = large_text());
}

/* So that a full disk does not cost a batch, and a log line, each turn. */
static void a_store_that_failed_is_tried_once_a_second(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    break_store(f, true);
    ASSERT_RUN(CHAT_UNAVAILABLE, f, ROOMS, .sid = alice);
    ASSERT_RUN(CHAT_UNAVAILABLE, f, ROOMS, .sid = alice); /* tries */
    break_store(f, false);
    pass_ms(f, 999);
    ASSERT_RUN(CHAT_UNAVAILABLE, f, ROOMS, .sid = alice);
    pass_ms(f, 1);
    ASSERT_RUN(CHAT_OK, f, ROOMS, .sid = alice);
}

static void health_is_tried_once_a_second(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(replica_health(f->replica, 5000), CHAT_OK);
    break_store(f, true);
    assert_int_equal(replica_health(f->replica, 5999), CHAT_OK);
    assert_int_equal(replica_health(f->replica, 6000), CHAT_UNAVAILABLE);
    break_store(f, false);
    assert_int_equal(replica_health(f->replica, 6999), CHAT_UNAVAILABLE);
    assert_int_equal(replica_health(f->replica, 7000), CHAT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(default_rooms_are_made_once),
        TEST(there_may_be_no_default_room),
        TEST(what_cannot_be_opened_is_refused),
        TEST(everything_is_there_after_a_restart),
        TEST(who_was_here_is_here_for_the_grace_time_after_a_start),
        TEST(what_was_done_once_is_known_after_a_restart),
        TEST(message_ids_are_forgotten_after_a_day),
        TEST(a_batch_is_decided_in_order_at_one_moment),
        TEST(events_are_told_as_they_are_appended),
        TEST(an_empty_batch_is_fine),
        TEST(a_batch_that_cannot_be_kept_has_not_happened),
        TEST(a_store_that_cannot_be_read_refuses_until_it_can),
        TEST(what_was_refused_for_the_store_is_done_the_next_time),
        TEST(a_store_that_failed_is_tried_once_a_second),
        TEST(health_is_tried_once_a_second),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
