/*
 * From a request to its route: what the HTTP interface checks of every one, in
 * the order in which faults are told (method, size, origin, type, session,
 * body), then the route's own steps.
 */
#include "fcgi/call_internal.h"

#include <string.h>

#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/*
 * The request's token, if it has one; a bearer token wins. What cannot be a
 * token is hashed like one: it is nobody's.
 */
static void take_token(struct call *call, const struct request *request)
{
    char token[256];
    enum chat_result result =
        bearer_get(request->authorization, token, sizeof(token));

    call->by_bearer = result != CHAT_NOT_FOUND;
    if (!call->by_bearer)
        result =
            cookie_get(request->cookie, SESSION_COOKIE, token, sizeof(token));
    if (result != CHAT_OK)
        return;
    session_token_hash(token, call->token_hash);
    call->has_token = true;
}

static enum chat_result check_size(const struct call *call,
                                   const struct request *request)
{
    (void)call;
    return request->too_large ? CHAT_TOO_LARGE : CHAT_OK;
}

/* Whether a page may log in to a session that only it can use. */
static bool may_be_foreign_login(const struct call *call)
{
    return call->is_foreign && (call->route->flags & ROUTE_LOGIN) != 0;
}

static enum chat_result check_origin(const struct call *call,
                                     const struct request *request)
{
    unsigned flags = call->route->flags;
    bool is_ambient = !call->by_bearer || (flags & ROUTE_LOGIN) != 0;

    if ((flags & ROUTE_WRITES) == 0 || !is_ambient ||
        may_be_foreign_login(call) || request_is_same_origin(request))
        return CHAT_OK;
    return CHAT_CROSS_SITE;
}

static enum chat_result check_type(const struct call *call,
                                   const struct request *request)
{
    unsigned flags = call->route->flags;

    if ((flags & ROUTE_BODY) != 0)
        return content_type_is_json(request->content_type) ? CHAT_OK
                                                           : CHAT_BAD_TYPE;
    if ((flags & ROUTE_FORM) != 0)
        return content_type_is_form(request->content_type) ? CHAT_OK
                                                           : CHAT_BAD_TYPE;
    return CHAT_OK;
}

static void parse_body(struct call *call)
{
    const struct request *request = exchange_request(call->exchange);
    unsigned flags = call->route->flags;

    if ((flags & ROUTE_BODY) != 0 ||
        ((flags & ROUTE_MAY_BODY) != 0 && request->body_bytes > 0 &&
         content_type_is_json(request->content_type))) {
        if (!request->malformed)
            call->body = protocol_parse(request->body, request->body_bytes);
        if (!json_is_object(call->body)) {
            call_refuse(call, CHAT_BAD_REQUEST,
                        "the body is not a JSON object");
            return;
        }
    }
    call->route->run(call);
}

static void use_session(struct call *call, struct known_session *session)
{
    call->sid = session->sid;
    presence_seen(call->front->presence, session);
    parse_body(call);
}

static void ask_session(struct call *call);

static void learn_session(struct call *call,
                          const struct backend_result *result)
{
    struct known_session *session;
    enum chat_result learned = result->result;

    if (learned == CHAT_OK)
        learned = directory_learn(call->front->directory,
                                  json_object_get(result->json, "session"),
                                  result->head_seq, call->token_hash, &session);
    if (learned == CHAT_SESSION_REQUIRED &&
        (call->route->flags & ROUTE_VISITS) != 0) {
        parse_body(call);
    } else if (learned == CHAT_AGAIN) {
        ask_session(call);
    } else if (learned != CHAT_OK) {
        call_refuse(call, learned, NULL);
    } else {
        presence_reported(session);
        use_session(call, session);
    }
}

static void ask_session(struct call *call)
{
    struct command command = {.type = COMMAND_SESSION_GET};

    memcpy(command.token_hash, call->token_hash, sizeof(command.token_hash));
    call_ask(call, &command, learn_session);
}

/* Whether who has no session may ask for this. */
static bool lets_visitors_in(const struct call *call)
{
    unsigned flags = call->route->flags;

    return (flags & ROUTE_VISITS) != 0 ||
           ((flags & ROUTE_READS) != 0 &&
            call->front->settings->chat.visitors_api);
}

static void find_session(struct call *call)
{
    bool needs_one = (call->route->flags & (ROUTE_SESSION | ROUTE_VISITS)) != 0;

    if (!needs_one || (!call->has_token && lets_visitors_in(call))) {
        parse_body(call);
        return;
    }
    if (!call->has_token) {
        call_refuse(call, CHAT_SESSION_REQUIRED, NULL);
        return;
    }
    struct known_session *session =
        directory_find_token(call->front->directory, call->token_hash);
    if (session != NULL)
        use_session(call, session);
    else
        ask_session(call);
}

static void check_call(struct call *call)
{
    static enum chat_result (*const checks[])(const struct call *,
                                              const struct request *) = {
        check_size, check_origin, check_type};
    const struct request *request = exchange_request(call->exchange);

    take_token(call, request);
    for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
        enum chat_result result = checks[i](call, request);
        if (result != CHAT_OK) {
            call_refuse(call, result, NULL);
            return;
        }
    }
    find_session(call);
}

static void take_values(struct call *call, const struct route_match *match)
{
    memcpy(call->room, match->room, sizeof(call->room));
    call->has_room = match->has_room;
    memcpy(call->name, match->name, sizeof(call->name));
    call->seq = match->seq;
}

/* A browser that asks what a page of another site may send. */
static void answer_preflight(struct exchange *exchange, const char *allow)
{
    struct bytes *reply = cors_preflight(allow);

    exchange_answer(exchange, reply);
    bytes_drop(reply);
}

/*
 * Pages are for their readers, not for other pages. True: a page of a listed
 * site asks, whose browser will be told that it may.
 */
static bool lead_with_cors(const struct front *front, struct exchange *exchange,
                           bool is_page)
{
    const char *origin = exchange_request(exchange)->origin;
    struct bytes *lines = is_page ? NULL : cors_lines(front->cors, origin);

    if (lines != NULL)
        exchange_lead_with(exchange, lines);
    return lines != NULL;
}

/* What has no route, or no memory for a call, is answered at once. */
static void answer_unserved(struct exchange *exchange, enum chat_result result,
                            const struct route_match *match)
{
    call_answer_problem(
        exchange, match->is_page ? PERSON : PROGRAM,
        &(struct problem){.result = result == CHAT_OK ? CHAT_NO_MEMORY : result,
                          .extra_headers = match->allow});
}

void call_serve(void *context, struct exchange *exchange)
{
    struct front *front = context;
    struct route_match match;
    const struct request *request = exchange_request(exchange);
    enum chat_result result = route_find(request, &match);
    bool is_listed = lead_with_cors(front, exchange, match.is_page);
    struct call *call =
        result == CHAT_OK ? call_new(front, exchange, match.route) : NULL;

    if (call != NULL) {
        take_values(call, &match);
        call->is_foreign = is_listed && !request_is_same_origin(request);
        check_call(call);
    } else if (is_listed && request->method == HTTP_OPTIONS &&
               result == CHAT_METHOD_NOT_ALLOWED) {
        answer_preflight(exchange, match.allow);
    } else {
        answer_unserved(exchange, result, &match);
    }
}
