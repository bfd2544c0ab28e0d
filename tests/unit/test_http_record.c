#include "tests/unit/unit.h"

#include <stdlib.h>

#include "fcgi/http_record.h"
#include "fcgi/request.h"
#include "tests/unit/fastcgi.h"

static struct records records;
static struct http_record_request found;

static int start_empty(void **state)
{
    (void)state;
    records.length = 0;
    memset(&found, 0, sizeof(found));
    return 0;
}

static enum http_record_status walk(void)
{
    return http_record_walk(records.data, records.length, &found);
}

/* Begin, and parameters whose content is `length` bytes of `params`. */
static void put_params(const void *params, size_t length)
{
    put_begin(&records, 1, FCGI_RESPONDER, true);
    put_stream(&records, FCGI_PARAMS, 1, params, length, FCGI_MAX_LENGTH);
    put_record(&records, FCGI_STDIN, 1, NULL, 0);
}

static void whole_request_is_recognised(void **state)
{
    (void)state;
    put_request(&records, &(struct sample_request){.request_id = 513,
                                                   .body = "hello",
                                                   .body_bytes = 5});
    assert_int_equal(walk(), HTTP_RECORD_WHOLE);
    assert_int_equal(found.length, records.length);
    assert_int_equal(found.body_bytes, 5);
    assert_int_equal(found.request_id, 513);
    assert_true(found.keep);
}

static void request_without_keep_flag_is_not_kept(void **state)
{
    (void)state;
    put_request(&records, &(struct sample_request){.close = true});
    assert_int_equal(walk(), HTTP_RECORD_WHOLE);
    assert_false(found.keep);
}

static void every_beginning_of_a_request_needs_more(void **state)
{
    (void)state;
    put_request(&records,
                &(struct sample_request){.body = "hello", .body_bytes = 5});
    for (size_t length = 0; length < records.length; length++) {
        /* Copied, so that reading beyond the end would be noticed. */
        unsigned char *part = malloc(length + 1);
        assert_non_null(part);
        memcpy(part, records.data, length);
        assert_int_equal(http_record_walk(part, length, &found),
                         HTTP_RECORD_NEED_MORE);
        free(part);
    }
}

static void bytes_behind_a_request_are_bad(void **state)
{
    (void)state;
    put_request(&records, &(struct sample_request){0});
    records.data[records.length++] = FCGI_VERSION_1;
    assert_int_equal(walk(), HTTP_RECORD_BAD);
}

static void padded_content_is_fine(void **state)
{
    (void)state;
    put_begin(&records, 1, FCGI_RESPONDER, true);
    put_record(&records, FCGI_PARAMS, 1, NULL, 0);
    put_record(&records, FCGI_STDIN, 1, "abc", 3);
    records.data[records.length - 3 - FCGI_HEADER_LEN + 6] = 255;
    records.length += 255;
    put_record(&records, FCGI_STDIN, 1, NULL, 0);
    assert_int_equal(walk(), HTTP_RECORD_WHOLE);
    assert_int_equal(found.body_bytes, 3);
}

static void padding_that_libfcgi_forgets_is_bad(void **state)
{
    (void)state;
    put_begin(&records, 1, FCGI_RESPONDER, true);
    records.data[6] = 8;
    records.length += 8;
    assert_int_equal(walk(), HTTP_RECORD_BAD);

    records.length = 0;
    put_begin(&records, 1, FCGI_RESPONDER, true);
    put_record(&records, FCGI_PARAMS, 1, NULL, 0);
    records.data[records.length - 2] = 8;
    assert_int_equal(walk(), HTTP_RECORD_BAD);
}

static void other_roles_are_bad(void **state)
{
    (void)state;
    put_begin(&records, 1, FCGI_AUTHORIZER, true);
    assert_int_equal(walk(), HTTP_RECORD_BAD);
}

static void management_records_are_bad(void **state)
{
    (void)state;
    put_record(&records, FCGI_GET_VALUES, 0, NULL, 0);
    assert_int_equal(walk(), HTTP_RECORD_BAD);

    records.length = 0;
    put_begin(&records, 0, FCGI_RESPONDER, true);
    assert_int_equal(walk(), HTTP_RECORD_BAD);
}

static void records_out_of_order_are_bad(void **state)
{
    static const unsigned early[] = {FCGI_BEGIN_REQUEST, FCGI_ABORT_REQUEST,
                                     FCGI_STDIN, FCGI_DATA, 99};
    (void)state;
    for (size_t i = 0; i < sizeof(early) / sizeof(*early); i++) {
        records.length = 0;
        put_begin(&records, 1, FCGI_RESPONDER, true);
        put_record(&records, early[i], 1, NULL, 0);
        assert_int_equal(walk(), HTTP_RECORD_BAD);
    }
}

static void another_request_in_between_is_bad(void **state)
{
    (void)state;
    put_begin(&records, 1, FCGI_RESPONDER, true);
    put_record(&records, FCGI_PARAMS, 2, NULL, 0);
    assert_int_equal(walk(), HTTP_RECORD_BAD);
}

static void another_protocol_is_bad(void **state)
{
    static const char http[] = "GET / HTTP/1.1\r\n\r\n";
    (void)state;
    assert_int_equal(
        http_record_walk((const unsigned char *)http, sizeof(http) - 1, &found),
        HTTP_RECORD_BAD);
}

static void bodies_that_cannot_be_legal_are_too_large(void **state)
{
    static const char piece[FCGI_MAX_LENGTH];
    (void)state;
    put_begin(&records, 1, FCGI_RESPONDER, true);
    put_record(&records, FCGI_PARAMS, 1, NULL, 0);
    for (int i = 0; i < 3; i++)
        put_record(&records, FCGI_STDIN, 1, piece, sizeof(piece));
    assert_int_equal(walk(), HTTP_RECORD_NEED_MORE);
    put_record(&records, FCGI_STDIN, 1, piece, sizeof(piece));
    records.length -= sizeof(piece); /* its header says enough */
    assert_int_equal(walk(), HTTP_RECORD_TOO_LARGE);
}

static void pair_may_straddle_records(void **state)
{
    unsigned char params[64];
    size_t length = write_pair(params, "HTTP_HOST", "chat.example");
    (void)state;
    for (size_t piece = 1; piece <= length; piece++) {
        records.length = 0;
        put_begin(&records, 1, FCGI_RESPONDER, true);
        put_stream(&records, FCGI_PARAMS, 1, params, length, piece);
        put_record(&records, FCGI_STDIN, 1, NULL, 0);
        assert_int_equal(walk(), HTTP_RECORD_WHOLE);
    }
}

static void pair_that_ends_early_is_bad(void **state)
{
    unsigned char params[64];
    size_t length = write_pair(params, "HTTP_HOST", "chat.example");
    (void)state;
    for (size_t cut = 1; cut < length; cut++) {
        records.length = 0;
        put_params(params, cut);
        assert_int_equal(walk(), HTTP_RECORD_BAD);
    }
}

static void pair_of_huge_announced_length_is_too_large(void **state)
{
    static const unsigned char name[] = "\xff\xff\xff\xff\x01x";
    static const unsigned char value[] = "\x01\xff\xff\xff\xffx";
    (void)state;
    put_params(name, sizeof(name) - 1);
    assert_int_equal(walk(), HTTP_RECORD_TOO_LARGE);
    records.length = 0;
    put_params(value, sizeof(value) - 1);
    assert_int_equal(walk(), HTTP_RECORD_TOO_LARGE);
}

/* What the walk says to one parameter that takes `bytes` altogether. */
static enum http_record_status walk_params_of(size_t bytes)
{
    static char value[REQUEST_PARAMS_BYTES_MAX + 1];
    static unsigned char params[REQUEST_PARAMS_BYTES_MAX + 1];
    memset(value, 'v', sizeof(value));
    value[bytes - 1 - 8] = '\0';
    assert_int_equal(write_pair(params, "n", value), bytes);
    records.length = 0;
    put_begin(&records, 1, FCGI_RESPONDER, true);
    put_stream(&records, FCGI_PARAMS, 1, params, bytes, 32768);
    put_record(&records, FCGI_STDIN, 1, NULL, 0);
    return walk();
}

static void parameters_are_bounded(void **state)
{
    (void)state;
    assert_int_equal(walk_params_of(REQUEST_PARAMS_BYTES_MAX),
                     HTTP_RECORD_WHOLE);
    assert_int_equal(walk_params_of(REQUEST_PARAMS_BYTES_MAX + 1),
                     HTTP_RECORD_TOO_LARGE);
}

static void empty_parameters_count_too(void **state)
{
    static const unsigned char params[REQUEST_PARAMS_BYTES_MAX + 2];
    (void)state;
    put_begin(&records, 1, FCGI_RESPONDER, true);
    put_stream(&records, FCGI_PARAMS, 1, params, sizeof(params), 32768);
    assert_int_equal(walk(), HTTP_RECORD_TOO_LARGE);
}

static void request_id_is_written_into_every_record(void **state)
{
    (void)state;
    put_record(&records, FCGI_STDOUT, 1, "hello", 5);
    put_record(&records, FCGI_STDOUT, 1, NULL, 0);
    http_record_set_request_id(records.data, records.length, 0x1234);
    assert_memory_equal(records.data + 2, "\x12\x34", 2);
    assert_memory_equal(records.data + 5 + FCGI_HEADER_LEN + 2, "\x12\x34", 2);
    assert_memory_equal(records.data + FCGI_HEADER_LEN, "hello", 5);
}

#define TEST(name) cmocka_unit_test_setup(name, start_empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(whole_request_is_recognised),
        TEST(request_without_keep_flag_is_not_kept),
        TEST(every_beginning_of_a_request_needs_more),
        TEST(bytes_behind_a_request_are_bad),
        TEST(padded_content_is_fine),
        TEST(padding_that_libfcgi_forgets_is_bad),
        TEST(other_roles_are_bad),
        TEST(management_records_are_bad),
        TEST(records_out_of_order_are_bad),
        TEST(another_request_in_between_is_bad),
        TEST(another_protocol_is_bad),
        TEST(bodies_that_cannot_be_legal_are_too_large),
        TEST(pair_may_straddle_records),
        TEST(pair_that_ends_early_is_bad),
        TEST(pair_of_huge_announced_length_is_too_large),
        TEST(parameters_are_bounded),
        TEST(empty_parameters_count_too),
        TEST(request_id_is_written_into_every_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
