/*
 * Outgoing hooks: each is told of its room's events, in order, from the log.
 * How far it has been told is kept in the store, so a restart loses nothing;
 * it may be told the newest once more.
 */
#ifndef BROKER_WEBHOOKS_H
#define BROKER_WEBHOOKS_H

#include <stdint.h>

#include "broker/replica.h"
#include "common/result.h"
#include "common/settings.h"

enum {
    WEBHOOK_EVENTS_MAX = 100, /* of one post */
    WEBHOOK_RETRY_MS_MIN = 1000,
    WEBHOOK_RETRY_MS_MAX = 600 * 1000,
};

struct webhooks;

/* `replica` is borrowed. CHAT_OK or the reason, logged. */
enum chat_result webhooks_open(const struct settings *settings,
                               struct replica *replica,
                               struct webhooks **webhooks_out);

/*
 * Once a second, outside of batches: notes what has been accepted, and posts
 * what is new, at most one post for each hook at a time. After a refusal a
 * hook's next post waits, twice as long each time.
 */
void webhooks_tick(struct webhooks *webhooks, int64_t mono_ms);

/* NULL is fine. */
void webhooks_close(struct webhooks *webhooks);

#endif
