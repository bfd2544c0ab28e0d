/*
 * How fast things may be done: by one session, from one address, in one room.
 * What is asked for needs a token of each that counts, and takes none unless
 * all have one.
 */
#include "broker/state_internal.h"

/* The buckets that count for a command, with their rates. */
struct tokens {
    struct bucket *buckets[LIMIT_SCOPE_COUNT];
    const struct bucket_rate *rates[LIMIT_SCOPE_COUNT];
    size_t count;
};

static void add(struct tokens *tokens, struct bucket *bucket,
                const struct bucket_rate *rate)
{
    if (rate->burst == 0)
        return;
    tokens->buckets[tokens->count] = bucket;
    tokens->rates[tokens->count++] = rate;
}

static void gather(const struct decision *decision, enum limited limited,
                   struct room *room, struct tokens *tokens)
{
    struct state *state = decision->state;
    const struct bucket_rate *rates = state->rules.rates[limited];
    int64_t address = decision->command->address;

    if (decision->session != NULL)
        add(tokens, &decision->session->buckets[limited],
            &rates[LIMIT_OF_SESSION]);
    if (address != 0)
        add(tokens, &address_buckets_find(&state->addresses, address)[limited],
            &rates[LIMIT_OF_ADDRESS]);
    if (room != NULL)
        add(tokens, &room->buckets[limited], &rates[LIMIT_OF_ROOM]);
}

enum chat_result state_take(const struct decision *decision,
                            enum limited limited, struct room *room)
{
    int64_t mono_ms = decision->now.mono_ms, longest_ms = 0;
    struct tokens tokens = {.count = 0};

    if (!decision->state->rules.rate_limits)
        return CHAT_OK;
    gather(decision, limited, room, &tokens);
    for (size_t i = 0; i < tokens.count; i++) {
        int64_t wait_ms =
            bucket_wait_ms(tokens.buckets[i], tokens.rates[i], mono_ms);
        longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
    }
    if (longest_ms > 0) {
        decision->outcome->retry_ms = longest_ms;
        return CHAT_RATE_LIMITED;
    }
    for (size_t i = 0; i < tokens.count; i++)
        bucket_take(tokens.buckets[i], tokens.rates[i], mono_ms);
    return CHAT_OK;
}
