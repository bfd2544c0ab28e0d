/*
 * Signals: what front ends hear besides events. Best effort, coalesced,
 * bounded, never part of the log. There is one kind so far: how many people
 * are in a room that is too large to show each one's coming and going.
 *
 * Each signal that is emitted has a version; a front end gets those newer
 * than what it had.
 */
#ifndef BROKER_SIGNALS_H
#define BROKER_SIGNALS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "broker/state.h"

struct signals;

struct signals *signals_new(void); /* never NULL */
void signals_free(struct signals *signals);

/* Room `rid` has another number of people, and no event says so. */
void signals_note_members(struct signals *signals, int64_t rid);

/*
 * Gives everything noted since the last call a version, each signal its own;
 * called once a second, and so no signal is more frequent. Whether there was
 * anything.
 */
bool signals_emit(struct signals *signals);

/* The newest version; 0: none was ever emitted. */
uint64_t signals_version(const struct signals *signals);

/* What one answer gives at most, so that it has a size that is known. */
enum { SIGNALS_MAX = 1000 };

/*
 * The SIGNALS_MAX oldest signals newer than `*version` as JSON, with today's
 * numbers: a new array, or NULL: none. Sets `*version` to the newest of them,
 * or to signals_version() if there are no others.
 */
json_t *signals_since(const struct signals *signals, const struct state *state,
                      uint64_t *version);

#endif
