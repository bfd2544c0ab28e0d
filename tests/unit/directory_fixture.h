/*
 * Sessions, rooms and events by their numbers, for the tests of what the
 * front end knows: a room's name is "r" and its rid, a session's token hash
 * its sid all over.
 */
#ifndef TESTS_UNIT_DIRECTORY_FIXTURE_H
#define TESTS_UNIT_DIRECTORY_FIXTURE_H

#include <stdio.h>
#include <string.h>

#include "fcgi/directory.h"
#include "tests/unit/unit.h"

/* Names of the rooms 0 to 9. */
static const char *const sample_names[] = {"r0", "r1", "r2", "r3", "r4",
                                           "r5", "r6", "r7", "r8", "r9"};

static inline void sample_token(int64_t sid,
                                unsigned char hash_out[TOKEN_HASH_BYTES])
{
    memset(hash_out, (int)sid, TOKEN_HASH_BYTES);
}

static inline struct event sample_message(int64_t seq, int64_t rid,
                                          const char *text)
{
    return (struct event){.seq = seq,
                          .n = seq,
                          .type = EVENT_MESSAGE,
                          .rid = rid,
                          .pid = 99,
                          .sid = 99,
                          .room = sample_names[rid],
                          .from = "bob",
                          .text = text,
                          .id = "x"};
}

static inline struct event sample_join(int64_t seq, int64_t sid, int64_t rid)
{
    return (struct event){.seq = seq,
                          .n = seq,
                          .type = EVENT_JOIN,
                          .rid = rid,
                          .pid = sid,
                          .sid = sid,
                          .room = sample_names[rid],
                          .from = "ann"};
}

static inline struct event sample_leave(int64_t seq, int64_t sid, int64_t rid)
{
    struct event event = sample_join(seq, sid, rid);

    event.type = EVENT_LEAVE;
    event.reason = REASON_LEFT;
    return event;
}

static inline struct event sample_end(int64_t seq, int64_t sid)
{
    return (struct event){.seq = seq,
                          .type = EVENT_SESSION_END,
                          .reason = REASON_LOGOUT,
                          .pid = sid,
                          .sid = sid};
}

/* A room that a session has been in since `joined_seq`. */
struct sample_place {
    int64_t rid;
    int64_t joined_seq;
};

enum { SAMPLE_PLACES_MAX = 10 };

/*
 * A session of person `pid`, in the places of `places` up to the first whose
 * rid is 0.
 */
static inline json_t *sample_session_of(int64_t sid, int64_t pid,
                                        const struct sample_place *places)
{
    json_t *rooms = json_array();

    for (size_t i = 0; i < SAMPLE_PLACES_MAX && places[i].rid != 0; i++)
        json_array_append_new(rooms, room_encode(&(struct room_view){
                                         .room = sample_names[places[i].rid],
                                         .topic = "",
                                         .rid = places[i].rid,
                                         .joined_seq = places[i].joined_seq,
                                         .members = json_array(),
                                     }));
    return session_encode(&(struct session_view){
        .sid = sid, .pid = pid, .nick = "ann", .rooms = rooms});
}

/* The same of a guest, who is the person of this session alone. */
static inline json_t *sample_session(int64_t sid,
                                     const struct sample_place *places)
{
    return sample_session_of(sid, sid, places);
}

struct sample_snapshot {
    int64_t sid;
    int64_t as_of_seq;
    struct sample_place places[SAMPLE_PLACES_MAX + 1];
};

/* Learns a session of person `pid`. */
static inline enum chat_result
sample_learn_of(struct directory *directory, int64_t pid,
                const struct sample_snapshot *snapshot,
                struct known_session **session_out)
{
    unsigned char hash[TOKEN_HASH_BYTES];
    json_t *json = sample_session_of(snapshot->sid, pid, snapshot->places);

    sample_token(snapshot->sid, hash);
    enum chat_result result = directory_learn(
        directory, json, snapshot->as_of_seq, hash, session_out);
    json_decref(json);
    return result;
}

/* The same of a guest. */
static inline enum chat_result
sample_learn(struct directory *directory,
             const struct sample_snapshot *snapshot,
             struct known_session **session_out)
{
    return sample_learn_of(directory, snapshot->sid, snapshot, session_out);
}

/* A session that is known from here on. */
static inline struct known_session *
sample_know(struct directory *directory, const struct sample_snapshot *snapshot)
{
    struct known_session *session = NULL;

    assert_int_equal(sample_learn(directory, snapshot, &session), CHAT_OK);
    assert_non_null(session);
    return session;
}

/* A signal of how many are in `room`, or any `json` in its place. */
static inline void sample_signal(struct directory *directory,
                                 struct known_room *room, const char *json)
{
    assert_true(directory_signal(
        directory, room,
        &(struct signal){.type = "members", .room = room->name, .json = json}));
}

/* A message in a room, by the feed. */
static inline struct known_room *sample_say(struct directory *directory,
                                            int64_t seq, int64_t rid,
                                            const char *text)
{
    struct event event = sample_message(seq, rid, text);

    return directory_apply(directory, &event);
}

#endif
