#include "fcgi/call.h"

#include <assert.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/clock.h"
#include "common/protocol.h"
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* Of a reply that goes out in parts, what may wait to be read. */
#define PART_BYTES_MAX (256 * 1024)
/* Whoever has to wait for longer may ask once a day. */
#define RETRY_SECONDS_MAX (24 * 3600)

/* ---- life ---- */

static void on_deadline(void *context)
{
    struct call *call = context;

    if (call->reply != NULL) /* done, only not to be read here yet */
        call_answer(call, call->reply, 0);
    else
        call_refuse(call, CHAT_UNAVAILABLE, NULL);
}

static void free_call(struct call *call)
{
    json_decref(call->body);
    free(call);
}

/* The one end of a call; its exchange has been dealt with. */
static void end_call(struct call *call)
{
    call->exchange = NULL;
    selector_disarm(call->front->selector, &call->deadline);
    DL_DELETE(call->front->calls.list, call);
    bytes_drop(call->reply);
    call->reply = NULL;
    bytes_drop(call->part);
    call->part = NULL;
    if (!call->asking) /* else when the result comes */
        free_call(call);
}

static void on_gone(void *context, struct exchange *exchange)
{
    (void)exchange;
    end_call(context);
}

static struct call *new_call(struct front *front, struct exchange *exchange,
                             const struct route *route)
{
    struct call *call = calloc(1, sizeof(*call));

    if (call == NULL)
        return NULL;
    call->front = front;
    call->exchange = exchange;
    call->route = route;
    call->deadline =
        (struct selector_timer){.callback = on_deadline, .context = call};
    DL_APPEND(front->calls.list, call);
    exchange_set_owner(exchange, on_gone, call);
    return call;
}

/* ---- what a route's steps do ---- */

struct known_session *call_session(const struct call *call)
{
    return directory_find_sid(call->front->directory, call->sid);
}

/* Rounded up, so that what is asked for then is not too early. */
static int retry_seconds(const struct backend_result *result)
{
    int64_t retry_ms;

    if (json_get_int(result->json, "retry_ms", &retry_ms) != CHAT_OK ||
        retry_ms < 0)
        return 0;
    int64_t seconds = retry_ms / 1000 + (retry_ms % 1000 != 0);
    return seconds < RETRY_SECONDS_MAX ? (int)seconds : RETRY_SECONDS_MAX;
}

static void deliver(void *context, const struct backend_result *result)
{
    struct call *call = context;

    call->asking = false;
    if (call->exchange == NULL) {
        free_call(call);
        return;
    }
    call->retry_after_seconds = retry_seconds(result);
    if (result->result == CHAT_UNAVAILABLE) {
        const char *detail = result->json == NULL ? "the broker does not answer"
                                                  : "the store takes no writes";
        (void)json_get_text(result->json, "detail", &detail);
        call_refuse(call, CHAT_UNAVAILABLE, detail);
        return;
    }
    call->on_result(call, result);
}

/* From here on the call takes longer than this turn of the loop. */
static enum chat_result start_waiting(struct call *call)
{
    if (call->deadline.armed)
        return CHAT_OK;
    return selector_arm(call->front->selector, &call->deadline,
                        clock_mono_ms() + CALL_MS);
}

void call_ask(struct call *call, const struct command *command,
              call_result_fn *then)
{
    struct command addressed = *command;
    const struct request *request = exchange_request(call->exchange);

    assert(!call->asking);
    call->on_result = then;
    addressed.address =
        address_hash(call->front->address_key, request->remote_addr);
    enum chat_result result = start_waiting(call);
    if (result == CHAT_OK)
        result =
            backend_submit(call->front->backend, &addressed, deliver, call);
    if (result != CHAT_OK) {
        call_refuse(call, result, NULL);
        return;
    }
    call->asking = true;
    struct known_session *session = call_session(call);
    if (session != NULL && command->sid == call->sid)
        presence_reported(session);
}

static void deliver_secret(void *context, enum chat_result result,
                           const char *secret)
{
    struct call *call = context;

    call->asking = false;
    if (call->exchange == NULL)
        free_call(call);
    else if (result == CHAT_OK || result == CHAT_FORBIDDEN)
        call->on_secret(call, result, secret);
    else
        call_refuse(call, result, NULL);
}

/* Whether it may; else the call has ended. */
static bool begin_secret(struct call *call, call_secret_fn *then)
{
    enum chat_result result = start_waiting(call);

    assert(!call->asking);
    call->on_secret = then;
    if (result != CHAT_OK)
        call_refuse(call, result, NULL);
    return result == CHAT_OK;
}

static void submitted_secret(struct call *call, enum chat_result result)
{
    call->asking = result == CHAT_OK;
    if (!call->asking)
        call_refuse(call, result, "too many passphrases are being checked");
}

void call_hash(struct call *call, const char *passphrase, call_secret_fn *then)
{
    if (begin_secret(call, then))
        submitted_secret(call,
                         passphrase_hash(call->front->passphrases, passphrase,
                                         deliver_secret, call));
}

void call_check(struct call *call, const char *passphrase, const char *secret,
                call_secret_fn *then)
{
    if (begin_secret(call, then))
        submitted_secret(call,
                         passphrase_check(call->front->passphrases, passphrase,
                                          secret, deliver_secret, call));
}

void call_when_reached(struct call *call, int64_t seq, call_fn *then)
{
    call->wait_seq = seq;
    call->on_reached = then;
    if (directory_seq(call->front->directory) < seq) {
        if (start_waiting(call) != CHAT_OK)
            call_refuse(call, CHAT_NO_MEMORY, NULL);
        return;
    }
    call->on_reached = NULL;
    then(call);
}

static void answer_now(struct call *call)
{
    exchange_answer(call->exchange, call->reply);
    end_call(call);
}

void call_answer(struct call *call, struct bytes *reply, int64_t seq)
{
    if (reply == NULL) {
        call_refuse(call, CHAT_NO_MEMORY, NULL);
        return;
    }
    call->reply = reply;
    call_when_reached(call, seq, answer_now);
}

/* Whom a refusal is for. */
enum reader { PROGRAM, PERSON };

static void answer_problem(struct exchange *exchange, enum reader reader,
                           const struct problem *problem)
{
    struct bytes *reply =
        reader == PERSON ? page_refusal(problem) : reply_problem(problem);

    exchange_answer(exchange, reply);
    bytes_drop(reply);
}

static void end_reply(struct exchange *exchange)
{
    struct bytes *end = reply_end();

    exchange_answer(exchange, end);
    bytes_drop(end);
}

void call_refuse(struct call *call, enum chat_result result, const char *detail)
{
    bool is_page = (call->route->flags & ROUTE_PAGE) != 0;

    if (call->begun)
        end_reply(call->exchange);
    else
        answer_problem(call->exchange, is_page ? PERSON : PROGRAM,
                       &(struct problem){
                           .result = result,
                           .detail = detail,
                           .retry_after_seconds = call->retry_after_seconds,
                       });
    end_call(call);
}

void call_answer_done(struct call *call, const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    call_answer(call, reply_new(&(struct reply_parts){.status = 204}),
                result->head_seq);
}

bool call_send(struct call *call, struct bytes *part)
{
    enum chat_result result = CHAT_NO_MEMORY;

    if (part != NULL)
        result = exchange_send(call->exchange, part, PART_BYTES_MAX);
    bytes_drop(part);
    if (result == CHAT_OK)
        call->begun = true;
    else
        call_refuse(call, result, NULL);
    return result == CHAT_OK;
}

static void send_part(struct call *call)
{
    call_fn *then = call->on_sent;
    enum chat_result result = exchange_send(call->exchange, call->part, 0);

    if (result == CHAT_FULL)
        return; /* until the one before is written */
    bytes_drop(call->part);
    call->part = NULL;
    if (result == CHAT_OK) {
        call->begun = true;
        result = selector_arm(call->front->selector, &call->deadline,
                              clock_mono_ms() + CALL_PART_MS);
    }
    if (result == CHAT_OK)
        then(call);
    else
        call_refuse(call, result, NULL);
}

static void on_written(void *context, struct exchange *exchange)
{
    struct call *call = context;

    (void)exchange;
    if (call->part != NULL)
        send_part(call);
}

void call_send_then(struct call *call, struct bytes *part, call_fn *then)
{
    if (part == NULL) {
        call_refuse(call, CHAT_NO_MEMORY, NULL);
        return;
    }
    call->part = part;
    call->on_sent = then;
    exchange_on_written(call->exchange, on_written);
    send_part(call);
}

void call_hand_over(struct call *call)
{
    end_call(call);
}

void calls_reached(struct calls *calls, int64_t seq)
{
    struct call *call, *next;

    DL_FOREACH_SAFE (calls->list, call, next) {
        call_fn *then = call->on_reached;
        if (then == NULL || call->wait_seq > seq)
            continue;
        call->on_reached = NULL;
        then(call);
    }
}

void calls_refuse_waiting(struct calls *calls)
{
    struct call *call, *next;

    DL_FOREACH_SAFE (calls->list, call, next) {
        if (call->on_reached != NULL)
            call_refuse(call, CHAT_UNAVAILABLE, NULL);
    }
}

void calls_refuse_all(struct calls *calls)
{
    while (calls->list != NULL)
        call_refuse(calls->list, CHAT_UNAVAILABLE, NULL);
}

/* ---- the checks, in order ---- */

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

static enum chat_result check_origin(const struct call *call,
                                     const struct request *request)
{
    unsigned flags = call->route->flags;
    bool is_ambient = !call->by_bearer || (flags & ROUTE_LOGIN) != 0;

    if ((flags & ROUTE_WRITES) == 0 || !is_ambient ||
        request_is_same_origin(request))
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

void call_serve(void *context, struct exchange *exchange)
{
    struct front *front = context;
    struct route_match match;
    enum chat_result result = route_find(exchange_request(exchange), &match);
    struct call *call =
        result == CHAT_OK ? new_call(front, exchange, match.route) : NULL;

    if (call == NULL) {
        if (result == CHAT_OK)
            result = CHAT_NO_MEMORY;
        answer_problem(
            exchange, match.is_page ? PERSON : PROGRAM,
            &(struct problem){.result = result, .extra_headers = match.allow});
        return;
    }
    memcpy(call->room, match.room, sizeof(call->room));
    call->has_room = match.has_room;
    memcpy(call->name, match.name, sizeof(call->name));
    call->seq = match.seq;
    check_call(call);
}
