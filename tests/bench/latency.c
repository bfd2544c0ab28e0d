#include "tests/bench/latency.h"

#include <stdlib.h>
#include <time.h>

#include "common/alloc.h"

enum { FIRST_CAPACITY = 1024 };

int64_t latency_now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

void latency_add(struct latency *latency, int64_t time_us)
{
    if (latency->count == latency->capacity) {
        latency->capacity =
            latency->capacity == 0 ? FIRST_CAPACITY : 2 * latency->capacity;
        latency->times_us = realloc_or_die(
            latency->times_us, latency->capacity * sizeof(*latency->times_us));
    }
    latency->times_us[latency->count++] = time_us;
}

static int compare(const void *one, const void *other)
{
    const int64_t *left = one, *right = other;

    return (*left > *right) - (*left < *right);
}

/* The nearest-rank percentile of sorted times. */
static json_t *percentile_ms(const struct latency *latency, size_t percent)
{
    if (latency->count == 0)
        return json_real(0);
    size_t rank = (latency->count * percent + 99) / 100;
    return json_real((double)latency->times_us[rank - 1] / 1000);
}

json_t *latency_summary(struct latency *latency)
{
    json_t *summary = json_object();

    if (latency->count > 0)
        qsort(latency->times_us, latency->count, sizeof(*latency->times_us),
              compare);
    json_object_set_new(summary, "count",
                        json_integer((json_int_t)latency->count));
    json_object_set_new(summary, "p50", percentile_ms(latency, 50));
    json_object_set_new(summary, "p90", percentile_ms(latency, 90));
    json_object_set_new(summary, "p99", percentile_ms(latency, 99));
    json_object_set_new(summary, "max", percentile_ms(latency, 100));
    return summary;
}

void latency_fini(struct latency *latency)
{
    free(latency->times_us);
    *latency = (struct latency){0};
}
