/*
 * The two clocks. Deadlines use the monotonic one; what people and the log
 * see uses the wall clock. Tests set both; nothing else reads the time.
 */
#ifndef COMMON_CLOCK_H
#define COMMON_CLOCK_H

#include <stdint.h>

/* Milliseconds of the monotonic clock; only differences mean something. */
int64_t clock_mono_ms(void);

/* Milliseconds since 1970-01-01 00:00 UTC. May jump either way. */
int64_t clock_wall_ms(void);

/*
 * For tests: from here on both clocks stand still at the given values until
 * set again. clock_release() gives them back to the system.
 */
void clock_set(int64_t mono_ms, int64_t wall_ms);
void clock_release(void);

#endif
