/* What a poll is answered with, and which polls share it. */
#include "fcgi/poll_reply.h"

#include "common/command.h"
#include "tests/unit/directory_fixture.h"
#include "tests/unit/reply_reader.h"

struct fixture {
    struct window window;
    struct directory *directory;
    struct reply_text reply; /* the last one */
};

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    window_init(&fixture->window, 16 * 1024 * 1024, 300);
    fixture->directory = directory_new(&fixture->window, NULL, NULL);
    assert_non_null(fixture->directory);
    directory_reset(fixture->directory, 100);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;

    directory_free(fixture->directory);
    free(fixture);
    return 0;
}

static struct known_session *know(struct fixture *fixture,
                                  struct sample_snapshot snapshot)
{
    return sample_know(fixture->directory, &snapshot);
}

static void say(struct fixture *fixture, int64_t seq, int64_t rid)
{
    sample_say(fixture->directory, seq, rid, "hello");
}

static struct bytes *render(const struct fixture *fixture,
                            const struct known_session *session,
                            int64_t since_seq)
{
    const struct poll_range range = {.since_seq = since_seq,
                                     .from_seq = since_seq};
    const struct poll_frame frame = {
        .epoch = "ep", .head_seq = directory_seq(fixture->directory)};
    struct bytes *reply = poll_reply_events(session, &range, &frame, NULL);

    assert_non_null(reply);
    return reply;
}

static void read_reply(struct fixture *fixture, struct bytes *reply)
{
    reply_read(&fixture->reply, reply->data, reply->length);
    assert_true(fixture->reply.complete);
    assert_int_equal(fixture->reply.status, 200);
}

/* Renders into fixture->reply. */
static void answer(struct fixture *fixture, const struct known_session *session,
                   int64_t since_seq)
{
    struct bytes *reply = render(fixture, session, since_seq);

    read_reply(fixture, reply);
    bytes_drop(reply);
}

/* Fails the test unless the last reply says just that. */
static void assert_reply(const struct fixture *fixture, const char *seqs,
                         const char *next, const char *more)
{
    assert_string_equal(reply_seqs(&fixture->reply), seqs);
    assert_string_equal(reply_field(&fixture->reply, "next"), next);
    assert_string_equal(reply_field(&fixture->reply, "more"), more);
}

static void reply_has_the_events_after_the_cursor(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});

    say(fixture, 101, 1);
    say(fixture, 103, 1);
    directory_advance(fixture->directory, 107);
    assert_true(poll_has_news(session, 101));
    assert_false(poll_has_news(session, 103));
    answer(fixture, session, 101);
    assert_reply(fixture, "103", "\"ep.107\"", "false");
    assert_string_equal(
        fixture->reply.body,
        "{\"since\":\"ep.101\",\"next\":\"ep.107\",\"events\":["
        "{\"seq\":103,\"n\":103,\"room\":\"r1\",\"at\":0,\"type\":\"message\","
        "\"from\":\"bob\",\"text\":\"hello\",\"id\":\"x\"}],"
        "\"signals\":[],\"more\":false}");
    answer(fixture, session, 107);
    assert_reply(fixture, "", "\"ep.107\"", "false");
}

static void session_without_rooms_gets_a_cursor(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{0}}});

    say(fixture, 101, 1);
    assert_true(poll_in_window(session, 0));
    assert_false(poll_has_news(session, 0));
    answer(fixture, session, 100);
    assert_reply(fixture, "", "\"ep.101\"", "false");
}

static void rooms_are_merged_in_the_logs_order(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session = know(
        fixture,
        (struct sample_snapshot){7, 100, {{1, 50}, {2, 51}, {3, 52}, {5, 53}}});
    static const int64_t rids[] = {3, 1, 1, 2, 4, 3, 2, 1};

    know(fixture, (struct sample_snapshot){8, 100, {{4, 50}}});
    for (size_t i = 0; i < sizeof(rids) / sizeof(rids[0]); i++)
        say(fixture, 101 + (int64_t)i, rids[i]);
    answer(fixture, session, 100);
    assert_reply(fixture, "101 102 103 104 106 107 108", "\"ep.108\"", "false");
    answer(fixture, session, 104);
    assert_reply(fixture, "106 107 108", "\"ep.108\"", "false");
}

static void events_before_joining_are_never_shown(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *late =
        know(fixture, (struct sample_snapshot){7, 110, {{1, 103}, {2, 50}}});

    for (int64_t seq = 101; seq <= 106; seq++)
        say(fixture, seq, seq % 2 == 0 ? 2 : 1);
    answer(fixture, late, 100);
    assert_reply(fixture, "102 103 104 105 106", "\"ep.106\"", "false");
    assert_true(poll_has_news(late, 105));
    assert_false(poll_has_news(late, 106));
}

static void window_must_reach_back_to_cursor_or_join(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *old =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *fresh =
        know(fixture, (struct sample_snapshot){8, 100, {{1, 101}}});

    assert_true(poll_in_window(old, 100));
    assert_false(poll_in_window(old, 99));
    assert_true(poll_in_window(fresh, 0));
    for (int64_t seq = 101; seq <= 401; seq++)
        say(fixture, seq, 1); /* the window keeps 300 */
    assert_true(poll_in_window(old, 101));
    assert_false(poll_in_window(old, 100));
    assert_false(poll_in_window(fresh, 0));
}

static void at_most_200_events_then_more(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}, {2, 50}}});
    const char *seqs;

    for (int64_t seq = 101; seq <= 300; seq++)
        say(fixture, seq, 1 + seq % 2);
    answer(fixture, session, 100);
    assert_string_equal(reply_field(&fixture->reply, "more"), "false");
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.300\"");
    say(fixture, 301, 1);
    answer(fixture, session, 100);
    assert_string_equal(reply_field(&fixture->reply, "more"), "true");
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.300\"");
    seqs = reply_seqs(&fixture->reply);
    assert_string_equal(seqs + strlen(seqs) - 4, " 300");
    answer(fixture, session, 300);
    assert_reply(fixture, "301", "\"ep.301\"", "false");
}

/* Events of 16,000 bytes: 16 of them are within 256 KiB, 17 are not. */
static void at_most_256_kib_then_more(void **state)
{
    static char text[16000 + 1];
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});

    memset(text, 'x', sizeof(text) - 1);
    for (int64_t seq = 101; seq <= 120; seq++)
        sample_say(fixture->directory, seq, 1, text);
    answer(fixture, session, 100);
    assert_string_equal(reply_field(&fixture->reply, "more"), "true");
    assert_string_equal(reply_field(&fixture->reply, "next"), "\"ep.116\"");
    assert_true(strlen(fixture->reply.body) <= HISTORY_BYTES_MAX + 256);
    answer(fixture, session, 116);
    assert_reply(fixture, "117 118 119 120", "\"ep.120\"", "false");
}

static void polls_with_the_same_cursor_share_one_reply(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *one =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    /* Its other room has nothing to say. */
    struct known_session *other =
        know(fixture, (struct sample_snapshot){8, 100, {{2, 50}, {1, 60}}});

    say(fixture, 101, 1);
    struct bytes *reply = render(fixture, one, 100);
    struct bytes *same = render(fixture, other, 100);
    assert_ptr_equal(reply, same);
    bytes_drop(same);
    bytes_drop(reply);
    assert_int_equal(reply->refs, 1); /* the room's own */
}

/* Fails the test unless they are told different things by different bytes. */
static void assert_not_shared(struct fixture *fixture,
                              const struct known_session *one,
                              int64_t one_since_seq,
                              const struct known_session *other,
                              int64_t other_since_seq)
{
    struct bytes *reply = render(fixture, one, one_since_seq);
    struct bytes *another = render(fixture, other, other_since_seq);

    assert_ptr_not_equal(reply, another);
    assert_true(reply->length != another->length ||
                memcmp(reply->data, another->data, reply->length) != 0);
    bytes_drop(another);
    bytes_drop(reply);
}

static void another_cursor_or_other_rooms_get_another_reply(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *one =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *both =
        know(fixture, (struct sample_snapshot){8, 100, {{1, 50}, {2, 50}}});
    struct known_session *late =
        know(fixture, (struct sample_snapshot){9, 200, {{1, 102}}});

    say(fixture, 101, 1);
    say(fixture, 102, 1);
    assert_not_shared(fixture, one, 100, one, 99);   /* same events */
    assert_not_shared(fixture, one, 100, one, 101);  /* fewer */
    assert_not_shared(fixture, one, 100, late, 100); /* joined in between */
    say(fixture, 103, 2);
    assert_not_shared(fixture, one, 100, both, 100);
}

static void reply_from_before_an_event_is_not_used_after_it(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});

    say(fixture, 101, 1);
    answer(fixture, session, 100);
    assert_reply(fixture, "101", "\"ep.101\"", "false");
    say(fixture, 102, 1);
    answer(fixture, session, 100);
    assert_reply(fixture, "101 102", "\"ep.102\"", "false");
    directory_advance(fixture->directory, 105);
    answer(fixture, session, 100);
    assert_reply(fixture, "101 102", "\"ep.105\"", "false");
}

static void signals_are_told_until_marked(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}, {2, 50}}});

    sample_signal(fixture->directory, session->places->room, "{\"s\":1}");
    sample_signal(fixture->directory, session->places->next->room, "{\"s\":2}");
    assert_true(poll_has_news(session, 100));
    answer(fixture, session, 100);
    assert_string_equal(reply_field(&fixture->reply, "signals"),
                        "[{\"s\":1},{\"s\":2}]");
    directory_mark_told(fixture->directory, session);
    assert_false(poll_has_news(session, 100));
    say(fixture, 101, 1);
    answer(fixture, session, 100);
    assert_reply(fixture, "101", "\"ep.101\"", "false");
    assert_string_equal(reply_field(&fixture->reply, "signals"), "[]");
}

static void who_was_told_a_signal_shares_no_reply_with_who_was_not(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *told =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *untold =
        know(fixture, (struct sample_snapshot){8, 100, {{1, 50}}});

    sample_signal(fixture->directory, told->places->room, "{\"s\":1}");
    directory_mark_told(fixture->directory, told);
    say(fixture, 101, 1);
    assert_not_shared(fixture, told, 100, untold, 100);
    sample_signal(fixture->directory, told->places->room, "{\"s\":2}");
    answer(fixture, untold, 100);
    assert_string_equal(reply_field(&fixture->reply, "signals"), "[{\"s\":2}]");
}

static void personal_signals_are_told_once_and_to_nobody_else(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *invited =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *other =
        know(fixture, (struct sample_snapshot){8, 100, {{1, 50}}});
    const struct signal invite = {
        .type = "invite", .room = "dev", .json = "{\"p\":1}"};

    say(fixture, 101, 1);
    directory_signal_session(fixture->directory, invited, &invite);
    sample_signal(fixture->directory, invited->places->room, "{\"s\":1}");
    assert_not_shared(fixture, invited, 100, other, 100);
    assert_true(poll_has_news(invited, 101));
    answer(fixture, invited, 101);
    assert_string_equal(reply_field(&fixture->reply, "signals"),
                        "[{\"p\":1},{\"s\":1}]");
    directory_mark_told(fixture->directory, invited);
    assert_null(invited->signals);
    assert_false(poll_has_news(invited, 101));
    answer(fixture, other, 101);
    assert_string_equal(reply_field(&fixture->reply, "signals"), "[{\"s\":1}]");
}

static void signal_reaches_who_is_in_no_room(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{0}}});
    const struct signal invite = {.type = "invite", .json = "{\"p\":1}"};

    directory_signal_session(fixture->directory, session, &invite);
    assert_true(poll_has_news(session, 100));
    answer(fixture, session, 100);
    assert_string_equal(reply_field(&fixture->reply, "signals"), "[{\"p\":1}]");
}

static void empty_reply_says_why(void **state)
{
    static const struct {
        enum poll_note note;
        const char *more, *superseded;
    } cases[] = {
        {POLL_NOTHING, "false", ""},
        {POLL_SUPERSEDED, "false", "true"},
        {POLL_MORE, "true", ""},
    };
    struct fixture *fixture = *state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct poll_frame frame = {.epoch = "abcdefghijklmnop",
                                         .head_seq = INT64_MAX};
        struct bytes *reply =
            poll_reply_empty(INT64_MAX - 1, &frame, cases[i].note);
        read_reply(fixture, reply);
        bytes_drop(reply);
        assert_reply(fixture, "", "\"abcdefghijklmnop.9223372036854775807\"",
                     cases[i].more);
        assert_string_equal(reply_field(&fixture->reply, "since"),
                            "\"abcdefghijklmnop.9223372036854775806\"");
        assert_string_equal(reply_field(&fixture->reply, "signals"), "[]");
        assert_string_equal(reply_field(&fixture->reply, "superseded"),
                            cases[i].superseded);
    }
}

/* ---- streams ---- */

/* Into fixture->reply.text; returns its position. */
static int64_t message_for(struct fixture *fixture,
                           const struct known_session *session,
                           int64_t since_seq, struct bytes **message_out)
{
    const struct poll_range range = {.since_seq = since_seq,
                                     .from_seq = since_seq};
    const struct poll_frame frame = {.epoch = "ep",
                                     .head_seq =
                                         directory_seq(fixture->directory),
                                     .form = POLL_MESSAGE};
    int64_t next_seq = -1;
    struct bytes *message =
        poll_reply_events(session, &range, &frame, &next_seq);

    assert_non_null(message);
    reply_read(&fixture->reply, message->data, message->length);
    assert_false(fixture->reply.complete);
    if (message_out != NULL)
        *message_out = message;
    else
        bytes_drop(message);
    return next_seq;
}

static void message_is_the_replys_body_under_its_cursor(void **state)
{
    static char expected[REPLY_TEXT_BYTES];
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});

    say(fixture, 101, 1);
    answer(fixture, session, 100);
    snprintf(expected, sizeof(expected), "id: ep.101\ndata: %s\n\n",
             fixture->reply.body);
    assert_int_equal(message_for(fixture, session, 100, NULL), 101);
    assert_string_equal(fixture->reply.text, expected);
    /* And the poll's reply is still one. */
    answer(fixture, session, 100);
    assert_reply(fixture, "101", "\"ep.101\"", "false");
}

static void message_that_is_full_says_where_it_ends(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});

    for (int64_t seq = 101; seq <= 310; seq++)
        say(fixture, seq, 1);
    assert_int_equal(message_for(fixture, session, 100, NULL), 300);
    assert_non_null(strstr(fixture->reply.text, "id: ep.300\n"));
    /* Shared or not. */
    assert_int_equal(message_for(fixture, session, 100, NULL), 300);
    assert_int_equal(message_for(fixture, session, 300, NULL), 310);
}

static void streams_at_one_position_share_one_message(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *one =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    struct known_session *other =
        know(fixture, (struct sample_snapshot){8, 100, {{2, 50}, {1, 60}}});
    struct bytes *message, *same;

    say(fixture, 101, 1);
    assert_int_equal(message_for(fixture, one, 100, &message), 101);
    /* A poll in between takes nothing away from them. */
    answer(fixture, one, 100);
    assert_int_equal(message_for(fixture, other, 100, &same), 101);
    assert_ptr_equal(message, same);
    bytes_drop(same);
    bytes_drop(message);
    assert_int_equal(message->refs, 1); /* the room's own */
}

static void messages_without_events_have_a_cursor_too(void **state)
{
    struct fixture *fixture = *state;
    struct known_session *session =
        know(fixture, (struct sample_snapshot){7, 100, {{1, 50}}});
    const struct poll_frame frame = {
        .epoch = "ep", .head_seq = 100, .form = POLL_MESSAGE};

    assert_int_equal(message_for(fixture, session, 90, NULL), 100);
    assert_string_equal(fixture->reply.text,
                        "id: ep.100\ndata: {\"since\":\"ep.90\",\"next\":"
                        "\"ep.100\",\"events\":[],\"signals\":[],"
                        "\"more\":false}\n\n");
    struct bytes *last = poll_reply_empty(100, &frame, POLL_SUPERSEDED);
    reply_read(&fixture->reply, last->data, last->length);
    bytes_drop(last);
    assert_string_equal(fixture->reply.text,
                        "id: ep.100\ndata: {\"since\":\"ep.100\",\"next\":"
                        "\"ep.100\",\"events\":[],\"signals\":[],"
                        "\"more\":false,\"superseded\":true}\n\n");
    struct bytes *page = poll_message("ep.7", "{}");
    reply_read(&fixture->reply, page->data, page->length);
    bytes_drop(page);
    assert_string_equal(fixture->reply.text, "id: ep.7\ndata: {}\n\n");
}

#define WITH_DIRECTORY(test)                                                   \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DIRECTORY(reply_has_the_events_after_the_cursor),
        WITH_DIRECTORY(session_without_rooms_gets_a_cursor),
        WITH_DIRECTORY(rooms_are_merged_in_the_logs_order),
        WITH_DIRECTORY(events_before_joining_are_never_shown),
        WITH_DIRECTORY(window_must_reach_back_to_cursor_or_join),
        WITH_DIRECTORY(at_most_200_events_then_more),
        WITH_DIRECTORY(at_most_256_kib_then_more),
        WITH_DIRECTORY(polls_with_the_same_cursor_share_one_reply),
        WITH_DIRECTORY(another_cursor_or_other_rooms_get_another_reply),
        WITH_DIRECTORY(reply_from_before_an_event_is_not_used_after_it),
        WITH_DIRECTORY(signals_are_told_until_marked),
        WITH_DIRECTORY(personal_signals_are_told_once_and_to_nobody_else),
        WITH_DIRECTORY(signal_reaches_who_is_in_no_room),
        WITH_DIRECTORY(who_was_told_a_signal_shares_no_reply_with_who_was_not),
        WITH_DIRECTORY(empty_reply_says_why),
        WITH_DIRECTORY(message_is_the_replys_body_under_its_cursor),
        WITH_DIRECTORY(message_that_is_full_says_where_it_ends),
        WITH_DIRECTORY(streams_at_one_position_share_one_message),
        WITH_DIRECTORY(messages_without_events_have_a_cursor_too),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
