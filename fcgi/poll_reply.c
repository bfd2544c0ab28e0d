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

/* Whether `session` has yet to be told of it. */
static bool is_new(const struct known_session *session,
                   const struct kept_signal *signal)
{
    return signal->version > session->signal_version;
}

static bool has_new_signal(const struct known_session *session,
                           const struct known_room *room)
{
    for (int kind = 0; kind < ROOM_SIGNAL_COUNT; kind++) {
        if (is_new(session, &room->signals.kept[kind]))
            return true;
    }
    return false;
}

/* Those of the session itself are new as long as they are kept. */
static size_t personal_count(const struct known_session *session)
{
    return session->signals != NULL ? session->signals->count : 0;
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

/* Whether there is an event that is not held back. */
static bool has_event_out(const struct place *place, int64_t from_seq)
{
    const struct window_event *first = first_event(place, from_seq);
    int64_t held_seq = place->room->held_seq;

    return first != NULL && (held_seq == 0 || first->seq < held_seq);
}

bool poll_has_news(const struct known_session *session, int64_t from_seq)
{
    const struct place *place;

    if (personal_count(session) > 0)
        return true;
    DL_FOREACH (session->places, place) {
        if (has_event_out(place, from_seq) ||
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

/*
 * A stream's message is followed by the next at once, so smaller ones lose
 * nothing; whoever reads slowly has one of their own waiting.
 */
static size_t body_bytes_max(enum poll_form form)
{
    return form == POLL_MESSAGE ? POLL_MESSAGE_BYTES_MAX : HISTORY_BYTES_MAX;
}

static void select_events(struct sources *sources,
                          const struct poll_frame *frame,
                          struct selection *selection)
{
    const struct window_event *event;
    size_t bytes_max = body_bytes_max(frame->form);

    selection->count = 0;
    selection->bytes = 0;
    selection->more = false;
    selection->next_seq = frame->head_seq;
    while ((event = take_next(sources)) != NULL) {
        if (selection->count == HISTORY_LIMIT_MAX ||
            (selection->count > 0 &&
             selection->bytes + event->length > bytes_max)) {
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

/* A signal, and a comma behind it. */
static char *put_signal(char *at, const struct kept_signal *signal)
{
    at = put(at, signal->json, strlen(signal->json));
    *at++ = ',';
    return at;
}

static char *put_signals(char *at, const struct known_session *session,
                         const struct sources *sources)
{
    const char *begin = at;

    for (size_t i = 0; i < personal_count(session); i++)
        at = put_signal(at, &session->signals->list[i].kept);
    for (size_t i = 0; i < sources->count; i++) {
        const struct known_room *room = sources->items[i].place->room;
        for (int kind = 0; kind < ROOM_SIGNAL_COUNT; kind++) {
            if (is_new(session, &room->signals.kept[kind]))
                at = put_signal(at, &room->signals.kept[kind]);
        }
    }
    return at > begin ? at - 1 : at; /* without the last comma */
}

static size_t kept_bytes(const struct kept_signal *signal)
{
    return signal->json != NULL ? strlen(signal->json) + 1 : 0;
}

/* At least what put_signals() writes. */
static size_t signal_bytes(const struct known_session *session,
                           const struct sources *sources)
{
    size_t bytes = 0;

    for (size_t i = 0; i < personal_count(session); i++)
        bytes += kept_bytes(&session->signals->list[i].kept);
    for (size_t i = 0; i < sources->count; i++) {
        const struct known_room *room = sources->items[i].place->room;
        for (int kind = 0; kind < ROOM_SIGNAL_COUNT; kind++)
            bytes += kept_bytes(&room->signals.kept[kind]);
    }
    return bytes;
}

/* Everything up to the events. */
static char *put_opening(char *at, const struct poll_frame *frame,
                         int64_t since_seq, int64_t next_seq)
{
    if (frame->form == POLL_MESSAGE)
        at += sprintf(at, "id: %.16s.%" PRId64 "\ndata: ", frame->epoch,
                      next_seq);
    return at + sprintf(at,
                        "{\"since\":\"%.16s.%" PRId64
                        "\",\"next\":\"%.16s.%" PRId64 "\",\"events\":[",
                        frame->epoch, since_seq, frame->epoch, next_seq);
}

/* What stands from `text` up to `end`, where its last bytes go. */
static struct bytes *finish(char *text, char *end, enum poll_form form)
{
    if (form == POLL_MESSAGE) {
        end = put(end, "\n\n", 2);
        return reply_part(text, (size_t)(end - text));
    }
    return reply_new(&(struct reply_parts){
        .status = 200, .body = text, .body_bytes = (size_t)(end - text)});
}

static struct bytes *render(const struct known_session *session,
                            const struct sources *sources,
                            const struct selection *selection,
                            int64_t since_seq, const struct poll_frame *frame)
{
    char *text =
        malloc(FRAME_BYTES + selection->bytes + signal_bytes(session, sources));

    if (text == NULL)
        return NULL;
    char *at = put_opening(text, frame, since_seq, selection->next_seq);
    at = put_events(at, selection);
    at = put(at, "],\"signals\":[", 13);
    at = put_signals(at, session, sources);
    at += sprintf(at, "],\"more\":%s}", selection->more ? "true" : "false");
    struct bytes *reply = finish(text, at, frame->form);
    free(text);
    return reply;
}

/* ---- sharing ---- */

/* The room whose readers all get the same; NULL: there is no such. */
static struct known_room *sharing_room(const struct known_session *session,
                                       const struct sources *sources)
{
    if (sources->count != 1 || personal_count(session) > 0)
        return NULL;
    return sources->items[0].place->room;
}

static bool answers(const struct shared_reply *shared,
                    const struct shared_reply *question)
{
    return shared->bytes != NULL && shared->since_seq == question->since_seq &&
           shared->first_seq == question->first_seq &&
           shared->head_seq == question->head_seq &&
           memcmp(shared->signal_versions, question->signal_versions,
                  sizeof(shared->signal_versions)) == 0;
}

static void keep_reply(struct shared_reply *shared,
                       const struct shared_reply *question, struct bytes *reply)
{
    bytes_drop(shared->bytes);
    *shared = *question;
    shared->bytes = bytes_share(reply);
}

/* What a reply about `room` alone depends on. */
static struct shared_reply ask(const struct known_session *session,
                               const struct source *source, int64_t since_seq,
                               int64_t head_seq)
{
    const struct known_room *room = source->place->room;

    struct shared_reply question = {
        .since_seq = since_seq,
        .first_seq = source->next != NULL ? source->next->seq : 0,
        .head_seq = head_seq,
    };
    for (int kind = 0; kind < ROOM_SIGNAL_COUNT; kind++) {
        const struct kept_signal *signal = &room->signals.kept[kind];
        if (is_new(session, signal))
            question.signal_versions[kind] = signal->version;
    }
    return question;
}

struct bytes *poll_reply_events(const struct known_session *session,
                                const struct poll_range *range,
                                const struct poll_frame *frame,
                                int64_t *next_seq_out)
{
    struct sources sources;
    struct selection selection;
    struct shared_reply question = {0};
    struct bytes *reply;

    if (!find_sources(session, range->from_seq, &sources))
        return NULL;
    struct known_room *room = sharing_room(session, &sources);
    struct shared_reply *shared =
        room != NULL ? &room->shared[frame->form] : NULL;
    if (shared != NULL)
        question =
            ask(session, sources.items, range->since_seq, frame->head_seq);
    if (shared != NULL && answers(shared, &question)) {
        question.next_seq = shared->next_seq;
        reply = bytes_share(shared->bytes);
    } else {
        select_events(&sources, frame, &selection);
        question.next_seq = selection.next_seq;
        reply = render(session, &sources, &selection, range->since_seq, frame);
        if (shared != NULL && reply != NULL)
            keep_reply(shared, &question, reply);
    }
    free_sources(&sources);
    if (next_seq_out != NULL && reply != NULL)
        *next_seq_out = question.next_seq;
    return reply;
}

struct bytes *poll_reply_empty(int64_t since_seq,
                               const struct poll_frame *frame,
                               enum poll_note note)
{
    static const char *const notes[] = {
        [POLL_NOTHING] = "false",
        [POLL_SUPERSEDED] = "false,\"superseded\":true",
        [POLL_MORE] = "true",
    };
    char text[FRAME_BYTES];
    char *at = put_opening(text, frame, since_seq, frame->head_seq);

    at += sprintf(at, "],\"signals\":[],\"more\":%s}", notes[note]);
    return finish(text, at, frame->form);
}

struct bytes *poll_message(const char *cursor, const char *body)
{
    char *text;
    int length = asprintf(&text, "id: %s\ndata: %s\n\n", cursor, body);

    if (length < 0)
        return NULL;
    struct bytes *message = reply_part(text, (size_t)length);
    free(text);
    return message;
}

/* The last header concerns other web servers on the way to the browser. */
struct bytes *poll_stream_begin(void)
{
    return reply_begin(&(struct reply_parts){
        .status = 200,
        .content_type = "text/event-stream",
        .extra_headers = "X-Accel-Buffering: no\r\n",
    });
}
