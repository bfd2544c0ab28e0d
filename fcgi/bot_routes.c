/* Bots: accounts of programs, by a token that does not age. */
#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* The token is told this once. */
static void answer_new(struct call *call, const struct backend_result *result)
{
    if (result->result != CHAT_OK && result->result != CHAT_REPEAT) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body = json_pack("{s:O, s:O, s:s}", "nick",
                             json_object_get(result->json, "nick"), "role",
                             json_object_get(result->json, "role"), "token",
                             call->new_token);
    call_answer(call, reply_json(201, body, NULL), result->head_seq);
}

void bot_new(struct call *call)
{
    struct command command = {.type = COMMAND_BOT_NEW, .sid = call->sid};

    if (json_get_text(call->body, "nick", &command.nick) != CHAT_OK ||
        json_get_text(call->body, "role", &command.word) == CHAT_BAD_REQUEST) {
        call_refuse(call, CHAT_BAD_REQUEST, "nick and role are strings");
        return;
    }
    session_make_token(call, call->new_token);
    session_token_hash(call->new_token, command.token_hash);
    call_ask(call, &command, answer_new);
}

void bot_end(struct call *call)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_BOT_END, .sid = call->sid, .to = call->name},
             call_answer_done);
}
