/*
 * The floor: a FastCGI responder that does nothing but park polls and answer
 * them, to see what nginx and the kernel cost by themselves.
 *
 *   floor SOCKET
 *
 * It is no chat. A room is a number and its newest events, which are the
 * posts' bodies with some fields in front; nobody is logged in, nothing is
 * checked or kept.
 *
 *   POST .../session                  a login in the room bench-N
 *   GET  .../events?since=N.SEQ       parks in room N, unless SEQ is not the
 *                                     newest: then the answer is what follows
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

#include <fastcgi.h>

enum {
    DESCRIPTORS_MAX = 20000,
    REQUEST_BYTES_MAX = 128 * 1024,
    RESPONSE_BYTES_MAX = 128 * 1024,
    EVENTS_PER_WAIT = 512,
    ROOMS_MAX = 1000,
    ROOM_EVENTS = 64, /* that are kept; who is further behind loses some */
    EVENT_BYTES_MAX = 1024,
    REPLY_TAIL_BYTES = 2 * FCGI_HEADER_LEN + 8,
};

/* Bytes of a request, borrowed from the buffer it was read into. */
struct slice {
    const char *data;
    size_t length;
};

struct request {
    struct slice method, uri, query, body;
};

/* One answer, with its records. */
struct reply {
    size_t length;
    char data[RESPONSE_BYTES_MAX];
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
    struct waiter waiters[DESCRIPTORS_MAX];
    struct room *rooms[ROOMS_MAX]; /* NULL: nobody has asked for it */
} server;

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "floor: %s: %s\n", what, strerror(errno));
    exit(EXIT_FAILURE);
}

/* ---- requests ---- */

/* A length of the name-value encoding. */
static size_t read_length(const unsigned char **at)
{
    const unsigned char *bytes = *at;

    if (bytes[0] < 0x80) {
        *at += 1;
        return bytes[0];
    }
    *at += 4;
    return (size_t)(bytes[0] & 0x7f) << 24 | (size_t)bytes[1] << 16 |
           (size_t)bytes[2] << 8 | bytes[3];
}

static bool is(struct slice slice, const char *text)
{
    return slice.length == strlen(text) &&
           memcmp(slice.data, text, slice.length) == 0;
}

static void read_params(const unsigned char *at, size_t length,
                        struct request *request)
{
    const unsigned char *end = at + length;

    while (at < end) {
        size_t name_bytes = read_length(&at);
        size_t value_bytes = read_length(&at);
        struct slice name = {(const char *)at, name_bytes};
        struct slice value = {(const char *)at + name_bytes, value_bytes};
        if (is(name, "REQUEST_METHOD"))
            request->method = value;
        else if (is(name, "REQUEST_URI"))
            request->uri = value;
        else if (is(name, "QUERY_STRING"))
            request->query = value;
        at += name_bytes + value_bytes;
    }
}

/* Reads the records; false: they are not one whole request. */
static bool read_request(const unsigned char *at, size_t length,
                         struct request *request_out)
{
    const unsigned char *end = at + length;
    bool whole = false;

    *request_out = (struct request){0};
    while (end - at >= FCGI_HEADER_LEN) {
        unsigned type = at[1];
        size_t content = (size_t)at[4] << 8 | at[5];
        size_t padding = at[6];
        at += FCGI_HEADER_LEN;
        if ((size_t)(end - at) < content + padding)
            return false;
        if (type == FCGI_PARAMS)
            read_params(at, content, request_out);
        else if (type == FCGI_STDIN && content > 0)
            request_out->body = (struct slice){(const char *)at, content};
        whole = type == FCGI_STDIN && content == 0;
        at += content + padding;
    }
    return whole && at == end;
}

/* ---- replies ---- */

static char *put_header(char *at, unsigned type, size_t content)
{
    const FCGI_Header header = {.version = FCGI_VERSION_1,
                                .type = (unsigned char)type,
                                .requestIdB0 = 1,
                                .contentLengthB1 =
                                    (unsigned char)(content >> 8),
                                .contentLengthB0 = (unsigned char)content};

    memcpy(at, &header, sizeof(header));
    return at + sizeof(header);
}

/* Where the content of the first record goes. */
static char *content_of(struct reply *reply)
{
    return reply->data + FCGI_HEADER_LEN;
}

/* Puts a record around `content_bytes`. */
static void make_piece(struct reply *reply, size_t content_bytes)
{
    if (content_bytes > FCGI_MAX_LENGTH) {
        errno = EMSGSIZE;
        die("a reply");
    }
    put_header(reply->data, FCGI_STDOUT, content_bytes);
    reply->length = FCGI_HEADER_LEN + content_bytes;
}

/* The same headers as ours, the body, and the records around them. */
static void make_reply(struct reply *reply, const char *status,
                       const char *body, size_t body_bytes)
{
    char *content = content_of(reply);
    int head = snprintf(content, RESPONSE_BYTES_MAX / 2,
                        "Status: %s\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\nCache-Control: no-store\r\n"
                        "X-Content-Type-Options: nosniff\r\n\r\n",
                        status, body_bytes);

    memcpy(content + head, body, body_bytes);
    make_piece(reply, (size_t)head + body_bytes);
    char *at = put_header(reply->data + reply->length, FCGI_STDOUT, 0);
    at = put_header(at, FCGI_END_REQUEST, 8);
    memset(at, 0, 8);
    reply->length += REPLY_TAIL_BYTES;
}

/* A stream's next event, or its headers and the first. */
static void make_event(struct reply *reply, bool first, const char *body,
                       size_t body_bytes)
{
    char *content = content_of(reply);
    int length =
        snprintf(content, RESPONSE_BYTES_MAX / 2 + 512, "%sdata: %.*s\n\n",
                 first ? "Status: 200 OK\r\nContent-Type: text/event-stream\r\n"
                         "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
                         "X-Content-Type-Options: nosniff\r\n\r\n"
                       : "",
                 (int)body_bytes, body);

    make_piece(reply, (size_t)length);
}

/* A connection that is gone shows when it is read. */
static void answer(int fd, const struct reply *reply)
{
    ssize_t sent = send(fd, reply->data, reply->length, MSG_NOSIGNAL);

    if (sent >= 0 && (size_t)sent < reply->length) {
        errno = ENOBUFS;
        die("send");
    }
}

/* ---- rooms ---- */

static struct room *room_of(long number)
{
    if (number < 0 || number >= ROOMS_MAX) {
        errno = ERANGE;
        die("a room's number");
    }
    if (server.rooms[number] == NULL)
        server.rooms[number] = calloc(1, sizeof(struct room));
    if (server.rooms[number] == NULL)
        die("a room");
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

/* The body with all events after `since`. Returns its length. */
static size_t make_body(const struct room *room, long number, int64_t since,
                        char body[RESPONSE_BYTES_MAX / 2])
{
    int64_t first = room->seq - ROOM_EVENTS + 1;
    size_t size = RESPONSE_BYTES_MAX / 2;
    int length = snprintf(body, size,
                          "{\"since\":\"%ld.%" PRId64
                          "\",\"next\":\"%ld.%" PRId64 "\",\"events\":[",
                          number, since, number, room->seq);
    size_t at = (size_t)length;

    for (int64_t seq = since < first ? first : since + 1; seq <= room->seq;
         seq++) {
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
    static char body[RESPONSE_BYTES_MAX / 2];
    static struct reply whole, piece;
    size_t length = make_body(room, number, room->seq - 1, body);
    struct waiter *next, *waiter = room->waiters;

    make_reply(&whole, "200 OK", body, length);
    make_event(&piece, false, body, length);
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

static void serve_reader(int fd, const struct request *request)
{
    static char body[RESPONSE_BYTES_MAX / 2];
    static struct reply reply;
    long number = (long)number_behind(request->query, "since=");
    int64_t since = number_behind(request->query, ".");
    struct room *room = room_of(number);
    bool streams = number_behind(request->uri, "/stream?since=") >= 0;

    if (since == room->seq && !streams) {
        park(fd, room, false);
        return;
    }
    size_t length = make_body(room, number, since, body);
    if (streams)
        make_event(&reply, true, body, length);
    else
        make_reply(&reply, "200 OK", body, length);
    answer(fd, &reply);
    if (streams)
        park(fd, room, true);
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

    make_reply(&reply, "200 OK", body, (size_t)length);
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
        die("an event");
    }
    room->events[slot].length = (size_t)length;
    answer_parked(room, number);
    length = snprintf(body, sizeof(body), "{\"seq\":%" PRId64 "}", seq);
    make_reply(&posted, "201 Created", body, (size_t)length);
    answer(fd, &posted);
}

static bool ends_with(struct slice slice, const char *end)
{
    size_t length = strlen(end);

    return slice.length >= length &&
           memcmp(slice.data + slice.length - length, end, length) == 0;
}

static void serve(int fd, const struct request *request)
{
    static struct reply ready;

    if (request->query.length > 0) {
        serve_reader(fd, request);
    } else if (is(request->method, "POST") &&
               ends_with(request->uri, "/session")) {
        serve_login(fd, request);
    } else if (is(request->method, "POST") && request->body.length > 2) {
        serve_post(fd, request);
    } else {
        make_reply(&ready, "200 OK", "{}", 2);
        answer(fd, &ready);
    }
}

/* ---- the loop ---- */

static void watch(int fd, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.fd = fd};

    if (epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event) != 0)
        die("epoll_ctl");
}

static void accept_all(int listener)
{
    int fd;

    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        if (fd >= DESCRIPTORS_MAX) {
            errno = EMFILE;
            die("accept");
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
    if (!read_request(buffer, (size_t)length, &request)) {
        errno = EPROTO;
        die("a request");
    }
    serve(fd, &request);
}

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    unlink(path);
    if (fd < 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0 ||
        listen(fd, SOMAXCONN) != 0)
        die(path);
    return fd;
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS_PER_WAIT];

    if (argc != 2) {
        fputs("usage: floor SOCKET\n", stderr);
        return EXIT_FAILURE;
    }
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
