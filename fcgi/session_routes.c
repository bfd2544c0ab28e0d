/* Sessions: who am I, another nick, log out; for logging in see
 * login_routes.c. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/protocol.h"
#include "common/version.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

void session_token_hash(const char *token,
                        unsigned char hash_out[TOKEN_HASH_BYTES])
{
    (void)crypto_generichash(hash_out, TOKEN_HASH_BYTES,
                             (const unsigned char *)token, strlen(token), NULL,
                             0);
}

/* ---- replies ---- */

struct bytes *reply_json(int status, json_t *json, const char *extra_headers)
{
    size_t length = 0;
    char *text = json != NULL ? protocol_dump(json, &length) : NULL;
    struct bytes *reply = NULL;

    if (text != NULL)
        reply = reply_new(&(struct reply_parts){.status = status,
                                                .extra_headers = extra_headers,
                                                .body = text,
                                                .body_bytes = length});
    free(text);
    json_decref(json);
    return reply;
}

/*
 * {"nick","role","kind","cursor","rooms","limits","version"[,"token"]} from the
 * broker's session, which the directory has relieved of what is internal.
 */
static json_t *session_body(const struct call *call,
                            const struct backend_result *result)
{
    const struct front *front = call->front;
    json_t *session = json_object_get(result->json, "session");
    char cursor[CURSOR_SIZE];

    cursor_print(front, result->head_seq, cursor);
    json_t *body =
        json_pack("{s:O, s:O, s:O, s:s, s:O, s:O, s:s}", "nick",
                  json_object_get(session, "nick"), "role",
                  json_object_get(session, "role"), "kind",
                  json_object_get(session, "kind"), "cursor", cursor, "rooms",
                  json_object_get(session, "rooms"), "limits", front->limits,
                  "version", AJAXCHAT_VERSION);
    json_t *invites = json_object_get(session, "invites");
    if (invites != NULL)
        (void)json_object_set(body, "invites", invites);
    return body;
}

/* The snapshot is told once the feed has reached its moment. */
static void answer_session(struct call *call,
                           const struct backend_result *result, json_t *body,
                           const char *extra_headers)
{
    struct known_session *session;
    enum chat_result learned = directory_learn(
        call->front->directory, json_object_get(result->json, "session"),
        result->head_seq, call->token_hash, &session);

    /* CHAT_AGAIN: not kept, but what it says was true at its cursor. */
    if (learned != CHAT_OK && learned != CHAT_AGAIN) {
        json_decref(body);
        call_refuse(call, learned, NULL);
        return;
    }
    if (learned == CHAT_OK) {
        presence_reported(session);
        directory_mark_told(call->front->directory, session);
    }
    call_answer(call, reply_json(200, body, extra_headers), result->head_seq);
}

/* ---- cookies ---- */

enum { COOKIE_TOKEN_SIZE = 256 };

/* Lives as long as an unused session; each visit of the page renews it. */
void session_set_cookie(const struct call *call, const char *token,
                        char header_out[COOKIE_HEADER_SIZE])
{
    const struct settings *settings = call->front->settings;
    bool https = exchange_request(call->exchange)->https;

    (void)snprintf(header_out, COOKIE_HEADER_SIZE,
                   "Set-Cookie: " SESSION_COOKIE
                   "=%s; Path=/chat/; HttpOnly; SameSite=Lax; "
                   "Max-Age=%" PRId64 "%s\r\n",
                   token, settings->chat.session_idle_hours * 3600,
                   https ? "; Secure" : "");
}

/* The token in the request's cookie. CHAT_OK or not, see cookie_get(). */
static enum chat_result cookie_token(const struct call *call,
                                     char token_out[COOKIE_TOKEN_SIZE])
{
    return cookie_get(exchange_request(call->exchange)->cookie, SESSION_COOKIE,
                      token_out, COOKIE_TOKEN_SIZE);
}

/* ---- POST session: what all kinds of login have in common ---- */

void session_make_token(const struct call *call, char token_out[TOKEN_SIZE])
{
    static const char label[] = "ajaxchat session ";
    const char *request_id = exchange_request(call->exchange)->request_id;
    unsigned char token[TOKEN_HASH_BYTES];
    crypto_generichash_state hashing;

    if (request_id[0] == '\0') {
        randombytes_buf(token, sizeof(token));
    } else {
        crypto_generichash_init(&hashing, call->front->secret,
                                LINK_SECRET_BYTES, sizeof(token));
        crypto_generichash_update(&hashing, (const unsigned char *)label,
                                  sizeof(label));
        crypto_generichash_update(&hashing, (const unsigned char *)request_id,
                                  strlen(request_id));
        crypto_generichash_final(&hashing, token, sizeof(token));
    }
    (void)sodium_bin2base64(token_out, TOKEN_SIZE, token, sizeof(token),
                            sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void session_take_replaced(const struct call *call, struct command *command)
{
    char token[COOKIE_TOKEN_SIZE];

    if (call->is_foreign || cookie_token(call, token) != CHAT_OK)
        return;
    session_token_hash(token, command->replaces);
    command->has_replaces = true;
}

void session_answer_new(struct call *call, const struct backend_result *result)
{
    char header[COOKIE_HEADER_SIZE];
    bool bearer = json_is_true(json_object_get(call->body, "bearer"));

    if (result->result != CHAT_OK && result->result != CHAT_REPEAT) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *body = session_body(call, result);
    if (bearer)
        (void)json_object_set_new(body, "token", json_string(call->new_token));
    else
        session_set_cookie(call, call->new_token, header);
    answer_session(call, result, body, bearer ? NULL : header);
}

/* ---- GET session ---- */

/* Who only looks whether there is a session is not refused. */
static void refuse_get(struct call *call, enum chat_result result)
{
    const char *query = exchange_request(call->exchange)->query;
    char value[2];

    if (result == CHAT_SESSION_REQUIRED &&
        query_get(query, "optional", value, sizeof(value)) == CHAT_OK &&
        strcmp(value, "1") == 0)
        call_answer(call, reply_new(&(struct reply_parts){.status = 204}), 0);
    else
        call_refuse(call, result, NULL);
}

static void answer_get(struct call *call, const struct backend_result *result)
{
    char header[COOKIE_HEADER_SIZE];
    char token[COOKIE_TOKEN_SIZE];
    bool by_cookie = !call->by_bearer && cookie_token(call, token) == CHAT_OK;

    if (result->result != CHAT_OK) {
        refuse_get(call, result->result);
        return;
    }
    if (by_cookie)
        session_set_cookie(call, token, header);
    answer_session(call, result, session_body(call, result),
                   by_cookie ? header : NULL);
}

/* Asks the broker in any case: a snapshot is its to give. */
void session_get(struct call *call)
{
    struct command command = {.type = COMMAND_SESSION_GET};

    if (!call->has_token) {
        refuse_get(call, CHAT_SESSION_REQUIRED);
        return;
    }
    memcpy(command.token_hash, call->token_hash, sizeof(command.token_hash));
    call_ask(call, &command, answer_get);
}

/* ---- PATCH session ---- */

static void answer_change(struct call *call,
                          const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    json_t *nick = json_object_get(result->json, "nick");
    call_answer(call, reply_json(200, json_pack("{s:O}", "nick", nick), NULL),
                result->head_seq);
}

void session_change(struct call *call)
{
    struct command command = {.type = COMMAND_NICK, .sid = call->sid};

    if (json_get_text(call->body, "nick", &command.nick) == CHAT_OK)
        call_ask(call, &command, answer_change);
    else
        call_refuse(call, CHAT_BAD_REQUEST, "nick is missing or not a string");
}

/* ---- DELETE session ---- */

void session_end(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_SESSION_END, .sid = call->sid},
             session_answer_ended);
}
