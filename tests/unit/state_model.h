/*
 * A second opinion on the state: what events must add up to, kept apart from
 * the state's own code. Each new event is checked against it (who may do
 * that, in this order?), and the state against both.
 *
 * Here: what there is, and people with their sessions. Rooms and what is done
 * in them are in state_model_rooms.h, the comparing in state_model_check.h.
 */
#ifndef TESTS_UNIT_STATE_MODEL_H
#define TESTS_UNIT_STATE_MODEL_H

#include "tests/unit/state_fixture.h"

#include <utlist.h>

#include "common/names.h"

struct model_ban {
    int64_t seq, pid, until_ms;
    char key[NICK_KEY_SIZE];
    struct model_ban *prev, *next;
};

struct model_room {
    int64_t rid;
    int64_t n;
    char name[ROOM_SIZE];
    struct room_settings settings;
    bool has_secret;
    size_t here_count;
    struct model_ban *bans;
    UT_hash_handle hh;
};

struct model_person {
    int64_t pid;
    int64_t first_pid; /* the guest's who became this account */
    enum person_kind kind;
    enum role role;
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

/* What somebody is in a room, also after they have left it. */
struct model_place {
    struct {
        int64_t first_pid, rid;
    } key;
    bool joined;
    bool here; /* and so the others see them */
    bool invited;
    enum rank rank;
    int64_t muted_until_ms;
    UT_hash_handle hh;
};

struct model {
    const struct memory_log *log; /* what was said by whom */
    size_t presence_events_max;
    struct model_room *rooms;
    struct model_person *people_by_pid;
    struct model_person *people_by_key;
    struct model_session *sessions;
    struct model_place *places;
    struct model_ban *bans; /* the server's */
    bool lets_through;      /* the next event is what was held */
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

/* NULL: they have never been anything in it. */
static inline struct model_place *
model_find_place(const struct model *model, const struct model_person *person,
                 int64_t rid)
{
    struct model_place wanted = {
        .key = {.first_pid = person->first_pid, .rid = rid}};
    struct model_place *place;

    HASH_FIND(hh, model->places, &wanted.key, sizeof(wanted.key), place);
    return place;
}

static inline struct model_place *model_place(struct model *model, int64_t pid,
                                              int64_t rid)
{
    const struct model_person *person = model_person(model, pid);
    struct model_place *place = model_find_place(model, person, rid);

    if (place != NULL)
        return place;
    place = alloc_or_die(sizeof(*place));
    place->key.first_pid = person->first_pid;
    place->key.rid = rid;
    HASH_ADD(hh, model->places, key, sizeof(place->key), place);
    return place;
}

static inline bool model_is_member(const struct model *model, int64_t pid,
                                   int64_t rid)
{
    const struct model_place *place =
        model_find_place(model, model_person(model, pid), rid);

    return place != NULL && place->joined;
}

/* ---- people ---- */

/* No two people have nicks of one key. */
static inline void model_set_nick(struct model *model,
                                  struct model_person *person, const char *nick)
{
    struct model_person *same;

    if (person->key[0] != '\0')
        HASH_DELETE(by_key, model->people_by_key, person);
    assert_int_equal(nick_skeleton(nick, person->key), CHAT_OK);
    HASH_FIND(by_key, model->people_by_key, person->key, strlen(person->key),
              same);
    assert_null(same);
    HASH_ADD_KEYPTR(by_key, model->people_by_key, person->key,
                    strlen(person->key), person);
}

static inline struct model_person *model_add_person(struct model *model,
                                                    const struct event *event)
{
    struct model_person *person = alloc_or_die(sizeof(*person));

    assert_int_equal(event->pid, event->seq);
    person->pid = person->first_pid = event->pid;
    person->kind = event->kind;
    person->role = event->role;
    model_set_nick(model, person, event->from);
    HASH_ADD(by_pid, model->people_by_pid, pid, sizeof(person->pid), person);
    return person;
}

/* An account: of its own, or what the guest of a session becomes. */
static inline void model_person_new(struct model *model,
                                    const struct event *event)
{
    struct model_person *person;

    assert_int_not_equal(event->kind, PERSON_GUEST);
    if (event->sid == 0) {
        model_add_person(model, event);
        return;
    }
    person = model_session(model, event->sid)->person;
    assert_int_equal(person->kind, PERSON_GUEST);
    HASH_DELETE(by_pid, model->people_by_pid, person);
    person->pid = event->seq;
    person->kind = event->kind;
    person->role = event->role;
    HASH_ADD(by_pid, model->people_by_pid, pid, sizeof(person->pid), person);
}

static inline void model_remove_person(struct model *model,
                                       struct model_person *person)
{
    struct model_place *place, *next;

    assert_int_equal(person->session_count, 0);
    HASH_ITER (hh, model->places, place, next) {
        if (place->key.first_pid != person->first_pid)
            continue;
        HASH_DEL(model->places, place);
        free(place);
    }
    HASH_DELETE(by_pid, model->people_by_pid, person);
    HASH_DELETE(by_key, model->people_by_key, person);
    free(person);
}

/* ---- sessions ---- */

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

#endif
