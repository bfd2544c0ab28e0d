/*
 * The book of what each reader got: every message of message.h that was
 * posted in the reader's room, whole, once, and those of each poster in the
 * order of their posting.
 *
 * Message `index` belongs to room `index` % rooms and is posted there by
 * member `index` / rooms % posters; reader number `reader` is in room
 * `reader` % rooms.
 */
#ifndef TESTS_BENCH_DELIVERY_H
#define TESTS_BENCH_DELIVERY_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    CURSOR_SIZE = 128,
    DELIVERY_MESSAGES_MAX = 4000, /* of one reply */
};

/* What a reply says. */
struct delivery_news {
    char next[CURSOR_SIZE]; /* "" if replies are bare */
    size_t count;
    struct {
        int64_t index;
        bool whole;
    } messages[DELIVERY_MESSAGES_MAX];
};

struct delivery_book;

/* Message `index` has come to `reader`, for the first time. */
typedef void delivery_fn(void *context, int64_t index);

struct delivery_options {
    size_t readers;
    int64_t messages; /* their numbers are below this */
    size_t rooms;     /* at least 1, as `posters` */
    size_t posters;   /* in each room */
    bool bare;        /* replies are posts' bodies, one after the other */
    delivery_fn *on_delivery;
    void *context;
};

/* Without memory the program ends. */
struct delivery_book *delivery_book_new(const struct delivery_options *options);
void delivery_book_free(struct delivery_book *book);

/*
 * Reads a reply to reader number `reader`; valid until the next call. Bytes
 * that equal the room's last reply are not parsed again. A body that is none
 * ends the program.
 */
const struct delivery_news *delivery_read(struct delivery_book *book,
                                          size_t reader, const char *body,
                                          size_t body_bytes);

/* Enters what reader number `reader` got. */
void delivery_enter(struct delivery_book *book, size_t reader,
                    const struct delivery_news *news);

/* Deliveries by now, each counted once. */
int64_t delivery_count(const struct delivery_book *book);

/*
 * {"delivered","lost","duplicated","out_of_order","altered"}, where lost is
 * what has not come of `expected` deliveries. A new reference.
 */
json_t *delivery_summary(const struct delivery_book *book, int64_t expected);

#endif
