/*
 * Parked polls and streams. A poll is parked until its session has something to
 * read, its time is up, a newer poll of the same tab takes its place, its
 * browser hangs up, its session ends, or the front end stops. Whatever it is,
 * it ends here, once.
 *
 * Before parking, the cursor is compared with the window in the same turn of
 * the loop in which events are applied: no wake-up can be lost in between.
 *
 * A stream is a poll that stays: what it is told goes out as messages, one at
 * once and one at least every 20 s, and it goes on from there. It ends with
 * the other reasons that end a poll, and when its browser does not keep up:
 * at most 64 KiB and a message wait for it; if it then is behind for up to
 * 20 s, or for more than the window holds, it resumes with another request.
 */
#ifndef FCGI_POLLS_H
#define FCGI_POLLS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/result.h"
#include "common/selector.h"
#include "fcgi/directory.h"
#include "fcgi/http.h"
#include "fcgi/poll_reply.h"

enum { TAB_SIZE = 33 };

struct polls;

/*
 * All borrowed for its life. `epoch` is read each time. At most
 * `per_session_max` polls of one session are parked: the oldest gives way.
 * NULL: no memory.
 */
struct polls_options {
    struct selector *selector;
    struct directory *directory;
    const char *epoch;
    size_t per_session_max;
};
struct polls *polls_new(const struct polls_options *options);
void polls_free(struct polls *polls);

/* What is parked. */
struct poll_request {
    struct known_session *session;
    struct poll_range range;
    char tab[TAB_SIZE];  /* "": none, which counts as one */
    uint64_t arrival;    /* polls are newer the higher it is */
    bool streams;        /* its reply has begun: poll_stream_begin() */
    int64_t deadline_ms; /* of one that does not stream */
};

/*
 * Parks `exchange`, and ends an older poll of the same tab. For a stream
 * poll_in_window() is true; for a poll poll_has_news() is false, too.
 * CHAT_OK: the table owns `exchange` and will answer or drop it. Else the
 * caller still owns it: CHAT_CLOSED: a newer poll of the tab is parked
 * already; CHAT_NO_MEMORY.
 */
enum chat_result polls_park(struct polls *polls, struct exchange *exchange,
                            const struct poll_request *request);

/* Ends a poll of `tab` that is parked, if there is one: a newer one came. */
void polls_supersede(struct known_session *session, const char *tab);

/* Notes that `session`, or the readers of `room`, have something new. */
void polls_wake_session(struct polls *polls, struct known_session *session);
void polls_wake_room(struct polls *polls, struct known_room *room);

/*
 * Answers the polls of the sessions that were noted so, and sends their
 * streams a message; once all of a turn's events are applied. Also forgets
 * what signals they were told.
 */
void polls_answer_woken(struct polls *polls);

/* Ends all polls of a session with the problem `result`; its streams, too. */
void polls_refuse_session(struct polls *polls, struct known_session *session,
                          enum chat_result result);

/*
 * Answers all polls with what there is, and ends all streams: the front end
 * stops.
 */
void polls_answer_all(struct polls *polls);

/* How many are parked. */
size_t polls_count(const struct polls *polls);

#endif
