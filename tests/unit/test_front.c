/* The front end as a whole: feed, signals, another log, stopping. */
#include "tests/unit/front_fixture.h"

#include "common/version.h"

static const struct sample_call list_rooms = {.uri = "rooms", .token = "ann"};

static void first_sync_is_followed_at_once(void **state)
{
    struct front_fixture *fixture = *state;

    assert_string_equal(backend_epoch(fixture->front->backend), "ep");
    assert_int_equal(directory_seq(fixture->front->directory), 100);
    call(fixture, 200, &(struct sample_call){.uri = "readyz"});
    assert_string_equal(fixture->reply.body, "{\"status\":\"ready\"}");
}

static void front_end_without_a_broker_lives_but_is_not_ready(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &(struct sample_call){.uri = "livez"});
    assert_string_equal(fixture->reply.body,
                        "{\"status\":\"live\",\"version\":\"" AJAXCHAT_VERSION
                        "\"}");
    fake_broker_stop(&fixture->broker);
    fixture->loop.tick_ms = 10;
    assert_refused(fixture, 503, "unavailable",
                   &(struct sample_call){.uri = "readyz"});
}

/* Waits for the broker that comes meanwhile, instead of refusing. */
static void request_may_be_earlier_than_the_broker(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &list_rooms);
}

static void all_events_of_a_turn_reach_all_who_are_parked(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *one = park_poll(fixture, "since=ep.100&tab=a");
    struct browser *two = poll_for(fixture, "since=ep.100&tab=b");

    TURN_UNTIL(fixture, parked_count(fixture) == 2)
    fake_log(&fixture->broker, sample_message(101, 1, "a"));
    fake_log(&fixture->broker, sample_message(102, 2, "another room's"));
    fake_log(&fixture->broker, sample_join(103, sid_of("ann"), 3));
    fake_log(&fixture->broker, sample_message(104, 3, "b"));
    fake_flush(&fixture->broker);
    take_reply(one, 200);
    assert_string_equal(reply_seqs(&fixture->reply), "101 103 104");
    take_reply(two, 200);
    assert_string_equal(reply_seqs(&fixture->reply), "101 103 104");
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.104\"");
}

static bool has_reached_head(void *context)
{
    struct front_fixture *fixture = context;

    return directory_seq(fixture->front->directory) == fixture->broker.head_seq;
}

/* Positions without an event count: nothing is missing up to there. */
static void feed_may_move_without_an_event(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.head_seq = 105;
    fake_flush(&fixture->broker);
    fake_wait(&fixture->loop, has_reached_head, fixture);
    call(fixture, 200,
         &(struct sample_call){.uri = "events?since=ep.100&wait=0",
                               .token = "ann"});
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.105\"");
}

static void event_that_is_none_does_not_stop_the_feed(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100");

    fixture->broker.head_seq = 101;
    json_array_append_new(fixture->broker.events,
                          json_pack("{s:i, s:s}", "seq", 101, "type", "new"));
    fake_log(&fixture->broker, sample_message(102, 1, "a"));
    fake_flush(&fixture->broker);
    take_reply(browser, 200);
    assert_string_equal(reply_seqs(&fixture->reply), "102");
    fake_wait(&fixture->loop, has_reached_head, fixture);
}

static void broker_signals(struct front_fixture *fixture, const char *room,
                           int count)
{
    json_array_append_new(fixture->broker.signals,
                          json_pack("{s:s, s:s, s:i}", "type", "members",
                                    "room", room, "member_count", count));
}

static void signals_are_passed_on_to_their_rooms(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100");

    json_array_append_new(fixture->broker.signals, json_integer(7));
    broker_signals(fixture, "r2", 60); /* nobody here is in it */
    broker_signals(fixture, "r1", 70);
    broker_signals(fixture, "r1", 71);
    fake_flush(&fixture->broker);
    take_reply(browser, 200);
    assert_string_equal(reply_field(&fixture->reply, "signals"),
                        "[{\"type\":\"members\",\"room\":\"r1\","
                        "\"member_count\":71}]");
    /* Told once. */
    browser = park_poll(fixture, "since=ep.100");
    broker_says(fixture);
    take_reply(browser, 200);
    assert_string_equal(reply_field(&fixture->reply, "signals"), "[]");
}

static void signal_to_some_people_reaches_no_others(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100");
    json_int_t pid = session_of(fixture, "ann")->pid;

    json_array_append_new(fixture->broker.signals,
                          json_pack("{s:s, s:s, s:[I]}", "type", "waiting",
                                    "room", "r1", "pids", pid + 1000));
    json_array_append_new(fixture->broker.signals,
                          json_pack("{s:s, s:s, s:i, s:[s, I, I]}", "type",
                                    "waiting", "room", "r1", "count", 2, "pids",
                                    "x", pid + 1000, pid));
    fake_flush(&fixture->broker);
    take_reply(browser, 200);
    assert_string_equal(reply_field(&fixture->reply, "signals"),
                        "[{\"type\":\"waiting\",\"room\":\"r1\",\"count\":2}]");
}

static void signal_to_a_person_reaches_their_sessions_alone(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100");
    json_int_t pid = session_of(fixture, "ann")->pid;

    json_array_append_new(fixture->broker.signals,
                          json_pack("{s:s, s:s, s:I}", "type", "kicked", "room",
                                    "r1", "pid", pid));
    json_array_append_new(
        fixture->broker.signals,
        json_pack("{s:s, s:I}", "type", "read", "pid", pid + 1000));
    fake_flush(&fixture->broker);
    take_reply(browser, 200);
    assert_string_equal(reply_field(&fixture->reply, "signals"),
                        "[{\"type\":\"kicked\",\"room\":\"r1\"}]");
    /* Told once; what comes while nobody asks is kept. */
    browser = park_poll(fixture, "since=ep.100");
    broker_says(fixture);
    take_reply(browser, 200);
    assert_string_equal(reply_field(&fixture->reply, "signals"), "[]");
}

static void broker_comes_back_with(struct front_fixture *fixture,
                                   const char *epoch, int64_t head_seq)
{
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, front_is_alone, fixture);
    fixture->broker.epoch = epoch;
    fixture->broker.head_seq = head_seq;
    fake_broker_start(&fixture->broker);
    fixture->loop.tick_ms = 1;
    fake_wait(&fixture->loop, front_is_up, fixture);
}

static void parked_poll_outlives_the_broker(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100");

    broker_comes_back_with(fixture, "ep", 100);
    assert_int_equal(parked_count(fixture), 1);
    broker_says(fixture);
    take_reply(browser, 200);
    assert_string_equal(reply_seqs(&fixture->reply), "101");
}

static void another_log_ends_polls_and_what_was_known(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *poll = park_poll(fixture, "since=ep.100");

    fixture->broker.feeds_late = true;
    fake_log(&fixture->broker, sample_message(101, 1, "b"));
    struct browser *waits = browse(
        fixture, &(struct sample_call){.uri = "session", .token = "ann"});
    TURN_UNTIL(fixture, fake_count(&fixture->broker, "session_get") >= 2)
    fake_turns(&fixture->loop);
    broker_comes_back_with(fixture, "new", 40);
    take_reply(poll, 410);
    take_reply(waits, 503);
    assert_null(session_of(fixture, "ann"));
    assert_int_equal(directory_seq(fixture->front->directory), 40);
    assert_refused(
        fixture, 410, "cursor_unknown",
        &(struct sample_call){.uri = "events?since=ep.100", .token = "ann"});
    call(fixture, 200,
         &(struct sample_call){.uri = "events?since=new.40&wait=0",
                               .token = "ann"});
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"new.40\"");
}

/* ---- the stop ---- */

static void stop_answers_everybody_and_then_ends(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *poll = park_poll(fixture, "since=ep.100");

    fixture->broker.silent = true;
    fixture->broker.batch_count = 0;
    struct browser *asking = browse(fixture, &list_rooms);
    TURN_UNTIL(fixture, fixture->broker.batch_count > 0)
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    TURN_UNTIL(fixture, fixture->front->stopping)
    take_reply(poll, 200);
    assert_string_equal(reply_seqs(&fixture->reply), "");
    assert_true(access(fixture->settings.front.socket, F_OK) != 0);
    assert_no_reply(asking);
    /* What is under way ends, as ever, and with it the program. */
    fake_loop_set(&fixture->loop, fixture->loop.now_ms + CALL_MS);
    assert_int_equal(front_run(fixture->front), CHAT_OK);
    assert_null(fixture->front->calls.list);
    take_reply(asking, 503);
}

static void stop_does_not_wait_for_ever(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call slow = {.uri = "rooms", .token = "ann"};
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    /* Connected, and not even a request: closed by the stop itself. */
    strcpy(place.sun_path, fixture->settings.front.socket);
    assert_int_equal(connect(fd, (const void *)&place, sizeof(place)), 0);
    fixture->broker.silent = true;
    fixture->broker.batch_count = 0;
    struct browser *browser = browse(fixture, &slow);
    TURN_UNTIL(fixture, fixture->broker.batch_count > 0)
    assert_int_equal(kill(getpid(), SIGTERM), 0);
    TURN_UNTIL(fixture, fixture->front->stopping)
    fake_loop_set(&fixture->loop, fixture->loop.now_ms + 6000);
    assert_int_equal(front_run(fixture->front), CHAT_OK);
    hang_up(browser);
    close(fd);
}

/* The broker is not asked, so nobody may be told that he is logged out. */
static void closing_logs_nobody_out(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100");
    ssize_t count;

    fake_broker_stop(&fixture->broker);
    fake_loop_close(&fixture->loop);
    front_close(fixture->front);
    count = recv(browser->fd, browser->data, sizeof(browser->data), 0);
    assert_true(count > 0);
    reply_read(&fixture->reply, browser->data, (size_t)count);
    assert_true(fixture->reply.complete);
    assert_int_equal(fixture->reply.status, 200);
    hang_up(browser);
    /* For the tear-down. */
    fake_loop_set(&fixture->loop, FRONT_START_MS);
    assert_int_equal(front_open(&fixture->settings, &fixture->front), CHAT_OK);
    fake_loop_open(&fixture->loop, fixture->front->selector);
}

/* ---- the start ---- */

static void
front_end_that_cannot_start_says_why_and_leaves_nothing(void **state)
{
    struct front_fixture *fixture = *state;
    struct settings settings = fixture->settings;
    struct front *front;

    /* The first one's socket. */
    assert_int_equal(front_open(&settings, &front), CHAT_IN_USE);
    snprintf(settings.front.socket, SETTING_SIZE, "%s/nowhere/socket",
             fixture->folder);
    assert_int_equal(front_open(&settings, &front), CHAT_SYSTEM);
    strcpy(settings.broker.listen, "tcp://192.0.2.1:1");
    assert_int_equal(front_open(&settings, &front), CHAT_FORBIDDEN);
    chmod(fixture->secret_file, 0644);
    assert_int_equal(front_open(&settings, &front), CHAT_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(first_sync_is_followed_at_once),
        WITHOUT_BROKER(front_end_without_a_broker_lives_but_is_not_ready),
        WITHOUT_BROKER(request_may_be_earlier_than_the_broker),
        WITH_FRONT(all_events_of_a_turn_reach_all_who_are_parked),
        WITH_FRONT(feed_may_move_without_an_event),
        WITH_FRONT(event_that_is_none_does_not_stop_the_feed),
        WITH_FRONT(signals_are_passed_on_to_their_rooms),
        WITH_FRONT(signal_to_some_people_reaches_no_others),
        WITH_FRONT(signal_to_a_person_reaches_their_sessions_alone),
        WITH_FRONT(parked_poll_outlives_the_broker),
        WITH_FRONT(another_log_ends_polls_and_what_was_known),
        WITH_FRONT(stop_answers_everybody_and_then_ends),
        WITH_FRONT(stop_does_not_wait_for_ever),
        WITH_FRONT(closing_logs_nobody_out),
        WITH_FRONT(front_end_that_cannot_start_says_why_and_leaves_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
