/*
 * Posting over HTTP beside the broker's loop: one helper thread, and the only
 * place that knows libcurl. What is handed over is posted once and comes back
 * with its fate; to try again is the caller's business.
 */
#ifndef BROKER_WEBHOOK_SENDER_H
#define BROKER_WEBHOOK_SENDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/result.h"

enum {
    WEBHOOK_POSTS_MAX = 32,          /* under way at once */
    WEBHOOK_SECONDS_MAX = 10,        /* of one post, all in all */
    WEBHOOK_REPLY_BYTES_MAX = 65536, /* nobody reads it */
    WEBHOOK_SIGNATURE_SIZE = 128,
};

/* One post. Strings are its own, allocated with malloc(). */
struct webhook_post {
    int64_t hook_seq;
    int64_t up_to_seq; /* the newest event in it */
    char *url;
    char *body; /* JSON */
    size_t body_bytes;
    char signature[WEBHOOK_SIGNATURE_SIZE]; /* a header line */
    /* Its fate: */
    bool accepted; /* any 2xx */
    long status;   /* of the reply; 0: there was none */
    char why[128]; /* "" or what went wrong */
    struct webhook_post *next;
};

void webhook_post_free(struct webhook_post *post);

/*
 * Signs `body` at the time `at_s` (seconds since 1970) with `secret`:
 * "Ajaxchat-Signature: t=1795370000,v1=HEX", HMAC-SHA-256 over "t.body".
 */
void webhook_sign(struct webhook_post *post, const char *secret, int64_t at_s);

struct webhook_sender;

/*
 * Starts the thread. Without `private_addresses` it connects to no address
 * that webhook_address_is_private(). CHAT_OK, or CHAT_SYSTEM, logged.
 */
enum chat_result webhook_sender_open(bool private_addresses,
                                     struct webhook_sender **sender_out);

/* Whether WEBHOOK_POSTS_MAX posts are under way. */
bool webhook_sender_is_full(const struct webhook_sender *sender);

/* Takes `post`; not when it is full. */
void webhook_sender_submit(struct webhook_sender *sender,
                           struct webhook_post *post);

/* A post that has met its fate, the caller's now; NULL: there is none. */
struct webhook_post *webhook_sender_take(struct webhook_sender *sender);

/* Ends the thread at once, and forgets what is under way. NULL is fine. */
void webhook_sender_close(struct webhook_sender *sender);

#endif
