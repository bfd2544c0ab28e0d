/*
 * The broker: one loop over the link's sockets. A turn takes every request
 * that has arrived, has their commands decided and committed as one batch,
 * answers them, and answers the syncs for which there is something now.
 */
#ifndef BROKER_BROKER_H
#define BROKER_BROKER_H

#include "common/result.h"
#include "common/settings.h"

struct broker;

/*
 * Whether the broker can do with `settings`, and the files that they name.
 * CHAT_OK, or the reason, logged.
 */
enum chat_result broker_check(const struct settings *settings);

/*
 * Opens store and link as `settings` say. CHAT_OK, or the reason, logged:
 * CHAT_IN_USE when another broker has the database or the address.
 */
enum chat_result broker_open(const struct settings *settings,
                             struct broker **broker_out);

/*
 * Serves until SIGTERM or SIGINT (which must be blocked in all threads):
 * finishes the turn, then CHAT_OK. On SIGHUP reads the list of words again.
 * CHAT_SYSTEM: waiting failed.
 */
enum chat_result broker_run(struct broker *broker);

/* NULL is fine. */
void broker_close(struct broker *broker);

#endif
