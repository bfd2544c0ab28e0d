/*
 * The broker protocol's messages as JSON, both ends: common/PROTOCOL.md says
 * what they mean, this is their one codec, and the one place that writes an
 * event, a room or a session as JSON: the HTTP interface's objects are the
 * same, less the fields that only front ends see.
 *
 * jansson shows here on purpose: a message is built and read as json_t. Parse
 * outside bytes with protocol_parse() alone.
 */
#ifndef COMMON_PROTOCOL_H
#define COMMON_PROTOCOL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/command.h"
#include "common/event.h"
#include "common/room_settings.h"

/* ---- any JSON ---- */

enum { PROTOCOL_DEPTH_MAX = 32 };

/*
 * Parses `length` bytes that are one JSON value: no duplicate keys, no NUL,
 * no invalid UTF-8, no nesting beyond PROTOCOL_DEPTH_MAX. The caller bounds
 * `length`. NULL: it is not; else a new reference.
 */
json_t *protocol_parse(const void *data, size_t length);

/*
 * Compact text of `json`, to be freed with free(); its length without the
 * NUL in `length_out`. NULL: no memory.
 */
char *protocol_dump(const json_t *json, size_t *length_out);

/*
 * Strict field access: CHAT_OK, CHAT_NOT_FOUND (no such field) or
 * CHAT_BAD_REQUEST (another type). Strings are borrowed from `object`.
 */
enum chat_result json_get_text(const json_t *object, const char *name,
                               const char **text_out);
enum chat_result json_get_int(const json_t *object, const char *name,
                              int64_t *number_out);
enum chat_result json_get_bool(const json_t *object, const char *name,
                               bool *flag_out);

/* ---- objects of the HTTP interface and the wire ---- */

/*
 * An event as the HTTP interface shows it; with `internal` as front ends get
 * it, which includes events nobody is shown: also "rid", "pid", "sid" and
 * "to_pid". A new reference, or NULL: no memory, or a string is not UTF-8.
 */
json_t *event_encode(const struct event *event, bool internal);

/*
 * What stands in the place of a room's events that have been purged, the last
 * of which was `seq`, the room's `n`th: {"seq","n","room","type":"gap"}. NULL:
 * no memory.
 */
json_t *gap_encode(const char *room, int64_t seq, int64_t n);

/*
 * Reads an internal event. Strings in `event_out` are borrowed from `json`.
 * The token's hash, secrets and addresses are never on the wire, nor where a
 * hook posts to. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result event_decode(const json_t *json, struct event *event_out);

/*
 * Makes of a message as the HTTP interface shows it what it is after `edit`:
 * its text, when that was, and whom it mentions. One that is deleted stays so.
 * NULL is fine. CHAT_OK or CHAT_NO_MEMORY.
 */
enum chat_result event_replace_text(json_t *event, const struct event *edit);

/*
 * Makes of an event as the HTTP interface shows it what it is once it has
 * been deleted: "deleted":true in place of its text. NULL is fine.
 */
void event_forget_text(json_t *event);

/* Somebody in a room. */
struct member_view {
    const char *nick;
    enum role role;
    enum rank rank;
    bool idle;
    bool is_listed; /* among all members: also whether they are here */
    bool here;
    bool muted;
};

/*
 * {"nick","role"}, "rank" if there is one, "idle" if they are; of a list of
 * all members also "here", and "muted" if they are. NULL: no memory.
 */
json_t *member_encode(const struct member_view *view);

/* What one room looks like to somebody in it. `members` is consumed. */
struct room_view {
    const char *room;
    const char *topic;
    int64_t n;
    int64_t rid;
    int64_t joined_seq; /* when the person joined; 0: not a member */
    int64_t member_count;
    json_t *members;                      /* array of member_encode() */
    const struct room_settings *settings; /* NULL: not told */
    bool is_direct;
    const char *with;   /* of such: the other's nick; NULL: they have left */
    enum rank rank;     /* the person's own */
    int64_t read_seq;   /* read up to here; 0: nothing */
    bool counts_unread; /* whether the next two are told */
    int64_t unread_count, mention_count;
    int64_t waiting_count; /* for a moderator to decide on; 0: not told */
};

/*
 * {"room","topic","n","members","member_count"}, what else is set of
 * "settings", "direct" and "with", "rank", "read", "unread" and "mentions",
 * "waiting", and for front ends "rid" and "joined". Consumes `members`. NULL:
 * no memory.
 */
json_t *room_encode(const struct room_view *view);

/* {"room","topic","member_count"}: a line of the rooms list. */
json_t *room_line_encode(const char *room, const char *topic,
                         int64_t member_count);

/* What a session looks like to whoever has it. */
struct session_view {
    int64_t sid, pid;
    const char *nick;
    enum role role;
    enum person_kind kind;
    json_t *rooms;   /* array of room_encode() */
    json_t *invites; /* array of rooms' names; NULL: none */
};

/*
 * {"nick","role","kind","rooms"}, "invites" if there are any, and for front
 * ends "sid" and "pid". Consumes `rooms` and `invites`. NULL: no memory.
 */
json_t *session_encode(const struct session_view *view);

/* A person's place in a room, as front ends keep it. */
struct membership {
    int64_t rid;
    int64_t joined_seq;
    const char *room; /* borrowed from the JSON it was taken from */
};

/*
 * Takes "rid" and "joined" out of a room_encode() object, which is then as
 * the HTTP interface shows it. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result room_take_membership(json_t *room,
                                      struct membership *membership_out);

/* By which numbers front ends know a session. */
struct session_ids {
    int64_t sid, pid;
};

/*
 * Takes them out of a session_encode() object (its rooms: one by one), which
 * is then as the HTTP interface shows it. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result session_take_ids(json_t *session, struct session_ids *ids_out);

/* ---- requests: front end to broker ---- */

/*
 * A command of the wire as JSON, with those of its type's fields that are
 * set. A new reference, or NULL: no memory or not UTF-8.
 */
json_t *command_encode(const struct command *command);

/*
 * Reads a command; end it with command_fini(). Strings in `command_out` are
 * borrowed from `json`. Shapes and bounds are checked, meaning is not; fields
 * that the type does not have are ignored. A ROOM_NEW without a topic has the
 * text "". CHAT_OK, CHAT_BAD_REQUEST, CHAT_NO_MEMORY.
 */
enum chat_result command_decode(const json_t *json,
                                struct command *command_out);
void command_fini(struct command *command);

/* {"op":"commands","commands":[...]}; consumes `commands`. */
json_t *batch_encode(json_t *commands);

struct sync_request {
    const char *epoch; /* NULL: the first, `after_seq` means nothing */
    int64_t after_seq;
    int64_t wait_ms; /* how long it may be held, at most SYNC_WAIT_MS_MAX */
};
enum { SYNC_WAIT_MS_MAX = 30000, SYNC_EVENTS_MAX = 1000 };

/* {"op":"sync",...}; a new reference, or NULL: no memory. */
json_t *sync_request_encode(const struct sync_request *request);

enum request_op { REQUEST_COMMANDS, REQUEST_SYNC };

/* A request as the broker reads it; `json` keeps it alive. */
struct broker_request {
    enum request_op op;
    json_t *json;
    const json_t *commands; /* array of at most COMMAND_BATCH_MAX */
    struct sync_request sync;
};

/*
 * Parses a request. CHAT_OK: end it with broker_request_fini().
 * CHAT_BAD_REQUEST.
 */
enum chat_result broker_request_parse(const void *data, size_t length,
                                      struct broker_request *request_out);
void broker_request_fini(struct broker_request *request);

/* ---- replies: broker to front end ---- */

/*
 * One command's result: {"result":CODE,"seq":HEAD} to which the caller adds
 * what the command gives (see PROTOCOL.md). NULL: no memory.
 */
json_t *result_encode(enum chat_result result, int64_t head_seq);

/* Reads it. CHAT_OK or CHAT_BAD_REQUEST. */
enum chat_result result_decode(const json_t *json, enum chat_result *result_out,
                               int64_t *head_seq_out);

/* {"epoch","results":[...]}; consumes `results`. */
json_t *batch_reply_encode(const char *epoch, json_t *results);

/*
 * `results` borrowed from `json`; fewer than there were commands: the rest
 * was not looked at, send it again. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result batch_reply_decode(const json_t *json, const char **epoch_out,
                                    const json_t **results_out);

struct sync_reply {
    const char *epoch;
    int64_t head_seq; /* newest event there is */
    int64_t next_seq; /* events are complete up to here */
    bool reset; /* `after` is not in this log: forget all, go on from next */
    json_t *events;  /* array, internal form; NULL: none */
    json_t *signals; /* array, HTTP interface form; NULL: none */
};

/* Shares `events` and `signals`, consumes nothing. NULL: no memory. */
json_t *sync_reply_encode(const struct sync_reply *reply);

/*
 * Everything borrowed from `json`; the events and signals are yet to be looked
 * at one by one. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result sync_reply_decode(const json_t *json,
                                   struct sync_reply *reply_out);

#endif
