#include "tests/bench/floor_record.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <fastcgi.h>

enum { REPLY_TAIL_BYTES = 2 * FCGI_HEADER_LEN + 8 };

_Noreturn void floor_die(const char *what)
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

bool slice_is(struct slice slice, const char *text)
{
    return slice.length == strlen(text) &&
           memcmp(slice.data, text, slice.length) == 0;
}

bool slice_ends_with(struct slice slice, const char *end)
{
    size_t length = strlen(end);

    return slice.length >= length &&
           memcmp(slice.data + slice.length - length, end, length) == 0;
}

static void read_uri(struct slice uri, struct request *request)
{
    const char *mark = memchr(uri.data, '?', uri.length);

    request->uri = uri;
    if (mark != NULL)
        request->query = (struct slice){
            mark + 1, (size_t)(uri.data + uri.length - mark - 1)};
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
        if (slice_is(name, "REQUEST_METHOD"))
            request->method = value;
        else if (slice_is(name, "REQUEST_URI"))
            read_uri(value, request);
        at += name_bytes + value_bytes;
    }
}

bool request_read(const unsigned char *data, size_t length,
                  struct request *request_out)
{
    const unsigned char *at = data, *end = data + length;
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
        floor_die("a reply");
    }
    put_header(reply->data, FCGI_STDOUT, content_bytes);
    reply->length = FCGI_HEADER_LEN + content_bytes;
}

void reply_make(struct reply *reply_out, const char *status, const char *body,
                size_t body_bytes)
{
    char *content = content_of(reply_out);
    int head = snprintf(content, REPLY_BODY_BYTES_MAX,
                        "Status: %s\r\nContent-Type: application/json\r\n"
                        "Content-Length: %zu\r\nCache-Control: no-store\r\n"
                        "X-Content-Type-Options: nosniff\r\n\r\n",
                        status, body_bytes);

    memcpy(content + head, body, body_bytes);
    make_piece(reply_out, (size_t)head + body_bytes);
    char *at = put_header(reply_out->data + reply_out->length, FCGI_STDOUT, 0);
    at = put_header(at, FCGI_END_REQUEST, 8);
    memset(at, 0, 8);
    reply_out->length += REPLY_TAIL_BYTES;
}

void reply_make_event(struct reply *reply_out, bool first, const char *body,
                      size_t body_bytes)
{
    char *content = content_of(reply_out);
    int length =
        snprintf(content, REPLY_BODY_BYTES_MAX + 512, "%sdata: %.*s\n\n",
                 first ? "Status: 200 OK\r\nContent-Type: text/event-stream\r\n"
                         "Cache-Control: no-store\r\nX-Accel-Buffering: no\r\n"
                         "X-Content-Type-Options: nosniff\r\n\r\n"
                       : "",
                 (int)body_bytes, body);

    make_piece(reply_out, (size_t)length);
}
