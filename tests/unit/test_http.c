/* Requests, exchanges and replies; the server itself: test_http_server.c. */
#include "tests/unit/http_fixture.h"

#include "fcgi/http_record.h"

static const struct request *last_request(void)
{
    assert_true(fixture.exchange_count > 0);
    return exchange_request(fixture.exchanges[fixture.exchange_count - 1]);
}

/* Answers the last exchange and checks that `fd` gets the answer. */
static void answer_and_check(int fd)
{
    struct bytes *reply = make_reply("{\"ok\":1}", 8);
    exchange_answer(fixture.exchanges[fixture.exchange_count - 1], reply);
    assert_receives(fd, reply);
    bytes_drop(reply);
}

static void own_last_exchange(void)
{
    exchange_set_owner(fixture.exchanges[fixture.exchange_count - 1],
                       count_gone, &fixture.gone);
}

static void request_is_handed_over_and_answered(void **state)
{
    (void)state;
    int fd = client_with_request(&(struct sample_request){
        .content_length = "5", .body = "hello", .body_bytes = 5});
    assert_int_equal(last_request()->method, HTTP_POST);
    assert_string_equal(last_request()->path, "/chat/v1/x");
    assert_string_equal(last_request()->query, "a=1");
    assert_string_equal(last_request()->host, "chat.example");
    assert_int_equal(last_request()->body_bytes, 5);
    assert_memory_equal(last_request()->body, "hello", 5);
    assert_false(last_request()->malformed);
    answer_and_check(fd);
    assert_open(fd);
    close(fd);
}

static void answer_inside_serve_works(void **state)
{
    (void)state;
    fixture.answer_at_once = make_reply("{}", 2);
    int fd = client_connect();
    for (int i = 0; i < 3; i++) {
        client_request(fd, &(struct sample_request){0});
        assert_receives(fd, fixture.answer_at_once);
    }
    assert_int_equal(fixture.exchange_count, 3);
    close(fd);
}

static void connection_serves_one_request_after_another(void **state)
{
    (void)state;
    int fd = client_with_request(&(struct sample_request){.uri = "/long?abc"});
    answer_and_check(fd);
    client_request(fd, &(struct sample_request){.uri = "/2"});
    assert_int_equal(fixture.exchange_count, 2);
    assert_string_equal(last_request()->path, "/2");
    assert_string_equal(last_request()->query, "");
    answer_and_check(fd);
    assert_int_equal(http_server_connection_count(fixture.server), 1);
    close(fd);
}

static void connection_that_is_not_kept_is_closed_after_the_reply(void **state)
{
    (void)state;
    int fd = client_with_request(&(struct sample_request){.close = true});
    answer_and_check(fd);
    assert_closed(fd);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    close(fd);
}

/* More pieces than the kernel would queue: each is read as it comes. */
static void request_may_come_byte_by_byte(void **state)
{
    static char body[1000];
    (void)state;
    memset(body, 'b', sizeof(body));
    int fd = client_connect();
    put_request(&records, &(struct sample_request){.body = body,
                                                   .body_bytes = sizeof(body)});
    for (size_t i = 0; i < records.length; i++) {
        assert_int_equal(fixture.exchange_count, 0);
        client_send(fd, records.data + i, 1);
    }
    assert_int_equal(fixture.exchange_count, 1);
    assert_int_equal(last_request()->body_bytes, sizeof(body));
    assert_memory_equal(last_request()->body, body, sizeof(body));
    answer_and_check(fd);
    close(fd);
}

static void bodies_arrive_whole_up_to_the_bound(void **state)
{
    static const size_t sizes[] = {0, 1, 8192, 65535, REQUEST_BODY_BYTES_MAX};
    static char body[REQUEST_BODY_BYTES_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)(i * 7 + i / 256);
    int fd = client_connect();
    for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
        char length[8];
        snprintf(length, sizeof(length), "%zu", sizes[i]);
        client_request(fd, &(struct sample_request){.content_length = length,
                                                    .body = body,
                                                    .body_bytes = sizes[i]});
        assert_int_equal(fixture.exchange_count, i + 1);
        assert_false(last_request()->malformed);
        assert_false(last_request()->too_large);
        assert_int_equal(last_request()->body_bytes, sizes[i]);
        assert_memory_equal(last_request()->body, body, sizes[i]);
        answer_and_check(fd);
    }
    close(fd);
}

static void larger_body_is_reported_and_the_connection_goes_on(void **state)
{
    static char body[REQUEST_BODY_BYTES_MAX + 1];
    (void)state;
    int fd = client_with_request(&(struct sample_request){
        .content_length = "65537", .body = body, .body_bytes = sizeof(body)});
    assert_true(last_request()->too_large);
    assert_false(last_request()->malformed);
    assert_int_equal(last_request()->body_bytes, 0);
    answer_and_check(fd);
    client_request(fd, &(struct sample_request){.uri = "/next"});
    assert_string_equal(last_request()->path, "/next");
    answer_and_check(fd);
    close(fd);
}

static void content_length_that_lies_is_reported(void **state)
{
    static const char *const lengths[] = {"4", "6", "0", "x", "-5"};
    (void)state;
    int fd = client_connect();
    for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
        client_request(fd,
                       &(struct sample_request){.content_length = lengths[i],
                                                .body = "hello",
                                                .body_bytes = 5});
        assert_true(last_request()->malformed);
        answer_and_check(fd);
    }
    close(fd);
}

static void half_a_request_has_a_deadline(void **state)
{
    (void)state;
    int fd = client_connect();
    put_request(&records, &(struct sample_request){0});
    client_send(fd, records.data, records.length / 2);
    pass_time(4999);
    assert_open(fd);
    client_send(fd, records.data + records.length / 2, 1);
    pass_time(1);
    assert_closed(fd);
    assert_int_equal(fixture.exchange_count, 0);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    close(fd);
}

static void whole_requests_and_idle_connections_have_none(void **state)
{
    (void)state;
    int idle = client_connect();
    int parked = client_with_request(&(struct sample_request){0});
    pass_time(1000 * 1000);
    assert_open(idle);
    assert_open(parked);
    answer_and_check(parked);
    pass_time(1000 * 1000);
    assert_open(parked);
    close(idle);
    close(parked);
}

static void what_is_no_request_closes_the_connection(void **state)
{
    static const struct {
        const char *bytes;
        size_t length;
    } bad[] = {
        {"GET / HTTP/1.1\r\n\r\n", 18},
        {"\x01\x09\0\0\0\0\0\0", 8},         /* FCGI_GET_VALUES */
        {"\x01\x05\0\x01\xff\xff\xff\0", 8}, /* a body without a request */
    };
    (void)state;
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        int fd = client_connect();
        client_send(fd, bad[i].bytes, bad[i].length);
        assert_closed(fd);
        close(fd);
    }
    assert_int_equal(fixture.exchange_count, 0);
}

static void endless_body_closes_the_connection(void **state)
{
    static char body[300 * 1024];
    (void)state;
    put_request(&records, &(struct sample_request){.body = body,
                                                   .body_bytes = sizeof(body)});
    int fd = client_connect();
    for (size_t sent = 0; sent < records.length;) {
        ssize_t count =
            send(fd, records.data + sent, records.length - sent, MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN)
            break;
        sent += count > 0 ? (size_t)count : 0;
        turn();
    }
    assert_closed(fd);
    assert_int_equal(fixture.exchange_count, 0);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    close(fd);
}

static void two_requests_at_once_close_the_connection(void **state)
{
    (void)state;
    put_request(&records, &(struct sample_request){0});
    put_request(&records, &(struct sample_request){0});
    int fd = client_connect();
    client_send(fd, records.data, records.length);
    assert_closed(fd);
    assert_int_equal(fixture.exchange_count, 0);
    close(fd);
}

static void hang_up_calls_gone_once(void **state)
{
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    own_last_exchange();
    exchange_forget_request(fixture.exchanges[0]);
    assert_null(exchange_request(fixture.exchanges[0]));
    close(fd);
    turn();
    assert_int_equal(fixture.gone_count, 1);
    assert_ptr_equal(fixture.gone, fixture.exchanges[0]);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
}

static void half_close_counts_as_hang_up(void **state)
{
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    own_last_exchange();
    assert_int_equal(shutdown(fd, SHUT_WR), 0);
    assert_closed(fd);
    assert_int_equal(fixture.gone_count, 1);
    close(fd);
}

static void abort_counts_as_hang_up(void **state)
{
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    own_last_exchange();
    records.length = 0;
    put_record(&records, FCGI_ABORT_REQUEST, 1, NULL, 0);
    client_send(fd, records.data, records.length);
    assert_int_equal(fixture.gone_count, 1);
    assert_closed(fd);
    close(fd);
}

static void hang_up_without_owner_is_silent_until_the_answer(void **state)
{
    struct bytes *reply = make_reply("{}", 2);
    (void)state;
    close(client_with_request(&(struct sample_request){0}));
    close(client_with_request(&(struct sample_request){0}));
    turn();
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    exchange_answer(fixture.exchanges[0], reply);
    bytes_drop(reply);
    /* The other one goes with the server. */
}

static void hang_up_that_is_not_noticed_yet_is_no_error(void **state)
{
    struct bytes *reply = make_reply("{}", 2);
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    own_last_exchange();
    close(fd);
    exchange_answer(fixture.exchanges[0], reply);
    turn();
    assert_int_equal(fixture.gone_count, 0);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    bytes_drop(reply);
}

static void no_reply_closes_the_connection(void **state)
{
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    exchange_answer(fixture.exchanges[0], NULL);
    assert_closed(fd);
    close(fd);
}

static struct bytes *make_large_reply(void)
{
    static char body[1024 * 1024];
    for (size_t i = 0; i < sizeof(body); i++)
        body[i] = (char)('a' + i % 23);
    return make_reply(body, sizeof(body));
}

static void large_reply_reaches_a_slow_reader_whole(void **state)
{
    struct bytes *reply = make_large_reply();
    unsigned char *data = malloc(reply->length);
    (void)state;
    assert_non_null(data);
    int fd = client_with_request(&(struct sample_request){.close = true});
    exchange_answer(fixture.exchanges[0], reply);
    for (size_t at = 0; at < reply->length;) {
        size_t left = reply->length - at;
        at += client_receive(fd, data + at, left < 10007 ? left : 10007);
    }
    assert_memory_equal(data, reply->data, reply->length);
    assert_closed(fd);
    assert_int_equal(reply->refs, 1);
    free(data);
    bytes_drop(reply);
    close(fd);
}

static void kept_connection_goes_on_after_a_large_reply(void **state)
{
    struct bytes *reply = make_large_reply();
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    exchange_answer(fixture.exchanges[0], reply);
    assert_receives(fd, reply);
    client_request(fd, &(struct sample_request){.uri = "/next"});
    assert_int_equal(fixture.exchange_count, 2);
    pass_time(1000 * 1000);
    answer_and_check(fd);
    bytes_drop(reply);
    close(fd);
}

static void reader_that_does_not_read_loses_its_connection(void **state)
{
    struct bytes *reply = make_large_reply();
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    exchange_answer(fixture.exchanges[0], reply);
    pass_time(29999);
    assert_int_equal(http_server_connection_count(fixture.server), 1);
    pass_time(1);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    assert_int_equal(reply->refs, 1);
    bytes_drop(reply);
    close(fd);
}

static void request_while_a_reply_is_unread_closes_the_connection(void **state)
{
    struct bytes *reply = make_large_reply();
    (void)state;
    int fd = client_with_request(&(struct sample_request){0});
    exchange_answer(fixture.exchanges[0], reply);
    client_request(fd, &(struct sample_request){0});
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    assert_int_equal(fixture.exchange_count, 1);
    assert_int_equal(reply->refs, 1);
    bytes_drop(reply);
    close(fd);
}

static void one_reply_answers_a_hundred_exchanges(void **state)
{
    int fds[100];
    struct bytes *reply = make_reply("{\"events\":[]}", 13);
    (void)state;
    for (size_t i = 0; i < 100; i++)
        fds[i] = client_with_request(&(struct sample_request){0});
    for (size_t i = 0; i < 100; i++)
        exchange_answer(fixture.exchanges[i], reply);
    assert_int_equal(reply->refs, 1);
    for (size_t i = 0; i < 100; i++) {
        assert_receives(fds[i], reply);
        close(fds[i]);
    }
    bytes_drop(reply);
}

static void reply_carries_the_id_of_its_request(void **state)
{
    struct bytes *reply = make_large_reply();
    struct bytes *expected = bytes_new(reply->data, reply->length);
    (void)state;
    assert_non_null(expected);
    http_record_set_request_id(expected->data, expected->length, 0x0107);
    int fd = client_with_request(&(struct sample_request){.request_id = 0x107});
    exchange_answer(fixture.exchanges[0], reply);
    assert_receives(fd, expected);
    bytes_drop(expected);
    bytes_drop(reply);
    close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(request_is_handed_over_and_answered),
        TEST(answer_inside_serve_works),
        TEST(connection_serves_one_request_after_another),
        TEST(connection_that_is_not_kept_is_closed_after_the_reply),
        TEST(request_may_come_byte_by_byte),
        TEST(bodies_arrive_whole_up_to_the_bound),
        TEST(larger_body_is_reported_and_the_connection_goes_on),
        TEST(content_length_that_lies_is_reported),
        TEST(half_a_request_has_a_deadline),
        TEST(whole_requests_and_idle_connections_have_none),
        TEST(what_is_no_request_closes_the_connection),
        TEST(endless_body_closes_the_connection),
        TEST(two_requests_at_once_close_the_connection),
        TEST(hang_up_calls_gone_once),
        TEST(half_close_counts_as_hang_up),
        TEST(abort_counts_as_hang_up),
        TEST(hang_up_without_owner_is_silent_until_the_answer),
        TEST(hang_up_that_is_not_noticed_yet_is_no_error),
        TEST(no_reply_closes_the_connection),
        TEST(large_reply_reaches_a_slow_reader_whole),
        TEST(kept_connection_goes_on_after_a_large_reply),
        TEST(reader_that_does_not_read_loses_its_connection),
        TEST(request_while_a_reply_is_unread_closes_the_connection),
        TEST(one_reply_answers_a_hundred_exchanges),
        TEST(reply_carries_the_id_of_its_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
