/*
 * A second opinion on the state: the little that events must add up to, kept
 * apart from the state's own code. Each new event is checked against it, and
 * the state against both.
 */
#ifndef TESTS_UNIT_STATE_MODEL_H
#define TESTS_UNIT_STATE_MODEL_H

#include "tests/unit/state_fixture.h"

#include "common/names.h"

struct model_room {
    int64_t rid;
    int64_t n;
    size_t here_count;
    UT_hash_handle hh;
};

struct model_session {
    int64_t sid;
    char key[NICK_KEY_SIZE];
    bool here;
    UT_hash_handle by_sid;
    UT_hash_handle by_key;
};

struct model {
    size_t presence_events_max;
    struct model_room *rooms;
    struct model_session *sessions_by_sid;
    struct model_session *sessions_by_key;
};

/* ---- looking up ---- */

static inline struct model_room *model_room(const struct model *model,
                                            int64_t rid)
{
    struct model_room *room;

    HASH_FIND(hh, model->rooms, &rid, sizeof(rid), room);
    assert_non_null(room);
    return room;
}

static inline struct model_session *model_session(const struct model *model,
                                                  int64_t sid)
{
    struct model_session *session;

    HASH_FIND(by_sid, model->sessions_by_sid, &sid, sizeof(sid), session);
    assert_non_null(session);
    return session;
}

/* ---- events ---- */

static inline void model_add_room(struct model *model,
                                  const struct event *event)
{
    struct model_room *room = alloc_or_die(sizeof(*room));

    assert_int_equal(event->rid, event->seq);
    room->rid = event->rid;
    HASH_ADD(hh, model->rooms, rid, sizeof(room->rid), room);
}

/* No two sessions have nicks of one key. */
static inline void model_add_session(struct model *model,
                                     const struct event *event)
{
    struct model_session *session = alloc_or_die(sizeof(*session));
    struct model_session *same;

    assert_int_equal(event->sid, event->seq);
    session->sid = event->sid;
    session->here = true;
    assert_int_equal(nick_key(event->from, session->key), CHAT_OK);
    HASH_FIND(by_key, model->sessions_by_key, session->key,
              strlen(session->key), same);
    assert_null(same);
    HASH_ADD(by_sid, model->sessions_by_sid, sid, sizeof(session->sid),
             session);
    HASH_ADD_KEYPTR(by_key, model->sessions_by_key, session->key,
                    strlen(session->key), session);
}

static inline void model_remove_session(struct model *model,
                                        struct model_session *session)
{
    HASH_DELETE(by_sid, model->sessions_by_sid, session);
    HASH_DELETE(by_key, model->sessions_by_key, session);
    free(session);
}

/* Only those who are here come and go, and a crowd is not shown it. */
static inline void model_join(struct model *model, const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);

    assert_true(model_session(model, event->sid)->here);
    room->here_count++;
    assert_int_equal(event->n > 0,
                     room->here_count <= model->presence_events_max);
}

static inline void model_leave(struct model *model, const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);
    bool here = model_session(model, event->sid)->here;

    assert_int_equal(event->n > 0,
                     here && room->here_count <= model->presence_events_max);
    if (here)
        room->here_count--;
}

static inline void model_presence(struct model *model,
                                  const struct event *event)
{
    struct model_session *session = model_session(model, event->sid);
    bool comes = event->type == EVENT_SESSION_BACK;

    assert_int_equal(session->here, !comes);
    session->here = comes;
}

/* Checks the next event of the log and adds it. */
static inline void model_apply(struct model *model, const struct event *event)
{
    switch (event->type) {
    case EVENT_ROOM:
        model_add_room(model, event);
        break;
    case EVENT_JOIN:
        model_join(model, event);
        break;
    case EVENT_LEAVE:
        model_leave(model, event);
        break;
    case EVENT_SESSION_NEW:
        model_add_session(model, event);
        break;
    case EVENT_SESSION_END:
        model_remove_session(model, model_session(model, event->sid));
        break;
    case EVENT_SESSION_GONE:
    case EVENT_SESSION_BACK:
        model_presence(model, event);
        break;
    default:
        assert_true(is_message(event));
        assert_true(model_session(model, event->sid)->here);
        assert_true(event->n > 0);
    }
    if (event->n > 0)
        assert_int_equal(event->n, ++model_room(model, event->rid)->n);
}

static inline void model_fini(struct model *model)
{
    struct model_session *session, *next_session;
    struct model_room *room, *next_room;

    HASH_ITER (by_sid, model->sessions_by_sid, session, next_session)
        model_remove_session(model, session);
    HASH_ITER (hh, model->rooms, room, next_room) {
        HASH_DEL(model->rooms, room);
        free(room);
    }
}

/* ---- the state against it ---- */

static inline void check_room(const struct model *model,
                              const struct room *room)
{
    const struct model_room *expected = model_room(model, room->rid);

    assert_int_equal(room->n, expected->n);
    assert_int_equal(room->here_count, expected->here_count);
}

/* Those in the room's list are its members, are here, and are counted. */
static inline void check_people(const struct state *state,
                                const struct room *room)
{
    size_t count = 0;

    for (const struct member *member = room->here; member != NULL;
         member = member->here_next) {
        assert_ptr_equal(member->room, room);
        assert_true(member->session->here);
        assert_ptr_equal(state_member(member->session, room), member);
        count++;
    }
    assert_int_equal(count, room->here_count);
    assert_ptr_equal(state_find_room_named(state, room->name), room);
}

static inline void check_session(const struct state *state,
                                 const struct model *model,
                                 struct session *session)
{
    const struct member *member;
    size_t count = 0;

    assert_int_equal(session->here, model_session(model, session->sid)->here);
    assert_string_equal(session->key, model_session(model, session->sid)->key);
    assert_ptr_equal(state_find_session_by_key(state, session->key), session);
    assert_ptr_equal(state_find_session_by_token(state, session->token_hash),
                     session);
    for (member = session->members; member != NULL; member = member->next) {
        assert_int_equal(member->here_prev != NULL, session->here);
        assert_true(member->joined_seq > session->sid);
        count++;
    }
    assert_int_equal(count, session->room_count);
    assert_true(count <= state->rules.rooms_per_session);
}

/* Everything; its time grows with people and rooms. */
static inline void check_all(const struct state *state,
                             const struct model *model)
{
    struct session *session;
    const struct room *room;

    assert_int_equal(HASH_CNT(by_sid, state->sessions_by_sid),
                     HASH_CNT(by_sid, model->sessions_by_sid));
    assert_int_equal(HASH_CNT(by_rid, state->rooms_by_rid),
                     HASH_CNT(hh, model->rooms));
    assert_true(HASH_CNT(by_sid, state->sessions_by_sid) <=
                state->rules.sessions_max);
    assert_true(HASH_CNT(by_rid, state->rooms_by_rid) <=
                state->rules.rooms_max);
    for (session = state->sessions_by_sid; session != NULL;
         session = session->by_sid.next)
        check_session(state, model, session);
    for (room = state_rooms(state); room != NULL; room = room->by_rid.next) {
        check_room(model, room);
        check_people(state, room);
    }
}

#endif
