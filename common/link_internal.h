/*
 * What both ends of the link share: messages, closing, TLS. Only link_*.c
 * includes it.
 */
#ifndef COMMON_LINK_INTERNAL_H
#define COMMON_LINK_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

#include "common/link.h"
#include "common/link_proof.h"
#include "common/result.h"

enum {
    /* What nng counts: its request id, our type, the message. */
    LINK_RECEIVE_BYTES_MAX = 4 + 1 + LINK_MESSAGE_BYTES_MAX,
};

/* Whether `url`, which link_url_check() has passed, wants TLS. */
bool link_url_is_tls(const char *url);

/* libsodium's start; any number of times. CHAT_OK or CHAT_SYSTEM. */
enum chat_result link_init_crypto(void);

/* CHAT_OK, CHAT_NO_MEMORY, CHAT_IN_USE or CHAT_SYSTEM for an error of nng. */
enum chat_result link_result_of(int nng_error);

/*
 * Closes and frees what has a socket of nng, on a thread of its own, and waits
 * for that, but 2 s at most: nng may hang. What it holds then stays with the
 * thread, so `context` must not point to anything of others.
 */
typedef void *link_close_fn(void *context);
void link_close(link_close_fn *close_and_free, void *context);

/* A DATA frame around `length` bytes, the caller's; NULL: no memory. */
nng_msg *link_message_data(const void *data, size_t length);

/* A frame of the handshake as a message; NULL: no memory. */
nng_msg *link_message_frame(const struct link_frame *frame);

/*
 * TLS for the server: certificate (chain) and key from PEM files. The caller
 * frees it with nng_tls_config_free(). CHAT_OK; CHAT_BAD_REQUEST: a file is
 * missing, unreadable or not what it should be; CHAT_NO_MEMORY. Logs the
 * reason.
 */
enum chat_result link_tls_server(const char *certificate_path,
                                 const char *key_path,
                                 nng_tls_config **config_out);

/*
 * TLS for the client: the server must have a certificate for the host in
 * `url` from one of `ca_path`'s authorities. Otherwise as link_tls_server().
 */
enum chat_result link_tls_client(const char *url, const char *ca_path,
                                 nng_tls_config **config_out);

#endif
