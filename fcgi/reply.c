/*
 * A reply is laid out in one allocation: STDOUT records that hold headers and
 * body, cut wherever a record is full, then an empty STDOUT record and
 * END_REQUEST. The records need no padding: their readers copy bytes. A reply
 * in parts is the same, cut between records.
 */
#include "fcgi/reply.h"

#include <assert.h>
#include <fastcgi.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"

enum {
    REQUEST_ID = 1,
    STATUS_NO_CONTENT = 204,
    STATUS_NOT_MODIFIED = 304,
    STATUS_UNAVAILABLE = 503
};

static const struct {
    int status;
    const char *reason;
} reasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {303, "See Other"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {410, "Gone"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {503, "Service Unavailable"},
};

/* What each result is to a visitor; all 503 look like CHAT_UNAVAILABLE. */
static const struct {
    int status;
    const char *title;
} outcomes[CHAT_RESULT_COUNT] = {
    [CHAT_OK] = {200, NULL},
    [CHAT_REPEAT] = {200, NULL},
    [CHAT_BAD_REQUEST] = {400, "The request is malformed."},
    [CHAT_SESSION_REQUIRED] = {401, "There is no such session; log in."},
    [CHAT_NOT_MEMBER] = {403, "Join the room first."},
    [CHAT_FORBIDDEN] = {403, "This is not allowed."},
    [CHAT_MUTED] = {403, "You are muted in this room."},
    [CHAT_BANNED] = {403, "You are banned from here."},
    [CHAT_CROSS_SITE] = {403, "Another site's page may not do this."},
    [CHAT_NO_ROOM] = {404, "There is no such room."},
    [CHAT_NO_MESSAGE] = {404, "There is no such message."},
    [CHAT_NOT_FOUND] = {404, "There is nothing here."},
    [CHAT_METHOD_NOT_ALLOWED] = {405, "Not with this method; see Allow."},
    [CHAT_NICK_TAKEN] = {409, "This nick is taken."},
    [CHAT_ROOM_EXISTS] = {409, "This room exists."},
    [CHAT_CURSOR_UNKNOWN] = {410, "This log does not know the cursor."},
    [CHAT_TOO_LARGE] = {413, "The request is too large."},
    [CHAT_BAD_TYPE] = {415, "The body must be application/json."},
    [CHAT_BAD_NICK] = {422, "This cannot be a nick."},
    [CHAT_BAD_ROOM] = {422, "This cannot be a room's name."},
    [CHAT_BAD_TEXT] = {422, "The text is empty, too long, or no text."},
    [CHAT_BAD_ID] = {422, "This cannot be an id."},
    [CHAT_ID_REUSED] = {422, "The id was used for something else."},
    [CHAT_RATE_LIMITED] = {429, "Too much, too fast; wait a little."},
    [CHAT_UNAVAILABLE] = {503, "Not available right now; try again."},
    [CHAT_AGAIN] = {503, NULL},
    [CHAT_CLOSED] = {503, NULL},
    [CHAT_FULL] = {503, NULL},
    [CHAT_UNSUPPORTED] = {503, NULL},
    [CHAT_IN_USE] = {503, NULL},
    [CHAT_NO_MEMORY] = {503, NULL},
    [CHAT_SYSTEM] = {503, NULL},
};

/* Writes content into STDOUT records; it knows beforehand how much comes. */
struct record_writer {
    unsigned char *place;
    size_t content_left; /* not yet announced by a record's header */
    size_t record_left;  /* room in the record under way */
};

static void put_header(struct record_writer *writer, unsigned type,
                       size_t content_bytes)
{
    const FCGI_Header header = {
        .version = FCGI_VERSION_1,
        .type = (unsigned char)type,
        .requestIdB0 = REQUEST_ID,
        .contentLengthB1 = (unsigned char)(content_bytes >> 8),
        .contentLengthB0 = (unsigned char)(content_bytes & 0xff),
    };
    memcpy(writer->place, &header, sizeof(header));
    writer->place += sizeof(header);
}

static void put_content(struct record_writer *writer, const char *data,
                        size_t length)
{
    while (length > 0) {
        if (writer->record_left == 0) {
            size_t left = writer->content_left;
            writer->record_left =
                left < FCGI_MAX_LENGTH ? left : FCGI_MAX_LENGTH;
            writer->content_left -= writer->record_left;
            put_header(writer, FCGI_STDOUT, writer->record_left);
        }
        size_t taken =
            length < writer->record_left ? length : writer->record_left;
        memcpy(writer->place, data, taken);
        writer->place += taken;
        writer->record_left -= taken;
        data += taken;
        length -= taken;
    }
}

static void put_end(struct record_writer *writer)
{
    const FCGI_EndRequestBody body = {.protocolStatus = FCGI_REQUEST_COMPLETE};
    put_header(writer, FCGI_STDOUT, 0);
    put_header(writer, FCGI_END_REQUEST, sizeof(body));
    memcpy(writer->place, &body, sizeof(body));
    writer->place += sizeof(body);
}

static const char *status_reason(int status)
{
    for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Other";
}

/* Whether all of a reply is there, or more may follow. */
enum extent { WHOLE, BEGINNING };

static bool has_no_body(int status)
{
    return status == STATUS_NO_CONTENT || status == STATUS_NOT_MODIFIED;
}

/* Type and length, or nothing where there is no body. NULL: no memory. */
static char *describe_body(const struct reply_parts *parts, enum extent extent)
{
    char length_line[64] = "";
    char *lines;
    if (has_no_body(parts->status))
        return strdup("");
    if (extent == WHOLE)
        (void)snprintf(length_line, sizeof(length_line),
                       "Content-Length: %zu\r\n", parts->body_bytes);
    const char *type = parts->content_type;
    if (asprintf(&lines, "Content-Type: %s\r\n%s",
                 type != NULL ? type : "application/json", length_line) < 0)
        return NULL;
    return lines;
}

/* All headers with the empty line behind them. NULL: no memory. */
static char *render_headers(const struct reply_parts *parts, enum extent extent)
{
    char *headers;
    char *body_lines = describe_body(parts, extent);
    if (body_lines == NULL)
        return NULL;
    const char *extra = parts->extra_headers;
    if (asprintf(&headers,
                 "Status: %d %s\r\n"
                 "%s"
                 "Cache-Control: %s\r\n"
                 "X-Content-Type-Options: nosniff\r\n"
                 "%s"
                 "\r\n",
                 parts->status, status_reason(parts->status), body_lines,
                 parts->cache_control != NULL ? parts->cache_control
                                              : "no-store",
                 extra != NULL ? extra : "") < 0)
        headers = NULL;
    free(body_lines);
    return headers;
}

/* How many bytes `content_bytes` take with all record headers. */
static size_t records_size(size_t content_bytes)
{
    size_t records = (content_bytes + FCGI_MAX_LENGTH - 1) / FCGI_MAX_LENGTH;
    return content_bytes + records * FCGI_HEADER_LEN;
}

#define END_SIZE (FCGI_HEADER_LEN + sizeof(FCGI_EndRequestRecord))

static struct bytes *render(const struct reply_parts *parts, enum extent extent)
{
    assert(!has_no_body(parts->status) || parts->body_bytes == 0);
    char *headers = render_headers(parts, extent);
    if (headers == NULL)
        return NULL;
    size_t header_bytes = strlen(headers);
    size_t body_bytes = parts->head_only ? 0 : parts->body_bytes;
    size_t content_bytes = header_bytes + body_bytes;
    struct bytes *reply = bytes_new(NULL, records_size(content_bytes) +
                                              (extent == WHOLE ? END_SIZE : 0));
    if (reply != NULL) {
        struct record_writer writer = {reply->data, content_bytes, 0};
        put_content(&writer, headers, header_bytes);
        put_content(&writer, parts->body, body_bytes);
        if (extent == WHOLE)
            put_end(&writer);
        assert(writer.place == reply->data + reply->length);
    }
    free(headers);
    return reply;
}

struct bytes *reply_new(const struct reply_parts *parts)
{
    return render(parts, WHOLE);
}

struct bytes *reply_begin(const struct reply_parts *parts)
{
    return render(parts, BEGINNING);
}

struct bytes *reply_part(const char *data, size_t length)
{
    struct bytes *part = bytes_new(NULL, records_size(length));
    if (part != NULL)
        put_content(&(struct record_writer){part->data, length, 0}, data,
                    length);
    return part;
}

struct bytes *reply_end(void)
{
    struct bytes *end = bytes_new(NULL, END_SIZE);
    if (end != NULL)
        put_end(&(struct record_writer){.place = end->data});
    return end;
}

int reply_status(enum chat_result result)
{
    assert(result < CHAT_RESULT_COUNT);
    return outcomes[result].status;
}

/* All 503 look the same. */
static enum chat_result shown_as(enum chat_result result)
{
    return reply_status(result) == STATUS_UNAVAILABLE ? CHAT_UNAVAILABLE
                                                      : result;
}

const char *reply_title(enum chat_result result)
{
    assert(reply_status(result) >= 400);
    return outcomes[shown_as(result)].title;
}

/* The problem document as JSON text, to be freed. NULL: no memory. */
static char *problem_document(const struct problem *problem, size_t *length_out)
{
    int status = reply_status(problem->result);
    enum chat_result shown = shown_as(problem->result);
    json_t *document =
        json_pack("{s:i, s:s, s:s, s:s*}", "status", status, "code",
                  chat_result_code(shown), "title", outcomes[shown].title,
                  "detail", problem->detail);
    if (document == NULL)
        return NULL;
    char *text = protocol_dump(document, length_out);
    json_decref(document);
    return text;
}

/* The caller's headers, and when to come back. NULL: no memory. */
static char *problem_headers(const struct problem *problem)
{
    char *headers;
    int status = reply_status(problem->result);
    const char *extra =
        problem->extra_headers != NULL ? problem->extra_headers : "";
    if (status != 429 && status != STATUS_UNAVAILABLE)
        return strdup(extra);
    int seconds =
        problem->retry_after_seconds > 1 ? problem->retry_after_seconds : 1;
    if (asprintf(&headers, "%sRetry-After: %d\r\n", extra, seconds) < 0)
        return NULL;
    return headers;
}

struct bytes *reply_problem_with(const struct problem *problem,
                                 const struct problem_body *body)
{
    struct bytes *reply = NULL;
    char *headers = problem_headers(problem);
    if (headers != NULL)
        reply = reply_new(&(struct reply_parts){
            .status = reply_status(problem->result),
            .content_type = body->content_type,
            .extra_headers = headers,
            .body = body->text,
            .body_bytes = body->bytes,
            .head_only = problem->head_only,
        });
    free(headers);
    return reply;
}

struct bytes *reply_problem(const struct problem *problem)
{
    assert(reply_status(problem->result) >= 400);
    struct problem_body body = {.content_type = "application/problem+json"};
    char *document = problem_document(problem, &body.bytes);
    if (document == NULL)
        return NULL;
    body.text = document;
    struct bytes *reply = reply_problem_with(problem, &body);
    free(document);
    return reply;
}
