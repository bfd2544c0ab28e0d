/* FastCGI bytes as a web server writes them, for tests. */
#ifndef TESTS_UNIT_FASTCGI_H
#define TESTS_UNIT_FASTCGI_H

#include <assert.h>
#include <fastcgi.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Records one behind the other; tests may also write into `data`. */
struct records {
    size_t length;
    unsigned char data[400 * 1024];
};

static inline void put_record(struct records *records, unsigned type,
                              unsigned request_id, const void *content,
                              size_t length)
{
    const unsigned char header[FCGI_HEADER_LEN] = {
        FCGI_VERSION_1,
        (unsigned char)type,
        (unsigned char)(request_id >> 8),
        (unsigned char)request_id,
        (unsigned char)(length >> 8),
        (unsigned char)length,
    };
    assert(length <= FCGI_MAX_LENGTH);
    assert(records->length + sizeof(header) + length <= sizeof(records->data));
    memcpy(records->data + records->length, header, sizeof(header));
    records->length += sizeof(header);
    if (length > 0)
        memcpy(records->data + records->length, content, length);
    records->length += length;
}

static inline void put_begin(struct records *records, unsigned request_id,
                             unsigned role, bool keep)
{
    const unsigned char body[8] = {(unsigned char)(role >> 8),
                                   (unsigned char)role,
                                   keep ? FCGI_KEEP_CONN : 0};
    put_record(records, FCGI_BEGIN_REQUEST, request_id, body, sizeof(body));
}

/* One name-value pair, with long lengths; returns its length. */
static inline size_t write_pair(unsigned char *out, const char *name,
                                const char *value)
{
    size_t lengths[2] = {strlen(name), strlen(value)};
    size_t at = 0;
    for (size_t i = 0; i < 2; i++) {
        out[at++] = (unsigned char)(0x80 | lengths[i] >> 24);
        out[at++] = (unsigned char)(lengths[i] >> 16);
        out[at++] = (unsigned char)(lengths[i] >> 8);
        out[at++] = (unsigned char)lengths[i];
    }
    memcpy(out + at, name, lengths[0]);
    memcpy(out + at + lengths[0], value, lengths[1]);
    return at + lengths[0] + lengths[1];
}

/* `data` cut into records of at most `piece` bytes, then the empty one. */
static inline void put_stream(struct records *records, unsigned type,
                              unsigned request_id, const void *data,
                              size_t length, size_t piece)
{
    const unsigned char *from = data;
    for (size_t at = 0; at < length; at += piece)
        put_record(records, type, request_id, from + at,
                   length - at < piece ? length - at : piece);
    put_record(records, type, request_id, NULL, 0);
}

/* What a test varies in a request; the rest is a POST as nginx sends it. */
struct sample_request {
    unsigned request_id;        /* 0: 1 */
    bool close;                 /* not to be kept */
    const char *uri;            /* NULL: "/chat/v1/x?a=1" */
    const char *content_length; /* NULL: none */
    const char *body;
    size_t body_bytes;
};

static inline void put_request(struct records *records,
                               const struct sample_request *sample)
{
    unsigned char params[4096];
    size_t length = 0;
    unsigned id = sample->request_id != 0 ? sample->request_id : 1;
    const char *uri = sample->uri != NULL ? sample->uri : "/chat/v1/x?a=1";
    put_begin(records, id, FCGI_RESPONDER, !sample->close);
    length += write_pair(params + length, "REQUEST_METHOD", "POST");
    length += write_pair(params + length, "REQUEST_URI", uri);
    length += write_pair(params + length, "HTTP_HOST", "chat.example");
    if (sample->content_length != NULL)
        length += write_pair(params + length, "CONTENT_LENGTH",
                             sample->content_length);
    put_stream(records, FCGI_PARAMS, id, params, length, 100);
    put_stream(records, FCGI_STDIN, id, sample->body, sample->body_bytes,
               32768);
}

#endif
