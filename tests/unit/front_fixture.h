/*
 * A whole front end between a broker and browsers of the test's own: real
 * sockets on both sides, one thread, time that stands still but for what the
 * test says (see fake_broker.h).
 */
#ifndef TESTS_UNIT_FRONT_FIXTURE_H
#define TESTS_UNIT_FRONT_FIXTURE_H

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "fcgi/front.h"
#include "fcgi/routes.h"
#include "tests/unit/directory_fixture.h"
#include "tests/unit/fake_broker.h"
#include "tests/unit/fastcgi.h"
#include "tests/unit/reply_reader.h"

enum { FRONT_START_MS = 1000000, HEADERS_MAX = 8 };

struct front_fixture {
    char folder[64];
    char secret_file[96];
    struct settings settings;
    struct fake_loop loop;
    struct fake_broker broker;
    struct front *front;
    struct reply_text reply; /* the last one */
    struct records records;
    /* What the broker's sessions are in; see broker_answers(). */
    struct sample_place places[SAMPLE_PLACES_MAX + 1];
    enum chat_result refusal; /* of the commands named by refused_type */
    enum command_type refused_type;
};

/* ---- the broker's side ---- */

/* Adds a field to a result. */
static inline json_t *fake_give(json_t *result, const char *name, json_t *value)
{
    assert_int_equal(json_object_set_new(result, name, value), 0);
    return result;
}

/* Sessions are called by the first byte of their token's hash. */
static inline json_t *broker_session(const struct front_fixture *fixture,
                                     const struct command *command)
{
    return sample_session(1 + command->token_hash[0], fixture->places);
}

static inline json_t *broker_room(const struct command *command)
{
    const char *name = command->type == COMMAND_DIRECT ? "~9" : command->room;

    return room_encode(&(struct room_view){.room = name,
                                           .topic = "",
                                           .rid = 3,
                                           .joined_seq = 60,
                                           .members = json_array()});
}

/* One event of each kind of reply that has some. */
static inline json_t *broker_events(int64_t seq)
{
    struct event event = sample_message(seq, 1, "old");

    return json_pack("[o]", event_encode(&event, false));
}

static inline json_t *broker_answers(struct fake_broker *broker,
                                     const struct command *command)
{
    struct front_fixture *fixture = broker->context;
    json_t *result;

    if (fixture->refusal != CHAT_OK && command->type == fixture->refused_type)
        return result_encode(fixture->refusal, broker->head_seq);
    result = fake_ok(broker, command);
    switch (command->type) {
    case COMMAND_SESSION_NEW:
    case COMMAND_SESSION_GET:
        return fake_give(result, "session", broker_session(fixture, command));
    case COMMAND_NICK:
        return fake_give(result, "nick", json_string(command->nick));
    case COMMAND_REGISTER:
        fake_give(result, "nick", json_string("ann"));
        return fake_give(result, "role", json_string("member"));
    case COMMAND_SESSIONS:
        return fake_give(result, "sessions", json_array());
    case COMMAND_BLOCKS:
        return fake_give(result, "blocks", json_array());
    case COMMAND_PERSON_GET:
        return fake_give(result, "person",
                         json_pack("{s:s}", "nick", command->to));
    case COMMAND_ROOMS:
        fake_give(result, "rooms", json_array());
        return fake_give(result, "more", json_false());
    case COMMAND_JOIN:
    case COMMAND_ROOM_NEW:
    case COMMAND_ROOM_GET:
    case COMMAND_ROOM_SET:
    case COMMAND_DIRECT:
        return fake_give(result, "room", broker_room(command));
    case COMMAND_MEMBERS:
        fake_give(result, "members", json_array());
        return fake_give(result, "more", json_false());
    case COMMAND_POST:
        fake_give(result, "posted", json_integer(broker->head_seq));
        fake_give(result, "n", json_integer(9));
        fake_give(result, "at", json_integer(1234));
        return fake_give(result, "id", json_string(command->id));
    case COMMAND_EDIT:
    case COMMAND_DELETE:
    case COMMAND_MESSAGE:
        return fake_give(
            result, "event",
            json_pack("{s:s}", "type",
                      command->type == COMMAND_MESSAGE ? "message" : "edit"));
    case COMMAND_SEARCH:
    case COMMAND_HISTORY:
    case COMMAND_EVENTS:
        fake_give(result, "events", broker_events(42));
        fake_give(result, "next", json_integer(43));
        return fake_give(result, "more", json_true());
    default:
        return result;
    }
}

/* ---- life ---- */

static inline bool front_is_up(void *context)
{
    struct front_fixture *fixture = context;

    return backend_is_up(fixture->front->backend) && fixture->broker.holds_sync;
}

static inline bool front_is_alone(void *context)
{
    return !backend_is_up(((struct front_fixture *)context)->front->backend);
}

static inline void write_secret(const struct front_fixture *fixture)
{
    FILE *file = fopen(fixture->secret_file, "w");

    assert_non_null(file);
    for (size_t i = 0; i < LINK_SECRET_BYTES; i++)
        fprintf(file, "%02x", fake_secret[i]);
    fputc('\n', file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(fixture->secret_file, 0600), 0);
}

/* Blocks the signal that stops a front end, and forgets one that came. */
static inline void block_stop(void)
{
    const struct timespec at_once = {0};
    sigset_t stops;

    sigemptyset(&stops);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, NULL);
    (void)sigtimedwait(&stops, NULL, &at_once);
}

/* A front end that has not met its broker yet. */
static inline int front_set_up_alone(void **state)
{
    struct front_fixture *fixture = calloc(1, sizeof(*fixture));

    block_stop();
    strcpy(fixture->folder, "/tmp/test_front.XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->secret_file, sizeof(fixture->secret_file), "%s/secret",
             fixture->folder);
    write_secret(fixture);
    fake_loop_set(&fixture->loop, FRONT_START_MS);
    fake_broker_init(&fixture->broker);
    fixture->broker.answer = broker_answers;
    fixture->broker.context = fixture;
    fixture->places[0] = (struct sample_place){.rid = 1, .joined_seq = 50};
    settings_defaults(&fixture->settings);
    strcpy(fixture->settings.broker.listen, fixture->broker.url);
    strcpy(fixture->settings.broker.secret_file, fixture->secret_file);
    snprintf(fixture->settings.front.socket, SETTING_SIZE, "%s/socket",
             fixture->folder);
    assert_int_equal(front_open(&fixture->settings, &fixture->front), CHAT_OK);
    fake_loop_open(&fixture->loop, fixture->front->selector);
    fake_broker_watch(&fixture->broker, fixture->front->selector);
    *state = fixture;
    return 0;
}

static inline int front_set_up(void **state)
{
    struct front_fixture *fixture;

    front_set_up_alone(state);
    fixture = *state;
    fake_wait(&fixture->loop, front_is_up, fixture);
    fixture->loop.tick_ms = 0;
    return 0;
}

static inline int front_tear_down(void **state)
{
    struct front_fixture *fixture = *state;

    fake_broker_fini(&fixture->broker);
    fake_loop_close(&fixture->loop);
    front_close(fixture->front);
    unlink(fixture->secret_file);
    assert_int_equal(rmdir(fixture->folder), 0);
    free(fixture);
    return 0;
}

#define WITH_FRONT(test)                                                       \
    cmocka_unit_test_setup_teardown(test, front_set_up, front_tear_down)
#define WITHOUT_BROKER(test)                                                   \
    cmocka_unit_test_setup_teardown(test, front_set_up_alone, front_tear_down)

/* ---- browsers ---- */

/* Names of FastCGI parameters and their values, in turn; NULL ends them. */
struct sample_call {
    const char *method; /* NULL: GET */
    const char *uri;    /* below /chat/v1/, unless it begins with a slash */
    const char *body;   /* NULL: none; else JSON, and typed so */
    size_t body_bytes;  /* 0: as long as it is */
    const char *token;  /* NULL: no bearer token */
    const char *headers[2 * HEADERS_MAX + 1];
};

/* A poll, or something else to wait for. */
struct browser {
    struct front_fixture *fixture;
    int fd;
    size_t received;
    bool closed;
    unsigned char data[REPLY_TEXT_BYTES];
};

static inline void put_call(struct records *records,
                            const struct sample_call *call)
{
    unsigned char params[8192];
    char uri[1024], length[16], bearer[512];
    size_t used = 0, body_bytes = call->body_bytes;

    if (body_bytes == 0 && call->body != NULL)
        body_bytes = strlen(call->body);
    records->length = 0;
    put_begin(records, 1, FCGI_RESPONDER, true);
    snprintf(uri, sizeof(uri), "%s%s", call->uri[0] == '/' ? "" : "/chat/v1/",
             call->uri);
    used += write_pair(params + used, "REQUEST_METHOD",
                       call->method != NULL ? call->method : "GET");
    used += write_pair(params + used, "REQUEST_URI", uri);
    used += write_pair(params + used, "HTTP_HOST", "chat.example");
    if (call->token != NULL) {
        snprintf(bearer, sizeof(bearer), "Bearer %s", call->token);
        used += write_pair(params + used, "HTTP_AUTHORIZATION", bearer);
    }
    if (call->body != NULL) {
        snprintf(length, sizeof(length), "%zu", body_bytes);
        used += write_pair(params + used, "CONTENT_LENGTH", length);
        used += write_pair(params + used, "CONTENT_TYPE", "application/json");
    }
    for (size_t i = 0; call->headers[i] != NULL; i += 2)
        used +=
            write_pair(params + used, call->headers[i], call->headers[i + 1]);
    put_stream(records, FCGI_PARAMS, 1, params, used, 8192);
    put_stream(records, FCGI_STDIN, 1, call->body, body_bytes, 32768);
}

/* Sends a request; its reply is yet to come. End it with hang_up(). */
static inline struct browser *browse(struct front_fixture *fixture,
                                     const struct sample_call *call)
{
    struct sockaddr_un place = {.sun_family = AF_UNIX};
    struct browser *browser = calloc(1, sizeof(*browser));

    assert_non_null(browser);
    browser->fixture = fixture;
    strcpy(place.sun_path, fixture->settings.front.socket);
    browser->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(browser->fd, (const void *)&place, sizeof(place)),
                     0);
    put_call(&fixture->records, call);
    /* Whole requests fit the socket's buffer. */
    assert_int_equal(send(browser->fd, fixture->records.data,
                          fixture->records.length, MSG_NOSIGNAL),
                     fixture->records.length);
    return browser;
}

static inline void hang_up(struct browser *browser)
{
    close(browser->fd);
    free(browser);
}

/* Whether its whole reply has come, which is then in fixture->reply. */
static inline bool has_reply(void *context)
{
    struct browser *browser = context;
    struct reply_text *reply = &browser->fixture->reply;

    for (;;) {
        ssize_t count =
            recv(browser->fd, browser->data + browser->received,
                 sizeof(browser->data) - browser->received, MSG_DONTWAIT);
        if (count < 0 && errno == EAGAIN)
            break;
        if (count <= 0) {
            browser->closed = true;
            break;
        }
        browser->received += (size_t)count;
    }
    reply_read(reply, browser->data, browser->received);
    assert_true(reply->complete || !browser->closed);
    return reply->complete;
}

/* Waits for the reply, which is then in fixture->reply, and hangs up. */
static inline void take_reply(struct browser *browser, int status)
{
    fake_wait(&browser->fixture->loop, has_reply, browser);
    if (browser->fixture->reply.status != status)
        print_error("%s\n", browser->fixture->reply.text);
    assert_int_equal(browser->fixture->reply.status, status);
    hang_up(browser);
}

static inline void assert_no_reply(struct browser *browser)
{
    fake_turns(&browser->fixture->loop);
    assert_false(has_reply(browser));
}

/* Asks and waits: the reply, of `status`, is in fixture->reply. */
static inline void call(struct front_fixture *fixture, int status,
                        const struct sample_call *sample)
{
    take_reply(browse(fixture, sample), status);
}

/* As call(), for a refusal with `code`. */
static inline void assert_refused(struct front_fixture *fixture, int status,
                                  const char *code,
                                  const struct sample_call *sample)
{
    char quoted[64];

    call(fixture, status, sample);
    snprintf(quoted, sizeof(quoted), "\"%s\"", code);
    assert_string_equal(reply_field(&fixture->reply, "code"), quoted);
}

static inline int64_t sid_of(const char *token)
{
    unsigned char hash[TOKEN_HASH_BYTES];

    session_token_hash(token, hash);
    return 1 + hash[0];
}

/* Fails the test unless the newest command of `type` is just `json`. */
static inline void assert_asked(const struct front_fixture *fixture,
                                const char *type, const char *json)
{
    json_t *wanted = json_loads(json, 0, NULL);
    json_t *asked = json_copy(fake_last(&fixture->broker, type));

    assert_non_null(wanted);
    assert_non_null(asked);
    assert_int_equal(json_integer_value(json_object_get(asked, "sid")),
                     sid_of("ann"));
    json_object_del(asked, "sid");
    if (!json_equal(asked, wanted)) {
        char *text = json_dumps(asked, JSON_COMPACT);
        print_error("asked: %s\n", text);
        free(text);
    }
    assert_true(json_equal(asked, wanted));
    json_decref(asked);
    json_decref(wanted);
}

static inline void write_to(struct front_fixture *fixture, int status,
                            const char *uri, const char *body)
{
    call(fixture, status,
         &(struct sample_call){
             .method = "POST", .uri = uri, .body = body, .token = "ann"});
}

/* ---- common scenes ---- */

/* Turns in which the clock stands still, until `condition` is true. */
#define TURN_UNTIL(fixture, condition)                                         \
    for (int turns = 0; !(condition); turns++) {                               \
        assert_true(turns < TICKS_MAX / 10);                                   \
        fake_turns(&(fixture)->loop);                                          \
    }

static inline struct known_session *
session_of(const struct front_fixture *fixture, const char *token)
{
    return directory_find_sid(fixture->front->directory, sid_of(token));
}

static inline struct browser *poll_for(struct front_fixture *fixture,
                                       const char *query)
{
    char uri[256];

    snprintf(uri, sizeof(uri), "events?%s", query);
    return browse(fixture, &(struct sample_call){.uri = uri, .token = "ann"});
}

static inline size_t parked_count(const struct front_fixture *fixture)
{
    return polls_count(fixture->front->polls);
}

static inline bool one_is_parked(void *context)
{
    return parked_count(context) == 1;
}

/* A poll that is parked. */
static inline struct browser *park_poll(struct front_fixture *fixture,
                                        const char *query)
{
    struct browser *browser = poll_for(fixture, query);

    fake_wait(&fixture->loop, one_is_parked, fixture);
    return browser;
}

/* A message in room 1, told by the feed. */
static inline void broker_says(struct front_fixture *fixture)
{
    fake_log(&fixture->broker,
             sample_message(fixture->broker.head_seq + 1, 1, "hello"));
    fake_flush(&fixture->broker);
}

#endif
