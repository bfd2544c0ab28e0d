/*
 * Syncs, held and answered over a real link: each of two front ends asks for
 * a ticket, the test holds it with the sync it wants to try.
 */
#include "tests/unit/link_fixture.h"
#include "tests/unit/replica_fixture.h"

#include "broker/syncs.h"

/* A front end that keeps the whole of its last reply. */
struct peer {
    struct front *front;
    json_t *json;
    size_t reply_bytes;
    struct sync_reply reply;
};

struct broker_side {
    struct fixture *f;
    struct world *world;
    struct signals *signals;
    struct syncs *syncs;
    struct peer peers[2];
};

enum { NOW_MS = 1000, WAIT_MS = 500 };

/* ---- life cycle ---- */

static void peer_is_up(void *context)
{
    (void)context;
}

static void peer_gets_reply(void *context, const unsigned char *data,
                            size_t length)
{
    struct peer *peer = context;

    json_decref(peer->json);
    peer->json = protocol_parse(data, length);
    peer->reply_bytes = length;
    assert_int_equal(sync_reply_decode(peer->json, &peer->reply), CHAT_OK);
    peer->front->replies++;
}

static const struct link_client_events peer_events = {
    .up = peer_is_up, .reply = peer_gets_reply, .down = peer_is_up};

static void open_peer(struct broker_side *side, int i)
{
    struct front *front = &side->world->fronts[i];
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(side->world->server));
    const struct link_options options = {
        .url = url, .secret = secret, .tls_ca = ""};
    side->peers[i].front = front;
    assert_int_equal(link_client_open(&options, side->world->selector,
                                      &peer_events, &side->peers[i],
                                      &front->link),
                     CHAT_OK);
}

static int side_setup(void **state)
{
    struct broker_side *side = alloc_or_die(sizeof(*side));
    void *fixture = NULL, *world = NULL;

    if (fixture_setup(&fixture) != 0 || set_up(&world) != 0)
        return -1;
    clock_release(); /* the link needs one that goes */
    side->f = fixture;
    side->world = world;
    side->signals = signals_new();
    side->syncs =
        syncs_new(side->world->server, side->f->replica, side->signals);
    open_peer(side, 0);
    open_peer(side, 1);
    run_until(side->world, first_two_are_up);
    *state = side;
    return 0;
}

static int side_teardown(void **state)
{
    struct broker_side *side = *state;
    void *fixture = side->f, *world = side->world;

    syncs_free(side->syncs);
    syncs_free(NULL);
    signals_free(side->signals);
    for (int i = 0; i < 2; i++)
        json_decref(side->peers[i].json);
    free(side);
    return tear_down(&world) | fixture_teardown(&fixture);
}

#define SYNC_TEST(name)                                                        \
    cmocka_unit_test_setup_teardown(name, side_setup, side_teardown)

/* Opens a replica under other settings, and syncs for it. */
static void restart_without_rate_limits(struct broker_side *side)
{
    side->f->settings.limits.rate_limits = false;
    side->f->settings.limits.text_bytes = 16000;
    syncs_free(side->syncs);
    open_another(side->f);
    clock_release();
    side->syncs =
        syncs_new(side->world->server, side->f->replica, side->signals);
}

/* ---- asking and being answered ---- */

static struct link_ticket take_ticket(struct broker_side *side, int i)
{
    side->world->request_count = 0;
    side->world->fronts[i].replies = 0;
    send_text(&side->world->fronts[i], "sync");
    run_until(side->world, has_one_request);
    return side->world->tickets[0];
}

static const char *epoch(const struct broker_side *side)
{
    return store_epoch(replica_store(side->f->replica));
}

/* Peer `i` asks at NOW_MS for what is after `after_seq`. */
static void hold(struct broker_side *side, int i, const char *its_epoch,
                 int64_t after_seq)
{
    const struct sync_request request = {
        .epoch = its_epoch, .after_seq = after_seq, .wait_ms = WAIT_MS};

    syncs_hold(side->syncs, take_ticket(side, i), &request, NOW_MS);
}

static bool second_has_reply(struct world *world)
{
    return world->fronts[1].replies > 0;
}

/* Answers what can be; peer `i` must be among them. */
static const struct sync_reply *answered(struct broker_side *side, int i,
                                         int64_t mono_ms)
{
    syncs_answer(side->syncs, mono_ms);
    run_until(side->world, i == 0 ? first_has_reply : second_has_reply);
    return &side->peers[i].reply;
}

/*
 * Nothing to answer yet: nobody is given anything now, and so the one reply
 * to each request is that to what happens next.
 */
static void unanswered(struct broker_side *side, int64_t mono_ms)
{
    syncs_answer(side->syncs, mono_ms);
}

static void assert_nothing(const struct sync_reply *reply, int64_t head)
{
    assert_false(reply->reset);
    assert_int_equal(reply->head_seq, head);
    assert_int_equal(reply->next_seq, head);
    assert_int_equal(json_array_size(reply->events), 0);
    assert_int_equal(json_array_size(reply->signals), 0);
}

static void assert_fed(const struct sync_reply *reply, size_t count,
                       int64_t next)
{
    assert_false(reply->reset);
    assert_int_equal(json_array_size(reply->events), count);
    assert_int_equal(reply->next_seq, next);
}

/* ---- positions ---- */

static void a_position_of_another_log_is_answered_with_the_head(void **state)
{
    struct broker_side *side = *state;
    const char *epochs[] = {NULL, "k3v9other", epoch(side)};

    login(side->f, "alice");
    for (size_t i = 0; i < 3; i++) {
        hold(side, 0, epochs[i], i == 2 ? 4 : 0);
        const struct sync_reply *reply = answered(side, 0, NOW_MS);
        assert_true(reply->reset);
        assert_string_equal(reply->epoch, epoch(side));
        assert_int_equal(reply->head_seq, 3);
        assert_int_equal(reply->next_seq, 3);
        assert_int_equal(json_array_size(reply->events), 0);
    }
}

static void what_was_missed_is_given_at_once_also_what_nobody_sees(void **s)
{
    struct broker_side *side = *s;
    static const enum event_type types[] = {EVENT_ROOM, EVENT_SESSION_NEW,
                                            EVENT_JOIN};
    struct event event;

    login(side->f, "alice");
    hold(side, 0, epoch(side), 0);
    const struct sync_reply *reply = answered(side, 0, NOW_MS);
    assert_fed(reply, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        const json_t *json = json_array_get(reply->events, i);
        assert_int_equal(event_decode(json, &event), CHAT_OK);
        assert_int_equal(event.type, types[i]);
        assert_int_equal(event.seq, i + 1);
    }
    assert_int_equal(event.sid, 2); /* the internal form */
    assert_int_equal(event.rid, LOBBY);
    hold(side, 0, epoch(side), 2);
    assert_fed(answered(side, 0, NOW_MS), 1, 3);
}

/* ---- waiting ---- */

static void at_the_head_it_waits_for_the_next_event(void **state)
{
    struct broker_side *side = *state;
    int64_t alice = login(side->f, "alice");

    hold(side, 0, epoch(side), 3);
    hold(side, 1, epoch(side), 3);
    unanswered(side, NOW_MS);
    unanswered(side, NOW_MS + WAIT_MS - 1);
    post(side->f, alice, "m1", "hello");
    assert_fed(answered(side, 0, NOW_MS), 1, 4);
    assert_fed(answered(side, 1, NOW_MS), 1, 4);
}

static void when_its_time_is_up_it_is_answered_with_nothing(void **state)
{
    struct broker_side *side = *state;

    hold(side, 0, epoch(side), 1);
    unanswered(side, NOW_MS + WAIT_MS - 1);
    login(side->f, "alice");
    assert_fed(answered(side, 0, NOW_MS), 2, 3);
    hold(side, 0, epoch(side), 3);
    assert_nothing(answered(side, 0, NOW_MS + WAIT_MS), 3);
}

static void a_connections_next_sync_takes_the_place_of_the_last(void **state)
{
    struct broker_side *side = *state;
    const struct sync_request next = {
        .epoch = epoch(side), .after_seq = 1, .wait_ms = 2 * WAIT_MS};

    login(side->f, "alice");
    struct link_ticket ticket = take_ticket(side, 0);
    syncs_hold(side->syncs, ticket,
               &(struct sync_request){.epoch = NULL, .wait_ms = 0}, NOW_MS);
    syncs_hold(side->syncs, ticket, &next, NOW_MS);
    assert_fed(answered(side, 0, NOW_MS), 2, 3);
}

static void a_connection_that_is_gone_is_forgotten(void **state)
{
    struct broker_side *side = *state;
    const struct sync_request request = {
        .epoch = epoch(side), .after_seq = 1, .wait_ms = WAIT_MS};
    struct link_ticket ticket = take_ticket(side, 0);

    syncs_hold(side->syncs, ticket, &request, NOW_MS);
    link_client_close(side->world->fronts[0].link);
    side->world->fronts[0].link = NULL;
    run_until(side->world, one_is_gone);
    syncs_forget(side->syncs, ticket.connection);
    syncs_forget(side->syncs, ticket.connection);
    hold(side, 1, epoch(side), 1);
    assert_nothing(answered(side, 1, NOW_MS + WAIT_MS), 1);
}

/* ---- signals ---- */

static void a_signal_ends_the_waiting_and_is_given_once(void **state)
{
    struct broker_side *side = *state;

    signals_note_members(side->signals, LOBBY);
    signals_emit(side->signals); /* before the first sync: not for it */
    hold(side, 0, epoch(side), 1);
    unanswered(side, NOW_MS);
    signals_note_members(side->signals, LOBBY);
    unanswered(side, NOW_MS);
    signals_emit(side->signals);
    const struct sync_reply *reply = answered(side, 0, NOW_MS);
    assert_int_equal(json_array_size(reply->signals), 1);
    assert_fed(reply, 0, 1);
    hold(side, 0, epoch(side), 1);
    unanswered(side, NOW_MS);
    login(side->f, "alice");
    reply = answered(side, 0, NOW_MS);
    assert_fed(reply, 2, 3);
    assert_int_equal(json_array_size(reply->signals), 0);
}

/* Emitted while no sync was held: the next one has it. */
static void a_signal_between_two_syncs_is_not_lost(void **state)
{
    struct broker_side *side = *state;

    hold(side, 0, epoch(side), 1);
    assert_nothing(answered(side, 0, NOW_MS + WAIT_MS), 1);
    signals_note_members(side->signals, LOBBY);
    signals_emit(side->signals);
    unanswered(side, NOW_MS);
    hold(side, 0, epoch(side), 1);
    assert_int_equal(json_array_size(answered(side, 0, NOW_MS)->signals), 1);
}

/* ---- bounds ---- */

static void post_many(struct broker_side *side, int count, const char *text)
{
    int64_t alice = login(side->f, "alice");
    struct command commands[BATCH_MAX];
    struct outcome outcomes[BATCH_MAX];
    char ids[BATCH_MAX][16];

    for (int i = 0; i < count; i += BATCH_MAX) {
        for (int j = 0; j < BATCH_MAX; j++) {
            snprintf(ids[j], sizeof(ids[j]), "m%d", i + j);
            commands[j] = (struct command){.type = COMMAND_POST,
                                           .sid = alice,
                                           .room = "lobby",
                                           .id = ids[j],
                                           .text = text};
        }
        run_batch(side->f, commands, BATCH_MAX, outcomes);
        assert_result(outcomes[BATCH_MAX - 1].result, CHAT_OK);
    }
}

/* Asks on until it is at the head; in how many replies. */
static int follow(struct broker_side *side, int64_t after_seq)
{
    int replies = 0;

    while (after_seq < head_seq(side->f)) {
        hold(side, 0, epoch(side), after_seq);
        const struct sync_reply *reply = answered(side, 0, NOW_MS);
        size_t count = json_array_size(reply->events);
        assert_in_range(count, 1, SYNC_EVENTS_MAX);
        assert_fed(reply, count, after_seq + (int64_t)count);
        assert_int_equal(reply->head_seq, head_seq(side->f));
        assert_true(side->peers[0].reply_bytes < LINK_MESSAGE_BYTES_MAX);
        after_seq = reply->next_seq;
        replies++;
    }
    return replies;
}

static void many_events_come_in_several_replies(void **state)
{
    struct broker_side *side = *state;

    restart_without_rate_limits(side);
    post_many(side, 2016, "hello");
    assert_int_equal(follow(side, 0), 3);
}

static void large_events_come_in_several_replies(void **state)
{
    struct broker_side *side = *state;
    static char text[16001];

    memset(text, '\1', sizeof(text) - 2); /* six bytes each as JSON */
    text[sizeof(text) - 2] = 'x';
    restart_without_rate_limits(side);
    post_many(side, 80, text);
    assert_int_equal(follow(side, 0), 3);
}

/* ---- failures ---- */

static void without_a_state_it_waits(void **state)
{
    struct broker_side *side = *state;

    hold(side, 0, epoch(side), 1);
    break_store(side->f, true);
    ASSERT_RUN(CHAT_UNAVAILABLE, side->f, HEAD, .sid = 0);
    assert_null(replica_state(side->f->replica));
    unanswered(side, NOW_MS + WAIT_MS);
    break_store(side->f, false);
    login(side->f, "alice");
    assert_fed(answered(side, 0, NOW_MS), 2, 3);
}

static void what_cannot_be_read_is_waited_for(void **state)
{
    struct broker_side *side = *state;

    login(side->f, "alice");
    hold(side, 0, epoch(side), 1);
    break_store(side->f, true);
    unanswered(side, NOW_MS);
    break_store(side->f, false);
    assert_fed(answered(side, 0, NOW_MS), 2, 3);
    hold(side, 0, epoch(side), 1);
    break_store(side->f, true);
    assert_fed(answered(side, 0, NOW_MS + WAIT_MS), 0, 1);
    assert_int_equal(side->peers[0].reply.head_seq, 3);
    break_store(side->f, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SYNC_TEST(a_position_of_another_log_is_answered_with_the_head),
        SYNC_TEST(what_was_missed_is_given_at_once_also_what_nobody_sees),
        SYNC_TEST(at_the_head_it_waits_for_the_next_event),
        SYNC_TEST(when_its_time_is_up_it_is_answered_with_nothing),
        SYNC_TEST(a_connections_next_sync_takes_the_place_of_the_last),
        SYNC_TEST(a_connection_that_is_gone_is_forgotten),
        SYNC_TEST(a_signal_ends_the_waiting_and_is_given_once),
        SYNC_TEST(a_signal_between_two_syncs_is_not_lost),
        SYNC_TEST(many_events_come_in_several_replies),
        SYNC_TEST(large_events_come_in_several_replies),
        SYNC_TEST(without_a_state_it_waits),
        SYNC_TEST(what_cannot_be_read_is_waited_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
