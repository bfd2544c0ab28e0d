/*
 * A replica of the log: the state and the store that keep it, moving
 * together. A batch is decided, appended and committed as one transaction;
 * when that fails, nothing of it has happened: the state is read again from
 * the store before the next batch.
 */
#ifndef BROKER_REPLICA_H
#define BROKER_REPLICA_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/engine.h"
#include "broker/state.h"
#include "broker/store.h"
#include "common/settings.h"

/* Told of every event as it is appended, before its commit. */
typedef void replica_event_fn(void *context, const struct event *event);

struct replica;

/*
 * Whether replica_open() can do with the rules of `settings` and their list of
 * words. Results as state_rules_from() and words_read(), logged.
 */
enum chat_result replica_check(const struct settings *settings);

/*
 * Opens the database that `settings` name, loads the state, and makes the
 * default rooms that are missing. `on_event` with `context` may be NULL.
 * Results as replica_check(), store_open() and store_load(), logged.
 */
enum chat_result replica_open(const struct settings *settings,
                              replica_event_fn *on_event, void *context,
                              struct replica **replica_out);
void replica_close(struct replica *replica);

/*
 * Applies a batch (an engine_apply_fn): every outcome is set, and is durable.
 * If it cannot be made durable, every outcome is CHAT_UNAVAILABLE.
 */
void replica_apply(void *replica, struct engine_batch *batch);

/*
 * For reading. The pointers hold until the next replica_apply(). The state
 * is as committed; NULL while the store cannot be read.
 */
const struct state *replica_state(const struct replica *replica);
struct store *replica_store(const struct replica *replica);

/* See state_note_inactivity(); without a state there is none to note. */
void replica_note_inactivity(struct replica *replica, int64_t mono_ms,
                             state_room_fn *changed, void *context);

/* From now on the list of words is what its file says; if that is good. */
void replica_reread_words(struct replica *replica);

/* See state_was_deaf(). */
void replica_was_deaf(struct replica *replica, int64_t mono_ms);

/*
 * Whether the store takes writes; tries one, at most once a second.
 * CHAT_OK or CHAT_UNAVAILABLE.
 */
enum chat_result replica_health(struct replica *replica, int64_t mono_ms);

#endif
