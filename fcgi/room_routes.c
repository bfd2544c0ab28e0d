/* Rooms. */
#include <sodium.h>
#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

static void answer_rooms(struct call *call, const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body =
        json_pack("{s:O, s:O}", "rooms", json_object_get(result->json, "rooms"),
                  "more", json_object_get(result->json, "more"));
    call_answer(call, reply_json(200, body, NULL), 0);
}

void rooms_list(struct call *call)
{
    call_ask(call, &(struct command){.type = COMMAND_ROOMS, .sid = call->sid},
             answer_rooms);
}

/* The room as in the session's snapshot, with the cursor of that moment. */
void room_answer(struct call *call, const struct backend_result *result,
                 int status)
{
    json_t *room = json_object_get(result->json, "room");
    struct membership membership;
    char cursor[CURSOR_SIZE];

    if (room_take_membership(room, &membership) != CHAT_OK) {
        call_refuse(call, CHAT_UNAVAILABLE, NULL);
        return;
    }
    cursor_print(call->front, result->head_seq, cursor);
    (void)json_object_set_new(room, "cursor", json_string(cursor));
    call_answer(call, reply_json(status, json_incref(room), NULL),
                result->head_seq);
}

static void answer_new(struct call *call, const struct backend_result *result)
{
    if (result->result == CHAT_OK || result->result == CHAT_REPEAT)
        room_answer(call, result, 201);
    else
        call_refuse(call, result->result, NULL);
}

static void answer_join(struct call *call, const struct backend_result *result)
{
    if (result->result == CHAT_OK)
        room_answer(call, result, 200);
    else
        call_refuse(call, result->result, NULL);
}

/*
 * The web server's id of the request, which is the same when it repeats it;
 * else one by chance.
 */
static void make_room_id(const struct call *call, char id_out[ID_SIZE])
{
    const char *request_id = exchange_request(call->exchange)->request_id;
    unsigned char random[16];

    if (id_check(request_id, ID_SIZE - 1) == CHAT_OK) {
        memcpy(id_out, request_id, strlen(request_id) + 1);
        return;
    }
    randombytes_buf(random, sizeof(random));
    sodium_bin2hex(id_out, ID_SIZE, random, sizeof(random));
}

static bool take_new(struct call *call, struct room_wish *wish)
{
    wish->command =
        (struct command){.type = COMMAND_ROOM_NEW, .sid = call->sid};
    if (json_get_text(call->body, "room", &wish->command.room) == CHAT_OK)
        return room_take_wish(call, wish);
    call_refuse(call, CHAT_BAD_REQUEST, "room is missing or not a string");
    return false;
}

static void ask_new(struct call *call, enum chat_result result,
                    const char *secret)
{
    char id[ID_SIZE];
    struct room_wish wish;

    (void)result; /* hashing has no other */
    if (!take_new(call, &wish))
        return;
    make_room_id(call, id);
    wish.command.id = id;
    wish.command.secret = secret;
    call_ask(call, &wish.command, answer_new);
}

void room_new(struct call *call)
{
    struct room_wish wish;

    if (take_new(call, &wish))
        room_with_secret(call, ask_new);
}

/* ---- joining ---- */

static void join(struct call *call, bool verified)
{
    call_ask(call,
             &(struct command){.type = COMMAND_JOIN,
                               .sid = call->sid,
                               .room = call->room,
                               .verified = verified},
             answer_join);
}

static void join_checked(struct call *call, enum chat_result result,
                         const char *secret)
{
    (void)secret;
    join(call, result == CHAT_OK);
}

/* A room without a passphrase is joined with any, as with none. */
static void check_passphrase(struct call *call,
                             const struct backend_result *result)
{
    const char *passphrase, *secret;

    if (result->result == CHAT_OK &&
        json_get_text(result->json, "secret", &secret) == CHAT_OK &&
        json_get_text(call->body, "passphrase", &passphrase) == CHAT_OK)
        call_check(call, passphrase, secret, join_checked);
    else if (result->result == CHAT_NOT_FOUND)
        join(call, false);
    else
        call_refuse(call, result->result, NULL);
}

void room_join(struct call *call)
{
    const char *passphrase;
    enum chat_result result =
        json_get_text(call->body, "passphrase", &passphrase);

    if (result == CHAT_NOT_FOUND)
        join(call, false);
    else if (result != CHAT_OK || strlen(passphrase) > PASSPHRASE_BYTES_MAX)
        call_refuse(call, CHAT_BAD_REQUEST,
                    "passphrase is a string of at most 256 bytes");
    else
        call_ask(call,
                 &(struct command){.type = COMMAND_ROOM_SECRET,
                                   .sid = call->sid,
                                   .room = call->room},
                 check_passphrase);
}

void room_leave(struct call *call)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_LEAVE, .sid = call->sid, .room = call->room},
             call_answer_done);
}
