/*
 * One's account: making one of the nick one has, another passphrase, its end.
 * What proves it is the passphrase, whoever has the session.
 */
#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* A text that the body must have; NULL: the call has ended. */
static const char *take_text(struct call *call, const char *name)
{
    const char *text = NULL;

    if (json_get_text(call->body, name, &text) != CHAT_OK)
        call_refuse(call, CHAT_BAD_REQUEST,
                    "a passphrase is missing or not a string");
    return text;
}

bool passphrase_is_fit(struct call *call, const char *passphrase)
{
    size_t length = strlen(passphrase);

    if (length >= PASSPHRASE_BYTES_MIN && length <= PASSPHRASE_BYTES_MAX)
        return true;
    call_refuse(call, CHAT_BAD_TEXT, "a passphrase has 8 to 256 bytes");
    return false;
}

/* ---- POST account ---- */

static void answer_new(struct call *call, const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    call_answer(
        call,
        reply_json(201,
                   json_pack("{s:O, s:O}", "nick",
                             json_object_get(result->json, "nick"), "role",
                             json_object_get(result->json, "role")),
                   NULL),
        result->head_seq);
}

static void make_account(struct call *call, enum chat_result result,
                         const char *secret)
{
    (void)result; /* hashing has no other */
    call_ask(call,
             &(struct command){
                 .type = COMMAND_REGISTER, .sid = call->sid, .secret = secret},
             answer_new);
}

void account_new(struct call *call)
{
    const char *passphrase = take_text(call, "passphrase");

    if (passphrase == NULL || !passphrase_is_fit(call, passphrase))
        return;
    if (call->front->settings->chat.registration)
        call_hash(call, passphrase, make_account);
    else
        call_refuse(call, CHAT_FORBIDDEN, "nicks are not registered here");
}

/* ---- proving whose it is ---- */

/* Checks the body's text `name` against one's secret, which has come. */
static void check(struct call *call, const struct backend_result *result,
                  const char *name, call_secret_fn *then)
{
    const char *passphrase = "", *secret = NULL;

    if (result->result != CHAT_OK) {
        /* Who has no account has no passphrase. */
        call_refuse(call,
                    result->result == CHAT_NOT_FOUND ? CHAT_FORBIDDEN
                                                     : result->result,
                    NULL);
        return;
    }
    (void)json_get_text(result->json, "secret", &secret);
    (void)json_get_text(call->body, name, &passphrase);
    if (strlen(passphrase) > PASSPHRASE_BYTES_MAX)
        call_refuse(call, CHAT_FORBIDDEN, NULL);
    else
        call_check(call, passphrase, secret, then);
}

static void ask_secret(struct call *call, call_result_fn *then)
{
    call_ask(call,
             &(struct command){.type = COMMAND_ACCOUNT_GET, .sid = call->sid},
             then);
}

static void set_secret(struct call *call, const char *secret,
                       call_result_fn *then)
{
    call_ask(call,
             &(struct command){.type = COMMAND_PASSPHRASE,
                               .sid = call->sid,
                               .secret = secret},
             then);
}

/* ---- PATCH account ---- */

static void keep_new(struct call *call, enum chat_result result,
                     const char *secret)
{
    (void)result;
    set_secret(call, secret, call_answer_done);
}

static void hash_new(struct call *call, enum chat_result result,
                     const char *secret)
{
    const char *passphrase = "";

    (void)secret;
    (void)json_get_text(call->body, "passphrase", &passphrase);
    if (result == CHAT_OK)
        call_hash(call, passphrase, keep_new);
    else
        call_refuse(call, result, NULL);
}

static void check_old(struct call *call, const struct backend_result *result)
{
    check(call, result, "old", hash_new);
}

void account_change(struct call *call)
{
    const char *passphrase = take_text(call, "passphrase");

    if (passphrase != NULL && take_text(call, "old") != NULL &&
        passphrase_is_fit(call, passphrase))
        ask_secret(call, check_old);
}

/* ---- DELETE account ---- */

static void end_account(struct call *call, enum chat_result result,
                        const char *secret)
{
    (void)secret;
    if (result == CHAT_OK)
        set_secret(call, "", session_answer_ended);
    else
        call_refuse(call, result, NULL);
}

static void check_last(struct call *call, const struct backend_result *result)
{
    check(call, result, "passphrase", end_account);
}

void account_end(struct call *call)
{
    if (take_text(call, "passphrase") != NULL)
        ask_secret(call, check_last);
}
