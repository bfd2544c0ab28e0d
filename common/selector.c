/*
 * The turn of the loop, and the streams' side of it that both backends share.
 *
 * The wait fills selector->ready, and each ready stream knows its place there
 * (`ready`). Removing a stream empties that place, so that the dispatch, which
 * walks the array by index, cannot meet a stream that is gone, and a stream
 * that is added again in the same turn is not ready before the next wait.
 */
#include "common/selector.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/selector_internal.h"

enum chat_result selector_new(enum selector_backend backend,
                              struct selector **selector_out)
{
    struct selector *selector = calloc(1, sizeof(*selector));
    if (selector == NULL)
        return CHAT_NO_MEMORY;
    selector->driver = backend == SELECTOR_EPOLL ? &selector_epoll_driver
                                                 : &selector_select_driver;
    enum chat_result result = selector->driver->open(selector);
    if (result != CHAT_OK) {
        free(selector);
        return result;
    }
    *selector_out = selector;
    return CHAT_OK;
}

void selector_free(struct selector *selector)
{
    if (selector == NULL)
        return;
    assert(!selector->running);
    selector->driver->close(selector);
    selector_timers_fini(selector);
    free(selector);
}

enum chat_result selector_add(struct selector *selector,
                              struct selector_stream *stream, unsigned events)
{
    assert(stream->callback != NULL);
    if ((events & ~selector->driver->supported_events) != 0)
        return CHAT_UNSUPPORTED;
    if (stream->added) {
        errno = EEXIST;
        return CHAT_SYSTEM;
    }
    enum chat_result result = selector->driver->add(selector, stream, events);
    if (result != CHAT_OK)
        return result;
    stream->events = events;
    stream->ready = -1;
    stream->added = true;
    selector->stream_count++;
    return CHAT_OK;
}

enum chat_result selector_change(struct selector *selector,
                                 struct selector_stream *stream,
                                 unsigned events)
{
    assert(stream->added);
    if ((events & ~selector->driver->supported_events) != 0)
        return CHAT_UNSUPPORTED;
    if (events == stream->events)
        return CHAT_OK;
    enum chat_result result =
        selector->driver->change(selector, stream, events);
    if (result == CHAT_OK)
        stream->events = events;
    return result;
}

void selector_remove(struct selector *selector, struct selector_stream *stream)
{
    if (!stream->added)
        return;
    selector->driver->remove(selector, stream);
    if (stream->ready >= 0)
        selector->ready[stream->ready].stream = NULL;
    stream->ready = -1;
    stream->added = false;
    selector->stream_count--;
}

void selector_on_turn(struct selector *selector, selector_timer_fn *callback,
                      void *context)
{
    selector->on_turn = callback;
    selector->on_turn_context = context;
}

void selector_mark_ready(struct selector *selector,
                         struct selector_stream *stream, unsigned events)
{
    assert(selector->ready_count < SELECTOR_READY_MAX);
    stream->ready = selector->ready_count;
    selector->ready[selector->ready_count++] =
        (struct ready_stream){.stream = stream, .events = events};
}

/*
 * What a stream stopped waiting for since the wait, on another's behalf
 * perhaps, is held back here.
 */
static void run_ready_streams(struct selector *selector)
{
    for (int32_t i = 0; i < selector->ready_count; i++) {
        struct selector_stream *stream = selector->ready[i].stream;
        if (stream == NULL)
            continue;
        stream->ready = -1;
        unsigned events = selector->ready[i].events & stream->events;
        if (events != 0)
            stream->callback(stream->context, events);
    }
    selector->ready_count = 0;
}

static enum chat_result run_turn(struct selector *selector)
{
    enum chat_result result =
        selector->driver->wait(selector, selector_timers_wait_ms(selector));
    if (result != CHAT_OK)
        return result;
    selector->turn_ms = clock_mono_ms();
    selector_timers_run(selector);
    run_ready_streams(selector);
    if (selector->on_turn != NULL)
        selector->on_turn(selector->on_turn_context);
    return CHAT_OK;
}

enum chat_result selector_run(struct selector *selector)
{
    enum chat_result result = CHAT_OK;

    assert(!selector->running);
    selector->running = true;
    while (result == CHAT_OK && !selector->stopping &&
           selector->stream_count > 0)
        result = run_turn(selector);
    selector->running = false;
    selector->stopping = false;
    return result;
}

void selector_stop(struct selector *selector)
{
    selector->stopping = true;
}

size_t selector_stream_count(const struct selector *selector)
{
    return selector->stream_count;
}
