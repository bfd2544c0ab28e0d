/*
 * The requests and replies around the commands: batches, syncs, results.
 */
#include "common/protocol_internal.h"

#include <string.h>

/* The values of a request's "op". */
static const char op_commands[] = "commands";
static const char op_sync[] = "sync";

/* ---- requests ---- */

json_t *batch_encode(json_t *commands)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_word(&build, "op", op_commands);
    json_build_value(&build, "commands", commands);
    return json_build_end(&build);
}

json_t *sync_request_encode(const struct sync_request *request)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_word(&build, "op", op_sync);
    json_build_text(&build, "epoch", request->epoch);
    if (request->epoch != NULL)
        json_build_int(&build, "after", request->after_seq);
    json_build_int(&build, "wait_ms", request->wait_ms);
    return json_build_end(&build);
}

static enum chat_result read_batch(struct broker_request *request)
{
    json_t *commands;

    if (json_get_array(request->json, "commands", COMMAND_BATCH_MAX,
                       &commands) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    request->op = REQUEST_COMMANDS;
    request->commands = commands;
    return CHAT_OK;
}

static enum chat_result read_sync(struct broker_request *request)
{
    const json_t *json = request->json;
    struct sync_request *sync = &request->sync;

    request->op = REQUEST_SYNC;
    if (!json_may_text(json, "epoch", &sync->epoch) ||
        json_get_int_within(json, "wait_ms", 0, SYNC_WAIT_MS_MAX,
                            &sync->wait_ms) != CHAT_OK)
        return CHAT_BAD_REQUEST;
    if (sync->epoch != NULL &&
        !json_need_int(json, "after", 0, &sync->after_seq))
        return CHAT_BAD_REQUEST;
    return CHAT_OK;
}

static enum chat_result read_request(struct broker_request *request)
{
    const char *op;

    if (!json_need_text(request->json, "op", &op))
        return CHAT_BAD_REQUEST;
    if (strcmp(op, op_commands) == 0)
        return read_batch(request);
    if (strcmp(op, op_sync) == 0)
        return read_sync(request);
    return CHAT_BAD_REQUEST;
}

enum chat_result broker_request_parse(const void *data, size_t length,
                                      struct broker_request *request_out)
{
    struct broker_request request = {.json = protocol_parse(data, length)};
    enum chat_result result = read_request(&request);

    if (result != CHAT_OK) {
        broker_request_fini(&request);
        return result;
    }
    *request_out = request;
    return CHAT_OK;
}

void broker_request_fini(struct broker_request *request)
{
    json_decref(request->json);
    *request = (struct broker_request){0};
}

/* ---- replies ---- */

json_t *result_encode(enum chat_result result, int64_t head_seq)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_word(&build, "result", chat_result_code(result));
    json_build_int(&build, "seq", head_seq);
    return json_build_end(&build);
}

enum chat_result result_decode(const json_t *json, enum chat_result *result_out,
                               int64_t *head_seq_out)
{
    enum chat_result result;
    const char *code;

    if (!json_need_text(json, "result", &code) ||
        chat_result_parse(code, &result) != CHAT_OK ||
        !json_need_int(json, "seq", 0, head_seq_out))
        return CHAT_BAD_REQUEST;
    *result_out = result;
    return CHAT_OK;
}

json_t *batch_reply_encode(const char *epoch, json_t *results)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_text(&build, "epoch", epoch);
    json_build_value(&build, "results", results);
    return json_build_end(&build);
}

enum chat_result batch_reply_decode(const json_t *json, const char **epoch_out,
                                    const json_t **results_out)
{
    json_t *results;

    if (json_get_array(json, "results", COMMAND_BATCH_MAX, &results) !=
            CHAT_OK ||
        !json_need_text(json, "epoch", epoch_out))
        return CHAT_BAD_REQUEST;
    *results_out = results;
    return CHAT_OK;
}

json_t *sync_reply_encode(const struct sync_reply *reply)
{
    struct json_build build;

    json_build_begin(&build);
    json_build_text(&build, "epoch", reply->epoch);
    json_build_int(&build, "head", reply->head_seq);
    json_build_int(&build, "next", reply->next_seq);
    if (reply->reset)
        json_build_value(&build, "reset", json_true());
    if (reply->events != NULL)
        json_build_value(&build, "events", json_incref(reply->events));
    if (reply->signals != NULL)
        json_build_value(&build, "signals", json_incref(reply->signals));
    return json_build_end(&build);
}

enum chat_result sync_reply_decode(const json_t *json,
                                   struct sync_reply *reply_out)
{
    struct sync_reply reply = {0};

    if (!json_need_text(json, "epoch", &reply.epoch) ||
        !json_need_int(json, "head", 0, &reply.head_seq) ||
        !json_need_int(json, "next", 0, &reply.next_seq) ||
        reply.next_seq > reply.head_seq ||
        json_get_bool(json, "reset", &reply.reset) == CHAT_BAD_REQUEST ||
        json_get_array(json, "events", SYNC_EVENTS_MAX, &reply.events) ==
            CHAT_BAD_REQUEST ||
        json_get_array(json, "signals", SIZE_MAX, &reply.signals) ==
            CHAT_BAD_REQUEST)
        return CHAT_BAD_REQUEST;
    *reply_out = reply;
    return CHAT_OK;
}
