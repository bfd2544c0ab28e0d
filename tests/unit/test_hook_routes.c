/* Hooks and bots through HTTP: what is asked, what is answered. */
#include "tests/unit/front_fixture.h"

static json_t *answer_hooks(struct fake_broker *broker,
                            const struct command *command)
{
    json_t *result = broker_answers(broker, command);

    switch (command->type) {
    case COMMAND_HOOK_NEW:
        return fake_give(result, "hook", json_integer(41));
    case COMMAND_HOOKS:
        return fake_give(result, "hooks", json_pack("[{s:i}]", "id", 41));
    case COMMAND_HOOK_POST:
        fake_give(result, "posted", json_integer(broker->head_seq));
        fake_give(result, "n", json_integer(9));
        fake_give(result, "at", json_integer(1234));
        return fake_give(result, "id", json_string(command->id));
    case COMMAND_BOT_NEW:
        fake_give(result, "nick", json_string(command->nick));
        return fake_give(result, "role", json_string("guest"));
    default:
        return result;
    }
}

static int set_up(void **state)
{
    front_set_up(state);
    ((struct front_fixture *)*state)->broker.answer = answer_hooks;
    return 0;
}

/* Text field of the newest command of `type`; "": it has none. */
static const char *asked(const struct front_fixture *fixture, const char *type,
                         const char *name)
{
    const char *text = json_string_value(
        json_object_get(fake_last(&fixture->broker, type), name));

    return text != NULL ? text : "";
}

static void ask(struct front_fixture *fixture, int status, const char *method,
                const char *uri, const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = method, .uri = uri, .body = body, .token = "ann"});
}

static void an_incoming_hook_is_an_address(void **state)
{
    struct front_fixture *fixture = *state;

    ask(fixture, 201, "POST", "rooms/r1/hooks", "{\"name\":\"ci\"}");
    assert_non_null(strstr(fixture->reply.body, "{\"id\":41,\"name\":\"ci\","
                                                "\"url\":\"/chat/v1/hooks/"));
    assert_string_equal(asked(fixture, "hook_new", "nick"), "ci");
    assert_int_equal(strlen(asked(fixture, "hook_new", "token_hash")), 64);
    assert_string_equal(asked(fixture, "hook_new", "secret"), "");
}

static void an_outgoing_hook_has_a_secret(void **state)
{
    struct front_fixture *fixture = *state;

    ask(fixture, 201, "POST", "rooms/r1/hooks",
        "{\"name\":\"ci\",\"url\":\"https://example.org/\"}");
    assert_non_null(strstr(fixture->reply.body, "\"secret\":\""));
    assert_string_equal(asked(fixture, "hook_new", "text"),
                        "https://example.org/");
    assert_int_equal(strlen(asked(fixture, "hook_new", "secret")), 43);
    assert_string_equal(asked(fixture, "hook_new", "token_hash"), "");
}

static void hooks_are_listed_and_ended(void **state)
{
    struct front_fixture *fixture = *state;

    ask(fixture, 200, "GET", "rooms/r1/hooks", NULL);
    assert_string_equal(fixture->reply.body, "{\"hooks\":[{\"id\":41}]}");
    ask(fixture, 204, "DELETE", "rooms/r1/hooks/41", NULL);
    ask(fixture, 404, "DELETE", "rooms/r1/hooks/x", NULL);
    assert_int_equal(fake_count(&fixture->broker, "hook_end"), 1);
}

static void post_text(struct front_fixture *fixture, int status,
                      const char *type, const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = "POST",
             .uri = "hooks/secret",
             .body = body,
             .headers = {"CONTENT_TYPE", type, "HTTP_IDEMPOTENCY_KEY", "k1"}});
}

static void a_program_posts_text(void **state)
{
    struct front_fixture *fixture = *state;

    post_text(fixture, 201, "text/plain", "built\r\n");
    assert_string_equal(fixture->reply.body,
                        "{\"seq\":100,\"n\":9,\"at\":1234,\"id\":\"k1\"}");
    assert_string_equal(asked(fixture, "hook_post", "text"), "built");
    assert_string_equal(asked(fixture, "hook_post", "id"), "k1");
    post_text(fixture, 415, "text/html", "built");
    post_text(fixture, 422, "text/plain", "\xff");
    assert_int_equal(fake_count(&fixture->broker, "hook_post"), 1);
}

static void a_program_posts_json(void **state)
{
    struct front_fixture *fixture = *state;

    post_text(fixture, 201, "application/json",
              "{\"text\":\"built\",\"from\":\"bob\",\"id\":\"j1\"}");
    assert_string_equal(asked(fixture, "hook_post", "nick"), "bob");
    assert_string_equal(asked(fixture, "hook_post", "id"), "j1");
    post_text(fixture, 400, "application/json", "{\"text\":1}");
    post_text(fixture, 400, "application/json", "[]");
    post_text(fixture, 400, "application/json", "");
}

static void refusals_are_told(void **state)
{
    struct front_fixture *fixture = *state;

    fixture->refusal = CHAT_NOT_FOUND;
    fixture->refused_type = COMMAND_HOOK_POST;
    post_text(fixture, 404, "text/plain", "built");
    fixture->refused_type = COMMAND_HOOK_NEW;
    ask(fixture, 404, "POST", "rooms/r1/hooks", "{\"name\":\"ci\"}");
    ask(fixture, 400, "POST", "rooms/r1/hooks", "{\"name\":1}");
    fixture->refused_type = COMMAND_BOT_NEW;
    ask(fixture, 404, "POST", "bots", "{\"nick\":\"robot\"}");
    ask(fixture, 400, "POST", "bots", "{\"nick\":\"robot\",\"role\":1}");
}

static void a_bot_is_told_its_token_once(void **state)
{
    struct front_fixture *fixture = *state;

    ask(fixture, 201, "POST", "bots",
        "{\"nick\":\"robot\",\"role\":\"guest\"}");
    assert_non_null(strstr(fixture->reply.body, "\"token\":\""));
    assert_string_equal(asked(fixture, "bot_new", "word"), "guest");
    ask(fixture, 204, "DELETE", "bots/robot", NULL);
    assert_string_equal(asked(fixture, "bot_end", "to"), "robot");
}

#define WITH_HOOKS(test)                                                       \
    cmocka_unit_test_setup_teardown(test, set_up, front_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_HOOKS(an_incoming_hook_is_an_address),
        WITH_HOOKS(an_outgoing_hook_has_a_secret),
        WITH_HOOKS(hooks_are_listed_and_ended),
        WITH_HOOKS(a_program_posts_text),
        WITH_HOOKS(a_program_posts_json),
        WITH_HOOKS(refusals_are_told),
        WITH_HOOKS(a_bot_is_told_its_token_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
