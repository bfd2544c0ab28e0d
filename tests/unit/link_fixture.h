/*
 * What the tests of the link share: a world of one selector with a server,
 * some clients of ours, and strangers (see test_link_strangers.c), all on real
 * sockets on loopback. A test waits for conditions, never for a while.
 */
#ifndef TESTS_UNIT_LINK_FIXTURE_H
#define TESTS_UNIT_LINK_FIXTURE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/link.h"
#include "tests/unit/nng_leftovers.h"
#include "tests/unit/unit.h"

enum {
    CLIENTS = 3,
    STRANGERS = 200,
    REQUESTS = 8,
    PATIENCE_MS = 20000, /* only a failing test waits that long */
    TICK_MS = 5,
};

static const unsigned char secret[LINK_SECRET_BYTES] = {'s', 'e', 'c'};
static const unsigned char wrong_secret[LINK_SECRET_BYTES] = {'b', 'a', 'd'};

struct world;

/* One of our clients and what happened to it. */
struct front {
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

static inline void out_of_patience(void *context)
{
    struct world *world = context;

    selector_stop(world->selector);
}

static inline void at_turn(void *context)
{
    struct world *world = context;

    if (!world->until(world))
        return;
    world->reached = true;
    selector_stop(world->selector);
}

static inline void run_until(struct world *world, bool (*until)(struct world *))
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

/* ---- the server ---- */

static inline struct sockaddr_in loopback(int port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)port),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline void keep_request(struct world *world,
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

static inline void on_server(void *context, unsigned events)
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

static inline void watch_server(struct world *world)
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

static inline void open_server(struct world *world,
                               const struct link_options *options)
{
    assert_int_equal(link_server_open(options, &world->server), CHAT_OK);
    watch_server(world);
}

static inline void close_server(struct world *world)
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

static inline void on_up(void *context)
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

static inline void on_reply(void *context, const unsigned char *data,
                            size_t length)
{
    struct front *front = context;
    size_t kept = length < sizeof(front->reply) ? length : 63;

    front->replies++;
    memcpy(front->reply, data, kept);
    front->reply[kept] = '\0';
    front->reply_bytes = length;
}

static inline void on_down(void *context)
{
    struct front *front = context;

    front->downs++;
}

static const struct link_client_events events = {
    .up = on_up, .reply = on_reply, .down = on_down};

static inline void open_client_at(struct world *world, int i, const char *url,
                                  const unsigned char *its_secret,
                                  const char *ca)
{
    struct link_options options = {
        .url = url, .secret = its_secret, .tls_ca = ca};

    assert_int_equal(link_client_open(&options, world->selector, &events,
                                      &world->fronts[i],
                                      &world->fronts[i].link),
                     CHAT_OK);
}

static inline void open_client(struct world *world, int i)
{
    char url[64];

    snprintf(url, sizeof(url), "tcp://127.0.0.1:%d",
             link_server_port(world->server));
    open_client_at(world, i, url, secret, "");
}

static inline void send_text(struct front *front, const char *text)
{
    assert_int_equal(link_client_send(front->link, text, strlen(text)),
                     CHAT_OK);
}

static inline bool first_is_up(struct world *world)
{
    return world->fronts[0].link != NULL &&
           link_client_is_ready(world->fronts[0].link);
}

static inline bool first_two_are_up(struct world *world)
{
    return first_is_up(world) && link_client_is_ready(world->fronts[1].link);
}

static inline bool first_has_reply(struct world *world)
{
    return world->fronts[0].replies > 0;
}

static inline bool first_was_down(struct world *world)
{
    return world->fronts[0].downs > 0;
}

static inline bool has_one_request(struct world *world)
{
    return world->request_count == 1;
}

static inline bool has_two_requests(struct world *world)
{
    return world->request_count == 2;
}

static inline bool one_is_gone(struct world *world)
{
    return world->gone_count == 1;
}

static inline bool second_is_up(struct world *world)
{
    return link_client_is_ready(world->fronts[1].link);
}

/* The first client still gets its answers. */
static inline void assert_first_is_served(struct world *world)
{
    world->echoes = true;
    world->fronts[0].replies = 0;
    send_text(&world->fronts[0], "still there?");
    run_until(world, first_has_reply);
    assert_string_equal(world->fronts[0].reply, "still there?");
}

/* ---- set-up ---- */

/* Hangs up on a stranger. */
static inline void dismiss(struct world *world, int i)
{
    selector_remove(world->selector, &world->strangers[i].stream);
    close(world->strangers[i].stream.fd);
    world->strangers[i].stream.callback = NULL;
}

static inline int set_up_alone(void **state)
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

static inline int set_up(void **state)
{
    struct link_options options = listen_on("tcp://127.0.0.1:0");

    if (set_up_alone(state) != 0)
        return -1;
    open_server(*state, &options);
    return 0;
}

static inline int tear_down(void **state)
{
    struct world *world = *state;

    clock_release();
    for (int i = 0; i < CLIENTS; i++)
        link_client_close(world->fronts[i].link);
    for (int i = 0; i < STRANGERS; i++)
        if (world->strangers[i].stream.callback != NULL)
            dismiss(world, i);
    link_server_close(world->server);
    selector_free(world->selector);
    free(world);
    return 0;
}

/* A test with a server that listens already, or without. */
#define WITH_SERVER(test)                                                      \
    cmocka_unit_test_setup_teardown(test, set_up, tear_down)
#define ALONE(test)                                                            \
    cmocka_unit_test_setup_teardown(test, set_up_alone, tear_down)

#endif
