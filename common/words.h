/*
 * Tables of words: the names that enumerations have on the wire and in the
 * HTTP interface, indexed by their values.
 */
#ifndef COMMON_WORDS_H
#define COMMON_WORDS_H

#include <stddef.h>

/*
 * The place of `word` (NUL-terminated, of any origin) among the `count` words
 * of a table without gaps, or -1 if it is not there.
 */
int words_find(const char *const *words, size_t count, const char *word);

#endif
