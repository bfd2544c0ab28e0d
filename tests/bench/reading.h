/*
 * People as readers: each waits for news by polls, the next as soon as one is
 * answered, or by one stream, and all that comes is entered in a book.
 */
#ifndef TESTS_BENCH_READING_H
#define TESTS_BENCH_READING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/selector.h"
#include "tests/bench/delivery.h"
#include "tests/bench/event_stream.h"
#include "tests/bench/people.h"

struct reader;

struct reading {
    struct people *people;      /* borrowed */
    struct delivery_book *book; /* borrowed */
    bool by_streams;
    struct reader *readers;
    int64_t answers; /* polls answered, or a stream's messages */
    int64_t last_reply_ms;
    struct selector_timer timer;
};

/*
 * Begins with all of them, and returns when nothing has come for a while:
 * then all wait. It goes on whenever the selector runs, until
 * reading_fini().
 */
void reading_begin(struct reading *reading_out, struct people *people,
                   struct delivery_book *book, bool by_streams);
void reading_fini(struct reading *reading);

#endif
