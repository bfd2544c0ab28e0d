/*
 * The time line, as the number of people who wait for the message under way
 * (`waiting`) goes from all to none:
 *
 *     post ──> deliveries ... the last one ──> the interval's end ──> post
 *
 * Each poll is asked again as soon as it is answered. Whether it has been
 * parked on the other side cannot be seen from here: the interval leaves time
 * for that. (A poll that arrives later is answered at once and costs less.)
 */
#include <stdio.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/delivery.h"
#include "tests/bench/latency.h"
#include "tests/bench/load.h"
#include "tests/bench/message.h"
#include "tests/bench/people.h"

enum {
    WAIT_SECONDS = 50, /* of a poll */
    QUIET_MS = 1500,   /* nothing has come for so long: all is parked */
    LOOK_MS = 100,
    PARK_SECONDS = 60,
    /* From post to post: for the slowest servers that we compare with. */
    INTERVAL_MS = 20,
    INTERVAL_US_PER_PERSON = 100,
    MESSAGE_MS = 10000, /* who has it not by then does not get it */
    FAN_OUT_SECONDS = 600,
    STATUS_OK = 200,
    STATUS_CREATED = 201,
};

struct fan_out {
    struct selector *selector;
    const struct load_options *options;
    struct people people;
    struct http_client poster;
    struct delivery_book *book;
    struct selector_timer timer;
    int64_t last_reply_ms;
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

/* ---- polling ---- */

static void on_poll(void *context, const struct http_response *response);

static void poll(struct person *person, const char *cursor)
{
    char path[128];

    snprintf(path, sizeof(path), "/chat/v1/events?since=%s&wait=%d", cursor,
             WAIT_SECONDS);
    http_client_send(&person->http,
                     &(struct http_call){
                         .method = "GET", .path = path, .token = person->token},
                     on_poll, person);
}

static void finish_message(struct fan_out *fan_out);

static void on_poll(void *context, const struct http_response *response)
{
    struct person *person = context;
    struct fan_out *fan_out = person->context;

    if (response->status != STATUS_OK)
        bench_die("poll: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    const struct delivery_news *news =
        delivery_read(fan_out->book, response->body, response->body_bytes);
    fan_out->last_reply_ms = clock_mono_ms();
    bool has_it =
        delivery_enter(fan_out->book, person->number, news, fan_out->index);
    poll(person, news->next);
    if (!has_it || fan_out->waiting == 0)
        return;
    fan_out->last_us = latency_now_us() - fan_out->posted_us;
    latency_add(&fan_out->each, fan_out->last_us);
    if (--fan_out->waiting == 0)
        finish_message(fan_out);
}

/* ---- parking ---- */

static void look_for_quiet(void *context)
{
    struct fan_out *fan_out = context;
    int64_t now_ms = clock_mono_ms();

    if (now_ms - fan_out->last_reply_ms >= QUIET_MS)
        selector_stop(fan_out->selector);
    else
        set_timer(fan_out, look_for_quiet, now_ms + LOOK_MS);
}

static void park_all(struct fan_out *fan_out)
{
    for (size_t i = 0; i < fan_out->people.count; i++) {
        struct person *person = &fan_out->people.list[i];
        person->context = fan_out;
        poll(person, person->cursor);
    }
    fan_out->last_reply_ms = clock_mono_ms();
    look_for_quiet(fan_out);
    bench_run(fan_out->selector, "parking", PARK_SECONDS);
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

    if (response->status != STATUS_CREATED)
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
    fan_out->waiting = fan_out->people.count;
    fan_out->acknowledged = false;
    fan_out->posted_us = latency_now_us();
    person_post(&fan_out->people.list[0], &fan_out->poster, fan_out->index,
                on_posted, fan_out);
    set_timer(fan_out, give_up_message, clock_mono_ms() + MESSAGE_MS);
}

/* If all have it: goes on at the interval's end. */
static void finish_message(struct fan_out *fan_out)
{
    int64_t people = (int64_t)fan_out->people.count;

    if (fan_out->waiting > 0 || !fan_out->acknowledged)
        return;
    latency_add(&fan_out->last, fan_out->last_us);
    set_timer(fan_out, post_next,
              clock_mono_ms() + INTERVAL_MS +
                  people * INTERVAL_US_PER_PERSON / 1000);
}

static json_t *fan_out_summary(struct fan_out *fan_out)
{
    json_t *summary = delivery_summary(fan_out->book);

    json_object_set_new(summary, "last_ms", latency_summary(&fan_out->last));
    json_object_set_new(summary, "each_ms", latency_summary(&fan_out->each));
    return summary;
}

void load_fan_out(struct selector *selector, const struct load_options *options)
{
    struct fan_out fan_out = {
        .selector = selector,
        .options = options,
        .index = -1,
        .book = delivery_book_new(options->people, options->messages),
    };

    people_log_in(&fan_out.people, selector, options->port, options->people);
    http_client_open(&fan_out.poster, selector,
                     &(struct http_place){.port = options->port,
                                          .browser = options->people});
    bench_phase("logged_in", NULL);
    park_all(&fan_out);
    bench_phase("parked", NULL);
    post_next(&fan_out);
    bench_run(selector, "fan-out", FAN_OUT_SECONDS);
    bench_phase("done", fan_out_summary(&fan_out));

    http_client_close(&fan_out.poster);
    people_fini(&fan_out.people);
    delivery_book_free(fan_out.book);
    latency_fini(&fan_out.last);
    latency_fini(&fan_out.each);
}
