/*
 * The handshake of the link: how each side proves that it knows the shared
 * secret without showing it. Pure functions over bytes, for both ends; the
 * sockets are link_server.c's and link_client.c's. The layouts are in
 * common/PROTOCOL.md.
 *
 *     client                                     server
 *     HELLO      version, client nonce      ->
 *                <-  version, server nonce, proof  CHALLENGE
 *     PROVE      proof                      ->
 *                                         <-        WELCOME
 *
 * Either may answer REFUSED with a reason instead. After WELCOME all is DATA.
 */
#ifndef COMMON_LINK_PROOF_H
#define COMMON_LINK_PROOF_H

#include <stddef.h>

#include "common/link.h"
#include "common/result.h"

enum {
    LINK_VERSION = 1,
    LINK_NONCE_BYTES = 32,
    LINK_PROOF_BYTES = 32,
    /* The longest frame of the handshake: CHALLENGE. */
    LINK_FRAME_BYTES_MAX = 2 + LINK_NONCE_BYTES + LINK_PROOF_BYTES,
};

/* The first byte of every frame. */
enum link_frame_type {
    LINK_HELLO = 1,
    LINK_CHALLENGE = 2,
    LINK_PROVE = 3,
    LINK_WELCOME = 4,
    LINK_REFUSED = 5,
    LINK_DATA = 6,
};

/* Why a connection is refused; all but the first also go over the wire. */
enum link_refusal {
    LINK_REFUSAL_PROTOCOL = 0, /* not a frame that may come now */
    LINK_REFUSAL_SECRET = 1,   /* the proof is not one under our secret */
    LINK_REFUSAL_VERSION = 2,  /* the peer speaks another version */
    LINK_REFUSAL_FULL = 3,     /* the server has all the clients it takes */
};

/* A frame of the handshake, to be sent if `length` is not 0. */
struct link_frame {
    size_t length;
    unsigned char bytes[LINK_FRAME_BYTES_MAX];
};

enum link_handshake_state {
    LINK_EXPECTS_HELLO,     /* server */
    LINK_EXPECTS_PROVE,     /* server */
    LINK_EXPECTS_CHALLENGE, /* client */
    LINK_EXPECTS_WELCOME,   /* client */
    LINK_PROVEN,
    LINK_ENDED, /* refused or broken: nothing is accepted any more */
};

/* One end's part of one handshake; read `state` and `refusal`, no more. */
struct link_handshake {
    enum link_handshake_state state;
    enum link_refusal refusal; /* set when link_handshake_take() refuses */
    unsigned char client_nonce[LINK_NONCE_BYTES];
    unsigned char server_nonce[LINK_NONCE_BYTES];
};

/*
 * Begins a handshake with a nonce of LINK_NONCE_BYTES fresh random bytes. The
 * client's end has its HELLO to send in `frame_out`.
 */
void link_handshake_begin_server(struct link_handshake *handshake,
                                 const unsigned char *nonce);
void link_handshake_begin_client(struct link_handshake *handshake,
                                 const unsigned char *nonce,
                                 struct link_frame *frame_out);

/*
 * Takes the peer's next frame and writes what to send in return, if anything,
 * to `frame_out`. `secret` is LINK_SECRET_BYTES.
 *
 * CHAT_AGAIN: send, the handshake goes on.
 * CHAT_OK: send (the server's WELCOME); both have proved themselves.
 * CHAT_FORBIDDEN: send (REFUSED), then part; `refusal` says why.
 * CHAT_CLOSED: the peer refuses us; `refusal` says why.
 * CHAT_BAD_REQUEST: malformed, or not what may come now.
 *
 * After the last three the handshake has ended.
 */
enum chat_result link_handshake_take(struct link_handshake *handshake,
                                     const unsigned char *secret,
                                     const unsigned char *data, size_t length,
                                     struct link_frame *frame_out);

/* Ends the handshake from outside: `frame_out` is the REFUSED to send. */
void link_handshake_refuse(struct link_handshake *handshake,
                           enum link_refusal refusal,
                           struct link_frame *frame_out);

/* The word for the log: "wrong_secret", ... */
const char *link_refusal_word(enum link_refusal refusal);

#endif
