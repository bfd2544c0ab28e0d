#include "tests/bench/http_client.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tests/bench/bench.h"

enum {
    REQUEST_BYTES_MAX = 4096,
    RESPONSE_BYTES_MAX = 1024 * 1024,
    BROWSERS_PER_ADDRESS = 200,
    FIRST_ADDRESS = 0x7f010001, /* 127.1.0.1 */
};

/* ---- connecting ---- */

static struct sockaddr_in address(uint32_t host, uint16_t port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_addr.s_addr = htonl(host),
                                .sin_port = htons(port)};
}

/* The port is chosen at connect(2), when source and target are known. */
static int bound_socket(size_t browser)
{
    const int on = 1;
    const struct sockaddr_in source =
        address((uint32_t)(FIRST_ADDRESS + browser / BROWSERS_PER_ADDRESS), 0);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 ||
        setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on)) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) ||
        bind(fd, (const struct sockaddr *)&source, sizeof(source)) != 0)
        bench_die("socket of browser %zu: %s", browser, strerror(errno));
    return fd;
}

static void on_stream(void *context, unsigned events);

void http_client_open(struct http_client *client, struct selector *selector,
                      const struct http_place *place)
{
    const struct sockaddr_in target = address(INADDR_LOOPBACK, place->port);
    int fd = bound_socket(place->browser);

    *client = (struct http_client){0};
    if (connect(fd, (const struct sockaddr *)&target, sizeof(target)) != 0 ||
        fcntl(fd, F_SETFL, O_NONBLOCK) != 0)
        bench_die("connection to port %u: %s", (unsigned)place->port,
                  strerror(errno));
    bench_need(stream_open(&client->stream, selector, fd, SELECTOR_READ,
                           on_stream, client),
               "stream_open");
}

void http_client_close(struct http_client *client)
{
    stream_close(&client->stream);
}

/* ---- sending ---- */

/* A reference that is the caller's. */
static struct bytes *make_request(const struct http_call *call)
{
    char text[REQUEST_BYTES_MAX];
    char authorization[128] = "", framing[96] = "";
    const char *body = call->body != NULL ? call->body : "";

    if (*call->token != '\0')
        snprintf(authorization, sizeof(authorization),
                 "Authorization: Bearer %s\r\n", call->token);
    if (call->body != NULL)
        snprintf(framing, sizeof(framing),
                 "Content-Type: application/json\r\n"
                 "Content-Length: %zu\r\n",
                 strlen(body));
    int length = snprintf(
        text, sizeof(text), "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s\r\n%s",
        call->method, call->path, authorization, framing, body);
    if (length >= (int)sizeof(text))
        bench_die("too large a request: %s", call->path);
    struct bytes *request = bytes_new(text, (size_t)length);
    if (request == NULL)
        bench_die("no memory");
    return request;
}

void http_client_send(struct http_client *client, const struct http_call *call,
                      http_response_fn *on_response, void *context)
{
    struct bytes *request = make_request(call);

    assert(!client->waiting);
    client->on_response = on_response;
    client->context = context;
    client->waiting = true;
    bench_need(stream_send(&client->stream, request, request->length), "send");
    bytes_drop(request);
}

/* ---- receiving ---- */

/* The number behind a header's name (written as nginx does). */
static size_t header_number(const char *head, size_t head_bytes,
                            const char *name)
{
    const char *at = memmem(head, head_bytes, name, strlen(name));

    if (at == NULL)
        bench_die("a reply without %.16s: %.*s", name + 2, (int)head_bytes,
                  head);
    return strtoul(at + strlen(name), NULL, 10);
}

/* False: the rest is still to come. */
static bool read_response(const struct stream *stream,
                          struct http_response *response_out)
{
    static const char status_line[] = "HTTP/1.1 ";
    const char *head = (const char *)stream->input;
    const char *end = memmem(head, stream->input_bytes, "\r\n\r\n", 4);

    if (end == NULL)
        return false;
    size_t head_bytes = (size_t)(end - head) + 4;
    size_t body_bytes = header_number(head, head_bytes, "\r\nContent-Length: ");
    if (stream->input_bytes < head_bytes + body_bytes)
        return false;
    if (memcmp(head, status_line, sizeof(status_line) - 1) != 0 ||
        stream->input_bytes > head_bytes + body_bytes)
        bench_die("not one HTTP reply: %.*s", (int)head_bytes, head);
    response_out->status = atoi(head + sizeof(status_line) - 1);
    response_out->body = head + head_bytes;
    response_out->body_bytes = body_bytes;
    return true;
}

static void on_stream(void *context, unsigned events)
{
    struct http_client *client = context;
    struct http_response response;

    if ((events & SELECTOR_READ) == 0)
        return;
    enum chat_result result =
        stream_receive(&client->stream, RESPONSE_BYTES_MAX);
    if (result == CHAT_AGAIN)
        return;
    bench_need(result, "receive");
    if (!client->waiting)
        bench_die("a reply that nobody asked for");
    if (!read_response(&client->stream, &response))
        return;
    size_t input_bytes = client->stream.input_bytes;
    client->waiting = false;
    client->on_response(client->context, &response);
    stream_consume(&client->stream, input_bytes);
}
