/*
 * The handshake as a table: one row per state and frame type says how long
 * the frame is and who takes it. What no row names is a broken protocol.
 *
 * A proof is HMAC-SHA-512-256 (libsodium's crypto_auth) under the secret over
 * a label and both nonces. The label names the side that proves, so that
 * neither side's proof can be sent back to it as the other's; each side's own
 * fresh nonce is in it, so that no proof of an earlier connection is good
 * again. The server proves itself first: a client shows nothing that is made
 * with the secret to someone who does not know it.
 */
#include "common/link_proof.h"

#include <assert.h>
#include <string.h>

#include <sodium.h>

_Static_assert(LINK_SECRET_BYTES == crypto_auth_KEYBYTES, "secret is the key");
_Static_assert(LINK_PROOF_BYTES == crypto_auth_BYTES, "proof is the tag");

static const char server_label[] = "ajaxchat link 1 broker";
static const char client_label[] = "ajaxchat link 1 front";

enum {
    LABEL_BYTES_MAX = sizeof(server_label) - 1,
    PROVED_BYTES_MAX = LABEL_BYTES_MAX + LINK_NONCE_BYTES + LINK_NONCE_BYTES,
};

/* Writes what a proof is made over to `out`; returns its length. */
static size_t write_proved(const struct link_handshake *handshake,
                           const char *label,
                           unsigned char out[PROVED_BYTES_MAX])
{
    size_t length = strnlen(label, LABEL_BYTES_MAX);

    memcpy(out, label,
           length); /* NOLINT(bugprone-not-null-terminated-result) */
    memcpy(out + length, handshake->client_nonce, LINK_NONCE_BYTES);
    length += LINK_NONCE_BYTES;
    memcpy(out + length, handshake->server_nonce, LINK_NONCE_BYTES);
    return length + LINK_NONCE_BYTES;
}

static void append(struct link_frame *frame, const void *data, size_t length)
{
    assert(length <= sizeof(frame->bytes) - frame->length);
    memcpy(frame->bytes + frame->length, data, length);
    frame->length += length;
}

static void append_byte(struct link_frame *frame, int byte)
{
    append(frame, &(unsigned char){(unsigned char)byte}, 1);
}

static void append_proof(struct link_frame *frame,
                         const struct link_handshake *handshake,
                         const char *label, const unsigned char *secret)
{
    unsigned char proved[PROVED_BYTES_MAX];
    unsigned char proof[LINK_PROOF_BYTES];
    size_t length = write_proved(handshake, label, proved);

    crypto_auth(proof, proved, length, secret);
    append(frame, proof, sizeof(proof));
}

static bool is_proof(const unsigned char *proof,
                     const struct link_handshake *handshake, const char *label,
                     const unsigned char *secret)
{
    unsigned char proved[PROVED_BYTES_MAX];
    size_t length = write_proved(handshake, label, proved);

    return crypto_auth_verify(proof, proved, length, secret) == 0;
}

static enum chat_result refuse(struct link_handshake *handshake,
                               enum link_refusal refusal,
                               struct link_frame *frame_out)
{
    link_handshake_refuse(handshake, refusal, frame_out);
    return CHAT_FORBIDDEN;
}

/* `body` is the frame after its type; its length has been checked. */
static enum chat_result take_hello(struct link_handshake *handshake,
                                   const unsigned char *secret,
                                   const unsigned char *body,
                                   struct link_frame *frame_out)
{
    if (body[0] != LINK_VERSION)
        return refuse(handshake, LINK_REFUSAL_VERSION, frame_out);
    memcpy(handshake->client_nonce, body + 1, LINK_NONCE_BYTES);
    append_byte(frame_out, LINK_CHALLENGE);
    append_byte(frame_out, LINK_VERSION);
    append(frame_out, handshake->server_nonce, LINK_NONCE_BYTES);
    append_proof(frame_out, handshake, server_label, secret);
    handshake->state = LINK_EXPECTS_PROVE;
    return CHAT_AGAIN;
}

static enum chat_result take_challenge(struct link_handshake *handshake,
                                       const unsigned char *secret,
                                       const unsigned char *body,
                                       struct link_frame *frame_out)
{
    if (body[0] != LINK_VERSION)
        return refuse(handshake, LINK_REFUSAL_VERSION, frame_out);
    memcpy(handshake->server_nonce, body + 1, LINK_NONCE_BYTES);
    if (!is_proof(body + 1 + LINK_NONCE_BYTES, handshake, server_label, secret))
        return refuse(handshake, LINK_REFUSAL_SECRET, frame_out);
    append_byte(frame_out, LINK_PROVE);
    append_proof(frame_out, handshake, client_label, secret);
    handshake->state = LINK_EXPECTS_WELCOME;
    return CHAT_AGAIN;
}

static enum chat_result take_prove(struct link_handshake *handshake,
                                   const unsigned char *secret,
                                   const unsigned char *body,
                                   struct link_frame *frame_out)
{
    if (!is_proof(body, handshake, client_label, secret))
        return refuse(handshake, LINK_REFUSAL_SECRET, frame_out);
    append_byte(frame_out, LINK_WELCOME);
    handshake->state = LINK_PROVEN;
    return CHAT_OK;
}

static enum chat_result take_welcome(struct link_handshake *handshake,
                                     const unsigned char *secret,
                                     const unsigned char *body,
                                     struct link_frame *frame_out)
{
    (void)secret;
    (void)body;
    (void)frame_out;
    handshake->state = LINK_PROVEN;
    return CHAT_OK;
}

static enum chat_result take_refused(struct link_handshake *handshake,
                                     const unsigned char *secret,
                                     const unsigned char *body,
                                     struct link_frame *frame_out)
{
    (void)secret;
    (void)frame_out;
    handshake->state = LINK_ENDED;
    handshake->refusal = LINK_REFUSAL_PROTOCOL;
    if (body[0] >= LINK_REFUSAL_SECRET && body[0] <= LINK_REFUSAL_FULL)
        handshake->refusal = (enum link_refusal)body[0];
    return CHAT_CLOSED;
}

static const struct step {
    enum link_handshake_state state;
    enum link_frame_type type;
    size_t frame_bytes;
    enum chat_result (*take)(struct link_handshake *handshake,
                             const unsigned char *secret,
                             const unsigned char *body,
                             struct link_frame *frame_out);
} steps[] = {
    {LINK_EXPECTS_HELLO, LINK_HELLO, 2 + LINK_NONCE_BYTES, take_hello},
    {LINK_EXPECTS_PROVE, LINK_PROVE, 1 + LINK_PROOF_BYTES, take_prove},
    {LINK_EXPECTS_PROVE, LINK_REFUSED, 2, take_refused},
    {LINK_EXPECTS_CHALLENGE, LINK_CHALLENGE, LINK_FRAME_BYTES_MAX,
     take_challenge},
    {LINK_EXPECTS_CHALLENGE, LINK_REFUSED, 2, take_refused},
    {LINK_EXPECTS_WELCOME, LINK_WELCOME, 1, take_welcome},
    {LINK_EXPECTS_WELCOME, LINK_REFUSED, 2, take_refused},
};

static const struct step *find_step(enum link_handshake_state state,
                                    const unsigned char *data, size_t length)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        const struct step *step = &steps[i];
        if (step->state == state && step->frame_bytes == length &&
            step->type == data[0])
            return step;
    }
    return NULL;
}

void link_handshake_begin_server(struct link_handshake *handshake,
                                 const unsigned char *nonce)
{
    *handshake = (struct link_handshake){.state = LINK_EXPECTS_HELLO};
    memcpy(handshake->server_nonce, nonce, LINK_NONCE_BYTES);
}

void link_handshake_begin_client(struct link_handshake *handshake,
                                 const unsigned char *nonce,
                                 struct link_frame *frame_out)
{
    *handshake = (struct link_handshake){.state = LINK_EXPECTS_CHALLENGE};
    memcpy(handshake->client_nonce, nonce, LINK_NONCE_BYTES);
    frame_out->length = 0;
    append_byte(frame_out, LINK_HELLO);
    append_byte(frame_out, LINK_VERSION);
    append(frame_out, nonce, LINK_NONCE_BYTES);
}

enum chat_result link_handshake_take(struct link_handshake *handshake,
                                     const unsigned char *secret,
                                     const unsigned char *data, size_t length,
                                     struct link_frame *frame_out)
{
    const struct step *step = find_step(handshake->state, data, length);

    frame_out->length = 0;
    if (step == NULL) {
        handshake->state = LINK_ENDED;
        handshake->refusal = LINK_REFUSAL_PROTOCOL;
        return CHAT_BAD_REQUEST;
    }
    return step->take(handshake, secret, data + 1, frame_out);
}

void link_handshake_refuse(struct link_handshake *handshake,
                           enum link_refusal refusal,
                           struct link_frame *frame_out)
{
    handshake->state = LINK_ENDED;
    handshake->refusal = refusal;
    frame_out->length = 0;
    append_byte(frame_out, LINK_REFUSED);
    append_byte(frame_out, (int)refusal);
}

const char *link_refusal_word(enum link_refusal refusal)
{
    static const char *const words[] = {
        [LINK_REFUSAL_PROTOCOL] = "not_the_protocol",
        [LINK_REFUSAL_SECRET] = "wrong_secret",
        [LINK_REFUSAL_VERSION] = "other_version",
        [LINK_REFUSAL_FULL] = "too_many_front_ends",
    };

    return words[refusal];
}
