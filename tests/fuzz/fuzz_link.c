/*
 * The handshake of the link under any bytes. The first byte chooses which end
 * is attacked; then each frame is one byte of length and as many bytes. A
 * frame of length 255 stands for what an honest peer would send now, so that
 * the later states are reached, too.
 *
 * Whatever comes: who does not know the secret proves nothing.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include <sodium.h>

#include "common/link_proof.h"

enum { HONEST = 255 };

static const unsigned char secret[LINK_SECRET_BYTES] = "secret";
static const unsigned char nonce[LINK_NONCE_BYTES] = "nonce";
static const unsigned char peer_nonce[LINK_NONCE_BYTES] = "peer's";

/* The attacked end, and an honest peer for the frames it is to get. */
struct ends {
    struct link_handshake target;
    struct link_handshake peer;
    struct link_frame from_target;
    struct link_frame from_peer;
};

static void begin(struct ends *ends, bool attack_client)
{
    if (attack_client) {
        link_handshake_begin_client(&ends->target, nonce, &ends->from_target);
        link_handshake_begin_server(&ends->peer, peer_nonce);
        link_handshake_take(&ends->peer, secret, ends->from_target.bytes,
                            ends->from_target.length, &ends->from_peer);
    } else {
        link_handshake_begin_server(&ends->target, nonce);
        link_handshake_begin_client(&ends->peer, peer_nonce, &ends->from_peer);
    }
}

static void check(const struct ends *ends, enum chat_result result)
{
    bool ended = ends->target.state == LINK_ENDED;

    require(ends->from_target.length <= LINK_FRAME_BYTES_MAX);
    require(ended == (result == CHAT_FORBIDDEN || result == CHAT_CLOSED ||
                      result == CHAT_BAD_REQUEST));
    require(!ended || link_refusal_word(ends->target.refusal) != NULL);
}

static enum chat_result take_honest(struct ends *ends)
{
    enum chat_result result =
        link_handshake_take(&ends->target, secret, ends->from_peer.bytes,
                            ends->from_peer.length, &ends->from_target);

    if (result == CHAT_AGAIN)
        link_handshake_take(&ends->peer, secret, ends->from_target.bytes,
                            ends->from_target.length, &ends->from_peer);
    return result;
}

/* Exactly as large as the frame, so that a read beyond it is seen. */
static enum chat_result take_hostile(struct ends *ends, const uint8_t *data,
                                     size_t length)
{
    unsigned char *frame = malloc(length > 0 ? length : 1);

    require(frame != NULL);
    memcpy(frame, data, length);
    enum link_handshake_state before = ends->target.state;
    enum chat_result result = link_handshake_take(&ends->target, secret, frame,
                                                  length, &ends->from_target);
    free(frame);
    /* A WELCOME proves nothing: who sends it has done so in its CHALLENGE. */
    require(result != CHAT_OK || before == LINK_EXPECTS_WELCOME);
    return result;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ends ends = {.from_peer.length = 0};

    require(sodium_init() >= 0);
    if (size == 0)
        return 0;
    begin(&ends, data[0] % 2 == 1);
    data++;
    size--;
    while (size > 0) {
        size_t length = data[0];
        data++;
        size--;
        if (length == HONEST) {
            check(&ends, take_honest(&ends));
            continue;
        }
        if (length > size)
            length = size;
        check(&ends, take_hostile(&ends, data, length));
        data += length;
        size -= length;
    }
    return 0;
}
