/*
 * What a stream's browser does not take at once waits in its connection's
 * bounded queue. When that is full the stream is behind: it is told nothing
 * until all is written, and then goes on from the window, which so is the
 * buffer of all readers together.
 */
#include "fcgi/polls.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "fcgi/reply.h"

enum {
    STREAM_PENDING_BYTES_MAX = POLL_MESSAGE_BYTES_MAX,
    /* Up to 3 s less, so that streams spread. */
    HEARTBEAT_MS = 20000,
    HEARTBEAT_SPREAD_MS = 3000,
};

/* A line that clients of event streams skip. */
static const char heartbeat_comment[] = ": heartbeat\n\n";

/* About 150 bytes: this, its exchange and its timer's place are all. */
struct poll {
    struct polls *polls;
    struct exchange *exchange;
    struct known_session *session;
    struct poll_range range;
    struct selector_timer timeout; /* a stream's next heartbeat */
    uint64_t arrival;
    struct poll *prev, *next; /* of the session, oldest first */
    char tab[TAB_SIZE];
    bool streams;
    bool behind; /* streams: it has not been told all, for want of room */
};

struct polls {
    struct polls_options options;
    struct bytes *heartbeat; /* of streams */
    struct bytes *stream_end;
    struct known_session *woken; /* by `woken_next` */
    size_t count;
};

struct polls *polls_new(const struct polls_options *options)
{
    struct polls *polls = calloc(1, sizeof(*polls));

    if (polls == NULL)
        return NULL;
    polls->options = *options;
    polls->heartbeat = reply_part(heartbeat_comment, strlen(heartbeat_comment));
    polls->stream_end = reply_end();
    if (polls->heartbeat == NULL || polls->stream_end == NULL) {
        polls_free(polls);
        return NULL;
    }
    return polls;
}

void polls_free(struct polls *polls)
{
    if (polls == NULL)
        return;
    bytes_drop(polls->heartbeat);
    bytes_drop(polls->stream_end);
    free(polls);
}

size_t polls_count(const struct polls *polls)
{
    return polls->count;
}

/* ---- the end ---- */

/*
 * The one end of a poll. Its exchange is answered with `reply`, or is gone
 * already (NULL exchange).
 */
static void end_poll(struct poll *poll, struct bytes *reply)
{
    struct polls *polls = poll->polls;

    DL_DELETE(poll->session->polls, poll);
    poll->session->poll_count--;
    poll->session->active_ms = clock_mono_ms(); /* it was here until now */
    polls->count--;
    selector_disarm(polls->options.selector, &poll->timeout);
    if (poll->exchange != NULL)
        exchange_answer(poll->exchange, reply);
    free(poll);
}

/* Answers with what `reply` holds and lets go of it; NULL: no memory. */
static void answer_poll(struct poll *poll, struct bytes *reply)
{
    if (reply == NULL)
        reply = reply_problem(&(struct problem){.result = CHAT_UNAVAILABLE});
    end_poll(poll, reply);
    bytes_drop(reply);
}

/* Its browser resumes, after the last message that it has. */
static void end_stream(struct poll *poll)
{
    end_poll(poll, poll->polls->stream_end);
}

static struct poll_frame frame_of(const struct poll *poll)
{
    const struct polls_options *options = &poll->polls->options;

    return (struct poll_frame){
        .epoch = options->epoch,
        .head_seq = directory_seq(options->directory),
        .form = poll->streams ? POLL_MESSAGE : POLL_REPLY,
    };
}

/* Without anything; its cursor stays. */
static void answer_empty(struct poll *poll, enum poll_note note)
{
    struct poll_frame frame = frame_of(poll);

    frame.head_seq = poll->range.since_seq;
    answer_poll(poll, poll_reply_empty(poll->range.since_seq, &frame, note));
}

/* Told in any case, so that its browser does not resume. */
static void supersede_stream(struct poll *poll)
{
    struct poll_frame frame = frame_of(poll);

    frame.head_seq = poll->range.since_seq;
    struct bytes *message =
        poll_reply_empty(poll->range.since_seq, &frame, POLL_SUPERSEDED);
    if (message != NULL)
        (void)exchange_send(poll->exchange, message, SIZE_MAX);
    bytes_drop(message);
    end_stream(poll);
}

static void supersede(struct poll *poll)
{
    if (poll->streams)
        supersede_stream(poll);
    else
        answer_empty(poll, POLL_SUPERSEDED);
}

/* ---- telling ---- */

/*
 * Sends `part` (taken; NULL: no memory). False: there is no room for it, or
 * the stream has ended.
 */
static bool send_part(struct poll *poll, struct bytes *part)
{
    enum chat_result result = CHAT_NO_MEMORY;

    if (part != NULL)
        result = exchange_send(poll->exchange, part, STREAM_PENDING_BYTES_MAX);
    bytes_drop(part);
    if (result == CHAT_FULL)
        poll->behind = true;
    else if (result != CHAT_OK)
        end_poll(poll, NULL);
    return result == CHAT_OK;
}

/* One message at least, and as many as it takes. It may end the stream. */
static void tell_stream(struct poll *poll)
{
    const struct poll_frame frame = frame_of(poll);
    int64_t next_seq = frame.head_seq;

    do {
        struct bytes *message =
            poll_reply_events(poll->session, &poll->range, &frame, &next_seq);
        if (!send_part(poll, message))
            return;
        poll->range =
            (struct poll_range){.since_seq = next_seq, .from_seq = next_seq};
    } while (next_seq < frame.head_seq);
}

/* With what there is by now, which may be nothing. */
static void answer_with_news(struct poll *poll)
{
    const struct poll_frame frame = frame_of(poll);
    bool in_window = poll_in_window(poll->session, poll->range.from_seq);

    /* Else there was so much that the window has lost its beginning. */
    if (poll->streams && in_window)
        tell_stream(poll);
    else if (poll->streams)
        end_stream(poll);
    else if (in_window)
        answer_poll(
            poll, poll_reply_events(poll->session, &poll->range, &frame, NULL));
    else
        answer_empty(poll, POLL_MORE);
}

/* The same for one alone: the session's others have been told all. */
static void tell_alone(struct poll *poll)
{
    struct directory *directory = poll->polls->options.directory;
    struct known_session *session = poll->session;

    answer_with_news(poll);
    directory_mark_told(directory, session);
}

/* There may be news that are held back: fcgi/holds.h. */
static void on_timeout(void *context)
{
    answer_with_news(context);
}

static bool arm_heartbeat(struct poll *poll)
{
    int64_t after_ms = HEARTBEAT_MS - random() % (HEARTBEAT_SPREAD_MS + 1);

    return selector_arm(poll->polls->options.selector, &poll->timeout,
                        clock_mono_ms() + after_ms) == CHAT_OK;
}

static void on_heartbeat(void *context)
{
    struct poll *poll = context;

    if (poll->behind || !arm_heartbeat(poll))
        end_stream(poll);
    else if (send_part(poll, bytes_share(poll->polls->heartbeat)))
        tell_alone(poll);
}

/* A stream's browser has taken all that waited for it. */
static void on_written(void *context, struct exchange *exchange)
{
    struct poll *poll = context;

    (void)exchange;
    if (!poll->behind)
        return;
    poll->behind = false;
    tell_alone(poll);
}

static void on_gone(void *context, struct exchange *exchange)
{
    struct poll *poll = context;

    (void)exchange;
    poll->exchange = NULL;
    end_poll(poll, NULL);
}

/* ---- parking ---- */

void polls_supersede(struct known_session *session, const char *tab)
{
    struct poll *poll, *next;

    DL_FOREACH_SAFE (session->polls, poll, next) {
        if (strcmp(poll->tab, tab) == 0)
            supersede(poll);
    }
}

static bool newer_is_parked(const struct poll_request *request)
{
    const struct poll *poll;

    DL_FOREACH (request->session->polls, poll) {
        if (poll->arrival > request->arrival &&
            strcmp(poll->tab, request->tab) == 0)
            return true;
    }
    return false;
}

/* With its timer armed; NULL: no memory. */
static struct poll *new_poll(struct polls *polls,
                             const struct poll_request *request)
{
    struct poll *poll = calloc(1, sizeof(*poll));

    if (poll == NULL)
        return NULL;
    poll->polls = polls;
    poll->session = request->session;
    poll->range = request->range;
    poll->arrival = request->arrival;
    poll->streams = request->streams;
    memcpy(poll->tab, request->tab, sizeof(poll->tab));
    poll->timeout = (struct selector_timer){
        .callback = poll->streams ? on_heartbeat : on_timeout,
        .context = poll,
    };
    bool armed = poll->streams
                     ? arm_heartbeat(poll)
                     : selector_arm(polls->options.selector, &poll->timeout,
                                    request->deadline_ms) == CHAT_OK;
    if (!armed) {
        free(poll);
        return NULL;
    }
    return poll;
}

enum chat_result polls_park(struct polls *polls, struct exchange *exchange,
                            const struct poll_request *request)
{
    struct known_session *session = request->session;

    if (newer_is_parked(request))
        return CHAT_CLOSED;
    struct poll *poll = new_poll(polls, request);
    if (poll == NULL)
        return CHAT_NO_MEMORY;
    polls_supersede(session, request->tab);
    if (session->poll_count >= polls->options.per_session_max)
        supersede(session->polls);
    DL_APPEND(session->polls, poll);
    session->poll_count++;
    polls->count++;
    poll->exchange = exchange;
    exchange_forget_request(exchange);
    exchange_set_owner(exchange, on_gone, poll);
    if (poll->streams) {
        exchange_on_written(exchange, on_written);
        tell_alone(poll);
    }
    return CHAT_OK;
}

/* ---- waking ---- */

void polls_wake_session(struct polls *polls, struct known_session *session)
{
    if (session->polls == NULL || session->woken)
        return;
    session->woken = true;
    session->woken_next = polls->woken;
    polls->woken = session;
}

void polls_wake_room(struct polls *polls, struct known_room *room)
{
    struct place *place;

    DL_FOREACH2 (room->places, place, room_next)
        polls_wake_session(polls, place->session);
}

static void answer_session(struct polls *polls, struct known_session *session)
{
    bool answered = false;
    struct poll *poll, *next;

    DL_FOREACH_SAFE (session->polls, poll, next) {
        int64_t from_seq = poll->range.from_seq;
        if (poll_in_window(session, from_seq) &&
            (poll->behind || !poll_has_news(session, from_seq)))
            continue;
        answer_with_news(poll);
        answered = true;
    }
    if (answered)
        directory_mark_told(polls->options.directory, session);
}

void polls_answer_woken(struct polls *polls)
{
    while (polls->woken != NULL) {
        struct known_session *session = polls->woken;
        polls->woken = session->woken_next;
        session->woken = false;
        answer_session(polls, session);
    }
}

/* A session that ends while it is noted must not stay noted. */
static void forget_woken(struct polls *polls, struct known_session *session)
{
    if (!session->woken)
        return;
    LL_DELETE2(polls->woken, session, woken_next);
    session->woken = false;
}

void polls_refuse_session(struct polls *polls, struct known_session *session,
                          enum chat_result result)
{
    forget_woken(polls, session);
    while (session->polls != NULL) {
        if (session->polls->streams)
            end_stream(session->polls);
        else
            answer_poll(session->polls,
                        reply_problem(&(struct problem){.result = result}));
    }
}

void polls_answer_all(struct polls *polls)
{
    struct known_session *session =
        directory_sessions(polls->options.directory);

    log_info("event=answering_parked polls=%zu", polls->count);
    for (; session != NULL; session = session->by_sid.next) {
        while (session->polls != NULL) {
            if (session->polls->streams)
                end_stream(session->polls);
            else
                answer_with_news(session->polls);
        }
    }
}
