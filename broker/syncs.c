/*
 * A sync at the head of the log waits; any other is answered from the store
 * in the same turn. So there is no list of subscribers to keep in step and no
 * queue that can overflow: a front end that was away for an hour asks with an
 * old position and reads on from there.
 */
#include "broker/syncs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "broker/answers.h"
#include "common/alloc.h"
#include "common/log.h"

/* Events of one answer, as JSON at most: well below the message bound. */
#define SYNC_BYTES_MAX (3 * 1024 * 1024)

/* One front end's connection, and its sync if it is held. */
struct follower {
    struct link_ticket ticket;
    bool held;
    bool other_log; /* its position is none of this log's */
    int64_t after_seq;
    int64_t deadline_ms;
    uint64_t signal_version; /* what it had */
    struct follower *prev, *next;
};

struct syncs {
    struct link_server *link;
    struct replica *replica;
    const struct signals *signals;
    struct follower *followers;
};

struct syncs *syncs_new(struct link_server *link, struct replica *replica,
                        const struct signals *signals)
{
    struct syncs *syncs = alloc_or_die(sizeof(*syncs));

    syncs->link = link;
    syncs->replica = replica;
    syncs->signals = signals;
    return syncs;
}

static void remove_follower(struct syncs *syncs, struct follower *follower)
{
    DL_DELETE(syncs->followers, follower);
    free(follower);
}

void syncs_free(struct syncs *syncs)
{
    if (syncs == NULL)
        return;
    while (syncs->followers != NULL)
        remove_follower(syncs, syncs->followers);
    free(syncs);
}

static struct follower *find(const struct syncs *syncs, uint32_t connection)
{
    struct follower *follower;

    DL_FOREACH (syncs->followers, follower) {
        if (follower->ticket.connection == connection)
            break;
    }
    return follower;
}

static struct follower *add(struct syncs *syncs)
{
    struct follower *follower = alloc_or_die(sizeof(*follower));

    follower->signal_version = signals_version(syncs->signals);
    DL_APPEND(syncs->followers, follower);
    return follower;
}

void syncs_hold(struct syncs *syncs, struct link_ticket ticket,
                const struct sync_request *request, int64_t mono_ms)
{
    struct follower *follower = find(syncs, ticket.connection);
    const char *epoch = store_epoch(replica_store(syncs->replica));

    if (follower == NULL)
        follower = add(syncs);
    follower->ticket = ticket;
    follower->held = true;
    follower->after_seq = request->after_seq;
    follower->deadline_ms = mono_ms + request->wait_ms;
    follower->other_log =
        request->epoch == NULL || strcmp(request->epoch, epoch) != 0;
}

void syncs_forget(struct syncs *syncs, uint32_t connection)
{
    struct follower *follower = find(syncs, connection);

    if (follower != NULL)
        remove_follower(syncs, follower);
}

/* ---- answering ---- */

struct feed {
    json_t *events;
    size_t bytes;
    int64_t next_seq;
};

static bool feed_event(void *context, const struct event *event)
{
    struct feed *feed = context;
    size_t bytes = event_json_bytes_max(event);

    if (feed->bytes + bytes > SYNC_BYTES_MAX &&
        json_array_size(feed->events) > 0)
        return false;
    if (json_array_append_new(feed->events, event_encode(event, true)) != 0)
        return false;
    feed->bytes += bytes;
    feed->next_seq = event->seq;
    return true;
}

static void send_reply(const struct syncs *syncs, struct link_ticket ticket,
                       const struct sync_reply *reply)
{
    json_t *json = sync_reply_encode(reply);
    size_t length = 0;
    char *text = json != NULL ? protocol_dump(json, &length) : NULL;

    if (text == NULL ||
        link_server_reply(syncs->link, ticket, text, length) != CHAT_OK)
        log_error("event=sync_unanswered bytes=%zu", length);
    free(text);
    json_decref(json);
}

static bool must_reset(const struct follower *follower, int64_t head_seq)
{
    return follower->other_log || follower->after_seq > head_seq;
}

/*
 * What comes after `after_seq`, if anything. False: there is something, but
 * it cannot be read just now.
 */
static bool read_feed(const struct syncs *syncs, int64_t after_seq,
                      int64_t head_seq, struct feed *feed)
{
    feed->next_seq = after_seq;
    if (after_seq == head_seq)
        return true;
    feed->events = json_array();
    (void)store_after(replica_store(syncs->replica), after_seq, SYNC_EVENTS_MAX,
                      feed_event, feed);
    return json_array_size(feed->events) > 0;
}

/*
 * Answers with what there is; nothing is fine. What cannot be read just now is
 * waited for, as if it were not there yet.
 */
static void answer(struct syncs *syncs, struct follower *follower,
                   int64_t mono_ms)
{
    const struct state *state = replica_state(syncs->replica);
    int64_t head_seq = state_head_seq(state);
    bool reset = must_reset(follower, head_seq);
    struct feed feed = {.next_seq = head_seq};

    if (reset || read_feed(syncs, follower->after_seq, head_seq, &feed) ||
        follower->deadline_ms <= mono_ms) {
        json_t *signals =
            signals_since(syncs->signals, state, &follower->signal_version);
        send_reply(syncs, follower->ticket,
                   &(struct sync_reply){
                       .epoch = store_epoch(replica_store(syncs->replica)),
                       .head_seq = head_seq,
                       .next_seq = feed.next_seq,
                       .reset = reset,
                       .events = feed.events,
                       .signals = signals});
        follower->held = false;
        json_decref(signals);
    }
    json_decref(feed.events);
}

void syncs_answer(struct syncs *syncs, int64_t mono_ms)
{
    const struct state *state = replica_state(syncs->replica);
    struct follower *follower;

    if (state == NULL) /* nothing can be read just now: they wait */
        return;
    DL_FOREACH (syncs->followers, follower) {
        if (!follower->held)
            continue;
        if (follower->other_log ||
            follower->after_seq != state_head_seq(state) ||
            follower->signal_version < signals_version(syncs->signals) ||
            follower->deadline_ms <= mono_ms)
            answer(syncs, follower, mono_ms);
    }
}
