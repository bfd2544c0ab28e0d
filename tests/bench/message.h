/*
 * The messages that are posted: number `index` has always the same id and
 * text, so whoever receives one can tell which it is and whether it is whole.
 */
#ifndef TESTS_BENCH_MESSAGE_H
#define TESTS_BENCH_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    MESSAGE_TEXT_BYTES = 120,
    MESSAGE_ID_SIZE = 24,
    MESSAGE_BODY_SIZE = MESSAGE_TEXT_BYTES + 64,
};

struct message {
    char id[MESSAGE_ID_SIZE];
    char text[MESSAGE_TEXT_BYTES + 1];
};

/* Message number `index` (from 0). */
void message_make(int64_t index, struct message *message_out);

/* The body of its post request: {"id":...,"text":...}. */
void message_body(int64_t index, char body_out[MESSAGE_BODY_SIZE]);

/*
 * Which message has this id and whether `text` is its. False: no message of
 * ours has it.
 */
bool message_recognize(const char *id, const char *text, int64_t *index_out,
                       bool *whole_out);

#endif
