/*
 * Sending tries the kernel first; only what it does not take is queued, and
 * only while something is queued does the stream wait for SELECTOR_WRITE. The
 * queue and the input buffer exist as long as they hold something.
 *
 * A failure to write has no caller to return to when it happens in the
 * selector: it is kept in `write_failed`, the queue is dropped, and the owner
 * is told to read, where it finds CHAT_CLOSED.
 */
#include "common/stream.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/stream_queue.h"

enum {
    WRITE_PIECES_MAX = 64,    /* per system call */
    INPUT_BYTES_FIRST = 4096, /* doubled as needed, up to the owner's bound */
};

/* send(2) of one piece costs a tenth less than sendmsg(2). */
static ssize_t send_pieces(int fd, struct iovec *pieces, size_t count)
{
    const int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};

    return count == 1 ? send(fd, pieces->iov_base, pieces->iov_len, flags)
                      : sendmsg(fd, &message, flags);
}

/* Like writev(2): once more if a signal came in between. */
static ssize_t write_once(struct stream *stream, struct iovec *pieces,
                          size_t count)
{
    ssize_t written;

    do {
        if (stream->is_pipe)
            written = writev(stream->fd, pieces, (int)count);
        else
            written = send_pieces(stream->fd, pieces, count);
        if (written < 0 && errno == ENOTSOCK)
            stream->is_pipe = true;
    } while (written < 0 && (errno == EINTR || errno == ENOTSOCK));
    return written;
}

/*
 * Writes what the kernel takes. CHAT_OK and how much in `written_out`, 0 if
 * it is full; CHAT_CLOSED.
 */
static enum chat_result write_pieces(struct stream *stream,
                                     struct iovec *pieces, size_t count,
                                     size_t *written_out)
{
    ssize_t written = write_once(stream, pieces, count);

    if (written < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return CHAT_CLOSED;
    *written_out = written > 0 ? (size_t)written : 0;
    return CHAT_OK;
}

/* Brings the selector in line with what owner and queue wait for. */
static enum chat_result watch_update(struct stream *stream)
{
    unsigned own = stream->output != NULL ? SELECTOR_WRITE : 0;

    return selector_change(stream->selector, &stream->watch,
                           stream->waits_for | own);
}

static void drop_output(struct stream *stream)
{
    stream_queue_free(stream->output);
    stream->output = NULL;
}

static enum chat_result fail_writing(struct stream *stream,
                                     enum chat_result reason)
{
    stream->write_failed = true;
    drop_output(stream);
    /* Should even this fail, the owner closes the stream all the same. */
    (void)watch_update(stream);
    return reason;
}

/* Writes queued pieces until the queue is empty or the kernel full. */
static enum chat_result flush(struct stream *stream)
{
    struct iovec pieces[WRITE_PIECES_MAX];
    size_t written = 0;

    do {
        size_t count =
            stream_queue_peek(stream->output, pieces, WRITE_PIECES_MAX);
        enum chat_result result = write_pieces(stream, pieces, count, &written);
        if (result != CHAT_OK)
            return result;
        stream_queue_consume(stream->output, written);
    } while (written > 0 && stream_queue_bytes(stream->output) > 0);
    return CHAT_OK;
}

/* Returns the events that this adds to what the owner is told. */
static unsigned flush_from_selector(struct stream *stream)
{
    enum chat_result result = flush(stream);
    if (result == CHAT_OK && stream_queue_bytes(stream->output) > 0)
        return 0;
    if (result == CHAT_OK) {
        drop_output(stream);
        result = watch_update(stream);
    }
    if (result == CHAT_OK)
        return SELECTOR_WRITE;
    (void)fail_writing(stream, result);
    return SELECTOR_READ | (stream->waits_for & SELECTOR_HANGUP);
}

/* The selector's callback; nothing may follow the owner's. */
static void stream_is_ready(void *context, unsigned events)
{
    struct stream *stream = context;
    unsigned told = events & stream->waits_for;

    if ((events & SELECTOR_WRITE) != 0 && stream->output != NULL) {
        told &= ~(unsigned)SELECTOR_WRITE;
        told |= flush_from_selector(stream);
    }
    if (told != 0)
        stream->callback(stream->context, told);
}

enum chat_result stream_open(struct stream *stream, struct selector *selector,
                             int fd, unsigned events, stream_fn *callback,
                             void *context)
{
    *stream = (struct stream){
        .watch = {.callback = stream_is_ready, .context = stream, .fd = fd},
        .callback = callback,
        .context = context,
        .waits_for = events,
        .fd = -1,
    };
    enum chat_result result = selector_add(selector, &stream->watch, events);
    if (result != CHAT_OK)
        return result;
    stream->selector = selector;
    stream->fd = fd;
    return CHAT_OK;
}

void stream_close(struct stream *stream)
{
    if (stream->selector == NULL)
        return;
    selector_remove(stream->selector, &stream->watch);
    close(stream->fd);
    drop_output(stream);
    stream_consume(stream, stream->input_bytes);
    stream->selector = NULL;
    stream->fd = -1;
}

enum chat_result stream_wait_for(struct stream *stream, unsigned events)
{
    unsigned before = stream->waits_for;

    stream->waits_for = events;
    enum chat_result result = watch_update(stream);
    if (result != CHAT_OK)
        stream->waits_for = before;
    return result;
}

static enum chat_result enqueue(struct stream *stream, struct bytes *bytes,
                                size_t written)
{
    if (stream->output == NULL) {
        stream->output = stream_queue_new();
        if (stream->output == NULL)
            return CHAT_NO_MEMORY;
    }
    enum chat_result result =
        stream_queue_append(stream->output, bytes, written);
    if (result != CHAT_OK)
        return result;
    return watch_update(stream);
}

enum chat_result stream_send(struct stream *stream, struct bytes *bytes,
                             size_t output_bytes_max)
{
    size_t pending = stream_pending_bytes(stream);
    size_t written = 0;

    if (stream->write_failed)
        return CHAT_CLOSED;
    if (bytes->length == 0)
        return CHAT_OK;
    if (pending > output_bytes_max ||
        bytes->length > output_bytes_max - pending)
        return CHAT_FULL;
    if (pending == 0) {
        struct iovec piece = {.iov_base = bytes->data,
                              .iov_len = bytes->length};
        enum chat_result result = write_pieces(stream, &piece, 1, &written);
        if (result != CHAT_OK)
            return fail_writing(stream, result);
    }
    if (written == bytes->length)
        return CHAT_OK;
    enum chat_result result = enqueue(stream, bytes, written);
    return result == CHAT_OK ? CHAT_OK : fail_writing(stream, result);
}

size_t stream_pending_bytes(const struct stream *stream)
{
    return stream->output != NULL ? stream_queue_bytes(stream->output) : 0;
}

static enum chat_result input_grow(struct stream *stream, size_t bytes_max)
{
    size_t capacity = stream->input_capacity > 0 ? 2 * stream->input_capacity
                                                 : INPUT_BYTES_FIRST;
    if (capacity > bytes_max)
        capacity = bytes_max;
    unsigned char *input = realloc(stream->input, capacity);
    if (input == NULL)
        return CHAT_NO_MEMORY;
    stream->input = input;
    stream->input_capacity = capacity;
    return CHAT_OK;
}

static ssize_t read_once(int fd, void *data, size_t length)
{
    ssize_t count;

    do
        count = read(fd, data, length);
    while (count < 0 && errno == EINTR);
    return count;
}

/*
 * Whether a read that gave less than there was room for was the last one for
 * now. The kernel had no more then, and what comes is told; so is the end,
 * unless it came together with the bytes and the stream waits edge-triggered
 * for nothing but them. See epoll(7), "edge-triggered".
 */
static bool short_read_is_last(const struct stream *stream)
{
    return (stream->waits_for & SELECTOR_EDGE) == 0 ||
           (stream->waits_for & SELECTOR_HANGUP) != 0;
}

/*
 * One read: CHAT_OK: there may be more; CHAT_AGAIN: there is none, though
 * something may have been read; CHAT_CLOSED, CHAT_FULL, CHAT_NO_MEMORY.
 */
static enum chat_result receive_some(struct stream *stream, size_t bytes_max)
{
    if (stream->read_ended)
        return CHAT_CLOSED;
    if (stream->input_bytes >= bytes_max)
        return CHAT_FULL;
    if (stream->input_bytes == stream->input_capacity) {
        enum chat_result result = input_grow(stream, bytes_max);
        if (result != CHAT_OK)
            return result;
    }
    size_t room =
        stream->input_capacity < bytes_max ? stream->input_capacity : bytes_max;
    size_t asked = room - stream->input_bytes;
    ssize_t count =
        read_once(stream->fd, stream->input + stream->input_bytes, asked);
    if (count > 0) {
        stream->input_bytes += (size_t)count;
        return (size_t)count < asked && short_read_is_last(stream) ? CHAT_AGAIN
                                                                   : CHAT_OK;
    }
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK) &&
        !stream->write_failed)
        return CHAT_AGAIN;
    stream->read_ended = true;
    return CHAT_CLOSED;
}

enum chat_result stream_receive(struct stream *stream, size_t input_bytes_max)
{
    size_t before = stream->input_bytes;
    enum chat_result result;

    assert(input_bytes_max > 0);
    do
        result = receive_some(stream, input_bytes_max);
    while (result == CHAT_OK);
    if (stream->input_bytes == 0)
        stream_consume(stream, 0); /* nothing came: keep no buffer for it */
    return stream->input_bytes > before ? CHAT_OK : result;
}

void stream_consume(struct stream *stream, size_t count)
{
    assert(count <= stream->input_bytes);
    stream->input_bytes -= count;
    if (stream->input_bytes > 0) {
        memmove(stream->input, stream->input + count, stream->input_bytes);
        return;
    }
    free(stream->input);
    stream->input = NULL;
    stream->input_capacity = 0;
}
