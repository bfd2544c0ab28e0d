/* Sessions through HTTP: what is asked of the broker, what is answered. */
#include "tests/unit/front_fixture.h"

#include "common/version.h"

/* A field of the newest command of `type`, as JSON. */
static const char *asked(const struct front_fixture *fixture, const char *type,
                         const char *name)
{
    static char text[4096];
    const json_t *field =
        json_object_get(fake_last(&fixture->broker, type), name);
    size_t length = field != NULL ? json_dumpb(field, text, sizeof(text) - 1,
                                               JSON_COMPACT | JSON_ENCODE_ANY)
                                  : 0;

    text[length] = '\0';
    return text;
}

/* The token's hash, as the wire has it. */
static const char *quoted_hash(const char *token)
{
    static char text[2 * TOKEN_HASH_BYTES + 3];
    unsigned char hash[TOKEN_HASH_BYTES];

    session_token_hash(token, hash);
    text[0] = '"';
    for (size_t i = 0; i < sizeof(hash); i++)
        sprintf(text + 1 + 2 * i, "%02x", hash[i]);
    strcat(text, "\"");
    return text;
}

static void log_in(struct front_fixture *fixture, int status, const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = "POST", .uri = "session", .body = body});
}

/* The token of the cookie that the reply sets. */
static void cookie_of_reply(const struct front_fixture *fixture,
                            char token_out[TOKEN_SIZE])
{
    const char *cookie = strstr(fixture->reply.text, "Set-Cookie: ajaxchat=");

    assert_non_null(cookie);
    assert_int_equal(sscanf(cookie, "Set-Cookie: ajaxchat=%43[^;]", token_out),
                     1);
    assert_int_equal(strlen(token_out), TOKEN_SIZE - 1);
}

static void login_answers_with_a_snapshot_and_a_cookie(void **state)
{
    struct front_fixture *fixture = *state;
    char token[TOKEN_SIZE];

    log_in(fixture, 200, "{\"nick\":\"ann\"}");
    assert_string_equal(reply_field(&fixture->reply, "nick"), "\"ann\"");
    assert_string_equal(reply_field(&fixture->reply, "role"), "\"guest\"");
    assert_string_equal(reply_field(&fixture->reply, "kind"), "\"guest\"");
    assert_string_equal(reply_field(&fixture->reply, "cursor"), "\"ep.100\"");
    assert_string_equal(reply_field(&fixture->reply, "rooms"),
                        "[{\"room\":\"r1\",\"topic\":\"\",\"n\":0,"
                        "\"members\":[],\"member_count\":0}]");
    assert_string_equal(reply_field(&fixture->reply, "version"),
                        "\"" AJAXCHAT_VERSION "\"");
    assert_string_equal(reply_field(&fixture->reply, "token"), "");
    assert_string_equal(reply_field(&fixture->reply, "sid"), "");
    assert_non_null(strstr(reply_field(&fixture->reply, "limits"),
                           "\"polls_per_session\":8"));
    cookie_of_reply(fixture, token);
    assert_non_null(
        strstr(fixture->reply.text, "Path=/chat/; HttpOnly; SameSite=Lax"));
    assert_null(strstr(fixture->reply.text, "Secure"));
    /* The broker knows its hash alone; the session is known here. */
    assert_string_equal(asked(fixture, "session_new", "token_hash"),
                        quoted_hash(token));
    assert_string_equal(asked(fixture, "session_new", "rooms"), "");
    assert_string_equal(asked(fixture, "session_new", "replaces"), "");
    assert_non_null(session_of(fixture, token));
}

static void bearer_login_answers_with_a_token_and_no_cookie(void **state)
{
    struct front_fixture *fixture = *state;
    char token[64];

    log_in(fixture, 200, "{\"nick\":\"ann\",\"bearer\":true,\"rooms\":[]}");
    assert_null(strstr(fixture->reply.text, "Set-Cookie"));
    assert_int_equal(sscanf(reply_field(&fixture->reply, "token"),
                            "\"%63[A-Za-z0-9_-]\"", token),
                     1);
    assert_string_equal(asked(fixture, "session_new", "token_hash"),
                        quoted_hash(token));
    assert_string_equal(asked(fixture, "session_new", "rooms"), "[]");
}

static void each_login_has_a_token_of_its_own(void **state)
{
    struct front_fixture *fixture = *state;
    char first[TOKEN_SIZE], second[TOKEN_SIZE];

    log_in(fixture, 200, "{\"nick\":\"ann\"}");
    cookie_of_reply(fixture, first);
    log_in(fixture, 200, "{\"nick\":\"ann\"}");
    cookie_of_reply(fixture, second);
    assert_string_not_equal(first, second);
}

/* nginx repeats a request whose front end has died at another one. */
static void repeated_request_gets_the_same_session(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call sample = {
        .method = "POST",
        .uri = "session",
        .body = "{\"nick\":\"ann\"}",
        .headers = {"AJAXCHAT_REQUEST_ID", "0123456789abcdef"},
    };
    char first[TOKEN_SIZE], second[TOKEN_SIZE];

    call(fixture, 200, &sample);
    cookie_of_reply(fixture, first);
    call(fixture, 200, &sample);
    cookie_of_reply(fixture, second);
    assert_string_equal(first, second);
    sample.headers[1] = "0123456789abcdee";
    call(fixture, 200, &sample);
    cookie_of_reply(fixture, second);
    assert_string_not_equal(first, second);
}

static void login_ends_the_session_that_the_cookie_had(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200,
         &(struct sample_call){
             .method = "POST",
             .uri = "session",
             .body = "{\"nick\":\"ann\",\"rooms\":[\"dev\",\"x\"]}",
             .headers = {"HTTP_COOKIE", "a=b; ajaxchat=old"}});
    assert_string_equal(asked(fixture, "session_new", "replaces"),
                        quoted_hash("old"));
    assert_string_equal(asked(fixture, "session_new", "rooms"),
                        "[\"dev\",\"x\"]");
}

static void bad_logins_are_bad_requests(void **state)
{
    static const char *const bodies[] = {
        "{}",
        "{\"nick\":7}",
        "{\"nick\":null}",
        "{\"nick\":\"ann\",\"bearer\":1}",
        "{\"nick\":\"ann\",\"rooms\":\"dev\"}",
        "{\"nick\":\"ann\",\"rooms\":[7]}",
        "{\"nick\":\"ann\",\"rooms\":{}}",
    };
    struct front_fixture *fixture = *state;
    char many[1024] = "{\"nick\":\"ann\",\"rooms\":[\"r\"";

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        log_in(fixture, 400, bodies[i]);
    for (int i = 1; i < COMMAND_ROOMS_MAX; i++)
        strcat(many, ",\"r\"");
    strcat(many, ",\"r\"]}");
    log_in(fixture, 400, many);
    assert_int_equal(fake_count(&fixture->broker, "session_new"), 0);
    strcpy(many + strlen(many) - 6, "]}");
    log_in(fixture, 200, many);
}

static void refused_login_sets_no_cookie(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_SESSION_NEW;
    fixture->refusal = CHAT_NICK_TAKEN;
    log_in(fixture, 409, "{\"nick\":\"ann\"}");
    assert_null(strstr(fixture->reply.text, "Set-Cookie"));
    assert_null(directory_sessions(fixture->front->directory));
}

static void https_makes_the_cookie_secure(void **state)
{
    struct front_fixture *fixture = *state;

    call(fixture, 200,
         &(struct sample_call){.method = "POST",
                               .uri = "session",
                               .body = "{\"nick\":\"ann\"}",
                               .headers = {"HTTPS", "on"}});
    assert_non_null(strstr(fixture->reply.text, "; Secure\r\n"));
}

static void snapshot_is_always_the_brokers(void **state)
{
    static const struct sample_call get = {.uri = "session", .token = "ann"};
    struct front_fixture *fixture = *state;

    call(fixture, 200, &get);
    assert_string_equal(reply_field(&fixture->reply, "nick"), "\"ann\"");
    assert_null(strstr(fixture->reply.text, "joined"));
    call(fixture, 200, &get);
    assert_int_equal(fake_count(&fixture->broker, "session_get"), 2);
    assert_refused(fixture, 401, "session_required",
                   &(struct sample_call){.uri = "session"});
    fixture->refused_type = COMMAND_SESSION_GET;
    fixture->refusal = CHAT_SESSION_REQUIRED;
    assert_refused(fixture, 401, "session_required", &get);
}

static void logout_clears_the_cookie_once_it_is_seen_here(void **state)
{
    struct front_fixture *fixture = *state;
    struct sample_call logout = {.method = "DELETE",
                                 .uri = "session",
                                 .headers = {"HTTP_COOKIE", "ajaxchat=ann"}};

    call(fixture, 204, &logout);
    assert_non_null(strstr(fixture->reply.text,
                           "Set-Cookie: ajaxchat=; Path=/chat/; HttpOnly; "
                           "SameSite=Lax; Max-Age=0\r\n"));
    assert_null(strstr(fixture->reply.text, "Content-Length"));
    assert_string_equal(fixture->reply.body, "");
    assert_int_equal(json_integer_value(json_object_get(
                         fake_last(&fixture->broker, "session_end"), "sid")),
                     sid_of("ann"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(login_answers_with_a_snapshot_and_a_cookie),
        WITH_FRONT(bearer_login_answers_with_a_token_and_no_cookie),
        WITH_FRONT(each_login_has_a_token_of_its_own),
        WITH_FRONT(repeated_request_gets_the_same_session),
        WITH_FRONT(login_ends_the_session_that_the_cookie_had),
        WITH_FRONT(bad_logins_are_bad_requests),
        WITH_FRONT(refused_login_sets_no_cookie),
        WITH_FRONT(https_makes_the_cookie_secure),
        WITH_FRONT(snapshot_is_always_the_brokers),
        WITH_FRONT(logout_clears_the_cookie_once_it_is_seen_here),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
