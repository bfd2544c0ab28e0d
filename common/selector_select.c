/*
 * The select(2) backend: a table of streams by descriptor and the three sets
 * of what they wait for, copied for each wait. A turn costs as much as the
 * highest descriptor, which suits a few dozen streams on every Unix.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/select.h>

#include "common/selector_internal.h"

_Static_assert(SELECTOR_READY_MAX >= FD_SETSIZE,
               "all that select() reports fits into one turn");

struct fd_sets {
    fd_set read;
    fd_set write;
    fd_set except; /* Linux: TCP urgent data and nothing else */
};

struct select_table {
    struct fd_sets wanted;
    int fd_limit; /* above all descriptors in the table */
    struct selector_stream *streams[FD_SETSIZE];
};

static enum chat_result select_open(struct selector *selector)
{
    struct select_table *table = calloc(1, sizeof(*table));
    if (table == NULL)
        return CHAT_NO_MEMORY;
    FD_ZERO(&table->wanted.read);
    FD_ZERO(&table->wanted.write);
    FD_ZERO(&table->wanted.except);
    selector->select_table = table;
    return CHAT_OK;
}

static void select_close(struct selector *selector)
{
    free(selector->select_table);
}

static void set_wanted(int fd, fd_set *set, bool wanted)
{
    if (wanted)
        FD_SET(fd, set);
    else
        FD_CLR(fd, set);
}

static enum chat_result select_change(struct selector *selector,
                                      struct selector_stream *stream,
                                      unsigned events)
{
    struct fd_sets *wanted = &selector->select_table->wanted;

    set_wanted(stream->fd, &wanted->read, events & SELECTOR_READ);
    set_wanted(stream->fd, &wanted->write, events & SELECTOR_WRITE);
    set_wanted(stream->fd, &wanted->except, events & SELECTOR_OUT_OF_BAND);
    return CHAT_OK;
}

/* A descriptor that is not open fails here, not in the wait of all others. */
static enum chat_result select_add(struct selector *selector,
                                   struct selector_stream *stream,
                                   unsigned events)
{
    struct select_table *table = selector->select_table;
    int fd = stream->fd;

    if (fd >= FD_SETSIZE)
        return CHAT_FULL;
    if (fcntl(fd, F_GETFD) < 0)
        return CHAT_SYSTEM;
    if (table->streams[fd] != NULL) {
        errno = EEXIST;
        return CHAT_SYSTEM;
    }
    table->streams[fd] = stream;
    if (table->fd_limit <= fd)
        table->fd_limit = fd + 1;
    return select_change(selector, stream, events);
}

static void select_remove(struct selector *selector,
                          struct selector_stream *stream)
{
    struct select_table *table = selector->select_table;

    assert(table->streams[stream->fd] == stream);
    select_change(selector, stream, 0);
    table->streams[stream->fd] = NULL;
    while (table->fd_limit > 0 && table->streams[table->fd_limit - 1] == NULL)
        table->fd_limit--;
}

static void mark_ready_streams(struct selector *selector,
                               const struct fd_sets *happened)
{
    struct select_table *table = selector->select_table;

    for (int fd = 0; fd < table->fd_limit; fd++) {
        unsigned events = 0;
        if (FD_ISSET(fd, &happened->read))
            events |= SELECTOR_READ;
        if (FD_ISSET(fd, &happened->write))
            events |= SELECTOR_WRITE;
        if (FD_ISSET(fd, &happened->except))
            events |= SELECTOR_OUT_OF_BAND;
        if (events != 0)
            selector_mark_ready(selector, table->streams[fd], events);
    }
}

static enum chat_result select_wait(struct selector *selector, int timeout_ms)
{
    struct select_table *table = selector->select_table;
    struct fd_sets happened = table->wanted;
    struct timeval timeout = {.tv_sec = timeout_ms / 1000,
                              .tv_usec = timeout_ms % 1000 * 1000L};

    int count = select(table->fd_limit, &happened.read, &happened.write,
                       &happened.except, timeout_ms < 0 ? NULL : &timeout);
    if (count < 0)
        return errno == EINTR ? CHAT_OK : CHAT_SYSTEM;
    if (count > 0)
        mark_ready_streams(selector, &happened);
    return CHAT_OK;
}

const struct selector_driver selector_select_driver = {
    .supported_events = SELECTOR_READ | SELECTOR_WRITE | SELECTOR_OUT_OF_BAND,
    .open = select_open,
    .close = select_close,
    .add = select_add,
    .change = select_change,
    .remove = select_remove,
    .wait = select_wait,
};
