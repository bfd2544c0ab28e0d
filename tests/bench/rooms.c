/*
 * Many rooms at rising rates. Message `index` is posted by person `index` %
 * people, and is due at a time of its own, whether or not the servers keep up:
 * the posts of a person go one after the other, those that are due meanwhile
 * wait here, and that counts as part of their delivery.
 *
 * A rate is held if all is delivered and 99 % of it within HELD_MS of being
 * due. One that is not is tried once more, as others may have disturbed it;
 * the first that is not held twice, or loses something, ends it.
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

enum {
    HELD_MS = 250,
    DRAIN_MS = 5000, /* what has not come so long after the last post is lost */
    TICK_MS = 1,
    TRIES = 2,
    STEP_GRACE_SECONDS = 30,
};

struct rooms;

/* A person's other connection, to post by. */
struct poster {
    struct rooms *rooms;
    const struct person *person;
    struct http_client http;
    int64_t index; /* of their next message */
    int64_t due;   /* messages */
    bool busy;
};

struct rooms {
    struct selector *selector;
    const struct load_options *options;
    struct people people;
    struct poster *posters;
    struct delivery_book *book;
    struct reading reading;
    struct selector_timer timer;
    /* The rate under way. */
    int64_t rate;
    int64_t begun_us;
    int64_t first, end; /* its messages' numbers */
    int64_t due;        /* the next message to become due */
    int64_t acknowledged;
    struct latency delivery;
};

static int64_t due_us(const struct rooms *rooms, int64_t index)
{
    return rooms->begun_us + (index - rooms->first) * 1000000 / rooms->rate;
}

static int64_t expected(const struct rooms *rooms)
{
    return rooms->end *
           (int64_t)(rooms->options->people / rooms->options->rooms);
}

static bool is_complete(const struct rooms *rooms)
{
    return rooms->acknowledged == rooms->end &&
           delivery_count(rooms->book) == expected(rooms);
}

static void on_delivery(void *context, int64_t index)
{
    struct rooms *rooms = context;

    latency_add(&rooms->delivery, latency_now_us() - due_us(rooms, index));
    if (is_complete(rooms))
        selector_stop(rooms->selector);
}

/* ---- posting ---- */

static void on_posted(void *context, const struct http_response *response);

static void post_next(struct poster *poster)
{
    if (poster->busy || poster->due == 0)
        return;
    poster->busy = true;
    poster->due--;
    person_post(poster->person, &poster->http, poster->index, on_posted,
                poster);
    poster->index += (int64_t)poster->rooms->options->people;
}

static void on_posted(void *context, const struct http_response *response)
{
    struct poster *poster = context;
    struct rooms *rooms = poster->rooms;

    if (!person_post_succeeded(response))
        bench_die("post: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    poster->busy = false;
    rooms->acknowledged++;
    post_next(poster);
    if (is_complete(rooms))
        selector_stop(rooms->selector);
}

/* Posts what has become due, until all of this rate has; then waits. */
static void on_tick(void *context)
{
    struct rooms *rooms = context;
    int64_t now_us = latency_now_us();

    while (rooms->due < rooms->end && due_us(rooms, rooms->due) <= now_us) {
        struct poster *poster =
            &rooms->posters[(size_t)rooms->due++ % rooms->options->people];
        poster->due++;
        post_next(poster);
    }
    if (rooms->due == rooms->end &&
        now_us > due_us(rooms, rooms->end) + DRAIN_MS * 1000)
        selector_stop(rooms->selector);
    else
        bench_need(selector_arm(rooms->selector, &rooms->timer,
                                clock_mono_ms() + TICK_MS),
                   "selector_arm");
}

/* ---- rates ---- */

/* The numbers of the rate that has ended; whether it was held. */
static json_t *step_summary(struct rooms *rooms, int64_t answers,
                            bool *held_out)
{
    json_t *summary = json_object();
    json_t *delivery = latency_summary(&rooms->delivery);

    *held_out = is_complete(rooms) &&
                json_real_value(json_object_get(delivery, "p99")) <= HELD_MS;
    json_object_set_new(summary, "rate", json_integer(rooms->rate));
    json_object_set_new(summary, "held", json_boolean(*held_out));
    json_object_set_new(summary, "answers", json_integer(answers));
    json_object_set_new(summary, "delivery_ms", delivery);
    return summary;
}

/* Returns whether it was held. */
static bool run_rate(struct rooms *rooms, int64_t rate)
{
    int64_t answers = rooms->reading.answers;
    bool held;

    rooms->rate = rate;
    rooms->first = rooms->end;
    rooms->end += rate * rooms->options->seconds;
    bench_phase("step", NULL);
    rooms->begun_us = latency_now_us();
    on_tick(rooms);
    bench_run(rooms->selector, "a rate",
              (int)rooms->options->seconds + STEP_GRACE_SECONDS);
    selector_disarm(rooms->selector, &rooms->timer);
    answers = rooms->reading.answers - answers;
    bench_phase("held", step_summary(rooms, answers, &held));
    latency_fini(&rooms->delivery);
    return held;
}

/* Returns whether it was held, at one of the tries. */
static bool try_rate(struct rooms *rooms, int64_t rate)
{
    for (int i = 0; i < TRIES; i++) {
        if (run_rate(rooms, rate))
            return true;
        if (!is_complete(rooms))
            break;
    }
    return false;
}

/* At most so many are posted. */
static int64_t all_messages(const struct load_options *options)
{
    int64_t sum = 0;

    for (size_t i = 0; i < options->rate_count; i++)
        sum += TRIES * options->rates[i] * options->seconds;
    return sum;
}

/* ---- beginning and end ---- */

static void open_posters(struct rooms *rooms)
{
    const struct load_options *options = rooms->options;

    rooms->posters = alloc_or_die(options->people * sizeof(*rooms->posters));
    for (size_t i = 0; i < options->people; i++) {
        struct poster *poster = &rooms->posters[i];
        poster->rooms = rooms;
        poster->person = &rooms->people.list[i];
        poster->index = (int64_t)i;
        http_client_open(&poster->http, rooms->selector,
                         &(struct http_place){.port = options->port,
                                              .browser = options->people + i});
    }
}

static void begin(struct rooms *rooms)
{
    const struct load_options *options = rooms->options;
    struct people_options people =
        load_people(rooms->selector, options, options->rooms);

    rooms->timer =
        (struct selector_timer){.callback = on_tick, .context = rooms};
    rooms->book = delivery_book_new(
        &(struct delivery_options){.readers = options->people,
                                   .messages = all_messages(options),
                                   .rooms = options->rooms,
                                   .posters = options->people / options->rooms,
                                   .bare = options->dialect == DIALECT_NCHAN,
                                   .on_delivery = on_delivery,
                                   .context = rooms});
    people_log_in(&rooms->people, &people);
    open_posters(rooms);
    bench_phase("logged_in", NULL);
    reading_begin(&rooms->reading, &rooms->people, rooms->book,
                  options->streams);
}

static void end(struct rooms *rooms)
{
    for (size_t i = 0; i < rooms->options->people; i++)
        http_client_close(&rooms->posters[i].http);
    free(rooms->posters);
    reading_fini(&rooms->reading);
    people_fini(&rooms->people);
    delivery_book_free(rooms->book);
}

void load_rooms(struct selector *selector, const struct load_options *options)
{
    struct rooms rooms = {.selector = selector, .options = options};

    if (options->people % options->rooms != 0 || options->seconds == 0)
        bench_die("as many people in each room, and some time");
    begin(&rooms);
    bench_phase("parked", NULL);
    for (size_t i = 0; i < options->rate_count; i++)
        if (options->rates[i] > 0 && !try_rate(&rooms, options->rates[i]))
            break;
    bench_phase("done", delivery_summary(rooms.book, expected(&rooms)));
    end(&rooms);
}
