/*
 * Outgoing hooks on a real replica: a server of the test's own on loopback
 * takes the posts, one connection at a time.
 */
#include "tests/unit/replica_fixture.h"

#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "broker/webhooks.h"

/* Who is told. */
struct server {
    int fd;
    char url[64];
    char request[8192]; /* the last one */
};

static void server_open(struct server *server)
{
    struct sockaddr_in place = {.sin_family = AF_INET,
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t length = sizeof(place);

    server->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(server->fd, (const void *)&place, length), 0);
    assert_int_equal(listen(server->fd, 8), 0);
    assert_int_equal(getsockname(server->fd, (void *)&place, &length), 0);
    snprintf(server->url, sizeof(server->url), "http://127.0.0.1:%d/",
             ntohs(place.sin_port));
}

static bool server_is_called(const struct server *server)
{
    struct pollfd waiting = {.fd = server->fd, .events = POLLIN};

    return poll(&waiting, 1, 0) == 1;
}

/* Takes the next post whole, and answers with `status`. */
static void server_answer(struct server *server, int status)
{
    char reply[64];
    size_t used = 0;
    int fd;

    while ((fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) < 0)
        sched_yield();
    server->request[0] = '\0';
    while (strstr(server->request, "]}") == NULL) { /* the body's end */
        ssize_t count = recv(fd, server->request + used,
                             sizeof(server->request) - 1 - used, 0);
        assert_true(count > 0);
        used += (size_t)count;
        server->request[used] = '\0';
    }
    int length = snprintf(reply, sizeof(reply),
                          "HTTP/1.0 %d X\r\nContent-Length: 0\r\n\r\n", status);
    assert_int_equal(send(fd, reply, (size_t)length, MSG_NOSIGNAL), length);
    close(fd);
}

/* How far a hook has been told, by the store. */
static void note_delivered(void *context, const struct stored_hook *hook)
{
    *(int64_t *)context = hook->delivered_seq;
}

static int64_t delivered_seq(const struct fixture *f)
{
    int64_t seq = 0;
    const struct store_loader loader = {.context = &seq,
                                        .hook = note_delivered};

    assert_int_equal(store_load(replica_store(f->replica), &loader), CHAT_OK);
    return seq;
}

/* Ticks until the hook has been told up to `seq`. */
static void tick_until(struct fixture *f, struct webhooks *webhooks,
                       int64_t seq)
{
    while (delivered_seq(f) < seq) {
        webhooks_tick(webhooks, f->mono_ms);
        sched_yield();
    }
}

/* Alice in her room "dev", which has a hook. */
static int64_t make_hook(struct fixture *f, const char *url)
{
    int64_t alice = login(f, "alice");

    run(f,
        (struct command){
            .type = COMMAND_ROOM_NEW, .sid = alice, .room = "dev", .id = "r1"});
    run(f, (struct command){.type = COMMAND_HOOK_NEW,
                            .sid = alice,
                            .room = "dev",
                            .nick = "out",
                            .text = url,
                            .secret = "key"});
    assert_int_equal(f->outcome.result, CHAT_OK);
    return alice;
}

static int64_t say(struct fixture *f, int64_t sid, const char *text)
{
    run(f, (struct command){.type = COMMAND_POST,
                            .sid = sid,
                            .room = "dev",
                            .id = text,
                            .text = text});
    assert_int_equal(f->outcome.result, CHAT_OK);
    return f->outcome.seq;
}

static struct webhooks *open_webhooks(struct fixture *f)
{
    struct webhooks *webhooks;

    f->settings.hooks.private_addresses = true;
    assert_int_equal(webhooks_open(&f->settings, f->replica, &webhooks),
                     CHAT_OK);
    return webhooks;
}

static void what_is_said_is_told_and_remembered(void **state)
{
    struct fixture *f = *state;
    struct server server;

    server_open(&server);
    int64_t alice = make_hook(f, server.url);
    struct webhooks *webhooks = open_webhooks(f);
    int64_t seq = say(f, alice, "one");
    webhooks_tick(webhooks, f->mono_ms);
    server_answer(&server, 204);
    assert_non_null(strstr(server.request, "Ajaxchat-Signature: t="));
    assert_non_null(strstr(server.request, "\"text\":\"one\""));
    tick_until(f, webhooks, seq);
    webhooks_close(webhooks);

    /* After a start it goes on from there. */
    webhooks = open_webhooks(f);
    seq = say(f, alice, "two");
    webhooks_tick(webhooks, f->mono_ms);
    server_answer(&server, 200);
    assert_null(strstr(server.request, "\"text\":\"one\""));
    assert_non_null(strstr(server.request, "\"text\":\"two\""));
    tick_until(f, webhooks, seq);
    webhooks_close(webhooks);
    close(server.fd);
}

static void a_refusal_is_told_again_later(void **state)
{
    struct fixture *f = *state;
    struct server server;

    log_setup("test", LOG_LEVEL_ERROR);
    server_open(&server);
    int64_t alice = make_hook(f, server.url);
    struct webhooks *webhooks = open_webhooks(f);
    int64_t seq = say(f, alice, "one");
    webhooks_tick(webhooks, f->mono_ms);
    server_answer(&server, 500);
    seq = say(f, alice, "two");
    while (!server_is_called(&server)) {
        pass_ms(f, WEBHOOK_RETRY_MS_MIN);
        webhooks_tick(webhooks, f->mono_ms);
        sched_yield();
    }
    server_answer(&server, 200);
    assert_non_null(strstr(server.request, "\"text\":\"one\""));
    assert_non_null(strstr(server.request, "\"text\":\"two\""));
    tick_until(f, webhooks, seq);
    webhooks_close(webhooks);
    close(server.fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_said_is_told_and_remembered),
        TEST(a_refusal_is_told_again_later),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
