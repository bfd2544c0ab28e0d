/*
 * Commands wait in `queued`, in order; a batch of them is `under_way`. When
 * the connection is lost the batch goes back to the front of the queue. The
 * deadline is the same for all, so that the oldest expires first and one
 * timer suffices.
 *
 * A sync is under way whenever the sync connection is up. The first one of a
 * connection is answered at once: only then is it known that the log is still
 * the same, and commands may be sent. In another log the numbers of sessions
 * are others', so what was asked before it must never reach it.
 */
#include "fcgi/backend.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/link.h"
#include "common/log.h"

/* How long the broker may hold a sync, and when it counts as lost. */
#define SYNC_WAIT_MS 10000
#define SYNC_LOST_MS 14000

/* Commands of one batch, as JSON at most: well below the message bound. */
#define BATCH_BYTES_MAX (2 * 1024 * 1024)

/* As cursors carry it, with the NUL. */
enum { EPOCH_BYTES = 17 };

struct pending {
    json_t *json;
    size_t bytes; /* as JSON, at most */
    int64_t deadline_ms;
    backend_result_fn *deliver;
    void *context;
    struct pending *prev, *next;
};

struct backend {
    struct selector *selector;
    struct link_client *commands;
    struct link_client *syncs;
    struct pending *queued;
    struct pending *under_way;
    size_t pending_count;
    struct selector_timer expiry;
    struct selector_timer sync_lost;
    int64_t down_since_ms; /* command connection; 0: it is up */
    char epoch[EPOCH_BYTES];
    int64_t seq;    /* the feed is complete up to here */
    bool log_known; /* the broker has confirmed it on this connection */
    backend_feed_fn *feed;
    void *context;
};

/* ---- pending commands ---- */

static void free_pending(struct backend *backend, struct pending *pending)
{
    backend->pending_count--;
    json_decref(pending->json);
    free(pending);
}

/* The one end of a command: out of its list already. */
static void deliver(struct backend *backend, struct pending *pending,
                    const struct backend_result *result)
{
    pending->deliver(pending->context, result);
    free_pending(backend, pending);
}

static void arm_expiry(struct backend *backend)
{
    const struct pending *oldest =
        backend->under_way != NULL ? backend->under_way : backend->queued;

    if (oldest != NULL)
        (void)selector_arm(backend->selector, &backend->expiry,
                           oldest->deadline_ms);
}

/* Takes what was due at `now_ms` out of `*list`, and refuses it. */
static size_t expire(struct backend *backend, struct pending **list,
                     int64_t now_ms)
{
    static const struct backend_result unavailable = {
        .result = CHAT_UNAVAILABLE,
    };
    size_t count = 0;

    while (*list != NULL && (*list)->deadline_ms <= now_ms) {
        struct pending *pending = *list;
        DL_DELETE(*list, pending);
        deliver(backend, pending, &unavailable);
        count++;
    }
    return count;
}

static void refuse_all(struct backend *backend)
{
    expire(backend, &backend->under_way, INT64_MAX);
    expire(backend, &backend->queued, INT64_MAX);
}

static void on_expiry(void *context)
{
    struct backend *backend = context;
    int64_t now_ms = clock_mono_ms();

    if (expire(backend, &backend->under_way, now_ms) > 0) {
        log_warn("event=broker_silent");
        link_client_reset(backend->commands);
    }
    expire(backend, &backend->queued, now_ms);
    arm_expiry(backend);
}

/* From above: a byte of text becomes six at most. */
static size_t text_bytes_max(const char *text)
{
    return text != NULL ? strlen(text) * 6 : 0;
}

/* From above: numbers, words and the names of fields take the rest. */
static size_t json_bytes_max(const struct command *command)
{
    size_t bytes = 1024 + command->touch_count * 48;

    bytes += text_bytes_max(command->nick) + text_bytes_max(command->room) +
             text_bytes_max(command->id) + text_bytes_max(command->text);
    for (size_t i = 0; i < command->room_count; i++)
        bytes += text_bytes_max(command->rooms[i]) + 4;
    return bytes;
}

static bool is_away(const struct backend *backend)
{
    return backend->down_since_ms != 0 &&
           clock_mono_ms() - backend->down_since_ms > BACKEND_PATIENCE_MS;
}

enum chat_result backend_submit(struct backend *backend,
                                const struct command *command,
                                backend_result_fn *deliver_fn, void *context)
{
    if (is_away(backend) || backend->pending_count >= BACKEND_COMMANDS_MAX)
        return CHAT_UNAVAILABLE;
    struct pending *pending = calloc(1, sizeof(*pending));
    if (pending == NULL)
        return CHAT_UNAVAILABLE;
    pending->json = command_encode(command);
    if (pending->json == NULL) {
        free(pending);
        return CHAT_BAD_REQUEST;
    }
    pending->bytes = json_bytes_max(command);
    pending->deadline_ms = clock_mono_ms() + BACKEND_COMMAND_MS;
    pending->deliver = deliver_fn;
    pending->context = context;
    DL_APPEND(backend->queued, pending);
    backend->pending_count++;
    if (!backend->expiry.armed)
        arm_expiry(backend);
    return CHAT_OK;
}

/* ---- batches ---- */

/* Moves the next batch from `queued` to `under_way`: its JSON array. */
static json_t *take_batch(struct backend *backend)
{
    json_t *commands = json_array();
    size_t bytes = 0;

    while (commands != NULL && backend->queued != NULL &&
           json_array_size(commands) < COMMAND_BATCH_MAX) {
        struct pending *pending = backend->queued;
        bytes += pending->bytes;
        if (bytes > BATCH_BYTES_MAX && json_array_size(commands) > 0)
            break;
        if (json_array_append(commands, pending->json) != 0)
            break;
        DL_DELETE(backend->queued, pending);
        DL_APPEND(backend->under_way, pending);
    }
    return commands;
}

static void requeue(struct backend *backend)
{
    DL_CONCAT(backend->under_way, backend->queued);
    backend->queued = backend->under_way;
    backend->under_way = NULL;
}

void backend_flush(struct backend *backend)
{
    if (backend->queued == NULL || backend->under_way != NULL ||
        !backend->log_known || !link_client_is_ready(backend->commands))
        return;
    json_t *request = batch_encode(take_batch(backend));
    size_t length = 0;
    char *text = request != NULL ? protocol_dump(request, &length) : NULL;

    if (text == NULL ||
        link_client_send(backend->commands, text, length) != CHAT_OK) {
        log_error("event=batch_unsent bytes=%zu", length);
        requeue(backend);
    }
    free(text);
    json_decref(request);
}

/* One result, for `pending`, which is in no list; false: it gets another. */
static bool take_result(struct backend *backend, struct pending *pending,
                        json_t *json, bool same_log)
{
    struct backend_result result = {.json = json};

    if (result_decode(json, &result.result, &result.head_seq) != CHAT_OK ||
        !same_log)
        result = (struct backend_result){.result = CHAT_UNAVAILABLE};
    if (result.result == CHAT_AGAIN)
        return false;
    deliver(backend, pending, &result);
    return true;
}

/* What gets no result goes back to the front of the queue, in order. */
static void take_results(struct backend *backend, const json_t *results,
                         bool same_log)
{
    struct pending *again = NULL;
    size_t index;
    json_t *json;

    json_array_foreach (results, index, json) {
        struct pending *pending = backend->under_way;
        if (pending == NULL)
            break;
        DL_DELETE(backend->under_way, pending);
        if (!take_result(backend, pending, json, same_log))
            DL_APPEND(again, pending);
    }
    DL_CONCAT(again, backend->under_way);
    backend->under_way = again;
    requeue(backend);
}

static void on_command_reply(void *context, const unsigned char *data,
                             size_t length)
{
    struct backend *backend = context;
    json_t *reply = protocol_parse(data, length);
    const json_t *results;
    const char *epoch;

    if (reply == NULL ||
        batch_reply_decode(reply, &epoch, &results) != CHAT_OK) {
        log_error("event=bad_reply bytes=%zu", length);
        link_client_reset(backend->commands);
    } else {
        /* Until the feed knows a new log, nothing of it can be shown. */
        take_results(backend, results, strcmp(epoch, backend->epoch) == 0);
    }
    json_decref(reply);
    arm_expiry(backend);
}

static void on_commands_up(void *context)
{
    struct backend *backend = context;

    log_info("event=broker_up");
    backend->down_since_ms = 0;
}

static void on_commands_down(void *context)
{
    struct backend *backend = context;

    if (backend->down_since_ms == 0) {
        log_warn("event=broker_down");
        backend->down_since_ms = clock_mono_ms();
    }
    requeue(backend);
}

/* ---- the feed ---- */

static void send_sync(struct backend *backend)
{
    json_t *request = sync_request_encode(&(struct sync_request){
        .epoch = backend->epoch[0] != '\0' ? backend->epoch : NULL,
        .after_seq = backend->seq,
        .wait_ms = backend->log_known ? SYNC_WAIT_MS : 0,
    });
    size_t length = 0;
    char *text = request != NULL ? protocol_dump(request, &length) : NULL;

    if (text == NULL ||
        link_client_send(backend->syncs, text, length) != CHAT_OK)
        link_client_reset(backend->syncs);
    (void)selector_arm(backend->selector, &backend->sync_lost,
                       clock_mono_ms() + SYNC_LOST_MS);
    free(text);
    json_decref(request);
}

static void on_sync_reply(void *context, const unsigned char *data,
                          size_t length)
{
    struct backend *backend = context;
    json_t *json = protocol_parse(data, length);
    struct sync_reply reply;

    if (json == NULL || sync_reply_decode(json, &reply) != CHAT_OK ||
        strlen(reply.epoch) >= sizeof(backend->epoch)) {
        log_error("event=bad_sync_reply bytes=%zu", length);
        link_client_reset(backend->syncs);
        json_decref(json);
        return;
    }
    if (strcmp(reply.epoch, backend->epoch) != 0)
        reply.reset = true;
    if (reply.reset && backend->epoch[0] != '\0')
        refuse_all(backend);
    strcpy(backend->epoch, reply.epoch);
    backend->seq = reply.next_seq;
    backend->log_known = true;
    backend->feed(backend->context, &reply);
    json_decref(json);
    send_sync(backend);
}

static void on_syncs_up(void *context)
{
    send_sync(context);
}

static void on_syncs_down(void *context)
{
    struct backend *backend = context;

    backend->log_known = false;
    selector_disarm(backend->selector, &backend->sync_lost);
}

static void on_sync_lost(void *context)
{
    struct backend *backend = context;

    log_warn("event=sync_lost");
    link_client_reset(backend->syncs);
}

/* ---- life ---- */

static const struct link_client_events command_events = {
    .up = on_commands_up,
    .reply = on_command_reply,
    .down = on_commands_down,
};
static const struct link_client_events sync_events = {
    .up = on_syncs_up,
    .reply = on_sync_reply,
    .down = on_syncs_down,
};

enum chat_result backend_open(const struct settings *settings,
                              const unsigned char *secret,
                              struct selector *selector, backend_feed_fn *feed,
                              void *context, struct backend **backend_out)
{
    const struct link_options options = {
        .url = settings->broker.listen,
        .secret = secret,
        .tls_certificate = settings->broker.tls_certificate,
        .tls_key = settings->broker.tls_key,
        .tls_ca = settings->broker.tls_ca,
    };
    struct backend *backend = calloc(1, sizeof(*backend));

    if (backend == NULL)
        return CHAT_NO_MEMORY;
    backend->selector = selector;
    backend->feed = feed;
    backend->context = context;
    backend->down_since_ms = clock_mono_ms();
    backend->expiry =
        (struct selector_timer){.callback = on_expiry, .context = backend};
    backend->sync_lost =
        (struct selector_timer){.callback = on_sync_lost, .context = backend};
    enum chat_result result = link_client_open(
        &options, selector, &command_events, backend, &backend->commands);
    if (result == CHAT_OK)
        result = link_client_open(&options, selector, &sync_events, backend,
                                  &backend->syncs);
    if (result != CHAT_OK) {
        log_error("event=link_unopened reason=%s", chat_result_code(result));
        backend_close(backend);
        return result;
    }
    *backend_out = backend;
    return CHAT_OK;
}

void backend_close(struct backend *backend)
{
    if (backend == NULL)
        return;
    link_client_close(backend->commands);
    link_client_close(backend->syncs);
    selector_disarm(backend->selector, &backend->expiry);
    selector_disarm(backend->selector, &backend->sync_lost);
    refuse_all(backend);
    free(backend);
}

bool backend_is_up(const struct backend *backend)
{
    return backend->down_since_ms == 0;
}

const char *backend_epoch(const struct backend *backend)
{
    return backend->epoch;
}
