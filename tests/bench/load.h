/* What the load generator can do, see load.c. */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <stddef.h>
#include <stdint.h>

#include "common/selector.h"

struct load_options {
    uint16_t port;
    size_t people;
    int64_t messages; /* fan-out: how many; post: at most (0: any number) */
    int64_t seconds;  /* post: how long */
};

/*
 * Parks a poll of each of the people in one room, posts the messages one by
 * one, and enters every delivery. Phases: "logged_in", "parked", "done" with
 * "last_ms" (from the post to the last reader that has it), "each_ms" and the
 * counts of delivery_summary().
 */
void load_fan_out(struct selector *selector,
                  const struct load_options *options);

/*
 * Each of the people posts, one message after the other's acknowledgement.
 * Nobody polls. Phases: "logged_in", "done" with "posts", "seconds" and
 * "post_ms" (from the request to the acknowledgement).
 */
void load_post(struct selector *selector, const struct load_options *options);

#endif
