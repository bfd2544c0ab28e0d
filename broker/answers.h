/*
 * Answers: what a front end gets for a command, as JSON, read from the
 * replica after the commit, so that an answer is of one moment with its "seq".
 */
#ifndef BROKER_ANSWERS_H
#define BROKER_ANSWERS_H

#include <jansson.h>
#include <stddef.h>

#include "broker/replica.h"
#include "common/command.h"

/*
 * How much the answers of one reply may still hold, in bytes as estimated
 * from above, and how long they have been searching: everybody waits meanwhile.
 * What finds the budget used up is answered CHAT_AGAIN; the answer before may
 * go beyond it by the largest there is. With that, and what results without a
 * bound of their own take (200 bytes each), a reply stays below
 * LINK_MESSAGE_BYTES_MAX, whatever the texts in it become as JSON.
 */
struct answer_budget {
    size_t bytes_left;
    int64_t searched_ms; /* so long it took; SEARCH_TIME_MS is the end */
};
enum { ANSWER_BUDGET_BYTES = 1792 * 1024 };

/* The answer to `command`, a new reference; NULL: no memory. */
json_t *answer_encode(struct replica *replica, const struct command *command,
                      const struct outcome *outcome,
                      struct answer_budget *budget);

/* What an event may take as JSON at most, in bytes. */
size_t event_json_bytes_max(const struct event *event);

#endif
