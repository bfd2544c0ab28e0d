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
        assert_null(json_object_get(json, "pid"));
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
        "{\"sid\":7}",
        "{\"sid\":\"7\",\"pid\":7}",
        "{\"sid\":7,\"pid\":7,\"rooms\":[{\"room\":\"r1\",\"rid\":1}]}",
        "{\"sid\":7,\"pid\":7,\"rooms\":[{\"room\":\"r1\",\"joined\":1}]}",
        "{\"sid\":7,\"pid\":7,\"rooms\":[{\"rid\":1,\"joined\":1}]}",
        "{\"sid\":7,\"pid\":7,\"rooms\":[7]}",
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

    const struct kept_signal *kept = &room->signals.kept[ROOM_SIGNAL_MEMBERS];

    assert_int_equal(kept->version, 0);
    sample_signal(fixture->directory, room, "{\"a\":1}");
    sample_signal(fixture->directory, room, "{\"a\":2}");
    assert_string_equal(kept->json, "{\"a\":2}");
    assert_true(kept->version > session->signal_version);
    directory_mark_told(fixture->directory, session);
    assert_int_equal(kept->version, session->signal_version);
    /* Who is learned now has missed it. */
    session = sample_know(fixture->directory,
                          &(struct sample_snapshot){8, 100, {{1, 50}}});
    assert_int_equal(kept->version, session->signal_version);
}

static void kinds_of_signals_do_not_displace_each_other(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_room *room = session->places->room;
    const struct signal typing = {.type = "typing", .json = "{\"t\":1}"};
    const struct signal unknown = {.type = "weather", .json = "{}"};

    sample_signal(fixture->directory, room, "{\"m\":1}");
    assert_true(directory_signal(fixture->directory, room, &typing));
    assert_false(directory_signal(fixture->directory, room, &unknown));
    assert_string_equal(room->signals.kept[ROOM_SIGNAL_TYPING].json,
                        "{\"t\":1}");
    assert_string_equal(room->signals.kept[ROOM_SIGNAL_MEMBERS].json,
                        "{\"m\":1}");
    /* Somebody is seen coming: the count is outdated, nothing else is. */
    apply(fixture, sample_join(101, 9, 1));
    assert_int_equal(room->signals.kept[ROOM_SIGNAL_MEMBERS].version, 0);
    assert_true(room->signals.kept[ROOM_SIGNAL_TYPING].version > 0);
}

/* ---- accounts ---- */

enum { ACCOUNT = 5 };

static struct known_session *know_account(struct fixture *fixture,
                                          struct sample_snapshot snapshot)
{
    struct known_session *session = NULL;

    assert_int_equal(
        sample_learn_of(fixture->directory, ACCOUNT, &snapshot, &session),
        CHAT_OK);
    return session;
}

/* Joins and leaves of the account: by which session is of no matter. */
static struct event account_event(struct event event)
{
    event.pid = ACCOUNT;
    event.sid = 0;
    return event;
}

static void change_of_an_account_is_one_of_all_its_sessions(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *sessions[] = {
        know_account(fixture, (struct sample_snapshot){7, 100, {{1, 50}}}),
        know_account(fixture, (struct sample_snapshot){8, 100, {{1, 50}}}),
    };
    struct known_session *guest = sample_know(
        fixture->directory, &(struct sample_snapshot){9, 100, {{1, 50}}});

    apply(fixture, account_event(sample_join(101, 0, 2)));
    assert_int_equal(place_count(sessions[0]), 2);
    assert_int_equal(place_count(sessions[1]), 2);
    assert_int_equal(place_count(guest), 1);
    apply(fixture, account_event(sample_leave(102, 0, 1)));
    assert_int_equal(place_count(sessions[0]), 1);
    assert_int_equal(place_count(sessions[1]), 1);
    assert_int_equal(place_count(guest), 1);
}

static void one_session_of_an_account_ends_alone(void **state)
{
    struct fixture *fixture = *state;

    know_account(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *other =
        know_account(fixture, (struct sample_snapshot){8, 100, {{1, 50}}});

    struct event end = sample_end(101, 7);
    end.pid = ACCOUNT;
    apply(fixture, end);
    assert_int_equal(fixture->end_count, 1);
    assert_null(directory_find_sid(fixture->directory, 7));
    apply(fixture, account_event(sample_join(102, 0, 2)));
    assert_int_equal(place_count(other), 2);
}

static void account_that_logs_out_stays_a_member(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know_account(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    struct event leave = account_event(sample_leave(101, 0, 1));

    leave.reason = REASON_LOGOUT;
    leave.value = 1;
    apply(fixture, leave);
    assert_int_equal(place_count(session), 1);
}

static void older_snapshot_of_an_account_hears_of_its_changes(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    apply(fixture, account_event(sample_leave(101, 0, 1)));
    apply(fixture, sample_leave(102, 7, 2)); /* person 7, not session 7 */
    session = know_account(
        fixture, (struct sample_snapshot){7, 100, {{1, 50}, {2, 50}}});
    assert_int_equal(place_count(session), 1);
    assert_string_equal(session->places->room->name, "r2");
}

static void count_session(void *context, struct known_session *session)
{
    int64_t *sum = context;

    *sum += session->sid;
}

static int64_t sum_of_sids(const struct fixture *fixture, int64_t pid)
{
    int64_t sum = 0;

    directory_each_session_of(fixture->directory, pid, count_session, &sum);
    return sum;
}

static struct event sample_account(int64_t seq, int64_t sid)
{
    return (struct event){.seq = seq,
                          .type = EVENT_PERSON_NEW,
                          .kind = PERSON_REGISTERED,
                          .sid = sid,
                          .from = "ann"};
}

static void guest_who_becomes_an_account_keeps_their_rooms(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct event join = sample_join(102, 7, 2);

    apply(fixture, sample_account(101, 7));
    assert_int_equal(session->pid, 101);
    assert_int_equal(place_count(session), 1);
    join.pid = 101;
    apply(fixture, join);
    assert_int_equal(place_count(session), 2);
    apply(fixture, sample_account(103, 0)); /* another, made by itself */
    assert_int_equal(session->pid, 101);
}

static void snapshot_from_before_that_must_be_asked_for_again(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session;

    apply(fixture, sample_account(101, 7));
    assert_int_equal(sample_learn(fixture->directory,
                                  &(struct sample_snapshot){7, 100, {{1, 50}}},
                                  &session),
                     CHAT_AGAIN);
    assert_null(directory_sessions(fixture->directory));
}

static void sessions_are_found_by_their_person(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *first =
        know_account(fixture, (struct sample_snapshot){7, 100, {{0}}});

    know_account(fixture, (struct sample_snapshot){8, 100, {{0}}});
    sample_know(fixture->directory, &(struct sample_snapshot){9, 100, {{0}}});
    assert_int_equal(sum_of_sids(fixture, ACCOUNT), 15);
    assert_int_equal(sum_of_sids(fixture, 9), 9);
    assert_int_equal(sum_of_sids(fixture, 7), 0); /* no person's number */
    directory_forget(fixture->directory, first);
    assert_int_equal(sum_of_sids(fixture, ACCOUNT), 8);
}

static void guest_costs_what_is_known_of_them(void **state)
{
    (void)state;
    assert_true(sizeof(struct known_session) <= 240);
}

/* ---- what changes a room ---- */

static void deleted_message_is_told_without_its_text(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct event delete = sample_message(102, 1, NULL);

    sample_say(fixture->directory, 101, 1, "regretted");
    delete.type = EVENT_DELETE;
    delete.target = 101;
    assert_non_null(apply(fixture, delete));
    const struct window_event *first =
        window_first_after(&session->places->room->window, 100);
    assert_int_equal(first->seq, 101);
    assert_null(memmem(first->json, first->length, "regretted", 9));
}

static void purged_events_are_not_in_the_window_any_more(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct event purge = sample_message(103, 1, NULL);

    say(fixture, 101, 1);
    say(fixture, 102, 1);
    purge.type = EVENT_PURGE;
    purge.n = 0;
    purge.target = 101;
    assert_null(apply(fixture, purge));
    assert_int_equal(session->places->room->window.count, 1);
    assert_int_equal(session->places->room->window.floor_seq, 101);
}

static void renamed_room_is_found_by_its_new_name(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = sample_know(
        fixture->directory, &(struct sample_snapshot){7, 100, {{1, 50}}});
    struct event rename = sample_message(101, 1, NULL);

    rename.type = EVENT_RENAME;
    rename.to = "salon";
    assert_non_null(apply(fixture, rename));
    assert_ptr_equal(room_named(fixture, "salon"), session->places->room);
    assert_null(room_named(fixture, "r1"));
}

static struct event sample_room_end(int64_t seq, int64_t rid)
{
    return (struct event){.seq = seq,
                          .at_ms = 1000 + seq,
                          .type = EVENT_ROOM_END,
                          .rid = rid,
                          .room = sample_names[rid]};
}

static void room_that_ends_is_left_by_everybody(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *ann =
        sample_know(fixture->directory,
                    &(struct sample_snapshot){7, 100, {{1, 50}, {2, 51}}});
    struct known_session *bob = sample_know(
        fixture->directory, &(struct sample_snapshot){8, 100, {{1, 52}}});

    assert_null(apply(fixture, sample_room_end(101, 1)));
    assert_int_equal(place_count(ann), 1);
    assert_int_equal(place_count(bob), 0);
    assert_null(directory_find_room(fixture->directory, 1));
    /* Of a room that nobody here is in, nothing is to be done. */
    assert_null(apply(fixture, sample_room_end(102, 3)));
    assert_int_equal(place_count(ann), 1);
}

static void older_snapshot_hears_of_a_rooms_end(void **state)
{
    struct fixture *fixture = *state;

    apply(fixture, sample_room_end(101, 1));
    struct known_session *older =
        sample_know(fixture->directory,
                    &(struct sample_snapshot){7, 100, {{1, 50}, {2, 51}}});
    assert_int_equal(place_count(older), 1);
    struct known_session *newer = sample_know(
        fixture->directory, &(struct sample_snapshot){8, 101, {{2, 51}}});
    assert_int_equal(place_count(newer), 1);
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
        WITH_DIRECTORY(kinds_of_signals_do_not_displace_each_other),
        WITH_DIRECTORY(change_of_an_account_is_one_of_all_its_sessions),
        WITH_DIRECTORY(one_session_of_an_account_ends_alone),
        WITH_DIRECTORY(account_that_logs_out_stays_a_member),
        WITH_DIRECTORY(older_snapshot_of_an_account_hears_of_its_changes),
        WITH_DIRECTORY(guest_who_becomes_an_account_keeps_their_rooms),
        WITH_DIRECTORY(snapshot_from_before_that_must_be_asked_for_again),
        WITH_DIRECTORY(sessions_are_found_by_their_person),
        cmocka_unit_test(guest_costs_what_is_known_of_them),
        WITH_DIRECTORY(deleted_message_is_told_without_its_text),
        WITH_DIRECTORY(purged_events_are_not_in_the_window_any_more),
        WITH_DIRECTORY(room_that_ends_is_left_by_everybody),
        WITH_DIRECTORY(older_snapshot_hears_of_a_rooms_end),
        WITH_DIRECTORY(renamed_room_is_found_by_its_new_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
