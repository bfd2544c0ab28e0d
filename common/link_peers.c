/*
 * A plain array, searched from the front: at most some hundred entries, and
 * each connection sends one request at a time, so that a search (about a
 * microsecond) is nothing beside the request.
 */
#include "common/link_peers.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include <sodium.h>

enum peer_state {
    PEER_FREE = 0,
    PEER_UNPROVEN,
    PEER_PROVEN,
    PEER_GONE, /* had proved itself; the loop has not been told yet */
};

struct peer {
    uint32_t connection;
    enum peer_state state;
    int64_t since_ms; /* first seen by link_peers_next_expired(); or -1 */
    uint64_t arrival; /* the smaller, the older */
    struct link_handshake handshake;
};

struct link_peers {
    pthread_mutex_t lock;
    size_t proven_max;
    size_t proven_count; /* with those that are gone and not yet told */
    size_t unproven_count;
    size_t evicted_count;
    uint64_t arrivals;
    size_t capacity; /* proven_max + LINK_UNPROVEN_MAX: never exceeded */
    struct peer table[];
};

struct link_peers *link_peers_new(size_t proven_max)
{
    size_t capacity = proven_max + LINK_UNPROVEN_MAX;
    struct link_peers *peers =
        calloc(1, sizeof(*peers) + capacity * sizeof(peers->table[0]));

    if (peers == NULL)
        return NULL;
    pthread_mutex_init(&peers->lock, NULL);
    peers->proven_max = proven_max;
    peers->capacity = capacity;
    return peers;
}

void link_peers_free(struct link_peers *peers)
{
    if (peers == NULL)
        return;
    pthread_mutex_destroy(&peers->lock);
    free(peers);
}

/* The first entry in `state`, and with `connection` unless that is 0. */
static struct peer *find(struct link_peers *peers, enum peer_state state,
                         uint32_t connection)
{
    for (size_t i = 0; i < peers->capacity; i++) {
        struct peer *peer = &peers->table[i];
        if (peer->state == state &&
            (connection == 0 || peer->connection == connection))
            return peer;
    }
    return NULL;
}

static void forget_unproven(struct link_peers *peers, struct peer *peer)
{
    assert(peer->state == PEER_UNPROVEN);
    *peer = (struct peer){.state = PEER_FREE};
    peers->unproven_count--;
}

static uint32_t evict_oldest(struct link_peers *peers)
{
    struct peer *oldest = NULL;

    for (size_t i = 0; i < peers->capacity; i++) {
        struct peer *peer = &peers->table[i];
        if (peer->state == PEER_UNPROVEN &&
            (oldest == NULL || peer->arrival < oldest->arrival))
            oldest = peer;
    }
    assert(oldest != NULL);
    uint32_t connection = oldest->connection;
    forget_unproven(peers, oldest);
    peers->evicted_count++;
    return connection;
}

uint32_t link_peers_admit(struct link_peers *peers, uint32_t connection)
{
    unsigned char nonce[LINK_NONCE_BYTES];
    uint32_t evicted = 0;

    assert(connection != 0);
    randombytes_buf(nonce, sizeof(nonce));
    pthread_mutex_lock(&peers->lock);
    if (peers->unproven_count == LINK_UNPROVEN_MAX)
        evicted = evict_oldest(peers);
    struct peer *peer = find(peers, PEER_FREE, 0);
    assert(peer != NULL);
    peer->connection = connection;
    peer->state = PEER_UNPROVEN;
    peer->since_ms = -1;
    peer->arrival = peers->arrivals++;
    link_handshake_begin_server(&peer->handshake, nonce);
    peers->unproven_count++;
    pthread_mutex_unlock(&peers->lock);
    return evicted;
}

bool link_peers_remove(struct link_peers *peers, uint32_t connection)
{
    pthread_mutex_lock(&peers->lock);
    struct peer *unproven = find(peers, PEER_UNPROVEN, connection);
    struct peer *proven = find(peers, PEER_PROVEN, connection);
    if (unproven != NULL)
        forget_unproven(peers, unproven);
    if (proven != NULL)
        proven->state = PEER_GONE;
    pthread_mutex_unlock(&peers->lock);
    return proven != NULL;
}

enum link_peer link_peers_find(struct link_peers *peers, uint32_t connection)
{
    enum link_peer found = LINK_PEER_UNKNOWN;

    pthread_mutex_lock(&peers->lock);
    if (find(peers, PEER_PROVEN, connection) != NULL)
        found = LINK_PEER_PROVEN;
    else if (find(peers, PEER_UNPROVEN, connection) != NULL)
        found = LINK_PEER_UNPROVEN;
    pthread_mutex_unlock(&peers->lock);
    return found;
}

/* It knows the secret: makes it one of the proven, if there is room. */
static enum chat_result promote(struct link_peers *peers, struct peer *peer,
                                struct link_frame *frame_out)
{
    if (peers->proven_count == peers->proven_max) {
        link_handshake_refuse(&peer->handshake, LINK_REFUSAL_FULL, frame_out);
        return CHAT_FORBIDDEN;
    }
    peer->state = PEER_PROVEN;
    peers->unproven_count--;
    peers->proven_count++;
    return CHAT_OK;
}

enum chat_result link_peers_handshake(struct link_peers *peers,
                                      uint32_t connection,
                                      const unsigned char *secret,
                                      const unsigned char *data, size_t length,
                                      struct link_answer *answer_out)
{
    enum chat_result result = CHAT_NOT_FOUND;

    pthread_mutex_lock(&peers->lock);
    struct peer *peer = find(peers, PEER_UNPROVEN, connection);
    if (peer != NULL) {
        result = link_handshake_take(&peer->handshake, secret, data, length,
                                     &answer_out->frame);
        if (result == CHAT_OK)
            result = promote(peers, peer, &answer_out->frame);
        answer_out->refusal = peer->handshake.refusal;
    }
    pthread_mutex_unlock(&peers->lock);
    return result;
}

enum chat_result link_peers_next_gone(struct link_peers *peers,
                                      uint32_t *connection_out)
{
    enum chat_result result = CHAT_AGAIN;

    pthread_mutex_lock(&peers->lock);
    struct peer *peer = find(peers, PEER_GONE, 0);
    if (peer != NULL) {
        *connection_out = peer->connection;
        *peer = (struct peer){.state = PEER_FREE};
        peers->proven_count--;
        result = CHAT_OK;
    }
    pthread_mutex_unlock(&peers->lock);
    return result;
}

/* Whether `peer` is late; starts its time when it is seen first. */
static bool is_late(struct peer *peer, int64_t now_ms)
{
    if (peer->state != PEER_UNPROVEN)
        return false;
    if (peer->since_ms < 0)
        peer->since_ms = now_ms;
    return now_ms - peer->since_ms >= LINK_PROOF_MS;
}

uint32_t link_peers_next_expired(struct link_peers *peers, int64_t now_ms)
{
    uint32_t expired = 0;

    pthread_mutex_lock(&peers->lock);
    for (size_t i = 0; i < peers->capacity && expired == 0; i++) {
        struct peer *peer = &peers->table[i];
        if (is_late(peer, now_ms)) {
            expired = peer->connection;
            forget_unproven(peers, peer);
        }
    }
    pthread_mutex_unlock(&peers->lock);
    return expired;
}

size_t link_peers_take_evicted(struct link_peers *peers)
{
    pthread_mutex_lock(&peers->lock);
    size_t count = peers->evicted_count;
    peers->evicted_count = 0;
    pthread_mutex_unlock(&peers->lock);
    return count;
}
