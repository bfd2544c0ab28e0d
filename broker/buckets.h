/*
 * Token buckets: so much at once, then no faster than it refills. Pure; times
 * are of the monotonic clock.
 *
 * A bucket is one number: when it would be full again if nothing more were
 * taken. Zeroed, it is full.
 */
#ifndef BROKER_BUCKETS_H
#define BROKER_BUCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

struct bucket {
    int64_t full_at_us;
};

/* burst 0: there is no bound. */
struct bucket_rate {
    int64_t interval_us; /* in which one token comes back */
    int64_t burst;       /* tokens of a full bucket */
};

/* `count` (above 0; a part of one is fine) tokens come back every `per_ms`. */
struct bucket_rate bucket_rate(double count, int64_t per_ms, int64_t burst);

/* In how many milliseconds there is a token; 0: there is one now. */
int64_t bucket_wait_ms(const struct bucket *bucket,
                       const struct bucket_rate *rate, int64_t mono_ms);

/* Takes one, which is there. */
void bucket_take(struct bucket *bucket, const struct bucket_rate *rate,
                 int64_t mono_ms);

/*
 * What is limited, per session, per address, and per room. Joining counts for
 * a room's members to be, making rooms and logging in for nobody's room.
 */
enum limited {
    LIMITED_POST, /* also edits, reactions, reports */
    LIMITED_JOIN, /* also another nick */
    LIMITED_ROOM, /* making one */
    LIMITED_LOGIN,
    LIMITED_SEARCH,
    LIMITED_COUNT
};

enum limit_scope {
    LIMIT_OF_SESSION,
    LIMIT_OF_ADDRESS,
    LIMIT_OF_ROOM,
    LIMIT_SCOPE_COUNT
};

/*
 * Buckets by address. The oldest address makes way for a new one: whoever had
 * that many at hand would not be held up by any bound of this kind.
 */
enum { BUCKET_ADDRESSES_MAX = 20000 };

struct address_buckets {
    int64_t address;
    struct bucket buckets[LIMITED_COUNT];
    UT_hash_handle hh;
};

/* The buckets of `address` (not 0), full ones if it is new. */
struct bucket *address_buckets_find(struct address_buckets **table,
                                    int64_t address);
void address_buckets_free(struct address_buckets **table);

#endif
