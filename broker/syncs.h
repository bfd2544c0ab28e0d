/*
 * The syncs: front ends asking "what is after X?", held until there is
 * something, or for as long as they wish. At most one per connection.
 */
#ifndef BROKER_SYNCS_H
#define BROKER_SYNCS_H

#include <stddef.h>
#include <stdint.h>

#include "broker/replica.h"
#include "broker/signals.h"
#include "common/link.h"
#include "common/protocol.h"

struct syncs;

/* All borrowed for its life. Never NULL. */
struct syncs *syncs_new(struct link_server *link, struct replica *replica,
                        const struct signals *signals);
void syncs_free(struct syncs *syncs);

/*
 * Takes over the request `ticket`: it is answered by syncs_answer(), now or
 * later. A connection's second one ends the first, unanswered.
 */
void syncs_hold(struct syncs *syncs, struct link_ticket ticket,
                const struct sync_request *request, int64_t mono_ms);

/* Forgets what is held for a connection that is gone. */
void syncs_forget(struct syncs *syncs, uint32_t connection);

/*
 * Answers every sync for which there is something, or whose time is up. The
 * replica is as committed.
 */
void syncs_answer(struct syncs *syncs, int64_t mono_ms);

#endif
