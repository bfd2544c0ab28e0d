/*
 * The connections of a link server: who has proved itself, who is about to,
 * who has gone. nng tells of connections on threads of its own, so this table
 * has a lock; it never calls out while it holds it.
 *
 * Connections that have proved themselves and those that have not are bounded
 * apart: a crowd of strangers can push out only each other.
 */
#ifndef COMMON_LINK_PEERS_H
#define COMMON_LINK_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/link_proof.h"
#include "common/result.h"

enum {
    /* A handshake takes two round trips: few are under way at once. */
    LINK_UNPROVEN_MAX = 16,
};

struct link_peers;

/* Connection ids are never 0. NULL: no memory. */
struct link_peers *link_peers_new(size_t proven_max);
void link_peers_free(struct link_peers *peers);

/* ---- from any thread ---- */

/*
 * A connection came. Returns the one to close in its place, the oldest that
 * has not proved itself, which is forgotten already; or 0.
 */
uint32_t link_peers_admit(struct link_peers *peers, uint32_t connection);

/*
 * A connection went. Whether it had proved itself, and so will be told by
 * link_peers_next_gone().
 */
bool link_peers_remove(struct link_peers *peers, uint32_t connection);

/* ---- from the loop ---- */

enum link_peer {
    LINK_PEER_UNKNOWN,  /* gone or pushed out: drop what it sent */
    LINK_PEER_UNPROVEN, /* only link_peers_handshake() for it */
    LINK_PEER_PROVEN,
};

/* What comes of a frame: one to send if it has a length, and why refused. */
struct link_answer {
    struct link_frame frame;
    enum link_refusal refusal; /* CHAT_FORBIDDEN, _CLOSED, _BAD_REQUEST */
};

/* What `connection` is just now. */
enum link_peer link_peers_find(struct link_peers *peers, uint32_t connection);

/*
 * link_handshake_take() for `connection`. CHAT_FORBIDDEN also when it has
 * proved itself but `proven_max` others have, too; CHAT_NOT_FOUND: it was
 * pushed out, there is no answer. Otherwise `answer_out` is set.
 */
enum chat_result link_peers_handshake(struct link_peers *peers,
                                      uint32_t connection,
                                      const unsigned char *secret,
                                      const unsigned char *data, size_t length,
                                      struct link_answer *answer_out);

/* The next one that is gone, which is forgotten now. CHAT_OK or CHAT_AGAIN. */
enum chat_result link_peers_next_gone(struct link_peers *peers,
                                      uint32_t *connection_out);

/*
 * The next one to close because it has not proved itself in LINK_PROOF_MS
 * since this function first saw it; it is forgotten now. 0: none.
 */
uint32_t link_peers_next_expired(struct link_peers *peers, int64_t now_ms);

/* How many link_peers_admit() has pushed out since the last call. */
size_t link_peers_take_evicted(struct link_peers *peers);

#endif
