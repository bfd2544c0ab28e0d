/*
 * The state: rooms, sessions and who is in which room, as the log's events
 * add up to them, and the rules of what may happen next. Pure: no sockets, no
 * SQL, no JSON, no clock of its own.
 *
 * A command is decided first (all checks, no change), then its events are
 * emitted: each is given its place in the log, appended, and applied. Applying
 * an event knows no refusal: state_apply() over a log's events in order gives
 * the state again.
 */
#ifndef BROKER_STATE_H
#define BROKER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "broker/store.h"
#include "common/command.h"
#include "common/event.h"
#include "common/settings.h"

/* ---- the model: read it freely, change it only through this module ---- */

struct room {
    int64_t rid;
    int64_t n; /* its newest shown event */
    char *name;
    char *topic;
    char *id; /* of the command that made it; "" for the server's own */
    size_t here_count;
    struct member *here; /* its members that are here, in order of coming */
    UT_hash_handle by_rid;
    UT_hash_handle by_name;
};

/* A session's place in a room. In `room->here` while its session is here. */
struct member {
    struct room *room;
    struct session *session;
    int64_t joined_seq;
    struct member *here_prev, *here_next;
    struct member *prev, *next; /* in session->members */
};

struct session {
    int64_t sid;
    unsigned char token_hash[TOKEN_HASH_BYTES];
    const char *key; /* nick_key() of the nick, behind it */
    enum role role;
    bool here;
    int64_t gone_at_ms;     /* wall clock; while not here */
    struct member *members; /* in order of joining */
    size_t room_count;
    /* Not of the log, fresh after a start: */
    int64_t seen_ms; /* monotonic clock: last request of the session */
    struct {
        double tokens;
        int64_t filled_ms; /* monotonic clock */
    } posts;
    UT_hash_handle by_sid;
    UT_hash_handle by_token;
    UT_hash_handle by_key;
    char nick[]; /* and its key */
};

struct state;

/* ---- life ---- */

/* What the operator decided; see common/settings.h for the meanings. */
struct state_rules {
    size_t nick_bytes, room_bytes, topic_bytes, text_bytes;
    size_t sessions_max, rooms_max, rooms_per_session;
    size_t presence_events_max;
    int64_t grace_ms, session_idle_ms;
    bool guests_make_rooms;
    bool rate_limits;
    double posts_per_second, posts_burst;
    char default_rooms[COMMAND_ROOMS_MAX][ROOM_SIZE];
    size_t default_room_count;
};

/*
 * Rules from settings. CHAT_OK, or CHAT_BAD_ROOM: default_rooms names a room
 * that cannot be, or too many.
 */
enum chat_result state_rules_from(const struct settings *settings,
                                  struct state_rules *rules_out);

/* The log as the state sees it; the store's functions fit. */
struct state_log {
    void *context;
    void (*append)(void *context, const struct event *event);
    bool (*find_posted)(void *context, int64_t sid, const char *id,
                        struct posted *posted_out);
    bool (*find_message)(void *context, int64_t rid, int64_t seq);
};

/* An empty state. `rules` and `log` are copied. Never NULL (alloc_or_die). */
struct state *state_new(const struct state_rules *rules,
                        const struct state_log *log);
void state_free(struct state *state);

/*
 * Fills an empty state with what the store kept; `mono_ms` is now, and counts
 * as the moment at which everybody here was last seen. Results as
 * store_load(), and then the state is of no use.
 */
enum chat_result state_load(struct state *state, struct store *store,
                            int64_t mono_ms);

/* ---- commands and events ---- */

/* When something is decided. */
struct moment {
    int64_t wall_ms;
    int64_t mono_ms;
};

/* What became of a command, for whoever writes the answer. */
struct outcome {
    enum chat_result result; /* CHAT_OK, CHAT_REPEAT or the refusal */
    int64_t sid;             /* the session of the command, if it has one */
    int64_t rid;             /* the room of the command, if it names one */
    int64_t seq, n, at_ms;   /* POST: the message, now or then */
};

/*
 * Decides `command` and applies what follows. Commands that only read are
 * decided too: whether they may, and about which room; whose request it is
 * counts as here.
 */
void state_execute(struct state *state, const struct command *command,
                   struct moment now, struct outcome *outcome_out);

/* Applies the next event of a log; its `seq` is one more than the head. */
void state_apply(struct state *state, const struct event *event);

/*
 * The broker's own commands that are due: GONE for sessions not seen for the
 * grace time, EXPIRE for those gone too long; at most `count_max`, in
 * `commands`. Returns how many.
 */
size_t state_due(const struct state *state, struct moment now,
                 struct command *commands, size_t count_max);

/*
 * Nothing could be heard until now (the process was stopped, the disk hung):
 * everybody's grace time begins anew.
 */
void state_was_deaf(struct state *state, int64_t mono_ms);

/* ---- reading ---- */

/* The newest event's seq; 0: the log is empty. */
int64_t state_head_seq(const struct state *state);

/* NULL: there is none. */
const struct session *state_session(const struct state *state, int64_t sid);
const struct room *state_room(const struct state *state, int64_t rid);

/* How many of a room's people a snapshot lists at most. */
size_t state_listed_members_max(const struct state *state);

/* All rooms, in order of their making: walk by `by_rid.next`. */
const struct room *state_rooms(const struct state *state);

/* `session`'s place in `room`; NULL: it is not in it. */
const struct member *state_member(const struct session *session,
                                  const struct room *room);

#endif
