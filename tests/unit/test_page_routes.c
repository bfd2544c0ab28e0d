/* Rooms as pages: who is shown what, and the steps of a form. */
#include "tests/unit/front_fixture.h"

static json_t *answer_pages(struct fake_broker *broker,
                            const struct command *command)
{
    json_t *result = broker_answers(broker, command);

    if (command->type != COMMAND_PAGE ||
        strcmp(json_string_value(json_object_get(result, "result")), "ok") != 0)
        return result;
    fake_give(result, "events", broker_events(42));
    fake_give(result, "more", json_false());
    return fake_give(result, "room",
                     json_pack("{s:s, s:s, s:i, s:{s:b, s:b}}", "room", "r1",
                               "topic", "", "n", 1, "settings", "indexed", 0,
                               "archived", 0));
}

static int set_up(void **state)
{
    front_set_up(state);
    ((struct front_fixture *)*state)->broker.answer = answer_pages;
    return 0;
}

static void show(struct front_fixture *fixture, int status, const char *uri)
{
    call(fixture, status, &(struct sample_call){.uri = uri});
}

static void send_form(struct front_fixture *fixture, int status,
                      const char *body, const char *cookie)
{
    call(fixture, status,
         &(struct sample_call){
             .method = "POST",
             .uri = "/chat/r/r1",
             .body = body,
             .headers = {"CONTENT_TYPE", "application/x-www-form-urlencoded",
                         "HTTP_COOKIE", cookie},
         });
}

static const char *asked(const struct front_fixture *fixture, const char *type,
                         const char *name)
{
    const char *text = json_string_value(
        json_object_get(fake_last(&fixture->broker, type), name));

    return text != NULL ? text : "";
}

static void assert_told(const struct front_fixture *fixture, const char *part)
{
    if (strstr(fixture->reply.text, part) == NULL)
        print_error("%s\n", fixture->reply.text);
    assert_non_null(strstr(fixture->reply.text, part));
}

static void a_visitor_gets_what_may_be_cached(void **state)
{
    struct front_fixture *fixture = *state;

    show(fixture, 200, "/chat/r/r1");
    assert_told(fixture, "Cache-Control: public, max-age=10\r\n");
    assert_told(fixture, "name=\"nick\"");
    show(fixture, 200, "/chat/r/r1.txt");
    assert_told(fixture, "Content-Type: text/plain; charset=utf-8\r\n");
    assert_string_equal(asked(fixture, "page", "room"), "r1");
    show(fixture, 200, "/chat/r/r1.atom");
    assert_told(fixture, "Content-Type: application/atom+xml\r\n");
    assert_int_equal(fake_count(&fixture->broker, "session_get"), 0);
}

static void head_is_answered_without_the_body(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call head = {.method = "HEAD", .uri = "/chat/r/r1.txt"};
    char length[64];

    show(fixture, 200, head.uri);
    snprintf(length, sizeof(length), "Content-Length: %zu\r\n",
             strlen(fixture->reply.body));
    call(fixture, 200, &head);
    assert_told(fixture, length);
    assert_told(fixture, "ETag: ");
    assert_string_equal(fixture->reply.body, "");
    fixture->refused_type = COMMAND_PAGE;
    fixture->refusal = CHAT_NO_ROOM;
    call(fixture, 404, &head);
    assert_string_equal(fixture->reply.body, "");
}

static void a_session_gets_a_page_of_its_own(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call sample = {.uri = "/chat/r/r1",
                                 .headers = {"HTTP_COOKIE", "ajaxchat=ann"}};

    call(fixture, 200, &sample);
    assert_told(fixture, "Cache-Control: private, no-cache\r\n");
    assert_null(strstr(fixture->reply.text, "name=\"nick\""));
    /* One that has ended is a visitor's. */
    fixture->refused_type = COMMAND_SESSION_GET;
    fixture->refusal = CHAT_SESSION_REQUIRED;
    sample.headers[1] = "ajaxchat=bob";
    call(fixture, 200, &sample);
    assert_told(fixture, "name=\"nick\"");
}

static void places_are_asked_for(void **state)
{
    struct front_fixture *fixture = *state;
    const json_t *page;

    show(fixture, 200, "/chat/r/r1?before=7");
    page = fake_last(&fixture->broker, "page");
    assert_int_equal(json_integer_value(json_object_get(page, "before")), 7);
    show(fixture, 200, "/chat/r/r1?after=0");
    page = fake_last(&fixture->broker, "page");
    assert_true(json_is_integer(json_object_get(page, "after")));
    show(fixture, 400, "/chat/r/r1?before=x");
    show(fixture, 200, "/chat/r/r1/42");
    assert_told(fixture, "class=\"target\"");
    show(fixture, 404, "/chat/r/r1/43"); /* it is not among the events */
    show(fixture, 404, "/chat/r/r1/x");
    assert_told(fixture, "Content-Type: text/html; charset=utf-8\r\n");
}

static void a_form_logs_in_and_posts(void **state)
{
    struct front_fixture *fixture = *state;

    send_form(fixture, 303, "nick=zoe&text=a%0D%0Ab+c&id=f1", "");
    assert_told(fixture, "Location: /chat/r/r1#n9\r\n");
    assert_told(fixture, "Set-Cookie: ajaxchat=");
    assert_string_equal(asked(fixture, "session_new", "nick"), "zoe");
    assert_string_equal(asked(fixture, "post", "text"), "a\nb c");
    assert_string_equal(asked(fixture, "post", "id"), "f1");
    assert_int_equal(fake_count(&fixture->broker, "join"), 0);
}

static void a_form_with_a_session_joins_and_posts(void **state)
{
    struct front_fixture *fixture = *state;

    send_form(fixture, 303, "text=hello", "ajaxchat=ann");
    assert_null(strstr(fixture->reply.text, "Set-Cookie"));
    assert_int_equal(fake_count(&fixture->broker, "join"), 1);
    assert_int_equal(fake_count(&fixture->broker, "session_new"), 0);
}

static void a_refused_post_does_not_lose_the_nick(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_POST;
    fixture->refusal = CHAT_RATE_LIMITED;
    send_form(fixture, 429, "nick=zoe&text=hello", "");
    assert_told(fixture, "Set-Cookie: ajaxchat=");
    assert_told(fixture, "Content-Type: text/html");
}

static void a_bad_form_does_nothing(void **state)
{
    struct front_fixture *fixture = *state;

    send_form(fixture, 422, "nick=zoe", "");
    send_form(fixture, 422, "nick=zoe&text=+", "");
    send_form(fixture, 422, "text=hello", "");
    fixture->refused_type = COMMAND_PAGE;
    fixture->refusal = CHAT_NO_ROOM;
    send_form(fixture, 404, "nick=zoe&text=hello", "");
    assert_null(strstr(fixture->reply.text, "Set-Cookie"));
    assert_int_equal(fake_count(&fixture->broker, "session_new"), 0);
}

#define WITH_PAGES(test)                                                       \
    cmocka_unit_test_setup_teardown(test, set_up, front_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_PAGES(a_visitor_gets_what_may_be_cached),
        WITH_PAGES(head_is_answered_without_the_body),
        WITH_PAGES(a_session_gets_a_page_of_its_own),
        WITH_PAGES(places_are_asked_for),
        WITH_PAGES(a_form_logs_in_and_posts),
        WITH_PAGES(a_form_with_a_session_joins_and_posts),
        WITH_PAGES(a_refused_post_does_not_lose_the_nick),
        WITH_PAGES(a_bad_form_does_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
