/*
 * The window: the newest events of each room, as the JSON that readers get,
 * bounded in number per room and in bytes over all. A cache: what it has
 * forgotten, the broker tells.
 */
#ifndef FCGI_WINDOW_H
#define FCGI_WINDOW_H

#include <stddef.h>
#include <stdint.h>

#include "common/event.h"
#include "common/result.h"

/* One shown event. In its room's list and in the window's, both by age. */
struct window_event {
    int64_t seq;
    int64_t edits_seq; /* the message whose text it has, too; 0: none */
    struct window_room *room;
    struct window_event *prev, *next;
    struct window_event *room_prev, *room_next;
    size_t length; /* of `json`, without a NUL */
    char json[];
};

/* A room's part; embedded in whoever knows the room. */
struct window_room {
    struct window_event *events;
    size_t count;
    int64_t floor_seq; /* complete for what is after this */
};

struct window {
    struct window_event *events;
    size_t bytes;
    size_t bytes_max;
    size_t room_events_max;
};

/* An empty window with these bounds, both at least 1. */
void window_init(struct window *window, size_t bytes_max,
                 size_t room_events_max);

/* An empty room, complete for what comes after `floor_seq`. */
void window_room_init(struct window_room *room, int64_t floor_seq);

/* Forgets all of a room's events; its floor rises accordingly. */
void window_room_clear(struct window *window, struct window_room *room);

/*
 * Adds `event`, which is shown and newer than all before, to `room`, and
 * forgets what is beyond the bounds, oldest first. If there is no memory the
 * room forgets everything up to this event: nothing wrong is ever told.
 */
void window_add(struct window *window, struct window_room *room,
                const struct event *event);

/*
 * `event`, an edit or a delete, changes what is told of its target from here
 * on: the message has another text, or it and its edits have none. Without
 * memory the room forgets everything.
 */
void window_change(struct window *window, struct window_room *room,
                   const struct event *event);

/* Forgets the events of `room` up to `seq`; its floor rises accordingly. */
void window_forget_until(struct window *window, struct window_room *room,
                         int64_t seq);

/* The first event of `room` after `after_seq`; NULL: none. */
const struct window_event *window_first_after(const struct window_room *room,
                                              int64_t after_seq);

#endif
