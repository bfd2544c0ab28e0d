/*
 * The arithmetic is that of the "generic cell rate algorithm" (ITU-T I.371):
 * each token taken moves the moment at which the bucket is full again by one
 * interval; it may lie at most the whole burst ahead.
 */
#include "broker/buckets.h"

#include <assert.h>
#include <stdlib.h>

#include "common/alloc.h"

/* What never comes back in practice, but can be multiplied by a burst. */
#define INTERVAL_US_MAX (INT64_C(1000000) * 3600 * 24 * 366)

struct bucket_rate bucket_rate(double count, int64_t per_ms, int64_t burst)
{
    double interval_us =
        count > 0 ? (double)per_ms * 1000 / count : (double)INTERVAL_US_MAX;

    return (struct bucket_rate){
        .interval_us = interval_us < (double)INTERVAL_US_MAX
                           ? (int64_t)interval_us
                           : INTERVAL_US_MAX,
        .burst = burst,
    };
}

/* When it is full again, at the soonest now. */
static int64_t full_at_us(const struct bucket *bucket, int64_t mono_ms)
{
    int64_t now_us = mono_ms * 1000;

    return bucket->full_at_us > now_us ? bucket->full_at_us : now_us;
}

int64_t bucket_wait_ms(const struct bucket *bucket,
                       const struct bucket_rate *rate, int64_t mono_ms)
{
    if (rate->burst == 0)
        return 0;
    int64_t allowed_at_us =
        full_at_us(bucket, mono_ms) - (rate->burst - 1) * rate->interval_us;
    int64_t wait_us = allowed_at_us - mono_ms * 1000;
    return wait_us > 0 ? (wait_us + 999) / 1000 : 0;
}

void bucket_take(struct bucket *bucket, const struct bucket_rate *rate,
                 int64_t mono_ms)
{
    assert(bucket_wait_ms(bucket, rate, mono_ms) == 0);
    bucket->full_at_us = full_at_us(bucket, mono_ms) + rate->interval_us;
}

/* ---- by address ---- */

static void forget(struct address_buckets **table,
                   struct address_buckets *entry)
{
    HASH_DEL(*table, entry);
    free(entry);
}

struct bucket *address_buckets_find(struct address_buckets **table,
                                    int64_t address)
{
    struct address_buckets *entry;

    assert(address != 0);
    HASH_FIND(hh, *table, &address, sizeof(address), entry);
    if (entry != NULL)
        return entry->buckets;
    if (HASH_COUNT(*table) >= BUCKET_ADDRESSES_MAX)
        forget(table, *table); /* a table's first is its oldest */
    entry = alloc_or_die(sizeof(*entry));
    entry->address = address;
    HASH_ADD(hh, *table, address, sizeof(entry->address), entry);
    return entry->buckets;
}

void address_buckets_free(struct address_buckets **table)
{
    while (*table != NULL)
        forget(table, *table);
}
