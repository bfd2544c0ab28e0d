/*
 * The strings of a request live one behind the other in one block, the body
 * last. A first walk over the parameters adds up what the block must hold, a
 * second one copies; what has no parameter points to "" or is NULL.
 */
#include "fcgi/request.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "common/names.h"

/*
 * The parameters that are copied. The last wins where one comes twice: so a
 * web server's own setting overrides what it includes.
 */
enum param {
    PARAM_METHOD,
    PARAM_URI,
    PARAM_COOKIE,
    PARAM_AUTHORIZATION,
    PARAM_HOST,
    PARAM_ORIGIN,
    PARAM_SEC_FETCH_SITE,
    PARAM_CONTENT_TYPE,
    PARAM_CONTENT_LENGTH,
    PARAM_LAST_EVENT_ID,
    PARAM_IF_NONE_MATCH,
    PARAM_IDEMPOTENCY_KEY,
    PARAM_REQUEST_ID,
    PARAM_REMOTE_ADDR,
    PARAM_SITE_USER,
    PARAM_SITE_NICK,
    PARAM_SITE_ROLE,
    PARAM_HTTPS,
    PARAM_SCHEME,
    PARAM_COUNT
};

#define NAMED(text)                                                            \
    {                                                                          \
        (text), sizeof(text) - 1                                               \
    }

static const struct {
    const char *name;
    size_t length;
} params[PARAM_COUNT] = {
    [PARAM_METHOD] = NAMED("REQUEST_METHOD"),
    [PARAM_URI] = NAMED("REQUEST_URI"),
    [PARAM_COOKIE] = NAMED("HTTP_COOKIE"),
    [PARAM_AUTHORIZATION] = NAMED("HTTP_AUTHORIZATION"),
    [PARAM_HOST] = NAMED("HTTP_HOST"),
    [PARAM_ORIGIN] = NAMED("HTTP_ORIGIN"),
    [PARAM_SEC_FETCH_SITE] = NAMED("HTTP_SEC_FETCH_SITE"),
    [PARAM_CONTENT_TYPE] = NAMED("CONTENT_TYPE"),
    [PARAM_CONTENT_LENGTH] = NAMED("CONTENT_LENGTH"),
    [PARAM_LAST_EVENT_ID] = NAMED("HTTP_LAST_EVENT_ID"),
    [PARAM_IF_NONE_MATCH] = NAMED("HTTP_IF_NONE_MATCH"),
    [PARAM_IDEMPOTENCY_KEY] = NAMED("HTTP_IDEMPOTENCY_KEY"),
    [PARAM_REQUEST_ID] = NAMED("AJAXCHAT_REQUEST_ID"),
    [PARAM_REMOTE_ADDR] = NAMED("REMOTE_ADDR"),
    [PARAM_SITE_USER] = NAMED("AJAXCHAT_USER"),
    [PARAM_SITE_NICK] = NAMED("AJAXCHAT_NICK"),
    [PARAM_SITE_ROLE] = NAMED("AJAXCHAT_ROLE"),
    [PARAM_HTTPS] = NAMED("HTTPS"),
    [PARAM_SCHEME] = NAMED("REQUEST_SCHEME"),
};

static const char *const method_names[] = {
    [HTTP_GET] = "GET",       [HTTP_POST] = "POST", [HTTP_PATCH] = "PATCH",
    [HTTP_DELETE] = "DELETE", [HTTP_HEAD] = "HEAD", [HTTP_OPTIONS] = "OPTIONS",
};

/* ---- from parameters to a request ---- */

/* Points `values` at the value of "NAME=value", if NAME is one of ours. */
static void param_take(const char *pair, const char *values[PARAM_COUNT])
{
    const char *equals = strchr(pair, '=');
    size_t length = equals != NULL ? (size_t)(equals - pair) : 0;
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        if (params[i].length == length &&
            memcmp(params[i].name, pair, length) == 0)
            values[i] = equals + 1;
    }
}

/* Points `values` at the values within `envp`, NULL where there is none. */
static void params_find(char *const *envp, const char *values[PARAM_COUNT])
{
    for (size_t i = 0; i < PARAM_COUNT; i++)
        values[i] = NULL;
    for (; *envp != NULL; envp++)
        param_take(*envp, values);
}

/* Moves `values` and `body` into one new block. NULL: no memory. */
static char *block_new(const char *values[PARAM_COUNT], const char **body,
                       size_t body_bytes)
{
    size_t size = body_bytes + 1;
    for (size_t i = 0; i < PARAM_COUNT; i++)
        if (values[i] != NULL)
            size += strlen(values[i]) + 1;
    char *block = malloc(size);
    if (block == NULL)
        return NULL;
    char *place = block;
    for (size_t i = 0; i < PARAM_COUNT; i++) {
        if (values[i] == NULL)
            continue;
        size_t bytes = strlen(values[i]) + 1;
        values[i] = memcpy(place, values[i], bytes);
        place += bytes;
    }
    if (body_bytes > 0)
        memcpy(place, *body, body_bytes);
    place[body_bytes] = '\0';
    *body = place;
    return block;
}

static enum http_method method_parse(const char *name)
{
    for (unsigned i = 0; i < sizeof(method_names) / sizeof(*method_names); i++)
        if (strcmp(name, method_names[i]) == 0)
            return (enum http_method)i;
    return HTTP_OTHER;
}

static const char *or_empty(const char *value)
{
    return value != NULL ? value : "";
}

/* An empty length says nothing: nginx sends it with a GET. */
static bool body_is_cut(const char *content_length, size_t body_bytes)
{
    int64_t announced;
    if (content_length == NULL || *content_length == '\0')
        return false;
    return number_parse(content_length, &announced) != CHAT_OK ||
           (uint64_t)announced != body_bytes;
}

static bool is_https(const char *https, const char *scheme)
{
    return strcmp(or_empty(https), "on") == 0 ||
           strcmp(or_empty(scheme), "https") == 0;
}

enum chat_result request_init(struct request *request, char *const *envp,
                              const char *body, size_t body_bytes,
                              bool too_large)
{
    const char *values[PARAM_COUNT];
    params_find(envp, values);
    char *block = block_new(values, &body, too_large ? 0 : body_bytes);
    if (block == NULL)
        return CHAT_NO_MEMORY;
    *request = (struct request){
        .method = method_parse(or_empty(values[PARAM_METHOD])),
        .path = or_empty(values[PARAM_URI]),
        .query = "",
        .cookie = or_empty(values[PARAM_COOKIE]),
        .authorization = or_empty(values[PARAM_AUTHORIZATION]),
        .host = or_empty(values[PARAM_HOST]),
        .origin = values[PARAM_ORIGIN],
        .sec_fetch_site = values[PARAM_SEC_FETCH_SITE],
        .content_type = or_empty(values[PARAM_CONTENT_TYPE]),
        .last_event_id = or_empty(values[PARAM_LAST_EVENT_ID]),
        .if_none_match = or_empty(values[PARAM_IF_NONE_MATCH]),
        .idempotency_key = or_empty(values[PARAM_IDEMPOTENCY_KEY]),
        .request_id = or_empty(values[PARAM_REQUEST_ID]),
        .remote_addr = or_empty(values[PARAM_REMOTE_ADDR]),
        .site_user = or_empty(values[PARAM_SITE_USER]),
        .site_nick = or_empty(values[PARAM_SITE_NICK]),
        .site_role = or_empty(values[PARAM_SITE_ROLE]),
        .https = is_https(values[PARAM_HTTPS], values[PARAM_SCHEME]),
        .too_large = too_large,
        .malformed =
            !too_large && body_is_cut(values[PARAM_CONTENT_LENGTH], body_bytes),
        .body = body,
        .body_bytes = too_large ? 0 : body_bytes,
        .block = block,
    };
    /* A path with a '?' is in our block, so the '?' may become its end. */
    char *question = strchr(request->path, '?');
    if (question != NULL) {
        *question = '\0';
        request->query = question + 1;
    }
    return CHAT_OK;
}

void request_fini(struct request *request)
{
    free(request->block);
    request->block = NULL;
}

/* ---- percent-encoding ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/* The byte that "%XY" at `text` stands for, or -1. */
static int percent_byte(const char *text, size_t length)
{
    if (length < 3 || hex_digit(text[1]) < 0 || hex_digit(text[2]) < 0)
        return -1;
    return hex_digit(text[1]) * 16 + hex_digit(text[2]);
}

/*
 * Decodes into `out`, where `*written` counts up to at most `out_bytes` - 1;
 * the result is not yet known to be UTF-8. `plus`: what a '+' stands for.
 */
static enum chat_result percent_decode(const char *text, size_t length,
                                       char plus, char *out, size_t out_bytes,
                                       size_t *written)
{
    for (size_t i = 0; i < length;) {
        int byte = text[i] == '+' ? plus : (unsigned char)text[i];
        size_t taken = 1;
        if (text[i] == '%') {
            byte = percent_byte(text + i, length - i);
            taken = 3;
        }
        if (byte < 0 || *written + 1 >= out_bytes)
            return CHAT_BAD_REQUEST;
        out[(*written)++] = (char)byte;
        i += taken;
    }
    return CHAT_OK;
}

/* Decodes and ends with a NUL: `out` holds text, or nothing ("") is in it. */
static enum chat_result text_decode(const char *text, size_t length, char plus,
                                    char *out, size_t out_bytes)
{
    size_t written = 0;
    assert(out_bytes > 0);
    enum chat_result result =
        percent_decode(text, length, plus, out, out_bytes, &written);
    if (result == CHAT_OK && !text_is_utf8(out, written))
        result = CHAT_BAD_REQUEST;
    out[result == CHAT_OK ? written : 0] = '\0';
    return result;
}

enum chat_result query_get(const char *query, const char *name, char *out,
                           size_t out_bytes)
{
    size_t name_length = strlen(name);
    for (;;) {
        size_t length = strcspn(query, "&");
        size_t key_length = strcspn(query, "=&");
        if (key_length == name_length &&
            strncmp(query, name, key_length) == 0) {
            size_t skip = key_length < length ? key_length + 1 : key_length;
            return text_decode(query + skip, length - skip, ' ', out,
                               out_bytes);
        }
        if (query[length] == '\0')
            return CHAT_NOT_FOUND;
        query += length + 1;
    }
}

enum chat_result segment_decode(const char *segment, size_t length, char *out,
                                size_t out_bytes)
{
    enum chat_result result = text_decode(segment, length, '+', out, out_bytes);
    if (result == CHAT_OK && strchr(out, '/') != NULL) {
        out[0] = '\0';
        return CHAT_BAD_REQUEST;
    }
    return result;
}

/* ---- headers ---- */

static enum chat_result copy_out(const char *text, size_t length, char *out,
                                 size_t out_bytes)
{
    if (length >= out_bytes)
        return CHAT_BAD_REQUEST;
    memcpy(out, text, length);
    out[length] = '\0';
    return CHAT_OK;
}

enum chat_result cookie_get(const char *header, const char *name, char *out,
                            size_t out_bytes)
{
    size_t name_length = strlen(name);
    for (;;) {
        header += strspn(header, " \t;");
        if (*header == '\0')
            return CHAT_NOT_FOUND;
        size_t length = strcspn(header, ";");
        if (length > name_length && header[name_length] == '=' &&
            strncmp(header, name, name_length) == 0) {
            const char *value = header + name_length + 1;
            size_t bytes = length - name_length - 1;
            while (bytes > 0 && strchr(" \t", value[bytes - 1]) != NULL)
                bytes--;
            return copy_out(value, bytes, out, out_bytes);
        }
        header += length;
    }
}

enum chat_result bearer_get(const char *header, char *out, size_t out_bytes)
{
    static const char scheme[] = "Bearer ";
    static const char token_characters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/";
    if (strncasecmp(header, scheme, sizeof(scheme) - 1) != 0)
        return CHAT_NOT_FOUND;
    header += strspn(header + sizeof(scheme) - 1, " ") + sizeof(scheme) - 1;
    size_t length = strspn(header, token_characters);
    if (length > 0)
        length += strspn(header + length, "=");
    size_t blanks = strspn(header + length, " \t");
    if (length == 0 || header[length + blanks] != '\0')
        return CHAT_BAD_REQUEST;
    return copy_out(header, length, out, out_bytes);
}

/* Whether it is `type`, with or without parameters. */
static bool content_type_is(const char *content_type, const char *type)
{
    size_t length = strlen(type);
    if (strncasecmp(content_type, type, length) != 0)
        return false;
    content_type += length;
    content_type += strspn(content_type, " \t");
    return *content_type == '\0' || *content_type == ';';
}

bool content_type_is_json(const char *content_type)
{
    return content_type_is(content_type, "application/json");
}

bool content_type_is_form(const char *content_type)
{
    return content_type_is(content_type, "application/x-www-form-urlencoded");
}

bool content_type_is_text(const char *content_type)
{
    return content_type_is(content_type, "text/plain");
}

bool etag_matches(const char *if_none_match, const char *etag)
{
    size_t length = strlen(etag);
    const char *at = if_none_match + strspn(if_none_match, " \t");
    if (*at == '*')
        return true;
    /* Ours have no comma within the quotes. */
    while (*at != '\0') {
        if (strncmp(at, "W/", 2) == 0)
            at += 2;
        if (strncmp(at, etag, length) == 0 &&
            strchr(", \t", at[length]) != NULL)
            return true;
        at += strcspn(at, ",");
        at += strspn(at, ", \t");
    }
    return false;
}

enum chat_result number_parse(const char *text, int64_t *number_out)
{
    uint64_t number = 0;
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 19 || text[digits] != '\0')
        return CHAT_BAD_REQUEST;
    /* 19 digits stay below 10^19, which 64 bits without a sign do hold. */
    for (; *text != '\0'; text++)
        number = number * 10 + (uint64_t)(*text - '0');
    if (number > INT64_MAX)
        return CHAT_BAD_REQUEST;
    *number_out = (int64_t)number;
    return CHAT_OK;
}

/* The two digits at `text`. */
static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

enum chat_result date_parse(const char *text, int64_t *at_ms_out)
{
    static const char form[] = "0000-00-00";

    for (size_t i = 0; i < sizeof(form); i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (form[i] == '0' ? !is_digit : text[i] != form[i])
            return CHAT_BAD_REQUEST;
    }
    const struct tm day = {
        .tm_year = two_digits(text) * 100 + two_digits(text + 2) - 1900,
        .tm_mon = two_digits(text + 5) - 1,
        .tm_mday = two_digits(text + 8),
    };
    struct tm normal = day;
    time_t at_s = timegm(&normal);
    if (normal.tm_mon != day.tm_mon || normal.tm_mday != day.tm_mday)
        return CHAT_BAD_REQUEST; /* the 30th of February */
    *at_ms_out = at_s > 0 ? (int64_t)at_s * 1000 : 0;
    return CHAT_OK;
}

enum chat_result number_parse_clamped(const char *text,
                                      struct number_range range,
                                      int64_t *number_out)
{
    bool negative = *text == '-';
    if (*text == '-' || *text == '+')
        text++;
    size_t whole = strspn(text, "0123456789");
    size_t length = whole;
    if (text[whole] == '.' && text[whole + 1] != '\0')
        length += 1 + strspn(text + whole + 1, "0123456789");
    if (whole == 0 || text[length] != '\0')
        return CHAT_BAD_REQUEST;
    int64_t number = range.least;
    if (!negative && whole < 19)
        number = strtoll(text, NULL, 10);
    else if (!negative)
        number = range.most;
    if (number < range.least)
        number = range.least;
    *number_out = number < range.most ? number : range.most;
    return CHAT_OK;
}
