/*
 * What a visitor writes into a request: each line of the input is a FastCGI
 * parameter, and what becomes of them goes through every function that reads
 * it. The text after an empty line is the body.
 */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"
#include "fcgi/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PARAMS_MAX = 64, OUT_BYTES = 32 };

/* What is OK must be text that ends within `out`. */
static void check_text(enum chat_result result, const char out[OUT_BYTES])
{
    if (result != CHAT_OK)
        return;
    size_t length = strnlen(out, OUT_BYTES);
    assert(length < OUT_BYTES);
    assert(text_is_utf8(out, length));
}

static void read_query(const char *query)
{
    static const char *const names[] = {"since", "wait", "q", ""};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char out[OUT_BYTES];
        int64_t number;
        enum chat_result result = query_get(query, names[i], out, sizeof(out));
        check_text(result, out);
        if (result == CHAT_OK && number_parse(out, &number) == CHAT_OK)
            assert(number >= 0);
    }
}

static void read_path(const char *path)
{
    while (*path != '\0') {
        char out[OUT_BYTES];
        size_t length = strcspn(path, "/");
        enum chat_result result = segment_decode(path, length, out, OUT_BYTES);
        check_text(result, out);
        assert(result != CHAT_OK || strchr(out, '/') == NULL);
        path += length + (path[length] == '/');
    }
}

static void read_headers(const struct request *request)
{
    char out[OUT_BYTES];
    if (cookie_get(request->cookie, "chat", out, sizeof(out)) == CHAT_OK)
        assert(strpbrk(out, ";") == NULL);
    if (bearer_get(request->authorization, out, sizeof(out)) == CHAT_OK)
        assert(out[0] != '\0' && strpbrk(out, " ;,\"") == NULL);
    (void)content_type_is_json(request->content_type);
    bool same = request_is_same_origin(request);
    assert(!same || request->sec_fetch_site == NULL ||
           strcmp(request->sec_fetch_site, "cross-site") != 0);
}

/* Cuts `text` into lines; returns the body. */
static char *split(char *text, char *params[PARAMS_MAX + 1])
{
    size_t count = 0;
    while (*text != '\0' && *text != '\n' && count < PARAMS_MAX) {
        params[count++] = text;
        text += strcspn(text, "\n");
        if (*text == '\n')
            *text++ = '\0';
    }
    params[count] = NULL;
    return *text == '\n' ? text + 1 : text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *params[PARAMS_MAX + 1];
    struct request request;
    char *text = malloc(size + 1);
    if (text == NULL)
        abort();
    memcpy(text, data, size);
    text[size] = '\0';
    char *body = split(text, params);
    size_t body_bytes = size - (size_t)(body - text);
    if (request_init(&request, params, body, body_bytes, false) != CHAT_OK)
        abort();
    free(text); /* the request has copies of its own */
    assert(request.body_bytes == body_bytes);
    read_query(request.query);
    read_path(request.path);
    read_headers(&request);
    request_fini(&request);
    return 0;
}
