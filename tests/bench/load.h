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
    bool streams; /* fan-out, rooms: instead of polls */
    size_t people;
    size_t rooms;     /* rooms: how many */
    int64_t messages; /* fan-out: how many; post: at most (0: any number) */
    int64_t seconds;  /* post: how long; rooms: of each rate */
    size_t rate_count;
    int64_t rates[RATES_MAX]; /* rooms: messages/s in all, one by one */
};

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

#endif
