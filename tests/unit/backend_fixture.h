/*
 * A backend in a loop with a broker, and what came of what was asked: commands
 * by their numbers, the feed by its events.
 */
#ifndef TESTS_UNIT_BACKEND_FIXTURE_H
#define TESTS_UNIT_BACKEND_FIXTURE_H

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
    int asked_count; /* for answers that vary */
};

/* One command's place in the fixture. */
struct wish {
    struct fixture *fixture;
    int number;
};

static struct wish wishes[RESULTS_MAX];

static inline void on_result(void *context, const struct backend_result *result)
{
    struct wish *wish = context;
    struct fixture *fixture = wish->fixture;

    fixture->results[wish->number] = result->result;
    fixture->seqs[wish->number] = result->head_seq;
    fixture->deliveries[wish->number]++;
    fixture->order[fixture->count++] = wish->number;
}

static inline void on_feed(void *context, const struct sync_reply *reply)
{
    struct fixture *fixture = context;
    size_t index;
    json_t *event;

    fixture->resets += reply->reset;
    fixture->next_seq = reply->next_seq;
    json_array_foreach (reply->events, index, event)
        fixture->fed[fixture->fed_count++] =
            json_integer_value(json_object_get(event, "seq"));
}

static inline void flush(void *context)
{
    struct fixture *fixture = context;

    backend_flush(fixture->backend);
}

static inline bool is_up(void *context)
{
    struct fixture *fixture = context;

    return backend_is_up(fixture->backend) && fixture->broker.holds_sync;
}

static inline bool is_down(void *context)
{
    return !backend_is_up(((struct fixture *)context)->backend);
}

static inline bool broker_is_asked(void *context)
{
    return ((struct fixture *)context)->broker.batch_count > 0;
}

static inline bool one_is_gone(void *context)
{
    return ((struct fixture *)context)->broker.gone_count > 0;
}

static inline void open_backend(struct fixture *fixture)
{
    settings_defaults(&fixture->settings);
    strcpy(fixture->settings.broker.listen, fixture->broker.url);
    assert_int_equal(backend_open(&fixture->settings, fake_secret,
                                  fixture->loop.selector, on_feed, fixture,
                                  &fixture->backend),
                     CHAT_OK);
    selector_on_turn(fixture->loop.selector, flush, fixture);
}

static inline int set_up_alone(void **state)
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

static inline int set_up(void **state)
{
    set_up_alone(state);
    open_backend(*state);
    fake_wait(&((struct fixture *)*state)->loop, is_up, *state);
    return 0;
}

static inline int tear_down(void **state)
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

static inline enum chat_result submit(struct fixture *fixture, int number,
                                      const struct command *command)
{
    return backend_submit(fixture->backend, command, on_result,
                          &wishes[number]);
}

/* Commands that tell their number by their sid, which is one more. */
static inline void ask(struct fixture *fixture, int first, int count)
{
    for (int i = first; i < first + count; i++)
        assert_int_equal(submit(fixture, i,
                                &(struct command){.type = COMMAND_SESSION_END,
                                                  .sid = i + 1}),
                         CHAT_OK);
}

static int wanted_count; /* of has_results() */

static inline bool has_results(void *context)
{
    return ((struct fixture *)context)->count >= wanted_count;
}

static inline void wait_for_results(struct fixture *fixture, int count)
{
    wanted_count = count;
    fake_wait(&fixture->loop, has_results, fixture);
    assert_int_equal(fixture->count, count);
}

/* Fails the test unless each of them came once, and as `result`. */
static inline void assert_each_once(const struct fixture *fixture, int first,
                                    int count, enum chat_result result)
{
    for (int i = first; i < first + count; i++) {
        assert_int_equal(fixture->deliveries[i], 1);
        assert_int_equal(fixture->results[i], result);
    }
}

static inline int64_t sid_asked(const struct fixture *fixture, size_t index)
{
    return json_integer_value(json_object_get(
        json_array_get(fixture->broker.commands, index), "sid"));
}

#define WITH_BACKEND(test)                                                     \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ALONE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, set_up_alone, tear_down)

#endif
