/*
 * The demand: how long a thread has wanted a processor, that is had one or
 * waited for one, as Linux counts it (/proc/thread-self/schedstat). A look at
 * it takes about a microsecond, however large the machine.
 */
#ifndef FCGI_DEMAND_H
#define FCGI_DEMAND_H

#include <stdint.h>

struct demand {
    int fd; /* -1: this kernel does not count it */
};

/* Watches the calling thread. */
void demand_open(struct demand *demand);

void demand_close(struct demand *demand);

/* `demand`: a struct demand. Nanoseconds so far; always 0 if not counted. */
int64_t demand_ns(void *demand);

#endif
