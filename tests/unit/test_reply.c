#include "tests/unit/reply_reader.h"
#include "tests/unit/unit.h"

#include <fastcgi.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/reply.h"

/* What a web server makes of a reply: the content of its STDOUT records. */
struct received {
    size_t record_count; /* STDOUT records with content */
    size_t length;
    char *content; /* NUL-terminated */
};

/* Fails the test unless the records end just where they should. */
static struct received receive(const struct bytes *reply)
{
    struct received received = {.content = calloc(1, reply->length + 1)};
    const unsigned char *at = reply->data;
    const unsigned char *end = at + reply->length;
    assert_non_null(received.content);
    for (;;) {
        assert_true(end - at >= FCGI_HEADER_LEN);
        assert_memory_equal(at, "\x01\x06\x00\x01", 4);
        size_t length = (size_t)(at[4] << 8 | at[5]);
        assert_int_equal(at[6], 0);
        at += FCGI_HEADER_LEN;
        if (length == 0)
            break;
        assert_true((size_t)(end - at) >= length);
        memcpy(received.content + received.length, at, length);
        received.length += length;
        received.record_count++;
        at += length;
    }
    assert_int_equal(end - at, sizeof(FCGI_EndRequestRecord));
    assert_memory_equal(at, "\x01\x03\x00\x01\x00\x08\x00", 7);
    return received;
}

static const char *body_of(const struct received *received)
{
    const char *end = strstr(received->content, "\r\n\r\n");
    assert_non_null(end);
    return end + 4;
}

static struct received receive_problem(const struct problem *problem)
{
    struct bytes *reply = reply_problem(problem);
    assert_non_null(reply);
    struct received received = receive(reply);
    bytes_drop(reply);
    return received;
}

static void reply_has_all_headers_and_the_body(void **state)
{
    (void)state;
    struct bytes *reply = reply_new(&(struct reply_parts){
        .status = 201,
        .extra_headers = "Set-Cookie: a=b\r\n",
        .body = "{}",
        .body_bytes = 2,
    });
    assert_non_null(reply);
    struct received received = receive(reply);
    assert_string_equal(received.content, "Status: 201 Created\r\n"
                                          "Content-Type: application/json\r\n"
                                          "Content-Length: 2\r\n"
                                          "Cache-Control: no-store\r\n"
                                          "X-Content-Type-Options: nosniff\r\n"
                                          "Set-Cookie: a=b\r\n"
                                          "\r\n"
                                          "{}");
    free(received.content);
    bytes_drop(reply);
}

static void no_content_has_neither_type_nor_length(void **state)
{
    (void)state;
    struct bytes *reply = reply_new(&(struct reply_parts){.status = 204});
    assert_non_null(reply);
    struct received received = receive(reply);
    assert_string_equal(received.content, "Status: 204 No Content\r\n"
                                          "Cache-Control: no-store\r\n"
                                          "X-Content-Type-Options: nosniff\r\n"
                                          "\r\n");
    free(received.content);
    bytes_drop(reply);
}

static void check_body_of(size_t body_bytes, size_t *record_count_out)
{
    char *body = malloc(body_bytes + 1);
    assert_non_null(body);
    for (size_t i = 0; i < body_bytes; i++)
        body[i] = (char)('a' + i % 26);
    struct bytes *reply = reply_new(&(struct reply_parts){
        .status = 200, .body = body, .body_bytes = body_bytes});
    assert_non_null(reply);
    struct received received = receive(reply);
    size_t header_bytes = (size_t)(body_of(&received) - received.content);
    assert_int_equal(received.length - header_bytes, body_bytes);
    assert_memory_equal(body_of(&received), body, body_bytes);
    *record_count_out = received.record_count;
    free(received.content);
    bytes_drop(reply);
    free(body);
}

static void large_body_is_cut_into_records(void **state)
{
    size_t record_count;
    (void)state;
    check_body_of(1024 * 1024, &record_count);
    assert_int_equal(record_count, 17);
}

/* Around the size at which one record is exactly full. */
static void body_survives_at_every_size_around_a_record(void **state)
{
    size_t before = 0, record_count;
    (void)state;
    for (size_t size = FCGI_MAX_LENGTH - 200; size < FCGI_MAX_LENGTH; size++) {
        check_body_of(size, &record_count);
        assert_true(record_count == before || record_count == before + 1);
        before = record_count;
    }
    assert_int_equal(before, 2);
}

static void every_result_has_a_status_and_a_problem(void **state)
{
    (void)state;
    assert_int_equal(reply_status(CHAT_OK), 200);
    assert_int_equal(reply_status(CHAT_REPEAT), 200);
    for (int result = CHAT_REPEAT + 1; result < CHAT_RESULT_COUNT; result++) {
        struct problem problem = {.result = (enum chat_result)result};
        struct received received = receive_problem(&problem);
        int status = reply_status(problem.result);
        json_t *document = json_loads(body_of(&received), 0, NULL);
        assert_non_null(document);
        assert_in_range(status, 400, 503);
        assert_int_equal(
            json_integer_value(json_object_get(document, "status")), status);
        assert_non_null(json_string_value(json_object_get(document, "title")));
        const char *code = json_string_value(json_object_get(document, "code"));
        assert_string_equal(code, status == 503
                                      ? "unavailable"
                                      : chat_result_code(problem.result));
        assert_null(json_object_get(document, "detail"));
        assert_null(strstr(received.content, " Other\r\n"));
        json_decref(document);
        free(received.content);
    }
}

static void status_is_that_of_the_interface(void **state)
{
    static const struct {
        enum chat_result result;
        int status;
    } expected[] = {
        {CHAT_BAD_REQUEST, 400}, {CHAT_SESSION_REQUIRED, 401},
        {CHAT_NOT_MEMBER, 403},  {CHAT_CROSS_SITE, 403},
        {CHAT_NO_ROOM, 404},     {CHAT_METHOD_NOT_ALLOWED, 405},
        {CHAT_NICK_TAKEN, 409},  {CHAT_CURSOR_UNKNOWN, 410},
        {CHAT_TOO_LARGE, 413},   {CHAT_BAD_TYPE, 415},
        {CHAT_ID_REUSED, 422},   {CHAT_RATE_LIMITED, 429},
        {CHAT_UNAVAILABLE, 503}, {CHAT_FULL, 503},
        {CHAT_NO_MEMORY, 503},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++)
        assert_int_equal(reply_status(expected[i].result), expected[i].status);
}

static void problem_shows_detail_and_headers(void **state)
{
    (void)state;
    struct received received = receive_problem(&(struct problem){
        .result = CHAT_METHOD_NOT_ALLOWED,
        .detail = "say \"GET\"",
        .extra_headers = "Allow: GET\r\n",
    });
    assert_non_null(
        strstr(received.content, "Status: 405 Method Not Allowed\r\n"));
    assert_non_null(
        strstr(received.content, "Content-Type: application/problem+json\r\n"));
    assert_non_null(strstr(received.content, "\r\nAllow: GET\r\n"));
    assert_non_null(strstr(body_of(&received), "\"say \\\"GET\\\"\""));
    assert_null(strstr(received.content, "Retry-After"));
    free(received.content);
}

static void problem_that_passes_says_when_to_retry(void **state)
{
    (void)state;
    struct received received = receive_problem(&(struct problem){
        .result = CHAT_RATE_LIMITED, .retry_after_seconds = 7});
    assert_non_null(strstr(received.content, "\r\nRetry-After: 7\r\n"));
    free(received.content);
    received = receive_problem(&(struct problem){.result = CHAT_FULL});
    assert_non_null(strstr(received.content, "\r\nRetry-After: 1\r\n"));
    free(received.content);
}

/* As a stream goes out: parts of any size, none with a length. */
static void parts_together_are_one_reply(void **state)
{
    static char large[100000];
    struct bytes *parts[4];
    size_t length = 0;
    (void)state;
    memset(large, 'x', sizeof(large) - 1);
    parts[0] = reply_begin(
        &(struct reply_parts){.status = 200, .content_type = "text/plain"});
    parts[1] = reply_part(large, sizeof(large) - 1);
    parts[2] = reply_part("b", 1);
    parts[3] = reply_end();
    for (size_t i = 0; i < 4; i++)
        length += parts[i]->length;
    struct bytes *whole = bytes_new(NULL, length);
    assert_non_null(whole);
    length = 0;
    for (size_t i = 0; i < 4; i++) {
        memcpy(whole->data + length, parts[i]->data, parts[i]->length);
        length += parts[i]->length;
        bytes_drop(parts[i]);
    }
    struct received received = receive(whole);
    assert_null(strstr(received.content, "Content-Length"));
    assert_non_null(strstr(received.content, "Content-Type: text/plain\r\n"));
    assert_non_null(strstr(received.content, "Cache-Control: no-store\r\n"));
    assert_memory_equal(body_of(&received), large, sizeof(large) - 1);
    assert_string_equal(body_of(&received) + sizeof(large) - 1, "b");
    free(received.content);
    bytes_drop(whole);
}

static void other_caching_is_said_and_304_has_no_body(void **state)
{
    struct bytes *reply = reply_new(&(struct reply_parts){
        .status = 304, .cache_control = "public, max-age=10"});
    struct reply_text *text = calloc(1, sizeof(*text));

    (void)state;
    reply_read(text, reply->data, reply->length);
    assert_string_equal(text->text, "Status: 304 Not Modified\r\n"
                                    "Cache-Control: public, max-age=10\r\n"
                                    "X-Content-Type-Options: nosniff\r\n\r\n");
    free(text);
    bytes_drop(reply);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(other_caching_is_said_and_304_has_no_body),
        cmocka_unit_test(reply_has_all_headers_and_the_body),
        cmocka_unit_test(no_content_has_neither_type_nor_length),
        cmocka_unit_test(large_body_is_cut_into_records),
        cmocka_unit_test(body_survives_at_every_size_around_a_record),
        cmocka_unit_test(every_result_has_a_status_and_a_problem),
        cmocka_unit_test(status_is_that_of_the_interface),
        cmocka_unit_test(problem_shows_detail_and_headers),
        cmocka_unit_test(problem_that_passes_says_when_to_retry),
        cmocka_unit_test(parts_together_are_one_reply),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
