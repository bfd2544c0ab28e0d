/*
 * What the files of the selector share: selector.c (the turn),
 * selector_select.c and selector_epoll.c (the two ways to wait) and
 * selector_timers.c (deadlines). For nobody else.
 */
#ifndef COMMON_SELECTOR_INTERNAL_H
#define COMMON_SELECTOR_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/selector.h"

/*
 * Ready streams per turn; with more, the others come in the next turns. Not
 * below FD_SETSIZE, which is all that select(2) can report.
 */
enum { SELECTOR_READY_MAX = 1024 };

struct ready_stream {
    struct selector_stream *stream; /* NULL: removed since the wait */
    unsigned events;
};

/*
 * One backend. selector.c has checked `events` and keeps the streams' own
 * fields; results are those of selector_add() and selector_run().
 */
struct selector_driver {
    unsigned supported_events;
    enum chat_result (*open)(struct selector *selector);
    void (*close)(struct selector *selector);
    enum chat_result (*add)(struct selector *selector,
                            struct selector_stream *stream, unsigned events);
    enum chat_result (*change)(struct selector *selector,
                               struct selector_stream *stream, unsigned events);
    void (*remove)(struct selector *selector, struct selector_stream *stream);
    /*
     * Waits at most `timeout_ms` (-1: for ever) and calls
     * selector_mark_ready() for each stream that something happened to.
     */
    enum chat_result (*wait)(struct selector *selector, int timeout_ms);
};

extern const struct selector_driver selector_select_driver;
extern const struct selector_driver selector_epoll_driver;

/* A binary heap of pointers: the parent of i is (i - 1) / 2. */
struct timer_heap {
    struct selector_timer **timers;
    uint32_t count;
    uint32_t capacity;
    uint64_t armings; /* since the selector was made */
};

struct select_table;

struct selector {
    const struct selector_driver *driver;
    struct select_table *select_table; /* select backend */
    int epoll_fd;                      /* epoll backend */
    size_t stream_count;
    struct ready_stream ready[SELECTOR_READY_MAX];
    int32_t ready_count;
    struct timer_heap timers;
    int64_t turn_ms; /* monotonic; read once per turn, after the wait */
    selector_timer_fn *on_turn;
    void *on_turn_context;
    bool running;
    bool stopping;
};

/* For the drivers' `wait`: `stream` is ready for `events` (not 0). */
void selector_mark_ready(struct selector *selector,
                         struct selector_stream *stream, unsigned events);

/* How long the wait may last: milliseconds, or -1 if no timer is armed. */
int selector_timers_wait_ms(const struct selector *selector);

/* Runs the timers that are due at `turn_ms`, nearest deadline first. */
void selector_timers_run(struct selector *selector);

/* Forgets all timers and frees the heap. */
void selector_timers_fini(struct selector *selector);

#endif
