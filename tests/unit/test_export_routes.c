/* A room's export: page by page, to its last line. */
#include "tests/unit/front_fixture.h"

/* Two pages of one event each, then none; a refusal instead of the second. */
static bool refuses_second;

static json_t *page(int64_t seq, const char *type, bool more)
{
    return json_pack("{s:[{s:I, s:I, s:s, s:s, s:s}], s:b}", "events", "seq",
                     (json_int_t)seq, "at", (json_int_t)1795370000000, "type",
                     type, "from", "bob", "text", "one\ntwo", "more", more);
}

static json_t *answer_pages(struct fake_broker *broker,
                            const struct command *command)
{
    json_t *result = broker_answers(broker, command);

    if (command->type != COMMAND_EXPORT)
        return result;
    assert_int_equal(command->anchor, HISTORY_AFTER);
    assert_int_equal(command->limit, HISTORY_LIMIT_MAX);
    if (command->seq == 0)
        json_object_update_new(result, page(7, "message", true));
    else if (refuses_second)
        json_object_set_new(result, "result", json_string("not_member"));
    else
        json_object_update_new(result, page(9, "join", false));
    return result;
}

static void export(struct front_fixture *fixture, const char *query)
{
    char uri[64];

    snprintf(uri, sizeof(uri), "rooms/r1/export%s", query);
    fixture->broker.answer = answer_pages;
    call(fixture, 200, &(struct sample_call){.uri = uri, .token = "ann"});
}

static void events_are_lines_and_the_last_one_says_how_many(void **state)
{
    struct front_fixture *fixture = *state;

    refuses_second = false;
    export(fixture, "");
    assert_string_equal(
        fixture->reply.body,
        "{\"seq\":7,\"at\":1795370000000,\"type\":\"message\","
        "\"from\":\"bob\",\"text\":\"one\\ntwo\"}\n"
        "{\"seq\":9,\"at\":1795370000000,\"type\":\"join\",\"from\":\"bob\","
        "\"text\":\"one\\ntwo\"}\n"
        "{\"type\":\"end\",\"count\":2}\n");
    assert_asked(fixture, "export",
                 "{\"type\":\"export\",\"room\":\"r1\",\"after\":7,"
                 "\"limit\":200}");
}

static void text_has_what_was_said_with_lines_set_in(void **state)
{
    struct front_fixture *fixture = *state;

    refuses_second = false;
    export(fixture, "?format=text");
    assert_string_equal(fixture->reply.body,
                        "2026-11-22 17:53:20 <bob> one\n    two\n"
                        "(2 events, all of them)\n");
}

static void what_fails_on_the_way_has_no_last_line(void **state)
{
    struct front_fixture *fixture = *state;

    refuses_second = true;
    export(fixture, "?format=text");
    assert_string_equal(fixture->reply.body,
                        "2026-11-22 17:53:20 <bob> one\n    two\n");
}

static void what_fails_at_once_is_a_problem(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call get = {.uri = "rooms/r1/export", .token = "ann"};

    fixture->refused_type = COMMAND_EXPORT;
    fixture->refusal = CHAT_NOT_MEMBER;
    assert_refused(fixture, 403, "not_member", &get);
    get.uri = "rooms/r1/export?format=html";
    assert_refused(fixture, 400, "bad_request", &get);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(events_are_lines_and_the_last_one_says_how_many),
        WITH_FRONT(text_has_what_was_said_with_lines_set_in),
        WITH_FRONT(what_fails_on_the_way_has_no_last_line),
        WITH_FRONT(what_fails_at_once_is_a_problem),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
