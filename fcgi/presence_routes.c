/* What people are doing just now: writing, reading, nothing. */
#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/routes.h"

void presence_typing(struct call *call)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_TYPING, .sid = call->sid, .room = call->room},
             call_answer_done);
}

void presence_read(struct call *call)
{
    struct command command = {
        .type = COMMAND_READ, .sid = call->sid, .room = call->room};

    if (json_get_int(call->body, "seq", &command.target) == CHAT_OK &&
        command.target > 0)
        call_ask(call, &command, call_answer_done);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "seq is a position above 0");
}

void presence_idle(struct call *call)
{
    struct command command = {.type = COMMAND_IDLE, .sid = call->sid};

    if (json_get_bool(call->body, "idle", &command.on) == CHAT_OK)
        call_ask(call, &command, call_answer_done);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "idle is a boolean");
}
