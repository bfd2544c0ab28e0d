/*
 * The long poll and the stream: from a request to what is parked, or to an
 * answer at once. They differ at the end only: what a poll is answered with, a
 * stream is sent as a message, and goes on.
 *
 * A cursor beyond what this front end has seen may be true all the same (the
 * session was at another one); the broker is asked. So it is before a poll
 * that will not wait is told that there is nothing.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

#define WAIT_SECONDS_DEFAULT 25

/* ---- cursors ---- */

void cursor_print(const struct front *front, int64_t seq, char out[CURSOR_SIZE])
{
    (void)snprintf(out, CURSOR_SIZE, "%.32s.%" PRId64,
                   backend_epoch(front->backend), seq);
}

enum chat_result cursor_parse(const struct front *front, const char *cursor,
                              int64_t *seq_out)
{
    const char *epoch = backend_epoch(front->backend);
    size_t epoch_bytes = strlen(epoch);

    if (epoch_bytes == 0)
        return CHAT_UNAVAILABLE;
    if (strncmp(cursor, epoch, epoch_bytes) != 0 ||
        cursor[epoch_bytes] != '.' ||
        number_parse(cursor + epoch_bytes + 1, seq_out) != CHAT_OK)
        return CHAT_CURSOR_UNKNOWN;
    return CHAT_OK;
}

/* ---- parameters ---- */

static enum chat_result take_wait(const struct call *call, const char *query,
                                  int64_t *wait_ms_out)
{
    const struct number_range range = {
        .most = call->front->settings->limits.wait_seconds};
    char value[32];
    int64_t seconds = WAIT_SECONDS_DEFAULT;
    enum chat_result result = query_get(query, "wait", value, sizeof(value));

    if (result == CHAT_OK)
        result = number_parse_clamped(value, range, &seconds);
    if (result != CHAT_OK && result != CHAT_NOT_FOUND)
        return CHAT_BAD_REQUEST;
    *wait_ms_out = (seconds < range.most ? seconds : range.most) * 1000;
    return CHAT_OK;
}

static enum chat_result take_tab(const char *query, char tab_out[TAB_SIZE])
{
    enum chat_result result = query_get(query, "tab", tab_out, TAB_SIZE);

    if (result == CHAT_NOT_FOUND) {
        tab_out[0] = '\0';
        return CHAT_OK;
    }
    if (result != CHAT_OK || id_check(tab_out, TAB_SIZE - 1) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    return CHAT_OK;
}

static enum chat_result take_since(const struct call *call,
                                   const struct request *request,
                                   int64_t *since_seq_out)
{
    char value[CURSOR_SIZE];

    if (call->poll.streams && request->last_event_id[0] != '\0')
        return cursor_parse(call->front, request->last_event_id, since_seq_out);
    enum chat_result result =
        query_get(request->query, "since", value, sizeof(value));
    if (result == CHAT_NOT_FOUND)
        return CHAT_BAD_REQUEST;
    if (result != CHAT_OK)
        return CHAT_CURSOR_UNKNOWN;
    return cursor_parse(call->front, value, since_seq_out);
}

/* ---- the way to an answer or a place to park ---- */

static void go_on(struct call *call);

static void take_head(struct call *call, const struct backend_result *result)
{
    if (result->head_seq < call->poll.range.since_seq) {
        call_refuse(call, CHAT_CURSOR_UNKNOWN, NULL);
        return;
    }
    call->poll.confirmed = true;
    call_when_reached(call, result->head_seq, go_on);
}

static void ask_head(struct call *call)
{
    call_ask(call, &(struct command){.type = COMMAND_HEAD}, take_head);
}

/* Before the first message of a stream. False: the call has ended. */
static bool begin_stream(struct call *call)
{
    return call->begun || call_send(call, poll_stream_begin());
}

/* A page from behind the window, up to `next_seq`; `body` is taken. */
static void stream_page(struct call *call, json_t *body, int64_t next_seq)
{
    size_t length;
    char cursor[CURSOR_SIZE];
    char *text = body != NULL ? protocol_dump(body, &length) : NULL;
    struct bytes *message = NULL;

    json_decref(body);
    cursor_print(call->front, next_seq, cursor);
    if (text != NULL)
        message = poll_message(cursor, text);
    free(text);
    call->poll.range =
        (struct poll_range){.since_seq = next_seq, .from_seq = next_seq};
    if (!begin_stream(call))
        bytes_drop(message);
    else if (call_send(call, message))
        call_when_reached(call, next_seq, go_on);
}

/* What the window has forgotten, the broker has told. */
static void take_events(struct call *call, const struct backend_result *result)
{
    json_t *events = json_object_get(result->json, "events");
    struct poll_range *range = &call->poll.range;
    char since[CURSOR_SIZE], next[CURSOR_SIZE];
    int64_t next_seq;

    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    if (json_get_int(result->json, "next", &next_seq) != CHAT_OK) {
        call_refuse(call, CHAT_UNAVAILABLE, NULL);
        return;
    }
    if (json_array_size(events) == 0) { /* nothing, up to there */
        range->from_seq = next_seq;
        call_when_reached(call, next_seq, go_on);
        return;
    }
    cursor_print(call->front, range->since_seq, since);
    cursor_print(call->front, next_seq, next);
    json_t *body = json_pack("{s:s, s:s, s:O, s:[], s:O}", "since", since,
                             "next", next, "events", events, "signals", "more",
                             json_object_get(result->json, "more"));
    if (call->poll.streams)
        stream_page(call, body, next_seq);
    else
        call_answer(call, reply_json(200, body, NULL), 0);
}

static void ask_events(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_EVENTS,
                               .sid = call->sid,
                               .seq = call->poll.range.from_seq,
                               .limit = HISTORY_LIMIT_MAX},
             take_events);
}

static struct poll_frame frame_up_to(const struct call *call, int64_t seq)
{
    return (struct poll_frame){
        .epoch = backend_epoch(call->front->backend),
        .head_seq = seq,
        .form = call->poll.streams ? POLL_MESSAGE : POLL_REPLY,
    };
}

static void answer_at_once(struct call *call, struct known_session *session)
{
    struct front *front = call->front;
    const struct poll_frame frame =
        frame_up_to(call, directory_seq(front->directory));
    struct bytes *reply =
        poll_reply_events(session, &call->poll.range, &frame, NULL);

    directory_mark_told(front->directory, session);
    call_answer(call, reply, 0);
}

/*
 * 85 to 100 % of the time asked for, so that polls spread. Nothing secret: the
 * C library's generator does, without a system call per poll.
 */
static int64_t spread(int64_t wait_ms)
{
    int64_t least_ms = wait_ms * 85 / 100;

    return least_ms + random() % (wait_ms - least_ms + 1);
}

/* While it was on its way here a newer poll of its tab has been parked. */
static void answer_superseded(struct call *call)
{
    int64_t since_seq = call->poll.range.since_seq;
    const struct poll_frame frame = frame_up_to(call, since_seq);
    struct bytes *reply = poll_reply_empty(since_seq, &frame, POLL_SUPERSEDED);

    if (!call->poll.streams)
        call_answer(call, reply, 0);
    else if (call_send(call, reply))
        call_refuse(call, CHAT_CLOSED, NULL); /* ends it */
}

static void park(struct call *call, struct known_session *session)
{
    struct poll_request request = {
        .session = session,
        .range = call->poll.range,
        .arrival = call->poll.arrival,
        .streams = call->poll.streams,
        .deadline_ms = clock_mono_ms() + spread(call->poll.wait_ms),
    };
    enum chat_result result;

    memcpy(request.tab, call->poll.tab, sizeof(request.tab));
    result = polls_park(call->front->polls, call->exchange, &request);
    if (result == CHAT_OK)
        call_hand_over(call);
    else if (result == CHAT_CLOSED)
        answer_superseded(call);
    else
        call_refuse(call, result, NULL);
}

static void stream(struct call *call, struct known_session *session)
{
    if (call->front->stopping)
        call_refuse(call, CHAT_UNAVAILABLE, NULL);
    else if (begin_stream(call))
        park(call, session);
}

static void go_on(struct call *call)
{
    struct known_session *session = call_session(call);
    struct front *front = call->front;
    int64_t from_seq = call->poll.range.from_seq;

    if (session == NULL)
        call_refuse(call, CHAT_SESSION_REQUIRED, NULL);
    else if (from_seq > directory_seq(front->directory))
        ask_head(call);
    else if (!poll_in_window(session, from_seq))
        ask_events(call);
    else if (call->poll.streams)
        stream(call, session);
    else if (poll_has_news(session, from_seq))
        answer_at_once(call, session);
    else if (call->poll.wait_ms > 0 && !front->stopping)
        park(call, session);
    else if (call->poll.confirmed)
        answer_at_once(call, session);
    else
        ask_head(call);
}

static void start(struct call *call)
{
    const struct request *request = exchange_request(call->exchange);
    struct poll_call *poll = &call->poll;
    enum chat_result result = take_since(call, request, &poll->range.since_seq);

    if (take_wait(call, request->query, &poll->wait_ms) != CHAT_OK ||
        take_tab(request->query, poll->tab) != CHAT_OK)
        result = CHAT_BAD_REQUEST;
    if (result != CHAT_OK) {
        call_refuse(call, result,
                    result == CHAT_BAD_REQUEST
                        ? "since is required, wait a number, tab 1-32 of "
                          "A-Za-z0-9_-"
                        : NULL);
        return;
    }
    poll->range.from_seq = poll->range.since_seq;
    poll->arrival = ++call->front->poll_arrivals;
    polls_supersede(call_session(call), poll->tab);
    go_on(call);
}

void events_poll(struct call *call)
{
    start(call);
}

void events_stream(struct call *call)
{
    call->poll.streams = true;
    start(call);
}
