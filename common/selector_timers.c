/*
 * The timers: a binary heap of pointers into their owners' structs, nearest
 * deadline first, and each timer knows its place in the heap, so that
 * re-arming and disarming need no search.
 *
 * Every arming takes the next number, and equal deadlines run in that order.
 * A turn runs only what was armed before its timers began to run; as no
 * deadline lies before the turn that armed it, what is armed meanwhile sorts
 * behind all that is still due, and the first of them ends the turn's timers.
 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/selector_internal.h"

enum { HEAP_CAPACITY_MIN = 64 };

static bool runs_before(const struct selector_timer *a,
                        const struct selector_timer *b)
{
    if (a->deadline_ms != b->deadline_ms)
        return a->deadline_ms < b->deadline_ms;
    return a->arming < b->arming;
}

static void place(struct timer_heap *heap, struct selector_timer *timer,
                  uint32_t index)
{
    heap->timers[index] = timer;
    timer->heap_index = index;
}

static void sift_up(struct timer_heap *heap, struct selector_timer *timer)
{
    uint32_t index = timer->heap_index;

    while (index > 0) {
        uint32_t parent = (index - 1) / 2;
        if (!runs_before(timer, heap->timers[parent]))
            break;
        place(heap, heap->timers[parent], index);
        index = parent;
    }
    place(heap, timer, index);
}

static void sift_down(struct timer_heap *heap, struct selector_timer *timer)
{
    uint32_t index = timer->heap_index;

    for (;;) {
        uint32_t child = 2 * index + 1;
        if (child >= heap->count)
            break;
        if (child + 1 < heap->count &&
            runs_before(heap->timers[child + 1], heap->timers[child]))
            child++;
        if (!runs_before(heap->timers[child], timer))
            break;
        place(heap, heap->timers[child], index);
        index = child;
    }
    place(heap, timer, index);
}

static enum chat_result append(struct timer_heap *heap,
                               struct selector_timer *timer)
{
    if (heap->count == heap->capacity) {
        assert(heap->capacity <= UINT32_MAX / 4);
        uint32_t capacity =
            heap->capacity > 0 ? 2 * heap->capacity : HEAP_CAPACITY_MIN;
        struct selector_timer **timers =
            realloc(heap->timers, capacity * sizeof(struct selector_timer *));
        if (timers == NULL)
            return CHAT_NO_MEMORY;
        heap->timers = timers;
        heap->capacity = capacity;
    }
    place(heap, timer, heap->count++);
    timer->armed = true;
    return CHAT_OK;
}

enum chat_result selector_arm(struct selector *selector,
                              struct selector_timer *timer, int64_t deadline_ms)
{
    struct timer_heap *heap = &selector->timers;

    assert(timer->callback != NULL);
    if (!timer->armed) {
        enum chat_result result = append(heap, timer);
        if (result != CHAT_OK)
            return result;
    }
    timer->deadline_ms =
        deadline_ms > selector->turn_ms ? deadline_ms : selector->turn_ms;
    timer->arming = ++heap->armings;
    sift_up(heap, timer);
    sift_down(heap, timer);
    return CHAT_OK;
}

void selector_disarm(struct selector *selector, struct selector_timer *timer)
{
    struct timer_heap *heap = &selector->timers;

    if (!timer->armed)
        return;
    assert(heap->timers[timer->heap_index] == timer);
    timer->armed = false;
    struct selector_timer *last = heap->timers[--heap->count];
    if (last == timer)
        return;
    place(heap, last, timer->heap_index);
    sift_up(heap, last);
    sift_down(heap, last);
}

int selector_timers_wait_ms(const struct selector *selector)
{
    if (selector->timers.count == 0)
        return -1;
    int64_t wait_ms = selector->timers.timers[0]->deadline_ms - clock_mono_ms();
    if (wait_ms < 0)
        return 0;
    return wait_ms < INT_MAX ? (int)wait_ms : INT_MAX;
}

void selector_timers_run(struct selector *selector)
{
    struct timer_heap *heap = &selector->timers;
    uint64_t last_arming = heap->armings;

    while (heap->count > 0) {
        struct selector_timer *timer = heap->timers[0];
        if (timer->deadline_ms > selector->turn_ms ||
            timer->arming > last_arming)
            return;
        selector_disarm(selector, timer);
        timer->callback(timer->context);
    }
}

void selector_timers_fini(struct selector *selector)
{
    free(selector->timers.timers);
}
