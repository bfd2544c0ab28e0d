/*
 * A list of words that are not wanted, and what of a text is on it. A line of
 * the list is a word, or the beginning of words ("spam*"); empty lines and
 * those that begin with '#' say nothing. Words are compared whole, without
 * case and in their compatibility form (full-width letters, say).
 */
#ifndef BROKER_WORDS_H
#define BROKER_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/result.h"

struct words;

enum {
    WORDS_MAX = 10000,
    WORD_BYTES_MAX = 64,
    WORDS_FILE_BYTES_MAX = 1024 * 1024,
};

/*
 * Parses a list of `length` bytes. CHAT_OK, or CHAT_BAD_REQUEST: a line is no
 * word (letters, digits and marks) or too long, or there are too many;
 * `line_out` is its number. The caller frees with words_free().
 */
enum chat_result words_parse(const char *list, size_t length,
                             struct words **words_out, size_t *line_out);

/*
 * The same from a file. Also CHAT_SYSTEM: it cannot be read, CHAT_TOO_LARGE.
 * What is wrong is logged.
 */
enum chat_result words_read(const char *path, struct words **words_out);

/* NULL is fine. */
void words_free(struct words *words);

/* Whether a word of `text` (UTF-8) is on the list. */
bool words_are_in(const struct words *words, const char *text);

/* `text` with a '*' for each character of such words; to be freed. */
char *words_mask(const struct words *words, const char *text);

#endif
