/*
 * The broker as the rest of the front end sees it: commands go in, each gets
 * exactly one result; events come out, in order, complete. Two link clients
 * underneath, one for each; both heal by themselves.
 *
 * The commands of one turn of the loop travel as one batch. A batch whose
 * reply was lost is sent again: commands are safe to repeat.
 */
#ifndef FCGI_BACKEND_H
#define FCGI_BACKEND_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/command.h"
#include "common/protocol.h"
#include "common/result.h"
#include "common/selector.h"
#include "common/settings.h"

enum {
    /* A command without a result by then is CHAT_UNAVAILABLE. */
    BACKEND_COMMAND_MS = 4000,
    /* A broker away for longer than this is not waited for. */
    BACKEND_PATIENCE_MS = 2000,
    /* Commands that wait or are under way; beyond it CHAT_UNAVAILABLE. */
    BACKEND_COMMANDS_MAX = 20000,
};

struct backend;

/*
 * A command's result. `head_seq` is the log's newest event at that moment and
 * `json` (borrowed) what else the command gives, see common/PROTOCOL.md; both
 * mean nothing when `result` is CHAT_UNAVAILABLE.
 */
struct backend_result {
    enum chat_result result;
    int64_t head_seq;
    json_t *json;
};
typedef void backend_result_fn(void *context,
                               const struct backend_result *result);

/*
 * What the log has become: called for every sync reply, in order. On `reset`
 * everything known is void and the log goes on from `next_seq`; commands that
 * had no result yet have got CHAT_UNAVAILABLE, unless it is the first log.
 */
typedef void backend_feed_fn(void *context, const struct sync_reply *reply);

/*
 * Starts to connect. CHAT_OK, or an error of link_client_open(), logged.
 * `secret`: LINK_SECRET_BYTES.
 */
enum chat_result backend_open(const struct settings *settings,
                              const unsigned char *secret,
                              struct selector *selector, backend_feed_fn *feed,
                              void *context, struct backend **backend_out);

/* Ends it; what has no result yet gets CHAT_UNAVAILABLE. NULL is fine. */
void backend_close(struct backend *backend);

/*
 * Queues a command (copied). CHAT_OK: `deliver` will be called once, not from
 * inside this call. CHAT_UNAVAILABLE: it will not; the broker is away or too
 * far behind. CHAT_BAD_REQUEST: a string in it is not UTF-8.
 */
enum chat_result backend_submit(struct backend *backend,
                                const struct command *command,
                                backend_result_fn *deliver, void *context);

/* Sends what was queued, if it can be sent. Once at the end of each turn. */
void backend_flush(struct backend *backend);

/* Whether commands can be sent now. */
bool backend_is_up(const struct backend *backend);

/* The log's name; "" before the first sync. */
const char *backend_epoch(const struct backend *backend);

#endif
