/* The backend against a broker that is late, forgetful, silent or another. */
#include "fcgi/backend.h"

#include "tests/unit/fake_broker.h"

enum { RESULTS_MAX = 20100, START_MS = 100000 };

struct fixture {
    struct fake_loop loop;
    struct fake_broker broker;
    struct settings settings;
    struct backend *backend;

    /* What came, of commands: context is the place in these. */
    enum chat_result results[RESULTS_MAX];
    int64_t seqs[RESULTS_MAX];
    int deliveries[RESULTS_MAX];
    int order[RESULTS_MAX];
    int count; /* of all deliveries */

    /* What came, of the feed. */
    int64_t fed[64];
    int fed_count;
    int resets;
    int64_t next_seq;
    int signal_count;
};

/* One command's place in the fixture. */
struct wish {
    struct fixture *fixture;
    int number;
};

static struct wish wishes[RESULTS_MAX];

static void on_result(void *context, const struct backend_result *result)
{
    struct wish *wish = context;
    struct fixture *fixture = wish->fixture;

    fixture->results[wish->number] = result->result;
    fixture->seqs[wish->number] = result->head_seq;
    fixture->deliveries[wish->number]++;
    fixture->order[fixture->count++] = wish->number;
}

static void on_feed(void *context, const struct sync_reply *reply)
{
    struct fixture *fixture = context;
    size_t index;
    json_t *event;

    fixture->resets += reply->reset;
    fixture->next_seq = reply->next_seq;
    fixture->signal_count += (int)json_array_size(reply->signals);
    json_array_foreach (reply->events, index, event)
        fixture->fed[fixture->fed_count++] =
            json_integer_value(json_object_get(event, "seq"));
}

static void flush(void *context)
{
    struct fixture *fixture = context;

    backend_flush(fixture->backend);
}

static bool is_up(void *context)
{
    struct fixture *fixture = context;

    return backend_is_up(fixture->backend) && fixture->broker.holds_sync;
}

static bool is_down(void *context)
{
    return !backend_is_up(((struct fixture *)context)->backend);
}

static bool broker_is_asked(void *context)
{
    return ((struct fixture *)context)->broker.batch_count > 0;
}

static void open_backend(struct fixture *fixture)
{
    settings_defaults(&fixture->settings);
    strcpy(fixture->settings.broker.listen, fixture->broker.url);
    assert_int_equal(backend_open(&fixture->settings, fake_secret,
                                  fixture->loop.selector, on_feed, fixture,
                                  &fixture->backend),
                     CHAT_OK);
    selector_on_turn(fixture->loop.selector, flush, fixture);
}

static int set_up_alone(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct selector *selector;

    fake_loop_set(&fixture->loop, START_MS);
    assert_int_equal(selector_new(SELECTOR_EPOLL, &selector), CHAT_OK);
    fake_loop_open(&fixture->loop, selector);
    fake_broker_init(&fixture->broker);
    fake_broker_watch(&fixture->broker, selector);
    fixture->broker.context = fixture;
    for (int i = 0; i < RESULTS_MAX; i++)
        wishes[i] = (struct wish){.fixture = fixture, .number = i};
    *state = fixture;
    return 0;
}

static int set_up(void **state)
{
    set_up_alone(state);
    open_backend(*state);
    fake_wait(&((struct fixture *)*state)->loop, is_up, *state);
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    struct selector *selector = fixture->loop.selector;

    backend_close(fixture->backend);
    fake_broker_fini(&fixture->broker);
    fake_loop_close(&fixture->loop);
    selector_free(selector);
    free(fixture);
    return 0;
}

static enum chat_result submit(struct fixture *fixture, int number,
                               const struct command *command)
{
    return backend_submit(fixture->backend, command, on_result,
                          &wishes[number]);
}

/* Commands that tell their number by their sid, which is one more. */
static void ask(struct fixture *fixture, int first, int count)
{
    for (int i = first; i < first + count; i++)
        assert_int_equal(submit(fixture, i,
                                &(struct command){.type = COMMAND_SESSION_END,
                                                  .sid = i + 1}),
                         CHAT_OK);
}

static int wanted_count; /* of has_results() */

static bool has_results(void *context)
{
    return ((struct fixture *)context)->count >= wanted_count;
}

static void wait_for_results(struct fixture *fixture, int count)
{
    wanted_count = count;
    fake_wait(&fixture->loop, has_results, fixture);
    assert_int_equal(fixture->count, count);
}

/* Fails the test unless each of them came once, and as `result`. */
static void assert_each_once(const struct fixture *fixture, int first,
                             int count, enum chat_result result)
{
    for (int i = first; i < first + count; i++) {
        assert_int_equal(fixture->deliveries[i], 1);
        assert_int_equal(fixture->results[i], result);
    }
}

static int64_t sid_asked(const struct fixture *fixture, size_t index)
{
    return json_integer_value(json_object_get(
        json_array_get(fixture->broker.commands, index), "sid"));
}

/* ---- commands ---- */

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

/* What visitors may make large: all of it weighs. */
static void batch_is_never_too_large_to_be_sent(void **state)
{
    enum { LARGE = 60000, COUNT = 40 };
    struct fixture *fixture = *state;
    char *text = malloc(LARGE + 1);

    memset(text, '\x01', LARGE); /* six bytes each, as JSON */
    text[LARGE] = '\0';
    for (int i = 0; i < COUNT; i++) {
        struct command command = {.type = COMMAND_POST,
                                  .sid = i + 1,
                                  .room = i % 4 == 0 ? text : "r",
                                  .id = i % 4 == 1 ? text : "x",
                                  .text = i % 4 == 2 ? text : "y"};
        if (i % 4 == 3)
            command = (struct command){.type = COMMAND_SESSION_NEW,
                                       .nick = text,
                                       .has_rooms = true,
                                       .rooms = {"a"},
                                       .room_count = 1};
        assert_int_equal(submit(fixture, i, &command), CHAT_OK);
    }
    free(text);
    wait_for_results(fixture, COUNT);
    assert_each_once(fixture, 0, COUNT, CHAT_OK);
    assert_true(fixture->broker.batch_count > 1);
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
    if (++((struct fixture *)broker->context)->signal_count % 3 == 0)
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

static bool one_is_gone(void *context)
{
    return ((struct fixture *)context)->broker.gone_count > 0;
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

/* ---- the feed ---- */

static struct event shout(int64_t seq)
{
    return (struct event){.seq = seq,
                          .n = seq,
                          .type = EVENT_MESSAGE,
                          .rid = 1,
                          .room = "r",
                          .text = "hello"};
}

static bool has_fed(void *context)
{
    struct fixture *fixture = context;

    return fixture->next_seq == fixture->broker.head_seq;
}

static void first_sync_names_the_log(void **state)
{
    struct fixture *fixture = *state;

    assert_string_equal(backend_epoch(fixture->backend), "ep");
    assert_int_equal(fixture->resets, 1);
    assert_int_equal(fixture->next_seq, 100);
    assert_int_equal(fixture->broker.sync_after_seq, 100);
}

static void feed_goes_on_where_it_was_after_a_loss(void **state)
{
    struct fixture *fixture = *state;

    fake_log(&fixture->broker, shout(101));
    fake_log(&fixture->broker, shout(102));
    fake_flush(&fixture->broker);
    fake_wait(&fixture->loop, has_fed, fixture);
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, is_down, fixture);
    fake_log(&fixture->broker, shout(103));
    fake_broker_start(&fixture->broker);
    fake_wait(&fixture->loop, has_fed, fixture);
    fake_wait(&fixture->loop, is_up, fixture);
    assert_int_equal(fixture->resets, 1);
    assert_int_equal(fixture->fed_count, 3);
    for (int i = 0; i < 3; i++)
        assert_int_equal(fixture->fed[i], 101 + i);
}

static bool has_synced_again(void *context)
{
    return ((struct fixture *)context)->broker.sync_count >= 4;
}

static void sync_that_is_held_too_long_is_lost(void **state)
{
    struct fixture *fixture = *state;
    size_t before = fixture->broker.sync_count;

    fixture->loop.tick_ms = 0;
    fake_pass(&fixture->loop, 13000);
    assert_int_equal(fixture->broker.gone_count, 0);
    fake_pass(&fixture->loop, 1000);
    fixture->loop.tick_ms = 1;
    fake_wait(&fixture->loop, one_is_gone, fixture);
    assert_int_equal(before, 2);
    fake_wait(&fixture->loop, has_synced_again, fixture);
    assert_int_equal(fixture->broker.sync_after_seq, 100);
    assert_true(backend_is_up(fixture->backend));
}

static void sync_reply_that_is_none_costs_the_connection_only(void **state)
{
    static const char *const replies[] = {
        "{", "{\"epoch\":\"ep\",\"head\":1}",
        "{\"epoch\":\"seventeen-letters\",\"head\":1,\"next\":1}"};
    struct fixture *fixture = *state;

    for (int i = 0; i < 3; i++) {
        fixture->broker.raw_sync = replies[i];
        fake_log(&fixture->broker, shout(101 + i));
        fake_flush(&fixture->broker);
        fake_wait(&fixture->loop, one_is_gone, fixture);
        fake_wait(&fixture->loop, is_up, fixture);
        fixture->broker.gone_count = 0;
        assert_int_equal(fixture->fed_count, i + 1);
    }
    assert_int_equal(fixture->resets, 1);
    assert_string_equal(backend_epoch(fixture->backend), "ep");
}

/* ---- the log ---- */

static void nothing_is_asked_before_the_log_is_known(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.syncs_silent = true;
    open_backend(fixture);
    ask(fixture, 0, 1);
    fixture->loop.tick_ms = 1;
    while (!backend_is_up(fixture->backend) || fixture->broker.sync_count == 0)
        fake_run(&fixture->loop, 1, NULL, NULL);
    fake_turns(&fixture->loop);
    assert_int_equal(fixture->broker.batch_count, 0);
    fake_answer_sync(&fixture->broker, true);
    wait_for_results(fixture, 1);
    assert_each_once(fixture, 0, 1, CHAT_OK);
}

/* The numbers of its sessions are those of others there. */
static void what_was_asked_of_one_log_never_reaches_another(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.silent = true;
    ask(fixture, 0, 2);
    fake_wait(&fixture->loop, broker_is_asked, fixture);
    ask(fixture, 2, 1);
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, is_down, fixture);
    ask(fixture, 3, 1);
    fixture->broker.silent = false;
    fixture->broker.epoch = "new";
    fixture->broker.head_seq = 40;
    fake_broker_start(&fixture->broker);
    wait_for_results(fixture, 4);
    fake_wait(&fixture->loop, is_up, fixture);
    assert_each_once(fixture, 0, 4, CHAT_UNAVAILABLE);
    assert_int_equal(json_array_size(fixture->broker.commands), 2);
    assert_string_equal(backend_epoch(fixture->backend), "new");
    assert_int_equal(fixture->resets, 2);
    assert_int_equal(fixture->next_seq, 40);
    ask(fixture, 4, 1);
    wait_for_results(fixture, 5);
    assert_each_once(fixture, 4, 1, CHAT_OK);
}

static void log_that_was_cut_is_another_log(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.silent = true;
    ask(fixture, 0, 1);
    fake_wait(&fixture->loop, broker_is_asked, fixture);
    fixture->broker.reset = true;
    fake_broker_stop(&fixture->broker);
    fake_wait(&fixture->loop, is_down, fixture);
    fake_broker_start(&fixture->broker);
    wait_for_results(fixture, 1);
    assert_each_once(fixture, 0, 1, CHAT_UNAVAILABLE);
    assert_int_equal(fixture->broker.batch_count, 1);
    assert_int_equal(fixture->resets, 2);
}

static void
results_of_a_log_that_the_feed_does_not_know_are_not_told(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.raw_reply =
        "{\"epoch\":\"new\",\"results\":[{\"result\":\"ok\",\"seq\":1}]}";
    ask(fixture, 0, 1);
    wait_for_results(fixture, 1);
    assert_each_once(fixture, 0, 1, CHAT_UNAVAILABLE);
    assert_int_equal(fixture->seqs[0], 0);
}

/* ---- the end ---- */

static void close_refuses_what_has_no_result(void **state)
{
    struct fixture *fixture = *state;

    fixture->broker.silent = true;
    ask(fixture, 0, 2);
    fake_wait(&fixture->loop, broker_is_asked, fixture);
    ask(fixture, 2, 2);
    backend_close(fixture->backend);
    fixture->backend = NULL;
    selector_on_turn(fixture->loop.selector, NULL, NULL);
    assert_int_equal(fixture->count, 4);
    assert_each_once(fixture, 0, 4, CHAT_UNAVAILABLE);
}

static void url_that_cannot_be_is_refused(void **state)
{
    struct fixture *fixture = *state;

    settings_defaults(&fixture->settings);
    strcpy(fixture->settings.broker.listen, "tcp://192.0.2.1:7410");
    assert_int_equal(backend_open(&fixture->settings, fake_secret,
                                  fixture->loop.selector, on_feed, fixture,
                                  &fixture->backend),
                     CHAT_FORBIDDEN);
    assert_null(fixture->backend);
}

#define WITH_BACKEND(test)                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ALONE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, set_up_alone, tear_down)

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
        WITH_BACKEND(first_sync_names_the_log),
        WITH_BACKEND(feed_goes_on_where_it_was_after_a_loss),
        WITH_BACKEND(sync_that_is_held_too_long_is_lost),
        WITH_BACKEND(sync_reply_that_is_none_costs_the_connection_only),
        ALONE(nothing_is_asked_before_the_log_is_known),
        WITH_BACKEND(what_was_asked_of_one_log_never_reaches_another),
        WITH_BACKEND(log_that_was_cut_is_another_log),
        WITH_BACKEND(results_of_a_log_that_the_feed_does_not_know_are_not_told),
        WITH_BACKEND(close_refuses_what_has_no_result),
        ALONE(url_that_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
