/*
 * What our programs do alike as services: they stop on SIGTERM or SIGINT, and
 * read files anew on SIGHUP, by way of their loop, and tell the service manager
 * how they are (sd_notify(3); nothing happens without one).
 */
#ifndef COMMON_PROGRAM_H
#define COMMON_PROGRAM_H

#include "common/result.h"
#include "common/selector.h"

/*
 * First of all, before any thread is made, so that none takes the signals:
 * blocks SIGTERM, SIGINT and SIGHUP (which a program that does not watch for it
 * so ignores), ignores SIGPIPE.
 */
void program_block_signals(void);

/*
 * Has `callback` run when SIGTERM or SIGINT comes. `watch` is filled in; end
 * it with program_unwatch(). CHAT_OK, or an error of selector_add(), or
 * CHAT_SYSTEM.
 */
enum chat_result program_watch_stop(struct selector *selector,
                                    struct selector_stream *watch,
                                    selector_stream_fn *callback,
                                    void *context);

/*
 * The same of SIGHUP: to read anew what the operator has changed. `callback`
 * takes the signals, and so is called again for the next one.
 */
enum chat_result program_watch_reload(struct selector *selector,
                                      struct selector_stream *watch,
                                      selector_stream_fn *callback,
                                      void *context);
void program_take_signals(const struct selector_stream *watch);

/*
 * From here on nobody waits for those signals: the second one does nothing.
 * Fine for a zeroed watch, and twice.
 */
void program_unwatch(struct selector *selector, struct selector_stream *watch);

/*
 * For the very end, when all that matters is done: whatever is still to be
 * closed has so long, then the process ends with EXIT_SUCCESS. (nng 1.5.2 can
 * wait for ever for a connection that strangers closed half open.)
 */
void program_end_within(unsigned seconds);

/*
 * Asks the kernel not to interrupt others for us at each of our wake-ups
 * (SCHED_BATCH, sched(7)): for a program that serves many small requests of a
 * neighbour on the same processor. More of them are then served per turn.
 */
void program_prefer_batches(void);

/* Tells the service manager that it serves, or that it is about to end. */
void program_is_ready(void);
void program_is_stopping(void);

#endif
