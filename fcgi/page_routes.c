/*
 * Rooms as pages that work without JavaScript: read by everybody, written to
 * with a form. Pages for those who have no session are the same for all of
 * them, and may be cached; a session's are its own.
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/html.h"
#include "fcgi/reply.h"
#include "fcgi/room_page.h"
#include "fcgi/routes.h"

enum {
    PAGE_LINES = 50,
    TEXT_LINES = HISTORY_LIMIT_MAX,
    /* 16 bytes as hexadecimal digits between quotes, and the NUL. */
    ETAG_SIZE = 35,
};

#define CACHE_PUBLIC "public, max-age=10"
#define CACHE_PRIVATE "private, no-cache"

static const struct {
    const char *suffix; /* of the room's name in the path */
    const char *content_type;
    int64_t limit;
    char *(*render)(const struct room_page *page, size_t *length_out);
} formats[] = {
    [PAGE_HTML] = {"", "text/html; charset=utf-8", PAGE_LINES, room_page_html},
    [PAGE_TEXT] = {".txt", "text/plain; charset=utf-8", TEXT_LINES,
                   room_page_text},
    [PAGE_ATOM] = {".atom", "application/atom+xml", PAGE_LINES, room_page_atom},
};

/* ---- refusals ---- */

struct bytes *page_refusal(const struct problem *problem)
{
    size_t length;
    char *text = room_page_refusal(reply_title(problem->result),
                                   problem->detail, &length);
    struct bytes *reply = NULL;

    if (text != NULL)
        reply = reply_problem_with(
            problem, &(struct problem_body){
                         .content_type = formats[PAGE_HTML].content_type,
                         .text = text,
                         .bytes = length,
                     });
    free(text);
    return reply;
}

/* ---- what a page is made of ---- */

/* "https://example.org" in `out`, or "" if the request does not say. */
static void print_origin(const struct request *request, char *out,
                         size_t out_bytes)
{
    int length = 0;

    if (request->host[0] != '\0')
        length = snprintf(out, out_bytes, "%s://%s",
                          request->https ? "https" : "http", request->host);
    if (length <= 0 || (size_t)length >= out_bytes)
        out[0] = '\0';
}

/* An id for what is written on the page, so that it is posted once. */
static void make_form_id(char out[33])
{
    unsigned char random[16];

    randombytes_buf(random, sizeof(random));
    (void)sodium_bin2hex(out, 33, random, sizeof(random));
}

static void make_etag(const char *text, size_t length, char out[ETAG_SIZE])
{
    unsigned char hash[crypto_generichash_BYTES_MIN];

    (void)crypto_generichash(hash, sizeof(hash), (const unsigned char *)text,
                             length, NULL, 0);
    out[0] = '"';
    (void)sodium_bin2hex(out + 1, ETAG_SIZE - 2, hash, sizeof(hash));
    strcat(out, "\"");
}

/* The reply with a page, or that the reader has it. NULL: no memory. */
static struct bytes *reply_page(const struct call *call,
                                const struct room_page *page, const char *text,
                                size_t length)
{
    const struct request *request = exchange_request(call->exchange);
    char etag[ETAG_SIZE], headers[256];
    struct reply_parts parts = {
        .status = 200,
        .content_type = formats[call->page.format].content_type,
        .cache_control = call->has_token ? CACHE_PRIVATE : CACHE_PUBLIC,
        .extra_headers = headers,
        .body = text,
        .body_bytes = length,
        .head_only = request->method == HTTP_HEAD,
    };

    make_etag(text, length, etag);
    (void)snprintf(headers, sizeof(headers), "ETag: %s\r\nVary: Cookie\r\n%s",
                   etag, page->indexed ? "" : "X-Robots-Tag: noindex\r\n");
    if (etag_matches(request->if_none_match, etag)) {
        parts.status = 304;
        parts.body = NULL;
        parts.body_bytes = 0;
    }
    return reply_new(&parts);
}

static bool has_line(const struct room_page *page, int64_t n)
{
    struct page_line line;
    const json_t *event;
    size_t index;

    json_array_foreach (page->events, index, event) {
        if (page_line_read(event, &line) && line.n == n)
            return true;
    }
    return false;
}

static void render(struct call *call, struct room_page *page)
{
    char origin[512], form_id[33];
    size_t length = 0;

    print_origin(exchange_request(call->exchange), origin, sizeof(origin));
    page->origin = origin;
    page->epoch = backend_epoch(call->front->backend);
    page->anchor = call->page.anchor;
    page->has_session = call->sid != 0;
    if (page->has_session) {
        make_form_id(form_id);
        page->form_id = form_id;
    }
    char *text = formats[call->page.format].render(page, &length);
    struct bytes *reply =
        text != NULL ? reply_page(call, page, text, length) : NULL;
    free(text);
    call_answer(call, reply, 0);
}

/* ---- reading ---- */

static void answer_page(struct call *call, const struct backend_result *result)
{
    struct room_page page;
    enum chat_result read = result->result;

    if (read == CHAT_OK)
        read = room_page_read(result->json, &page);
    if (read == CHAT_OK && call->page.anchor == HISTORY_AROUND) {
        page.target_n = call->page.n;
        if (!has_line(&page, page.target_n))
            read = CHAT_NO_MESSAGE;
    }
    if (read == CHAT_OK)
        render(call, &page);
    else
        call_refuse(call, read, NULL);
}

static void ask_page(struct call *call, int64_t limit, call_result_fn *then)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_PAGE,
                 .room = call->room,
                 .anchor = call->page.anchor,
                 .seq = call->page.n,
                 .limit = limit,
                 .types = ROOM_PAGE_TYPES,
             },
             then);
}

/* before=N or after=N. */
static enum chat_result take_place(struct call *call)
{
    const char *query = exchange_request(call->exchange)->query;
    char value[32];
    enum chat_result result = query_get(query, "before", value, sizeof(value));

    call->page.anchor = HISTORY_BEFORE;
    if (result == CHAT_NOT_FOUND) {
        result = query_get(query, "after", value, sizeof(value));
        call->page.anchor = HISTORY_AFTER;
    }
    if (result == CHAT_OK)
        return number_parse(value, &call->page.n);
    call->page.anchor = HISTORY_NEWEST;
    return result == CHAT_NOT_FOUND ? CHAT_OK : result;
}

/* Takes the suffix that says so off the room's name. */
static void take_format(struct call *call)
{
    size_t length = strlen(call->room);

    for (size_t i = PAGE_TEXT; i < sizeof(formats) / sizeof(*formats); i++) {
        size_t suffix = strlen(formats[i].suffix);
        if (length <= suffix ||
            strcmp(call->room + length - suffix, formats[i].suffix) != 0)
            continue;
        call->room[length - suffix] = '\0';
        call->page.format = (enum page_format)i;
        return;
    }
}

void page_show(struct call *call)
{
    take_format(call);
    if (take_place(call) == CHAT_OK)
        ask_page(call, formats[call->page.format].limit, answer_page);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "before or after is a number");
}

void page_show_message(struct call *call)
{
    call->page.anchor = HISTORY_AROUND;
    call->page.n = call->seq;
    if (call->seq > 0)
        ask_page(call, PAGE_LINES, answer_page);
    else
        call_refuse(call, CHAT_NO_MESSAGE, NULL);
}

/* ---- writing ---- */

/* The form's fields, as they are in the request. */
struct written {
    char nick[NICK_SIZE]; /* "": none */
    char id[ID_SIZE];
    /* Line ends come as two bytes each, and leave as one. */
    char text[2 * MESSAGE_TEXT_BYTES_MAX + 1];
};

/* Forms end their lines with CR LF. */
static void unify_line_ends(char *text)
{
    char *out = text;

    for (; *text != '\0'; text++) {
        if (text[0] != '\r' || text[1] != '\n')
            *out++ = *text;
    }
    *out = '\0';
}

/* The id is the form's, else the web server's of the request. */
static void take_id(const struct request *request, struct written *written)
{
    if (query_get(request->body, "id", written->id, sizeof(written->id)) ==
            CHAT_OK &&
        id_check(written->id, ID_SIZE - 1) == CHAT_OK)
        return;
    if (id_check(request->request_id, ID_SIZE - 1) == CHAT_OK)
        strcpy(written->id, request->request_id);
    else
        make_form_id(written->id);
}

static enum chat_result take_written(const struct call *call,
                                     struct written *written)
{
    const struct request *request = exchange_request(call->exchange);
    size_t bytes_max = (size_t)call->front->settings->limits.text_bytes;

    if (request->malformed)
        return CHAT_BAD_REQUEST;
    if (query_get(request->body, "text", written->text,
                  sizeof(written->text)) != CHAT_OK)
        return CHAT_BAD_TEXT;
    unify_line_ends(written->text);
    if (message_text_check(written->text, bytes_max) != CHAT_OK)
        return CHAT_BAD_TEXT;
    written->nick[0] = '\0';
    if (call->sid == 0 && query_get(request->body, "nick", written->nick,
                                    sizeof(written->nick)) != CHAT_OK)
        return CHAT_BAD_NICK;
    take_id(request, written);
    return CHAT_OK;
}

/* The header that leads back to the room; to be freed. NULL: no memory. */
static char *print_location(const struct call *call, int64_t n)
{
    struct html location;
    size_t length;

    html_begin(&location);
    html_markup(&location, "Location: /chat/r/");
    html_segment(&location, call->room);
    html_markup(&location, "#n");
    html_number(&location, n);
    html_markup(&location, "\r\n");
    return html_end(&location, &length);
}

/* By which the browser keeps a session that is new; else "". */
static void print_cookie(const struct call *call,
                         char header_out[COOKIE_HEADER_SIZE])
{
    header_out[0] = '\0';
    if (call->new_token[0] != '\0')
        session_set_cookie(call, call->new_token, header_out);
}

/* 303, so that reloading the page that follows does not post again. */
static void go_back(struct call *call, int64_t n)
{
    char cookie[COOKIE_HEADER_SIZE];
    char *location = print_location(call, n);
    char *headers = NULL;
    struct bytes *reply = NULL;

    print_cookie(call, cookie);
    if (location != NULL && asprintf(&headers, "%s%s", location, cookie) >= 0)
        reply = reply_new(&(struct reply_parts){
            .status = 303,
            .content_type = formats[PAGE_HTML].content_type,
            .extra_headers = headers,
        });
    free(headers);
    free(location);
    call_answer(call, reply, 0);
}

/* A refusal that comes after a login must not lose the nick. */
static void refuse_written(struct call *call, enum chat_result result)
{
    char cookie[COOKIE_HEADER_SIZE];

    print_cookie(call, cookie);
    call_answer(call,
                page_refusal(&(struct problem){.result = result,
                                               .extra_headers = cookie}),
                0);
}

static void answer_written(struct call *call,
                           const struct backend_result *result)
{
    int64_t n = 0;

    if (result->result != CHAT_OK && result->result != CHAT_REPEAT) {
        refuse_written(call, result->result);
        return;
    }
    (void)json_get_int(result->json, "n", &n);
    go_back(call, n);
}

static void post_written(struct call *call)
{
    struct written written;

    (void)take_written(call, &written); /* checked when it came */
    call_ask(call,
             &(struct command){
                 .type = COMMAND_POST,
                 .sid = call->sid,
                 .room = call->room,
                 .id = written.id,
                 .text = written.text,
             },
             answer_written);
}

static void has_joined(struct call *call, const struct backend_result *result)
{
    if (result->result == CHAT_OK)
        post_written(call);
    else
        call_refuse(call, result->result, NULL);
}

static void has_logged_in(struct call *call,
                          const struct backend_result *result)
{
    const json_t *session = json_object_get(result->json, "session");

    if (result->result != CHAT_OK && result->result != CHAT_REPEAT) {
        call->new_token[0] = '\0';
        call_refuse(call, result->result, NULL);
        return;
    }
    if (json_get_int(session, "sid", &call->sid) == CHAT_OK)
        post_written(call);
    else
        call_refuse(call, CHAT_UNAVAILABLE, NULL);
}

static void log_in(struct call *call)
{
    struct written written;

    (void)take_written(call, &written);
    session_make_token(call, call->new_token);
    struct command command = {
        .type = COMMAND_SESSION_NEW,
        .nick = written.nick,
        .has_rooms = true,
        .rooms = {call->room},
        .room_count = 1,
    };
    session_token_hash(call->new_token, command.token_hash);
    call_ask(call, &command, has_logged_in);
}

/* The room is there, and public: only then does anybody come in. */
static void enter(struct call *call, const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    if (call->sid == 0)
        log_in(call);
    else
        call_ask(call,
                 &(struct command){.type = COMMAND_JOIN,
                                   .sid = call->sid,
                                   .room = call->room},
                 has_joined);
}

void page_write(struct call *call)
{
    struct written written;
    enum chat_result result = take_written(call, &written);

    if (result == CHAT_OK)
        ask_page(call, 1, enter);
    else
        call_refuse(call, result, NULL);
}
