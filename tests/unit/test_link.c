/*
 * The link over real sockets on loopback. A world is one selector with a
 * server, some clients of ours, and strangers: TCP connections that speak
 * nng's wire protocol by hand, as well or as badly as the test wants.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

#include "common/clock.h"
#include "common/link.h"
#include "common/link_peers.h"
#include "common/link_proof.h"

enum {
    CLIENTS = 3,
    STRANGERS = 200,
    REQUESTS = 8,
    PATIENCE_MS = 20000, /* only a failing test waits that long */
    TICK_MS = 5,
    SP_REQ = 0x30,
    SP_REP = 0x31,
    SP_PUB = 0x20,
};

static const unsigned char secret[LINK_SECRET_BYTES] = {'s', 'e', 'c'};
static const unsigned char wrong_secret[LINK_SECRET_BYTES] = {'b', 'a', 'd'};

struct world;

/* One of our clients and what happened to it. */
struct front {
    struct world *world;
    struct link_client *link;
    int ups;
    int downs;
    int replies;
    char reply[64];
    size_t reply_bytes;
    bool closes_when_up;
    bool resets_when_up;
};

/* A connection by hand. */
struct stranger {
    struct selector_stream stream;
    unsigned char received[512];
    size_t received_bytes;
    bool closed;
};

struct world {
    struct selector *selector;
    struct link_server *server;
    struct selector_stream requests_stream;
    struct selector_stream changes_stream;
    bool echoes; /* else the tickets are kept */
    struct link_ticket tickets[REQUESTS];
    char texts[REQUESTS][16];
    int request_count;
    int gone_count;
    struct front fronts[CLIENTS];
    struct stranger strangers[STRANGERS];
    struct selector_timer patience;
    struct selector_timer tick; /* drives link_server_expire() */
    int64_t expire_ms;
    bool (*until)(struct world *world);
    bool reached;
};

/* ---- the loop ---- */

static void out_of_patience(void *context)
{
    struct world *world = context;

    selector_stop(world->selector);
}

static void at_turn(void *context)
{
    struct world *world = context;

    if (!world->until(world))
        return;
    world->reached = true;
    selector_stop(world->selector);
}

static void run_until(struct world *world, bool (*until)(struct world *))
{
    if (until(world))
        return;
    world->until = until;
    world->reached = false;
    selector_on_turn(world->selector, at_turn, world);
    assert_int_equal(selector_arm(world->selector, &world->patience,
                                  clock_mono_ms() + PATIENCE_MS),
                     CHAT_OK);
    assert_int_equal(selector_run(world->selector), CHAT_OK);
    assert_true(world->reached);
}

/* Every few milliseconds the server's clock takes a step of LINK_PROOF_MS. */
static void on_tick(void *context)
{
    struct world *world = context;

    world->expire_ms += LINK_PROOF_MS;
    link_server_expire(world->server, world->expire_ms);
    selector_arm(world->selector, &world->tick, clock_mono_ms() + TICK_MS);
}

static void start_expiring(struct world *world)
{
    world->tick.callback = on_tick;
    world->tick.context = world;
    selector_arm(world->selector, &world->tick, clock_mono_ms());
}

/* ---- the server ---- */

static void keep_request(struct world *world,
                         const struct link_request *request)
{
    size_t length = request->length < 15 ? request->length : 15;

    if (world->request_count == REQUESTS)
        return;
    world->tickets[world->request_count] = request->ticket;
    memcpy(world->texts[world->request_count], request->data, length);
    world->texts[world->request_count][length] = '\0';
    world->request_count++;
}

static void on_server(void *context, unsigned events)
{
    struct world *world = context;
    struct link_request request;
    uint32_t gone;

    (void)events;
    while (link_server_receive(world->server, &request) == CHAT_OK) {
        keep_request(world, &request);
        if (world->echoes)
            link_server_reply(world->server, request.ticket, request.data,
                              request.length);
    }
    while (link_server_next_gone(world->server, &gone) == CHAT_OK)
        world->gone_count++;
}

static void watch_server(struct world *world)
{
    world->requests_stream =
        (struct selector_stream){.callback = on_server,
                                 .context = world,
                                 .fd = link_server_request_fd(world->server)};
    world->changes_stream =
        (struct selector_stream){.callback = on_server,
                                 .context = world,
                                 .fd = link_server_change_fd(world->server)};
    assert_int_equal(
        selector_add(world->selector, &world->requests_stream, SELECTOR_READ),
        CHAT_OK);
    assert_int_equal(
        selector_add(world->selector, &world->changes_stream, SELECTOR_READ),
        CHAT_OK);
}

static void open_server(struct world *world, const struct link_options *options)
{
    assert_int_equal(link_server_open(options, &world->server), CHAT_OK);
    watch_server(world);
}

static void close_server(struct world *world)
{
    selector_remove(world->selector, &world->requests_stream);
    selector_remove(world->selector, &world->changes_stream);
    link_server_close(world->server);
    world->server = NULL;
}

static struct link_options listen_on(const char *url)
{
    return (struct link_options){.url = url,
                                 .secret = secret,
                                 .tls_certificate = "",
                                 .tls_key = "",
                                 .tls_ca = "",
                                 .connections_max = 4};
}

/* ---- the clients ---- */

static void on_up(void *context)
{
    struct front *front = context;

    front->ups++;
    if (front->resets_when_up)
        link_client_reset(front->link);
    if (!front->closes_when_up)
        return;
    link_client_close(front->link);
    front->link = NULL;
}

static void on_reply(void *context, const unsigned char *data, size_t length)
{
    struct front *front = context;
    size_t kept = length < sizeof(front->reply) ? length : 63;

    front->replies++;
    memcpy(front->reply, data, kept);
    front->reply[kept] = '\0';
    front->reply_bytes = length;
}

static void on_down(void *context)
{
    struct front *front = context;

    front->downs++;
}

static const struct link_client_events events = {
    .up = on_up, .reply = on_reply, .down = on_down};

static void open_client_at(struct world *world, int i, const char *url,
                           const unsigned char *its_secret, const char *ca)
{
    struct link_options options = {
        .url = url, .secret = its_secret, .tls_ca = ca};

    world->fronts[i].world = world;
    assert_int_equal(link_client_open(&options, world->selector, &events,
                                      &world->fronts[i],
                                      &world->fronts[i].link),
                     CHAT_OK);
}

static void open_client(struct world *world, int i)
{
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    open_client_at(world, i, url, secret, "");
}

static void send_text(struct front *front, const char *text)
{
    assert_int_equal(link_client_send(front->link, text, strlen(text)),
                     CHAT_OK);
}

static bool first_is_up(struct world *world)
{
    return world->fronts[0].link != NULL &&
           link_client_is_ready(world->fronts[0].link);
}

static bool first_two_are_up(struct world *world)
{
    return first_is_up(world) && link_client_is_ready(world->fronts[1].link);
}

static bool first_has_reply(struct world *world)
{
    return world->fronts[0].replies > 0;
}

static bool first_was_down(struct world *world)
{
    return world->fronts[0].downs > 0;
}

static bool has_one_request(struct world *world)
{
    return world->request_count == 1;
}

static bool has_two_requests(struct world *world)
{
    return world->request_count == 2;
}

static bool one_is_gone(struct world *world)
{
    return world->gone_count == 1;
}

/* The first client still gets its answers. */
static void assert_first_is_served(struct world *world)
{
    world->echoes = true;
    world->fronts[0].replies = 0;
    send_text(&world->fronts[0], "still there?");
    run_until(world, first_has_reply);
    assert_string_equal(world->fronts[0].reply, "still there?");
}

/* ---- strangers ---- */

static void on_stranger(void *context, unsigned ignored)
{
    struct stranger *stranger = context;
    ssize_t got = recv(
        stranger->stream.fd, stranger->received + stranger->received_bytes,
        sizeof(stranger->received) - stranger->received_bytes, MSG_DONTWAIT);

    (void)ignored;
    if (got > 0)
        stranger->received_bytes += (size_t)got;
    stranger->closed = got <= 0;
}

static void adopt(struct world *world, struct stranger *stranger, int fd)
{
    stranger->stream = (struct selector_stream){
        .callback = on_stranger, .context = stranger, .fd = fd};
    assert_int_equal(
        selector_add(world->selector, &stranger->stream, SELECTOR_READ),
        CHAT_OK);
}

static struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

/* Connects to the server and sends `length` bytes as they are. */
static struct stranger *connect_raw(struct world *world, int i,
                                    const void *bytes, size_t length)
{
    struct sockaddr_in address = loopback(link_server_port(world->server));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)),
                     0);
    assert_int_equal(send(fd, bytes, length, MSG_NOSIGNAL), length);
    adopt(world, &world->strangers[i], fd);
    return &world->strangers[i];
}

static struct stranger *connect_as(struct world *world, int i,
                                   unsigned char protocol)
{
    return connect_raw(world, i,
                       (unsigned char[]){0, 'S', 'P', 0, 0, protocol, 0, 0}, 8);
}

/* Sends one nng message: 64 bits of length, request id, `frame`. */
static void say(struct stranger *stranger, const void *frame, size_t length)
{
    unsigned char message[512] = {0};

    assert_true(length < 256 - 4);
    message[7] = (unsigned char)(4 + length);
    memcpy(message + 8, "\x80\0\0\7", 4);
    memcpy(message + 12, frame, length);
    assert_int_equal(
        send(stranger->stream.fd, message, 12 + length, MSG_NOSIGNAL),
        12 + length);
}

static void say_frame(struct stranger *stranger, const struct link_frame *frame)
{
    say(stranger, frame->bytes, frame->length);
}

/* What came back: nng's greeting (8 bytes), then one message. */
static const unsigned char *answer_of(const struct stranger *stranger,
                                      size_t *length_out)
{
    assert_true(stranger->received_bytes >= 8 + 12);
    *length_out = stranger->received[15] - 4U;
    assert_int_equal(stranger->received_bytes, 8 + 12 + *length_out);
    return stranger->received + 20;
}

static bool stranger_is_answered(struct world *world)
{
    return world->strangers[0].received_bytes > 8;
}

static bool stranger_is_closed(struct world *world)
{
    return world->strangers[0].closed;
}

static void stop_watching_when_closed(struct world *world, int i)
{
    selector_remove(world->selector, &world->strangers[i].stream);
    close(world->strangers[i].stream.fd);
    world->strangers[i].stream.callback = NULL;
}

/* Forgets the last answer, so that the next one can be awaited. */
static void listen_again(struct stranger *stranger)
{
    stranger->received_bytes = 8;
}

/* A stranger that knows the secret, up to the PROVE it could send. */
static struct stranger *greet(struct world *world, int i,
                              struct link_frame *prove_out)
{
    static const unsigned char nonce[LINK_NONCE_BYTES] = {'n'};
    struct link_handshake handshake;
    struct stranger *stranger = connect_as(world, i, SP_REQ);
    size_t length;

    assert_int_equal(i, 0); /* the conditions look at the first one */
    link_handshake_begin_client(&handshake, nonce, prove_out);
    say_frame(stranger, prove_out);
    run_until(world, stranger_is_answered);
    const unsigned char *challenge = answer_of(stranger, &length);
    assert_int_equal(
        link_handshake_take(&handshake, secret, challenge, length, prove_out),
        CHAT_AGAIN);
    listen_again(stranger);
    return stranger;
}

/* ---- set-up ---- */

static int set_up_alone(void **state)
{
    struct world *world = calloc(1, sizeof(*world));

    if (world == NULL ||
        selector_new(SELECTOR_SELECT, &world->selector) != CHAT_OK)
        return -1;
    world->patience.callback = out_of_patience;
    world->patience.context = world;
    *state = world;
    return 0;
}

static int set_up(void **state)
{
    struct link_options options = listen_on("tcp://127.0.0.1:0");

    if (set_up_alone(state) != 0)
        return -1;
    open_server(*state, &options);
    return 0;
}

static int tear_down(void **state)
{
    struct world *world = *state;

    clock_release();
    for (int i = 0; i < CLIENTS; i++)
        link_client_close(world->fronts[i].link);
    for (int i = 0; i < STRANGERS; i++)
        if (world->strangers[i].stream.callback != NULL)
            stop_watching_when_closed(world, i);
    link_server_close(world->server);
    selector_free(world->selector);
    free(world);
    return 0;
}

/* ---- honest clients ---- */

static void client_comes_up_and_is_answered(void **state)
{
    struct world *world = *state;

    world->echoes = true;
    open_client(world, 0);
    assert_false(link_client_is_ready(world->fronts[0].link));
    assert_int_equal(link_client_send(world->fronts[0].link, "x", 1),
                     CHAT_AGAIN);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "hello");
    assert_false(link_client_is_ready(world->fronts[0].link));
    assert_int_equal(link_client_send(world->fronts[0].link, "x", 1),
                     CHAT_AGAIN);
    run_until(world, first_has_reply);
    assert_string_equal(world->fronts[0].reply, "hello");
    assert_int_equal(world->fronts[0].ups, 1);
    assert_int_equal(world->fronts[0].downs, 0);
    assert_int_equal(world->request_count, 1);
}

static bool first_has_thousand_replies(struct world *world)
{
    if (link_client_is_ready(world->fronts[0].link) &&
        world->fronts[0].replies < 1000)
        send_text(&world->fronts[0], "again");
    return world->fronts[0].replies == 1000;
}

static void requests_follow_each_other_at_once(void **state)
{
    struct world *world = *state;

    world->echoes = true;
    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "again");
    run_until(world, first_has_thousand_replies);
    assert_int_equal(world->fronts[0].downs, 0);
}

static bool both_have_replies(struct world *world)
{
    return world->fronts[0].replies > 0 && world->fronts[1].replies > 0;
}

static void replies_find_their_client_in_any_order(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    open_client(world, 1);
    run_until(world, first_two_are_up);
    send_text(&world->fronts[0], "zero");
    run_until(world, has_one_request);
    send_text(&world->fronts[1], "one");
    run_until(world, has_two_requests);
    for (int i = 1; i >= 0; i--)
        link_server_reply(world->server, world->tickets[i], world->texts[i],
                          strlen(world->texts[i]));
    run_until(world, both_have_replies);
    assert_string_equal(world->fronts[0].reply, "zero");
    assert_string_equal(world->fronts[1].reply, "one");
}

static bool second_has_hundred_replies(struct world *world)
{
    if (link_client_is_ready(world->fronts[1].link) &&
        world->fronts[1].replies < 100)
        send_text(&world->fronts[1], "busy");
    return world->fronts[1].replies == 100;
}

static void late_reply_arrives_all_the_same(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    open_client(world, 1);
    run_until(world, first_two_are_up);
    send_text(&world->fronts[0], "sync");
    run_until(world, has_one_request);
    world->echoes = true;
    send_text(&world->fronts[1], "busy");
    run_until(world, second_has_hundred_replies);
    assert_int_equal(world->fronts[0].replies, 0);
    link_server_reply(world->server, world->tickets[0], "late", 4);
    run_until(world, first_has_reply);
    assert_string_equal(world->fronts[0].reply, "late");
}

static void empty_message_is_a_message(void **state)
{
    struct world *world = *state;

    world->echoes = true;
    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "");
    run_until(world, first_has_reply);
    assert_int_equal(world->fronts[0].reply_bytes, 0);
}

static void largest_message_goes_both_ways_and_no_larger_one(void **state)
{
    struct world *world = *state;
    char *large = calloc(1, LINK_MESSAGE_BYTES_MAX + 1);

    assert_non_null(large);
    world->echoes = true;
    open_client(world, 0);
    run_until(world, first_is_up);
    assert_int_equal(link_client_send(world->fronts[0].link, large,
                                      LINK_MESSAGE_BYTES_MAX + 1),
                     CHAT_TOO_LARGE);
    assert_int_equal(
        link_client_send(world->fronts[0].link, large, LINK_MESSAGE_BYTES_MAX),
        CHAT_OK);
    run_until(world, first_has_reply);
    assert_int_equal(world->fronts[0].reply_bytes, LINK_MESSAGE_BYTES_MAX);
    assert_int_equal(link_server_reply(world->server, world->tickets[0], large,
                                       LINK_MESSAGE_BYTES_MAX + 1),
                     CHAT_TOO_LARGE);
    assert_int_equal(world->fronts[0].downs, 0);
    free(large);
}

static void client_may_close_itself_within_an_event(void **state)
{
    struct world *world = *state;

    world->fronts[0].closes_when_up = true;
    open_client(world, 0);
    run_until(world, one_is_gone);
    assert_int_equal(world->fronts[0].ups, 1);
    assert_int_equal(world->fronts[0].downs, 0);
    assert_null(world->fronts[0].link);
}

/* ---- losses ---- */

static bool first_is_up_again(struct world *world)
{
    return world->fronts[0].ups == 2;
}

static void client_finds_the_restarted_server(void **state)
{
    struct world *world = *state;
    char url[64];

    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "lost");
    run_until(world, has_one_request);
    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    close_server(world);
    run_until(world, first_was_down);
    struct link_options options = listen_on(url);
    open_server(world, &options); /* at once, on the same port */
    run_until(world, first_is_up_again);
    assert_int_equal(world->fronts[0].downs, 1);
    assert_int_equal(world->fronts[0].replies, 0);
    assert_first_is_served(world);
}

/* A port that nobody listens on. */
static int free_port(void)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    close(fd);
    return ntohs(address.sin_port);
}

static bool hundred_milliseconds_went_by(struct world *world)
{
    return clock_mono_ms() >= world->expire_ms;
}

static void wake_up(void *context)
{
    (void)context;
}

static void client_waits_for_a_server_that_is_not_there_yet(void **state)
{
    struct world *world = *state;
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", free_port());
    open_client_at(world, 0, url, secret, "");
    world->expire_ms = clock_mono_ms() + 100;
    world->tick.callback = wake_up;
    selector_arm(world->selector, &world->tick, world->expire_ms);
    run_until(world, hundred_milliseconds_went_by);
    assert_int_equal(world->fronts[0].downs, 0);
    struct link_options options = listen_on(url);
    open_server(world, &options);
    run_until(world, first_is_up);
    assert_int_equal(world->fronts[0].downs, 0);
}

static void reset_gives_up_on_the_request_under_way(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    run_until(world, first_is_up);
    send_text(&world->fronts[0], "never answered");
    run_until(world, has_one_request);
    link_client_reset(world->fronts[0].link);
    assert_int_equal(world->fronts[0].downs, 0); /* not from inside the call */
    assert_false(link_client_is_ready(world->fronts[0].link));
    run_until(world, first_was_down);
    run_until(world, first_is_up_again);
    assert_int_equal(world->fronts[0].downs, 1);
    run_until(world, one_is_gone);
    /* The answer comes too late, to a connection that is gone. */
    assert_int_equal(
        link_server_reply(world->server, world->tickets[0], "x", 1), CHAT_OK);
    assert_first_is_served(world);
    assert_int_equal(world->fronts[0].downs, 1);
}

static bool first_was_up_five_times(struct world *world)
{
    return world->fronts[0].ups == 5;
}

static void each_reset_is_one_down(void **state)
{
    struct world *world = *state;

    world->fronts[0].resets_when_up = true;
    open_client(world, 0);
    run_until(world, first_was_up_five_times);
    assert_in_range(world->fronts[0].downs, 4, 5);
}

static void closed_client_is_told_once_as_gone(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    open_client(world, 1);
    run_until(world, first_two_are_up);
    link_client_close(world->fronts[1].link);
    world->fronts[1].link = NULL;
    run_until(world, one_is_gone);
    assert_first_is_served(world);
    assert_int_equal(world->gone_count, 1);
}

/* ---- secrets and numbers ---- */

static bool first_was_down_twice(struct world *world)
{
    return world->fronts[0].downs == 2;
}

static void client_with_another_secret_stays_outside(void **state)
{
    struct world *world = *state;
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    open_client_at(world, 0, url, wrong_secret, "");
    run_until(world, first_was_down_twice);
    assert_int_equal(world->fronts[0].ups, 0);
    assert_int_equal(world->request_count, 0);
    assert_int_equal(world->gone_count, 0);
}

static bool second_was_down(struct world *world)
{
    return world->fronts[1].downs > 0;
}

static bool second_is_up(struct world *world)
{
    return link_client_is_ready(world->fronts[1].link);
}

static void one_client_too_many_waits_for_a_place(void **state)
{
    struct world *world = *state;
    struct link_options options = listen_on("tcp://127.0.0.1:0");

    options.connections_max = 1;
    open_server(world, &options);
    open_client(world, 0);
    run_until(world, first_is_up);
    open_client(world, 1);
    run_until(world, second_was_down);
    assert_int_equal(world->fronts[1].ups, 0);
    assert_first_is_served(world);
    link_client_close(world->fronts[0].link);
    world->fronts[0].link = NULL;
    run_until(world, second_is_up);
}

/* ---- strangers ---- */

static void bytes_that_are_not_ours_do_no_harm(void **state)
{
    static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct world *world = *state;

    open_client(world, 0);
    run_until(world, first_is_up);
    connect_raw(world, 0, http, sizeof(http) - 1);
    run_until(world, stranger_is_closed);
    stop_watching_when_closed(world, 0);
    assert_first_is_served(world);
}

static void peer_of_another_nng_protocol_is_closed(void **state)
{
    struct world *world = *state;

    connect_as(world, 0, SP_PUB);
    run_until(world, stranger_is_closed);
    stop_watching_when_closed(world, 0);
    open_client(world, 0);
    run_until(world, first_is_up);
    assert_first_is_served(world);
}

/* Sends `frame` as the first thing; it must cost the connection. */
static void assert_first_frame_is_fatal(struct world *world, const void *frame,
                                        size_t length)
{
    struct stranger *stranger = connect_as(world, 0, SP_REQ);

    say(stranger, frame, length);
    run_until(world, stranger_is_closed);
    assert_true(stranger->received_bytes <= 8); /* no answer */
    assert_int_equal(world->request_count, 0);
    stop_watching_when_closed(world, 0);
    memset(stranger, 0, sizeof(*stranger));
}

static void whoever_does_not_say_hello_first_is_closed(void **state)
{
    struct world *world = *state;
    unsigned char prove[1 + LINK_PROOF_BYTES] = {LINK_PROVE};

    assert_first_frame_is_fatal(world, prove, sizeof(prove));
    assert_first_frame_is_fatal(world, "\6data", 5);
    assert_first_frame_is_fatal(world, "\4", 1);
    assert_first_frame_is_fatal(world, "\1\1short", 7);
    assert_first_frame_is_fatal(world, "", 0);
    open_client(world, 0);
    run_until(world, first_is_up);
}

static void message_that_came_through_a_proxy_is_refused(void **state)
{
    static const unsigned char two_hops[] = {
        0,    0, 0, 0, 0,         0, 0, 9, 0, 0, 0, 5, /* a hop: no high bit */
        0x80, 0, 0, 1, LINK_HELLO};
    struct world *world = *state;
    struct stranger *stranger = connect_as(world, 0, SP_REQ);

    assert_int_equal(
        send(stranger->stream.fd, two_hops, sizeof(two_hops), MSG_NOSIGNAL),
        sizeof(two_hops));
    run_until(world, stranger_is_closed);
}

static void huge_length_is_refused_before_memory_is_taken(void **state)
{
    struct world *world = *state;
    struct stranger *stranger = connect_as(world, 0, SP_REQ);

    assert_int_equal(send(stranger->stream.fd, "\0\0\x7f\xff\xff\xff\xff\xff",
                          8, MSG_NOSIGNAL),
                     8);
    run_until(world, stranger_is_closed);
}

static void half_a_handshake_is_closed_in_time(void **state)
{
    struct world *world = *state;
    struct link_frame prove;

    open_client(world, 0);
    run_until(world, first_is_up);
    greet(world, 0, &prove);
    link_server_expire(world->server, 0);
    link_server_expire(world->server, LINK_PROOF_MS - 1);
    assert_first_is_served(world);
    assert_false(world->strangers[0].closed);
    link_server_expire(world->server, LINK_PROOF_MS);
    run_until(world, stranger_is_closed);
    stop_watching_when_closed(world, 0);
    assert_first_is_served(world); /* has proved itself: stays */
}

static void silence_is_closed_in_time(void **state)
{
    struct world *world = *state;

    connect_as(world, 0, SP_REQ);
    start_expiring(world);
    run_until(world, stranger_is_closed);
}

static void prove_of_another_connection_is_refused(void **state)
{
    struct world *world = *state;
    struct link_frame replayed;
    struct link_frame prove;
    size_t length;

    struct stranger *stranger = greet(world, 0, &replayed);
    stop_watching_when_closed(world, 0);
    memset(stranger, 0, sizeof(*stranger));
    greet(world, 0, &prove);
    say_frame(stranger, &replayed);
    run_until(world, stranger_is_answered);
    const unsigned char *answer = answer_of(stranger, &length);
    assert_int_equal(length, 2);
    assert_memory_equal(answer, "\5\1", 2); /* REFUSED, wrong secret */
    say_frame(stranger, &prove);            /* the right one, too late */
    run_until(world, stranger_is_closed);
    assert_int_equal(world->gone_count, 0);
}

static void prove_again_costs_a_proven_connection(void **state)
{
    struct world *world = *state;
    struct link_frame prove;
    size_t length;

    struct stranger *stranger = greet(world, 0, &prove);
    say_frame(stranger, &prove);
    run_until(world, stranger_is_answered);
    const unsigned char *answer = answer_of(stranger, &length);
    assert_int_equal(length, 1);
    assert_int_equal(answer[0], LINK_WELCOME);
    say(stranger, "\6hello", 6);
    run_until(world, has_one_request);
    assert_string_equal(world->texts[0], "hello");
    say_frame(stranger, &prove);
    run_until(world, stranger_is_closed);
    stop_watching_when_closed(world, 0);
    run_until(world, one_is_gone);
}

static void crowd_of_strangers_locks_nobody_out(void **state)
{
    struct world *world = *state;
    struct link_handshake handshake;
    struct link_frame hello;

    link_handshake_begin_client(&handshake, secret, &hello);
    open_client(world, 0);
    run_until(world, first_is_up);
    for (int i = 0; i < STRANGERS; i++)
        say_frame(connect_as(world, i, SP_REQ), &hello);
    assert_first_is_served(world);
    open_client(world, 1);
    run_until(world, second_is_up);
    assert_first_is_served(world);
    assert_int_equal(world->fronts[0].downs, 0);
}

static void crowd_that_says_nothing_locks_nobody_out(void **state)
{
    struct world *world = *state;

    open_client(world, 0);
    run_until(world, first_is_up);
    for (int i = 0; i < STRANGERS; i++)
        connect_raw(world, i, "", 0); /* not even nng's greeting */
    open_client(world, 1);
    run_until(world, second_is_up);
    assert_first_is_served(world);
}

/* ---- a broker that is none ---- */

static struct stranger *impostor; /* the client's connection to it */
static struct world *impostors_world;

static bool impostor_heard_hello(struct world *world)
{
    (void)world;
    return impostor->received_bytes == 8 + 12 + 34;
}

static void on_client_of_impostor(void *context, unsigned ignored)
{
    struct stranger *listener = context;
    int fd = accept4(listener->stream.fd, NULL, NULL, SOCK_CLOEXEC);

    (void)ignored;
    if (fd < 0 || impostor->stream.callback != NULL) {
        close(fd);
        return;
    }
    assert_int_equal(
        send(fd, (char[]){0, 'S', 'P', 0, 0, SP_REP, 0, 0}, 8, MSG_NOSIGNAL),
        8);
    adopt(impostors_world, impostor, fd);
}

/* Has the first client say its HELLO to an impostor. */
static void meet_impostor(struct world *world)
{
    struct sockaddr_in address = loopback(0);
    socklen_t length = sizeof(address);
    struct stranger *listener = &world->strangers[1];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char url[64];

    impostor = &world->strangers[0];
    impostors_world = world;
    assert_int_equal(bind(fd, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    listener->stream = (struct selector_stream){
        .callback = on_client_of_impostor, .context = listener, .fd = fd};
    assert_int_equal(
        selector_add(world->selector, &listener->stream, SELECTOR_READ),
        CHAT_OK);
    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d", ntohs(address.sin_port));
    open_client_at(world, 0, url, secret, "");
    run_until(world, impostor_heard_hello);
}

/* Answers the client's HELLO with `frame`. */
static void impostor_says(const void *frame, size_t length)
{
    unsigned char message[256] = {0};

    message[7] = (unsigned char)(4 + length);
    memcpy(message + 8, impostor->received + 16, 4); /* the request id */
    memcpy(message + 12, frame, length);
    assert_int_equal(
        send(impostor->stream.fd, message, 12 + length, MSG_NOSIGNAL),
        12 + length);
}

static void client_takes_no_data_from_an_impostor(void **state)
{
    struct world *world = *state;

    meet_impostor(world);
    impostor_says("\6data", 5);
    run_until(world, first_was_down);
    assert_int_equal(world->fronts[0].ups, 0);
    assert_int_equal(world->fronts[0].replies, 0);
}

static bool impostor_heard_more(struct world *world)
{
    (void)world;
    return impostor->received_bytes > 8 + 12 + 34;
}

static void client_shows_an_impostor_no_proof(void **state)
{
    struct world *world = *state;
    unsigned char challenge[LINK_FRAME_BYTES_MAX] = {LINK_CHALLENGE,
                                                     LINK_VERSION};

    meet_impostor(world);
    impostor_says(challenge, sizeof(challenge));
    run_until(world, impostor_heard_more);
    assert_int_equal(impostor->received_bytes, 8 + 12 + 34 + 12 + 2);
    assert_memory_equal(impostor->received + 8 + 12 + 34 + 12, "\5\1", 2);
    assert_int_equal(world->fronts[0].ups, 0);
    stop_watching_when_closed(world, 0); /* hangs up, as a broker would */
    run_until(world, first_was_down);
}

static void client_does_not_wait_for_ever_for_an_impostor(void **state)
{
    struct world *world = *state;

    meet_impostor(world);
    clock_set(clock_mono_ms() + LINK_PROOF_MS, 0);
    run_until(world, first_was_down);
    assert_int_equal(world->fronts[0].ups, 0);
}

/* ---- addresses ---- */

static void only_loopback_or_tls_is_an_address(void **state)
{
    static const struct {
        const char *url;
        enum chat_result result;
    } cases[] = {
        {"tcp://127.0.0.1:7410", CHAT_OK},
        {"tcp://127.255.0.9:1", CHAT_OK},
        {"tcp://localhost:7410", CHAT_OK},
        {"tcp://[::1]:7410", CHAT_OK},
        {"tls+tcp://broker.example:7410", CHAT_OK},
        {"tls+tcp://*:7410", CHAT_OK},
        {"tcp://10.0.0.1:7410", CHAT_FORBIDDEN},
        {"tcp://128.0.0.1:7410", CHAT_FORBIDDEN},
        {"tcp://[::2]:7410", CHAT_FORBIDDEN},
        {"tcp://*:7410", CHAT_FORBIDDEN},
        {"tcp://127.0.0.1.example:7410", CHAT_FORBIDDEN},
        {"ipc:///run/ajaxchat/broker", CHAT_UNSUPPORTED},
        {"inproc://broker", CHAT_UNSUPPORTED},
        {"ws://127.0.0.1:7410/", CHAT_UNSUPPORTED},
        {"tcp://127.0.0.1", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:65536", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:100000", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:74x", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:7410/path", CHAT_BAD_REQUEST},
        {"tcp://127.0.0.1:7410?query", CHAT_BAD_REQUEST},
        {"127.0.0.1:7410", CHAT_BAD_REQUEST},
        {"", CHAT_BAD_REQUEST},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (link_url_check(cases[i].url) != cases[i].result)
            fail_msg("%s: %s", cases[i].url,
                     chat_result_code(link_url_check(cases[i].url)));
}

static void address_in_use_is_refused(void **state)
{
    struct world *world = *state;
    struct link_server *second = NULL;
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    struct link_options options = listen_on(url);
    assert_int_equal(link_server_open(&options, &second), CHAT_IN_USE);
    assert_null(second);
}

static void forbidden_address_is_neither_listened_on_nor_dialled(void **state)
{
    struct world *world = *state;
    struct link_options options = listen_on("tcp://10.0.0.1:7410");
    struct link_server *server = NULL;
    struct link_client *client = NULL;

    assert_int_equal(link_server_open(&options, &server), CHAT_FORBIDDEN);
    assert_int_equal(
        link_client_open(&options, world->selector, &events, NULL, &client),
        CHAT_FORBIDDEN);
    assert_null(server);
    assert_null(client);
}

/* ---- TLS ---- */

static char tls_folder[] = "/tmp/test_link.XXXXXX";
static char good_certificate[64], good_key[64];
static char other_certificate[64], other_key[64];

static void make_certificate(const char *name, char certificate[64],
                             char key[64])
{
    char command[512];

    snprintf(certificate, 64, "%s/%s.pem", tls_folder, name);
    snprintf(key, 64, "%s/%s.key", tls_folder, name);
    snprintf(command, sizeof(command),
             "openssl req -x509 -newkey ec -pkeyopt "
             "ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
             "-addext subjectAltName=DNS:localhost -keyout %s -out %s "
             "2>%s/openssl.log",
             key, certificate, tls_folder);
    int status = system(command); /* NOLINT(cert-env33-c): our own words */
    if (status != 0)
        fail_msg("the openssl program is needed to make a certificate "
                 "(exit status %d)",
                 WEXITSTATUS(status));
}

static void make_certificates(void)
{
    assert_non_null(mkdtemp(tls_folder));
    make_certificate("good", good_certificate, good_key);
    make_certificate("other", other_certificate, other_key);
}

static int remove_certificates(void **state)
{
    char log[64];

    snprintf(log, sizeof(log), "%s/openssl.log", tls_folder);
    unlink(log);
    unlink(good_certificate);
    unlink(good_key);
    unlink(other_certificate);
    unlink(other_key);
    rmdir(tls_folder);
    return tear_down(state);
}

static void tls_link_trusts_only_its_authority(void **state)
{
    struct world *world = *state;
    struct link_options options = listen_on("tls+tcp://127.0.0.1:0");
    char url[64];

    make_certificates();
    options.tls_certificate = good_certificate;
    options.tls_key = good_key;
    open_server(world, &options);
    snprintf(url, sizeof(url), "tls+tcp://localhost:%d",
             link_server_port(world->server));
    open_client_at(world, 1, url, secret, other_certificate);
    open_client_at(world, 0, url, secret, good_certificate);
    run_until(world, first_is_up);
    assert_first_is_served(world);
    assert_int_equal(world->fronts[1].ups, 0);

    /* Without certificate or authority it does not even open. */
    struct link_server *server = NULL;
    options.tls_certificate = "";
    assert_int_equal(link_server_open(&options, &server), CHAT_BAD_REQUEST);
    struct link_client *client = NULL;
    struct link_options blind = {.url = url, .secret = secret, .tls_ca = ""};
    assert_int_equal(
        link_client_open(&blind, world->selector, &events, NULL, &client),
        CHAT_BAD_REQUEST);
}

#define WITH_SERVER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ALONE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, set_up_alone, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVER(client_comes_up_and_is_answered),
        WITH_SERVER(requests_follow_each_other_at_once),
        WITH_SERVER(replies_find_their_client_in_any_order),
        WITH_SERVER(late_reply_arrives_all_the_same),
        WITH_SERVER(empty_message_is_a_message),
        WITH_SERVER(largest_message_goes_both_ways_and_no_larger_one),
        WITH_SERVER(client_may_close_itself_within_an_event),
        WITH_SERVER(client_finds_the_restarted_server),
        ALONE(client_waits_for_a_server_that_is_not_there_yet),
        WITH_SERVER(reset_gives_up_on_the_request_under_way),
        WITH_SERVER(each_reset_is_one_down),
        WITH_SERVER(closed_client_is_told_once_as_gone),
        WITH_SERVER(client_with_another_secret_stays_outside),
        ALONE(one_client_too_many_waits_for_a_place),
        WITH_SERVER(bytes_that_are_not_ours_do_no_harm),
        WITH_SERVER(peer_of_another_nng_protocol_is_closed),
        WITH_SERVER(whoever_does_not_say_hello_first_is_closed),
        WITH_SERVER(message_that_came_through_a_proxy_is_refused),
        WITH_SERVER(huge_length_is_refused_before_memory_is_taken),
        WITH_SERVER(half_a_handshake_is_closed_in_time),
        WITH_SERVER(silence_is_closed_in_time),
        WITH_SERVER(prove_of_another_connection_is_refused),
        WITH_SERVER(prove_again_costs_a_proven_connection),
        WITH_SERVER(crowd_of_strangers_locks_nobody_out),
        WITH_SERVER(crowd_that_says_nothing_locks_nobody_out),
        ALONE(client_takes_no_data_from_an_impostor),
        ALONE(client_shows_an_impostor_no_proof),
        ALONE(client_does_not_wait_for_ever_for_an_impostor),
        ALONE(only_loopback_or_tls_is_an_address),
        WITH_SERVER(address_in_use_is_refused),
        ALONE(forbidden_address_is_neither_listened_on_nor_dialled),
        cmocka_unit_test_setup_teardown(tls_link_trusts_only_its_authority,
                                        set_up_alone, remove_certificates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
