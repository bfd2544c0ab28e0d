/*
 * The link and those who are not of it. A stranger is a TCP connection that
 * speaks nng's wire protocol by hand, as well or as badly as the test wants.
 */
#include "tests/unit/link_fixture.h"

#include <fcntl.h>

#include "common/link_proof.h"

enum { SP_REQ = 0x30, SP_REP = 0x31, SP_PUB = 0x20 };

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
    message[8] = 0x80; /* the request id, its high bit set */
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

/* ---- at the server ---- */

static void bytes_that_are_not_ours_do_no_harm(void **state)
{
    static const char http[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
    struct world *world = *state;

    open_client(world, 0);
    run_until(world, first_is_up);
    connect_raw(world, 0, http, sizeof(http) - 1);
    run_until(world, stranger_is_closed);
    dismiss(world, 0);
    assert_first_is_served(world);
}

static void peer_of_another_nng_protocol_is_closed(void **state)
{
    struct world *world = *state;

    connect_as(world, 0, SP_PUB);
    run_until(world, stranger_is_closed);
    dismiss(world, 0);
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
    dismiss(world, 0);
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
    dismiss(world, 0);
    assert_first_is_served(world); /* has proved itself: stays */
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
    dismiss(world, 0);
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
    dismiss(world, 0);
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
    dismiss(world, 0); /* hangs up, as a broker would */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
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
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
