/*
 * What a poll is answered with: the events after its cursor that its session
 * may see, from the window, as the bytes that go to the web server. Rendered
 * once for all polls that get the same.
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

/* What to say besides the events. */
struct poll_frame {
    const char *epoch;
    int64_t head_seq; /* the window's newest: `next`, unless cut */
};

/*
 * Whether the window still has all that `session` may see after `from_seq`;
 * otherwise the broker must be asked.
 */
bool poll_in_window(const struct known_session *session, int64_t from_seq);

/* Whether there is an event or a signal for it. */
bool poll_has_news(const struct known_session *session, int64_t from_seq);

/*
 * The reply with everything there is, which may be nothing; at most 200
 * events or 256 KiB, then "more":true. A new reference; NULL: no memory.
 */
struct bytes *poll_reply_events(const struct known_session *session,
                                const struct poll_range *range,
                                const struct poll_frame *frame);

/* What a reply without events says besides. */
enum poll_note {
    POLL_NOTHING,
    POLL_SUPERSEDED, /* a newer poll of the same tab came */
    POLL_MORE,       /* there is something: ask again */
};

/*
 * The reply without anything, whose next cursor is `next_seq`. Results as
 * poll_reply_events().
 */
struct bytes *poll_reply_empty(int64_t since_seq, int64_t next_seq,
                               const char *epoch, enum poll_note note);

#endif
