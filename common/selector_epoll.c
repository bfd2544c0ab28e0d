/*
 * The epoll(7) backend: the kernel keeps the table, a turn costs as much as
 * there are ready streams.
 *
 * EPOLLERR and EPOLLHUP cannot be masked: level-triggered, they would wake
 * the loop in every turn for a stream that waits for nothing they could be
 * told as. Such a stream is made edge-triggered on its first such wake, which
 * silences it until its owner changes what it waits for; then epoll looks at
 * it afresh.
 */
#include <assert.h>
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "common/selector_internal.h"

static const struct {
    unsigned selector;
    uint32_t epoll;
} event_names[] = {
    {SELECTOR_READ, EPOLLIN},         {SELECTOR_WRITE, EPOLLOUT},
    {SELECTOR_OUT_OF_BAND, EPOLLPRI}, {SELECTOR_HANGUP, EPOLLRDHUP},
    {SELECTOR_EDGE, EPOLLET},
};

enum { EVENT_NAME_COUNT = sizeof(event_names) / sizeof(event_names[0]) };

static uint32_t to_epoll(unsigned events)
{
    uint32_t epoll_events = 0;

    for (size_t i = 0; i < EVENT_NAME_COUNT; i++) {
        if ((events & event_names[i].selector) != 0)
            epoll_events |= event_names[i].epoll;
    }
    return epoll_events;
}

static unsigned from_epoll(uint32_t epoll_events)
{
    unsigned events = 0;

    for (size_t i = 0; i < EVENT_NAME_COUNT; i++) {
        if ((epoll_events & event_names[i].epoll) != 0)
            events |= event_names[i].selector;
    }
    if ((epoll_events & (EPOLLERR | EPOLLHUP)) != 0)
        events |= SELECTOR_READ | SELECTOR_WRITE | SELECTOR_HANGUP;
    return events;
}

static enum chat_result epoll_open(struct selector *selector)
{
    selector->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return selector->epoll_fd < 0 ? CHAT_SYSTEM : CHAT_OK;
}

static void epoll_close(struct selector *selector)
{
    close(selector->epoll_fd);
}

static enum chat_result control(struct selector *selector, int operation,
                                struct selector_stream *stream, unsigned events)
{
    struct epoll_event event = {.events = to_epoll(events), .data.ptr = stream};

    if (epoll_ctl(selector->epoll_fd, operation, stream->fd, &event) == 0)
        return CHAT_OK;
    return errno == ENOMEM ? CHAT_NO_MEMORY : CHAT_SYSTEM;
}

static enum chat_result epoll_add(struct selector *selector,
                                  struct selector_stream *stream,
                                  unsigned events)
{
    return control(selector, EPOLL_CTL_ADD, stream, events);
}

static enum chat_result epoll_change(struct selector *selector,
                                     struct selector_stream *stream,
                                     unsigned events)
{
    return control(selector, EPOLL_CTL_MOD, stream, events);
}

/* Fails only for a descriptor that is closed, and so out of epoll already. */
static void epoll_remove(struct selector *selector,
                         struct selector_stream *stream)
{
    (void)control(selector, EPOLL_CTL_DEL, stream, 0);
}

/* Changing what is registered allocates nothing: only our bugs make it fail. */
static void silence(struct selector *selector, struct selector_stream *stream)
{
    enum chat_result result =
        selector_change(selector, stream, stream->events | SELECTOR_EDGE);
    assert(result == CHAT_OK);
    (void)result;
}

static void take_event(struct selector *selector,
                       const struct epoll_event *event)
{
    struct selector_stream *stream = event->data.ptr;
    unsigned events = from_epoll(event->events) & stream->events;

    if (events != 0)
        selector_mark_ready(selector, stream, events);
    else
        silence(selector, stream);
}

static enum chat_result epoll_wait_ready(struct selector *selector,
                                         int timeout_ms)
{
    struct epoll_event events[SELECTOR_READY_MAX];

    int count =
        epoll_wait(selector->epoll_fd, events, SELECTOR_READY_MAX, timeout_ms);
    if (count < 0)
        return errno == EINTR ? CHAT_OK : CHAT_SYSTEM;
    for (int i = 0; i < count; i++)
        take_event(selector, &events[i]);
    return CHAT_OK;
}

const struct selector_driver selector_epoll_driver = {
    .supported_events = SELECTOR_READ | SELECTOR_WRITE | SELECTOR_OUT_OF_BAND |
                        SELECTOR_HANGUP | SELECTOR_EDGE,
    .open = epoll_open,
    .close = epoll_close,
    .add = epoll_add,
    .change = epoll_change,
    .remove = epoll_remove,
    .wait = epoll_wait_ready,
};
