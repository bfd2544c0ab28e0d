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

/* ---- what is wished for ---- */

static bool take_texts(struct call *call, struct command *command)
{
    const char *passphrase;
    enum chat_result result =
        json_get_text(call->body, "passphrase", &passphrase);

    if (json_get_text(call->body, "topic", &command->text) ==
            CHAT_BAD_REQUEST ||
        result == CHAT_BAD_REQUEST) {
        call_refuse(call, CHAT_BAD_REQUEST, "topic, passphrase are strings");
        return false;
    }
    return result != CHAT_OK || passphrase[0] == '\0' ||
           passphrase_is_fit(call, passphrase);
}

bool room_take_wish(struct call *call, struct room_wish *wish)
{
    const json_t *settings = json_object_get(call->body, "settings");

    if (!take_texts(call, &wish->command))
        return false;
    if (settings == NULL)
        return true;
    wish->command.settings = wish->settings;
    if (room_settings_decode(settings, wish->settings) == CHAT_OK)
        return true;
    call_refuse(call, CHAT_BAD_REQUEST,
                "settings: an unknown one, or a value it cannot have");
    return false;
}

void room_with_secret(struct call *call, call_secret_fn *ask)
{
    const char *passphrase = NULL;

    (void)json_get_text(call->body, "passphrase", &passphrase);
    if (passphrase != NULL && passphrase[0] != '\0')
        call_hash(call, passphrase, ask);
    else
        ask(call, CHAT_OK, passphrase);
}

/* ---- PATCH rooms/{room} ---- */

static bool take_change(struct call *call, struct room_wish *wish)
{
    wish->command = (struct command){
        .type = COMMAND_ROOM_SET, .sid = call->sid, .room = call->room};
    if (json_get_text(call->body, "room", &wish->command.to) !=
        CHAT_BAD_REQUEST)
        return room_take_wish(call, wish);
    call_refuse(call, CHAT_BAD_REQUEST, "room is a string");
    return false;
}

static void ask_change(struct call *call, enum chat_result result,
                       const char *secret)
{
    struct room_wish wish;

    (void)result; /* hashing has no other */
    if (!take_change(call, &wish))
        return;
    wish.command.secret = secret;
    call_ask(call, &wish.command, answer_room);
}

/* What is not named stays as it is. */
void room_change(struct call *call)
{
    struct room_wish wish;

    if (take_change(call, &wish))
        room_with_secret(call, ask_change);
}

void room_delete(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_ROOM_DELETE,
                               .sid = call->sid,
                               .room = call->room},
             call_answer_done);
}
