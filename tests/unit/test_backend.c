/* Commands: batches, lost replies, a broker that is silent or away. */
#include "tests/unit/backend_fixture.h"

static json_t *answer_by_sid(struct fake_broker *broker,
                             const struct command *command)
{
    (void)broker;
    return result_encode(command->sid == 2 ? CHAT_SESSION_REQUIRED : CHAT_OK,
                         1000 + command->sid);
}

static void commands_of_a_turn_are_one_batch(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.answer = answer_by_sid;
    ask(fixture, 0, 5);
    assert_int_equal(fixture->count, 0); /* never from inside */
    wait_for_results(fixture, 5);
    assert_int_equal(fixture->broker.batch_count, 1);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(fixture->order[i], i);
        assert_int_equal(fixture->seqs[i], 1001 + i);
        assert_int_equal(sid_asked(fixture, (size_t)i), i + 1);
    }
    assert_each_once(fixture, 0, 1, CHAT_OK);
    assert_each_once(fixture, 1, 1, CHAT_SESSION_REQUIRED);
    assert_each_once(fixture, 2, 3, CHAT_OK);
}

static void one_batch_is_under_way_at_a_time(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.silent = true;
    ask(fixture, 0, 2);
    fake_wait(&fixture->loop, broker_is_asked, fixture);
    ask(fixture, 2, 3);
    fake_turns(&fixture->loop);
    assert_int_equal(fixture->broker.batch_count, 1);
    assert_int_equal(json_array_size(fixture->broker.commands), 2);
}

static void batch_has_at_most_a_thousand_commands(void **state)
{
    struct fixture *fixture = *state;

    ask(fixture, 0, 2500);
    wait_for_results(fixture, 2500);
    assert_int_equal(fixture->broker.batch_count, 3);
    assert_each_once(fixture, 0, 2500, CHAT_OK);
    for (int i = 0; i < 2500; i++)
        assert_int_equal(fixture->order[i], i);
}

/* Commands of which a visitor has made one field as large as can be. */
static void ask_large(struct fixture *fixture, const struct command *command)
{
    enum { COUNT = 15 };
    int first = fixture->count;

    fixture->broker.batch_count = 0;
    for (int i = first; i < first + COUNT; i++)
        assert_int_equal(submit(fixture, i, command), CHAT_OK);
    wait_for_results(fixture, first + COUNT);
    assert_each_once(fixture, first, COUNT, CHAT_OK);
    assert_true(fixture->broker.batch_count > 1);
}

static void batch_is_never_too_large_to_be_sent(void **state)
{
    enum { LARGE = 60000 };
    struct fixture *fixture = *state;
    char *large = malloc(LARGE + 1);

    memset(large, '\x01', LARGE); /* six bytes each, as JSON */
    large[LARGE] = '\0';
    struct command post = {
        .type = COMMAND_POST, .sid = 1, .room = "r", .id = "x", .text = "y"};
    struct command login = {.type = COMMAND_SESSION_NEW,
                            .nick = "n",
                            .has_rooms = true,
                            .rooms = {"a"},
                            .room_count = 1};
    const char **const fields[] = {&post.room, &post.id, &post.text,
                                   &login.nick, &login.rooms[0]};
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        const char *small = *fields[i];
        *fields[i] = large;
        ask_large(fixture, i < 3 ? &post : &login);
        *fields[i] = small;
    }
    free(large);
}

static void text_that_is_no_utf8_is_refused_at_once(void **state)
{
    struct fixture *fixture = *state;

    assert_int_equal(
        submit(
            fixture, 0,
            &(struct command){.type = COMMAND_JOIN, .sid = 1, .room = "\xff"}),
        CHAT_BAD_REQUEST);
    ask(fixture, 1, 1);
    wait_for_results(fixture, 1);
    assert_int_equal(fixture->deliveries[0], 0);
}

static void commands_that_wait_are_bounded(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.silent = true;
    ask(fixture, 0, BACKEND_COMMANDS_MAX);
    assert_int_equal(submit(fixture, BACKEND_COMMANDS_MAX,
                            &(struct command){.type = COMMAND_HEAD}),
                     CHAT_UNAVAILABLE);
    fake_wait(&fixture->loop, broker_is_asked, fixture);
    assert_int_equal(submit(fixture, BACKEND_COMMANDS_MAX,
                            &(struct command){.type = COMMAND_HEAD}),
                     CHAT_UNAVAILABLE);
    backend_close(fixture->backend);
    fixture->backend = NULL;
    selector_on_turn(fixture->loop.selector, NULL, NULL);
    assert_each_once(fixture, 0, BACKEND_COMMANDS_MAX, CHAT_UNAVAILABLE);
    assert_int_equal(fixture->count, BACKEND_COMMANDS_MAX);
}

static void lost_reply_makes_it_ask_again(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.silent = true;
    ask(fixture, 0, 3);
    fake_wait(&fixture->loop, broker_is_asked, fixture);
    ask(fixture, 3, 1);
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, is_down, fixture);
    fixture->broker.silent = false;
    fake_broker_start(&fixture->broker);
    wait_for_results(fixture, 4);
    assert_each_once(fixture, 0, 4, CHAT_OK);
    assert_int_equal(json_array_size(fixture->broker.commands), 7);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(fixture->order[i], i);
        assert_int_equal(sid_asked(fixture, 3 + (size_t)i), i + 1);
    }
}

/* Has no room for the results of sids 2 and 3 until asked a second time. */
static json_t *answer_again(struct fake_broker *broker,
                            const struct command *command)
{
    bool first = broker->batch_count == 1;

    return result_encode(first && (command->sid == 2 || command->sid == 3)
                             ? CHAT_AGAIN
                             : CHAT_OK,
                         1000 + command->sid);
}

static void result_again_makes_it_ask_again_in_order(void **state)
{
    static const int order[] = {0, 3, 1, 2};
    struct fixture *fixture = *state;

    fixture->broker.answer = answer_again;
    ask(fixture, 0, 4);
    wait_for_results(fixture, 4);
    assert_each_once(fixture, 0, 4, CHAT_OK);
    for (int i = 0; i < 4; i++) {
        assert_int_equal(fixture->order[i], order[i]);
        assert_int_equal(fixture->seqs[i], 1001 + i);
    }
    assert_int_equal(fixture->broker.batch_count, 2);
}

/* Two results a reply. */
static json_t *answer_few(struct fake_broker *broker,
                          const struct command *command)
{
    (void)command;
    if (++((struct fixture *)broker->context)->asked_count % 3 == 0)
        return NULL;
    return result_encode(CHAT_OK, 100);
}

static void commands_without_a_result_are_sent_again(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.answer = answer_few;
    ask(fixture, 0, 5);
    wait_for_results(fixture, 5);
    assert_each_once(fixture, 0, 5, CHAT_OK);
    assert_int_equal(fixture->broker.batch_count, 3);
    for (int i = 0; i < 5; i++)
        assert_int_equal(fixture->order[i], i);
}

static json_t *answer_nonsense(struct fake_broker *broker,
                               const struct command *command)
{
    if (command->sid == 2)
        return json_pack("{s:s}", "result", "fine");
    return fake_ok(broker, command);
}

static void result_that_is_none_is_unavailable(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.answer = answer_nonsense;
    ask(fixture, 0, 3);
    wait_for_results(fixture, 3);
    assert_each_once(fixture, 0, 1, CHAT_OK);
    assert_each_once(fixture, 1, 1, CHAT_UNAVAILABLE);
    assert_each_once(fixture, 2, 1, CHAT_OK);
}

static void reply_that_is_none_costs_the_connection_only(void **state)
{
    static const char *const replies[] = {"{", "{\"results\":[]}",
                                          "{\"epoch\":\"ep\"}", "[]"};
    struct fixture *fixture = *state;

    for (int i = 0; i < 4; i++) {
        fixture->broker.raw_reply = replies[i];
        ask(fixture, i, 1);
        wait_for_results(fixture, i + 1);
        assert_each_once(fixture, 0, i + 1, CHAT_OK);
        assert_int_equal(fixture->broker.batch_count, 2 * (i + 1));
    }
    assert_int_equal(fixture->broker.gone_count, 4);
}

static void more_results_than_commands_do_no_harm(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.raw_reply =
        "{\"epoch\":\"ep\",\"results\":[{\"result\":\"ok\",\"seq\":1},"
        "{\"result\":\"ok\",\"seq\":2},{\"result\":\"again\",\"seq\":3}]}";
    ask(fixture, 0, 1);
    wait_for_results(fixture, 1);
    ask(fixture, 1, 1);
    wait_for_results(fixture, 2);
    assert_each_once(fixture, 0, 2, CHAT_OK);
}

static void silent_broker_is_given_up_at_the_deadline(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.silent = true;
    fixture->loop.tick_ms = 0;
    ask(fixture, 0, 2);
    fake_wait(&fixture->loop, broker_is_asked, fixture);
    fake_pass(&fixture->loop, 500);
    ask(fixture, 2, 1);
    fake_pass(&fixture->loop, BACKEND_COMMAND_MS - 501);
    assert_int_equal(fixture->count, 0);
    fake_pass(&fixture->loop, 1);
    assert_int_equal(fixture->count, 2);
    assert_each_once(fixture, 0, 2, CHAT_UNAVAILABLE);
    /* It was reset; what had time left is asked on a new connection. */
    fake_wait(&fixture->loop, one_is_gone, fixture);
    fixture->broker.silent = false;
    fixture->loop.tick_ms = 1;
    wait_for_results(fixture, 3);
    assert_each_once(fixture, 2, 1, CHAT_OK);
}

static void queued_command_expires_as_well(void **state)
{
    struct fixture *fixture = *state;

    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, is_down, fixture);
    ask(fixture, 0, 1);
    fake_pass(&fixture->loop, BACKEND_COMMAND_MS - 1);
    assert_int_equal(fixture->count, 0);
    fake_pass(&fixture->loop, 1);
    assert_int_equal(fixture->count, 1);
    assert_each_once(fixture, 0, 1, CHAT_UNAVAILABLE);
}

static void broker_is_waited_for_with_patience_only(void **state)
{
    struct fixture *fixture = *state;

    fixture->loop.tick_ms = 0;
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, is_down, fixture);
    fake_pass(&fixture->loop, BACKEND_PATIENCE_MS);
    ask(fixture, 0, 1);
    fake_pass(&fixture->loop, 1);
    assert_int_equal(
        submit(fixture, 1, &(struct command){.type = COMMAND_HEAD}),
        CHAT_UNAVAILABLE);
    fixture->loop.tick_ms = 1;
    fake_broker_start(&fixture->broker);
    wait_for_results(fixture, 1);
    ask(fixture, 1, 1);
    wait_for_results(fixture, 2);
    assert_each_once(fixture, 0, 2, CHAT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BACKEND(commands_of_a_turn_are_one_batch),
        WITH_BACKEND(one_batch_is_under_way_at_a_time),
        WITH_BACKEND(batch_has_at_most_a_thousand_commands),
        WITH_BACKEND(batch_is_never_too_large_to_be_sent),
        WITH_BACKEND(text_that_is_no_utf8_is_refused_at_once),
        WITH_BACKEND(commands_that_wait_are_bounded),
        WITH_BACKEND(lost_reply_makes_it_ask_again),
        WITH_BACKEND(result_again_makes_it_ask_again_in_order),
        WITH_BACKEND(commands_without_a_result_are_sent_again),
        WITH_BACKEND(result_that_is_none_is_unavailable),
        WITH_BACKEND(reply_that_is_none_costs_the_connection_only),
        WITH_BACKEND(more_results_than_commands_do_no_harm),
        WITH_BACKEND(silent_broker_is_given_up_at_the_deadline),
        WITH_BACKEND(queued_command_expires_as_well),
        WITH_BACKEND(broker_is_waited_for_with_patience_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
