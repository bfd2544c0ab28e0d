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

struct model_person {
    int64_t pid;
    enum person_kind kind;
    char key[NICK_KEY_SIZE];
    bool here;
    size_t session_count;
    UT_hash_handle by_pid;
    UT_hash_handle by_key;
};

struct model_session {
    int64_t sid;
    struct model_person *person;
    bool idle;
    UT_hash_handle hh;
};

/* That somebody is a member of a room, and whether the others see them. */
struct model_member {
    struct {
        int64_t pid, rid;
    } key;
    bool here;
    UT_hash_handle hh;
};

struct model {
    size_t presence_events_max;
    struct model_room *rooms;
    struct model_person *people_by_pid;
    struct model_person *people_by_key;
    struct model_session *sessions;
    struct model_member *members;
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

static inline struct model_person *model_person(const struct model *model,
                                                int64_t pid)
{
    struct model_person *person;

    HASH_FIND(by_pid, model->people_by_pid, &pid, sizeof(pid), person);
    assert_non_null(person);
    return person;
}

static inline struct model_session *model_session(const struct model *model,
                                                  int64_t sid)
{
    struct model_session *session;

    HASH_FIND(hh, model->sessions, &sid, sizeof(sid), session);
    assert_non_null(session);
    return session;
}

/* NULL: they are not in it. */
static inline struct model_member *model_member(const struct model *model,
                                                int64_t pid, int64_t rid)
{
    struct model_member wanted = {.key = {.pid = pid, .rid = rid}};
    struct model_member *member;

    HASH_FIND(hh, model->members, &wanted.key, sizeof(wanted.key), member);
    return member;
}

/* ---- people and sessions ---- */

/* No two people have nicks of one key. */
static inline struct model_person *model_add_person(struct model *model,
                                                    const struct event *event)
{
    struct model_person *person = alloc_or_die(sizeof(*person));
    struct model_person *same;

    assert_int_equal(event->pid, event->seq);
    person->pid = event->pid;
    person->kind = event->kind;
    assert_int_equal(nick_key(event->from, person->key), CHAT_OK);
    HASH_FIND(by_key, model->people_by_key, person->key, strlen(person->key),
              same);
    assert_null(same);
    HASH_ADD(by_pid, model->people_by_pid, pid, sizeof(person->pid), person);
    HASH_ADD_KEYPTR(by_key, model->people_by_key, person->key,
                    strlen(person->key), person);
    return person;
}

static inline void model_remove_person(struct model *model,
                                       struct model_person *person)
{
    assert_int_equal(person->session_count, 0);
    HASH_DELETE(by_pid, model->people_by_pid, person);
    HASH_DELETE(by_key, model->people_by_key, person);
    free(person);
}

/* A guest comes with the session, and is here; an account was there before. */
static inline void model_add_session(struct model *model,
                                     const struct event *event)
{
    struct model_session *session = alloc_or_die(sizeof(*session));

    assert_int_equal(event->sid, event->seq);
    session->sid = event->sid;
    if (event->kind == PERSON_GUEST) {
        session->person = model_add_person(model, event);
        session->person->here = true;
    } else {
        session->person = model_person(model, event->pid);
    }
    session->person->session_count++;
    HASH_ADD(hh, model->sessions, sid, sizeof(session->sid), session);
}

/* A guest has left all rooms by then, and ends too. */
static inline void model_remove_session(struct model *model,
                                        struct model_session *session)
{
    struct model_person *person = session->person;

    person->session_count--;
    HASH_DEL(model->sessions, session);
    free(session);
    if (person->kind == PERSON_GUEST)
        model_remove_person(model, person);
}

static inline void model_presence(struct model *model,
                                  const struct event *event)
{
    struct model_session *session = model_session(model, event->sid);
    bool comes = event->type == EVENT_PERSON_BACK;

    assert_int_equal(session->person->pid, event->pid);
    assert_true(session->idle == comes || !session->person->here);
    session->idle = !comes;
    if (event->value != 0) { /* only the session */
        assert_true(session->person->here);
        return;
    }
    assert_int_equal(session->person->here, !comes);
    session->person->here = comes;
}

/* ---- rooms and members ---- */

static inline void model_add_room(struct model *model,
                                  const struct event *event)
{
    struct model_room *room = alloc_or_die(sizeof(*room));

    assert_int_equal(event->rid, event->seq);
    room->rid = event->rid;
    HASH_ADD(hh, model->rooms, rid, sizeof(room->rid), room);
}

/* Only those who are here come and go, and a crowd is not shown it. */
static inline void model_join(struct model *model, const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);
    struct model_member *member = model_member(model, event->pid, event->rid);
    bool here = model_person(model, event->pid)->here;

    assert_int_equal(member != NULL, event->reason == REASON_BACK);
    if (member == NULL) {
        member = alloc_or_die(sizeof(*member));
        member->key.pid = event->pid;
        member->key.rid = event->rid;
        HASH_ADD(hh, model->members, key, sizeof(member->key), member);
    }
    assert_false(member->here);
    member->here = here;
    room->here_count += here;
    assert_int_equal(event->n > 0,
                     here && room->here_count <= model->presence_events_max);
}

static inline void model_leave(struct model *model, const struct event *event)
{
    struct model_room *room = model_room(model, event->rid);
    struct model_member *member = model_member(model, event->pid, event->rid);

    assert_non_null(member);
    assert_int_equal(event->n > 0,
                     member->here &&
                         room->here_count <= model->presence_events_max);
    room->here_count -= member->here;
    member->here = false;
    if (event->reason == REASON_GONE || event->value != 0)
        return; /* still a member */
    HASH_DEL(model->members, member);
    free(member);
}

/* Who says something is in the room, and here. */
static inline void model_say(struct model *model, const struct event *event)
{
    assert_true(is_message(event));
    assert_non_null(model_member(model, event->pid, event->rid));
    assert_true(model_person(model, event->pid)->here);
    assert_true(event->n > 0);
}

/* ---- events ---- */

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
    case EVENT_PERSON_NEW:
        model_add_person(model, event);
        break;
    case EVENT_SESSION_NEW:
        model_add_session(model, event);
        break;
    case EVENT_SESSION_END:
        model_remove_session(model, model_session(model, event->sid));
        break;
    case EVENT_PERSON_GONE:
    case EVENT_PERSON_BACK:
        model_presence(model, event);
        break;
    default:
        model_say(model, event);
    }
    if (event->n > 0)
        assert_int_equal(event->n, ++model_room(model, event->rid)->n);
}

static inline void model_fini(struct model *model)
{
    struct model_session *session, *next_session;
    struct model_person *person, *next_person;
    struct model_member *member, *next_member;
    struct model_room *room, *next_room;

    HASH_ITER (hh, model->sessions, session, next_session)
        model_remove_session(model, session);
    HASH_ITER (by_pid, model->people_by_pid, person, next_person)
        model_remove_person(model, person);
    HASH_ITER (hh, model->members, member, next_member) {
        HASH_DEL(model->members, member);
        free(member);
    }
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
    size_t count = 0, member_count = 0;

    for (const struct member *member = room->here; member != NULL;
         member = member->here_next) {
        assert_ptr_equal(member->room, room);
        assert_true(member->person->here);
        assert_ptr_equal(state_member(member->person, room), member);
        count++;
    }
    for (const struct member *member = room->members; member != NULL;
         member = member->room_next) {
        assert_ptr_equal(state_find_place(member->person, room), member);
        member_count += member->joined_seq != 0;
    }
    assert_int_equal(count, room->here_count);
    assert_int_equal(member_count, room->member_count);
    assert_ptr_equal(state_find_room_named(state, room->name), room);
}

static inline void check_session(const struct state *state,
                                 const struct model *model,
                                 const struct session *session)
{
    const struct model_session *expected = model_session(model, session->sid);

    assert_int_equal(session->person->pid, expected->person->pid);
    assert_int_equal(session->idle_at_ms != 0, expected->idle);
    assert_true(session->person->here || session->idle_at_ms != 0);
    assert_ptr_equal(state_find_session_by_token(state, session->token_hash),
                     session);
}

static inline void check_person(const struct state *state,
                                const struct model *model,
                                const struct person *person)
{
    const struct model_person *expected = model_person(model, person->pid);
    const struct member *member;
    size_t count = 0, session_count = 0;

    assert_int_equal(person->here, expected->here);
    assert_int_equal(person->gone_at_ms == 0, person->here);
    assert_string_equal(person->key, expected->key);
    assert_ptr_equal(state_find_person_by_key(state, person->key), person);
    for (member = person->members; member != NULL; member = member->next) {
        assert_int_equal(member->here_prev != NULL, person->here);
        assert_non_null(model_member(model, person->pid, member->room->rid));
        count++;
    }
    for (member = person->former; member != NULL; member = member->next)
        assert_null(model_member(model, person->pid, member->room->rid));
    assert_int_equal(count, person->room_count);
    assert_true(count <= state->rules.rooms_per_session);
    for (const struct session *session = person->sessions; session != NULL;
         session = session->next)
        session_count++;
    assert_int_equal(session_count, person->session_count);
    assert_int_equal(session_count, expected->session_count);
}

/* Everything; its time grows with people and rooms. */
static inline void check_all(const struct state *state,
                             const struct model *model)
{
    const struct session *session;
    const struct person *person;
    const struct room *room;

    assert_int_equal(HASH_CNT(by_sid, state->sessions_by_sid),
                     HASH_CNT(hh, model->sessions));
    assert_int_equal(HASH_CNT(by_pid, state->people_by_pid),
                     HASH_CNT(by_pid, model->people_by_pid));
    assert_int_equal(HASH_CNT(by_rid, state->rooms_by_rid),
                     HASH_CNT(hh, model->rooms));
    assert_true(HASH_CNT(by_sid, state->sessions_by_sid) <=
                state->rules.sessions_max);
    assert_true(HASH_CNT(by_rid, state->rooms_by_rid) <=
                state->rules.rooms_max);
    for (session = state->sessions_by_sid; session != NULL;
         session = session->by_sid.next)
        check_session(state, model, session);
    for (person = state->people_by_pid; person != NULL;
         person = person->by_pid.next)
        check_person(state, model, person);
    for (room = state_rooms(state); room != NULL; room = room->by_rid.next) {
        check_room(model, room);
        check_people(state, room);
    }
}

#endif
