/* Parked streams: polls that stay, told message by message. */
#include "tests/unit/polls_fixture.h"

enum { HEARTBEAT_MS = 20000, BEHIND_EVENTS = 15 };

/* One browser's connection and what has come over it. */
struct client {
    int fd;
    size_t received;
    unsigned char data[REPLY_TEXT_BYTES];
};

static struct client clients[PER_SESSION_MAX + 1];

/* A browser whose stream since 100 is parked. */
static struct client *park_stream(struct client *client,
                                  struct known_session *session,
                                  const char *tab)
{
    struct poll_request request = {
        .session = session,
        .range = {.since_seq = 100, .from_seq = 100},
        .streams = true,
    };
    struct bytes *beginning = poll_stream_begin();
    struct exchange *exchange;

    client->fd = client_with_request(&(struct sample_request){0});
    client->received = 0;
    exchange = fixture.exchanges[fixture.exchange_count - 1];
    exchange_set_owner(exchange, count_gone, &fixture.gone);
    assert_int_equal(exchange_send(exchange, beginning, 1), CHAT_OK);
    bytes_drop(beginning);
    strcpy(request.tab, tab);
    assert_int_equal(polls_park(parked.polls, exchange, &request), CHAT_OK);
    return client;
}

/* Reads all there is into parked.reply. */
static void receive(struct client *client)
{
    client->received +=
        client_receive(client->fd, client->data + client->received,
                       sizeof(client->data) - client->received);
    reply_read(&parked.reply, client->data, client->received);
}

static void assert_streamed(struct client *client, const char *seqs,
                            const char *id)
{
    receive(client);
    assert_string_equal(stream_seqs(&parked.reply), seqs);
    assert_string_equal(stream_id(&parked.reply), id);
}

/* It has ended in order; its connection could be used again. */
static void assert_ended(struct client *client)
{
    receive(client);
    assert_true(parked.reply.complete);
    assert_open(client->fd);
}

static void assert_goes_on(struct client *client)
{
    receive(client);
    assert_false(parked.reply.complete);
    assert_open(client->fd);
}

static struct known_session *know_one(void)
{
    return know((struct sample_snapshot){7, 100, {{1, 50}}});
}

static void say(int64_t seq)
{
    feed(seq, (int64_t[]){1, 0});
}

static void first_message_comes_at_once(void **state)
{
    struct client *client;

    (void)state;
    directory_advance(parked.directory, 103);
    client = park_stream(&clients[0], know_one(), "");
    assert_streamed(client, ";", "ep.103");
    assert_int_equal(parked.reply.complete, false);
    assert_non_null(
        strstr(parked.reply.text, "Content-Type: text/event-stream\r\n"));
    assert_null(strstr(parked.reply.text, "Content-Length"));
    assert_non_null(strstr(parked.reply.text, "\"since\":\"ep.100\""));
    close(client->fd);
}

static void stream_is_told_each_turns_events_and_goes_on(void **state)
{
    struct client *client = park_stream(&clients[0], know_one(), "");

    (void)state;
    say(101);
    feed(102, (int64_t[]){1, 2, 1, 0});
    feed(105, (int64_t[]){2, 0}); /* another room's */
    say(106);
    assert_streamed(client, ";101;102 104;106;", "ep.106");
    /* Each message begins where the one before ended. */
    assert_non_null(strstr(parked.reply.text, "\"since\":\"ep.104\""));
    assert_int_equal(polls_count(parked.polls), 1);
    close(client->fd);
}

static void stream_begins_with_what_the_window_has(void **state)
{
    struct known_session *session = know_one();

    (void)state;
    say(101);
    say(102);
    park_stream(&clients[0], session, "");
    assert_streamed(&clients[0], "101 102;", "ep.102");
    close(clients[0].fd);
}

/* 201 events are two messages. */
static void full_message_is_followed_by_another_at_once(void **state)
{
    struct known_session *session = know_one();

    (void)state;
    parked.window.room_events_max = 300;
    for (int64_t seq = 101; seq <= 301; seq++)
        say(seq);
    park_stream(&clients[0], session, "");
    receive(&clients[0]);
    assert_string_equal(stream_id(&parked.reply), "ep.301");
    assert_non_null(strstr(parked.reply.text, "id: ep.300\n"));
    assert_goes_on(&clients[0]);
    close(clients[0].fd);
}

static void heartbeats_come_every_20_s(void **state)
{
    struct client *client = park_stream(&clients[0], know_one(), "");

    (void)state;
    pass_time(HEARTBEAT_MS - 3001);
    assert_streamed(client, ";", "ep.100");
    pass_time(3001);
    assert_streamed(client, ";:;", "ep.100");
    directory_advance(parked.directory, 104);
    pass_time(HEARTBEAT_MS);
    assert_streamed(client, ";:;:;", "ep.104");
    /* What is held back comes with it. */
    apply(sample_message(105, 1, "hello"));
    pass_time(HEARTBEAT_MS);
    assert_streamed(client, ";:;:;:105;", "ep.105");
    polls_answer_woken(parked.polls);
    assert_streamed(client, ";:;:;:105;", "ep.105");
    close(client->fd);
}

static void streams_share_their_messages(void **state)
{
    struct known_session *one = know_one();
    struct known_session *two =
        know((struct sample_snapshot){8, 100, {{1, 60}}});

    (void)state;
    park_stream(&clients[0], one, "");
    park_stream(&clients[1], two, "");
    say(101);
    assert_streamed(&clients[0], ";101;", "ep.101");
    assert_streamed(&clients[1], ";101;", "ep.101");
    assert_int_equal(one->places->room->shared[POLL_MESSAGE].bytes->refs, 1);
    close(clients[0].fd);
    close(clients[1].fd);
}

static void newer_poll_or_stream_of_the_tab_ends_the_older(void **state)
{
    struct known_session *session = know_one();
    struct client *old = park_stream(&clients[0], session, "a");
    struct client *other = park_stream(&clients[1], session, "b");
    struct client *newer = park_stream(&clients[2], session, "a");

    (void)state;
    assert_ended(old);
    assert_non_null(strstr(parked.reply.text, "\"superseded\":true}\n\n"));
    assert_string_equal(stream_id(&parked.reply), "ep.100");
    assert_goes_on(other);
    int poll = park(session, "a");
    assert_ended(newer);
    park_stream(newer, session, "a");
    assert_told(poll, "", "\"ep.100\"");
    assert_string_equal(reply_field(&parked.reply, "superseded"), "true");
    assert_goes_on(newer);
    assert_int_equal(session->poll_count, 2);
    close(old->fd), close(other->fd), close(newer->fd), close(poll);
}

static void ninth_stream_ends_the_oldest(void **state)
{
    struct known_session *session = know_one();

    (void)state;
    for (int i = 0; i <= PER_SESSION_MAX; i++)
        park_stream(&clients[i], session, (char[]){(char)('a' + i), '\0'});
    assert_ended(&clients[0]);
    assert_non_null(strstr(parked.reply.text, "\"superseded\":true"));
    assert_int_equal(session->poll_count, PER_SESSION_MAX);
    for (int i = 0; i <= PER_SESSION_MAX; i++)
        close(clients[i].fd);
}

static void browser_that_goes_away_ends_its_stream(void **state)
{
    struct known_session *session = know_one();

    (void)state;
    park_stream(&clients[0], session, "");
    close(clients[0].fd);
    turn();
    assert_int_equal(polls_count(parked.polls), 0);
    assert_null(session->polls);
    say(101);
    pass_time(HEARTBEAT_MS);
}

/* It may go while it is told something. */
static void browser_that_has_gone_unnoticed_ends_its_stream(void **state)
{
    struct known_session *session = know_one();

    (void)state;
    park_stream(&clients[0], session, "a");
    park_stream(&clients[1], session, "b");
    close(clients[0].fd);
    say(101);
    assert_int_equal(polls_count(parked.polls), 1);
    assert_streamed(&clients[1], ";101;", "ep.101");
    close(clients[1].fd);
}

static void end_of_the_session_or_the_front_end_ends_streams(void **state)
{
    struct known_session *one = know_one();
    struct known_session *two =
        know((struct sample_snapshot){8, 100, {{1, 60}}});

    (void)state;
    park_stream(&clients[0], one, "");
    park_stream(&clients[1], two, "");
    apply(sample_message(101, 1, "hello"));
    apply(sample_end(102, 7));
    polls_answer_woken(parked.polls);
    assert_ended(&clients[0]);
    assert_string_equal(stream_seqs(&parked.reply), ";");
    assert_streamed(&clients[1], ";101;", "ep.102");
    polls_answer_all(parked.polls);
    assert_ended(&clients[1]);
    assert_int_equal(polls_count(parked.polls), 0);
    close(clients[0].fd);
    close(clients[1].fd);
}

static void signals_are_messages_too(void **state)
{
    struct known_session *session = know_one();
    struct known_room *room = session->places->room;

    (void)state;
    sample_signal(parked.directory, room, "{\"s\":1}");
    park_stream(&clients[0], session, "");
    say(101);
    sample_signal(parked.directory, room, "{\"s\":2}");
    polls_wake_room(parked.polls, room);
    polls_answer_woken(parked.polls);
    assert_streamed(&clients[0], ";101;;", "ep.101");
    assert_non_null(strstr(parked.reply.text, "\"signals\":[{\"s\":1}]"));
    assert_non_null(strstr(parked.reply.text, "\"signals\":[{\"s\":2}]"));
    assert_non_null(strstr(parked.reply.text, "\"id\":\"x\"}],\"signals\":[]"));
    close(clients[0].fd);
}

/* ---- readers that do not keep up ---- */

/* An event of 60 KB: the socket and what waits hold less than ten. */
static void say_much(int64_t seq)
{
    static char text[60000];
    struct known_room *room;

    memset(text, 'x', sizeof(text) - 1);
    room = sample_say(parked.directory, seq, 1, text);
    polls_wake_room(parked.polls, room);
    polls_answer_woken(parked.polls);
}

/* A stream that has not read messages 101 to 100 + `count`. */
static void fall_behind(int count)
{
    parked.window.bytes_max = 16 * 1024 * 1024;
    park_stream(&clients[0], know_one(), "");
    for (int64_t seq = 101; seq <= 100 + count; seq++)
        say_much(seq);
    assert_int_equal(polls_count(parked.polls), 1);
}

static void slow_reader_goes_on_when_it_has_read(void **state)
{
    (void)state;
    fall_behind(BEHIND_EVENTS);
    say_much(101 + BEHIND_EVENTS);
    /* Each once, the last in larger messages; and then it is told again. */
    receive(&clients[0]);
    assert_int_equal(parked.reply.complete, false);
    const char *seqs = stream_seqs(&parked.reply);
    for (int seq = 101; seq <= 101 + BEHIND_EVENTS; seq++) {
        assert_in_range(*seqs, ' ', ';');
        seqs += strspn(seqs, " ;");
        assert_int_equal(strtol(seqs, NULL, 10), seq);
        seqs += 3;
    }
    assert_string_equal(seqs, ";");
    say(117);
    receive(&clients[0]);
    assert_string_equal(stream_id(&parked.reply), "ep.117");
    close(clients[0].fd);
}

static void reader_that_stays_behind_is_ended_by_the_heartbeat(void **state)
{
    (void)state;
    fall_behind(BEHIND_EVENTS);
    pass_time(HEARTBEAT_MS);
    assert_int_equal(polls_count(parked.polls), 0);
    /* What waited comes, whole messages, and the end. */
    assert_ended(&clients[0]);
    assert_string_not_equal(stream_id(&parked.reply), "ep.100");
    close(clients[0].fd);
}

static void reader_that_the_window_outran_is_ended(void **state)
{
    (void)state;
    fall_behind(BEHIND_EVENTS);
    for (int64_t seq = 116; polls_count(parked.polls) == 1; seq++) {
        assert_true(seq < 140); /* the window holds 20 */
        say_much(seq);
    }
    assert_ended(&clients[0]);
    close(clients[0].fd);
}

static void reader_that_is_behind_can_be_superseded(void **state)
{
    (void)state;
    fall_behind(BEHIND_EVENTS);
    polls_supersede(directory_find_sid(parked.directory, 7), "");
    assert_int_equal(polls_count(parked.polls), 0);
    assert_ended(&clients[0]);
    assert_non_null(strstr(parked.reply.text, "\"superseded\":true"));
    close(clients[0].fd);
}

#define WITH_POLLS(test)                                                       \
    cmocka_unit_test_setup_teardown(test, set_up_polls, tear_down_polls)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_POLLS(first_message_comes_at_once),
        WITH_POLLS(stream_is_told_each_turns_events_and_goes_on),
        WITH_POLLS(stream_begins_with_what_the_window_has),
        WITH_POLLS(full_message_is_followed_by_another_at_once),
        WITH_POLLS(heartbeats_come_every_20_s),
        WITH_POLLS(streams_share_their_messages),
        WITH_POLLS(newer_poll_or_stream_of_the_tab_ends_the_older),
        WITH_POLLS(ninth_stream_ends_the_oldest),
        WITH_POLLS(browser_that_goes_away_ends_its_stream),
        WITH_POLLS(browser_that_has_gone_unnoticed_ends_its_stream),
        WITH_POLLS(end_of_the_session_or_the_front_end_ends_streams),
        WITH_POLLS(signals_are_messages_too),
        WITH_POLLS(slow_reader_goes_on_when_it_has_read),
        WITH_POLLS(reader_that_stays_behind_is_ended_by_the_heartbeat),
        WITH_POLLS(reader_that_the_window_outran_is_ended),
        WITH_POLLS(reader_that_is_behind_can_be_superseded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
