/*
 * The codec of the broker protocol, both ends: any bytes are read as a request
 * and as a reply. What was read must come back the same when it is written
 * and read again.
 */
#include <assert.h>
#include <stdint.h>
#include <stdlib.h>

#include "common/protocol.h"
#include "tests/same.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Takes `json` through its text; consumes it. */
static json_t *through_text(json_t *json)
{
    size_t length;
    char *text;
    json_t *again;

    assert(json != NULL);
    text = protocol_dump(json, &length);
    assert(text != NULL);
    again = protocol_parse(text, length);
    assert(again != NULL);
    free(text);
    json_decref(json);
    return again;
}

static void check_command(const json_t *json)
{
    struct command command;
    struct command again;
    json_t *written;

    if (command_decode(json, &command) != CHAT_OK)
        return;
    written = through_text(command_encode(&command));
    assert(command_decode(written, &again) == CHAT_OK);
    assert(same_command(&command, &again));
    command_fini(&again);
    command_fini(&command);
    json_decref(written);
}

static void check_event(const json_t *json)
{
    struct event event;
    struct event again;
    json_t *written;

    if (event_decode(json, &event) != CHAT_OK)
        return;
    written = through_text(event_encode(&event, true));
    assert(event_decode(written, &again) == CHAT_OK);
    assert(same_event(&event, &again));
    json_decref(written);
    json_decref(through_text(event_encode(&event, false)));
}

static void check_request(const uint8_t *data, size_t size)
{
    struct broker_request request;
    const json_t *command;
    size_t i;

    if (broker_request_parse(data, size, &request) != CHAT_OK)
        return;
    json_array_foreach (request.commands, i, command)
        check_command(command);
    if (request.op == REQUEST_SYNC)
        json_decref(through_text(sync_request_encode(&request.sync)));
    broker_request_fini(&request);
}

static void check_result(const json_t *json)
{
    enum chat_result result;
    int64_t head_seq;
    struct session_ids ids;
    struct membership membership;

    if (result_decode(json, &result, &head_seq) != CHAT_OK)
        return;
    session_take_ids(json_object_get(json, "session"), &ids);
    room_take_membership(json_object_get(json, "room"), &membership);
}

static void check_batch_reply(const json_t *json)
{
    const char *epoch;
    const json_t *results;
    const json_t *result;
    size_t i;

    if (batch_reply_decode(json, &epoch, &results) != CHAT_OK)
        return;
    json_array_foreach (results, i, result)
        check_result(result);
}

static void check_sync_reply(const json_t *json)
{
    struct sync_reply reply;
    const json_t *event;
    size_t i;

    if (sync_reply_decode(json, &reply) != CHAT_OK)
        return;
    json_array_foreach (reply.events, i, event)
        check_event(event);
    json_decref(through_text(sync_reply_encode(&reply)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *json = protocol_parse(data, size);

    check_request(data, size);
    if (json != NULL) {
        check_batch_reply(json);
        check_sync_reply(json);
        json_decref(json);
    }
    return 0;
}
