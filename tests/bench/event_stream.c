#include "tests/bench/event_stream.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"

static const char data_field[] = "data: ";

/* `event` ends with a line's end. */
static void read_event(const char *event, size_t event_bytes,
                       event_stream_fn *on_data, void *context)
{
    const char *end = event + event_bytes;
    const size_t field_bytes = sizeof(data_field) - 1;

    for (const char *line = event; line < end;) {
        const char *line_end = memchr(line, '\n', (size_t)(end - line));
        size_t line_bytes = (size_t)(line_end - line);
        if (line_bytes > field_bytes &&
            memcmp(line, data_field, field_bytes) == 0)
            on_data(context, line + field_bytes, line_bytes - field_bytes);
        line = line_end + 1;
    }
}

/* Returns how many bytes were whole events. */
static size_t read_events(const char *text, size_t text_bytes,
                          event_stream_fn *on_data, void *context)
{
    const char *at = text, *end = text + text_bytes, *blank;

    while ((blank = memmem(at, (size_t)(end - at), "\n\n", 2)) != NULL) {
        read_event(at, (size_t)(blank - at) + 1, on_data, context);
        at = blank + 2;
    }
    return (size_t)(at - text);
}

static void append(struct event_stream *events, const char *piece,
                   size_t piece_bytes)
{
    if (events->capacity - events->text_bytes < piece_bytes) {
        events->capacity = 2 * (events->text_bytes + piece_bytes);
        events->text = realloc_or_die(events->text, events->capacity);
    }
    memcpy(events->text + events->text_bytes, piece, piece_bytes);
    events->text_bytes += piece_bytes;
}

void event_stream_feed(struct event_stream *events, const char *piece,
                       size_t piece_bytes, event_stream_fn *on_data,
                       void *context)
{
    size_t done;

    if (events->text_bytes == 0) { /* mostly: whole events, no copy */
        done = read_events(piece, piece_bytes, on_data, context);
        if (done < piece_bytes)
            append(events, piece + done, piece_bytes - done);
        return;
    }
    append(events, piece, piece_bytes);
    done = read_events(events->text, events->text_bytes, on_data, context);
    events->text_bytes -= done;
    memmove(events->text, events->text + done, events->text_bytes);
}

void event_stream_fini(struct event_stream *events)
{
    free(events->text);
    *events = (struct event_stream){0};
}
