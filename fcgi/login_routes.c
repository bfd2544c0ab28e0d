/*
 * Logging in, in four ways: as a guest, to a registered nick by its
 * passphrase, as somebody of the site's by its token or by the web server's
 * word. All end in one command, SESSION_NEW.
 */
#include <string.h>

#include "common/clock.h"
#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* ---- what they have in common ---- */

static enum chat_result take_rooms(const json_t *rooms, struct command *command)
{
    size_t index;
    json_t *room;

    if (rooms == NULL)
        return CHAT_OK;
    if (!json_is_array(rooms) || json_array_size(rooms) > COMMAND_ROOMS_MAX)
        return CHAT_BAD_REQUEST;
    command->has_rooms = true;
    json_array_foreach (rooms, index, room) {
        if (!json_is_string(room))
            return CHAT_BAD_REQUEST;
        command->rooms[command->room_count++] = json_string_value(room);
    }
    return CHAT_OK;
}

/* What the body and the cookie say of any login; checked by session_new(). */
static struct command login_command(struct call *call)
{
    struct command command = {.type = COMMAND_SESSION_NEW};

    (void)take_rooms(json_object_get(call->body, "rooms"), &command);
    session_token_hash(call->new_token, call->token_hash);
    memcpy(command.token_hash, call->token_hash, sizeof(command.token_hash));
    session_take_replaced(call, &command);
    return command;
}

/* ---- a guest ---- */

static void log_in_guest(struct call *call, const char *nick)
{
    struct command command = login_command(call);

    command.nick = nick;
    call_ask(call, &command, session_answer_new);
}

/* ---- a registered nick ---- */

/* Its passphrase was right, or it was not; then `person` means nothing. */
static void enter_account(struct call *call, enum chat_result result,
                          const char *secret)
{
    struct command command = login_command(call);

    (void)secret;
    if (result != CHAT_OK) {
        call_refuse(call, result, NULL);
        return;
    }
    (void)json_get_text(call->body, "nick", &command.nick);
    command.pid = call->person;
    call_ask(call, &command, session_answer_new);
}

/* A nick that nobody has registered is checked for as long as one. */
static void check_passphrase(struct call *call,
                             const struct backend_result *result)
{
    const char *passphrase = "", *secret = NULL;

    if (result->result != CHAT_OK && result->result != CHAT_NOT_FOUND) {
        call_refuse(call, result->result, NULL);
        return;
    }
    if (result->result == CHAT_OK &&
        json_get_int(result->json, "person", &call->person) == CHAT_OK)
        (void)json_get_text(result->json, "secret", &secret);
    (void)json_get_text(call->body, "passphrase", &passphrase);
    call_check(call, passphrase, secret, enter_account);
}

static void log_in_account(struct call *call, const char *nick,
                           const char *passphrase)
{
    if (strlen(passphrase) > PASSPHRASE_BYTES_MAX)
        call_refuse(call, CHAT_FORBIDDEN, NULL);
    else
        call_ask(call,
                 &(struct command){.type = COMMAND_ACCOUNT_GET, .nick = nick},
                 check_passphrase);
}

/* ---- the site's people ---- */

static void log_in_claimed(struct call *call, const struct site_claims *claims)
{
    struct command command = login_command(call);

    command.kind = PERSON_SITE;
    command.name = claims->name;
    command.nick = claims->nick;
    command.role = claims->role;
    call_ask(call, &command, session_answer_new);
}

static void log_in_by_token(struct call *call, const char *token)
{
    struct site_claims claims;
    enum chat_result result = site_token_check(&call->front->site_key, token,
                                               clock_wall_ms() / 1000, &claims);

    if (result == CHAT_OK)
        log_in_claimed(call, &claims);
    else
        call_refuse(call, result, "the token is not valid here and now");
}

/* Whether the web server has let somebody in, and is to be believed. */
static bool has_web_server_user(const struct call *call)
{
    return call->front->settings->front.trust_web_server_user &&
           exchange_request(call->exchange)->site_user[0] != '\0';
}

static void log_in_by_web_server(struct call *call)
{
    const struct request *request = exchange_request(call->exchange);
    struct site_claims claims;

    if (site_claims_take(request->site_user, request->site_nick,
                         request->site_role, &claims) == CHAT_OK)
        log_in_claimed(call, &claims);
    else
        call_refuse(call, CHAT_FORBIDDEN, "the web server names nobody fit");
}

/* ---- POST session ---- */

/* What somebody says of themselves; NULL: they don't. */
struct login {
    const char *nick, *passphrase, *token;
};

static bool take_login(struct call *call, struct login *login)
{
    struct command rooms = {.type = COMMAND_SESSION_NEW};
    const json_t *body = call->body;
    bool bearer;

    return json_get_text(body, "nick", &login->nick) != CHAT_BAD_REQUEST &&
           json_get_text(body, "passphrase", &login->passphrase) !=
               CHAT_BAD_REQUEST &&
           json_get_text(body, "token", &login->token) != CHAT_BAD_REQUEST &&
           json_get_bool(body, "bearer", &bearer) != CHAT_BAD_REQUEST &&
           take_rooms(json_object_get(body, "rooms"), &rooms) == CHAT_OK;
}

/* A page of another site gets a token of its own, and sets no cookie. */
static bool is_fit_for_sender(const struct call *call)
{
    return !call->is_foreign ||
           json_is_true(json_object_get(call->body, "bearer"));
}

void session_new(struct call *call)
{
    struct login login = {.nick = NULL};

    if (!take_login(call, &login)) {
        call_refuse(call, CHAT_BAD_REQUEST,
                    "nick, passphrase and token are strings, rooms is an "
                    "array of at most 50 names, bearer a boolean");
        return;
    }
    if (!is_fit_for_sender(call)) {
        call_refuse(call, CHAT_CROSS_SITE, "of another site's page: bearer");
        return;
    }
    session_make_token(call, call->new_token);
    if (has_web_server_user(call))
        log_in_by_web_server(call);
    else if (login.token != NULL)
        log_in_by_token(call, login.token);
    else if (login.nick == NULL)
        call_refuse(call, CHAT_BAD_REQUEST, "nick is missing");
    else if (login.passphrase != NULL)
        log_in_account(call, login.nick, login.passphrase);
    else
        log_in_guest(call, login.nick);
}
