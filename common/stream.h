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
 * it could. The callback may close the stream and free its memory.
 *
 * It is told what the owner waits for, and besides, asked or not:
 * SELECTOR_WRITE once all that was queued is written (then
 * stream_pending_bytes() is 0), and SELECTOR_READ, once, when writing failed
 * because the connection is broken (with SELECTOR_HANGUP if that is waited
 * for). What was queued is dropped then: stream_pending_bytes() is 0,
 * stream_send() says CHAT_CLOSED, and so does stream_receive() once it has
 * read what the peer had sent before.
 */
typedef void stream_fn(void *context, unsigned events);

/*
 * Fields are private to stream.c, except for reading `fd`, and `input` with
 * `input_bytes` between stream_receive() and stream_consume().
 */
struct stream {
    struct selector *selector; /* NULL: not open */
    struct selector_stream watch;
    stream_fn *callback;
    void *context;
    struct stream_queue *output; /* NULL: nothing waits to be written */
    unsigned char *input;        /* NULL: nothing was read ahead */
    size_t input_bytes;
    size_t input_capacity;
    unsigned waits_for; /* what the owner asked for, without our own WRITE */
    int fd;
    bool is_pipe;      /* send(2) has told us so */
    bool write_failed; /* no more writing; reading may go on */
    bool read_ended;   /* end of file or an error; writing may go on */
};

/*
 * Takes `fd` (already non-blocking; closed by stream_close()) and waits for
 * `events`. `stream` need not be zeroed and must stay where it is until
 * stream_close(). Errors as selector_add(); then `fd` is still the caller's
 * and `stream` is closed.
 *
 * Writing to a socket never raises SIGPIPE; with pipes, ignore the signal.
 */
enum chat_result stream_open(struct stream *stream, struct selector *selector,
                             int fd, unsigned events, stream_fn *callback,
                             void *context);

/*
 * Ends it: drops what was queued, closes the descriptor. Fine if it is closed
 * already or only zeroed.
 */
void stream_close(struct stream *stream);

/* Changes what the owner waits for (see selector_change()). */
enum chat_result stream_wait_for(struct stream *stream, unsigned events);

/*
 * Sends `bytes` after all that was sent before. Shares `bytes` if it has to
 * wait; the caller's reference stays the caller's. Never calls the callback.
 *
 * CHAT_FULL: with all of `bytes`, more than `output_bytes_max` might wait;
 * nothing of it was sent, and the stream is as before. CHAT_CLOSED: the peer
 * is gone. CHAT_NO_MEMORY, CHAT_SYSTEM: part of it may have been sent. After
 * these three nothing can be sent any more: close the stream.
 */
enum chat_result stream_send(struct stream *stream, struct bytes *bytes,
                             size_t output_bytes_max);

/* How many bytes still wait to be written; 0: the kernel has them all. */
size_t stream_pending_bytes(const struct stream *stream);

/*
 * Reads what has arrived, until the kernel has no more or `input` holds
 * `input_bytes_max` (at least 1). With SELECTOR_EDGE, call it again until it
 * says something else than CHAT_OK.
 *
 * CHAT_OK: there is something new in `input`. CHAT_AGAIN: nothing new.
 * CHAT_CLOSED: nothing new and never again: end of file or a broken
 * connection (what was not consumed stays in `input`). CHAT_FULL: the bound
 * is reached: consume first. CHAT_NO_MEMORY: nothing was read.
 */
enum chat_result stream_receive(struct stream *stream, size_t input_bytes_max);

/*
 * Removes the first `count` bytes of `input` (at most `input_bytes`). The
 * rest moves to its front: consume all that is complete at once.
 */
void stream_consume(struct stream *stream, size_t count);

#endif
