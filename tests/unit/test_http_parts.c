/* Replies that go out in parts. */
#include "tests/unit/http_fixture.h"

#include "fcgi/http_record.h"

enum { PENDING_MAX = 100 * 1024 };

static struct bytes *part; /* of 32 KiB */
static size_t written_count;

static int set_up_part(void **state)
{
    static char data[32 * 1024];

    set_up(state);
    memset(data, 'p', sizeof(data));
    part = reply_part(data, sizeof(data));
    assert_non_null(part);
    written_count = 0;
    return 0;
}

static int tear_down_part(void **state)
{
    int status = tear_down(state);

    assert_int_equal(part->refs, 1);
    bytes_drop(part);
    return status;
}

/* The exchange of the last request, with an owner. */
static struct exchange *own_last(void)
{
    struct exchange *exchange = fixture.exchanges[fixture.exchange_count - 1];

    exchange_set_owner(exchange, count_gone, &fixture.gone);
    return exchange;
}

static void end(struct exchange *exchange)
{
    struct bytes *last = reply_end();

    assert_non_null(last);
    exchange_answer(exchange, last);
    bytes_drop(last);
}

/* Sends the part until no more is taken; returns how often it was. */
static size_t fill(struct exchange *exchange)
{
    size_t count = 0;

    while (exchange_send(exchange, part, PENDING_MAX) == CHAT_OK)
        assert_true(++count < 1000);
    return count;
}

/* Fails the test unless `count` parts come. */
static void assert_parts(int fd, size_t count)
{
    for (size_t i = 0; i < count; i++)
        assert_receives(fd, part);
}

static void parts_arrive_as_they_are_sent(void **state)
{
    int fd = client_with_request(&(struct sample_request){0});
    struct exchange *exchange = own_last();
    struct bytes *last = reply_end();

    (void)state;
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_OK);
    assert_receives(fd, part);
    pass_time(1000 * 1000);
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_OK);
    assert_receives(fd, part);
    exchange_answer(exchange, last);
    assert_receives(fd, last);
    bytes_drop(last);
    /* The connection goes on. */
    client_request(fd, &(struct sample_request){0});
    assert_int_equal(fixture.exchange_count, 2);
    assert_int_equal(fixture.gone_count, 0);
    end(own_last());
    close(fd);
}

static void peer_that_does_not_read_is_sent_no_more_than_the_bound(void **state)
{
    int fd = client_with_request(&(struct sample_request){0});
    struct exchange *exchange = own_last();
    size_t count = fill(exchange);

    (void)state;
    assert_int_equal(part->refs, 1 + PENDING_MAX / part->length);
    assert_int_equal(exchange_send(exchange, part, PENDING_MAX), CHAT_FULL);
    /* Nothing of what was refused comes. */
    assert_parts(fd, count);
    assert_open(fd);
    assert_int_equal(part->refs, 1);
    end(exchange);
    close(fd);
}

/* What fits nowhere could never be sent. */
static void part_over_the_bound_may_wait_alone(void **state)
{
    static char data[1024 * 1024];
    struct bytes *large = reply_part(data, sizeof(data));
    int fd = client_with_request(&(struct sample_request){0});
    struct exchange *exchange = own_last();

    (void)state;
    assert_int_equal(exchange_send(exchange, large, 1), CHAT_OK);
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_FULL);
    assert_receives(fd, large);
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_OK);
    assert_receives(fd, part);
    bytes_drop(large);
    end(exchange);
    close(fd);
}

static void send_another(void *owner, struct exchange *exchange)
{
    assert_ptr_equal(owner, &fixture.gone);
    written_count++;
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_OK);
}

static void owner_is_told_when_all_is_written(void **state)
{
    int fd = client_with_request(&(struct sample_request){0});
    struct exchange *exchange = own_last();
    size_t count;

    (void)state;
    exchange_on_written(exchange, send_another);
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_OK);
    turn();
    assert_int_equal(written_count, 0); /* nothing had to wait */
    count = 1 + fill(exchange);
    turn();
    assert_int_equal(written_count, 0);
    assert_parts(fd, count);
    assert_int_equal(written_count, 1);
    assert_parts(fd, 1);
    assert_open(fd);
    end(exchange);
    close(fd);
}

static void end_when_written(void *owner, struct exchange *exchange)
{
    assert_ptr_equal(owner, &fixture.gone);
    written_count++;
    end(exchange);
}

static void owner_that_is_told_may_end_it(void **state)
{
    int fd = client_with_request(&(struct sample_request){.close = true});
    struct exchange *exchange = own_last();
    struct bytes *last = reply_end();

    (void)state;
    exchange_on_written(exchange, end_when_written);
    assert_parts(fd, fill(exchange));
    assert_int_equal(written_count, 1);
    assert_receives(fd, last);
    assert_closed(fd);
    bytes_drop(last);
    close(fd);
}

static void end_waits_behind_what_waits(void **state)
{
    int fd = client_with_request(&(struct sample_request){0});
    struct exchange *exchange = own_last();
    size_t count = fill(exchange);
    struct bytes *last = reply_end();

    (void)state;
    exchange_answer(exchange, last);
    assert_parts(fd, count);
    assert_receives(fd, last);
    bytes_drop(last);
    client_request(fd, &(struct sample_request){0});
    assert_int_equal(fixture.exchange_count, 2);
    end(own_last());
    close(fd);
}

static void peer_that_never_reads_its_end_loses_the_connection(void **state)
{
    int fd = client_with_request(&(struct sample_request){0});
    struct exchange *exchange = own_last();

    (void)state;
    fill(exchange);
    pass_time(1000 * 1000); /* until then it is the owner's affair */
    assert_int_equal(http_server_connection_count(fixture.server), 1);
    end(exchange);
    pass_time(29999);
    assert_int_equal(http_server_connection_count(fixture.server), 1);
    pass_time(1);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
    assert_int_equal(fixture.gone_count, 0);
    close(fd);
}

static void hang_up_between_parts_calls_gone_once(void **state)
{
    int fd = client_with_request(&(struct sample_request){0});
    int stuck = client_with_request(&(struct sample_request){0});

    (void)state;
    own_last();
    fill(fixture.exchanges[1]);
    exchange_set_owner(fixture.exchanges[0], count_gone, &fixture.gone);
    assert_int_equal(exchange_send(fixture.exchanges[0], part, 1), CHAT_OK);
    close(fd);
    turn();
    assert_int_equal(fixture.gone_count, 1);
    close(stuck);
    turn();
    assert_int_equal(fixture.gone_count, 2);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
}

/* Before the loop has noticed. */
static void sending_to_a_peer_that_has_gone_is_told(void **state)
{
    int fd = client_with_request(&(struct sample_request){0});
    struct exchange *exchange = own_last();

    (void)state;
    close(fd);
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_CLOSED);
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_CLOSED);
    assert_int_equal(fixture.gone_count, 0);
    exchange_answer(exchange, NULL);
    turn();
    assert_int_equal(fixture.gone_count, 0);
    assert_int_equal(http_server_connection_count(fixture.server), 0);
}

static void parts_carry_the_id_of_their_request(void **state)
{
    struct bytes *expected = bytes_new(part->data, part->length);
    int fd = client_with_request(&(struct sample_request){.request_id = 0x107});
    struct exchange *exchange = own_last();

    (void)state;
    http_record_set_request_id(expected->data, expected->length, 0x107);
    assert_int_equal(exchange_send(exchange, part, 1), CHAT_OK);
    assert_receives(fd, expected);
    bytes_drop(expected);
    end(exchange);
    close(fd);
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, set_up_part, tear_down_part)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(parts_arrive_as_they_are_sent),
        TEST(peer_that_does_not_read_is_sent_no_more_than_the_bound),
        TEST(part_over_the_bound_may_wait_alone),
        TEST(owner_is_told_when_all_is_written),
        TEST(owner_that_is_told_may_end_it),
        TEST(end_waits_behind_what_waits),
        TEST(peer_that_never_reads_its_end_loses_the_connection),
        TEST(hang_up_between_parts_calls_gone_once),
        TEST(sending_to_a_peer_that_has_gone_is_told),
        TEST(parts_carry_the_id_of_their_request),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
