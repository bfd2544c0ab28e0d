/*
 * Each poll is asked again as soon as it is answered. Whether it has been
 * parked on the other side cannot be seen from here, hence the wait for quiet.
 */
#include "tests/bench/reading.h"

#include <stdlib.h>

#include "common/alloc.h"
#include "common/clock.h"
#include "tests/bench/bench.h"

enum {
    /* Nothing has come for so long: all is parked. */
    QUIET_MS = 400,
    QUIET_US_PER_PERSON = 200,
    LOOK_MS = 100,
    PARK_SECONDS = 60,
    STATUS_OK = 200,
};

/* A person's `context`. */
struct reader {
    struct reading *reading;
    struct person *person;
    struct event_stream events;
};

/* ---- polls ---- */

static void on_poll(void *context, const struct http_response *response)
{
    struct person *person = context;
    struct reader *reader = person->context;
    struct reading *reading = reader->reading;

    if (response->status != STATUS_OK)
        bench_die("poll: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    const struct delivery_news *news = delivery_read(
        reading->book, person->number, response->body, response->body_bytes);
    reading->answers++;
    reading->last_reply_ms = clock_mono_ms();
    person_advance(person, response, news);
    person_poll(person, on_poll);
    delivery_enter(reading->book, person->number, news);
}

/* ---- streams ---- */

static void on_data(void *context, const char *data, size_t data_bytes)
{
    struct reader *reader = context;
    struct reading *reading = reader->reading;

    reading->answers++;
    reading->last_reply_ms = clock_mono_ms();
    delivery_enter(
        reading->book, reader->person->number,
        delivery_read(reading->book, reader->person->number, data, data_bytes));
}

static void on_piece(void *context, const char *piece, size_t piece_bytes)
{
    struct person *person = context;
    struct reader *reader = person->context;

    event_stream_feed(&reader->events, piece, piece_bytes, on_data, reader);
}

/* ---- beginning ---- */

static void look_for_quiet(void *context)
{
    struct reading *reading = context;
    struct selector *selector = reading->people->options.selector;
    int64_t now_ms = clock_mono_ms();
    int64_t people = (int64_t)reading->people->options.count;
    int64_t quiet_ms = QUIET_MS + people * QUIET_US_PER_PERSON / 1000;

    if (now_ms - reading->last_reply_ms >= quiet_ms)
        selector_stop(selector);
    else
        bench_need(selector_arm(selector, &reading->timer, now_ms + LOOK_MS),
                   "selector_arm");
}

static void begin_reader(struct reading *reading, size_t number)
{
    struct person *person = &reading->people->list[number];

    reading->readers[number] =
        (struct reader){.reading = reading, .person = person};
    person->context = &reading->readers[number];
    if (reading->by_streams)
        person_listen(person, on_piece);
    else
        person_poll(person, on_poll);
}

void reading_begin(struct reading *reading_out, struct people *people,
                   struct delivery_book *book, bool by_streams)
{
    size_t count = people->options.count;

    *reading_out = (struct reading){
        .people = people,
        .book = book,
        .by_streams = by_streams,
        .readers = alloc_or_die(count * sizeof(struct reader)),
        .timer = {.callback = look_for_quiet, .context = reading_out},
    };
    for (size_t i = 0; i < count; i++)
        begin_reader(reading_out, i);
    reading_out->last_reply_ms = clock_mono_ms();
    look_for_quiet(reading_out);
    bench_run(people->options.selector, "parking", PARK_SECONDS);
}

void reading_fini(struct reading *reading)
{
    for (size_t i = 0; i < reading->people->options.count; i++)
        event_stream_fini(&reading->readers[i].events);
    free(reading->readers);
}
