/*
 * What a poll is answered with, and a stream is sent: the events after its
 * cursor that its session may see, from the window, as the bytes that go to
 * the web server. Rendered once for all that get the same.
 */
#ifndef FCGI_POLL_REPLY_H
#define FCGI_POLL_REPLY_H

#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "fcgi/directory.h"

/* What a poll has read, and where its answer begins. */
struct poll_range {
    int64_t since_seq; /* its cursor */
    int64_t from_seq;  /* known to be empty up to here; at least since_seq */
};

enum poll_form {
    POLL_REPLY,   /* a whole reply (reply_new()) */
    POLL_MESSAGE, /* of a stream (reply_part()): the reply's body as data */
};

/* Of the events in one POLL_MESSAGE, unless it is a single one. */
enum { POLL_MESSAGE_BYTES_MAX = 64 * 1024 };

/* What to say besides the events, and how. */
struct poll_frame {
    const char *epoch;
    int64_t head_seq; /* the window's newest: `next`, unless cut */
    enum poll_form form;
};

/*
 * Whether the window still has all that `session` may see after `from_seq`;
 * otherwise the broker must be asked.
 */
bool poll_in_window(const struct known_session *session, int64_t from_seq);

/* Whether there is a signal for it, or an event that fcgi/holds.h lets go. */
bool poll_has_news(const struct known_session *session, int64_t from_seq);

/*
 * The reply with everything there is, which may be nothing; at most 200
 * events or 256 KiB (a message: POLL_MESSAGE_BYTES_MAX), then "more":true.
 * `next_seq_out` (NULL is fine): the position that it gives as `next`, below
 * `head_seq` just when there is more. A new reference; NULL: no memory.
 */
struct bytes *poll_reply_events(const struct known_session *session,
                                const struct poll_range *range,
                                const struct poll_frame *frame,
                                int64_t *next_seq_out);

/* What a reply without events says besides. */
enum poll_note {
    POLL_NOTHING,
    POLL_SUPERSEDED, /* a newer poll of the same tab came */
    POLL_MORE,       /* there is something: ask again */
};

/*
 * The reply without anything, whose next cursor is `frame->head_seq`. Results
 * as poll_reply_events().
 */
struct bytes *poll_reply_empty(int64_t since_seq,
                               const struct poll_frame *frame,
                               enum poll_note note);

/*
 * A stream's message whose id is `cursor` and whose data is `body`, JSON on
 * one line. NULL: no memory.
 */
struct bytes *poll_message(const char *cursor, const char *body);

/* A stream's beginning, without a message. NULL: no memory. */
struct bytes *poll_stream_begin(void);

#endif
