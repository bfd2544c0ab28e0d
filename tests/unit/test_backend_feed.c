/* The feed, the log it is of, and the end. */
#include "tests/unit/backend_fixture.h"

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

static void results_of_a_log_unknown_to_the_feed_are_not_told(void **state)
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_BACKEND(first_sync_names_the_log),
        WITH_BACKEND(feed_goes_on_where_it_was_after_a_loss),
        WITH_BACKEND(sync_that_is_held_too_long_is_lost),
        WITH_BACKEND(sync_reply_that_is_none_costs_the_connection_only),
        ALONE(nothing_is_asked_before_the_log_is_known),
        WITH_BACKEND(what_was_asked_of_one_log_never_reaches_another),
        WITH_BACKEND(log_that_was_cut_is_another_log),
        WITH_BACKEND(results_of_a_log_unknown_to_the_feed_are_not_told),
        WITH_BACKEND(close_refuses_what_has_no_result),
        ALONE(url_that_cannot_be_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
