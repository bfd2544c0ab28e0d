#include "tests/unit/unit.h"

#include <string.h>

#include "fcgi/request.h"

/* Fills `request` from `envp`, without a body. */
static struct request request_of(char *const *envp)
{
    struct request request;
    assert_int_equal(request_init(&request, envp, NULL, 0, false), CHAT_OK);
    return request;
}

static void parameters_become_fields(void **state)
{
    (void)state;
    char *envp[] = {"REQUEST_METHOD=PATCH",
                    "REQUEST_URI=/chat/v1/rooms/a%20b?x=1&y=?",
                    "HTTP_COOKIE=a=b",
                    "HTTP_AUTHORIZATION=Bearer t",
                    "HTTP_HOST=chat.example",
                    "HTTP_ORIGIN=https://chat.example",
                    "HTTP_SEC_FETCH_SITE=same-origin",
                    "CONTENT_TYPE=application/json",
                    "HTTP_LAST_EVENT_ID=k.1",
                    "HTTP_IF_NONE_MATCH=\"x\"",
                    "HTTP_IDEMPOTENCY_KEY=k1",
                    "AJAXCHAT_REQUEST_ID=abc",
                    "REMOTE_ADDR=192.0.2.1",
                    "HTTPS=on",
                    NULL};
    struct request request;
    assert_int_equal(request_init(&request, envp, "body", 4, false), CHAT_OK);
    assert_int_equal(request.method, HTTP_PATCH);
    assert_string_equal(request.path, "/chat/v1/rooms/a%20b");
    assert_string_equal(request.query, "x=1&y=?");
    assert_string_equal(request.cookie, "a=b");
    assert_string_equal(request.authorization, "Bearer t");
    assert_string_equal(request.host, "chat.example");
    assert_string_equal(request.origin, "https://chat.example");
    assert_string_equal(request.sec_fetch_site, "same-origin");
    assert_string_equal(request.content_type, "application/json");
    assert_string_equal(request.last_event_id, "k.1");
    assert_string_equal(request.if_none_match, "\"x\"");
    assert_string_equal(request.idempotency_key, "k1");
    assert_string_equal(request.request_id, "abc");
    assert_string_equal(request.remote_addr, "192.0.2.1");
    assert_true(request.https);
    assert_false(request.too_large);
    assert_false(request.malformed);
    assert_int_equal(request.body_bytes, 4);
    assert_memory_equal(request.body, "body", 4);
    request_fini(&request);
}

static void missing_parameters_are_empty_or_null(void **state)
{
    (void)state;
    struct request request = request_of((char *[]){NULL});
    assert_int_equal(request.method, HTTP_OTHER);
    assert_string_equal(request.path, "");
    assert_string_equal(request.query, "");
    assert_string_equal(request.cookie, "");
    assert_string_equal(request.remote_addr, "");
    assert_null(request.origin);
    assert_null(request.sec_fetch_site);
    assert_false(request.https);
    assert_int_equal(request.body_bytes, 0);
    request_fini(&request);
}

static void last_of_two_parameters_wins(void **state)
{
    (void)state;
    struct request request =
        request_of((char *[]){"HTTP_ORIGIN=first", "HTTP_ORIGIN=second", NULL});
    assert_string_equal(request.origin, "second");
    request_fini(&request);
}

static void similar_names_are_other_parameters(void **state)
{
    (void)state;
    struct request request = request_of((char *[]){
        "HTTP_HOSTS=a", "HTTP_HOS=b", "HTTP_HOST", "XHTTP_HOST=c", NULL});
    assert_string_equal(request.host, "");
    request_fini(&request);
}

static void methods_are_exact(void **state)
{
    static const struct {
        char *parameter;
        enum http_method method;
    } expected[] = {
        {"REQUEST_METHOD=GET", HTTP_GET},
        {"REQUEST_METHOD=POST", HTTP_POST},
        {"REQUEST_METHOD=DELETE", HTTP_DELETE},
        {"REQUEST_METHOD=get", HTTP_OTHER},
        {"REQUEST_METHOD=HEAD", HTTP_HEAD},
        {"REQUEST_METHOD=OPTIONS", HTTP_OPTIONS},
        {"REQUEST_METHOD=PUT", HTTP_OTHER},
        {"REQUEST_METHOD=GETX", HTTP_OTHER},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        struct request request =
            request_of((char *[]){expected[i].parameter, NULL});
        assert_int_equal(request.method, expected[i].method);
        request_fini(&request);
    }
}

static void large_body_is_flagged_and_dropped(void **state)
{
    (void)state;
    struct request request;
    char *envp[] = {"CONTENT_LENGTH=70000", NULL};
    assert_int_equal(request_init(&request, envp, NULL, 0, true), CHAT_OK);
    assert_true(request.too_large);
    assert_false(request.malformed);
    assert_int_equal(request.body_bytes, 0);
    request_fini(&request);
}

static bool is_malformed(char *content_length)
{
    struct request request;
    char *envp[] = {content_length, NULL};
    assert_int_equal(request_init(&request, envp, "body", 4, false), CHAT_OK);
    request_fini(&request);
    return request.malformed;
}

static void body_must_be_as_long_as_announced(void **state)
{
    (void)state;
    assert_false(is_malformed("CONTENT_LENGTH=4"));
    assert_false(is_malformed("CONTENT_LENGTH="));
    assert_false(is_malformed(NULL));
    assert_true(is_malformed("CONTENT_LENGTH=0"));
    assert_true(is_malformed("CONTENT_LENGTH=5"));
    assert_true(is_malformed("CONTENT_LENGTH=-4"));
    assert_true(is_malformed("CONTENT_LENGTH=four"));
    assert_true(is_malformed("CONTENT_LENGTH=99999999999999999999"));
}

static void query_values_are_decoded(void **state)
{
    static const struct {
        const char *query, *value; /* of "q" */
    } expected[] = {
        {"q=a", "a"},
        {"x=1&q=b+c", "b c"},
        {"q=%C3%A9%2b", "\u00e9+"},
        {"q=1&q=2", "1"},
        {"q", ""},
        {"q=", ""},
        {"q&x=1", ""},
        {"&&q=a=b&", "a=b"},
        {"qq=1&q=2", "2"},
        {"x=q=1&q=3", "3"},
    };
    char out[16];
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        assert_int_equal(query_get(expected[i].query, "q", out, sizeof(out)),
                         CHAT_OK);
        assert_string_equal(out, expected[i].value);
    }
}

static void missing_query_values_are_not_found(void **state)
{
    static const char *const queries[] = {"",    "&",   "qq=1",
                                          "Q=1", "x=q", "%71=1"};
    char out[16];
    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
        assert_int_equal(query_get(queries[i], "q", out, sizeof(out)),
                         CHAT_NOT_FOUND);
}

static void bad_query_values_are_refused(void **state)
{
    static const char *const queries[] = {
        "q=%",      "q=%4",
        "q=%4&x",   "q=%zz",
        "q=%00",    "q=a%00b",
        "q=%ff",    "q=\xff",
        "q=%c3",    "q=%ed%a0%80",
        "q=%c0%80", "q=% 1",
        "q=%+1",    "q=12345678901234567",
    };
    char out[16];
    (void)state;
    for (size_t i = 0; i < sizeof(queries) / sizeof(*queries); i++)
        assert_int_equal(query_get(queries[i], "q", out, sizeof(out)),
                         CHAT_BAD_REQUEST);
}

static void value_may_fill_its_buffer(void **state)
{
    char out[4];
    (void)state;
    assert_int_equal(query_get("q=abc", "q", out, sizeof(out)), CHAT_OK);
    assert_string_equal(out, "abc");
    assert_int_equal(query_get("q=abcd", "q", out, sizeof(out)),
                     CHAT_BAD_REQUEST);
}

static enum chat_result segment(const char *text, char out[16])
{
    return segment_decode(text, strlen(text), out, 16);
}

static void path_segments_are_decoded(void **state)
{
    char out[16];
    (void)state;
    assert_int_equal(segment("caf%C3%a9+1", out), CHAT_OK);
    assert_string_equal(out, "caf\u00e9+1");
    assert_int_equal(segment("", out), CHAT_OK);
    assert_string_equal(out, "");
    assert_int_equal(segment_decode("room/leave", 4, out, 16), CHAT_OK);
    assert_string_equal(out, "room");
}

static void bad_path_segments_are_refused(void **state)
{
    char out[16];
    (void)state;
    assert_int_equal(segment("a%2fb", out), CHAT_BAD_REQUEST);
    assert_int_equal(segment("a/b", out), CHAT_BAD_REQUEST);
    assert_int_equal(segment("a%00", out), CHAT_BAD_REQUEST);
    assert_int_equal(segment("a%ff", out), CHAT_BAD_REQUEST);
    assert_int_equal(segment("a%2", out), CHAT_BAD_REQUEST);
    assert_int_equal(segment_decode("a%20b", 3, out, 16), CHAT_BAD_REQUEST);
}

static void cookie_is_found_among_others(void **state)
{
    static const struct {
        const char *header, *value; /* of "chat" */
    } expected[] = {
        {"chat=1", "1"},         {"a=b; chat=2; c=d", "2"},
        {"chat=", ""},           {"xchat=0; chat=3", "3"},
        {"chat=4; chat=5", "4"}, {";;  chat=6 ;", "6"},
        {"chat; chat=7", "7"},   {"a=chat=0; chat=a=b", "a=b"},
        {"chatx=0;chat=8", "8"},
    };
    char out[16];
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        assert_int_equal(
            cookie_get(expected[i].header, "chat", out, sizeof(out)), CHAT_OK);
        assert_string_equal(out, expected[i].value);
    }
    assert_int_equal(cookie_get("", "chat", out, sizeof(out)), CHAT_NOT_FOUND);
    assert_int_equal(cookie_get("Chat=1; a=\"chat=2\"", "chat", out, 16),
                     CHAT_NOT_FOUND);
    assert_int_equal(cookie_get("chat=1234567890123456", "chat", out, 16),
                     CHAT_BAD_REQUEST);
}

static void bearer_token_is_taken(void **state)
{
    char out[16];
    (void)state;
    assert_int_equal(bearer_get("Bearer abc-._~+/9==", out, 16), CHAT_OK);
    assert_string_equal(out, "abc-._~+/9==");
    assert_int_equal(bearer_get("bEARER   x ", out, 16), CHAT_OK);
    assert_string_equal(out, "x");
    assert_int_equal(bearer_get("", out, 16), CHAT_NOT_FOUND);
    assert_int_equal(bearer_get("Basic abc", out, 16), CHAT_NOT_FOUND);
    assert_int_equal(bearer_get("Bearerabc", out, 16), CHAT_NOT_FOUND);
    assert_int_equal(bearer_get("Bearer ", out, 16), CHAT_BAD_REQUEST);
    assert_int_equal(bearer_get("Bearer =", out, 16), CHAT_BAD_REQUEST);
    assert_int_equal(bearer_get("Bearer a b", out, 16), CHAT_BAD_REQUEST);
    assert_int_equal(bearer_get("Bearer a,b", out, 16), CHAT_BAD_REQUEST);
    assert_int_equal(bearer_get("Bearer 1234567890123456", out, 16),
                     CHAT_BAD_REQUEST);
}

static void json_is_known_by_its_type(void **state)
{
    (void)state;
    assert_true(content_type_is_json("application/json"));
    assert_true(content_type_is_json("Application/JSON; charset=utf-8"));
    assert_true(content_type_is_json("application/json ;x=y"));
    assert_false(content_type_is_json(""));
    assert_false(content_type_is_json("application/jsonp"));
    assert_false(content_type_is_json("application/json-patch+json"));
    assert_false(content_type_is_json("text/plain; application/json"));
    assert_false(content_type_is_json("application/json, text/plain"));
}

static bool same_origin(const char *origin, const char *host)
{
    return request_is_same_origin(
        &(struct request){.origin = origin, .host = host});
}

static void form_is_known_by_its_type(void **state)
{
    (void)state;
    assert_true(content_type_is_form("application/x-www-form-urlencoded"));
    assert_true(content_type_is_form(
        "application/x-www-form-urlencoded;charset=UTF-8"));
    assert_false(content_type_is_form("application/json"));
    assert_false(content_type_is_form("multipart/form-data"));
    assert_true(content_type_is_text("text/plain; charset=utf-8"));
    assert_false(content_type_is_text("text/html"));
}

static void etag_is_found_among_others(void **state)
{
    (void)state;
    assert_true(etag_matches("\"a\"", "\"a\""));
    assert_true(etag_matches("W/\"a\"", "\"a\""));
    assert_true(etag_matches(" \"b\", W/\"c\" , \"a\"", "\"a\""));
    assert_true(etag_matches("*", "\"a\""));
    assert_false(etag_matches("", "\"a\""));
    assert_false(etag_matches("\"ab\"", "\"a\""));
    assert_false(etag_matches("\"a\"b", "\"a\""));
    assert_false(etag_matches("a", "\"a\""));
}

static void fetch_site_decides_if_it_is_there(void **state)
{
    static const struct {
        const char *site;
        bool same;
    } expected[] = {
        {"same-origin", true}, {"none", true},
        {"same-site", false},  {"cross-site", false},
        {"", false},           {"Same-Origin", false},
        {"none, none", false}, {"same-origin2", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
        struct request request = {.host = "a", .origin = "http://a"};
        request.sec_fetch_site = expected[i].site;
        assert_int_equal(request_is_same_origin(&request), expected[i].same);
    }
}

static void no_browser_is_allowed(void **state)
{
    (void)state;
    assert_true(same_origin(NULL, "chat.example"));
}

static void origin_must_be_the_host(void **state)
{
    (void)state;
    assert_true(same_origin("http://chat.example", "chat.example"));
    assert_true(same_origin("https://Chat.example", "chat.EXAMPLE"));
    assert_true(same_origin("http://chat.example", "chat.example:80"));
    assert_true(same_origin("https://chat.example:443", "chat.example"));
    assert_true(same_origin("http://chat.example:8080", "chat.example:8080"));
    assert_true(same_origin("http://[::1]:8080", "[::1]:8080"));
    assert_true(same_origin("http://[::1]", "[::1]"));
    assert_false(same_origin("https://chat.example", "chat.example:80"));
    assert_false(same_origin("http://chat.example:81", "chat.example"));
    assert_false(same_origin("http://evil.example", "chat.example"));
    assert_false(same_origin("http://chat.example.evil", "chat.example"));
    assert_false(same_origin("http://[::1]", "[::2]"));
}

static void odd_origins_are_refused(void **state)
{
    static const char *const origins[] = {
        "null",
        "",
        "http://",
        "chat.example",
        "ftp://chat.example",
        "http://chat.example/",
        "http://u@chat.example",
        "http://chat.example:",
        "http://chat.example:80x",
        "http://[::1",
        "http://[::1]x",
        "http://chat.example http://chat.example",
        "chrome-extension://chat.example",
    };
    (void)state;
    for (size_t i = 0; i < sizeof(origins) / sizeof(*origins); i++)
        assert_false(same_origin(origins[i], "chat.example"));
    assert_false(same_origin("http://chat.example", ""));
    assert_false(same_origin("http://chat.example", "chat.example/"));
}

static void numbers_are_all_digits(void **state)
{
    int64_t number;
    (void)state;
    assert_int_equal(number_parse("0", &number), CHAT_OK);
    assert_int_equal(number, 0);
    assert_int_equal(number_parse("0012", &number), CHAT_OK);
    assert_int_equal(number, 12);
    assert_int_equal(number_parse("9223372036854775807", &number), CHAT_OK);
    assert_true(number == INT64_MAX);
}

static void other_numbers_are_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.0",
        "0x1",
        "1e3",
        "9223372036854775808",
        "9999999999999999999",
        "00000000000000000001",
        "\u0661",
    };
    int64_t number = 42;
    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
        assert_int_equal(number_parse(texts[i], &number), CHAT_BAD_REQUEST);
    assert_int_equal(number, 42);
}

static void days_are_when_they_begin(void **state)
{
    static const struct {
        const char *text;
        int64_t at_ms;
    } days[] = {
        {"1970-01-01", 0},
        {"1970-01-02", 86400000},
        {"2026-11-22", 1795305600000},
        {"2024-02-29", 1709164800000},
        {"9999-12-31", 253402214400000},
        {"1969-12-31", 0},
        {"0001-01-01", 0},
    };
    int64_t at_ms;

    (void)state;
    for (size_t i = 0; i < sizeof(days) / sizeof(days[0]); i++) {
        assert_int_equal(date_parse(days[i].text, &at_ms), CHAT_OK);
        assert_int_equal(at_ms, days[i].at_ms);
    }
}

static void other_days_are_refused(void **state)
{
    static const char *const texts[] = {
        "",           "2026",       "2026-11",     "2026-11-2",  "2026-11-222",
        "2026-13-01", "2026-00-10", "2026-02-29",  "2026-01-00", "2026-01-32",
        "20261122",   "2026/11/22", " 2026-11-22", "+026-11-22", "2026-11-22 ",
        "yesterday",
    };
    int64_t at_ms;

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(date_parse(texts[i], &at_ms), CHAT_BAD_REQUEST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parameters_become_fields),
        cmocka_unit_test(missing_parameters_are_empty_or_null),
        cmocka_unit_test(last_of_two_parameters_wins),
        cmocka_unit_test(similar_names_are_other_parameters),
        cmocka_unit_test(methods_are_exact),
        cmocka_unit_test(large_body_is_flagged_and_dropped),
        cmocka_unit_test(body_must_be_as_long_as_announced),
        cmocka_unit_test(query_values_are_decoded),
        cmocka_unit_test(missing_query_values_are_not_found),
        cmocka_unit_test(bad_query_values_are_refused),
        cmocka_unit_test(value_may_fill_its_buffer),
        cmocka_unit_test(path_segments_are_decoded),
        cmocka_unit_test(bad_path_segments_are_refused),
        cmocka_unit_test(cookie_is_found_among_others),
        cmocka_unit_test(bearer_token_is_taken),
        cmocka_unit_test(json_is_known_by_its_type),
        cmocka_unit_test(form_is_known_by_its_type),
        cmocka_unit_test(etag_is_found_among_others),
        cmocka_unit_test(fetch_site_decides_if_it_is_there),
        cmocka_unit_test(no_browser_is_allowed),
        cmocka_unit_test(origin_must_be_the_host),
        cmocka_unit_test(odd_origins_are_refused),
        cmocka_unit_test(numbers_are_all_digits),
        cmocka_unit_test(other_numbers_are_refused),
        cmocka_unit_test(days_are_when_they_begin),
        cmocka_unit_test(other_days_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
