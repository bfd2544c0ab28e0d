/* What the load generator can do, see load.c. */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/selector.h"
#include "tests/bench/people.h"

enum { RATES_MAX = 16 };

struct load_options {
    uint16_t port;
    enum dialect dialect;
    bool streams;     /* fan-out, rooms: instead of polls */
    bool as_browsers; /* with all the headers that a browser sends */
    bool posts;       /* crowd: this process posts */
    size_t people;
    size_t rooms;      /* rooms: how many */
    size_t first_room; /* whose rooms these are: those from this number on */
    int64_t messages;  /* how many; post: at most (0: any number) */
    int64_t seconds;   /* how long; rooms: of each rate; crowd: between posts */
    size_t rate_count;
    int64_t rates[RATES_MAX]; /* rooms: messages/s in all, one by one */
};

/* The options of its people, who share that many rooms. */
struct people_options load_people(struct selector *selector,
                                  const struct load_options *options,
                                  size_t rooms);

/*
 * All of the people wait in one room; posts the messages one by one, and
 * enters every delivery. Phases: "logged_in", "parked", "done" with "last_ms"
 * (from the post to the last reader that has it), "each_ms" and the counts of
 * delivery_summary().
 */
void load_fan_out(struct selector *selector,
                  const struct load_options *options);

/*
 * The people of several rooms wait, and each posts in its turn, at the given
 * rates, until one is not held (see rooms.c). Phases: "logged_in", "parked";
 * "step" before and "held" after each rate, with "rate", "held",
 * "delivery_ms" (from when the post was due to the reader that has it) and
 * "answers"; "done" with the counts of delivery_summary().
 */
void load_rooms(struct selector *selector, const struct load_options *options);

/*
 * Each of the people posts, one message after the other's acknowledgement.
 * Nobody polls. Phases: "logged_in", "done" with "posts", "seconds" and
 * "post_ms" (from the request to the acknowledgement).
 */
void load_post(struct selector *selector, const struct load_options *options);

/*
 * One part of a crowd that is too large for one process: its people wait in
 * one room with those of others, and one of the processes posts the messages
 * there, one every `seconds`. Phases: "logged_in", "parked"; "done" with, by
 * message, "posted_us" (0: by another) and "last_us" (when the last of these
 * people had it; both of the monotonic clock) and the counts of
 * delivery_summary().
 */
void load_crowd(struct selector *selector, const struct load_options *options);

/*
 * One session posts as fast as it can over as many connections as there are
 * people, whether or not it is refused for that. Phases: "logged_in"; "done"
 * with "accepted" and "refused".
 */
void load_flood(struct selector *selector, const struct load_options *options);

/*
 * The people of one room listen to streams, but read one byte in a second;
 * long messages are posted there, one after the other's acknowledgement.
 * Phases: "logged_in", "listening", "done".
 */
void load_slow(struct selector *selector, const struct load_options *options);

#endif
