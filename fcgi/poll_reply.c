/*
 * The events of a session's rooms are merged by seq, each room's walked in
 * order. Nearly always all of them are of one room, and a thousand polls of
 * that room want the same: the room keeps its last reply and the question it
 * answered.
 *
 * The events are JSON already (fcgi/window.h), so the body is put together
 * from whole JSON values; nothing a visitor wrote is quoted here.
 */
#include "fcgi/poll_reply.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/command.h"
#include "fcgi/reply.h"

/* The parts of a body that are not events or signals. */
#define FRAME_BYTES 256

/* One room's next event in the merge. */
struct source {
    const struct place *place;
    const struct window_event *next;
};

/* Sources of one session: its rooms that have something. */
struct sources {
    struct source *items;
    size_t count;
    struct source one; /* `items` when there is one only, as nearly always */
};

static int64_t first_wanted_after(const struct place *place, int64_t from_seq)
{
    int64_t before_joining_seq = place->joined_seq - 1;

    return from_seq > before_joining_seq ? from_seq : before_joining_seq;
}

static const struct window_event *first_event(const struct place *place,
                                              int64_t from_seq)
{
    return window_first_after(&place->room->window,
                              first_wanted_after(place, from_seq));
}

static bool has_new_signal(const struct known_session *session,
                           const struct known_room *room)
{
    return room->signal_version > session->signal_version;
}

bool poll_in_window(const struct known_session *session, int64_t from_seq)
{
    const struct place *place;

    DL_FOREACH (session->places, place) {
        if (first_wanted_after(place, from_seq) < place->room->window.floor_seq)
            return false;
    }
    return true;
}

bool poll_has_news(const struct known_session *session, int64_t from_seq)
{
    const struct place *place;

    DL_FOREACH (session->places, place) {
        if (first_event(place, from_seq) != NULL ||
            has_new_signal(session, place->room))
            return true;
    }
    return false;
}

/* ---- the merge ---- */

/* Rooms with events or signals; false: no memory. */
static bool find_sources(const struct known_session *session, int64_t from_seq,
                         struct sources *sources)
{
    const struct place *place;
    size_t count = 0, i = 0;

    DL_FOREACH (session->places, place)
        count++;
    sources->items =
        count > 1 ? calloc(count, sizeof(struct source)) : &sources->one;
    if (sources->items == NULL)
        return false;
    DL_FOREACH (session->places, place) {
        const struct window_event *next = first_event(place, from_seq);
        if (next == NULL && !has_new_signal(session, place->room))
            continue;
        sources->items[i++] = (struct source){.place = place, .next = next};
    }
    sources->count = i;
    return true;
}

static void free_sources(struct sources *sources)
{
    if (sources->items != &sources->one)
        free(sources->items);
}

/* Takes the oldest event that is left; NULL: none is. */
static const struct window_event *take_next(struct sources *sources)
{
    struct source *oldest = NULL;

    for (size_t i = 0; i < sources->count; i++) {
        struct source *source = &sources->items[i];
        if (source->next != NULL &&
            (oldest == NULL || source->next->seq < oldest->next->seq))
            oldest = source;
    }
    if (oldest == NULL)
        return NULL;
    const struct window_event *event = oldest->next;
    oldest->next = event->room_next;
    return event;
}

/* What goes into one body. */
struct selection {
    const struct window_event *events[HISTORY_LIMIT_MAX];
    size_t count;
    size_t bytes;
    bool more;
    int64_t next_seq;
};

static void select_events(struct sources *sources, int64_t head_seq,
                          struct selection *selection)
{
    const struct window_event *event;

    selection->count = 0;
    selection->bytes = 0;
    selection->more = false;
    selection->next_seq = head_seq;
    while ((event = take_next(sources)) != NULL) {
        if (selection->count == HISTORY_LIMIT_MAX ||
            (selection->count > 0 &&
             selection->bytes + event->length > HISTORY_BYTES_MAX)) {
            selection->more = true;
            selection->next_seq = selection->events[selection->count - 1]->seq;
            return;
        }
        selection->events[selection->count++] = event;
        selection->bytes += event->length + 1;
    }
}

/* ---- the body ---- */

static char *put(char *at, const char *text, size_t length)
{
    memcpy(at, text, length);
    return at + length;
}

static char *put_events(char *at, const struct selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        if (i > 0)
            *at++ = ',';
        at = put(at, selection->events[i]->json, selection->events[i]->length);
    }
    return at;
}

static char *put_signals(char *at, const struct known_session *session,
                         const struct sources *sources)
{
    bool first = true;

    for (size_t i = 0; i < sources->count; i++) {
        const struct known_room *room = sources->items[i].place->room;
        if (!has_new_signal(session, room))
            continue;
        if (!first)
            *at++ = ',';
        first = false;
        at = put(at, room->signal_json, strlen(room->signal_json));
    }
    return at;
}

static size_t signal_bytes(const struct sources *sources)
{
    size_t bytes = 0;

    for (size_t i = 0; i < sources->count; i++) {
        const char *json = sources->items[i].place->room->signal_json;
        bytes += json != NULL ? strlen(json) + 1 : 0;
    }
    return bytes;
}

static struct bytes *render(const struct known_session *session,
                            const struct sources *sources,
                            const struct selection *selection,
                            int64_t since_seq, const char *epoch)
{
    char *body = malloc(FRAME_BYTES + selection->bytes + signal_bytes(sources));
    char *at = body;

    if (body == NULL)
        return NULL;
    at += snprintf(at, FRAME_BYTES,
                   "{\"since\":\"%.16s.%" PRId64 "\",\"next\":\"%.16s.%" PRId64
                   "\",\"events\":[",
                   epoch, since_seq, epoch, selection->next_seq);
    at = put_events(at, selection);
    at = put(at, "],\"signals\":[", 13);
    at = put_signals(at, session, sources);
    at += sprintf(at, "],\"more\":%s}", selection->more ? "true" : "false");
    struct bytes *reply = reply_new(&(struct reply_parts){
        .status = 200, .body = body, .body_bytes = (size_t)(at - body)});
    free(body);
    return reply;
}

/* ---- sharing ---- */

/* The room whose readers all get the same; NULL: there is no such. */
static struct known_room *sharing_room(const struct sources *sources)
{
    return sources->count == 1 ? sources->items[0].place->room : NULL;
}

static bool answers(const struct shared_reply *shared,
                    const struct shared_reply *question)
{
    return shared->bytes != NULL && shared->since_seq == question->since_seq &&
           shared->first_seq == question->first_seq &&
           shared->next_seq == question->next_seq &&
           shared->signal_version == question->signal_version;
}

static void keep_reply(struct known_room *room,
                       const struct shared_reply *question, struct bytes *reply)
{
    bytes_drop(room->shared.bytes);
    room->shared = *question;
    room->shared.bytes = bytes_share(reply);
}

struct bytes *poll_reply_events(const struct known_session *session,
                                const struct poll_range *range,
                                const struct poll_frame *frame)
{
    struct sources sources;
    struct selection selection;
    struct shared_reply question = {.since_seq = range->since_seq,
                                    .next_seq = frame->head_seq};
    struct bytes *reply;

    if (!find_sources(session, range->from_seq, &sources))
        return NULL;
    struct known_room *room = sharing_room(&sources);
    if (room != NULL) {
        const struct window_event *first = sources.items[0].next;
        question.first_seq = first != NULL ? first->seq : 0;
        question.signal_version =
            has_new_signal(session, room) ? room->signal_version : 0;
    }
    if (room != NULL && answers(&room->shared, &question)) {
        reply = bytes_share(room->shared.bytes);
    } else {
        select_events(&sources, frame->head_seq, &selection);
        reply = render(session, &sources, &selection, range->since_seq,
                       frame->epoch);
        if (room != NULL && reply != NULL)
            keep_reply(room, &question, reply);
    }
    free_sources(&sources);
    return reply;
}

struct bytes *poll_reply_empty(int64_t since_seq, int64_t next_seq,
                               const char *epoch, enum poll_note note)
{
    static const char *const notes[] = {
        [POLL_NOTHING] = "false",
        [POLL_SUPERSEDED] = "false,\"superseded\":true",
        [POLL_MORE] = "true",
    };
    char body[FRAME_BYTES];
    int length =
        snprintf(body, sizeof(body),
                 "{\"since\":\"%.16s.%" PRId64 "\",\"next\":\"%.16s.%" PRId64
                 "\",\"events\":[],\"signals\":[],\"more\":%s}",
                 epoch, since_seq, epoch, next_seq, notes[note]);

    return reply_new(&(struct reply_parts){
        .status = 200, .body = body, .body_bytes = (size_t)length});
}
