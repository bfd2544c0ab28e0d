/*
 * The front end's end: for each connection a new socket and a new handshake.
 *
 *     WAITING --timer--> DIALING --connected--> PROVING --> IDLE <--> BUSY
 *        ^                  |                      |  \
 *        |                  | (2 s: a new socket)  |   REFUSED
 *        +--- lost() <------+----------------------+------+-- from anywhere
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <nng/nng.h>
#include <sodium.h>

#include "common/clock.h"
#include "common/link.h"
#include "common/link_internal.h"
#include "common/link_socket.h"
#include "common/log.h"

enum {
    BACKOFF_FIRST_MS = 50,
    BACKOFF_MAX_MS = 1000,
    /* Then a new socket: connecting to a dead host can take minutes. */
    DIAL_MS = 2000,
    /* Nothing is due while up; the timer only keeps its place. */
    UP_MS = 3600 * 1000,
    /* The same trouble is logged once in so long. */
    QUIET_MS = 30000,
};

enum client_state {
    CLIENT_WAITING, /* no socket; the timer will dial */
    CLIENT_DIALING,
    CLIENT_PROVING,
    CLIENT_REFUSED, /* we have refused the server, which will hang up */
    CLIENT_IDLE,    /* up */
    CLIENT_BUSY,    /* up, a request under way */
};

struct link_client {
    struct selector *selector;
    const struct link_client_events *events;
    void *context;
    char *url;
    unsigned char secret[LINK_SECRET_BYTES];
    nng_tls_config *tls; /* NULL: plain TCP */
    enum client_state state;
    struct link_socket *socket;     /* unless WAITING */
    struct selector_stream changed; /* eventfd */
    struct selector_stream replies; /* the socket's reply_fd */
    struct selector_timer timer;    /* what it means depends on the state */
    struct link_handshake handshake;
    int64_t backoff_ms;
    int64_t quiet_until_ms;
    bool gives_up; /* link_client_reset() was called */
};

static void on_reply(void *context, unsigned events);

/* ---- the socket ---- */

static void close_socket(struct link_client *client)
{
    selector_remove(client->selector, &client->replies);
    link_socket_close(client->socket);
}

/* Returns nng's error. */
static int open_socket(struct link_client *client)
{
    const struct link_socket_options options = {.url = client->url,
                                                .tls = client->tls,
                                                .changed_fd =
                                                    client->changed.fd};
    int error = link_socket_open(&options, &client->socket);

    if (error != 0)
        return error;
    client->replies = (struct selector_stream){.callback = on_reply,
                                               .context = client,
                                               .fd = client->socket->reply_fd};
    if (selector_add(client->selector, &client->replies, SELECTOR_READ) ==
        CHAT_OK)
        return 0;
    link_socket_close(client->socket);
    return NNG_ENOFILES;
}

/* ---- states ---- */

static void arm(struct link_client *client, int64_t after_ms)
{
    enum chat_result result = selector_arm(client->selector, &client->timer,
                                           clock_mono_ms() + after_ms);

    /* Armed since open without a break: needs no memory. */
    assert(result == CHAT_OK);
    (void)result;
}

/* 80 to 120 % of `ms`: front ends that fell together come back apart. */
static int64_t jitter(int64_t ms)
{
    return ms * (80 + (int64_t)randombytes_uniform(41)) / 100;
}

/* Whether trouble may be logged; then not again for a while, or until up. */
static bool may_complain(struct link_client *client)
{
    if (clock_mono_ms() < client->quiet_until_ms)
        return false;
    client->quiet_until_ms = clock_mono_ms() + QUIET_MS;
    return true;
}

static void wait_to_redial(struct link_client *client)
{
    client->state = CLIENT_WAITING;
    arm(client, jitter(client->backoff_ms));
    client->backoff_ms *= 2;
    if (client->backoff_ms > BACKOFF_MAX_MS)
        client->backoff_ms = BACKOFF_MAX_MS;
}

static void dial(struct link_client *client)
{
    int error = open_socket(client);

    if (error == 0) {
        client->state = CLIENT_DIALING;
        arm(client, DIAL_MS);
        return;
    }
    if (may_complain(client))
        log_error("event=link_dial_failed url=%s error=%s",
                  LOG_QUOTED(client->url), LOG_QUOTED(nng_strerror(error)));
    wait_to_redial(client);
}

/* The one way a connection ends. Calls out last: it may end the client. */
static void lost(struct link_client *client)
{
    bool was_up = client->state == CLIENT_IDLE || client->state == CLIENT_BUSY;
    bool tells = client->state != CLIENT_DIALING || client->gives_up;

    assert(client->state != CLIENT_WAITING);
    if (was_up)
        log_warn("event=link_down url=%s", LOG_QUOTED(client->url));
    client->gives_up = false;
    close_socket(client);
    wait_to_redial(client);
    if (tells)
        client->events->down(client->context);
}

static void came_up(struct link_client *client)
{
    client->state = CLIENT_IDLE;
    client->backoff_ms = BACKOFF_FIRST_MS;
    client->quiet_until_ms = 0;
    arm(client, UP_MS);
    log_info("event=link_up url=%s", LOG_QUOTED(client->url));
    client->events->up(client->context);
}

static void log_refused(struct link_client *client, const char *by,
                        enum link_refusal refusal)
{
    if (may_complain(client))
        log_error("event=link_refused reason=%s by=%s url=%s",
                  link_refusal_word(refusal), by, LOG_QUOTED(client->url));
}

/* ---- the handshake ---- */

static void begin_handshake(struct link_client *client)
{
    unsigned char nonce[LINK_NONCE_BYTES];
    struct link_frame frame;

    randombytes_buf(nonce, sizeof(nonce));
    link_handshake_begin_client(&client->handshake, nonce, &frame);
    client->state = CLIENT_PROVING;
    arm(client, LINK_PROOF_MS);
    if (!link_socket_send(client->socket, link_message_frame(&frame)))
        lost(client);
}

/* The last thing its caller does: up() and down() may end the client. */
static void go_on_with_handshake(struct link_client *client,
                                 const unsigned char *data, size_t length)
{
    struct link_frame frame;
    enum chat_result result = link_handshake_take(
        &client->handshake, client->secret, data, length, &frame);

    if (result == CHAT_OK) {
        came_up(client);
        return;
    }
    if (result == CHAT_FORBIDDEN) {
        log_refused(client, "us", client->handshake.refusal);
        client->state = CLIENT_REFUSED;
    } else if (result != CHAT_AGAIN) {
        log_refused(client, result == CHAT_CLOSED ? "broker" : "us",
                    client->handshake.refusal);
    }
    if (frame.length == 0 ||
        !link_socket_send(client->socket, link_message_frame(&frame)))
        lost(client);
}

/* ---- the selector's callbacks ---- */

static void on_changed(void *context, unsigned events)
{
    struct link_client *client = context;
    eventfd_t count;

    (void)events;
    eventfd_read(client->changed.fd, &count);
    if (client->state == CLIENT_WAITING)
        return; /* word of a socket that is closed by now */
    if (client->gives_up || link_socket_is_lost(client->socket))
        lost(client);
    else if (client->state == CLIENT_DIALING &&
             link_socket_is_connected(client->socket))
        begin_handshake(client);
}

static void take_reply(struct link_client *client, const unsigned char *data,
                       size_t length)
{
    if (client->state == CLIENT_PROVING) {
        go_on_with_handshake(client, data, length);
    } else if (client->state == CLIENT_BUSY && length > 0 &&
               data[0] == LINK_DATA) {
        client->state = CLIENT_IDLE;
        client->events->reply(client->context, data + 1, length - 1);
    } else {
        log_refused(client, "us", LINK_REFUSAL_PROTOCOL);
        lost(client);
    }
}

static void on_reply(void *context, unsigned events)
{
    struct link_client *client = context;
    nng_msg *message = NULL;

    (void)events;
    if (client->gives_up)
        return; /* on_changed() is about to run */
    int error = nng_recvmsg(client->socket->nng, &message, NNG_FLAG_NONBLOCK);
    if (error == NNG_EAGAIN)
        return;
    if (error != 0) {
        lost(client);
        return;
    }
    take_reply(client, nng_msg_body(message), nng_msg_len(message));
    nng_msg_free(message);
}

static void on_timer(void *context)
{
    struct link_client *client = context;

    switch (client->state) {
    case CLIENT_WAITING:
        dial(client);
        break;
    case CLIENT_DIALING:
        if (may_complain(client))
            log_warn("event=link_unreachable url=%s", LOG_QUOTED(client->url));
        close_socket(client);
        dial(client);
        break;
    case CLIENT_PROVING:
        if (may_complain(client))
            log_warn("event=link_handshake_late url=%s",
                     LOG_QUOTED(client->url));
        lost(client);
        break;
    case CLIENT_REFUSED:
        lost(client);
        break;
    case CLIENT_IDLE:
    case CLIENT_BUSY:
        arm(client, UP_MS);
        break;
    }
}

/* ---- opening and closing ---- */

static void free_client(struct link_client *client)
{
    if (client->changed.fd >= 0)
        close(client->changed.fd);
    if (client->tls != NULL)
        nng_tls_config_free(client->tls);
    sodium_memzero(client->secret, sizeof(client->secret));
    free(client->url);
    free(client);
}

static struct link_client *allocate(const struct link_options *options,
                                    struct selector *selector)
{
    struct link_client *client = calloc(1, sizeof(*client));

    if (client == NULL)
        return NULL;
    client->selector = selector;
    client->backoff_ms = BACKOFF_FIRST_MS;
    memcpy(client->secret, options->secret, sizeof(client->secret));
    client->url = strdup(options->url);
    client->changed =
        (struct selector_stream){.callback = on_changed,
                                 .context = client,
                                 .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
    client->timer.callback = on_timer;
    client->timer.context = client;
    if (client->url == NULL || client->changed.fd < 0) {
        free_client(client);
        return NULL;
    }
    return client;
}

/* The timer dials at the selector's next turn. */
static enum chat_result enter_selector(struct link_client *client)
{
    enum chat_result result =
        selector_add(client->selector, &client->changed, SELECTOR_READ);

    if (result != CHAT_OK)
        return result;
    result = selector_arm(client->selector, &client->timer, clock_mono_ms());
    if (result != CHAT_OK)
        selector_remove(client->selector, &client->changed);
    return result;
}

static enum chat_result prepare(const struct link_options *options,
                                struct selector *selector,
                                struct link_client **client_out)
{
    enum chat_result result = link_url_check(options->url);

    if (result == CHAT_OK)
        result = link_init_crypto();
    if (result != CHAT_OK)
        return result;
    struct link_client *client = allocate(options, selector);
    if (client == NULL)
        return CHAT_NO_MEMORY;
    if (link_url_is_tls(options->url))
        result = link_tls_client(options->url, options->tls_ca, &client->tls);
    if (result == CHAT_OK)
        result = enter_selector(client);
    if (result != CHAT_OK) {
        free_client(client);
        return result;
    }
    *client_out = client;
    return CHAT_OK;
}

enum chat_result link_client_open(const struct link_options *options,
                                  struct selector *selector,
                                  const struct link_client_events *events,
                                  void *context,
                                  struct link_client **client_out)
{
    struct link_client *client = NULL;
    enum chat_result result = prepare(options, selector, &client);

    if (result != CHAT_OK) {
        log_error("event=link_dial_failed url=%s error=%s",
                  LOG_QUOTED(options->url), chat_result_code(result));
        return result;
    }
    client->events = events;
    client->context = context;
    *client_out = client;
    return CHAT_OK;
}

void link_client_close(struct link_client *client)
{
    if (client == NULL)
        return;
    selector_disarm(client->selector, &client->timer);
    if (client->state != CLIENT_WAITING)
        close_socket(client);
    selector_remove(client->selector, &client->changed);
    free_client(client);
}

/* ---- requests ---- */

bool link_client_is_ready(const struct link_client *client)
{
    return client->state == CLIENT_IDLE && !client->gives_up;
}

enum chat_result link_client_send(struct link_client *client, const void *data,
                                  size_t length)
{
    if (length > LINK_MESSAGE_BYTES_MAX)
        return CHAT_TOO_LARGE;
    if (!link_client_is_ready(client))
        return CHAT_AGAIN;
    client->state = CLIENT_BUSY;
    if (!link_socket_send(client->socket, link_message_data(data, length)))
        link_client_reset(client); /* `down` tells of it, as of any loss */
    return CHAT_OK;
}

void link_client_reset(struct link_client *client)
{
    if (client->state == CLIENT_WAITING)
        return;
    client->gives_up = true;
    eventfd_write(client->changed.fd, 1);
}
