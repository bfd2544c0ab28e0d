/* The state against the model, in part after each event and as a whole. */
#ifndef TESTS_UNIT_STATE_MODEL_CHECK_H
#define TESTS_UNIT_STATE_MODEL_CHECK_H

#include "tests/unit/state_model_rooms.h"

static inline void check_room(const struct model *model,
                              const struct room *room)
{
    const struct model_room *expected = model_room(model, room->rid);
    char difference[ROOM_SETTINGS_SIZE];

    assert_int_equal(room->n, expected->n);
    assert_int_equal(room->here_count, expected->here_count);
    assert_string_equal(room->name, expected->name);
    room_settings_print(&room->settings, &expected->settings, difference);
    assert_string_equal(difference, "");
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

static inline void check_place(const struct model *model,
                               const struct member *member, bool joined)
{
    const struct model_place *expected = model_find_place(
        model, model_person(model, member->person->pid), member->room->rid);

    assert_non_null(expected);
    assert_int_equal(expected->joined, joined);
    assert_int_equal(member->joined_seq != 0, joined);
    assert_int_equal(member->rank, expected->rank);
    assert_int_equal(member->invited, expected->invited);
    assert_int_equal(member->muted_until_ms, expected->muted_until_ms);
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
    assert_int_equal(person->kind, expected->kind);
    assert_int_equal(person->role, expected->role);
    for (member = person->members; member != NULL; member = member->next) {
        assert_int_equal(member->here_prev != NULL, person->here);
        check_place(model, member, true);
        count++;
    }
    for (member = person->former; member != NULL; member = member->next)
        check_place(model, member, false);
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
