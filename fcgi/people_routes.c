/* Other people: who they are, their role, blocking them. */
#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* The nick of the path; one that cannot be is nobody's. */
static bool has_nick(struct call *call)
{
    if (call->name[0] != '\0')
        return true;
    call_refuse(call, CHAT_NOT_FOUND, NULL);
    return false;
}

/* A text that the body must have. */
static bool take_text(struct call *call, const char *name,
                      const char **text_out)
{
    if (json_get_text(call->body, name, text_out) == CHAT_OK)
        return true;
    call_refuse(call, CHAT_BAD_REQUEST, "a field is missing or not a string");
    return false;
}

/* ---- somebody ---- */

static void answer_person(struct call *call,
                          const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *person = json_object_get(result->json, "person");
    call_answer(call, reply_json(200, json_incref(person), NULL),
                result->head_seq);
}

static void ask_person(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_PERSON_GET,
                               .sid = call->sid,
                               .to = call->name},
             answer_person);
}

void person_get(struct call *call)
{
    if (has_nick(call))
        ask_person(call);
}

static void show_changed(struct call *call, const struct backend_result *result)
{
    if (result->result == CHAT_OK)
        ask_person(call);
    else
        call_refuse(call, result->result, NULL);
}

void person_change(struct call *call)
{
    struct command command = {
        .type = COMMAND_ROLE, .sid = call->sid, .to = call->name};

    if (take_text(call, "role", &command.word) && has_nick(call))
        call_ask(call, &command, show_changed);
}

/* ---- blocks ---- */

static void answer_blocks(struct call *call,
                          const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    call_answer(call,
                reply_json(200,
                           json_pack("{s:O}", "blocks",
                                     json_object_get(result->json, "blocks")),
                           NULL),
                result->head_seq);
}

void blocks_list(struct call *call)
{
    call_ask(call, &(struct command){.type = COMMAND_BLOCKS, .sid = call->sid},
             answer_blocks);
}

static void answer_blocked(struct call *call,
                           const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *nick = json_object_get(call->body, "nick");
    call_answer(call, reply_json(201, json_pack("{s:O}", "nick", nick), NULL),
                result->head_seq);
}

void block_new(struct call *call)
{
    struct command command = {
        .type = COMMAND_BLOCK, .sid = call->sid, .on = true};

    if (take_text(call, "nick", &command.to))
        call_ask(call, &command, answer_blocked);
}

void block_end(struct call *call)
{
    if (has_nick(call))
        call_ask(call,
                 &(struct command){
                     .type = COMMAND_BLOCK, .sid = call->sid, .to = call->name},
                 call_answer_done);
}
