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
    REQUEST_BYTES_MAX = 8 * 1024,
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

    *client = (struct http_client){
        .headers = place->headers != NULL ? place->headers : ""};
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
static struct bytes *make_request(const struct http_client *client,
                                  const struct http_call *call)
{
    char text[REQUEST_BYTES_MAX];
    char authorization[128] = "", framing[96] = "";
    const char *body = call->body != NULL ? call->body : "";

    if (call->token != NULL && *call->token != '\0')
        snprintf(authorization, sizeof(authorization),
                 "Authorization: Bearer %s\r\n", call->token);
    if (call->body != NULL)
        snprintf(framing, sizeof(framing),
                 "Content-Type: application/json\r\n"
                 "Content-Length: %zu\r\n",
                 strlen(body));
    int length =
        snprintf(text, sizeof(text),
                 "%s %s HTTP/1.1\r\nHost: localhost\r\n%s%s%s%s\r\n%s",
                 call->method, call->path, client->headers, authorization,
                 call->headers != NULL ? call->headers : "", framing, body);
    if (length >= (int)sizeof(text))
        bench_die("too large a request: %s", call->path);
    struct bytes *request = bytes_new(text, (size_t)length);
    if (request == NULL)
        bench_die("no memory");
    return request;
}

static void send_call(struct http_client *client, const struct http_call *call,
                      void *context)
{
    struct bytes *request = make_request(client, call);

    assert(!client->waiting);
    client->context = context;
    client->waiting = true;
    bench_need(stream_send(&client->stream, request, request->length), "send");
    bytes_drop(request);
}

void http_client_send(struct http_client *client, const struct http_call *call,
                      http_response_fn *on_response, void *context)
{
    client->on_response = on_response;
    send_call(client, call, context);
}

void http_client_listen(struct http_client *client,
                        const struct http_call *call, http_piece_fn *on_piece,
                        void *context)
{
    client->on_piece = on_piece;
    send_call(client, call, context);
}

/* ---- heads ---- */

/* What is behind a header's name (as the server writes it); NULL: no such. */
static const char *find_header(const struct http_response *response,
                               const char *name)
{
    char line_start[64];
    int length = snprintf(line_start, sizeof(line_start), "\r\n%s", name);

    assert(length < (int)sizeof(line_start));
    const char *at = memmem(response->head, response->head_bytes, line_start,
                            (size_t)length);
    return at != NULL ? at + length : NULL;
}

void http_response_header(const struct http_response *response,
                          const char *name, char *value_out, size_t value_size)
{
    const char *value = find_header(response, name);

    *value_out = '\0';
    if (value == NULL)
        return;
    const char *end = memchr(value, '\r', value_size);
    if (end == NULL || (size_t)(end - value) >= value_size)
        bench_die("the header %s is too long", name);
    memcpy(value_out, value, (size_t)(end - value));
    value_out[end - value] = '\0';
}

/* False: the rest is still to come. The body is not looked at. */
static bool read_head(const struct stream *stream,
                      struct http_response *response_out)
{
    static const char status_line[] = "HTTP/1.1 ";
    const char *head = (const char *)stream->input;
    const char *end = memmem(head, stream->input_bytes, "\r\n\r\n", 4);

    if (end == NULL)
        return false;
    if (memcmp(head, status_line, sizeof(status_line) - 1) != 0)
        bench_die("not HTTP: %.*s", (int)stream->input_bytes, head);
    *response_out = (struct http_response){
        .status = atoi(head + sizeof(status_line) - 1),
        .head = head,
        .head_bytes = (size_t)(end - head) + 4,
    };
    return true;
}

/* ---- receiving ---- */

/* False: the rest is still to come. */
static bool read_response(const struct stream *stream,
                          struct http_response *response_out)
{
    if (!read_head(stream, response_out))
        return false;
    size_t head_bytes = response_out->head_bytes;
    const char *length = find_header(response_out, "Content-Length: ");
    if (length == NULL)
        bench_die("a reply without length: %.*s", (int)head_bytes,
                  response_out->head);
    response_out->body = response_out->head + head_bytes;
    response_out->body_bytes = strtoul(length, NULL, 10);
    size_t bytes = head_bytes + response_out->body_bytes;
    if (stream->input_bytes > bytes)
        bench_die("more than one reply: %.*s", (int)stream->input_bytes,
                  response_out->head);
    return stream->input_bytes == bytes;
}

static void take_response(struct http_client *client)
{
    struct http_response response;

    if (!client->waiting)
        bench_die("a reply that nobody asked for");
    if (!read_response(&client->stream, &response))
        return;
    size_t input_bytes = client->stream.input_bytes;
    client->waiting = false;
    client->on_response(client->context, &response);
    stream_consume(&client->stream, input_bytes);
}

/* The head of a reply that goes on. Returns its bytes; 0: not whole yet. */
static size_t take_head(struct http_client *client)
{
    struct http_response response;

    if (!read_head(&client->stream, &response))
        return 0;
    if (response.status != 200)
        bench_die("not a stream: %.*s", (int)client->stream.input_bytes,
                  response.head);
    client->waiting = false;
    client->chunked =
        find_header(&response, "Transfer-Encoding: chunked") != NULL;
    return response.head_bytes;
}

/* Takes one whole chunk. Returns its bytes; 0: not whole yet. */
static size_t take_chunk(struct http_client *client, const char *input,
                         size_t input_bytes)
{
    const char *line_end = memmem(input, input_bytes, "\r\n", 2);
    size_t chunk_bytes = line_end != NULL ? strtoul(input, NULL, 16) : 0;

    if (line_end == NULL)
        return 0;
    if (chunk_bytes == 0)
        bench_die("a stream has ended");
    const char *chunk = line_end + 2;
    size_t all_bytes = (size_t)(chunk - input) + chunk_bytes + 2;
    if (all_bytes > input_bytes)
        return 0;
    client->on_piece(client->context, chunk, chunk_bytes);
    return all_bytes;
}

static void take_pieces(struct http_client *client)
{
    const char *input = (const char *)client->stream.input;
    size_t input_bytes = client->stream.input_bytes, done = 0, taken;

    if (client->waiting && (done = take_head(client)) == 0)
        return;
    if (client->chunked) {
        while ((taken = take_chunk(client, input + done, input_bytes - done)))
            done += taken;
    } else {
        client->on_piece(client->context, input + done, input_bytes - done);
        done = input_bytes;
    }
    stream_consume(&client->stream, done);
}

static void on_stream(void *context, unsigned events)
{
    struct http_client *client = context;

    if ((events & SELECTOR_READ) == 0)
        return;
    enum chat_result result =
        stream_receive(&client->stream, RESPONSE_BYTES_MAX);
    if (result == CHAT_AGAIN)
        return;
    bench_need(result, "receive");
    if (client->on_piece != NULL)
        take_pieces(client);
    else
        take_response(client);
}
