/*
 * Allocation for the broker's state. A broker that has no memory left for its
 * rooms and sessions cannot decide anything rightly any more, and one that
 * went on with half of a change applied would show different things to
 * different people. So it ends, which is safe: everything acknowledged is on
 * disk, the service manager starts it again, and the new one reads its state
 * from there.
 *
 * Not for what a request sizes: refuse that by its bound, and let the front
 * end answer CHAT_NO_MEMORY for one request instead of ending for all.
 */
#ifndef COMMON_ALLOC_H
#define COMMON_ALLOC_H

#include <stddef.h>

/*
 * `bytes` zeroed bytes, to be freed with free(); 0 gives one that is valid to
 * free. Never NULL: without memory it logs and exits with EXIT_FAILURE.
 */
void *alloc_or_die(size_t bytes) __attribute__((malloc, returns_nonnull));

/* As realloc(), and as alloc_or_die(); what is added is not zeroed. */
void *realloc_or_die(void *memory, size_t bytes)
    __attribute__((returns_nonnull, warn_unused_result));

/* A copy of `text`, to be freed with free(); as alloc_or_die(). */
char *strdup_or_die(const char *text) __attribute__((malloc, returns_nonnull));

#endif
