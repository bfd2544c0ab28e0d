/*
 * The floor's FastCGI: as little of it as nginx needs. What it is not made
 * for ends the program.
 */
#ifndef TESTS_BENCH_FLOOR_RECORD_H
#define TESTS_BENCH_FLOOR_RECORD_H

#include <stdbool.h>
#include <stddef.h>

enum {
    REPLY_BYTES_MAX = 128 * 1024,
    REPLY_BODY_BYTES_MAX = REPLY_BYTES_MAX / 2,
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
    char data[REPLY_BYTES_MAX];
};

/* Says why, with errno, and ends the program. */
_Noreturn void floor_die(const char *what);

bool slice_is(struct slice slice, const char *text);
bool slice_ends_with(struct slice slice, const char *end);

/* Reads the records; false: they are not one whole request. */
bool request_read(const unsigned char *data, size_t length,
                  struct request *request_out);

/* The same headers as the chat's, the body, and the records around them. */
void reply_make(struct reply *reply_out, const char *status, const char *body,
                size_t body_bytes);

/* A stream's next event, or its headers and the first. */
void reply_make_event(struct reply *reply_out, bool first, const char *body,
                      size_t body_bytes);

#endif
