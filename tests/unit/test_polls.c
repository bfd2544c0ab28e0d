/* Parked polls: each ends once, whatever the reason, and with what is due. */
#include "tests/unit/polls_fixture.h"

static void assert_superseded(int fd)
{
    assert_told(fd, "", "\"ep.100\"");
    assert_string_equal(reply_field(&parked.reply, "superseded"), "true");
}

static void event_ends_the_polls_of_its_room(void **state)
{
    struct known_session *in =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *out =
        know((struct sample_snapshot){8, 100, {{2, 50}}});
    int first = park(in, "a"), second = park(in, "b"), other = park(out, "");

    (void)state;
    assert_int_equal(polls_count(parked.polls), 3);
    feed(101, (int64_t[]){1, 0});
    assert_told(first, "101", "\"ep.101\"");
    assert_told(second, "101", "\"ep.101\"");
    assert_open(other);
    assert_int_equal(polls_count(parked.polls), 1);
    assert_null(in->polls);
    assert_int_equal(in->poll_count, 0);
    /* Nothing is left that could end it again. */
    feed(102, (int64_t[]){1, 0});
    pass_time(WAIT_MS);
    assert_open(first);
    close(first);
    close(second);
    close(other);
}

static void events_of_one_turn_are_one_reply(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}, {2, 50}}});
    int fd = park(session, "");

    (void)state;
    feed(101, (int64_t[]){1, 2, 3, 1, 0});
    assert_told(fd, "101 102 104", "\"ep.104\"");
    close(fd);
}

static void own_join_while_parked_counts(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{0}}});
    int fd = park(session, "");

    (void)state;
    feed(101, (int64_t[]){1, 0}); /* before it joined */
    apply(sample_join(102, 7, 1));
    polls_answer_woken(parked.polls);
    assert_told(fd, "102", "\"ep.102\"");
    close(fd);
}

static void own_leave_does_not_wake_but_others_do(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}, {2, 50}}});
    int fd = park(session, "");

    (void)state;
    know((struct sample_snapshot){8, 100, {{1, 50}}});
    apply(sample_leave(101, 7, 1));
    feed(102, (int64_t[]){1, 0});
    assert_open(fd);
    feed(103, (int64_t[]){2, 0});
    assert_told(fd, "103", "\"ep.103\"");
    close(fd);
}

/* Noted for an event of a room, which it then leaves in the same turn. */
static void session_woken_for_a_room_it_leaves_stays_parked(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    int fd = park(session, "");

    (void)state;
    apply(sample_message(101, 1, "hello"));
    apply(sample_leave(102, 7, 1));
    polls_answer_woken(parked.polls);
    assert_open(fd);
    assert_int_equal(polls_count(parked.polls), 1);
    pass_time(WAIT_MS);
    assert_told(fd, "", "\"ep.102\"");
    close(fd);
}

static void session_that_ends_while_woken_is_refused(void **state)
{
    struct known_session *one =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *two =
        know((struct sample_snapshot){8, 100, {{1, 50}}});
    struct known_session *three =
        know((struct sample_snapshot){9, 100, {{1, 50}}});
    int fds[] = {park(one, ""), park(two, "a"), park(two, "b"),
                 park(three, "")};

    (void)state;
    apply(sample_message(101, 1, "hello"));
    apply(sample_end(102, 8));
    assert_null(directory_find_sid(parked.directory, 8));
    polls_answer_woken(parked.polls);
    assert_told(fds[0], "101", "\"ep.102\"");
    assert_told(fds[3], "101", "\"ep.102\"");
    for (size_t i = 1; i <= 2; i++) {
        assert_answered(fds[i], 401);
        assert_string_equal(reply_field(&parked.reply, "code"),
                            "\"session_required\"");
    }
    for (size_t i = 0; i < 4; i++)
        close(fds[i]);
}

static void time_ends_a_poll_with_the_newest_cursor(void **state)
{
    int fd = park(know((struct sample_snapshot){7, 100, {{1, 50}}}), "");

    (void)state;
    feed(101, (int64_t[]){2, 2, 0}); /* another room's */
    directory_advance(parked.directory, 105);
    pass_time(WAIT_MS - 1);
    assert_open(fd);
    pass_time(1);
    assert_told(fd, "", "\"ep.105\"");
    assert_string_equal(reply_field(&parked.reply, "more"), "false");
    assert_string_equal(reply_field(&parked.reply, "superseded"), "");
    assert_int_equal(polls_count(parked.polls), 0);
    close(fd);
}

static void newer_poll_of_the_tab_ends_the_older(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    int old = park(session, "a"), other = park(session, "b");
    int nameless = park(session, ""), newer = park(session, "a");

    (void)state;
    assert_superseded(old);
    assert_open(other);
    assert_open(nameless);
    assert_open(newer);
    assert_int_equal(session->poll_count, 3);
    int second_nameless = park(session, "");
    assert_superseded(nameless);
    polls_supersede(session, "b");
    assert_superseded(other);
    polls_supersede(session, "nobody");
    assert_open(newer);
    assert_open(second_nameless);
    close(old), close(other), close(nameless);
    close(newer), close(second_nameless);
}

static void tabs_of_other_sessions_are_other_tabs(void **state)
{
    struct known_session *one =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *two =
        know((struct sample_snapshot){8, 100, {{1, 50}}});
    int first = park(one, "a"), second = park(two, "a");

    (void)state;
    assert_open(first);
    assert_open(second);
    close(first);
    close(second);
}

static void ninth_poll_ends_the_oldest(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    int fds[PER_SESSION_MAX + 1];

    (void)state;
    for (int i = 0; i < PER_SESSION_MAX; i++)
        fds[i] = park(session, (char[]){(char)('a' + i), '\0'});
    assert_open(fds[0]);
    fds[PER_SESSION_MAX] = park(session, "z");
    assert_superseded(fds[0]);
    assert_int_equal(session->poll_count, PER_SESSION_MAX);
    for (int i = 1; i <= PER_SESSION_MAX; i++)
        assert_open(fds[i]);
    for (int i = 0; i <= PER_SESSION_MAX; i++)
        close(fds[i]);
}

static void browser_that_goes_away_ends_its_poll(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    int fd = park(session, "a"), other = park(session, "b");

    (void)state;
    close(fd);
    turn();
    assert_int_equal(polls_count(parked.polls), 1);
    assert_int_equal(session->poll_count, 1);
    feed(101, (int64_t[]){1, 0});
    assert_told(other, "101", "\"ep.101\"");
    close(other);
}

static void browser_may_go_away_while_it_is_woken(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    int fd = park(session, "");

    (void)state;
    apply(sample_message(101, 1, "hello"));
    close(fd);
    turn();
    assert_int_equal(polls_count(parked.polls), 0);
    polls_answer_woken(parked.polls);
    /* Noted no more: it can be woken again. */
    fd = park(session, "");
    feed(102, (int64_t[]){1, 0});
    assert_told(fd, "101 102", "\"ep.102\"");
    close(fd);
}

static void stop_answers_all_polls_with_nothing(void **state)
{
    int first = park(know((struct sample_snapshot){7, 100, {{1, 50}}}), "a");
    int second = park(directory_find_sid(parked.directory, 7), "b");
    int third = park(know((struct sample_snapshot){8, 100, {{2, 50}}}), "");

    (void)state;
    directory_advance(parked.directory, 104);
    polls_answer_all(parked.polls);
    assert_told(first, "", "\"ep.104\"");
    assert_told(second, "", "\"ep.104\"");
    assert_told(third, "", "\"ep.104\"");
    assert_int_equal(polls_count(parked.polls), 0);
    close(first), close(second), close(third);
}

static void refused_session_keeps_nothing_parked(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    int fd = park(session, "");

    (void)state;
    polls_refuse_session(parked.polls, session, CHAT_CURSOR_UNKNOWN);
    assert_answered(fd, 410);
    assert_int_equal(polls_count(parked.polls), 0);
    close(fd);
}

static void signal_is_told_once_to_all_polls_of_a_session(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_room *room = session->places->room;
    int fds[] = {park(session, "a"), park(session, "b")};

    (void)state;
    sample_signal(parked.directory, room, "{\"s\":1}");
    polls_wake_room(parked.polls, room);
    polls_answer_woken(parked.polls);
    for (size_t i = 0; i < 2; i++) {
        assert_told(fds[i], "", "\"ep.100\"");
        assert_string_equal(reply_field(&parked.reply, "signals"),
                            "[{\"s\":1}]");
        close(fds[i]);
    }
    fds[0] = park(session, "a");
    feed(101, (int64_t[]){1, 0});
    assert_told(fds[0], "101", "\"ep.101\"");
    assert_string_equal(reply_field(&parked.reply, "signals"), "[]");
    close(fds[0]);
}

/* More in one turn than the window holds: nothing of it may be lost. */
static void poll_that_a_burst_outran_is_sent_to_ask_again(void **state)
{
    int64_t rids[22] = {0};
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    int fd = park(session, "");

    (void)state;
    for (size_t i = 0; i < 21; i++)
        rids[i] = 1;
    feed(101, rids);
    assert_told(fd, "", "\"ep.100\"");
    assert_string_equal(reply_field(&parked.reply, "more"), "true");
    close(fd);
}

/* Nothing but the range that is known to be empty is looked at. */
static void poll_may_begin_behind_its_cursor(void **state)
{
    struct known_session *session =
        know((struct sample_snapshot){7, 100, {{1, 50}}});
    struct poll_request request = {
        .session = session,
        .range = {.since_seq = 90, .from_seq = 100},
        .deadline_ms = fixture.now_ms + WAIT_MS,
    };
    int fd = client_with_request(&(struct sample_request){0});

    (void)state;
    assert_int_equal(polls_park(parked.polls, fixture.exchanges[0], &request),
                     CHAT_OK);
    feed(101, (int64_t[]){1, 0});
    assert_answered(fd, 200);
    assert_string_equal(reply_seqs(&parked.reply), "101");
    assert_string_equal(reply_field(&parked.reply, "since"), "\"ep.90\"");
    close(fd);
}

static void parked_poll_has_given_back_its_requests_memory(void **state)
{
    int fd = park(know((struct sample_snapshot){7, 100, {{1, 50}}}), "");

    (void)state;
    assert_null(exchange_request(fixture.exchanges[0]));
    close(fd);
}

#define WITH_POLLS(test)                                                       \
    cmocka_unit_test_setup_teardown(test, set_up_polls, tear_down_polls)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POLLS(event_ends_the_polls_of_its_room),
        WITH_POLLS(events_of_one_turn_are_one_reply),
        WITH_POLLS(own_join_while_parked_counts),
        WITH_POLLS(own_leave_does_not_wake_but_others_do),
        WITH_POLLS(session_woken_for_a_room_it_leaves_stays_parked),
        WITH_POLLS(session_that_ends_while_woken_is_refused),
        WITH_POLLS(time_ends_a_poll_with_the_newest_cursor),
        WITH_POLLS(newer_poll_of_the_tab_ends_the_older),
        WITH_POLLS(tabs_of_other_sessions_are_other_tabs),
        WITH_POLLS(ninth_poll_ends_the_oldest),
        WITH_POLLS(browser_that_goes_away_ends_its_poll),
        WITH_POLLS(browser_may_go_away_while_it_is_woken),
        WITH_POLLS(stop_answers_all_polls_with_nothing),
        WITH_POLLS(refused_session_keeps_nothing_parked),
        WITH_POLLS(signal_is_told_once_to_all_polls_of_a_session),
        WITH_POLLS(poll_that_a_burst_outran_is_sent_to_ask_again),
        WITH_POLLS(poll_may_begin_behind_its_cursor),
        WITH_POLLS(parked_poll_has_given_back_its_requests_memory),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
