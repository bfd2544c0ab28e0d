/* Rooms whose answers are held back while there is much to do. */
#include "tests/unit/polls_fixture.h"

#include "common/clock.h"
#include "fcgi/holds.h"

enum { HOLD_MS = 100 };

static struct pace pace;
static struct holds *holds;
static bool busy; /* the thread wants a processor all the time */

static int64_t demand_of_thread(void *context)
{
    (void)context;
    return busy ? clock_mono_ms() * 1000000 : 0;
}

static int set_up_holds(void **state)
{
    set_up_polls(state);
    busy = false;
    pace_init(&pace,
              &(struct pace_options){.demand = demand_of_thread,
                                     .hold_ms_max = HOLD_MS},
              clock_mono_ms());
    holds = holds_new(&(struct holds_options){.selector = fixture.selector,
                                              .directory = parked.directory,
                                              .polls = parked.polls,
                                              .pace = &pace});
    assert_non_null(holds);
    return 0;
}

static int tear_down_holds(void **state)
{
    holds_free(holds);
    return tear_down_polls(state);
}

/* From here on the pace holds as long as it ever does. */
static void be_busy(void)
{
    busy = true;
    for (int i = 0; i < 10; i++) {
        pass_time(50);
        (void)pace_hold_ms(&pace, clock_mono_ms());
    }
    assert_int_equal(pace_hold_ms(&pace, clock_mono_ms()), HOLD_MS);
}

/* A browser whose poll since 100 waits for so long. */
static int park_for(struct known_session *session, int64_t wait_ms)
{
    const struct poll_request request = {
        .session = session,
        .range = {.since_seq = 100, .from_seq = 100},
        .deadline_ms = fixture.now_ms + wait_ms,
    };
    int fd = client_with_request(&(struct sample_request){0});

    assert_int_equal(polls_park(parked.polls,
                                fixture.exchanges[fixture.exchange_count - 1],
                                &request),
                     CHAT_OK);
    return fd;
}

/* A turn that brings one message to room 1. */
static void say(int64_t seq)
{
    struct known_room *room = sample_say(parked.directory, seq, 1, "hello");

    if (room != NULL)
        holds_news(holds, room);
    polls_answer_woken(parked.polls);
}

static void a_calm_room_is_answered_at_once(void **state)
{
    int fd = park(know((struct sample_snapshot){7, 100, {{1, 50}}}), "");

    (void)state;
    say(101);
    assert_told(fd, "101", "\"ep.101\"");
    close(fd);
}

static void the_first_message_after_a_calm_does_not_wait(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});

    (void)state;
    be_busy();
    say(101);
    pass_time(HOLD_MS);
    int fd = park(session, "");
    say(102);
    assert_told(fd, "101 102", "\"ep.102\"");
    close(fd);
}

static void a_busy_rooms_messages_come_together(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});

    (void)state;
    be_busy();
    say(101); /* nobody waits: but the room was answered now */
    pass_time(HOLD_MS / 2);
    int fd = park(session, "");
    say(102);
    pass_time(HOLD_MS / 2);
    say(103);
    assert_open(fd);
    pass_time(HOLD_MS / 2);
    assert_told(fd, "101 102 103", "\"ep.103\"");
    close(fd);
}

static void no_message_is_held_for_longer_than_the_hold(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});

    (void)state;
    be_busy();
    say(101);
    pass_time(7); /* off the grid of times */
    int fd = park(session, "");
    say(102);
    pass_time(HOLD_MS);
    assert_told(fd, "101 102", "\"ep.102\"");
    close(fd);
}

static void a_poll_whose_time_is_up_gets_what_is_held(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});

    (void)state;
    be_busy();
    say(101);
    int fd = park_for(session, HOLD_MS / 2);
    say(102);
    assert_open(fd);
    pass_time(HOLD_MS / 2);
    assert_told(fd, "101 102", "\"ep.102\"");
    close(fd);
}

static void what_is_held_is_no_news_to_a_poll(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});

    (void)state;
    be_busy();
    say(101);
    say(102);
    say(103);
    assert_true(poll_has_news(session, 100)); /* 101 has gone out */
    assert_false(poll_has_news(session, 101));
    assert_false(poll_has_news(session, 102));
    pass_time(HOLD_MS);
    assert_true(poll_has_news(session, 101));
}

static void a_stop_answers_with_what_is_held(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});

    (void)state;
    be_busy();
    say(101);
    int fd = park(session, "");
    say(102);
    polls_answer_all(parked.polls);
    assert_told(fd, "101 102", "\"ep.102\"");
    close(fd);
}

static void a_room_that_is_forgotten_while_held_does_no_harm(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});

    (void)state;
    be_busy();
    say(101);
    say(102);
    directory_forget(parked.directory, session);
    pass_time(HOLD_MS + 10);
    assert_null(directory_find_room(parked.directory, 1));
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_holds, tear_down_holds)
    const struct CMUnitTest tests[] = {
        TEST(a_calm_room_is_answered_at_once),
        TEST(the_first_message_after_a_calm_does_not_wait),
        TEST(a_busy_rooms_messages_come_together),
        TEST(no_message_is_held_for_longer_than_the_hold),
        TEST(a_poll_whose_time_is_up_gets_what_is_held),
        TEST(what_is_held_is_no_news_to_a_poll),
        TEST(a_stop_answers_with_what_is_held),
        TEST(a_room_that_is_forgotten_while_held_does_no_harm),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
