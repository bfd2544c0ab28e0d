/*
 * The text of a stream of Server-Sent Events, as it comes: in pieces cut
 * anywhere. Pure. Of each event the `data` counts, which is one line with all
 * servers that we measure.
 */
#ifndef TESTS_BENCH_EVENT_STREAM_H
#define TESTS_BENCH_EVENT_STREAM_H

#include <stddef.h>

/* Zero it before the first use. */
struct event_stream {
    char *text; /* the event that is not whole yet */
    size_t text_bytes;
    size_t capacity;
};

typedef void event_stream_fn(void *context, const char *data,
                             size_t data_bytes);

/*
 * Takes the next piece and calls `on_data` for each event that is whole with
 * it and has data. Without memory the program ends.
 */
void event_stream_feed(struct event_stream *events, const char *piece,
                       size_t piece_bytes, event_stream_fn *on_data,
                       void *context);
void event_stream_fini(struct event_stream *events);

#endif
