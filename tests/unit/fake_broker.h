/*
 * A broker of a test's own: a real link and real messages, and a log that is
 * what the test says. It answers commands with `answer`, syncs as
 * common/PROTOCOL.md wants it. Waiting is for conditions; time stands still
 * but for a millisecond a turn.
 */
#ifndef TESTS_UNIT_FAKE_BROKER_H
#define TESTS_UNIT_FAKE_BROKER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/link.h"
#include "common/protocol.h"
#include "common/selector.h"
#include "tests/unit/nng_leftovers.h"
#include "tests/unit/unit.h"

enum { TICKS_MAX = 20000 }; /* only a failing test waits for so many */

static const unsigned char fake_secret[LINK_SECRET_BYTES] = {'k', 'e', 'y'};

/* ---- turns ---- */

typedef bool fake_condition(void *context);

struct fake_loop {
    struct selector *selector;
    struct selector_stream ticks; /* timerfd: a turn each millisecond */
    int64_t now_ms;
    int64_t tick_ms; /* by how much a tick moves the clock */
    fake_condition *until;
    void *context;
    int ticks_left;
    bool reached;
};

static inline void fake_on_tick(void *context, unsigned events)
{
    struct fake_loop *loop = context;
    uint64_t count;

    (void)events;
    if (read(loop->ticks.fd, &count, sizeof(count)) < 0)
        return;
    loop->now_ms += loop->tick_ms;
    clock_set(loop->now_ms, loop->now_ms);
    loop->reached = loop->until != NULL && loop->until(loop->context);
    if (loop->reached || --loop->ticks_left <= 0)
        selector_stop(loop->selector);
}

static inline void fake_loop_open(struct fake_loop *loop,
                                  struct selector *selector)
{
    const struct itimerspec each_ms = {.it_interval.tv_nsec = 1000000,
                                       .it_value.tv_nsec = 1000000};

    loop->selector = selector;
    loop->tick_ms = 1;
    loop->ticks = (struct selector_stream){
        .callback = fake_on_tick,
        .context = loop,
        .fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC),
    };
    assert_true(loop->ticks.fd >= 0);
    assert_int_equal(timerfd_settime(loop->ticks.fd, 0, &each_ms, NULL), 0);
    assert_int_equal(selector_add(selector, &loop->ticks, SELECTOR_READ),
                     CHAT_OK);
}

static inline void fake_loop_close(struct fake_loop *loop)
{
    selector_remove(loop->selector, &loop->ticks);
    close(loop->ticks.fd);
    clock_release();
}

/* The clock stands at `now_ms`. Before anything reads it. */
static inline void fake_loop_set(struct fake_loop *loop, int64_t now_ms)
{
    loop->now_ms = now_ms;
    clock_set(now_ms, now_ms);
}

static inline void fake_run(struct fake_loop *loop, int ticks,
                            fake_condition *until, void *context)
{
    loop->until = until;
    loop->context = context;
    loop->ticks_left = ticks;
    loop->reached = false;
    assert_int_equal(selector_run(loop->selector), CHAT_OK);
}

/* Fails the test if it does not come true. */
static inline void fake_wait(struct fake_loop *loop, fake_condition *until,
                             void *context)
{
    if (until(context))
        return;
    fake_run(loop, TICKS_MAX, until, context);
    assert_true(loop->reached);
}

/* Some turns in which the clock stands still. */
static inline void fake_turns(struct fake_loop *loop)
{
    int64_t tick_ms = loop->tick_ms;

    loop->tick_ms = 0;
    fake_run(loop, 10, NULL, NULL);
    loop->tick_ms = tick_ms;
}

static inline void fake_pass(struct fake_loop *loop, int64_t ms)
{
    fake_loop_set(loop, loop->now_ms + ms);
    fake_turns(loop);
}

/* ---- the broker ---- */

struct fake_broker;

/* The result of one command; NULL: the reply ends before it. */
typedef json_t *fake_answer_fn(struct fake_broker *broker,
                               const struct command *command);

struct fake_broker {
    struct selector *selector;
    struct link_server *link;
    struct selector_stream requests, changes;
    int port;
    char url[64];
    void *context; /* the test's */

    fake_answer_fn *answer;
    bool silent;           /* batches are taken and not answered */
    const char *raw_reply; /* to batches, whatever they want */
    json_t *commands;      /* all that came, as JSON */
    size_t batch_count;
    size_t gone_count; /* connections that ended */

    const char *epoch;
    int64_t head_seq;
    bool reset; /* the next sync is told so */
    bool syncs_silent;
    bool feeds_late;      /* until fake_flush(), nobody is told of news */
    const char *raw_sync; /* to syncs, whatever they want */
    json_t *events;       /* the log, as far as it is kept */
    json_t *signals;      /* for the next sync */
    bool holds_sync;
    struct link_ticket sync_ticket;
    int64_t sync_after_seq;
    size_t sync_count;
};

static inline void fake_send(struct fake_broker *broker,
                             struct link_ticket ticket, json_t *json)
{
    size_t length;
    char *text = protocol_dump(json, &length);

    assert_non_null(text);
    assert_int_equal(link_server_reply(broker->link, ticket, text, length),
                     CHAT_OK);
    free(text);
    json_decref(json);
}

/* ---- its syncs ---- */

static inline json_t *fake_events_after(const struct fake_broker *broker,
                                        int64_t after_seq)
{
    json_t *event, *events = json_array();
    size_t index;

    json_array_foreach (broker->events, index, event) {
        if (json_integer_value(json_object_get(event, "seq")) > after_seq)
            json_array_append(events, event);
    }
    return events;
}

static inline void fake_answer_sync(struct fake_broker *broker, bool reset)
{
    struct sync_reply reply = {
        .epoch = broker->epoch,
        .head_seq = broker->head_seq,
        .next_seq = broker->head_seq,
        .reset = reset,
        .events = reset ? json_array()
                        : fake_events_after(broker, broker->sync_after_seq),
        .signals = broker->signals,
    };

    broker->holds_sync = false;
    broker->reset = false;
    fake_send(broker, broker->sync_ticket, sync_reply_encode(&reply));
    json_decref(reply.events);
    json_array_clear(broker->signals);
}

/* What has come up goes to who waits for it. */
static inline void fake_tell(struct fake_broker *broker)
{
    if (!broker->feeds_late && broker->holds_sync &&
        (broker->sync_after_seq < broker->head_seq ||
         json_array_size(broker->signals) > 0))
        fake_answer_sync(broker, false);
}

/* From here on news are told: now, or when somebody asks. */
static inline void fake_flush(struct fake_broker *broker)
{
    broker->feeds_late = false;
    fake_tell(broker);
}

static inline void fake_take_sync(struct fake_broker *broker,
                                  struct link_ticket ticket,
                                  const struct sync_request *sync)
{
    broker->sync_count++;
    broker->sync_ticket = ticket;
    broker->sync_after_seq = sync->after_seq;
    if (broker->syncs_silent)
        return;
    if (broker->raw_sync != NULL) {
        link_server_reply(broker->link, ticket, broker->raw_sync,
                          strlen(broker->raw_sync));
        broker->raw_sync = NULL;
        return;
    }
    broker->holds_sync = true;
    if (broker->reset || sync->epoch == NULL ||
        strcmp(sync->epoch, broker->epoch) != 0)
        fake_answer_sync(broker, true);
    else if (sync->wait_ms == 0)
        fake_answer_sync(broker, false);
    else
        fake_tell(broker);
}

/* ---- its commands ---- */

static inline json_t *fake_ok(struct fake_broker *broker,
                              const struct command *command)
{
    (void)command;
    return result_encode(CHAT_OK, broker->head_seq);
}

static inline json_t *fake_results(struct fake_broker *broker,
                                   const json_t *commands)
{
    json_t *json, *results = json_array();
    size_t index;

    json_array_foreach (commands, index, json) {
        struct command command;
        assert_int_equal(command_decode(json, &command), CHAT_OK);
        json_t *result = broker->answer(broker, &command);
        command_fini(&command);
        if (result == NULL)
            break;
        json_array_append_new(results, result);
    }
    return results;
}

static inline void fake_take_batch(struct fake_broker *broker,
                                   struct link_ticket ticket,
                                   const json_t *commands)
{
    size_t index;
    json_t *json;

    broker->batch_count++;
    json_array_foreach (commands, index, json)
        json_array_append(broker->commands, json);
    if (broker->silent)
        return;
    if (broker->raw_reply != NULL) {
        link_server_reply(broker->link, ticket, broker->raw_reply,
                          strlen(broker->raw_reply));
        broker->raw_reply = NULL;
        return;
    }
    json_t *results = fake_results(broker, commands);
    fake_send(broker, ticket, batch_reply_encode(broker->epoch, results));
    fake_tell(broker); /* results go first, as from the real one */
}

static inline void fake_on_link(void *context, unsigned events)
{
    struct fake_broker *broker = context;
    struct link_request request;
    uint32_t gone;

    (void)events;
    while (link_server_receive(broker->link, &request) == CHAT_OK) {
        struct broker_request message;
        assert_int_equal(
            broker_request_parse(request.data, request.length, &message),
            CHAT_OK);
        if (message.op == REQUEST_SYNC)
            fake_take_sync(broker, request.ticket, &message.sync);
        else
            fake_take_batch(broker, request.ticket, message.commands);
        broker_request_fini(&message);
    }
    while (link_server_next_gone(broker->link, &gone) == CHAT_OK)
        broker->gone_count++;
}

/* ---- its life ---- */

/* Listens, at first where the system chooses, then there again. */
static inline void fake_broker_listen(struct fake_broker *broker)
{
    const struct link_options options = {.url = broker->url,
                                         .secret = fake_secret,
                                         .tls_certificate = "",
                                         .tls_key = "",
                                         .tls_ca = "",
                                         .connections_max = 4};

    assert_int_equal(link_server_open(&options, &broker->link), CHAT_OK);
    snprintf(broker->url, sizeof(broker->url), "tcp://127.0.0.1:%d",
             link_server_port(broker->link));
}

static inline void fake_broker_init(struct fake_broker *broker)
{
    *broker = (struct fake_broker){.answer = fake_ok,
                                   .commands = json_array(),
                                   .epoch = "ep",
                                   .head_seq = 100,
                                   .events = json_array(),
                                   .signals = json_array()};
    strcpy(broker->url, "tcp://127.0.0.1:0");
    fake_broker_listen(broker);
}

static inline void fake_broker_watch(struct fake_broker *broker,
                                     struct selector *selector)
{
    broker->selector = selector;
    broker->requests =
        (struct selector_stream){.callback = fake_on_link,
                                 .context = broker,
                                 .fd = link_server_request_fd(broker->link)};
    broker->changes =
        (struct selector_stream){.callback = fake_on_link,
                                 .context = broker,
                                 .fd = link_server_change_fd(broker->link)};
    assert_int_equal(selector_add(selector, &broker->requests, SELECTOR_READ),
                     CHAT_OK);
    assert_int_equal(selector_add(selector, &broker->changes, SELECTOR_READ),
                     CHAT_OK);
}

/* It is gone, and what it held. */
static inline void fake_broker_stop(struct fake_broker *broker)
{
    if (broker->selector != NULL) {
        selector_remove(broker->selector, &broker->requests);
        selector_remove(broker->selector, &broker->changes);
    }
    link_server_close(broker->link);
    broker->link = NULL;
    broker->holds_sync = false;
}

static inline void fake_broker_start(struct fake_broker *broker)
{
    fake_broker_listen(broker);
    fake_broker_watch(broker, broker->selector);
}

static inline void fake_broker_fini(struct fake_broker *broker)
{
    fake_broker_stop(broker);
    json_decref(broker->commands);
    json_decref(broker->events);
    json_decref(broker->signals);
}

/* Something happens; fake_flush() tells it. */
static inline void fake_log(struct fake_broker *broker, struct event event)
{
    assert_int_equal(event.seq, broker->head_seq + 1);
    broker->head_seq = event.seq;
    json_array_append_new(broker->events, event_encode(&event, true));
}

/* ---- what it was asked ---- */

static inline bool fake_holds_sync(void *broker)
{
    return ((struct fake_broker *)broker)->holds_sync;
}

/* How many commands of `type` have come. */
static inline size_t fake_count(const struct fake_broker *broker,
                                const char *type)
{
    size_t index, count = 0;
    json_t *command;

    json_array_foreach (broker->commands, index, command)
        count += strcmp(json_string_value(json_object_get(command, "type")),
                        type) == 0;
    return count;
}

/* The newest command of `type`; NULL: there was none. */
static inline json_t *fake_last(const struct fake_broker *broker,
                                const char *type)
{
    size_t index;
    json_t *command, *last = NULL;

    json_array_foreach (broker->commands, index, command) {
        if (strcmp(json_string_value(json_object_get(command, "type")), type) ==
            0)
            last = command;
    }
    return last;
}

#endif
