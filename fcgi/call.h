/*
 * A call: one HTTP request from its arrival to its reply, other than a parked
 * poll. It is checked in the HTTP interface's order (route, method, size,
 * origin, type, session, body), then its route's `run` goes on: by asking the
 * broker, by waiting until the feed has reached a position, by answering.
 *
 * Every call is answered within CALL_MS, whatever has failed behind.
 */
#ifndef FCGI_CALL_H
#define FCGI_CALL_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/bytes.h"
#include "common/command.h"
#include "common/names.h"
#include "common/result.h"
#include "common/selector.h"
#include "fcgi/backend.h"
#include "fcgi/http.h"
#include "fcgi/poll_reply.h"
#include "fcgi/polls.h"

enum {
    CALL_MS = 4200,
    /* Time for each part of a long reply: somebody may read slowly. */
    CALL_PART_MS = 60 * 1000,
    /* 32 bytes as base64url without padding, and the NUL. */
    TOKEN_SIZE = 44,
};

struct front;
struct route;
struct call;

typedef void call_fn(struct call *call);
typedef void call_secret_fn(struct call *call, enum chat_result result,
                            const char *secret);
typedef void call_result_fn(struct call *call,
                            const struct backend_result *result);

/* What the routes of polls and streams keep between their steps. */
struct poll_call {
    struct poll_range range;
    bool streams;
    char tab[TAB_SIZE];
    int64_t wait_ms;
    uint64_t arrival;
    bool confirmed; /* the broker has confirmed the cursor */
};

/* The same of a room's export. */
struct export_call {
    bool as_text;      /* else JSON Lines */
    int64_t after_seq; /* sent up to here */
    int64_t count;     /* events sent */
};

/* The same of the pages of rooms. */
enum page_format { PAGE_HTML, PAGE_TEXT, PAGE_ATOM };
struct page_call {
    enum page_format format;
    enum history_anchor anchor;
    int64_t n; /* of the anchor */
};

struct call {
    struct front *front;
    struct exchange *exchange; /* NULL: answered, or the browser has gone */
    const struct route *route;
    char room[ROOM_SIZE]; /* of the path; "" if it cannot be one */
    bool has_room;        /* the path names one */
    char name[NICK_SIZE]; /* of the path: a nick, say; "" if it cannot be */
    int64_t seq;          /* of the path: a position; 0: it is none */
    bool has_token;
    bool by_bearer;  /* the request has a bearer token, or says so */
    bool is_foreign; /* a page of another site asks that the operator lists */
    unsigned char token_hash[TOKEN_HASH_BYTES];
    int64_t sid;  /* of routes that need a session */
    json_t *body; /* of routes that take one: an object */
    bool begun;   /* part of its reply is out: it can only be ended */
    int retry_after_seconds; /* of the last result; 0: it does not say */
    struct poll_call poll;
    struct page_call page;
    struct export_call export;
    char new_token[TOKEN_SIZE]; /* of the route that makes sessions */
    int64_t person;             /* of that one: whose passphrase it is */

    /* Where it is; call.c's own. */
    bool asking; /* a command or passphrase of it has no result yet */
    call_result_fn *on_result;
    call_secret_fn *on_secret;
    call_fn *on_reached;
    int64_t wait_seq; /* of on_reached */
    struct bytes *reply;
    struct bytes *part; /* waits for the one before to be written */
    call_fn *on_sent;   /* of that */
    struct selector_timer deadline;
    struct call *prev, *next;
};

/* All calls that are not answered yet. */
struct calls {
    struct call *list;
};

/* Serves an exchange: the http server's callback; `front` is its context. */
void call_serve(void *front, struct exchange *exchange);

/* The session of a route that needs one; NULL: it has ended meanwhile. */
struct known_session *call_session(const struct call *call);

/*
 * Asks the broker, which is also told the number of the address that the
 * request came from; `then` runs with the result, unless the call has ended by
 * then. A broker that is away ends the call with 503.
 */
void call_ask(struct call *call, const struct command *command,
              call_result_fn *then);

/*
 * Makes a secret of a passphrase, or checks it against one (NULL: nobody's),
 * see fcgi/passphrase.h; `then` runs with CHAT_OK (and the new secret, until
 * it returns) or CHAT_FORBIDDEN, unless the call has ended by then.
 */
void call_hash(struct call *call, const char *passphrase, call_secret_fn *then);
void call_check(struct call *call, const char *passphrase, const char *secret,
                call_secret_fn *then);

/* Runs `then` when the feed has reached `seq`, at once if it has. */
void call_when_reached(struct call *call, int64_t seq, call_fn *then);

/*
 * Ends the call with `reply` (taken; NULL: no memory, 503) once the feed has
 * reached `seq`: what it tells can then be read here by everyone.
 */
void call_answer(struct call *call, struct bytes *reply, int64_t seq);

/* A call_result_fn: ends the call with 204, or with the refusal. */
void call_answer_done(struct call *call, const struct backend_result *result);

/*
 * Sends the beginning or a part of a reply (taken; NULL: no memory), see
 * exchange_send(). False: the call has ended.
 */
bool call_send(struct call *call, struct bytes *part);

/*
 * Sends a part of a reply that has many (taken; NULL: no memory) once the web
 * server has taken the one before, then runs `then`. So one part is in memory,
 * however slow the reader is. The call has CALL_PART_MS more from then on; if
 * it ends before, the reply is without its end.
 */
void call_send_then(struct call *call, struct bytes *part, call_fn *then);

/*
 * Ends the call with a problem document, or its reply where it is, if that
 * has begun.
 */
void call_refuse(struct call *call, enum chat_result result,
                 const char *detail);

/* Ends the call without an answer: its exchange has another owner now. */
void call_hand_over(struct call *call);

/* The feed has moved: calls that waited for that go on. */
void calls_reached(struct calls *calls, int64_t seq);

/*
 * Ends the calls that wait for a position with 503: the log is another. What
 * the broker is being asked for is backend.c's to refuse.
 */
void calls_refuse_waiting(struct calls *calls);

/* Ends all calls with 503: the front end stops. */
void calls_refuse_all(struct calls *calls);

#endif
