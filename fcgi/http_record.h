/*
 * FastCGI 1.0 records, as far as the front end looks at them itself: whether
 * a whole request has arrived, so that libfcgi is only ever given one that it
 * can read to its end. Pure functions on bytes; what they accept is also safe
 * for libfcgi, which believes the lengths it is told.
 */
#ifndef FCGI_HTTP_RECORD_H
#define FCGI_HTTP_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    /* One request with all its records; a legal one needs half of it. */
    HTTP_RECORD_REQUEST_BYTES_MAX = 256 * 1024,
};

enum http_record_status {
    HTTP_RECORD_WHOLE,
    HTTP_RECORD_NEED_MORE, /* fine so far */
    HTTP_RECORD_BAD,       /* can never become one request of role Responder */
    HTTP_RECORD_TOO_LARGE, /* it, or its parameters, are over the bounds */
};

struct http_record_request {
    size_t length;     /* of all its records */
    size_t body_bytes; /* within its STDIN records; may be over the bound */
    uint16_t request_id;
    bool keep; /* the peer wants the connection kept */
};

/*
 * Whether the `length` bytes of `data` are one request: BEGIN_REQUEST, PARAMS
 * records ended by an empty one, STDIN records ended by an empty one, all with
 * one request id. Anything else is BAD, also bytes behind the request (we
 * announce no multiplexing) and management records (we need none).
 *
 * `request_out` is set for HTTP_RECORD_WHOLE only.
 */
enum http_record_status
http_record_walk(const unsigned char *data, size_t length,
                 struct http_record_request *request_out);

/* Writes `request_id` into each of the whole records in `data`. */
void http_record_set_request_id(unsigned char *data, size_t length,
                                uint16_t request_id);

#endif
