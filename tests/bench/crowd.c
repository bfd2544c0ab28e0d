/*
 * The processes of a crowd share a clock, the kernel's, and nothing else:
 * their driver starts them at the same time, and puts their numbers together.
 */
#include <stdlib.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/delivery.h"
#include "tests/bench/latency.h"
#include "tests/bench/load.h"
#include "tests/bench/people.h"
#include "tests/bench/reading.h"

enum { LAST_MESSAGE_MS = 30000, GRACE_SECONDS = 60 };

struct crowd {
    struct selector *selector;
    const struct load_options *options;
    struct people people;
    struct http_client poster;
    struct delivery_book *book;
    struct reading reading;
    struct selector_timer post_timer, end_timer;
    int64_t posted;               /* messages */
    int64_t *posted_us, *last_us; /* by message */
};

static int64_t expected(const struct crowd *crowd)
{
    return (int64_t)crowd->options->people * crowd->options->messages;
}

static void on_delivery(void *context, int64_t index)
{
    struct crowd *crowd = context;

    crowd->last_us[index] = latency_now_us();
    if (delivery_count(crowd->book) == expected(crowd))
        selector_stop(crowd->selector);
}

static void on_posted(void *context, const struct http_response *response)
{
    (void)context;
    if (!person_post_succeeded(response))
        bench_die("post: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
}

static void set_timer(struct crowd *crowd, struct selector_timer *timer,
                      int64_t delay_ms)
{
    bench_need(selector_arm(crowd->selector, timer, clock_mono_ms() + delay_ms),
               "selector_arm");
}

static void post_next(void *context)
{
    struct crowd *crowd = context;

    crowd->posted_us[crowd->posted] = latency_now_us();
    person_post(&crowd->people.list[0], &crowd->poster, crowd->posted,
                on_posted, NULL);
    if (++crowd->posted < crowd->options->messages)
        set_timer(crowd, &crowd->post_timer, crowd->options->seconds * 1000);
}

/* Connects only now: a server closes what says nothing for long. */
static void begin_posting(struct crowd *crowd)
{
    const struct load_options *options = crowd->options;

    http_client_open(&crowd->poster, crowd->selector,
                     &(struct http_place){.port = options->port,
                                          .browser = options->people});
    post_next(crowd);
}

/* What has not come by now does not come. */
static void give_up(void *context)
{
    selector_stop(((struct crowd *)context)->selector);
}

/* Until all of these people have all messages. */
static void run(struct crowd *crowd)
{
    const struct load_options *options = crowd->options;
    int64_t seconds = options->messages * options->seconds;

    set_timer(crowd, &crowd->end_timer, seconds * 1000 + LAST_MESSAGE_MS);
    if (options->posts)
        begin_posting(crowd);
    bench_run(crowd->selector, "crowd", (int)seconds + GRACE_SECONDS);
    if (options->posts)
        http_client_close(&crowd->poster);
    selector_disarm(crowd->selector, &crowd->end_timer);
    selector_disarm(crowd->selector, &crowd->post_timer);
}

static json_t *times(const int64_t *times_us, int64_t count)
{
    json_t *list = json_array();

    for (int64_t i = 0; i < count; i++)
        json_array_append_new(list, json_integer(times_us[i]));
    return list;
}

static json_t *crowd_summary(const struct crowd *crowd)
{
    json_t *summary = delivery_summary(crowd->book, expected(crowd));
    int64_t messages = crowd->options->messages;

    json_object_set_new(summary, "posted_us",
                        times(crowd->posted_us, messages));
    json_object_set_new(summary, "last_us", times(crowd->last_us, messages));
    return summary;
}

static void begin(struct crowd *crowd)
{
    const struct load_options *options = crowd->options;
    size_t messages = (size_t)options->messages;
    struct people_options people = load_people(crowd->selector, options, 1);

    crowd->posted_us = alloc_or_die(messages * sizeof(int64_t));
    crowd->last_us = alloc_or_die(messages * sizeof(int64_t));
    crowd->post_timer =
        (struct selector_timer){.callback = post_next, .context = crowd};
    crowd->end_timer =
        (struct selector_timer){.callback = give_up, .context = crowd};
    crowd->book = delivery_book_new(
        &(struct delivery_options){.readers = options->people,
                                   .messages = options->messages,
                                   .rooms = 1,
                                   .posters = 1,
                                   .on_delivery = on_delivery,
                                   .context = crowd});
    people_log_in(&crowd->people, &people);
}

void load_crowd(struct selector *selector, const struct load_options *options)
{
    struct crowd crowd = {.selector = selector, .options = options};

    if (options->messages == 0)
        bench_die("a crowd without a message");
    begin(&crowd);
    bench_phase("logged_in", NULL);
    reading_begin(&crowd.reading, &crowd.people, crowd.book, options->streams);
    bench_phase("parked", NULL);
    run(&crowd);
    bench_phase("done", crowd_summary(&crowd));

    reading_fini(&crowd.reading);
    people_fini(&crowd.people);
    delivery_book_free(crowd.book);
    free(crowd.posted_us);
    free(crowd.last_us);
}
