/*
 * Immutable bytes with a reference count: rendered once, sent to many. Not
 * for sharing between threads.
 */
#ifndef COMMON_BYTES_H
#define COMMON_BYTES_H

#include <stddef.h>

struct bytes {
    size_t refs;
    size_t length;
    unsigned char data[];
};

/*
 * A copy of `length` bytes, or with `data` NULL that much room to fill before
 * the first share; one reference, the caller's. NULL: no memory.
 */
struct bytes *bytes_new(const void *data, size_t length);

/* One more reference; returns `bytes`. */
struct bytes *bytes_share(struct bytes *bytes);

/* One reference less; frees with the last. NULL is fine. */
void bytes_drop(struct bytes *bytes);

#endif
