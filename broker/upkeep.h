/*
 * Upkeep: what the broker does by and by, in portions of a few milliseconds,
 * so that nobody waits for it: retention decides what is to go (by age,
 * number, and bytes of the database), what is gone is taken off the disk, and
 * what was said is put into the index for search.
 *
 * Purging is an event of the log; commands for it are the broker's own.
 */
#ifndef BROKER_UPKEEP_H
#define BROKER_UPKEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "broker/replica.h"
#include "common/settings.h"

struct upkeep;

/* `replica` is borrowed for its life. Never NULL (alloc_or_die). */
struct upkeep *upkeep_new(const struct settings *settings,
                          struct replica *replica);
void upkeep_free(struct upkeep *upkeep);

enum { UPKEEP_PURGES_MAX = 50 }; /* commands of one upkeep_due() */

/*
 * What is to be purged at `wall_ms`: PURGE commands in `commands` (of
 * UPKEEP_PURGES_MAX), whose strings are valid until the next call. Returns how
 * many. It looks at some rooms each time, in turn: call it once a second.
 */
size_t upkeep_due(struct upkeep *upkeep, int64_t wall_ms,
                  struct command *commands);

/*
 * A portion of the work on the disk. Returns after how many milliseconds to
 * call it again.
 */
int64_t upkeep_run(struct upkeep *upkeep, int64_t wall_ms);

#endif
