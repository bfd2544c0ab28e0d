/* One's nick and sessions, and other people, through HTTP. */
#include "tests/unit/front_fixture.h"

/* A field of the newest command of `type`, as JSON; "" if it has none. */
static const char *asked(const struct front_fixture *fixture, const char *type,
                         const char *name)
{
    static char text[512];
    const json_t *field =
        json_object_get(fake_last(&fixture->broker, type), name);
    size_t length = field != NULL ? json_dumpb(field, text, sizeof(text) - 1,
                                               JSON_COMPACT | JSON_ENCODE_ANY)
                                  : 0;

    text[length] = '\0';
    return text;
}

static void ask_as_ann(struct front_fixture *fixture, int status,
                       const char *method, const char *uri, const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = method, .uri = uri, .body = body, .token = "ann"});
}

static void a_nick_is_asked_for(void **state)
{
    struct front_fixture *fixture = *state;

    ask_as_ann(fixture, 200, "PATCH", "session", "{\"nick\":\"new\"}");
    assert_string_equal(asked(fixture, "nick", "nick"), "\"new\"");
    assert_string_equal(reply_field(&fixture->reply, "nick"), "\"new\"");
    ask_as_ann(fixture, 400, "PATCH", "session", "{\"nick\":7}");
    ask_as_ann(fixture, 400, "PATCH", "session", "{}");
    fixture->refused_type = COMMAND_NICK;
    fixture->refusal = CHAT_NICK_TAKEN;
    ask_as_ann(fixture, 409, "PATCH", "session", "{\"nick\":\"new\"}");
}

static void sessions_are_listed_and_ended(void **state)
{
    struct front_fixture *fixture = *state;

    ask_as_ann(fixture, 200, "GET", "sessions", NULL);
    assert_string_equal(reply_field(&fixture->reply, "sessions"), "[]");
    ask_as_ann(fixture, 204, "DELETE", "sessions/17", NULL);
    assert_string_equal(asked(fixture, "session_revoke", "target"), "17");
    ask_as_ann(fixture, 204, "DELETE", "sessions", NULL);
    assert_string_equal(asked(fixture, "session_revoke", "target"), "");
    ask_as_ann(fixture, 404, "DELETE", "sessions/0", NULL);
    ask_as_ann(fixture, 404, "DELETE", "sessions/all", NULL);
    assert_int_equal(fake_count(&fixture->broker, "session_revoke"), 2);
}

static void the_cookie_goes_with_its_own_session_alone(void **state)
{
    struct front_fixture *fixture = *state;
    char own[32];
    struct sample_call sample = {.method = "DELETE",
                                 .uri = "sessions/17",
                                 .headers = {"HTTP_COOKIE", "ajaxchat=ann"}};

    call(fixture, 204, &sample);
    assert_null(strstr(fixture->reply.text, "Set-Cookie"));
    snprintf(own, sizeof(own), "sessions/%lld", (long long)sid_of("ann"));
    sample.uri = own;
    call(fixture, 204, &sample);
    assert_non_null(strstr(fixture->reply.text, "Max-Age=0"));
    sample.uri = "sessions";
    call(fixture, 204, &sample);
    assert_non_null(strstr(fixture->reply.text, "Max-Age=0"));
}

static void a_goodbye_may_have_any_body(void **state)
{
    struct front_fixture *fixture = *state;

    ask_as_ann(fixture, 204, "POST", "bye", NULL);
    ask_as_ann(fixture, 204, "POST", "bye", "not JSON");
    assert_int_equal(fake_count(&fixture->broker, "bye"), 2);
    assert_refused(fixture, 403, "cross_site",
                   &(struct sample_call){
                       .method = "POST",
                       .uri = "bye",
                       .headers = {"HTTP_COOKIE", "ajaxchat=ann",
                                   "HTTP_SEC_FETCH_SITE", "cross-site"}});
}

static void somebody_is_asked_for_by_nick(void **state)
{
    struct front_fixture *fixture = *state;

    ask_as_ann(fixture, 200, "GET", "people/Bob%20B.", NULL);
    assert_string_equal(asked(fixture, "person_get", "to"), "\"Bob B.\"");
    assert_string_equal(reply_field(&fixture->reply, "nick"), "\"Bob B.\"");
    ask_as_ann(fixture, 404, "GET", "people/%FF", NULL);
    ask_as_ann(fixture, 200, "PATCH", "people/bob", "{\"role\":\"moderator\"}");
    assert_string_equal(asked(fixture, "role", "word"), "\"moderator\"");
    ask_as_ann(fixture, 400, "PATCH", "people/bob", "{\"role\":1}");
    fixture->refused_type = COMMAND_ROLE;
    fixture->refusal = CHAT_FORBIDDEN;
    ask_as_ann(fixture, 403, "PATCH", "people/bob", "{\"role\":\"guest\"}");
}

static void blocks_are_made_listed_and_ended(void **state)
{
    struct front_fixture *fixture = *state;

    ask_as_ann(fixture, 201, "POST", "blocks", "{\"nick\":\"bob\"}");
    assert_string_equal(asked(fixture, "block", "on"), "true");
    ask_as_ann(fixture, 400, "POST", "blocks", "{\"nick\":null}");
    ask_as_ann(fixture, 200, "GET", "blocks", NULL);
    assert_string_equal(reply_field(&fixture->reply, "blocks"), "[]");
    ask_as_ann(fixture, 204, "DELETE", "blocks/bob", NULL);
    assert_string_equal(asked(fixture, "block", "on"), "");
    assert_string_equal(asked(fixture, "block", "to"), "\"bob\"");
    ask_as_ann(fixture, 404, "DELETE", "blocks/%FF", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(a_nick_is_asked_for),
        WITH_FRONT(sessions_are_listed_and_ended),
        WITH_FRONT(the_cookie_goes_with_its_own_session_alone),
        WITH_FRONT(a_goodbye_may_have_any_body),
        WITH_FRONT(somebody_is_asked_for_by_nick),
        WITH_FRONT(blocks_are_made_listed_and_ended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
