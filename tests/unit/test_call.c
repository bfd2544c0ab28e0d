/* Calls: the order of their checks, their results, their ends. */
#include "tests/unit/front_fixture.h"

static const struct sample_call list_rooms = {.uri = "rooms", .token = "ann"};

/* ---- the checks ---- */

/*
 * A request with which everything is wrong; one thing after the other is put
 * right, and the next one is complained of.
 */
static void checks_are_made_in_the_promised_order(void **state)
{
    static char large[REQUEST_BODY_BYTES_MAX + 1];
    struct front_fixture *fixture = *state;
    struct sample_call sample = {
        .method = "PUT",
        .uri = "rooms/r1/message",
        .body = large,
        .body_bytes = sizeof(large),
        .headers = {"HTTP_SEC_FETCH_SITE", "cross-site", "CONTENT_TYPE",
                    "text/plain"},
    };

    memset(large, '{', sizeof(large));
    assert_refused(fixture, 404, "not_found", &sample);
    sample.uri = "rooms/r1/messages";
    assert_refused(fixture, 405, "method_not_allowed", &sample);
    assert_non_null(strstr(fixture->reply.text, "Allow: GET, POST\r\n"));
    sample.method = "POST";
    assert_refused(fixture, 413, "too_large", &sample);
    sample.body_bytes = 1;
    assert_refused(fixture, 403, "cross_site", &sample);
    sample.headers[1] = "same-origin";
    assert_refused(fixture, 415, "bad_type", &sample);
    sample.headers[3] = "application/json; charset=utf-8";
    assert_refused(fixture, 401, "session_required", &sample);
    sample.headers[4] = "HTTP_COOKIE";
    sample.headers[5] = "ajaxchat=ann";
    assert_refused(fixture, 400, "bad_request", &sample);
    sample.body = "{\"id\":\"a\",\"text\":\"b\"}";
    sample.body_bytes = 0;
    fixture->refused_type = COMMAND_POST;
    fixture->refusal = CHAT_NO_ROOM;
    assert_refused(fixture, 404, "no_room", &sample);
    fixture->refusal = CHAT_OK;
    call(fixture, 201, &sample);
}

/* What the broker was told of the address of the newest "rooms" command. */
static int64_t told_address(const struct front_fixture *fixture)
{
    const json_t *command = fake_last(&fixture->broker, "rooms");

    return json_integer_value(json_object_get(command, "address"));
}

static void broker_is_told_a_number_for_the_address(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call sample = {.uri = "rooms",
                                 .token = "ann",
                                 .headers = {"REMOTE_ADDR", "192.0.2.1"}};

    call(fixture, 200, &sample);
    assert_true(told_address(fixture) > 0);
    assert_int_equal(told_address(fixture),
                     address_hash(fixture->front->address_key, "192.0.2.1"));
    sample.headers[1] = "unix:";
    call(fixture, 200, &sample);
    assert_int_equal(told_address(fixture), 0);
}

static void bearer_token_is_not_ambient_but_a_login_is(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call leave = {
        .method = "POST",
        .uri = "rooms/r1/leave",
        .token = "ann",
        .headers = {"HTTP_SEC_FETCH_SITE", "cross-site", "HTTP_COOKIE",
                    "ajaxchat=bob"},
    };

    call(fixture, 204, &leave);
    assert_int_equal(json_integer_value(json_object_get(
                         fake_last(&fixture->broker, "leave"), "sid")),
                     sid_of("ann"));
    leave.token = NULL;
    assert_refused(fixture, 403, "cross_site", &leave);
    assert_refused(fixture, 403, "cross_site",
                   &(struct sample_call){
                       .method = "POST",
                       .uri = "session",
                       .body = "{\"nick\":\"ann\"}",
                       .token = "ann",
                       .headers = {"HTTP_SEC_FETCH_SITE", "cross-site"}});
    /* Reading is not writing. */
    call(fixture, 200,
         &(struct sample_call){.uri = "rooms",
                               .headers = {"HTTP_SEC_FETCH_SITE", "cross-site",
                                           "HTTP_COOKIE", "ajaxchat=ann"}});
}

static void body_must_be_one_json_object(void **state)
{
    static const char *const bodies[] = {"[]",
                                         "7",
                                         "null",
                                         "\"a\"",
                                         "{",
                                         "{}{}",
                                         "{\"id\":1,\"id\":2}",
                                         "{\"id\":\"\xff\"}",
                                         "{\"id\":\"a\\u0000\"}",
                                         " "};
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        assert_refused(fixture, 400, "bad_request",
                       &(struct sample_call){.method = "POST",
                                             .uri = "rooms/r1/messages",
                                             .body = bodies[i],
                                             .token = "ann"});
    assert_refused(fixture, 400, "bad_request",
                   &(struct sample_call){.method = "POST",
                                         .uri = "rooms/r1/messages",
                                         .body = "{}",
                                         .token = "ann",
                                         .headers = {"CONTENT_LENGTH", "3"}});
    assert_int_equal(fake_count(&fixture->broker, "post"), 0);
}

/* ---- sessions ---- */

static void unknown_session_is_asked_for_once(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &list_rooms);
    call(fixture, 200, &list_rooms);
    assert_int_equal(fake_count(&fixture->broker, "session_get"), 1);
    assert_int_equal(fake_count(&fixture->broker, "rooms"), 2);
    assert_non_null(session_of(fixture, "ann"));
}

static void token_that_is_nobodys_needs_a_login(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_SESSION_GET;
    fixture->refusal = CHAT_SESSION_REQUIRED;
    assert_refused(fixture, 401, "session_required", &list_rooms);
    /* A bearer token that cannot be one does not make way for the cookie. */
    fixture->refusal = CHAT_OK;
    assert_refused(
        fixture, 401, "session_required",
        &(struct sample_call){.uri = "rooms",
                              .token = "two tokens",
                              .headers = {"HTTP_COOKIE", "ajaxchat=ann"}});
}

/* The first snapshot is from before a join that the feed has told. */
static json_t *answer_late_once(struct fake_broker *broker,
                                const struct command *command)
{
    json_t *result = broker_answers(broker, command);

    if (command->type == COMMAND_SESSION_GET &&
        fake_count(broker, "session_get") == 1)
        json_object_set_new(result, "seq", json_integer(100));
    return result;
}

static bool has_reached_101(void *context)
{
    struct front_fixture *fixture = context;

    return directory_seq(fixture->front->directory) == 101;
}

static void snapshot_that_comes_too_late_is_asked_for_again(void **state)
{
    struct front_fixture *fixture = *state;

    fake_log(&fixture->broker, sample_join(101, sid_of("ann"), 1));
    fake_flush(&fixture->broker);
    fake_wait(&fixture->loop, has_reached_101, fixture);
    fixture->broker.answer = answer_late_once;
    call(fixture, 200, &list_rooms);
    assert_int_equal(fake_count(&fixture->broker, "session_get"), 2);
}

/* ---- results ---- */

/* The answer to a post comes when it can be read here, not before. */
static void own_writes_can_be_read_after_the_answer(void **state)
{
    static const struct sample_call post = {.method = "POST",
                                            .uri = "rooms/r1/messages",
                                            .body =
                                                "{\"id\":\"a\",\"text\":\"b\"}",
                                            .token = "ann"};
    struct front_fixture *fixture = *state;

    call(fixture, 200, &list_rooms);
    fixture->broker.feeds_late = true;
    fake_log(&fixture->broker, sample_message(101, 1, "b"));
    struct browser *browser = browse(fixture, &post);
    TURN_UNTIL(fixture, fake_count(&fixture->broker, "post") > 0)
    assert_no_reply(browser);
    fake_flush(&fixture->broker);
    take_reply(browser, 201);
    assert_string_equal(fixture->reply.body,
                        "{\"seq\":101,\"n\":9,\"at\":1234,\"id\":\"a\"}");
}

static void what_is_done_is_told_even_if_the_feed_is_late(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &list_rooms);
    fixture->broker.feeds_late = true;
    fake_log(&fixture->broker, sample_message(101, 1, "b"));
    struct browser *browser = browse(
        fixture, &(struct sample_call){.method = "POST",
                                       .uri = "rooms/r1/messages",
                                       .body = "{\"id\":\"a\",\"text\":\"b\"}",
                                       .token = "ann"});
    TURN_UNTIL(fixture, fake_count(&fixture->broker, "post") > 0)
    fake_pass(&fixture->loop, CALL_MS);
    take_reply(browser, 201);
}

static void refusal_of_the_broker_is_passed_on(void **state)
{
    static const struct {
        enum chat_result refusal;
        int status;
        const char *code;
    } cases[] = {
        {CHAT_NOT_MEMBER, 403, "not_member"},
        {CHAT_ID_REUSED, 422, "id_reused"},
        {CHAT_RATE_LIMITED, 429, "rate_limited"},
        {CHAT_SESSION_REQUIRED, 401, "session_required"},
        {CHAT_UNAVAILABLE, 503, "unavailable"},
    };
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_POST;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        fixture->refusal = cases[i].refusal;
        assert_refused(
            fixture, cases[i].status, cases[i].code,
            &(struct sample_call){.method = "POST",
                                  .uri = "rooms/r1/messages",
                                  .body = "{\"id\":\"a\",\"text\":\"b\"}",
                                  .token = "ann"});
    }
}

/* ---- ends ---- */

static bool has_no_calls(void *context)
{
    return ((struct front_fixture *)context)->front->calls.list == NULL;
}

static bool broker_has_a_batch(void *context)
{
    return ((struct front_fixture *)context)->broker.batch_count > 0;
}

/* Whatever is asked for, and however far it has come. */
static void every_call_is_answered_when_the_broker_is_silent(void **state)
{
    static const struct sample_call calls[] = {
        {.uri = "rooms", .token = "ann"},
        {.uri = "session", .token = "ann"},
        {.uri = "events?since=ep.40", .token = "ann"},
        {.uri = "rooms/r1/messages", .token = "ann"},
        {.uri = "readyz"},
        {.method = "POST", .uri = "session", .body = "{\"nick\":\"x\"}"},
        {.method = "DELETE", .uri = "session", .token = "ann"},
        {.method = "POST", .uri = "rooms/r1/join", .token = "bob"},
    };
    enum { COUNT = sizeof(calls) / sizeof(calls[0]) };
    struct front_fixture *fixture = *state;
    struct browser *browsers[COUNT];

    call(fixture, 200, &list_rooms); /* known from here on */
    fixture->broker.silent = true;
    fixture->broker.batch_count = 0;
    for (size_t i = 0; i < COUNT; i++)
        browsers[i] = browse(fixture, &calls[i]);
    fake_wait(&fixture->loop, broker_has_a_batch, fixture);
    fake_turns(&fixture->loop);
    fake_pass(&fixture->loop, CALL_MS);
    for (size_t i = 0; i < COUNT; i++)
        take_reply(browsers[i], 503);
    assert_non_null(strstr(fixture->reply.text, "Retry-After: "));
    fake_wait(&fixture->loop, has_no_calls, fixture);
}

static void calls_are_refused_at_once_when_the_broker_is_long_away(void **state)
{
    struct front_fixture *fixture = *state;

    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, front_is_alone, fixture);
    fake_pass(&fixture->loop, BACKEND_PATIENCE_MS + 1);
    /* Time stands still: nothing is waited for. Never a 401. */
    assert_refused(fixture, 503, "unavailable", &list_rooms);
    assert_refused(fixture, 503, "unavailable",
                   &(struct sample_call){.uri = "session", .token = "ann"});
    assert_refused(fixture, 503, "unavailable",
                   &(struct sample_call){.uri = "readyz"});
    call(fixture, 200, &(struct sample_call){.uri = "livez"});
}

static void browser_may_go_while_the_broker_is_asked(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.silent = true;
    struct browser *browser = browse(fixture, &list_rooms);
    struct browser *poll = poll_for(fixture, "since=ep.100");
    fake_wait(&fixture->loop, broker_has_a_batch, fixture);
    assert_non_null(fixture->front->calls.list);
    hang_up(browser);
    hang_up(poll);
    fake_wait(&fixture->loop, has_no_calls, fixture);
    /* What was asked for comes, and is nobody's. */
    fixture->broker.silent = false;
    fake_pass(&fixture->loop, BACKEND_COMMAND_MS);
    fixture->loop.tick_ms = 1;
    fake_wait(&fixture->loop, front_is_up, fixture);
    call(fixture, 200, &list_rooms);
    assert_int_equal(parked_count(fixture), 0);
}

static void browser_may_go_while_the_feed_is_waited_for(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200, &list_rooms);
    fixture->broker.feeds_late = true;
    fake_log(&fixture->broker, sample_message(101, 1, "b"));
    struct browser *browser = browse(
        fixture, &(struct sample_call){.uri = "session", .token = "ann"});
    TURN_UNTIL(fixture, fake_count(&fixture->broker, "session_get") >= 2)
    hang_up(browser);
    fake_wait(&fixture->loop, has_no_calls, fixture);
    fake_flush(&fixture->broker);
    call(fixture, 200, &list_rooms);
}

static void close_ends_calls_that_the_broker_has(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.silent = true;
    struct browser *browser = browse(fixture, &list_rooms);
    fake_wait(&fixture->loop, broker_has_a_batch, fixture);
    hang_up(browser); /* the tear-down closes the front end meanwhile */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(broker_is_told_a_number_for_the_address),
        WITH_FRONT(checks_are_made_in_the_promised_order),
        WITH_FRONT(bearer_token_is_not_ambient_but_a_login_is),
        WITH_FRONT(body_must_be_one_json_object),
        WITH_FRONT(unknown_session_is_asked_for_once),
        WITH_FRONT(token_that_is_nobodys_needs_a_login),
        WITH_FRONT(snapshot_that_comes_too_late_is_asked_for_again),
        WITH_FRONT(own_writes_can_be_read_after_the_answer),
        WITH_FRONT(what_is_done_is_told_even_if_the_feed_is_late),
        WITH_FRONT(refusal_of_the_broker_is_passed_on),
        WITH_FRONT(every_call_is_answered_when_the_broker_is_silent),
        WITH_FRONT(calls_are_refused_at_once_when_the_broker_is_long_away),
        WITH_FRONT(browser_may_go_while_the_broker_is_asked),
        WITH_FRONT(browser_may_go_while_the_feed_is_waited_for),
        WITH_FRONT(close_ends_calls_that_the_broker_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
