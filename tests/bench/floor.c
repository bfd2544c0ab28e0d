/*
 * The floor: a FastCGI responder that does nothing but park polls and answer
 * them, to see what nginx and the kernel cost by themselves.
 *
 *   floor SOCKET [MESSAGES]
 *
 * where MESSAGES is how many an answer carries at most: 1 unless said, and
 * never more than are kept (ROOM_EVENTS).
 *
 * It is no chat. A room is a number and its newest events, which are the
 * posts' bodies with some fields in front; nobody is logged in, nothing is
 * checked or kept.
 *
 *   POST .../session                  a login in the room bench-N
 *   GET  .../events?since=N.SEQ       parks in room N, unless SEQ is not the
 *                                     newest: then the answer is what follows,
 *                                     at most MESSAGES of it
 *   GET  .../stream?since=N.SEQ       parks there for ever
 *   POST .../rooms/bench-N/messages   one event more, for all that is parked
 *   anything else                     200
 *
 * A request is taken with one read: nginx writes it with one write to a Unix
 * socket. If it has not come whole, the program ends.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/bench/floor_record.h"

enum {
    DESCRIPTORS_MAX = 20000,
    REQUEST_BYTES_MAX = 128 * 1024,
    EVENTS_PER_WAIT = 512,
    ROOMS_MAX = 1000,
    ROOM_EVENTS = 64, /* that are kept; who is further behind loses some */
    EVENT_BYTES_MAX = 1024,
};

/* A connection that waits in a room. */
struct waiter {
    struct waiter *next, **link; /* what points here; NULL: it does not wait */
    int fd;
    bool streams;
};

struct room {
    int64_t seq; /* of the newest event */
    struct waiter *waiters;
    struct {
        size_t length;
        char text[EVENT_BYTES_MAX];
    } events[ROOM_EVENTS]; /* by seq % ROOM_EVENTS */
};

static struct {
    int epoll;
    int64_t messages_max; /* of one answer */
    struct waiter waiters[DESCRIPTORS_MAX];
    struct room *rooms[ROOMS_MAX]; /* NULL: nobody has asked for it */
} server;

/* ---- replies ---- */

/* A connection that is gone shows when it is read. */
static void answer(int fd, const struct reply *reply)
{
    ssize_t sent = send(fd, reply->data, reply->length, MSG_NOSIGNAL);

    if (sent >= 0 && (size_t)sent < reply->length) {
        errno = ENOBUFS;
        floor_die("send");
    }
}

/* ---- rooms ---- */

static struct room *room_of(long number)
{
    if (number < 0 || number >= ROOMS_MAX) {
        errno = ERANGE;
        floor_die("a room's number");
    }
    if (server.rooms[number] == NULL)
        server.rooms[number] = calloc(1, sizeof(struct room));
    if (server.rooms[number] == NULL)
        floor_die("a room");
    return server.rooms[number];
}

/* The number behind `text`, the first of it in `slice`; -1: there is none. */
static int64_t number_behind(struct slice slice, const char *text)
{
    const char *at = memmem(slice.data, slice.length, text, strlen(text));

    /* What follows the slice in its record ends the number. */
    return at != NULL ? strtoll(at + strlen(text), NULL, 10) : -1;
}

static void park(int fd, struct room *room, bool streams)
{
    struct waiter *waiter = &server.waiters[fd];

    *waiter = (struct waiter){.next = room->waiters,
                              .link = &room->waiters,
                              .fd = fd,
                              .streams = streams};
    if (room->waiters != NULL)
        room->waiters->link = &waiter->next;
    room->waiters = waiter;
}

static void unpark(int fd)
{
    struct waiter *waiter = &server.waiters[fd];

    if (waiter->link == NULL)
        return;
    *waiter->link = waiter->next;
    if (waiter->next != NULL)
        waiter->next->link = waiter->link;
    waiter->link = NULL;
}

/* The body with the events after `since`, up to `next`. Returns its length. */
static size_t make_body(const struct room *room, long number, int64_t since,
                        int64_t next, char body[REPLY_BODY_BYTES_MAX])
{
    int length = snprintf(body, REPLY_BODY_BYTES_MAX,
                          "{\"since\":\"%ld.%" PRId64
                          "\",\"next\":\"%ld.%" PRId64 "\",\"events\":[",
                          number, since, number, next);
    size_t at = (size_t)length;

    for (int64_t seq = since + 1; seq <= next; seq++) {
        const size_t slot = (size_t)seq % ROOM_EVENTS;
        if (body[at - 1] == '}')
            body[at++] = ',';
        memcpy(body + at, room->events[slot].text, room->events[slot].length);
        at += room->events[slot].length;
    }
    static const char tail[] = "],\"signals\":[],\"more\":false}";
    memcpy(body + at, tail, sizeof(tail) - 1);
    return at + sizeof(tail) - 1;
}

/* Gives the newest event to all that is parked. */
static void answer_parked(struct room *room, long number)
{
    static char body[REPLY_BODY_BYTES_MAX];
    static struct reply whole, piece;
    size_t length = make_body(room, number, room->seq - 1, room->seq, body);
    struct waiter *next, *waiter = room->waiters;

    reply_make(&whole, "200 OK", body, length);
    reply_make_event(&piece, false, body, length);
    room->waiters = NULL;
    for (; waiter != NULL; waiter = next) {
        next = waiter->next;
        waiter->link = NULL;
        answer(waiter->fd, waiter->streams ? &piece : &whole);
        if (waiter->streams)
            park(waiter->fd, room, true);
    }
}

/* ---- routes ---- */

/* The first of the events after `since`, or all of them in a stream. */
static void answer_reader(int fd, const struct room *room, long number,
                          int64_t since, bool streams)
{
    static char body[REPLY_BODY_BYTES_MAX];
    static struct reply reply;
    int64_t next = room->seq;

    if (since < room->seq - ROOM_EVENTS)
        since = room->seq - ROOM_EVENTS;
    if (!streams && next - since > server.messages_max)
        next = since + server.messages_max;
    size_t length = make_body(room, number, since, next, body);
    if (streams)
        reply_make_event(&reply, true, body, length);
    else
        reply_make(&reply, "200 OK", body, length);
    answer(fd, &reply);
}

static void serve_reader(int fd, const struct request *request)
{
    long number = (long)number_behind(request->query, "since=");
    int64_t since = number_behind(request->query, ".");
    struct room *room = room_of(number);
    bool streams = number_behind(request->uri, "/stream?since=") >= 0;

    if (since != room->seq || streams)
        answer_reader(fd, room, number, since, streams);
    if (since == room->seq || streams)
        park(fd, room, streams);
}

static void serve_login(int fd, const struct request *request)
{
    static struct reply reply;
    char body[128];
    long number = (long)number_behind(request->body, "\"bench-");
    int length =
        snprintf(body, sizeof(body),
                 "{\"token\":\"floor\",\"cursor\":\"%ld.%" PRId64 "\"}", number,
                 room_of(number)->seq);

    reply_make(&reply, "200 OK", body, (size_t)length);
    answer(fd, &reply);
}

/* An event is the post's body with more in front: {"seq":..., + "id":...}. */
static void serve_post(int fd, const struct request *request)
{
    static struct reply posted;
    char body[64];
    long number = (long)number_behind(request->uri, "/rooms/bench-");
    struct room *room = room_of(number);
    int64_t seq = ++room->seq;
    const size_t slot = (size_t)seq % ROOM_EVENTS;
    int length = snprintf(
        room->events[slot].text, EVENT_BYTES_MAX,
        "{\"seq\":%" PRId64 ",\"n\":%" PRId64
        ",\"room\":\"bench-%ld\",\"at\":1795370000123,\"type\":\"message\","
        "\"from\":\"p12345-0\",%.*s",
        seq, seq, number, (int)request->body.length - 1,
        request->body.data + 1);

    if (length >= EVENT_BYTES_MAX) {
        errno = EMSGSIZE;
        floor_die("an event");
    }
    room->events[slot].length = (size_t)length;
    answer_parked(room, number);
    length = snprintf(body, sizeof(body), "{\"seq\":%" PRId64 "}", seq);
    reply_make(&posted, "201 Created", body, (size_t)length);
    answer(fd, &posted);
}

static void serve(int fd, const struct request *request)
{
    static struct reply ready;

    if (request->query.length > 0) {
        serve_reader(fd, request);
    } else if (slice_is(request->method, "POST") &&
               slice_ends_with(request->uri, "/session")) {
        serve_login(fd, request);
    } else if (slice_is(request->method, "POST") && request->body.length > 2) {
        serve_post(fd, request);
    } else {
        reply_make(&ready, "200 OK", "{}", 2);
        answer(fd, &ready);
    }
}

/* ---- the loop ---- */

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        floor_die("epoll_ctl");
}

static void accept_all(int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= DESCRIPTORS_MAX) {
            errno = EMFILE;
            floor_die("accept");
        }
        watch(fd, EPOLLIN | EPOLLRDHUP | EPOLLET);
    }
}

static void take(int fd)
{
    static unsigned char buffer[REQUEST_BYTES_MAX];
    struct request request;
    ssize_t length = recv(fd, buffer, sizeof(buffer), 0);

    if (length < 0 && errno == EAGAIN)
        return;
    if (length <= 0) {
        unpark(fd);
        close(fd);
        return;
    }
    if (!request_read(buffer, (size_t)length, &request)) {
        errno = EPROTO;
        floor_die("a request");
    }
    serve(fd, &request);
}

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        floor_die(path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    unlink(path);
    if (fd < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, SOMAXCONN) != 0)
        floor_die(path);
    return fd;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS_PER_WAIT];

    if (argc < 2 || argc > 3) {
        fputs("usage: floor SOCKET [MESSAGES]\n", stderr);
        return EXIT_FAILURE;
    }
    server.messages_max = argc == 3 ? strtoll(argv[2], NULL, 10) : 1;
    int listener = listen_on(argv[1]);
    server.epoll = epoll_create1(0);
    watch(listener, EPOLLIN);
    for (;;) {
        int count = epoll_wait(server.epoll, events, EVENTS_PER_WAIT, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener)
                accept_all(listener);
            else
                take(events[i].data.fd);
        }
    }
}
