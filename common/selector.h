/*
 * The selector: the one place where a program of ours waits. Streams (file
 * descriptors) are added with what they wait for; when that happens their
 * callback runs. Timers run at their deadline. One turn of the loop is: wait,
 * run due timers (nearest deadline first), run the ready streams' callbacks,
 * run the turn callback, if there is one.
 *
 * Two backends behind one interface: select(2), which carries descriptors
 * below FD_SETSIZE, and epoll(7), which carries any number. One thread.
 *
 * Streams and timers are embedded in their owner's structs: adding one costs
 * no allocation in the common case, and removing one, also from inside any
 * callback and also another's, is final: its callback does not run any more,
 * not even for what had been noticed in the same turn.
 */
#ifndef COMMON_SELECTOR_H
#define COMMON_SELECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/result.h"

enum selector_backend { SELECTOR_SELECT, SELECTOR_EPOLL };

/* What a stream waits for, and what a callback is told (a set of bits). */
enum selector_event {
    SELECTOR_READ = 1,        /* bytes or a connection to take, or EOF */
    SELECTOR_WRITE = 2,       /* room in the send buffer */
    SELECTOR_OUT_OF_BAND = 4, /* TCP urgent data, see recv(2) MSG_OOB */
    SELECTOR_HANGUP = 8,      /* epoll only: the peer has closed its end */
    /*
     * epoll only, a way of waiting and not an event: report each arrival
     * once, also when what arrived is left unread (EPOLLET). Without it a
     * callback runs in every turn until its reason is gone.
     */
    SELECTOR_EDGE = 16,
};

struct selector;
struct selector_stream;
struct selector_timer;

/*
 * `events`: the SELECTOR_ bits that happened, never one that the stream does
 * not wait for (any more). An error or a connection that is gone shows as
 * those of READ, WRITE and HANGUP that the stream waits for: the next
 * recv(2) or send(2) tells which. A stream that waits for none of them is not
 * told, and does not keep the loop busy either.
 */
typedef void selector_stream_fn(void *context, unsigned events);
typedef void selector_timer_fn(void *context);

/* Fields are the selector's between add and remove; zero it before. */
struct selector_stream {
    selector_stream_fn *callback;
    void *context;
    int fd;
    uint32_t events; /* what it waits for */
    int32_t ready;   /* place among this turn's ready streams, or -1 */
    bool added;
};

/* Fields are the selector's while `armed`; zero it before the first use. */
struct selector_timer {
    selector_timer_fn *callback;
    void *context;
    int64_t deadline_ms;
    uint64_t arming; /* counts all armings; equal deadlines run in this order */
    uint32_t heap_index;
    bool armed;
};

/* CHAT_OK, CHAT_NO_MEMORY or CHAT_SYSTEM (errno is set). */
enum chat_result selector_new(enum selector_backend backend,
                              struct selector **selector_out);

/*
 * Forgets all streams and timers (closes none): nobody may remove or disarm
 * one afterwards. Not from callbacks. NULL is fine.
 */
void selector_free(struct selector *selector);

/*
 * Adds `stream`, whose `callback`, `context` and `fd` are set; it must stay
 * where it is until selector_remove(). The descriptor remains the caller's.
 *
 * CHAT_FULL: select(2) cannot carry this descriptor (>= FD_SETSIZE).
 * CHAT_UNSUPPORTED: `events` holds bits that this backend does not have.
 * CHAT_NO_MEMORY, CHAT_SYSTEM (errno is set; EEXIST: the descriptor is added
 * already, with either backend).
 */
enum chat_result selector_add(struct selector *selector,
                              struct selector_stream *stream, unsigned events);

/*
 * Waits for `events` from now on (0: for nothing, but stays added). Errors as
 * selector_add(), and then nothing has changed. Free of cost if it waits for
 * just that already.
 */
enum chat_result selector_change(struct selector *selector,
                                 struct selector_stream *stream,
                                 unsigned events);

/*
 * Removes `stream`; do it before closing the descriptor. Never fails. Fine if
 * it is not added.
 */
void selector_remove(struct selector *selector, struct selector_stream *stream);

/*
 * (Re)arms `timer`, whose `callback` and `context` are set: it runs once, at
 * the first turn at or after `deadline_ms` (clock_mono_ms()). A deadline that
 * has passed counts as now; armed by a timer's callback, that is the next
 * turn, so that timers never starve streams. CHAT_OK or CHAT_NO_MEMORY (not
 * for one that is armed). O(log n) in the number of armed timers, as is
 * disarming.
 */
enum chat_result selector_arm(struct selector *selector,
                              struct selector_timer *timer,
                              int64_t deadline_ms);

/* The timer does not run any more. Fine if it is not armed. */
void selector_disarm(struct selector *selector, struct selector_timer *timer);

/*
 * `callback` runs at the end of each turn, after all callbacks of the turn:
 * the place for what is done once for everything that arrived together. NULL
 * for none.
 */
void selector_on_turn(struct selector *selector, selector_timer_fn *callback,
                      void *context);

/*
 * Runs turns until selector_stop() was called or no stream is left, whether
 * or not timers are armed; CHAT_OK then. CHAT_SYSTEM (errno is set) if waiting
 * itself fails. Interruption by a signal is not a failure.
 */
enum chat_result selector_run(struct selector *selector);

/*
 * Ends selector_run() after the turn in progress; before selector_run(), that
 * one does nothing.
 */
void selector_stop(struct selector *selector);

/* How many streams are added. */
size_t selector_stream_count(const struct selector *selector);

#endif
