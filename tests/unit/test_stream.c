/* Buffered streams over socket pairs and pipes with little room. */
#include <errno.h>
#include <fcntl.h>

#include "common/stream.h"
#include "tests/unit/selector_fixture.h"
#include "tests/unit/unit.h"

enum {
    TRANSFER_BYTES = 3 * 1024 * 1024,
    PIECE_BYTES_MAX = 5000,
    QUEUE_BYTES_MAX = 100000,
    INPUT_BYTES_MAX = 7777,
};

/* A stream that remembers what it is told, and may do something about it. */
struct talker {
    struct fixture *fixture;
    struct stream stream;
    void (*act)(struct talker *talker);
    unsigned calls;
    unsigned told;
    uint32_t random;   /* for sizes */
    size_t bytes_done; /* sent or received */
};

static void talker_told(void *context, unsigned events)
{
    struct talker *talker = context;

    talker->calls++;
    talker->told |= events;
    if (talker->act != NULL)
        talker->act(talker);
}

static void talker_open(struct talker *talker, struct fixture *fixture, int fd,
                        unsigned events)
{
    *talker = (struct talker){.fixture = fixture, .random = 1};
    assert_int_equal(stream_open(&talker->stream, fixture->selector, fd, events,
                                 talker_told, talker),
                     CHAT_OK);
}

/* Opens a stream on the near end, which it takes. */
static void talker_open_near(struct talker *talker, struct fixture *fixture,
                             unsigned events)
{
    talker_open(talker, fixture, fixture->near, events);
    fixture->near = -1;
}

static size_t some_size(struct talker *talker, size_t max)
{
    talker->random = talker->random * 1664525u + 1013904223u;
    return 1 + (talker->random >> 8) % max;
}

/* Does not repeat at any power of two: what is lost or doubled shows. */
static unsigned char byte_at(size_t position)
{
    return (unsigned char)(position % 251 ^ position / 251 % 241);
}

static struct bytes *piece_at(size_t position, size_t length)
{
    struct bytes *piece = bytes_new(NULL, length);

    assert_non_null(piece);
    for (size_t i = 0; i < length; i++)
        piece->data[i] = byte_at(position + i);
    return piece;
}

/* Sends pieces of odd sizes until the bound; on CHAT_FULL nothing is sent. */
static void send_odd_pieces(struct talker *talker)
{
    enum chat_result result = CHAT_OK;

    while (result == CHAT_OK && talker->bytes_done < TRANSFER_BYTES) {
        size_t length = some_size(talker, PIECE_BYTES_MAX);
        if (length > TRANSFER_BYTES - talker->bytes_done)
            length = TRANSFER_BYTES - talker->bytes_done;
        struct bytes *piece = piece_at(talker->bytes_done, length);
        result = stream_send(&talker->stream, piece, QUEUE_BYTES_MAX);
        bytes_drop(piece);
        if (result == CHAT_OK)
            talker->bytes_done += length;
        assert_in_range(stream_pending_bytes(&talker->stream), 0,
                        QUEUE_BYTES_MAX);
    }
    assert_true(result == CHAT_OK || result == CHAT_FULL);
    if (result == CHAT_OK && stream_pending_bytes(&talker->stream) == 0)
        stream_close(&talker->stream);
}

static void receive_odd_pieces(struct talker *talker)
{
    struct stream *stream = &talker->stream;
    enum chat_result result;

    while ((result = stream_receive(stream, INPUT_BYTES_MAX)) == CHAT_OK ||
           result == CHAT_FULL) {
        size_t count = some_size(talker, stream->input_bytes);
        for (size_t i = 0; i < count; i++)
            assert_int_equal(stream->input[i], byte_at(talker->bytes_done + i));
        stream_consume(stream, count);
        talker->bytes_done += count;
    }
    if (result == CHAT_CLOSED) {
        for (size_t i = 0; i < stream->input_bytes; i++)
            assert_int_equal(stream->input[i], byte_at(talker->bytes_done + i));
        talker->bytes_done += stream->input_bytes;
        stream_close(stream);
    }
}

/* The run ends when both have closed. */
static void transfer(struct fixture *fixture, int from, int to, unsigned how)
{
    struct talker sender, receiver;

    talker_open(&sender, fixture, from, how);
    talker_open(&receiver, fixture, to, SELECTOR_READ | how);
    sender.act = send_odd_pieces;
    receiver.act = receive_odd_pieces;
    send_odd_pieces(&sender);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    assert_int_equal(sender.bytes_done, TRANSFER_BYTES);
    assert_int_equal(receiver.bytes_done, TRANSFER_BYTES);
}

static void little_buffers(struct fixture *fixture)
{
    int bytes = 2048;

    setsockopt(fixture->near, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
    setsockopt(fixture->far, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

static void megabytes_arrive_whole_and_in_order_over_a_socket(void **state)
{
    struct fixture *fixture = *state;

    little_buffers(fixture);
    transfer(fixture, fixture->near, fixture->far, 0);
    fixture->near = fixture->far = -1;
}

static void megabytes_arrive_whole_and_in_order_with_edges(void **state)
{
    struct fixture *fixture = *state;

    little_buffers(fixture);
    transfer(fixture, fixture->near, fixture->far,
             SELECTOR_HANGUP | SELECTOR_EDGE);
    fixture->near = fixture->far = -1;
}

static void megabytes_arrive_whole_and_in_order_over_a_pipe(void **state)
{
    int ends[2];

    assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
    assert_true(fcntl(ends[1], F_SETPIPE_SZ, 4096) >= 0);
    transfer(*state, ends[1], ends[0], 0);
}

/* Sends until something waits; returns how many bytes. */
static size_t fill(struct talker *talker, struct bytes *piece)
{
    size_t sent = 0;

    while (stream_pending_bytes(&talker->stream) == 0) {
        assert_int_equal(stream_send(&talker->stream, piece, piece->length),
                         CHAT_OK);
        sent += piece->length;
    }
    return sent;
}

static size_t drain(int fd)
{
    char bytes[4096];
    size_t total = 0;
    ssize_t count;

    while ((count = read(fd, bytes, sizeof(bytes))) > 0)
        total += (size_t)count;
    return total;
}

static void send_beyond_the_bound_sends_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1000);
    struct talker talker;

    little_buffers(fixture);
    talker_open_near(&talker, fixture, 0);
    assert_int_equal(stream_send(&talker.stream, piece, 999), CHAT_FULL);
    assert_int_equal(drain(fixture->far), 0);

    size_t sent = fill(&talker, piece);
    size_t pending = stream_pending_bytes(&talker.stream);
    assert_int_equal(stream_send(&talker.stream, piece, pending + 999),
                     CHAT_FULL);
    assert_int_equal(stream_pending_bytes(&talker.stream), pending);
    assert_int_equal(stream_send(&talker.stream, piece, pending + 1000),
                     CHAT_OK);
    assert_int_equal(stream_send(&talker.stream, piece, 0), CHAT_FULL);

    size_t received = drain(fixture->far);
    run_turns(fixture, 2);
    received += drain(fixture->far);
    assert_int_equal(received, sent + 1000);
    stream_close(&talker.stream);
    bytes_drop(piece);
}

static void queued_bytes_are_shared_and_dropped_when_written(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1000000);
    struct talker talker;

    talker_open_near(&talker, fixture, 0);
    assert_int_equal(stream_send(&talker.stream, piece, 2000000), CHAT_OK);
    assert_int_equal(stream_send(&talker.stream, piece, 2000000), CHAT_OK);
    assert_int_equal(piece->refs, 3);
    assert_int_equal(talker.stream.watch.events, SELECTOR_WRITE);
    for (size_t received = 0; received < 2000000;) {
        received += drain(fixture->far);
        run_turns(fixture, 1);
    }
    assert_int_equal(piece->refs, 1);
    assert_int_equal(talker.calls, 1);
    assert_int_equal(talker.told, SELECTOR_WRITE);
    stream_close(&talker.stream);
    bytes_drop(piece);
}

static void stream_that_is_done_holds_no_buffers(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1000);
    struct talker talker;

    little_buffers(fixture);
    talker_open_near(&talker, fixture, SELECTOR_READ);
    fill(&talker, piece);
    assert_non_null(talker.stream.output);
    drain(fixture->far);
    run_turns(fixture, 1);
    assert_int_equal(talker.told, SELECTOR_WRITE);
    assert_null(talker.stream.output);
    assert_int_equal(talker.stream.watch.events, SELECTOR_READ);

    assert_int_equal(write(fixture->far, "hello", 5), 5);
    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_OK);
    assert_non_null(talker.stream.input);
    stream_consume(&talker.stream, 5);
    assert_null(talker.stream.input);
    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_AGAIN);
    assert_null(talker.stream.input);
    stream_close(&talker.stream);
    bytes_drop(piece);
}

static void owner_is_told_write_when_all_is_written_and_not_before(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 100000);
    struct talker talker;
    char bytes[8192];

    little_buffers(fixture);
    talker_open_near(&talker, fixture, SELECTOR_WRITE);
    assert_int_equal(stream_send(&talker.stream, piece, 100000), CHAT_OK);
    while (stream_pending_bytes(&talker.stream) > 0) {
        assert_int_equal(talker.calls, 0);
        assert_true(read(fixture->far, bytes, sizeof(bytes)) > 0);
        run_turns(fixture, 1);
    }
    assert_int_equal(talker.calls, 1);
    drain(fixture->far);
    run_turns(fixture, 1);
    assert_int_equal(talker.calls, 2); /* as it waits for WRITE itself */
    stream_close(&talker.stream);
    bytes_drop(piece);
}

static void many_small_pieces_stay_in_order(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1000);
    struct talker talker, receiver;

    little_buffers(fixture);
    talker_open_near(&talker, fixture, 0);
    size_t filled = fill(&talker, piece);
    for (size_t i = 0; i < 1000; i++) {
        struct bytes *small = piece_at(i * 3, 3);
        assert_int_equal(stream_send(&talker.stream, small, 10000), CHAT_OK);
        bytes_drop(small);
    }
    talker_open(&receiver, fixture, fixture->far, 0);
    fixture->far = -1;
    while (receiver.stream.input_bytes < filled + 3000) {
        stream_receive(&receiver.stream, filled + 3000);
        run_turns(fixture, 1);
    }
    for (size_t i = 0; i < 3000; i++)
        assert_int_equal(receiver.stream.input[filled + i], byte_at(i));
    stream_close(&talker.stream);
    stream_close(&receiver.stream);
    bytes_drop(piece);
}

static void nothing_to_send_is_sent_at_once(void **state)
{
    struct bytes *nothing = bytes_new("", 0);
    struct talker talker;

    talker_open_near(&talker, *state, 0);
    assert_int_equal(stream_send(&talker.stream, nothing, 0), CHAT_OK);
    assert_int_equal(stream_pending_bytes(&talker.stream), 0);
    stream_close(&talker.stream);
    bytes_drop(nothing);
}

static void one_byte_is_sent_once(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1);
    struct talker talker;

    talker_open_near(&talker, fixture, 0);
    assert_int_equal(stream_send(&talker.stream, piece, 1), CHAT_OK);
    assert_int_equal(stream_pending_bytes(&talker.stream), 0);
    run_turns(fixture, 2);
    assert_int_equal(drain(fixture->far), 1);
    stream_close(&talker.stream);
    bytes_drop(piece);
}

static void sending_to_a_peer_that_is_gone_says_closed(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 10);
    struct talker talker;

    talker_open_near(&talker, fixture, 0);
    close_fd(&fixture->far);
    assert_int_equal(stream_send(&talker.stream, piece, 100), CHAT_CLOSED);
    assert_int_equal(stream_send(&talker.stream, piece, 100), CHAT_CLOSED);
    stream_close(&talker.stream);
    bytes_drop(piece);
}

static void failed_write_shows_as_read_and_then_as_closed(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1000);
    struct talker talker;

    talker_open_near(&talker, fixture, 0);
    assert_int_equal(write(fixture->far, "last words", 10), 10);
    fill(&talker, piece);
    close_fd(&fixture->far);
    run_turns(fixture, 3);
    assert_int_equal(talker.calls, 1);
    assert_int_equal(talker.told, SELECTOR_READ);
    assert_int_equal(stream_pending_bytes(&talker.stream), 0);
    assert_int_equal(piece->refs, 1);
    assert_int_equal(stream_send(&talker.stream, piece, 1000), CHAT_CLOSED);

    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_OK);
    assert_int_equal(talker.stream.input_bytes, 10);
    assert_memory_equal(talker.stream.input, "last words", 10);
    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_CLOSED);
    stream_close(&talker.stream);
    bytes_drop(piece);
}

static void receive_tells_the_end_after_the_last_bytes(void **state)
{
    struct fixture *fixture = *state;
    struct talker talker;

    talker_open_near(&talker, fixture, SELECTOR_READ);
    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_AGAIN);
    assert_int_equal(write(fixture->far, "bye", 3), 3);
    close_fd(&fixture->far);
    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_OK);
    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_CLOSED);
    assert_int_equal(talker.stream.input_bytes, 3);
    assert_memory_equal(talker.stream.input, "bye", 3);
    stream_consume(&talker.stream, 1);
    assert_memory_equal(talker.stream.input, "ye", 2);
    stream_close(&talker.stream);
}

static void receive_stops_at_its_bound(void **state)
{
    struct fixture *fixture = *state;
    struct talker talker;

    talker_open_near(&talker, fixture, SELECTOR_READ);
    assert_int_equal(write(fixture->far, "0123456789", 10), 10);
    assert_int_equal(stream_receive(&talker.stream, 4), CHAT_OK);
    assert_int_equal(talker.stream.input_bytes, 4);
    assert_int_equal(talker.stream.input_capacity, 4);
    assert_int_equal(stream_receive(&talker.stream, 4), CHAT_FULL);
    stream_consume(&talker.stream, 3);
    assert_int_equal(stream_receive(&talker.stream, 4), CHAT_OK);
    assert_int_equal(talker.stream.input_bytes, 4);
    assert_memory_equal(talker.stream.input, "3456", 4);
    assert_int_equal(stream_receive(&talker.stream, 100), CHAT_OK);
    assert_memory_equal(talker.stream.input, "3456789", 7);
    stream_close(&talker.stream);
}

static void close_and_free(struct talker *talker)
{
    stream_close(&talker->stream);
    free(talker);
}

static void stream_closed_and_freed_by_its_callback_is_not_touched(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1000);
    struct talker *talker = malloc(sizeof(*talker));

    assert_non_null(talker);
    little_buffers(fixture);
    talker_open_near(talker, fixture, SELECTOR_READ);
    talker->act = close_and_free;
    fill(talker, piece);
    drain(fixture->far);
    assert_int_equal(write(fixture->far, "x", 1), 1);
    assert_int_equal(selector_run(fixture->selector), CHAT_OK);
    bytes_drop(piece);
}

static void close_drops_what_is_queued(void **state)
{
    struct fixture *fixture = *state;
    struct bytes *piece = piece_at(0, 1000);
    struct talker talker;

    talker_open_near(&talker, fixture, SELECTOR_READ);
    fill(&talker, piece);
    assert_int_equal(piece->refs, 2);
    stream_close(&talker.stream);
    assert_int_equal(piece->refs, 1);
    assert_int_equal(selector_stream_count(fixture->selector), 0);
    stream_close(&talker.stream);
    bytes_drop(piece);
}

/* Descriptor 0 is what its `fd` says. */
static void close_of_a_zeroed_stream_closes_nothing(void **state)
{
    struct stream stream = {0};
    int before = fcntl(0, F_GETFD);

    (void)state;
    stream_close(&stream);
    assert_int_equal(fcntl(0, F_GETFD), before);
}

static void open_that_fails_leaves_the_descriptor(void **state)
{
    struct fixture *fixture = *state;
    struct talker talker, twin;

    talker_open_near(&talker, fixture, SELECTOR_READ);
    assert_int_equal(stream_open(&twin.stream, fixture->selector,
                                 talker.stream.fd, SELECTOR_READ, talker_told,
                                 &twin),
                     CHAT_SYSTEM);
    assert_int_equal(errno, EEXIST);
    stream_close(&twin.stream);
    assert_true(fcntl(talker.stream.fd, F_GETFD) >= 0);
    stream_close(&talker.stream);
}

static void wait_for_changes_what_the_owner_is_told(void **state)
{
    struct fixture *fixture = *state;
    struct talker talker;

    talker_open_near(&talker, fixture, SELECTOR_READ);
    assert_int_equal(stream_wait_for(&talker.stream, 0), CHAT_OK);
    assert_int_equal(write(fixture->far, "x", 1), 1);
    run_turns(fixture, 2);
    assert_int_equal(talker.calls, 0);
    assert_int_equal(
        stream_wait_for(&talker.stream, SELECTOR_READ | SELECTOR_WRITE),
        CHAT_OK);
    run_turns(fixture, 1);
    assert_int_equal(talker.told, SELECTOR_READ | SELECTOR_WRITE);
    stream_close(&talker.stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_BOTH(megabytes_arrive_whole_and_in_order_over_a_socket),
        ON_EPOLL(megabytes_arrive_whole_and_in_order_with_edges),
        ON_BOTH(megabytes_arrive_whole_and_in_order_over_a_pipe),
        ON_BOTH(send_beyond_the_bound_sends_nothing),
        ON_BOTH(queued_bytes_are_shared_and_dropped_when_written),
        ON_BOTH(stream_that_is_done_holds_no_buffers),
        ON_BOTH(owner_is_told_write_when_all_is_written_and_not_before),
        ON_BOTH(many_small_pieces_stay_in_order),
        ON_BOTH(nothing_to_send_is_sent_at_once),
        ON_BOTH(one_byte_is_sent_once),
        ON_BOTH(sending_to_a_peer_that_is_gone_says_closed),
        ON_BOTH(failed_write_shows_as_read_and_then_as_closed),
        ON_BOTH(receive_tells_the_end_after_the_last_bytes),
        ON_BOTH(receive_stops_at_its_bound),
        ON_BOTH(stream_closed_and_freed_by_its_callback_is_not_touched),
        ON_BOTH(close_drops_what_is_queued),
        ON_BOTH(close_of_a_zeroed_stream_closes_nothing),
        ON_BOTH(open_that_fails_leaves_the_descriptor),
        ON_BOTH(wait_for_changes_what_the_owner_is_told),
    };
    return cmocka_run_group_tests_name("stream", tests, NULL, NULL);
}
