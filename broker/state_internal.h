/* What state.c, state_decide.c and state_apply.c share. */
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

#endif
