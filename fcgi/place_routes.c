/* Who is in a room, who may come in, and who is what there; rooms of two. */
#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/routes.h"

/* ---- members ---- */

static void answer_members(struct call *call,
                           const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body = json_pack("{s:O, s:O}", "members",
                             json_object_get(result->json, "members"), "more",
                             json_object_get(result->json, "more"));
    call_answer(call, reply_json(200, body, NULL), 0);
}

void members_list(struct call *call)
{
    call_ask(call,
             &(struct command){
                 .type = COMMAND_MEMBERS, .sid = call->sid, .room = call->room},
             answer_members);
}

static void answer_rank(struct call *call, const struct backend_result *result)
{
    json_t *body = json_pack("{s:s, s:O}", "nick", call->name, "rank",
                             json_object_get(call->body, "rank"));

    if (result->result == CHAT_OK) {
        call_answer(call, reply_json(200, body, NULL), result->head_seq);
        return;
    }
    json_decref(body);
    call_refuse(call, result->result, NULL);
}

void member_rank(struct call *call)
{
    struct command command = {.type = COMMAND_RANK,
                              .sid = call->sid,
                              .room = call->room,
                              .to = call->name};
    enum rank rank;

    if (json_get_text(call->body, "rank", &command.word) == CHAT_OK &&
        rank_parse(command.word, &rank) == CHAT_OK)
        call_ask(call, &command, answer_rank);
    else
        call_refuse(call, CHAT_BAD_REQUEST,
                    "rank is owner, moderator or empty");
}

/* ---- invitations ---- */

static void answer_invite(struct call *call,
                          const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body =
        json_pack("{s:O}", "nick", json_object_get(call->body, "nick"));
    call_answer(call, reply_json(201, body, NULL), result->head_seq);
}

void invite_new(struct call *call)
{
    struct command command = {.type = COMMAND_INVITE,
                              .sid = call->sid,
                              .room = call->room,
                              .on = true};

    if (json_get_text(call->body, "nick", &command.to) == CHAT_OK)
        call_ask(call, &command, answer_invite);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "nick is a string");
}

void invite_end(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_INVITE,
                               .sid = call->sid,
                               .room = call->room,
                               .to = call->name},
             call_answer_done);
}

/* ---- rooms of two ---- */

static void answer_direct(struct call *call,
                          const struct backend_result *result)
{
    if (result->result == CHAT_OK)
        room_answer(call, result, 200);
    else
        call_refuse(call, result->result, NULL);
}

void direct_room(struct call *call)
{
    struct command command = {.type = COMMAND_DIRECT, .sid = call->sid};

    if (json_get_text(call->body, "nick", &command.to) == CHAT_OK)
        call_ask(call, &command, answer_direct);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "nick is a string");
}
