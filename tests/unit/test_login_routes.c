/* Passphrases and the site's own login through HTTP. */
#include "tests/unit/front_fixture.h"

#include <sodium.h>

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

/* A broker whose one account, 77, has the passphrase "correct horse". */
static json_t *with_account(struct fake_broker *broker,
                            const struct command *command)
{
    static char secret[crypto_pwhash_STRBYTES];
    static const char passphrase[] = "correct horse";
    json_t *result = broker_answers(broker, command);

    if (command->type != COMMAND_ACCOUNT_GET)
        return result;
    if (secret[0] == '\0')
        assert_int_equal(crypto_pwhash_str(secret, passphrase,
                                           sizeof(passphrase) - 1,
                                           crypto_pwhash_OPSLIMIT_MIN,
                                           crypto_pwhash_MEMLIMIT_MIN),
                         0);
    fake_give(result, "person", json_integer(77));
    return fake_give(result, "secret", json_string(secret));
}

static void log_in(struct front_fixture *fixture, int status, const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = "POST", .uri = "session", .body = body});
}

static void account(struct front_fixture *fixture, int status,
                    const char *method, const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = method, .uri = "account", .body = body, .token = "ann"});
}

static void the_right_passphrase_logs_in_to_the_account(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->broker.answer = with_account;
    log_in(fixture, 200, "{\"nick\":\"ann\",\"passphrase\":\"correct horse\"}");
    assert_string_equal(asked(fixture, "account_get", "nick"), "\"ann\"");
    assert_string_equal(asked(fixture, "session_new", "person"), "77");
    assert_non_null(strstr(fixture->reply.text, "Set-Cookie: ajaxchat="));
}

static void any_other_is_refused_as_that_of_nobody_is(void **state)
{
    struct front_fixture *fixture = *state;
    char wrong[256], long_body[512], nobody[256];

    fixture->broker.answer = with_account;
    log_in(fixture, 403, "{\"nick\":\"ann\",\"passphrase\":\"guess\"}");
    strcpy(wrong, fixture->reply.body);
    fixture->refused_type = COMMAND_ACCOUNT_GET;
    fixture->refusal = CHAT_NOT_FOUND;
    fixture->broker.answer = broker_answers;
    log_in(fixture, 403, "{\"nick\":\"ann\",\"passphrase\":\"guess\"}");
    strcpy(nobody, fixture->reply.body);
    assert_string_equal(wrong, nobody);
    snprintf(long_body, sizeof(long_body),
             "{\"nick\":\"ann\",\"passphrase\":\"%0300d\"}", 7);
    log_in(fixture, 403, long_body);
    log_in(fixture, 400, "{\"nick\":\"ann\",\"passphrase\":7}");
    assert_int_equal(fake_count(&fixture->broker, "session_new"), 0);
}

static void too_many_guesses_are_not_checked(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_ACCOUNT_GET;
    fixture->refusal = CHAT_RATE_LIMITED;
    log_in(fixture, 429, "{\"nick\":\"ann\",\"passphrase\":\"guess\"}");
    assert_non_null(strstr(fixture->reply.text, "Retry-After: "));
}

static void a_browser_that_goes_away_is_not_waited_for(void **state)
{
    struct front_fixture *fixture = *state;

    hang_up(browse(fixture, &(struct sample_call){
                                .method = "POST",
                                .uri = "account",
                                .body = "{\"passphrase\":\"correct horse\"}",
                                .token = "ann"}));
    fake_turns(&fixture->loop);
    account(fixture, 422, "POST", "{\"passphrase\":\"short\"}");
}

static void an_account_is_made_changed_and_ended(void **state)
{
    struct front_fixture *fixture = *state;

    account(fixture, 201, "POST", "{\"passphrase\":\"correct horse\"}");
    assert_non_null(strstr(asked(fixture, "register", "secret"), "$argon2id$"));
    account(fixture, 422, "POST", "{\"passphrase\":\"1234567\"}");
    account(fixture, 400, "POST", "{}");
    fixture->broker.answer = with_account;
    account(fixture, 204, "PATCH",
            "{\"old\":\"correct horse\",\"passphrase\":\"another one\"}");
    assert_non_null(
        strstr(asked(fixture, "passphrase", "secret"), "$argon2id$"));
    account(fixture, 403, "PATCH",
            "{\"old\":\"wrong\",\"passphrase\":\"another one\"}");
    account(fixture, 400, "PATCH", "{\"passphrase\":\"another one\"}");
    account(fixture, 403, "DELETE", "{\"passphrase\":\"wrong\"}");
    account(fixture, 204, "DELETE", "{\"passphrase\":\"correct horse\"}");
    assert_string_equal(asked(fixture, "passphrase", "secret"), "\"\"");
}

static void who_has_no_account_has_no_passphrase(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refused_type = COMMAND_ACCOUNT_GET;
    fixture->refusal = CHAT_NOT_FOUND;
    account(fixture, 403, "DELETE", "{\"passphrase\":\"correct horse\"}");
    fixture->settings.chat.registration = false;
    account(fixture, 403, "POST", "{\"passphrase\":\"correct horse\"}");
}

static void the_web_servers_word_counts_if_trusted(void **state)
{
    struct front_fixture *fixture = *state;
    const struct sample_call sample = {
        .method = "POST",
        .uri = "session",
        .body = "{}",
        .headers = {"AJAXCHAT_USER", "u17", "AJAXCHAT_ROLE", "admin"},
    };

    call(fixture, 400, &sample);
    fixture->settings.front.trust_web_server_user = true;
    call(fixture, 200, &sample);
    assert_string_equal(asked(fixture, "session_new", "kind"), "\"site\"");
    assert_string_equal(asked(fixture, "session_new", "name"), "\"u17\"");
    assert_string_equal(asked(fixture, "session_new", "nick"), "\"u17\"");
    assert_string_equal(asked(fixture, "session_new", "role"), "\"admin\"");
    log_in(fixture, 400, "{}");
}

static void a_token_without_a_key_is_refused(void **state)
{
    struct front_fixture *fixture = *state;

    log_in(fixture, 403, "{\"token\":\"a.b.c\"}");
    log_in(fixture, 400, "{\"token\":true}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FRONT(the_right_passphrase_logs_in_to_the_account),
        WITH_FRONT(any_other_is_refused_as_that_of_nobody_is),
        WITH_FRONT(too_many_guesses_are_not_checked),
        WITH_FRONT(a_browser_that_goes_away_is_not_waited_for),
        WITH_FRONT(an_account_is_made_changed_and_ended),
        WITH_FRONT(who_has_no_account_has_no_passphrase),
        WITH_FRONT(the_web_servers_word_counts_if_trusted),
        WITH_FRONT(a_token_without_a_key_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
