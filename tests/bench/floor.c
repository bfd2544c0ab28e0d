/*
 * The floor: a FastCGI responder that does nothing but park polls and answer
 * them, to see what nginx and the kernel cost by themselves.
 *
 *   floor SOCKET
 *
 * It is no chat. There is one log, whose events are the posts' bodies with
 * some fields in front; nobody is logged in, nothing is checked or kept.
 *
 *   GET  .../events?since=f.SEQ   parks, unless SEQ is not the newest; then
 *                                 the answer is the newest event, again
 *   POST .../session              a canned login
 *   POST .../messages             one event more: answers all that is parked
 *   anything else                 200
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

static struct {
    int epoll;
    int64_t seq;         /* of the newest event */
    struct reply newest; /* the poll's reply that has it */
    int parked[DESCRIPTORS_MAX];
    size_t parked_count;
    size_t place[DESCRIPTORS_MAX]; /* in `parked`, plus 1; 0: not there */
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

/* The same headers as ours, the body, and the records around them. */
static void make_reply(struct reply *reply, const char *status,
                       const char *body, size_t body_bytes)
{
    char *content = reply->data + FCGI_HEADER_LEN;
    int head = snprintf(content, RESPONSE_BYTES_MAX / 2,
                        "Status: %s\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\nCache-Control: no-store\r\n"
                        "X-Content-Type-Options: nosniff\r\n\r\n",
                        status, body_bytes);
    size_t content_bytes = (size_t)head + body_bytes;

    if (content_bytes > FCGI_MAX_LENGTH) {
        errno = EMSGSIZE;
        die("a reply");
    }
    memcpy(content + head, body, body_bytes);
    put_header(reply->data, FCGI_STDOUT, content_bytes);
    char *at = put_header(content + content_bytes, FCGI_STDOUT, 0);
    at = put_header(at, FCGI_END_REQUEST, 8);
    memset(at, 0, 8);
    reply->length = FCGI_HEADER_LEN + content_bytes + REPLY_TAIL_BYTES;
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

/* ---- parking ---- */

static void park(int fd)
{
    server.parked[server.parked_count++] = fd;
    server.place[fd] = server.parked_count;
}

static void unpark(int fd)
{
    if (server.place[fd] == 0)
        return;
    int last = server.parked[--server.parked_count];
    server.parked[server.place[fd] - 1] = last;
    server.place[last] = server.place[fd];
    server.place[fd] = 0;
}

static void answer_parked(void)
{
    size_t count = server.parked_count;

    server.parked_count = 0;
    for (size_t i = 0; i < count; i++) {
        server.place[server.parked[i]] = 0;
        answer(server.parked[i], &server.newest);
    }
}

/* ---- routes ---- */

static void serve_poll(int fd, const struct request *request)
{
    static const char start[] = "since=f.";
    const size_t length = sizeof(start) - 1;
    bool ours = request->query.length > length &&
                memcmp(request->query.data, start, length) == 0;

    /* What follows the query in its record ends the number. */
    if (ours && strtoll(request->query.data + length, NULL, 10) == server.seq)
        park(fd);
    else
        answer(fd, &server.newest);
}

static void serve_login(int fd)
{
    static struct reply reply;
    char body[128];
    int length = snprintf(body, sizeof(body),
                          "{\"token\":\"floor\",\"cursor\":\"f.%" PRId64 "\"}",
                          server.seq);

    make_reply(&reply, "200 OK", body, (size_t)length);
    answer(fd, &reply);
}

/* An event is the post's body with more in front: {"seq":..., + "id":...}. */
static void serve_post(int fd, const struct request *request)
{
    static char body[RESPONSE_BYTES_MAX / 2];
    static struct reply posted;
    int64_t seq = ++server.seq;
    int length = snprintf(
        body, sizeof(body),
        "{\"since\":\"f.%" PRId64 "\",\"next\":\"f.%" PRId64
        "\",\"events\":[{\"seq\":%" PRId64 ",\"n\":%" PRId64
        ",\"room\":\"bench\",\"at\":1795370000123,\"type\":\"message\","
        "\"from\":\"p12345-0\",%.*s],\"signals\":[],\"more\":false}",
        seq - 1, seq, seq, seq, (int)request->body.length - 1,
        request->body.data + 1);

    make_reply(&server.newest, "200 OK", body, (size_t)length);
    answer_parked();
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
        serve_poll(fd, request);
    } else if (is(request->method, "POST") &&
               ends_with(request->uri, "/session")) {
        serve_login(fd);
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
    make_reply(&server.newest, "200 OK", "{}", 2);
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
