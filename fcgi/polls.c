#include "fcgi/polls.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "fcgi/reply.h"

/* About 150 bytes: this, its exchange and its timer's place are all. */
struct poll {
    struct polls *polls;
    struct exchange *exchange;
    struct known_session *session;
    struct poll_range range;
    struct selector_timer timeout;
    uint64_t arrival;
    struct poll *prev, *next; /* of the session, oldest first */
    char tab[TAB_SIZE];
};

struct polls {
    struct polls_options options;
    struct known_session *woken; /* by `woken_next` */
    size_t count;
};

struct polls *polls_new(const struct polls_options *options)
{
    struct polls *polls = calloc(1, sizeof(*polls));

    if (polls != NULL)
        polls->options = *options;
    return polls;
}

void polls_free(struct polls *polls)
{
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

/* Nothing happened: the cursor may move all the same. */
static void answer_empty(struct poll *poll, int64_t next_seq,
                         enum poll_note note)
{
    answer_poll(poll, poll_reply_empty(poll->range.since_seq, next_seq,
                                       poll->polls->options.epoch, note));
}

/* With what there is by now, which may be nothing. */
static void answer_with_news(struct poll *poll)
{
    const struct polls_options *options = &poll->polls->options;
    const struct poll_frame frame = {
        .epoch = options->epoch,
        .head_seq = directory_seq(options->directory),
    };

    if (poll_in_window(poll->session, poll->range.from_seq))
        answer_poll(poll,
                    poll_reply_events(poll->session, &poll->range, &frame));
    else /* so much at once that the window has lost its beginning */
        answer_empty(poll, poll->range.since_seq, POLL_MORE);
}

/* There may be news that are held back: fcgi/holds.h. */
static void on_timeout(void *context)
{
    answer_with_news(context);
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
            answer_empty(poll, poll->range.since_seq, POLL_SUPERSEDED);
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

enum chat_result polls_park(struct polls *polls, struct exchange *exchange,
                            const struct poll_request *request)
{
    struct known_session *session = request->session;

    if (newer_is_parked(request))
        return CHAT_CLOSED;
    struct poll *poll = calloc(1, sizeof(*poll));
    if (poll == NULL)
        return CHAT_NO_MEMORY;
    poll->timeout =
        (struct selector_timer){.callback = on_timeout, .context = poll};
    if (selector_arm(polls->options.selector, &poll->timeout,
                     request->deadline_ms) != CHAT_OK) {
        free(poll);
        return CHAT_NO_MEMORY;
    }
    polls_supersede(session, request->tab);
    if (session->poll_count >= polls->options.per_session_max)
        answer_empty(session->polls, session->polls->range.since_seq,
                     POLL_SUPERSEDED);
    poll->polls = polls;
    poll->exchange = exchange;
    poll->session = session;
    poll->range = request->range;
    poll->arrival = request->arrival;
    memcpy(poll->tab, request->tab, sizeof(poll->tab));
    DL_APPEND(session->polls, poll);
    session->poll_count++;
    polls->count++;
    exchange_forget_request(exchange);
    exchange_set_owner(exchange, on_gone, poll);
    return CHAT_OK;
}

/* ---- waking ---- */

void polls_wake_room(struct polls *polls, struct known_room *room)
{
    struct place *place;

    DL_FOREACH2 (room->places, place, room_next) {
        struct known_session *session = place->session;
        if (session->polls == NULL || session->woken)
            continue;
        session->woken = true;
        session->woken_next = polls->woken;
        polls->woken = session;
    }
}

/* Returns how many answers were given. */
static size_t answer_session(struct polls *polls, struct known_session *session)
{
    size_t answered = 0;
    struct poll *poll, *next;

    DL_FOREACH_SAFE (session->polls, poll, next) {
        int64_t from_seq = poll->range.from_seq;
        if (poll_in_window(session, from_seq) &&
            !poll_has_news(session, from_seq))
            continue;
        answer_with_news(poll);
        answered++;
    }
    if (answered > 0)
        directory_mark_told(polls->options.directory, session);
    return answered;
}

size_t polls_answer_woken(struct polls *polls)
{
    size_t answered = 0;

    while (polls->woken != NULL) {
        struct known_session *session = polls->woken;
        polls->woken = session->woken_next;
        session->woken = false;
        answered += answer_session(polls, session);
    }
    return answered;
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
    while (session->polls != NULL)
        answer_poll(session->polls,
                    reply_problem(&(struct problem){.result = result}));
}

void polls_answer_all(struct polls *polls)
{
    struct known_session *session =
        directory_sessions(polls->options.directory);

    log_info("event=answering_parked polls=%zu", polls->count);
    for (; session != NULL; session = session->by_sid.next) {
        while (session->polls != NULL)
            answer_with_news(session->polls);
    }
}
