/*
 * The book of what each reader got: every message of message.h, from the
 * first to the last, whole, once, in order.
 */
#ifndef TESTS_BENCH_DELIVERY_H
#define TESTS_BENCH_DELIVERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CURSOR_SIZE = 64,
    DELIVERY_EVENTS_MAX = 200, /* of one poll's reply */
};

/* What a poll's reply says. */
struct delivery_news {
    char next[CURSOR_SIZE];
    size_t count;
    struct {
        int64_t index;
        bool whole;
    } messages[DELIVERY_EVENTS_MAX];
};

struct delivery_book;

/*
 * A book for `reader_count` readers of messages 0 to `message_count` - 1;
 * without memory the program ends.
 */
struct delivery_book *delivery_book_new(size_t reader_count,
                                        int64_t message_count);
void delivery_book_free(struct delivery_book *book);

/*
 * Reads a poll's reply; valid until the next call. Equal bytes are parsed
 * once. A body that is none ends the program.
 */
const struct delivery_news *delivery_read(struct delivery_book *book,
                                          const char *body, size_t body_bytes);

/*
 * Enters what reader number `reader` got. Returns whether message `index` is
 * among it, for the first time.
 */
bool delivery_enter(struct delivery_book *book, size_t reader,
                    const struct delivery_news *news, int64_t index);

/*
 * {"delivered","lost","duplicated","out_of_order","altered"}, where lost is
 * all that has not come by now. A new reference.
 */
json_t *delivery_summary(const struct delivery_book *book);

#endif
