#include "common/stream_queue.h"
#include "tests/unit/unit.h"

enum { PIECES_MAX = 3, ROUNDS = 20000, PENDING_BYTES_MAX = 200 };

static struct bytes *piece_at(size_t position, size_t length)
{
    struct bytes *piece = bytes_new(NULL, length);

    assert_non_null(piece);
    for (size_t i = 0; i < length; i++)
        piece->data[i] = (unsigned char)((position + i) % 251);
    return piece;
}

static void append(struct stream_queue *queue, size_t position, size_t length,
                   size_t written)
{
    struct bytes *piece = piece_at(position, length);

    assert_int_equal(stream_queue_append(queue, piece, written), CHAT_OK);
    bytes_drop(piece);
}

/* What is peeked at is what stands at `position`; returns how many bytes. */
static size_t check_peek(const struct stream_queue *queue, size_t position)
{
    struct iovec pieces[PIECES_MAX];
    size_t count = stream_queue_peek(queue, pieces, PIECES_MAX);
    size_t seen = 0;

    for (size_t i = 0; i < count; i++) {
        const unsigned char *data = pieces[i].iov_base;
        assert_true(pieces[i].iov_len > 0);
        for (size_t j = 0; j < pieces[i].iov_len; j++, seen++)
            assert_int_equal(data[j], (position + seen) % 251);
    }
    return seen;
}

static void new_queue_is_empty(void **state)
{
    struct stream_queue *queue = stream_queue_new();
    struct iovec pieces[1];

    (void)state;
    assert_non_null(queue);
    assert_int_equal(stream_queue_bytes(queue), 0);
    assert_int_equal(stream_queue_peek(queue, pieces, 1), 0);
    stream_queue_free(queue);
}

static void first_piece_may_be_written_in_part(void **state)
{
    struct stream_queue *queue = stream_queue_new();

    (void)state;
    assert_non_null(queue);
    append(queue, 0, 10, 4);
    append(queue, 10, 5, 0);
    assert_int_equal(stream_queue_bytes(queue), 11);
    assert_int_equal(check_peek(queue, 4), 11);
    stream_queue_consume(queue, 8);
    assert_int_equal(check_peek(queue, 12), 3);
    stream_queue_consume(queue, 3);
    assert_int_equal(stream_queue_bytes(queue), 0);
    append(queue, 0, 10, 9);
    assert_int_equal(check_peek(queue, 9), 1);
    stream_queue_free(queue);
}

static void piece_is_dropped_as_soon_as_it_is_consumed(void **state)
{
    struct stream_queue *queue = stream_queue_new();
    struct bytes *piece = piece_at(0, 10);

    (void)state;
    assert_non_null(queue);
    assert_int_equal(stream_queue_append(queue, piece, 0), CHAT_OK);
    assert_int_equal(stream_queue_append(queue, piece, 0), CHAT_OK);
    assert_int_equal(piece->refs, 3);
    stream_queue_consume(queue, 9);
    assert_int_equal(piece->refs, 3);
    stream_queue_consume(queue, 1);
    assert_int_equal(piece->refs, 2);
    stream_queue_free(queue);
    assert_int_equal(piece->refs, 1);
    bytes_drop(piece);
}

static void peek_gives_no_more_pieces_than_asked_for(void **state)
{
    struct stream_queue *queue = stream_queue_new();

    (void)state;
    assert_non_null(queue);
    for (size_t i = 0; i < 10; i++)
        append(queue, 2 * i, 2, 0);
    assert_int_equal(check_peek(queue, 0), 2 * PIECES_MAX);
    stream_queue_free(queue);
}

static size_t next_random(uint32_t *random, size_t limit)
{
    *random = *random * 1664525u + 1013904223u;
    return (*random >> 8) % limit;
}

/* Never empty for long, so that the pieces wander through the array. */
static void order_survives_any_mix_of_append_and_consume(void **state)
{
    struct stream_queue *queue = stream_queue_new();
    size_t appended = 0, consumed = 0;
    uint32_t random = 1;

    (void)state;
    assert_non_null(queue);
    for (int round = 0; round < ROUNDS; round++) {
        size_t pending = appended - consumed;
        if (pending < PENDING_BYTES_MAX) {
            size_t length = 1 + next_random(&random, 20);
            append(queue, appended, length, 0);
            appended += length;
        } else {
            size_t count = next_random(&random, pending + 1);
            stream_queue_consume(queue, count);
            consumed += count;
        }
        assert_int_equal(stream_queue_bytes(queue), appended - consumed);
        size_t seen = check_peek(queue, consumed);
        assert_true(seen > 0 || appended == consumed);
    }
    stream_queue_free(queue);
}

static void free_of_nothing_is_fine(void **state)
{
    (void)state;
    stream_queue_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_queue_is_empty),
        cmocka_unit_test(first_piece_may_be_written_in_part),
        cmocka_unit_test(piece_is_dropped_as_soon_as_it_is_consumed),
        cmocka_unit_test(peek_gives_no_more_pieces_than_asked_for),
        cmocka_unit_test(order_survives_any_mix_of_append_and_consume),
        cmocka_unit_test(free_of_nothing_is_fine),
    };
    return cmocka_run_group_tests_name("stream_queue", tests, NULL, NULL);
}
