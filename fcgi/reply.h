/*
 * Replies as the bytes that go to the web server: the CGI headers and body
 * within FastCGI records (STDOUT..., empty STDOUT, END_REQUEST), rendered
 * once and sent to any number of exchanges.
 *
 * Every reply has Cache-Control (no-store, unless it says otherwise),
 * X-Content-Type-Options: nosniff and, unless it is a 204, a 304 or goes out
 * in parts, an exact Content-Length.
 */
#ifndef FCGI_REPLY_H
#define FCGI_REPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "common/bytes.h"
#include "common/result.h"

struct reply_parts {
    int status;                /* 200, 201, ... */
    const char *content_type;  /* NULL: application/json */
    const char *cache_control; /* NULL: no-store */
    const char *extra_headers; /* whole lines, each ended by \r\n; or NULL */
    const char *body;          /* NULL: none, as for a 204 and a 304 */
    size_t body_bytes;
    bool head_only; /* to HEAD: the body is described and left out */
};

/*
 * One reference, the caller's; NULL: no memory. The records carry the request
 * id 1, the one nginx uses; http.c rewrites a copy for others.
 */
struct bytes *reply_new(const struct reply_parts *parts);

/*
 * The same in parts, for a reply whose end is not known yet: it has no
 * Content-Length. First reply_begin() with the headers and what there is of
 * the body, then any number of reply_part(), then reply_end(). Results as
 * reply_new().
 */
struct bytes *reply_begin(const struct reply_parts *parts);
struct bytes *reply_part(const char *data, size_t length);
struct bytes *reply_end(void);

/*
 * The problem document (RFC 9457) of `result`, with its HTTP status from the
 * one table in reply.c; what no visitor should see becomes 503 unavailable.
 * `extra_headers` as above, "Allow: ...\r\n" say. 429 and 503 get Retry-After:
 * `retry_after_seconds`, at least 1. `detail` (UTF-8; NULL: none) says more.
 *
 * One reference, the caller's; NULL: no memory.
 */
struct problem {
    enum chat_result result;
    const char *detail;
    const char *extra_headers;
    int retry_after_seconds;
    bool head_only;
};
struct bytes *reply_problem(const struct problem *problem);

/* The same with status and headers of `problem`, but a body of another kind. */
struct problem_body {
    const char *content_type;
    const char *text;
    size_t bytes;
};
struct bytes *reply_problem_with(const struct problem *problem,
                                 const struct problem_body *body);

/* The HTTP status of `result`: 200 for CHAT_OK, 404 for CHAT_NO_ROOM, ... */
int reply_status(enum chat_result result);

/* What it says to people: "There is no such room."; an error's, never NULL. */
const char *reply_title(enum chat_result result);

#endif
