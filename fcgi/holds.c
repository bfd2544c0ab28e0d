/*
 * A held room is known by its number: it may be forgotten meanwhile. Due
 * times are rounded down to a grid, so that many busy rooms share a few turns
 * of the loop.
 */
#include "fcgi/holds.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/clock.h"

#define GRID_MS 10

struct held {
    int64_t rid;
    int64_t due_ms;
};

struct holds {
    struct holds_options options;
    struct held *list;
    size_t count, capacity;
    struct selector_timer timer; /* of the earliest */
};

static void on_due(void *context);

struct holds *holds_new(const struct holds_options *options)
{
    struct holds *holds = calloc(1, sizeof(*holds));

    if (holds == NULL)
        return NULL;
    holds->options = *options;
    holds->timer =
        (struct selector_timer){.callback = on_due, .context = holds};
    return holds;
}

void holds_free(struct holds *holds)
{
    if (holds == NULL)
        return;
    selector_disarm(holds->options.selector, &holds->timer);
    free(holds->list);
    free(holds);
}

static void wake(struct holds *holds, struct known_room *room, int64_t now_ms)
{
    room->held_seq = 0;
    room->answered_ms = now_ms;
    polls_wake_room(holds->options.polls, room);
}

/* False: no memory, or no timer. */
static bool add(struct holds *holds, struct held held)
{
    if (holds->count == holds->capacity) {
        size_t capacity = holds->capacity * 2 + 16;
        struct held *list = realloc(holds->list, capacity * sizeof(*list));
        if (list == NULL)
            return false;
        holds->list = list;
        holds->capacity = capacity;
    }
    bool earliest =
        !holds->timer.armed || held.due_ms < holds->timer.deadline_ms;
    if (earliest && selector_arm(holds->options.selector, &holds->timer,
                                 held.due_ms) != CHAT_OK)
        return false;
    holds->list[holds->count++] = held;
    return true;
}

/*
 * When the room's readers are to be told of a message that has come now. In a
 * room whose messages are further apart than a hold, nothing would be gained.
 */
static int64_t due_ms(struct holds *holds, const struct known_room *room,
                      int64_t now_ms)
{
    int64_t hold_ms = pace_hold_ms(holds->options.pace, now_ms);

    if (now_ms - room->answered_ms >= hold_ms)
        return now_ms;
    return (now_ms + hold_ms) / GRID_MS * GRID_MS;
}

void holds_news(struct holds *holds, struct known_room *room)
{
    int64_t now_ms = clock_mono_ms();

    if (room->held_seq != 0)
        return;
    struct held held = {.rid = room->rid,
                        .due_ms = due_ms(holds, room, now_ms)};
    if (held.due_ms > now_ms && add(holds, held))
        room->held_seq = directory_seq(holds->options.directory);
    else
        wake(holds, room, now_ms);
}

static void on_due(void *context)
{
    struct holds *holds = context;
    int64_t now_ms = clock_mono_ms();
    int64_t earliest_ms = INT64_MAX;
    size_t kept = 0;

    for (size_t i = 0; i < holds->count; i++) {
        struct held held = holds->list[i];
        struct known_room *room =
            directory_find_room(holds->options.directory, held.rid);
        if (held.due_ms > now_ms) {
            holds->list[kept++] = held;
            if (held.due_ms < earliest_ms)
                earliest_ms = held.due_ms;
        } else if (room != NULL && room->held_seq != 0) {
            wake(holds, room, now_ms);
        }
    }
    holds->count = kept;
    if (kept > 0)
        (void)selector_arm(holds->options.selector, &holds->timer, earliest_ms);
    polls_answer_woken(holds->options.polls);
}
