/*
 * Bytes from a FastCGI peer: the walk over its records, and for what that
 * finds whole, libfcgi, which must then find a request in it too. The walk
 * must not depend on how the bytes were cut on their way.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/http_internal.h"
#include "fcgi/http_record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void parse(const uint8_t *data, const struct http_record_request *whole)
{
    static struct http_parser parser = {.fd = -1};
    struct request request;
    if (parser.body == NULL && http_parser_init(&parser) != CHAT_OK)
        abort();
    enum chat_result result = http_parser_read(&parser, data, whole, &request);
    assert(result == CHAT_OK);
    (void)result;
    assert(request.too_large || request.body_bytes == whole->body_bytes);
    request_fini(&request);
}

/* A copy that ends where `size` says, so that a read beyond is noticed. */
static enum http_record_status walk_copy(const uint8_t *data, size_t size)
{
    struct http_record_request whole;
    uint8_t *copy = malloc(size + 1);
    if (copy == NULL)
        abort();
    memcpy(copy + 1, data, size);
    enum http_record_status status = http_record_walk(copy + 1, size, &whole);
    free(copy);
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_record_request whole;
    if (size == 0)
        return 0;
    enum http_record_status half = walk_copy(data, size / 2);
    enum http_record_status status = http_record_walk(data, size, &whole);
    if (status == HTTP_RECORD_WHOLE) {
        assert(whole.length == size);
        parse(data, &whole);
    }
    if (status == HTTP_RECORD_WHOLE || status == HTTP_RECORD_NEED_MORE)
        assert(half == HTTP_RECORD_NEED_MORE);
    if (half == HTTP_RECORD_BAD || half == HTTP_RECORD_TOO_LARGE)
        assert(status == half);
    return 0;
}
