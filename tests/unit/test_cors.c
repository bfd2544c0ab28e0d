/* Pages of other sites: what their browsers are told, what they may do. */
#include "tests/unit/front_fixture.h"

#define LISTED "https://www.example"
#define ALLOWED "Access-Control-Allow-Origin: " LISTED "\r\n"

static int set_up(void **state)
{
    front_set_up(state);
    struct front *front = ((struct front_fixture *)*state)->front;

    cors_free(front->cors);
    front->cors = cors_new("https://other.example:8443 " LISTED);
    assert_non_null(front->cors);
    return 0;
}

static bool is_told(const struct front_fixture *fixture, const char *line)
{
    return strstr(fixture->reply.text, line) != NULL;
}

/* Asserts that its browser is told nothing of other sites. */
static void assert_silent(const struct front_fixture *fixture)
{
    assert_false(is_told(fixture, "Access-Control"));
    assert_false(is_told(fixture, "Vary"));
}

static void log_in_from(struct front_fixture *fixture, int status,
                        const char *origin, const char *body)
{
    call(fixture, status,
         &(struct sample_call){.method = "POST",
                               .uri = "session",
                               .body = body,
                               .headers = {"HTTP_ORIGIN", origin,
                                           "HTTP_SEC_FETCH_SITE", "cross-site",
                                           "HTTP_COOKIE", "ajaxchat=old"}});
}

static void without_a_list_nobody_is_told_anything(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200,
         &(struct sample_call){.uri = "livez",
                               .headers = {"HTTP_ORIGIN", LISTED}});
    assert_silent(fixture);
    log_in_from(fixture, 403, LISTED, "{\"nick\":\"ann\",\"bearer\":true}");
    assert_silent(fixture);
    call(fixture, 405,
         &(struct sample_call){.method = "OPTIONS",
                               .uri = "livez",
                               .headers = {"HTTP_ORIGIN", LISTED}});
    assert_silent(fixture);
}

static void every_reply_to_a_listed_page_says_so(void **state)
{
    static const struct {
        const char *method, *uri;
        int status;
    } calls[] = {
        {"GET", "livez", 200}, {"GET", "session", 401}, {"GET", "nothing", 404},
        {"PUT", "rooms", 405}, {"POST", "bye", 403},
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        call(fixture, calls[i].status,
             &(struct sample_call){.method = calls[i].method,
                                   .uri = calls[i].uri,
                                   .headers = {"HTTP_ORIGIN", LISTED}});
        assert_true(is_told(fixture, ALLOWED));
        assert_true(is_told(fixture, "Vary: Origin\r\n"));
        assert_false(is_told(fixture, "Access-Control-Allow-Credentials"));
    }
}

static void others_are_told_nothing(void **state)
{
    static const char *const origins[] = {
        "https://evil.example",
        "http://www.example",
        "https://www.example:8443",
        "https://www.example.evil",
        "https://other.example",
        "null",
        "*",
        "",
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(origins) / sizeof(origins[0]); i++) {
        log_in_from(fixture, 403, origins[i],
                    "{\"nick\":\"ann\",\"bearer\":true}");
        assert_silent(fixture);
    }
    call(fixture, 404, /* pages are no part of the interface */
         &(struct sample_call){.uri = "/chat/r/",
                               .headers = {"HTTP_ORIGIN", LISTED}});
    assert_silent(fixture);
}

static void preflight_tells_the_methods_of_the_path(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call preflight = {.method = "OPTIONS",
                                    .uri = "rooms/dev/messages",
                                    .headers = {"HTTP_ORIGIN", LISTED}};

    call(fixture, 204, &preflight);
    assert_true(is_told(fixture, ALLOWED));
    assert_true(
        is_told(fixture, "Access-Control-Allow-Methods: GET, POST\r\n"));
    assert_true(is_told(fixture, "Access-Control-Allow-Headers: Authorization, "
                                 "Content-Type"));
    preflight.uri = "nothing";
    call(fixture, 404, &preflight);
    preflight.headers[1] = "https://evil.example";
    preflight.uri = "livez";
    call(fixture, 405, &preflight);
    assert_silent(fixture);
}

static void login_from_a_listed_page_is_for_a_bearer(void **state)
{
    struct front_fixture *fixture = *state;

    log_in_from(fixture, 403, LISTED, "{\"nick\":\"ann\"}");
    assert_string_equal(reply_field(&fixture->reply, "code"), "\"cross_site\"");
    log_in_from(fixture, 403, LISTED, "{\"nick\":\"ann\",\"bearer\":false}");
    assert_true(is_told(fixture, ALLOWED));
    log_in_from(fixture, 200, LISTED, "{\"nick\":\"ann\",\"bearer\":true}");
    assert_true(is_told(fixture, ALLOWED));
    assert_false(is_told(fixture, "Set-Cookie"));
    assert_null(json_object_get(fake_last(&fixture->broker, "session_new"),
                                "replaces"));
}

static void a_page_may_poll_and_stream(void **state)
{
    static const char *const uris[] = {"events?since=ep.100&wait=9",
                                       "stream?since=ep.100"};
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
        struct browser *browser = browse(
            fixture, &(struct sample_call){.uri = uris[i],
                                           .token = "ann",
                                           .headers = {"HTTP_ORIGIN", LISTED}});
        fake_wait(&fixture->loop, one_is_parked, fixture);
        polls_answer_all(fixture->front->polls);
        take_reply(browser, 200);
        assert_true(is_told(fixture, ALLOWED));
        /* Once, however many parts there are. */
        assert_null(strstr(strstr(fixture->reply.text, ALLOWED) + 1, ALLOWED));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(without_a_list_nobody_is_told_anything),
#define WITH_LIST(test)                                                        \
    cmocka_unit_test_setup_teardown(test, set_up, front_tear_down)
        WITH_LIST(every_reply_to_a_listed_page_says_so),
        WITH_LIST(others_are_told_nothing),
        WITH_LIST(preflight_tells_the_methods_of_the_path),
        WITH_LIST(login_from_a_listed_page_is_for_a_bearer),
        WITH_LIST(a_page_may_poll_and_stream),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
