/*
 * The time line, as the number of people who wait for the message under way
 * (`waiting`) goes from all to none:
 *
 *     post ──> deliveries ... the last one ──> the interval's end ──> post
 *
 * The interval leaves time for the polls to be parked again. (A poll that
 * arrives later is answered at once and costs less.)
 */
#include "common/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/delivery.h"
#include "tests/bench/latency.h"
#include "tests/bench/load.h"
#include "tests/bench/message.h"
#include "tests/bench/people.h"
#include "tests/bench/reading.h"

enum {
    /* From post to post: for the slowest servers that we compare with. */
    INTERVAL_MS = 20,
    INTERVAL_US_PER_PERSON = 100,
    MESSAGE_MS = 10000, /* who has it not by then does not get it */
    FAN_OUT_SECONDS = 600,
};

struct fan_out {
    struct selector *selector;
    const struct load_options *options;
    struct people people;
    struct http_client poster;
    struct delivery_book *book;
    struct reading reading;
    struct selector_timer timer;
    int64_t index; /* of the message under way; -1 before the first */
    int64_t posted_us, last_us;
    size_t waiting; /* people who have it not yet */
    bool acknowledged;
    struct latency last, each;
};

static void set_timer(struct fan_out *fan_out, selector_timer_fn *callback,
                      int64_t deadline_ms)
{
    fan_out->timer.callback = callback;
    fan_out->timer.context = fan_out;
    bench_need(selector_arm(fan_out->selector, &fan_out->timer, deadline_ms),
               "selector_arm");
}

static void finish_message(struct fan_out *fan_out);

static void on_delivery(void *context, int64_t index)
{
    struct fan_out *fan_out = context;

    if (index != fan_out->index || fan_out->waiting == 0)
        return;
    fan_out->last_us = latency_now_us() - fan_out->posted_us;
    latency_add(&fan_out->each, fan_out->last_us);
    if (--fan_out->waiting == 0)
        finish_message(fan_out);
}

/* ---- posting ---- */

static void give_up_message(void *context)
{
    struct fan_out *fan_out = context;

    if (!fan_out->acknowledged)
        bench_die("message %lld was not acknowledged in time",
                  (long long)fan_out->index);
    fan_out->waiting = 0;
    finish_message(fan_out);
}

static void on_posted(void *context, const struct http_response *response)
{
    struct fan_out *fan_out = context;

    if (!person_post_succeeded(response))
        bench_die("post: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    fan_out->acknowledged = true;
    finish_message(fan_out);
}

static void post_next(void *context)
{
    struct fan_out *fan_out = context;

    if (++fan_out->index == fan_out->options->messages) {
        selector_stop(fan_out->selector);
        return;
    }
    fan_out->waiting = fan_out->people.options.count;
    fan_out->acknowledged = false;
    fan_out->posted_us = latency_now_us();
    person_post(&fan_out->people.list[0], &fan_out->poster, fan_out->index,
                on_posted, fan_out);
    set_timer(fan_out, give_up_message, clock_mono_ms() + MESSAGE_MS);
}

/* If all have it: goes on at the interval's end. */
static void finish_message(struct fan_out *fan_out)
{
    int64_t people = (int64_t)fan_out->people.options.count;

    if (fan_out->waiting > 0 || !fan_out->acknowledged)
        return;
    latency_add(&fan_out->last, fan_out->last_us);
    set_timer(fan_out, post_next,
              clock_mono_ms() + INTERVAL_MS +
                  people * INTERVAL_US_PER_PERSON / 1000);
}

static json_t *fan_out_summary(struct fan_out *fan_out)
{
    const struct load_options *options = fan_out->options;
    json_t *summary = delivery_summary(fan_out->book, (int64_t)options->people *
                                                          options->messages);

    json_object_set_new(summary, "last_ms", latency_summary(&fan_out->last));
    json_object_set_new(summary, "each_ms", latency_summary(&fan_out->each));
    return summary;
}

static void log_in(struct fan_out *fan_out)
{
    const struct load_options *options = fan_out->options;

    struct people_options people = load_people(fan_out->selector, options, 1);

    people_log_in(&fan_out->people, &people);
    http_client_open(&fan_out->poster, fan_out->selector,
                     &(struct http_place){.port = options->port,
                                          .browser = options->people});
}

void load_fan_out(struct selector *selector, const struct load_options *options)
{
    struct fan_out fan_out = {
        .selector = selector, .options = options, .index = -1};

    fan_out.book = delivery_book_new(
        &(struct delivery_options){.readers = options->people,
                                   .messages = options->messages,
                                   .rooms = 1,
                                   .posters = 1,
                                   .bare = options->dialect == DIALECT_NCHAN,
                                   .on_delivery = on_delivery,
                                   .context = &fan_out});
    log_in(&fan_out);
    bench_phase("logged_in", NULL);
    reading_begin(&fan_out.reading, &fan_out.people, fan_out.book,
                  options->streams);
    bench_phase("parked", NULL);
    post_next(&fan_out);
    bench_run(selector, "fan-out", FAN_OUT_SECONDS);
    bench_phase("done", fan_out_summary(&fan_out));

    http_client_close(&fan_out.poster);
    reading_fini(&fan_out.reading);
    people_fini(&fan_out.people);
    delivery_book_free(fan_out.book);
    latency_fini(&fan_out.last);
    latency_fini(&fan_out.each);
}
