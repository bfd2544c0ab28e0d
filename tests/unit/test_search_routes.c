/* Searching through HTTP: what is asked, what is answered. */
#include "tests/unit/front_fixture.h"

static void search(struct front_fixture *fixture, int status, const char *query)
{
    char uri[1024];

    snprintf(uri, sizeof(uri), "search%s", query);
    call(fixture, status, &(struct sample_call){.uri = uri, .token = "ann"});
}

static void search_is_asked_for_as_the_query_says(void **state)
{
    static const struct {
        const char *query, *asked;
    } cases[] = {
        {"?q=fox", "\"text\":\"fox\",\"limit\":50"},
        {"?q=%22red+fox%22&limit=500",
         "\"text\":\"\\\"red fox\\\"\",\"limit\":200"},
        {"?q=a&room=caf%C3%A9&before=7",
         "\"text\":\"a\",\"limit\":50,\"room\":\"caf\xc3\xa9\",\"before\":7"},
        {"?q=a&before=0", "\"text\":\"a\",\"limit\":50,\"before\":1"},
        {"?q=a&room=%ff", "\"text\":\"a\",\"limit\":50,\"room\":\"\""},
    };
    struct front_fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char wanted[256];
        snprintf(wanted, sizeof(wanted), "{\"type\":\"search\",%s}",
                 cases[i].asked);
        search(fixture, 200, cases[i].query);
        assert_asked(fixture, "search", wanted);
        assert_string_equal(reply_field(&fixture->reply, "more"), "true");
        assert_non_null(strstr(reply_field(&fixture->reply, "messages"),
                               "\"text\":\"old\""));
    }
}

static void bad_questions_are_bad_requests(void **state)
{
    static const char *const queries[] = {
        "",
        "?q=",
        "?q=+%20",
        "?q=%22%22",
        "?q=%ff",
        "?q=%00",
        "?q=a&before=-1",
        "?q=a&before=x",
        "?q=a&limit=x",
        "?room=r1",
    };
    struct front_fixture *fixture = *state;
    char longest[SEARCH_BYTES_MAX + 8] = "?q=";

    for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
        search(fixture, 400, queries[i]);
    memset(longest + 3, 'a', SEARCH_BYTES_MAX + 1);
    search(fixture, 400, longest);
    assert_int_equal(fake_count(&fixture->broker, "search"), 0);
    longest[3 + SEARCH_BYTES_MAX] = '\0';
    search(fixture, 200, longest);
}

static void what_the_broker_cannot_look_for_is_a_bad_request(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call many = {.uri = "search?q=a", .token = "ann"};

    fixture->refused_type = COMMAND_SEARCH;
    fixture->refusal = CHAT_BAD_TEXT;
    assert_refused(fixture, 400, "bad_request", &many);
    fixture->refusal = CHAT_NOT_MEMBER;
    assert_refused(fixture, 403, "not_member", &many);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(search_is_asked_for_as_the_query_says),
        WITH_FRONT(bad_questions_are_bad_requests),
        WITH_FRONT(what_the_broker_cannot_look_for_is_a_bad_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
