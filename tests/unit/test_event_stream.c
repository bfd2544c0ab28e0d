/* The stream's way from a request to its messages. */
#include "tests/unit/front_fixture.h"

static struct browser *stream_for(struct front_fixture *fixture,
                                  const char *query)
{
    char uri[256];

    snprintf(uri, sizeof(uri), "stream?%s", query);
    return browse(fixture, &(struct sample_call){.uri = uri, .token = "ann"});
}

/* What a stream's messages are to be, see stream_seqs(). */
struct expected {
    struct browser *browser;
    const char *seqs;
};

static bool has_streamed(void *context)
{
    const struct expected *expected = context;
    struct reply_text *reply = &expected->browser->fixture->reply;

    (void)has_reply(expected->browser);
    return strstr(reply->text, "\r\n\r\n") != NULL &&
           strcmp(stream_seqs(reply), expected->seqs) == 0;
}

static void await(struct browser *browser, const char *seqs, const char *id)
{
    struct expected expected = {.browser = browser, .seqs = seqs};

    fake_wait(&browser->fixture->loop, has_streamed, &expected);
    assert_string_equal(stream_id(&browser->fixture->reply), id);
}

static void stream_is_told_what_comes(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = stream_for(fixture, "since=ep.100&tab=a");

    await(browser, ";", "ep.100");
    assert_int_equal(fixture->reply.complete, false);
    assert_non_null(strstr(fixture->reply.text, "Status: 200 "));
    assert_non_null(
        strstr(fixture->reply.text, "Content-Type: text/event-stream\r\n"));
    assert_non_null(strstr(fixture->reply.text, "X-Accel-Buffering: no\r\n"));
    broker_says(fixture);
    await(browser, ";101;", "ep.101");
    broker_says(fixture);
    await(browser, ";101;102;", "ep.102");
    assert_int_equal(parked_count(fixture), 1);
    hang_up(browser);
    TURN_UNTIL(fixture, parked_count(fixture) == 0);
}

static void last_event_id_wins_over_since(void **state)
{
    static const char *const uris[] = {"stream?since=ep.100", "stream",
                                       "stream?since=nonsense"};
    struct front_fixture *fixture = *state;
    struct browser *first = stream_for(fixture, "since=ep.100&tab=first");

    await(first, ";", "ep.100");
    broker_says(fixture);
    await(first, ";101;", "ep.101");
    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct browser *browser = browse(
            fixture,
            &(struct sample_call){.uri = uris[i],
                                  .token = "ann",
                                  .headers = {"HTTP_LAST_EVENT_ID", "ep.101"}});
        await(browser, ";", "ep.101");
        hang_up(browser);
    }
    /* An empty one is none. */
    struct browser *browser = browse(
        fixture, &(struct sample_call){.uri = "stream?since=ep.100",
                                       .token = "ann",
                                       .headers = {"HTTP_LAST_EVENT_ID", ""}});
    await(browser, "101;", "ep.101");
    hang_up(browser);
    hang_up(first);
}

static void what_cannot_begin_is_refused(void **state)
{
    static const struct {
        int status;
        const char *code, *uri, *last_event_id, *token;
    } cases[] = {
        {401, "session_required", "stream?since=ep.100", "", NULL},
        {400, "bad_request", "stream", "", "ann"},
        {400, "bad_request", "stream?since=ep.100&tab=a.b", "", "ann"},
        {410, "cursor_unknown", "stream?since=other.100", "", "ann"},
        {410, "cursor_unknown", "stream?since=ep.101", "", "ann"},
        {410, "cursor_unknown", "stream?since=ep.100", "other.1", "ann"},
        {410, "cursor_unknown", "stream?since=ep.100", "ep.101", "ann"},
        {410, "cursor_unknown", "stream?since=ep.100",
         "ep.00000000000000000000000000000000000000000000000000000000000000001",
         "ann"},
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_refused(
            fixture, cases[i].status, cases[i].code,
            &(struct sample_call){
                .uri = cases[i].uri,
                .token = cases[i].token,
                .headers = {"HTTP_LAST_EVENT_ID", cases[i].last_event_id}});
    assert_int_equal(parked_count(fixture), 0);
}

/* Three pages of one event each, up to where the window begins. */
static json_t *answer_pages(struct fake_broker *broker,
                            const struct command *command)
{
    int64_t after_seq = command->seq;

    if (command->type != COMMAND_EVENTS)
        return broker_answers(broker, command);
    json_t *result = fake_ok(broker, command);
    fake_give(result, "events", broker_events(after_seq + 10));
    fake_give(result, "next", json_integer(after_seq + 20));
    return fake_give(result, "more", json_boolean(after_seq < 80));
}

static void what_the_window_has_lost_comes_page_by_page(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.answer = answer_pages;
    struct browser *browser = stream_for(fixture, "since=ep.40");
    await(browser, "50;70;90;;", "ep.100");
    assert_int_equal(fake_count(&fixture->broker, "events"), 3);
    assert_non_null(strstr(fixture->reply.text, "\"since\":\"ep.80\""));
    broker_says(fixture);
    await(browser, "50;70;90;;101;", "ep.101");
    hang_up(browser);
}

static json_t *answer_one_page(struct fake_broker *broker,
                               const struct command *command)
{
    if (command->type == COMMAND_EVENTS && command->seq > 40)
        return result_encode(CHAT_UNAVAILABLE, broker->head_seq);
    return answer_pages(broker, command);
}

/* It resumes where it was. */
static void trouble_after_the_beginning_ends_the_stream(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.answer = answer_one_page;
    struct browser *browser = stream_for(fixture, "since=ep.40");
    fake_wait(&fixture->loop, has_reply, browser);
    assert_string_equal(stream_seqs(&fixture->reply), "50;");
    assert_string_equal(stream_id(&fixture->reply), "ep.60");
    assert_int_equal(fixture->reply.status, 200);
    assert_null(strstr(fixture->reply.text, "unavailable"));
    hang_up(browser);
    assert_refused(
        fixture, 503, "unavailable",
        &(struct sample_call){.uri = "stream?since=ep.60", .token = "ann"});
}

static json_t *answer_nothing_behind(struct fake_broker *broker,
                                     const struct command *command)
{
    if (command->type != COMMAND_EVENTS)
        return broker_answers(broker, command);
    return fake_give(
        fake_give(fake_ok(broker, command), "events", json_array()), "next",
        json_integer(broker->head_seq));
}

static void nothing_behind_the_window_is_one_message(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.answer = answer_nothing_behind;
    struct browser *browser = stream_for(fixture, "since=ep.40");
    await(browser, ";", "ep.100");
    assert_non_null(strstr(fixture->reply.text, "\"since\":\"ep.40\""));
    hang_up(browser);
}

static void end_of_the_session_ends_the_stream(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = stream_for(fixture, "since=ep.100");

    await(browser, ";", "ep.100");
    fake_log(&fixture->broker, sample_end(101, sid_of("ann")));
    fake_flush(&fixture->broker);
    take_reply(browser, 200);
    assert_string_equal(stream_seqs(&fixture->reply), ";");
}

static bool is_asked_for_head(void *context)
{
    return fake_count(&((struct front_fixture *)context)->broker, "head") > 0;
}

/* As has_reply(), while the broker tells what is new whenever it is asked. */
static bool has_reply_of_feed(void *context)
{
    struct browser *browser = context;

    fake_flush(&browser->fixture->broker);
    return has_reply(browser);
}

/* It had to wait for the feed; a newer one did not. */
static void older_stream_that_comes_late_ends_itself(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.feeds_late = true;
    fake_log(&fixture->broker, sample_message(101, 2, "another room's"));
    struct browser *older = stream_for(fixture, "since=ep.101&tab=a");
    fake_wait(&fixture->loop, is_asked_for_head, fixture);
    struct browser *newer = stream_for(fixture, "since=ep.100&tab=a");
    await(newer, ";", "ep.100");
    fake_wait(&fixture->loop, has_reply_of_feed, older);
    assert_non_null(strstr(fixture->reply.text, "\"superseded\":true"));
    assert_int_equal(parked_count(fixture), 1);
    hang_up(older);
    hang_up(newer);
}

static void streams_stay_while_the_broker_is_away(void **state)
{
    struct front_fixture *fixture = *state;
    struct browser *browser = stream_for(fixture, "since=ep.100&tab=a");

    await(browser, ";", "ep.100");
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, front_is_alone, fixture);
    fake_pass(&fixture->loop, 20000);
    await(browser, ";:;", "ep.100");
    /* And begin, if nobody needs to be asked. */
    struct browser *another = stream_for(fixture, "since=ep.100&tab=b");
    await(another, ";", "ep.100");
    assert_refused(
        fixture, 503, "unavailable",
        &(struct sample_call){.uri = "stream?since=ep.101", .token = "ann"});
    fake_broker_start(&fixture->broker);
    fixture->loop.tick_ms = 1;
    fake_wait(&fixture->loop, front_is_up, fixture);
    fixture->loop.tick_ms = 0;
    broker_says(fixture);
    await(browser, ";:;101;", "ep.101");
    await(another, ";101;", "ep.101");
    hang_up(browser);
    hang_up(another);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(stream_is_told_what_comes),
        WITH_FRONT(last_event_id_wins_over_since),
        WITH_FRONT(what_cannot_begin_is_refused),
        WITH_FRONT(what_the_window_has_lost_comes_page_by_page),
        WITH_FRONT(trouble_after_the_beginning_ends_the_stream),
        WITH_FRONT(nothing_behind_the_window_is_one_message),
        WITH_FRONT(end_of_the_session_ends_the_stream),
        WITH_FRONT(older_stream_that_comes_late_ends_itself),
        WITH_FRONT(streams_stay_while_the_broker_is_away),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
