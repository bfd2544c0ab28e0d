/*
 * An HTTP request as the front end sees it: the FastCGI parameters it needs,
 * copied, and pure functions that read them. Everything here is outside input
 * and fuzzed.
 */
#ifndef FCGI_REQUEST_H
#define FCGI_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/result.h"

enum {
    REQUEST_BODY_BYTES_MAX = 65536,
    /* All parameters of one request: names, values, and their lengths. */
    REQUEST_PARAMS_BYTES_MAX = 64 * 1024,
};

enum http_method {
    HTTP_GET,
    HTTP_POST,
    HTTP_PATCH,
    HTTP_DELETE,
    HTTP_HEAD,    /* of pages: as GET */
    HTTP_OPTIONS, /* of no route, but pages of other sites ask */
    HTTP_OTHER,   /* known to no route */
};

/*
 * Strings are never NULL ("" when the header is missing) unless said, live in
 * `block` and are freed with it.
 */
struct request {
    enum http_method method;
    const char *path;           /* as sent, still percent-encoded, no query */
    const char *query;          /* after the '?', or "" */
    const char *cookie;         /* Cookie */
    const char *authorization;  /* Authorization */
    const char *host;           /* Host */
    const char *origin;         /* Origin; NULL if there was none */
    const char *sec_fetch_site; /* Sec-Fetch-Site; NULL if there was none */
    const char *content_type;
    const char *last_event_id;
    const char *if_none_match;
    const char *idempotency_key;
    const char *request_id;  /* AJAXCHAT_REQUEST_ID: nginx's $request_id */
    const char *remote_addr; /* REMOTE_ADDR: who asks, as nginx sees it */
    const char *site_user;   /* AJAXCHAT_USER: whom the web server has let in */
    const char *site_nick;   /* AJAXCHAT_NICK */
    const char *site_role;   /* AJAXCHAT_ROLE */
    bool https;
    bool too_large; /* the body was over the bound and was not kept */
    bool malformed; /* the body is not as long as CONTENT_LENGTH says */
    const char *body;
    size_t body_bytes;
    void *block;
};

/*
 * Copies what is needed from FastCGI parameters (`envp`: "NAME=value", NULL
 * at the end; the last of a name wins) and from `body_bytes` of `body`, or
 * with `too_large` no body. CHAT_OK or CHAT_NO_MEMORY.
 */
enum chat_result request_init(struct request *request, char *const *envp,
                              const char *body, size_t body_bytes,
                              bool too_large);
void request_fini(struct request *request);

/*
 * The value of `name` (compared as sent) in a query string, percent-decoded
 * ('+' is a blank). The first wins where there are several.
 *
 * CHAT_OK and the NUL-terminated value in `out`; CHAT_NOT_FOUND;
 * CHAT_BAD_REQUEST: bad percent-encoding, NUL, bad UTF-8, or longer than
 * `out_bytes` holds.
 */
enum chat_result query_get(const char *query, const char *name, char *out,
                           size_t out_bytes);

/*
 * Percent-decodes `length` bytes of a path segment. CHAT_OK and the
 * NUL-terminated UTF-8 in `out`; CHAT_BAD_REQUEST as query_get(), or a
 * decoded '/'.
 */
enum chat_result segment_decode(const char *segment, size_t length, char *out,
                                size_t out_bytes);

/*
 * The value of cookie `name` in a Cookie header (RFC 6265 5.4). CHAT_OK,
 * CHAT_NOT_FOUND, or CHAT_BAD_REQUEST (longer than `out_bytes` holds).
 */
enum chat_result cookie_get(const char *header, const char *name, char *out,
                            size_t out_bytes);

/*
 * The token of "Bearer TOKEN" (RFC 6750 2.1; the scheme in any case). Results
 * as cookie_get(); CHAT_NOT_FOUND for other schemes and no header;
 * CHAT_BAD_REQUEST also when no token follows, or more than one.
 */
enum chat_result bearer_get(const char *header, char *out, size_t out_bytes);

/* Whether Content-Type names application/json, with or without parameters. */
bool content_type_is_json(const char *content_type);

/* The same of application/x-www-form-urlencoded, and of text/plain. */
bool content_type_is_form(const char *content_type);
bool content_type_is_text(const char *content_type);

/*
 * Whether an If-None-Match header names `etag` (with its quotes), weak or not,
 * or anything ("*").
 */
bool etag_matches(const char *if_none_match, const char *etag);

/*
 * Whether a page of this very origin, a person (address bar) or a program
 * that is no browser made the request: Sec-Fetch-Site is same-origin or none;
 * without that header, Origin's host and port equal Host (default ports
 * filled in by Origin's scheme); without both: yes. `Origin: null`: no.
 */
bool request_is_same_origin(const struct request *request);

/*
 * A decimal number, `text` being all of it: digits only, at most 19, within
 * int64_t. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result number_parse(const char *text, int64_t *number_out);

/*
 * A day of UTC, YYYY-MM-DD, as the millisecond since 1970 in which it begins;
 * of one before that: 0. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result date_parse(const char *text, int64_t *at_ms_out);

/*
 * A decimal number of any size, with or without sign and fraction, as the
 * nearest whole number from `least` to `most` that is not above it (what is
 * out of range is clamped). CHAT_OK or CHAT_BAD_REQUEST: no number.
 */
struct number_range {
    int64_t least, most; /* 0 <= least <= most */
};
enum chat_result number_parse_clamped(const char *text,
                                      struct number_range range,
                                      int64_t *number_out);

#endif
