/*
 * Passphrases, hashed by argon2id (libsodium's crypto_pwhash): that takes some
 * 70 ms and 64 MiB, and so is done by one thread beside the loop, one after
 * the other, with a bounded queue. What is kept of a passphrase is its
 * *secret*: hash, salt and parameters as one text.
 */
#ifndef FCGI_PASSPHRASE_H
#define FCGI_PASSPHRASE_H

#include <stdbool.h>

#include "common/result.h"
#include "common/selector.h"

enum {
    PASSPHRASE_BYTES_MIN = 8,
    PASSPHRASE_BYTES_MAX = 256,
    PASSPHRASE_SECRET_SIZE = 128, /* crypto_pwhash_STRBYTES */
    /* Jobs that wait: the last of them is done before a call's time is up. */
    PASSPHRASE_QUEUE_MAX = 32,
};

struct passphrases;

/*
 * What became of a job. Of a check: CHAT_OK, or CHAT_FORBIDDEN: it is wrong.
 * Of hashing: CHAT_OK and the `secret`, borrowed for the callback. Else
 * CHAT_NO_MEMORY, or CHAT_UNAVAILABLE: it is not done any more.
 */
typedef void passphrase_fn(void *context, enum chat_result result,
                           const char *secret);

/* The thread begins with the first job. CHAT_OK, or no more descriptors. */
enum chat_result passphrases_open(struct selector *selector,
                                  struct passphrases **passphrases_out);

/* Waits for the job under way; all others end with CHAT_UNAVAILABLE. */
void passphrases_close(struct passphrases *passphrases);

/*
 * Hashes `passphrase` (copied; at most PASSPHRASE_BYTES_MAX) for a new secret.
 * CHAT_OK: `then` will be called once, from the loop. CHAT_UNAVAILABLE: it
 * will not, the queue is full.
 */
enum chat_result passphrase_hash(struct passphrases *passphrases,
                                 const char *passphrase, passphrase_fn *then,
                                 void *context);

/*
 * Whether `passphrase` is that of `secret`. NULL is nobody's: it takes as long
 * and is always wrong. Results as passphrase_hash().
 */
enum chat_result passphrase_check(struct passphrases *passphrases,
                                  const char *passphrase, const char *secret,
                                  passphrase_fn *then, void *context);

#endif
