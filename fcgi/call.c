#include "fcgi/call_internal.h"

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

struct call *call_new(struct front *front, struct exchange *exchange,
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

void call_answer_problem(struct exchange *exchange, enum reader reader,
                         const struct problem *problem)
{
    struct problem told = *problem;

    told.head_only = exchange_request(exchange)->method == HTTP_HEAD;
    struct bytes *reply =
        reader == PERSON ? page_refusal(&told) : reply_problem(&told);

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
        call_answer_problem(
            call->exchange, is_page ? PERSON : PROGRAM,
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
