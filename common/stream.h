/*
 * Buffered I/O on a non-blocking stream socket or pipe, under a selector.
 * What the kernel does not take at once waits in a bounded queue and goes
 * out when there is room; what arrives is collected in a bounded buffer.
 * Nothing is lost or doubled however the kernel cuts it. The bytes queued for
 * writing are shared (common/bytes.h), not copied.
 *
 * An idle stream holds no buffers: with 10,000 of them that is what counts.
 */
#ifndef COMMON_STREAM_H
#define COMMON_STREAM_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/result.h"
#include "common/selector.h"

struct stream;
struct stream_queue;

/*
 * What happened, as SELECTOR_ bits; called after the stream has written what
 * it could. The callback may close the stream.
 */
typedef void stream_fn(void *context, unsigned events);

/* Fields are private to stream.c, except reading `fd`. */
struct stream {
    struct selector *selector;
    struct selector_stream watch;
    stream_fn *callback;
    void *context;
    struct stream_queue *output; /* NULL: nothing waits to be written */
    unsigned char *input;        /* NULL: nothing was read ahead */
    size_t input_bytes;
    size_t input_capacity;
    unsigned waits_for; /* what the owner asked for, without our own WRITE */
    int fd;
};

/*
 * Takes `fd` (already non-blocking; closed by stream_close()) and waits for
 * `events`. Errors as selector_add(); then `fd` is still the caller's.
 */
enum chat_result stream_open(struct stream *stream, struct selector *selector,
                             int fd, unsigned events, stream_fn *callback,
                             void *context);

/* Ends it: drops what was queued, closes the descriptor. Twice is fine. */
void stream_close(struct stream *stream);

/* Changes what the owner waits for (see selector_change()). */
enum chat_result stream_wait_for(struct stream *stream, unsigned events);

/*
 * Sends `bytes` after all that was sent before. Shares `bytes` if it has to
 * wait; the caller's reference stays the caller's.
 *
 * CHAT_FULL: more than `output_bytes_max` would wait: nothing of `bytes` was
 * sent. CHAT_CLOSED: the peer is gone. CHAT_NO_MEMORY.
 */
enum chat_result stream_send(struct stream *stream, struct bytes *bytes,
                             size_t output_bytes_max);

/* How many bytes still wait to be written; 0: the kernel has them all. */
size_t stream_pending_bytes(const struct stream *stream);

/*
 * Reads what has arrived, until the kernel has no more or `input` holds
 * `input_bytes_max`. CHAT_OK: there is something in `input`. CHAT_AGAIN:
 * nothing new. CHAT_CLOSED: end of file or a broken connection (what was read
 * before stays in `input`). CHAT_FULL: the bound is reached and nothing new
 * was read: consume first. CHAT_NO_MEMORY.
 */
enum chat_result stream_receive(struct stream *stream, size_t input_bytes_max);

/* Removes the first `count` bytes of `input` (at most `input_bytes`). */
void stream_consume(struct stream *stream, size_t count);

#endif
