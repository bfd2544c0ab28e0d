#include "fcgi/window.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/protocol.h"

void window_init(struct window *window, size_t bytes_max,
                 size_t room_events_max)
{
    *window = (struct window){.bytes_max = bytes_max,
                              .room_events_max = room_events_max};
}

void window_room_init(struct window_room *room, int64_t floor_seq)
{
    *room = (struct window_room){.floor_seq = floor_seq};
}

/* Forgets an event, which is the oldest of its room. */
static void forget(struct window *window, struct window_event *event)
{
    struct window_room *room = event->room;

    room->floor_seq = event->seq;
    room->count--;
    window->bytes -= sizeof(*event) + event->length;
    DL_DELETE2(room->events, event, room_prev, room_next);
    DL_DELETE(window->events, event);
    free(event);
}

static void keep_bytes(struct window *window)
{
    while (window->bytes > window->bytes_max)
        forget(window, window->events);
}

void window_room_clear(struct window *window, struct window_room *room)
{
    while (room->events != NULL)
        forget(window, room->events);
}

/* An entry with the text of `json`, which it consumes; NULL: no memory. */
static struct window_event *new_entry(json_t *json)
{
    size_t length = 0;
    char *text = json != NULL ? protocol_dump(json, &length) : NULL;
    struct window_event *entry =
        text != NULL ? malloc(sizeof(*entry) + length) : NULL;

    if (entry != NULL) {
        *entry = (struct window_event){.length = length};
        memcpy(entry->json, text, length);
    }
    free(text);
    json_decref(json);
    return entry;
}

void window_add(struct window *window, struct window_room *room,
                const struct event *event)
{
    struct window_event *entry = new_entry(event_encode(event, false));

    if (entry == NULL) {
        window_room_clear(window, room);
        room->floor_seq = event->seq;
        return;
    }
    entry->seq = event->seq;
    entry->edits_seq = event->type == EVENT_EDIT ? event->target : 0;
    entry->room = room;
    DL_APPEND(window->events, entry);
    DL_APPEND2(room->events, entry, room_prev, room_next);
    room->count++;
    window->bytes += sizeof(*entry) + entry->length;
    if (room->count > window->room_events_max)
        forget(window, room->events);
    keep_bytes(window);
}

const struct window_event *window_first_after(const struct window_room *room,
                                              int64_t after_seq)
{
    const struct window_event *first = NULL;
    const struct window_event *event;

    if (room->events == NULL)
        return NULL;
    /* From the newest backwards: readers are nearly always near the end. */
    for (event = room->events->room_prev; event->seq > after_seq;
         event = event->room_prev) {
        first = event;
        if (event == room->events)
            break;
    }
    return first;
}

/* ---- what changes ---- */

/*
 * Whether the message has no text any more. An edit whose message has been
 * deleted by now has none itself.
 */
static bool takes_text(const struct event *change)
{
    return change->type == EVENT_DELETE || change->text == NULL;
}

static bool is_changed(const struct window_event *event,
                       const struct event *change)
{
    return event->seq == change->target ||
           (takes_text(change) && event->edits_seq == change->target);
}

/* `event` as it is from here on; nothing refers to it yet. NULL: no memory. */
static struct window_event *changed(const struct window_event *event,
                                    const struct event *change)
{
    json_t *json = protocol_parse(event->json, event->length);
    enum chat_result result = CHAT_OK;

    if (takes_text(change))
        event_forget_text(json);
    else
        result = event_replace_text(json, change);
    if (result != CHAT_OK) {
        json_decref(json);
        return NULL;
    }
    struct window_event *entry = new_entry(json);
    if (entry != NULL) {
        entry->seq = event->seq;
        entry->edits_seq = event->edits_seq;
        entry->room = event->room;
    }
    return entry;
}

/* Puts `entry` where `event` is, which is freed. */
static void replace(struct window *window, struct window_event *event,
                    struct window_event *entry)
{
    struct window_room *room = event->room;

    DL_REPLACE_ELEM2(room->events, event, entry, room_prev, room_next);
    DL_REPLACE_ELEM(window->events, event, entry);
    window->bytes = window->bytes - event->length + entry->length;
    free(event);
}

void window_change(struct window *window, struct window_room *room,
                   const struct event *change)
{
    struct window_event *event, *next;

    DL_FOREACH_SAFE2(room->events, event, next, room_next)
    {
        if (!is_changed(event, change))
            continue;
        struct window_event *entry = changed(event, change);
        if (entry == NULL) {
            window_room_clear(window, room);
            return;
        }
        replace(window, event, entry);
    }
    keep_bytes(window);
}

void window_forget_until(struct window *window, struct window_room *room,
                         int64_t seq)
{
    while (room->events != NULL && room->events->seq <= seq)
        forget(window, room->events);
    if (room->floor_seq < seq)
        room->floor_seq = seq;
}
