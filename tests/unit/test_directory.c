/* The directory: what the feed and snapshots, in any order, make of it. */
#include "tests/unit/directory_fixture.h"

#include <stdlib.h>

struct fixture {
    struct window window;
    struct directory *directory;
    int64_t ended[8]; /* sids, in order */
    size_t end_count;
};

static void on_end(void *context, struct known_session *session)
{
    struct fixture *fixture = context;

    assert_true(fixture->end_count < 8);
    fixture->ended[fixture->end_count++] = session->sid;
}

/* A directory whose log begins at 100. */
static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    window_init(&fixture->window, 1024 * 1024, 100);
    fixture->directory = directory_new(&fixture->window, on_end, fixture);
    assert_non_null(fixture->directory);
    directory_reset(fixture->directory, 100);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    directory_free(fixture->directory);
    assert_int_equal(fixture->window.bytes, 0);
    free(fixture);
    return 0;
}

static struct known_room *apply(struct fixture *fixture, struct event event)
{
    return directory_apply(fixture->directory, &event);
}

static struct known_room *say(struct fixture *fixture, int64_t seq, int64_t rid)
{
    return sample_say(fixture->directory, seq, rid, "hello");
}

static struct known_room *room_named(const struct fixture *fixture,
                                     const char *name)
{
    return directory_find_room_named(fixture->directory, name);
}

static size_t place_count(const struct known_session *session)
{
    size_t count = 0;

    for (const struct place *place = session->places; place != NULL;
         place = place->next)
        count++;
    return count;
}

static void learned_session_is_found_by_token_and_sid(void **state)
{
    struct fixture *fixture = *state;
    unsigned char hash[TOKEN_HASH_BYTES];
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});

    sample_token(7, hash);
    assert_ptr_equal(directory_find_token(fixture->directory, hash), session);
    assert_ptr_equal(directory_find_sid(fixture->directory, 7), session);
    assert_ptr_equal(directory_sessions(fixture->directory), session);
    assert_int_equal(session->places->joined_seq, 50);
    hash[0]++;
    assert_null(directory_find_token(fixture->directory, hash));
    assert_null(directory_find_sid(fixture->directory, 8));
    assert_ptr_equal(room_named(fixture, "r1"), session->places->room);
    assert_null(room_named(fixture, "r"));
}

static void learning_takes_out_what_is_internal(void **state)
{
    struct fixture *fixture = *state;
    unsigned char hash[TOKEN_HASH_BYTES];
    struct known_session *session;

    sample_token(7, hash);
    /* First new, then known, then too old to be kept. */
    for (int64_t i = 0; i < 3; i++) {
        json_t *json = sample_session(i < 2 ? 7 : 8,
                                      (struct sample_place[]){{1, 50}, {0}});
        assert_int_equal(directory_learn(fixture->directory, json,
                                         i < 2 ? 100 : 99, hash, &session),
                         i < 2 ? CHAT_OK : CHAT_AGAIN);
        const json_t *room = json_array_get(json_object_get(json, "rooms"), 0);
        assert_null(json_object_get(json, "sid"));
        assert_null(json_object_get(room, "rid"));
        assert_null(json_object_get(room, "joined"));
        assert_string_equal(json_string_value(json_object_get(room, "room")),
                            "r1");
        json_decref(json);
    }
}

static void known_session_is_not_changed_by_another_snapshot(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});

    assert_ptr_equal(
        sample_know(fixture->directory,
                    &(struct sample_snapshot){7, 100, {{2, 60}, {3, 70}}}),
        session);
    assert_int_equal(place_count(session), 1);
    assert_null(room_named(fixture, "r2"));
}

static void object_that_is_no_session_is_refused(void **state)
{
    static const char *const texts[] = {
        "{}",
        "[]",
        "{\"sid\":0}",
        "{\"sid\":\"7\"}",
        "{\"sid\":7,\"rooms\":[{\"room\":\"r1\",\"rid\":1}]}",
        "{\"sid\":7,\"rooms\":[{\"room\":\"r1\",\"joined\":1}]}",
        "{\"sid\":7,\"rooms\":[{\"rid\":1,\"joined\":1}]}",
        "{\"sid\":7,\"rooms\":[7]}",
    };
    struct fixture *fixture = *state;
    unsigned char hash[TOKEN_HASH_BYTES] = {0};
    struct known_session *session;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        json_t *json = protocol_parse(texts[i], strlen(texts[i]));
        assert_non_null(json);
        assert_int_equal(
            directory_learn(fixture->directory, json, 100, hash, &session),
            CHAT_BAD_REQUEST);
        json_decref(json);
        assert_null(directory_sessions(fixture->directory));
        assert_null(room_named(fixture, "r1"));
    }
}

static void event_returns_the_room_whose_readers_have_news(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct event unseen = sample_join(103, 8, 1);

    unseen.n = 0;
    assert_ptr_equal(say(fixture, 101, 1), session->places->room);
    assert_null(say(fixture, 102, 2)); /* nobody here is in it */
    assert_null(apply(fixture, unseen));
    assert_null(apply(fixture, sample_end(104, 8)));
    assert_int_equal(directory_seq(fixture->directory), 104);
    directory_advance(fixture->directory, 110);
    assert_int_equal(directory_seq(fixture->directory), 110);
    directory_advance(fixture->directory, 105);
    assert_int_equal(directory_seq(fixture->directory), 110);
}

static void join_and_leave_change_a_known_session(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{0}}});

    assert_non_null(apply(fixture, sample_join(101, 7, 1)));
    assert_ptr_equal(room_named(fixture, "r1"), session->places->room);
    assert_int_equal(session->places->joined_seq, 101);
    /* What it sees begins with its own join. */
    assert_int_equal(session->places->room->window.floor_seq, 100);
    assert_int_equal(session->places->room->window.count, 1);
    /* The room was its alone, and is not followed any more. */
    assert_null(apply(fixture, sample_leave(102, 7, 1)));
    assert_null(session->places);
    assert_null(room_named(fixture, "r1"));
    assert_null(apply(fixture, sample_leave(103, 7, 1)));
}

static void coming_and_going_of_a_member_is_no_change_of_rooms(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct event gone = sample_leave(101, 7, 1);
    struct event back = sample_join(102, 7, 1);

    gone.reason = REASON_GONE;
    back.reason = REASON_BACK;
    assert_non_null(apply(fixture, gone));
    assert_int_equal(place_count(session), 1);
    assert_non_null(apply(fixture, back));
    assert_int_equal(place_count(session), 1);
    assert_int_equal(session->places->joined_seq, 50);
}

static void room_is_complete_from_when_it_was_last_heard_of(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    say(fixture, 101, 1);
    say(fixture, 105, 1); /* unknown rooms: forgotten */
    directory_advance(fixture->directory, 109);
    session = sample_know(fixture->directory,
                          &(struct sample_snapshot){7, 109, {{2, 50}}});
    assert_int_equal(session->places->room->window.floor_seq, 105);
    say(fixture, 110, 2);
    say(fixture, 111, 2);
    /* Forgotten with its events, and learned again. */
    directory_forget(fixture->directory, session);
    assert_null(room_named(fixture, "r2"));
    session = sample_know(fixture->directory,
                          &(struct sample_snapshot){7, 111, {{2, 50}}});
    assert_int_equal(session->places->room->window.floor_seq, 111);
    assert_int_equal(session->places->room->window.count, 0);
}

static void room_stays_as_long_as_somebody_is_in_it(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *first = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *second = sample_know(
        fixture->directory, &(struct sample_snapshot){8, 100, {{1, 60}}});

    say(fixture, 101, 1);
    directory_forget(fixture->directory, first);
    assert_ptr_equal(room_named(fixture, "r1"), second->places->room);
    assert_ptr_equal(second->places->room->places, second->places);
    assert_int_equal(second->places->room->window.count, 1);
    directory_forget(fixture->directory, second);
    assert_null(room_named(fixture, "r1"));
}

static void newer_snapshot_is_not_changed_by_what_it_has(void **state)
{
    struct fixture *fixture = *state;
    /* The feed is at 100; at 105 the session had left r1 and joined r2. */
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 105, {{2, 104}}});

    apply(fixture, sample_join(102, 7, 1));
    apply(fixture, sample_leave(103, 7, 1));
    apply(fixture, sample_join(104, 7, 2));
    assert_int_equal(place_count(session), 1);
    assert_int_equal(session->places->joined_seq, 104);
    /* The room's events are there from when it was heard of. */
    assert_int_equal(session->places->room->window.floor_seq, 100);
    assert_int_equal(session->places->room->window.count, 1);
    apply(fixture, sample_leave(106, 7, 2));
    assert_null(session->places);
}

static void older_snapshot_is_brought_up_to_the_feed(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    apply(fixture, sample_leave(101, 7, 1));
    apply(fixture, sample_leave(102, 8, 2)); /* another session's */
    apply(fixture, sample_leave(103, 7, 3));
    session = sample_know(
        fixture->directory,
        &(struct sample_snapshot){7, 101, {{2, 50}, {3, 51}, {1, 52}}});
    assert_int_equal(place_count(session), 2);
    assert_non_null(room_named(fixture, "r1"));
    assert_null(room_named(fixture, "r3"));
}

static void snapshot_from_before_a_join_must_be_asked_for_again(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    apply(fixture, sample_join(101, 7, 1));
    assert_int_equal(sample_learn(fixture->directory,
                                  &(struct sample_snapshot){7, 100, {{2, 50}}},
                                  &session),
                     CHAT_AGAIN);
    assert_null(directory_sessions(fixture->directory));
    assert_null(room_named(fixture, "r2"));
    assert_int_equal(fixture->end_count, 0);
    sample_know(fixture->directory,
                &(struct sample_snapshot){7, 101, {{2, 50}, {1, 101}}});
}

static void snapshot_of_a_session_that_has_ended_is_not_learned(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    apply(fixture, sample_leave(101, 7, 1));
    apply(fixture, sample_end(102, 7));
    assert_int_equal(sample_learn(fixture->directory,
                                  &(struct sample_snapshot){7, 100, {{1, 50}}},
                                  &session),
                     CHAT_SESSION_REQUIRED);
    assert_null(directory_sessions(fixture->directory));
    assert_null(room_named(fixture, "r1"));
}

static void snapshot_from_before_the_feed_must_be_asked_for_again(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    assert_int_equal(sample_learn(fixture->directory,
                                  &(struct sample_snapshot){7, 99, {{1, 50}}},
                                  &session),
                     CHAT_AGAIN);
    assert_null(directory_sessions(fixture->directory));
}

static void changes_are_kept_for_late_snapshots_but_not_for_ever(void **state)
{
    enum { KEPT = 4096 };
    struct fixture *fixture = *state;
    struct known_session *session;

    for (int64_t seq = 101; seq <= 100 + KEPT; seq++)
        apply(fixture, sample_leave(seq, seq == 101 ? 7 : 8, 1));
    session = sample_know(fixture->directory,
                          &(struct sample_snapshot){7, 100, {{1, 50}}});
    assert_null(session->places); /* the oldest kept has been applied */
    directory_forget(fixture->directory, session);
    apply(fixture, sample_leave(101 + KEPT, 8, 1));
    assert_int_equal(sample_learn(fixture->directory,
                                  &(struct sample_snapshot){7, 100, {{1, 50}}},
                                  &session),
                     CHAT_AGAIN);
    sample_know(fixture->directory,
                &(struct sample_snapshot){7, 101, {{2, 50}}});
}

static void end_is_told_once_before_the_session_is_gone(void **state)
{
    struct fixture *fixture = *state;

    sample_know(fixture->directory,
                &(struct sample_snapshot){7, 100, {{1, 50}}});
    sample_know(fixture->directory,
                &(struct sample_snapshot){8, 100, {{1, 50}}});
    apply(fixture, sample_leave(101, 7, 1));
    assert_int_equal(fixture->end_count, 0);
    apply(fixture, sample_end(102, 7));
    assert_int_equal(fixture->end_count, 1);
    assert_int_equal(fixture->ended[0], 7);
    assert_null(directory_find_sid(fixture->directory, 7));
    assert_non_null(directory_find_sid(fixture->directory, 8));
    apply(fixture, sample_end(103, 7)); /* not known any more */
    assert_int_equal(fixture->end_count, 1);
}

static void end_that_a_snapshot_knows_of_is_not_its_end(void **state)
{
    struct fixture *fixture = *state;

    sample_know(fixture->directory,
                &(struct sample_snapshot){7, 105, {{1, 50}}});
    apply(fixture, sample_end(104, 7));
    assert_int_equal(fixture->end_count, 0);
    assert_non_null(directory_find_sid(fixture->directory, 7));
}

static void reset_ends_all_and_goes_on_from_there(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    sample_know(fixture->directory,
                &(struct sample_snapshot){7, 100, {{1, 50}, {2, 51}}});
    sample_know(fixture->directory,
                &(struct sample_snapshot){8, 100, {{1, 50}}});
    say(fixture, 101, 1);
    apply(fixture, sample_leave(102, 9, 1));
    directory_reset(fixture->directory, 40);
    assert_int_equal(fixture->end_count, 2);
    assert_null(directory_sessions(fixture->directory));
    assert_null(room_named(fixture, "r1"));
    assert_int_equal(fixture->window.bytes, 0);
    assert_int_equal(directory_seq(fixture->directory), 40);
    /* Nothing of the other log is held against the new one's sessions. */
    session = sample_know(fixture->directory,
                          &(struct sample_snapshot){9, 40, {{1, 20}}});
    assert_int_equal(place_count(session), 1);
    assert_int_equal(session->places->room->window.floor_seq, 40);
}

static void signal_is_its_rooms_newest(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_room *room = session->places->room;

    assert_int_equal(room->signal_version, 0);
    directory_signal(fixture->directory, room, "{\"a\":1}");
    directory_signal(fixture->directory, room, "{\"a\":2}");
    assert_string_equal(room->signal_json, "{\"a\":2}");
    assert_true(room->signal_version > session->signal_version);
    directory_mark_told(fixture->directory, session);
    assert_int_equal(room->signal_version, session->signal_version);
    /* Who is learned now has missed it. */
    session = sample_know(fixture->directory,
                          &(struct sample_snapshot){8, 100, {{1, 50}}});
    assert_int_equal(room->signal_version, session->signal_version);
}

#define WITH_DIRECTORY(test)                                                   \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(learned_session_is_found_by_token_and_sid),
        WITH_DIRECTORY(learning_takes_out_what_is_internal),
        WITH_DIRECTORY(known_session_is_not_changed_by_another_snapshot),
        WITH_DIRECTORY(object_that_is_no_session_is_refused),
        WITH_DIRECTORY(event_returns_the_room_whose_readers_have_news),
        WITH_DIRECTORY(join_and_leave_change_a_known_session),
        WITH_DIRECTORY(coming_and_going_of_a_member_is_no_change_of_rooms),
        WITH_DIRECTORY(room_is_complete_from_when_it_was_last_heard_of),
        WITH_DIRECTORY(room_stays_as_long_as_somebody_is_in_it),
        WITH_DIRECTORY(newer_snapshot_is_not_changed_by_what_it_has),
        WITH_DIRECTORY(older_snapshot_is_brought_up_to_the_feed),
        WITH_DIRECTORY(snapshot_from_before_a_join_must_be_asked_for_again),
        WITH_DIRECTORY(snapshot_of_a_session_that_has_ended_is_not_learned),
        WITH_DIRECTORY(snapshot_from_before_the_feed_must_be_asked_for_again),
        WITH_DIRECTORY(changes_are_kept_for_late_snapshots_but_not_for_ever),
        WITH_DIRECTORY(end_is_told_once_before_the_session_is_gone),
        WITH_DIRECTORY(end_that_a_snapshot_knows_of_is_not_its_end),
        WITH_DIRECTORY(reset_ends_all_and_goes_on_from_there),
        WITH_DIRECTORY(signal_is_its_rooms_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
