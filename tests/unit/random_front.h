/*
 * A front end beside a random schedule: it follows the log, learns sessions at
 * any time, also from snapshots that come late, and must at each event give it
 * to those alone who may see it.
 */
#ifndef TESTS_UNIT_RANDOM_FRONT_H
#define TESTS_UNIT_RANDOM_FRONT_H

#include "fcgi/directory.h"
#include "tests/unit/state_model_check.h"

struct random_front {
    struct window window;
    struct directory *directory;
    json_t *late; /* a snapshot on its way; or NULL */
    int64_t late_seq;
    unsigned char late_token[TOKEN_HASH_BYTES];
};

static inline void front_open(struct random_front *front, int64_t seq)
{
    window_init(&front->window, 64 * 1024, 16);
    front->directory = directory_new(&front->window, NULL, NULL);
    front->late = NULL;
    assert_non_null(front->directory);
    directory_reset(front->directory, seq);
}

static inline void front_close(struct random_front *front)
{
    json_decref(front->late);
    directory_free(front->directory);
    assert_int_equal(front->window.bytes, 0);
}

/* What the broker says of a session, as far as front ends keep it. */
static inline json_t *front_snapshot(const struct session *session)
{
    const struct person *person = session->person;
    json_t *rooms = json_array();

    for (const struct member *member = person->members; member != NULL;
         member = member->next)
        json_array_append_new(rooms, room_encode(&(struct room_view){
                                         .room = member->room->name,
                                         .topic = "",
                                         .rid = member->room->rid,
                                         .joined_seq = member->joined_seq,
                                         .members = json_array(),
                                     }));
    return session_encode(&(struct session_view){.sid = session->sid,
                                                 .pid = person->pid,
                                                 .nick = person->nick,
                                                 .kind = person->kind,
                                                 .rooms = rooms});
}

/* The session asks something, and its snapshot is on its way. */
static inline void front_ask(struct random_front *front,
                             const struct state *state,
                             const struct session *session)
{
    if (front->late != NULL)
        return;
    front->late = front_snapshot(session);
    front->late_seq = state_head_seq(state);
    memcpy(front->late_token, session->token_hash, TOKEN_HASH_BYTES);
}

/* And comes, as old as it is now. */
static inline void front_learn(struct random_front *front)
{
    struct known_session *session;

    if (front->late == NULL)
        return;
    enum chat_result result =
        directory_learn(front->directory, front->late, front->late_seq,
                        front->late_token, &session);
    assert_true(result == CHAT_OK || result == CHAT_AGAIN ||
                result == CHAT_SESSION_REQUIRED);
    json_decref(front->late);
    front->late = NULL;
}

/* The next event: whoever would be shown it now is in the room. */
static inline void front_take(struct random_front *front,
                              const struct model *model,
                              const struct event *event)
{
    const struct known_room *room = directory_apply(front->directory, event);

    if (room == NULL || event->type == EVENT_ROOM_END)
        return;
    assert_int_equal(room->rid, event->rid);
    assert_true(event->n > 0);
    for (const struct place *place = room->places; place != NULL;
         place = place->room_next)
        assert_true(model_is_member(model, place->session->pid, event->rid));
}

static inline void check_known(const struct state *state,
                               const struct known_session *known)
{
    const struct session *session = state_session(state, known->sid);
    size_t count = 0;

    assert_non_null(session);
    assert_int_equal(session->person->pid, known->pid);
    for (const struct place *place = known->places; place != NULL;
         place = place->next) {
        const struct member *member =
            state_member(session->person, state_room(state, place->room->rid));
        assert_non_null(member);
        assert_int_equal(member->joined_seq, place->joined_seq);
        count++;
    }
    assert_int_equal(count, session->person->room_count);
}

/* What it knows of sessions is what they are. */
static inline void check_front(const struct random_front *front,
                               const struct state *state)
{
    assert_int_equal(directory_seq(front->directory), state_head_seq(state));
    for (const struct known_session *known =
             directory_sessions(front->directory);
         known != NULL; known = known->by_sid.next)
        check_known(state, known);
}

#endif
