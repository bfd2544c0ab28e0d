/* Messages through HTTP: what is asked, what is answered. */
#include "tests/unit/front_fixture.h"

static void history(struct front_fixture *fixture, int status,
                    const char *query)
{
    char uri[512];

    snprintf(uri, sizeof(uri), "rooms/r1/messages%s", query);
    call(fixture, status, &(struct sample_call){.uri = uri, .token = "ann"});
}

static void message_is_posted(void **state)
{
    struct front_fixture *fixture = *state;

    write_to(fixture, 201, "rooms/r1/messages",
             "{\"id\":\"a\",\"text\":\"b\",\"unknown\":1}");
    assert_string_equal(fixture->reply.body,
                        "{\"seq\":100,\"n\":9,\"at\":1234,\"id\":\"a\"}");
    assert_asked(fixture, "post",
                 "{\"type\":\"post\",\"room\":\"r1\",\"id\":\"a\","
                 "\"text\":\"b\"}");
    write_to(fixture, 201, "rooms/r1/messages",
             "{\"id\":\"a\",\"text\":\"b\",\"type\":\"action\","
             "\"reply_to\":7}");
    assert_asked(fixture, "post",
                 "{\"type\":\"post\",\"room\":\"r1\",\"id\":\"a\","
                 "\"text\":\"b\",\"action\":true,\"reply_to\":7}");
    write_to(fixture, 201, "rooms/r1/messages",
             "{\"id\":\"a\",\"text\":\"b\",\"type\":\"message\"}");
}

static json_t *answer_repeat(struct fake_broker *broker,
                             const struct command *command)
{
    json_t *result = broker_answers(broker, command);

    if (command->type == COMMAND_POST)
        json_object_set_new(result, "result", json_string("repeat"));
    return result;
}

static void repeated_post_is_200_with_the_same_body(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.answer = answer_repeat;
    write_to(fixture, 200, "rooms/r1/messages",
             "{\"id\":\"a\",\"text\":\"b\"}");
    assert_string_equal(fixture->reply.body,
                        "{\"seq\":100,\"n\":9,\"at\":1234,\"id\":\"a\"}");
}

static void bad_posts_are_bad_requests(void **state)
{
    static const char *const bodies[] = {
        "{\"id\":\"a\"}",
        "{\"text\":\"b\"}",
        "{\"id\":1,\"text\":\"b\"}",
        "{\"id\":\"a\",\"text\":[]}",
        "{\"id\":\"a\",\"text\":\"b\",\"type\":\"topic\"}",
        "{\"id\":\"a\",\"text\":\"b\",\"type\":1}",
        "{\"id\":\"a\",\"text\":\"b\",\"reply_to\":0}",
        "{\"id\":\"a\",\"text\":\"b\",\"reply_to\":-1}",
        "{\"id\":\"a\",\"text\":\"b\",\"reply_to\":1.5}",
        "{\"id\":\"a\",\"text\":\"b\",\"reply_to\":\"7\"}",
        "{\"id\":\"a\",\"text\":\"b\",\"reply_to\":9223372036854775808}",
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        write_to(fixture, 400, "rooms/r1/messages", bodies[i]);
    assert_int_equal(fake_count(&fixture->broker, "post"), 0);
}

static void history_is_asked_for_as_the_query_says(void **state)
{
    static const struct {
        const char *query, *asked;
    } cases[] = {
        {"", "\"limit\":50"},
        {"?before=7", "\"limit\":50,\"before\":7"},
        {"?after=0&limit=1", "\"limit\":1,\"after\":0"},
        {"?around=7&limit=201", "\"limit\":200,\"around\":7"},
        {"?limit=0", "\"limit\":1"},
        {"?at=7", "\"limit\":50,\"at\":7"},
        {"?date=1970-01-02", "\"limit\":50,\"at\":86400000"},
        {"?types=message,action",
         "\"limit\":50,\"types\":[\"message\",\"action\"]"},
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char wanted[256];
        snprintf(wanted, sizeof(wanted),
                 "{\"type\":\"history\",\"room\":\"r1\",%s}", cases[i].asked);
        history(fixture, 200, cases[i].query);
        assert_asked(fixture, "history", wanted);
        assert_string_equal(reply_field(&fixture->reply, "more"), "true");
        assert_non_null(strstr(reply_field(&fixture->reply, "messages"),
                               "\"text\":\"old\""));
    }
}

static void bad_queries_are_bad_requests(void **state)
{
    static const char *const queries[] = {
        "?before=",
        "?before=x",
        "?before=-1",
        "?before=1.5",
        "?after=1&before=2",
        "?around=1&after=0",
        "?limit=x",
        "?at=x",
        "?at=1&after=0",
        "?date=1970-01-02&at=1",
        "?date=1970-1-2",
        "?limit=",
        "?types=",
        "?types=,",
        "?types=nonsense",
        "?types=session_new",
        "?before=9223372036854775808",
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        history(fixture, 400, queries[i]);
    assert_int_equal(fake_count(&fixture->broker, "history"), 0);
}

/* ---- messages that change ---- */

static void message_is_edited_by_its_position(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call edit = {.method = "PATCH",
                               .uri = "rooms/r1/messages/42",
                               .body = "{\"text\":\"better\"}",
                               .token = "ann"};

    call(fixture, 200, &edit);
    assert_string_equal(fixture->reply.body, "{\"type\":\"edit\"}");
    assert_asked(fixture, "edit",
                 "{\"type\":\"edit\",\"room\":\"r1\",\"target\":42,"
                 "\"text\":\"better\"}");
    edit.body = "{\"text\":7}";
    assert_refused(fixture, 400, "bad_request", &edit);
    edit.uri = "rooms/r1/messages/first";
    assert_refused(fixture, 404, "no_message", &edit);
    fixture->refused_type = COMMAND_EDIT;
    fixture->refusal = CHAT_FORBIDDEN;
    edit.uri = "rooms/r1/messages/42";
    edit.body = "{\"text\":\"better\"}";
    assert_refused(fixture, 403, "forbidden", &edit);
}

static void message_is_deleted_with_or_without_a_reason(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call delete = {
        .method = "DELETE", .uri = "rooms/r1/messages/42", .token = "ann"};

    call(fixture, 200, &delete);
    assert_asked(fixture, "delete",
                 "{\"type\":\"delete\",\"room\":\"r1\",\"target\":42}");
    delete.uri = "rooms/r1/messages/42?reason=off+topic";
    call(fixture, 200, &delete);
    assert_asked(fixture, "delete",
                 "{\"type\":\"delete\",\"room\":\"r1\",\"target\":42,"
                 "\"text\":\"off topic\"}");
    delete.uri = "rooms/r1/messages/42?reason=%ff";
    assert_refused(fixture, 400, "bad_request", &delete);
    delete.uri = "rooms/r1/messages/0";
    assert_refused(fixture, 404, "no_message", &delete);
}

/* ---- one message ---- */

static void message_is_read_by_its_position(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call get = {.uri = "rooms/r1/messages/42", .token = "ann"};

    call(fixture, 200, &get);
    assert_string_equal(fixture->reply.body, "{\"type\":\"message\"}");
    assert_asked(fixture, "message",
                 "{\"type\":\"message\",\"room\":\"r1\",\"target\":42}");
    get.uri = "rooms/r1/messages/-42";
    assert_refused(fixture, 404, "no_message", &get);
}

static json_t *answer_with_edits(struct fake_broker *broker,
                                 const struct command *command)
{
    json_t *result = broker_answers(broker, command);

    if (command->type == COMMAND_EDITS)
        json_object_set_new(result, "events",
                            json_pack("[{s:i, s:i, s:s}, {s:i, s:i, s:b}]",
                                      "seq", 7, "at", 5, "text", "a", "seq", 8,
                                      "at", 6, "deleted", 1));
    return result;
}

static void former_texts_are_told_with_their_times(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call get = {.uri = "rooms/r1/messages/42/edits",
                              .token = "ann"};

    fixture->broker.answer = answer_with_edits;
    call(fixture, 200, &get);
    assert_string_equal(
        fixture->reply.body,
        "{\"edits\":[{\"at\":5,\"text\":\"a\"},{\"at\":6,\"deleted\":true}]}");
    assert_asked(fixture, "edits",
                 "{\"type\":\"edits\",\"room\":\"r1\",\"target\":42}");
    fixture->broker.answer = broker_answers;
    fixture->refused_type = COMMAND_EDITS;
    fixture->refusal = CHAT_FORBIDDEN;
    assert_refused(fixture, 403, "forbidden", &get);
}

static void reaction_is_made_unless_it_is_taken_back(void **state)
{
    struct front_fixture *fixture = *state;
    static const char uri[] = "rooms/r1/messages/42/reactions";

    write_to(fixture, 204, uri, "{\"emoji\":\"x\"}");
    assert_asked(fixture, "react",
                 "{\"type\":\"react\",\"room\":\"r1\",\"target\":42,"
                 "\"text\":\"x\",\"on\":true}");
    write_to(fixture, 204, uri, "{\"emoji\":\"x\",\"on\":false}");
    assert_asked(fixture, "react",
                 "{\"type\":\"react\",\"room\":\"r1\",\"target\":42,"
                 "\"text\":\"x\"}");
    write_to(fixture, 400, uri, "{\"emoji\":7}");
    write_to(fixture, 400, uri, "{\"emoji\":\"x\",\"on\":1}");
    write_to(fixture, 404, "rooms/r1/messages/0/reactions",
             "{\"emoji\":\"x\"}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(message_is_posted),
        WITH_FRONT(repeated_post_is_200_with_the_same_body),
        WITH_FRONT(bad_posts_are_bad_requests),
        WITH_FRONT(history_is_asked_for_as_the_query_says),
        WITH_FRONT(bad_queries_are_bad_requests),
        WITH_FRONT(message_is_edited_by_its_position),
        WITH_FRONT(message_is_deleted_with_or_without_a_reason),
        WITH_FRONT(message_is_read_by_its_position),
        WITH_FRONT(reaction_is_made_unless_it_is_taken_back),
        WITH_FRONT(former_texts_are_told_with_their_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
