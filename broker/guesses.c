/*
 * A bucket is kept as the time at which it will be full again: each token
 * that is taken moves it by the time that one takes to come back, and there is
 * none when that is too far away.
 */
#include "broker/guesses.h"

#include <string.h>

/* How much a bucket holds, and how fast. */
struct allowance {
    int64_t count;
    int64_t refill_ms;
};

static const struct allowance of_address = {GUESSES_PER_ADDRESS,
                                            GUESS_ADDRESS_REFILL_MS};
static const struct allowance of_nick = {GUESSES_PER_NICK,
                                         GUESS_NICK_REFILL_MS};

void guesses_init(struct guesses *guesses)
{
    memset(guesses->full_ms, 0, sizeof(guesses->full_ms));
    crypto_shorthash_keygen(guesses->key);
}

static int64_t *bucket_of(struct guesses *guesses, const void *data,
                          size_t bytes)
{
    unsigned char hash[crypto_shorthash_BYTES];
    uint32_t place;

    crypto_shorthash(hash, data, bytes, guesses->key);
    memcpy(&place, hash, sizeof(place));
    return &guesses->full_ms[place % GUESS_BUCKETS];
}

/* How long until there is a token; 0: now. */
static int64_t wait_ms(int64_t full_ms, const struct allowance *allowance,
                       int64_t mono_ms)
{
    int64_t missing_ms = full_ms - mono_ms;
    int64_t most_ms = (allowance->count - 1) * allowance->refill_ms;

    return missing_ms > most_ms ? missing_ms - most_ms : 0;
}

static void take(int64_t *full_ms, const struct allowance *allowance,
                 int64_t mono_ms)
{
    if (*full_ms < mono_ms)
        *full_ms = mono_ms;
    *full_ms += allowance->refill_ms;
}

bool guesses_take(struct guesses *guesses, int64_t address,
                  const char *nick_key, int64_t mono_ms, int64_t *retry_ms_out)
{
    int64_t *by_nick = bucket_of(guesses, nick_key, strlen(nick_key));
    int64_t *by_address = bucket_of(guesses, &address, sizeof(address));
    int64_t nick_ms = wait_ms(*by_nick, &of_nick, mono_ms);
    int64_t address_ms =
        address != 0 ? wait_ms(*by_address, &of_address, mono_ms) : 0;

    if (nick_ms > 0 || address_ms > 0) {
        *retry_ms_out = nick_ms > address_ms ? nick_ms : address_ms;
        return false;
    }
    take(by_nick, &of_nick, mono_ms);
    if (address != 0)
        take(by_address, &of_address, mono_ms);
    return true;
}
