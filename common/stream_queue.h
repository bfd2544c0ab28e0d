/*
 * What a stream has yet to write: a queue of shared bytes, of which the first
 * may be written in part. For stream.c alone.
 */
#ifndef COMMON_STREAM_QUEUE_H
#define COMMON_STREAM_QUEUE_H

#include <stddef.h>
#include <sys/uio.h>

#include "common/bytes.h"
#include "common/result.h"

struct stream_queue;

/* An empty queue, or NULL: no memory. */
struct stream_queue *stream_queue_new(void);

/* Drops all that is queued. NULL is fine. */
void stream_queue_free(struct stream_queue *queue);

/*
 * Queues `bytes`, of which `written` (less than its length) are written
 * already; more than 0 only if it becomes the first. Shares `bytes`. CHAT_OK
 * or CHAT_NO_MEMORY.
 */
enum chat_result stream_queue_append(struct stream_queue *queue,
                                     struct bytes *bytes, size_t written);

/* How many bytes are left to write. */
size_t stream_queue_bytes(const struct stream_queue *queue);

/*
 * Points up to `pieces_max` of `pieces_out` at what comes first; valid until
 * the queue changes. Returns how many; 0: it is empty.
 */
size_t stream_queue_peek(const struct stream_queue *queue,
                         struct iovec *pieces_out, size_t pieces_max);

/* Removes the first `count` bytes (at most stream_queue_bytes()). */
void stream_queue_consume(struct stream_queue *queue, size_t count);

#endif
