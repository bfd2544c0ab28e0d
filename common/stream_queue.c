/*
 * An array of pieces, of which [first, end) are queued. A full array is moved
 * to the front when more than half of it is free there, else doubled: a byte
 * count bounds the queue (stream_send()), so the array is bounded too, and
 * each piece is moved once on average.
 */
#include "common/stream_queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_MIN = 8 };

struct stream_queue {
    size_t bytes;
    size_t written; /* of the first piece */
    size_t first;
    size_t end;
    size_t capacity;
    struct bytes **pieces;
};

struct stream_queue *stream_queue_new(void)
{
    return calloc(1, sizeof(struct stream_queue));
}

void stream_queue_free(struct stream_queue *queue)
{
    if (queue == NULL)
        return;
    for (size_t i = queue->first; i < queue->end; i++)
        bytes_drop(queue->pieces[i]);
    free(queue->pieces);
    free(queue);
}

static void move_to_front(struct stream_queue *queue)
{
    size_t count = queue->end - queue->first;

    memmove(queue->pieces, queue->pieces + queue->first,
            count * sizeof(struct bytes *));
    queue->first = 0;
    queue->end = count;
}

static enum chat_result make_room(struct stream_queue *queue)
{
    if (queue->end < queue->capacity)
        return CHAT_OK;
    if (queue->first > queue->capacity / 2) {
        move_to_front(queue);
        return CHAT_OK;
    }
    size_t capacity = queue->capacity > 0 ? 2 * queue->capacity : CAPACITY_MIN;
    struct bytes **pieces =
        realloc(queue->pieces, capacity * sizeof(struct bytes *));
    if (pieces == NULL)
        return CHAT_NO_MEMORY;
    queue->pieces = pieces;
    queue->capacity = capacity;
    return CHAT_OK;
}

enum chat_result stream_queue_append(struct stream_queue *queue,
                                     struct bytes *bytes, size_t written)
{
    assert(written < bytes->length);
    assert(written == 0 || queue->bytes == 0);
    enum chat_result result = make_room(queue);
    if (result != CHAT_OK)
        return result;
    queue->pieces[queue->end++] = bytes_share(bytes);
    queue->bytes += bytes->length - written;
    if (written > 0)
        queue->written = written;
    return CHAT_OK;
}

size_t stream_queue_bytes(const struct stream_queue *queue)
{
    return queue->bytes;
}

size_t stream_queue_peek(const struct stream_queue *queue,
                         struct iovec *pieces_out, size_t pieces_max)
{
    size_t count = 0;
    size_t skip = queue->written;

    for (size_t i = queue->first; i < queue->end && count < pieces_max; i++) {
        struct bytes *bytes = queue->pieces[i];
        pieces_out[count++] = (struct iovec){.iov_base = bytes->data + skip,
                                             .iov_len = bytes->length - skip};
        skip = 0;
    }
    return count;
}

void stream_queue_consume(struct stream_queue *queue, size_t count)
{
    assert(count <= queue->bytes);
    queue->bytes -= count;
    queue->written += count;
    while (queue->first < queue->end &&
           queue->written >= queue->pieces[queue->first]->length) {
        queue->written -= queue->pieces[queue->first]->length;
        bytes_drop(queue->pieces[queue->first++]);
    }
    assert(queue->first < queue->end || queue->written == 0);
}
