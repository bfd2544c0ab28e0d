/*
 * A public room for whoever has no JavaScript, no session, or no browser: as
 * an HTML page, as plain text, and as an Atom feed. Pure: what to show goes
 * in, a document comes out.
 */
#ifndef FCGI_ROOM_PAGE_H
#define FCGI_ROOM_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/command.h"
#include "common/result.h"

/* The events that a page shows: bits 1 << enum event_type. */
#define ROOM_PAGE_TYPES                                                        \
    (UINT64_C(1) << EVENT_MESSAGE | UINT64_C(1) << EVENT_ACTION)

/* Everything is borrowed. */
struct room_page {
    const char *room;
    const char *topic;
    int64_t n;            /* the room's newest event */
    bool indexed;         /* search engines may keep it */
    bool archived;        /* nothing is said there any more */
    const json_t *events; /* of ROOM_PAGE_TYPES, oldest first */
    bool more;            /* as history says */
    enum history_anchor anchor;
    int64_t target_n;    /* HISTORY_AROUND: the one that is meant */
    bool has_session;    /* the reader has a nick already */
    const char *form_id; /* an id for what they write; NULL: none */
    const char *epoch;   /* the log's name */
    const char *origin;  /* "https://example.org"; "": not known */
};

/*
 * Takes room, topic, n, settings, events and more from what the broker gives
 * for a page. CHAT_OK, or CHAT_UNAVAILABLE: it is no such thing.
 */
enum chat_result room_page_read(const json_t *result,
                                struct room_page *page_out);

/*
 * The documents: to be freed with free(), their length without the NUL in
 * `length_out`. NULL: no memory.
 */
char *room_page_html(const struct room_page *page, size_t *length_out);
char *room_page_text(const struct room_page *page, size_t *length_out);
char *room_page_atom(const struct room_page *page, size_t *length_out);

/* Why there is no page, in the same way. `detail` may be NULL. */
char *room_page_refusal(const char *title, const char *detail,
                        size_t *length_out);

/* ---- what the three have in common ---- */

/* A message as it is now. Strings are borrowed from the event. */
struct page_line {
    int64_t seq, n, at_ms;
    int64_t edited_ms; /* 0: it was not */
    bool action;
    const char *from;
    const char *by;   /* of a hook's message: who the hook says it is from */
    const char *text; /* NULL: deleted */
};

/* False: the event is no message. */
bool page_line_read(const json_t *event, struct page_line *line_out);

/* "2026-11-22T23:30:05Z" (RFC 3339). */
enum { PAGE_TIME_SIZE = 32 };
void page_time(int64_t at_ms, char out[PAGE_TIME_SIZE]);

#endif
