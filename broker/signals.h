/*
 * Signals: what front ends hear besides events. Best effort, bounded, never
 * part of the log.
 *
 * A room's signals have a kind; of each the newest counts: how many people are
 * in a room that is too large to show each one's coming and going, who is
 * typing, who is idle, and, for its moderators alone, how much waits for them.
 * A person's signals are for their sessions alone:
 * they were invited, kicked, ..., have read up to here by another session.
 *
 * Each signal that is given out has a version; a front end gets those newer
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

/* ---- rooms ---- */

/* Room `rid` has another number of people, and no event says so. */
void signals_note_members(struct signals *signals, int64_t rid);

/* Person `pid` is typing in room `rid`, at `mono_ms`. */
void signals_note_typing(struct signals *signals, int64_t rid, int64_t pid,
                         int64_t mono_ms);

/* They have said it: they are not typing any more. */
void signals_note_said(struct signals *signals, int64_t rid, int64_t pid);

/* In room `rid` others are idle than before. */
void signals_note_presence(struct signals *signals, int64_t rid);

/* Of a room's idle people so many are told, in order of their coming. */
enum { IDLE_LISTED_MAX = 50 };

/* In room `rid` more waits for its moderators than before, or less. */
void signals_note_waiting(struct signals *signals, int64_t rid);

/* So many of those who are in the room and may moderate it are told. */
enum { WAITING_TOLD_MAX = 200 };

/* The room is no more: nor are its signals. */
void signals_forget_room(struct signals *signals, int64_t rid);

/* Of a room's typing people, the newest are told, for so long. */
enum { TYPING_MAX = 5, TYPING_MS = 5000 };

/*
 * Gives what was noted of rooms since the last call a version, each signal its
 * own; called once a second, and so no signal is more frequent. Whether there
 * was anything.
 */
bool signals_emit(struct signals *signals);

/* ---- people ---- */

/* The newest of them are kept, for all people together. */
enum { SIGNALS_PERSONAL_MAX = 1000 };

/*
 * Takes `signal`, the JSON object that the sessions of person `pid` will get,
 * which came of event `seq`. NULL is none. It waits for signals_release().
 */
void signals_tell(struct signals *signals, int64_t pid, int64_t seq,
                  json_t *signal);

/*
 * What came of events up to `head_seq` gets a version; the rest is dropped:
 * those events were undone. Called after each commit, done or failed.
 */
void signals_release(struct signals *signals, int64_t head_seq);

/* ---- both ---- */

/*
 * Notes all that front ends should hear of an event besides itself: a number
 * of people, what waits for a decision, and whom it concerns; a room's end ends
 * its signals.
 */
void signals_note_event(struct signals *signals, const struct event *event);

/* ---- giving out ---- */

/* The newest version; 0: there was none. */
uint64_t signals_version(const struct signals *signals);

/* What one answer gives at most, so that it has a size that is known. */
enum { SIGNALS_MAX = 1000, SIGNALS_BYTES_MAX = 512 * 1024 };

/*
 * The SIGNALS_MAX oldest signals (fewer, when their texts may take more than
 * SIGNALS_BYTES_MAX as JSON) newer than `*version` as JSON, with today's
 * numbers, a person's with their "pid", and with "pids" what is for some
 * people: a new array, or NULL: none. Sets
 * `*version` to the newest of them, or to signals_version() if there are no
 * others.
 */
json_t *signals_since(const struct signals *signals, const struct state *state,
                      uint64_t *version);

#endif
