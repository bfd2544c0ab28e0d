/*
 * How often passphrases may be tried: so often from one address, and so often
 * at one nick. A fixed number of token buckets, into which both are hashed by
 * a key of this start: two may share one, by chance alone. Pure.
 */
#ifndef BROKER_GUESSES_H
#define BROKER_GUESSES_H

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    GUESS_BUCKETS = 4096,
    /* Of one address: a household that has forgotten, no dictionary. */
    GUESSES_PER_ADDRESS = 20,
    GUESS_ADDRESS_REFILL_MS = 3000,
    /* Of one nick, from all addresses: its owner has a place among them. */
    GUESSES_PER_NICK = 100,
    GUESS_NICK_REFILL_MS = 1000,
};

/* When a bucket will be full again; monotonic clock. */
struct guesses {
    unsigned char key[crypto_shorthash_KEYBYTES];
    int64_t full_ms[GUESS_BUCKETS];
};

/* All buckets full, under a key of its own. */
void guesses_init(struct guesses *guesses);

/*
 * Takes one guess at `nick_key` from `address` (0: not known, not counted).
 * False: there were too many; `retry_ms_out` says when there is the next.
 */
bool guesses_take(struct guesses *guesses, int64_t address,
                  const char *nick_key, int64_t mono_ms, int64_t *retry_ms_out);

#endif
