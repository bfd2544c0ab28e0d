/* Measured times, all kept, and their percentiles. */
#ifndef TESTS_BENCH_LATENCY_H
#define TESTS_BENCH_LATENCY_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Zero it before the first use. */
struct latency {
    int64_t *times_us;
    size_t count;
    size_t capacity;
};

/* Microseconds of the monotonic clock. */
int64_t latency_now_us(void);

/* Adds one time; without memory the program ends. */
void latency_add(struct latency *latency, int64_t time_us);

/*
 * {"count","p50","p90","p99","max"} in milliseconds; 0 where there are no
 * times. Sorts them. A new reference.
 */
json_t *latency_summary(struct latency *latency);

void latency_fini(struct latency *latency);

#endif
