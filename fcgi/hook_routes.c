/* Hooks: an owner makes them, programs post by them. */
#include <sodium.h>
#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

#define HOOK_PATH "/chat/v1/hooks/"

/* ---- the owner's ---- */

static void answer_hooks(struct call *call, const struct backend_result *result)
{
    json_t *hooks = json_object_get(result->json, "hooks");

    if (result->result == CHAT_OK)
        call_answer(
            call, reply_json(200, json_pack("{s:O}", "hooks", hooks), NULL), 0);
    else
        call_refuse(call, result->result, NULL);
}

void hooks_list(struct call *call)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_HOOKS, .sid = call->sid, .room = call->room},
             answer_hooks);
}

/* This once, with the token in its address or the key of its signatures. */
static void answer_new(struct call *call, const struct backend_result *result)
{
    bool is_outgoing = json_object_get(call->body, "url") != NULL;

    if (result->result != CHAT_OK && result->result != CHAT_REPEAT) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body =
        json_pack("{s:O, s:O}", "id", json_object_get(result->json, "hook"),
                  "name", json_object_get(call->body, "name"));
    if (is_outgoing)
        (void)json_object_set_new(body, "secret", json_string(call->new_token));
    else
        (void)json_object_set_new(
            body, "url", json_sprintf(HOOK_PATH "%s", call->new_token));
    call_answer(call, reply_json(201, body, NULL), result->head_seq);
}

/* With a "url" it is an outgoing one. */
void hook_new(struct call *call)
{
    struct command command = {
        .type = COMMAND_HOOK_NEW, .sid = call->sid, .room = call->room};

    if (json_get_text(call->body, "name", &command.nick) != CHAT_OK ||
        json_get_text(call->body, "url", &command.text) == CHAT_BAD_REQUEST) {
        call_refuse(call, CHAT_BAD_REQUEST, "name and url are strings");
        return;
    }
    session_make_token(call, call->new_token);
    if (command.text != NULL)
        command.secret = call->new_token;
    else
        session_token_hash(call->new_token, command.token_hash);
    call_ask(call, &command, answer_new);
}

void hook_end(struct call *call)
{
    if (call->seq == 0) {
        call_refuse(call, CHAT_NOT_FOUND, NULL);
        return;
    }
    call_ask(call,
             &(struct command){.type = COMMAND_HOOK_END,
                               .sid = call->sid,
                               .room = call->room,
                               .target = call->seq},
             call_answer_done);
}

/* ---- the program's ---- */

/* The header, else the web server's id of the request, else a new one. */
static void choose_id(const struct request *request, struct command *command,
                      char random_id[ID_SIZE])
{
    unsigned char random[16];

    command->id = request->idempotency_key;
    if (command->id[0] == '\0')
        command->id = request->request_id;
    if (command->id[0] != '\0')
        return;
    randombytes_buf(random, sizeof(random));
    command->id = sodium_bin2hex(random_id, ID_SIZE, random, sizeof(random));
}

/* {"text","from"?,"id"?} */
static enum chat_result take_json(struct call *call, struct command *command)
{
    const struct request *request = exchange_request(call->exchange);

    call->body = protocol_parse(request->body, request->body_bytes);
    if (!json_is_object(call->body) ||
        json_get_text(call->body, "text", &command->text) != CHAT_OK ||
        json_get_text(call->body, "from", &command->nick) == CHAT_BAD_REQUEST ||
        json_get_text(call->body, "id", &command->id) == CHAT_BAD_REQUEST)
        return CHAT_BAD_REQUEST;
    return CHAT_OK;
}

/* The body is the text, but for a line end that closes it. */
static enum chat_result take_text(struct call *call, struct command *command)
{
    const struct request *request = exchange_request(call->exchange);
    size_t length = request->body_bytes;

    if (!text_is_utf8(request->body, length))
        return CHAT_BAD_TEXT;
    if (length > 0 && request->body[length - 1] == '\n')
        length--;
    if (length > 0 && request->body[length - 1] == '\r')
        length--;
    call->body = json_stringn(request->body, length);
    command->text = json_string_value(call->body);
    return command->text != NULL ? CHAT_OK : CHAT_NO_MEMORY;
}

static enum chat_result take_body(struct call *call, struct command *command)
{
    const struct request *request = exchange_request(call->exchange);

    if (request->malformed)
        return CHAT_BAD_REQUEST;
    if (content_type_is_json(request->content_type))
        return take_json(call, command);
    if (content_type_is_text(request->content_type))
        return take_text(call, command);
    return CHAT_BAD_TYPE;
}

void hook_post(struct call *call)
{
    char random_id[ID_SIZE];
    struct command command = {.type = COMMAND_HOOK_POST};
    enum chat_result result = take_body(call, &command);

    if (result != CHAT_OK) {
        call_refuse(call, result,
                    result == CHAT_BAD_REQUEST ? "text, from, id are strings"
                                               : NULL);
        return;
    }
    if (command.id == NULL)
        choose_id(exchange_request(call->exchange), &command, random_id);
    session_token_hash(call->name, command.token_hash);
    call_ask(call, &command, message_answer_post);
}
