/* Looking at a room, changing it, and deleting it. */
#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/routes.h"

static void answer_room(struct call *call, const struct backend_result *result)
{
    if (result->result == CHAT_OK)
        room_answer(call, result, 200);
    else
        call_refuse(call, result->result, NULL);
}

void room_get(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_ROOM_GET,
                               .sid = call->sid,
                               .room = call->room},
             answer_room);
}

enum chat_result room_take_settings(const json_t *body,
                                    char text[ROOM_SETTINGS_SIZE],
                                    struct command *command)
{
    const json_t *settings = json_object_get(body, "settings");

    if (settings == NULL)
        return CHAT_OK;
    command->settings = text;
    return room_settings_decode(settings, text);
}

/* What is not named stays as it is. */
void room_change(struct call *call)
{
    char settings[ROOM_SETTINGS_SIZE];
    struct command command = {
        .type = COMMAND_ROOM_SET, .sid = call->sid, .room = call->room};

    if (json_get_text(call->body, "topic", &command.text) == CHAT_BAD_REQUEST ||
        json_get_text(call->body, "room", &command.to) == CHAT_BAD_REQUEST) {
        call_refuse(call, CHAT_BAD_REQUEST, "room and topic are strings");
        return;
    }
    if (room_take_settings(call->body, settings, &command) != CHAT_OK) {
        call_refuse(call, CHAT_BAD_REQUEST,
                    "settings: an unknown one, or a value it cannot have");
        return;
    }
    call_ask(call, &command, answer_room);
}

void room_delete(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_ROOM_DELETE,
                               .sid = call->sid,
                               .room = call->room},
             answer_done);
}
