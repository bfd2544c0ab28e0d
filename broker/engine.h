/*
 * The log engine: the seam where batches of commands get their one order.
 * Whoever wants commands done submits a batch; the engine calls back with
 * ordered batches, each with the moment at which it counts as decided, and
 * every replica of the log applies the same batches in the same order.
 *
 * The local engine knows one replica and calls back at once. A replicated
 * one puts the batch into a stream and calls back when it comes out of it, in
 * between other brokers' batches.
 */
#ifndef BROKER_ENGINE_H
#define BROKER_ENGINE_H

#include <stddef.h>

#include "broker/state.h"
#include "common/command.h"

struct engine_entry {
    const struct command *command;
    struct outcome outcome; /* filled in by the replica */
};

struct engine_batch {
    struct engine_entry *entries;
    size_t count;
    struct moment at; /* filled in by the engine */
};

/* Applies `batch`: decides its commands in order, and makes it durable. */
typedef void engine_apply_fn(void *context, struct engine_batch *batch);

struct engine {
    engine_apply_fn *apply;
    void *context;
    /* Has `batch` applied, now or later. It must live until then. */
    void (*submit)(struct engine *engine, struct engine_batch *batch);
};

/* The local engine: applies each batch before submit returns. */
struct engine engine_local(engine_apply_fn *apply, void *context);

#endif
