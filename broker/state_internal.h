/* What the files of the state share. */
#ifndef BROKER_STATE_INTERNAL_H
#define BROKER_STATE_INTERNAL_H

#include "broker/state.h"

struct state {
    struct state_rules rules;
    struct state_log log;
    int64_t head_seq;
    int64_t head_at_ms; /* of the newest event: time never runs backwards */
    int64_t heard_ms;   /* monotonic clock: nobody is gone by older times */
    struct room *rooms_by_rid;
    struct room *rooms_by_name;
    struct session *sessions_by_sid;
    struct session *sessions_by_token;
    struct session *sessions_by_key;
};

/* Lookups for changing; NULL: there is none. */
struct room *state_find_room(const struct state *state, int64_t rid);
struct room *state_find_room_named(const struct state *state, const char *name);
struct session *state_find_session(const struct state *state, int64_t sid);
struct session *
state_find_session_by_token(const struct state *state,
                            const unsigned char token_hash[TOKEN_HASH_BYTES]);
struct session *state_find_session_by_key(const struct state *state,
                                          const char *key);
struct member *state_find_member(const struct session *session,
                                 const struct room *room);

/* Adds to the indexes, as an event says or as the store kept it. */
struct room *state_add_room(struct state *state,
                            const struct stored_room *stored);
struct session *state_add_session(struct state *state,
                                  const struct stored_session *stored);
struct member *state_add_member(struct session *session, struct room *room,
                                int64_t joined_seq);

/* Removes from the indexes and frees. */
void state_remove_session(struct state *state, struct session *session);
void state_remove_member(struct member *member);

/* Puts a member among, or takes it from, those of its room who are here. */
void state_member_comes(struct member *member);
void state_member_goes(struct member *member);

/* ---- deciding ---- */

/* One command being decided. */
struct decision {
    struct state *state;
    const struct command *command;
    struct moment now;
    struct outcome *outcome;
    struct session *session; /* whose command it is; NULL: nobody's */
};

/*
 * state_emit.c: events, each of which takes its place in the log, is appended
 * and applied at once. Everything has been checked before.
 */

/* Gives `event` its place, appends and applies it. Returns its seq. */
int64_t state_emit(struct decision *decision, struct event *event);

/* An event of the session's, in no room or in `room`; nothing is emitted. */
struct event state_session_event(const struct session *session,
                                 enum event_type type,
                                 enum event_reason reason);
struct event state_room_event(const struct session *session,
                              const struct room *room, enum event_type type,
                              enum event_reason reason);

/* The room is made, by `session` (NULL: the server); returns it. */
struct room *state_emit_room(struct decision *decision,
                             const struct session *session, const char *name,
                             const char *topic, const char *id);

/*
 * The session comes into the room, or leaves it. Who is gone has left
 * already, as far as the others see.
 */
void state_emit_join(struct decision *decision, struct session *session,
                     struct room *room, enum event_reason reason);
void state_emit_leave(struct decision *decision, struct session *session,
                      struct room *room, enum event_reason reason);

/* The session leaves its rooms and ends; it is freed. */
void state_end_session(struct decision *decision, struct session *session,
                       enum event_reason reason);

/* The session was seen at `seen_ms`; that brings it back if it was gone. */
void state_see(struct decision *decision, struct session *session,
               int64_t seen_ms);

/*
 * The command's room, by its name in a path, which is then the outcome's:
 * CHAT_OK or CHAT_NO_ROOM.
 */
enum chat_result state_named_room(struct decision *decision,
                                  struct room **room_out);

/* One function per command: the outcome's result. */
enum chat_result state_decide_session_new(struct decision *decision);
enum chat_result state_decide_session_get(struct decision *decision);
enum chat_result state_decide_session_end(struct decision *decision);
enum chat_result state_decide_room_new(struct decision *decision);
enum chat_result state_decide_room_open(struct decision *decision);
enum chat_result state_decide_join(struct decision *decision);
enum chat_result state_decide_leave(struct decision *decision);
enum chat_result state_decide_post(struct decision *decision);
enum chat_result state_decide_history(struct decision *decision);
enum chat_result state_decide_touch(struct decision *decision);
enum chat_result state_decide_gone(struct decision *decision);
enum chat_result state_decide_expire(struct decision *decision);

#endif
