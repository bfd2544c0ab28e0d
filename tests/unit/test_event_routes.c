/* The long poll's way from a request to an answer or a place to park. */
#include "tests/unit/front_fixture.h"

enum { WAIT_MS = 25000 };

static const struct sample_call look = {.uri = "events?since=ep.100&wait=0",
                                        .token = "ann"};

/* ---- cursors ---- */

static void cursor_that_is_none_is_unknown(void **state)
{
    static const char *const cursors[] = {
        "",
        "ep",
        "ep.",
        "ep.x",
        "ep.1x",
        "ep.-1",
        "ep.+1",
        "ep.1.2",
        "ep. 1",
        "ep%00.1",
        "EP.100",
        "e.100",
        "epo.100",
        "other.100",
        ".100",
        "100",
        "ep,100",
        "ep.0x10",
        "ep.1e2",
        "%ff",
        "ep.%",
        "ep.9223372036854775808",
        "ep.99999999999999999999",
        "ep.00000000000000000000000000000000000000000000000000000000000000001",
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
        char uri[256];
        snprintf(uri, sizeof(uri), "events?since=%s&wait=0", cursors[i]);
        assert_refused(fixture, 410, "cursor_unknown",
                       &(struct sample_call){.uri = uri, .token = "ann"});
    }
    assert_int_equal(fake_count(&fixture->broker, "head"), 0);
}

static void cursor_ahead_of_the_log_is_unknown(void **state)
{
    static const char *const cursors[] = {"101", "9223372036854775807"};
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < 2; i++) {
        char uri[256];
        snprintf(uri, sizeof(uri), "events?since=ep.%s", cursors[i]);
        assert_refused(fixture, 410, "cursor_unknown",
                       &(struct sample_call){.uri = uri, .token = "ann"});
        assert_int_equal(fake_count(&fixture->broker, "head"), i + 1);
    }
}

static bool is_asked_for_head(void *context)
{
    return fake_count(&((struct front_fixture *)context)->broker, "head") > 0;
}

/* Another front end has told it what this one has not heard of yet. */
static void cursor_ahead_of_this_front_end_is_waited_for(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.feeds_late = true;
    fake_log(&fixture->broker, sample_message(101, 1, "not told yet"));
    struct browser *browser = poll_for(fixture, "since=ep.101&wait=0");
    fake_wait(&fixture->loop, is_asked_for_head, fixture);
    assert_no_reply(browser);
    fake_flush(&fixture->broker);
    take_reply(browser, 200);
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.101\"");
    assert_string_equal(reply_seqs(&fixture->reply), "");
}

/* ---- parameters ---- */

static void bad_parameters_are_bad_requests(void **state)
{
    static const char *const queries[] = {
        "",
        "wait=0",
        "since=ep.100&wait=",
        "since=ep.100&wait=x",
        "since=ep.100&wait=1x",
        "since=ep.100&wait=-",
        "since=ep.100&wait=.5",
        "since=ep.100&wait=5.",
        "since=ep.100&wait=1.5.5",
        "since=ep.100&wait=1.x",
        "since=ep.100&wait=1e3",
        "since=ep.100&wait=0x10",
        "since=ep.100&wait=%201",
        "since=ep.100&wait=--1",
        "since=ep.100&wait=nan",
        "since=ep.100&wait=%ff",
        "since=ep.100&tab=",
        "since=ep.100&tab=a%20b",
        "since=ep.100&tab=a.b",
        "since=ep.100&tab=%c3%a9",
        "since=ep.100&tab=123456789012345678901234567890123",
        "since=nonsense&wait=x",
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++) {
        char uri[256];
        snprintf(uri, sizeof(uri), "events?%s", queries[i]);
        assert_refused(fixture, 400, "bad_request",
                       &(struct sample_call){.uri = uri, .token = "ann"});
    }
    assert_int_equal(parked_count(fixture), 0);
}

/* 85 to 100 % of the time asked for. */
static void poll_waits_as_long_as_it_says(void **state)
{
    static const struct {
        const char *wait;
        int64_t ms;
    } cases[] = {
        {"", WAIT_MS},           {"&wait=1", 1000},
        {"&wait=%2B2", 2000},    {"&wait=1.5", 1000},
        {"&wait=50", 50000},     {"&wait=51", 50000},
        {"&wait=50.001", 50000}, {"&wait=9999999999999999999", 50000},
        {"&wait=007", 7000},
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char query[64];
        snprintf(query, sizeof(query), "since=ep.100%s", cases[i].wait);
        struct browser *browser = park_poll(fixture, query);
        fake_pass(&fixture->loop, cases[i].ms * 85 / 100 - 1);
        assert_int_equal(parked_count(fixture), 1);
        fake_pass(&fixture->loop, cases[i].ms - cases[i].ms * 85 / 100 + 1);
        assert_int_equal(parked_count(fixture), 0);
        take_reply(browser, 200);
        assert_string_equal(reply_seqs(&fixture->reply), "");
    }
}

static void poll_that_does_not_wait_asks_the_broker_first(void **state)
{
    static const char *const waits[] = {"0",   "-1",   "-99999999999999",
                                        "0.0", "-0.5", "0.9"};
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
        char uri[64];
        snprintf(uri, sizeof(uri), "events?since=ep.100&wait=%s", waits[i]);
        call(fixture, 200, &(struct sample_call){.uri = uri, .token = "ann"});
        assert_string_equal(reply_seqs(&fixture->reply), "");
        assert_int_equal(fake_count(&fixture->broker, "head"), i + 1);
    }
}

/* What the broker has by then is in the answer. */
static void poll_that_does_not_wait_misses_nothing(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &look); /* known */
    fake_log(&fixture->broker, sample_message(101, 1, "not told yet"));
    call(fixture, 200, &look);
    assert_string_equal(reply_seqs(&fixture->reply), "101");
}

/* ---- answers ---- */

static void parked_poll_gets_what_comes(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100&tab=a");

    broker_says(fixture);
    take_reply(browser, 200);
    assert_string_equal(reply_seqs(&fixture->reply), "101");
    assert_string_equal(reply_field(&fixture->reply, "since"), "\"ep.100\"");
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.101\"");
    /* And so does one that asks for it afterwards, at once. */
    call(fixture, 200,
         &(struct sample_call){.uri = "events?since=ep.100", .token = "ann"});
    assert_string_equal(reply_seqs(&fixture->reply), "101");
}

static void poll_behind_the_window_is_answered_by_the_broker(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200,
         &(struct sample_call){.uri = "events?since=ep.40", .token = "ann"});
    assert_string_equal(reply_seqs(&fixture->reply), "42");
    assert_string_equal(reply_field(&fixture->reply, "since"), "\"ep.40\"");
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.43\"");
    assert_string_equal(reply_field(&fixture->reply, "more"), "true");
    assert_string_equal(reply_field(&fixture->reply, "signals"), "[]");
    const json_t *asked = fake_last(&fixture->broker, "events");
    assert_int_equal(json_integer_value(json_object_get(asked, "after")), 40);
    assert_int_equal(json_integer_value(json_object_get(asked, "sid")),
                     sid_of("ann"));
}

static json_t *answer_no_events(struct fake_broker *broker,
                                const struct command *command)
{
    if (command->type != COMMAND_EVENTS)
        return broker_answers(broker, command);
    return fake_give(
        fake_give(fake_ok(broker, command), "events", json_array()), "next",
        json_integer(broker->head_seq));
}

static void poll_with_nothing_behind_the_window_is_parked(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.answer = answer_no_events;
    struct browser *browser = park_poll(fixture, "since=ep.40");
    broker_says(fixture);
    take_reply(browser, 200);
    assert_string_equal(reply_seqs(&fixture->reply), "101");
    assert_string_equal(reply_field(&fixture->reply, "since"), "\"ep.40\"");
}

static json_t *answer_bad_events(struct fake_broker *broker,
                                 const struct command *command)
{
    return command->type == COMMAND_EVENTS ? fake_ok(broker, command)
                                           : broker_answers(broker, command);
}

static void answer_without_its_fields_is_unavailable(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.answer = answer_bad_events;
    assert_refused(
        fixture, 503, "unavailable",
        &(struct sample_call){.uri = "events?since=ep.40", .token = "ann"});
}

static void newer_poll_of_the_tab_ends_the_older_at_once(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *older = park_poll(fixture, "since=ep.100&tab=a");

    /* Answered by the broker; it is a newer poll all the same. */
    call(fixture, 200,
         &(struct sample_call){.uri = "events?since=ep.40&tab=a",
                               .token = "ann"});
    take_reply(older, 200);
    assert_string_equal(reply_field(&fixture->reply, "superseded"), "true");
}

/* The older one had to wait for the feed before it could be parked. */
static void older_poll_that_comes_late_ends_itself(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.feeds_late = true;
    fake_log(&fixture->broker, sample_message(101, 2, "another room's"));
    struct browser *older = poll_for(fixture, "since=ep.101&tab=a");
    fake_wait(&fixture->loop, is_asked_for_head, fixture);
    fake_turns(&fixture->loop);
    struct browser *newer = park_poll(fixture, "since=ep.100&tab=a");
    fake_flush(&fixture->broker);
    take_reply(older, 200);
    assert_string_equal(reply_field(&fixture->reply, "superseded"), "true");
    assert_int_equal(parked_count(fixture), 1);
    assert_no_reply(newer);
    hang_up(newer);
}

static void poll_of_a_session_that_ends_is_refused(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = park_poll(fixture, "since=ep.100");

    fake_log(&fixture->broker, sample_end(101, sid_of("ann")));
    fake_flush(&fixture->broker);
    take_reply(browser, 401);
    assert_null(session_of(fixture, "ann"));
}

static void poll_that_can_be_parked_is_while_the_broker_is_away(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &look); /* known */
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, front_is_alone, fixture);
    fake_pass(&fixture->loop, 60000);
    struct browser *browser = park_poll(fixture, "since=ep.100");
    /* One that does not wait, or is ahead, cannot be answered. */
    assert_refused(fixture, 503, "unavailable", &look);
    assert_refused(
        fixture, 503, "unavailable",
        &(struct sample_call){.uri = "events?since=ep.101", .token = "ann"});
    fake_pass(&fixture->loop, WAIT_MS);
    hang_up(browser);
}

static void without_a_log_no_cursor_can_be_judged(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = browse(fixture, &look);

    fixture->broker.syncs_silent = true;
    fixture->loop.tick_ms = 10;
    take_reply(browser, 503);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(cursor_that_is_none_is_unknown),
        WITH_FRONT(cursor_ahead_of_the_log_is_unknown),
        WITH_FRONT(cursor_ahead_of_this_front_end_is_waited_for),
        WITH_FRONT(bad_parameters_are_bad_requests),
        WITH_FRONT(poll_waits_as_long_as_it_says),
        WITH_FRONT(poll_that_does_not_wait_asks_the_broker_first),
        WITH_FRONT(poll_that_does_not_wait_misses_nothing),
        WITH_FRONT(parked_poll_gets_what_comes),
        WITH_FRONT(poll_behind_the_window_is_answered_by_the_broker),
        WITH_FRONT(poll_with_nothing_behind_the_window_is_parked),
        WITH_FRONT(answer_without_its_fields_is_unavailable),
        WITH_FRONT(newer_poll_of_the_tab_ends_the_older_at_once),
        WITH_FRONT(older_poll_that_comes_late_ends_itself),
        WITH_FRONT(poll_of_a_session_that_ends_is_refused),
        WITH_FRONT(poll_that_can_be_parked_is_while_the_broker_is_away),
        WITHOUT_BROKER(without_a_log_no_cursor_can_be_judged),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
