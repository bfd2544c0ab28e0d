/*
 * The routes: one table of what the HTTP interface has, and what each needs
 * before its `run` may go on.
 */
#ifndef FCGI_ROUTES_H
#define FCGI_ROUTES_H

#include "common/event.h"
#include "common/result.h"
#include "common/room_settings.h"
#include "fcgi/call.h"
#include "fcgi/request.h"

enum route_flag {
    ROUTE_SESSION = 1,   /* a session that exists; call->sid */
    ROUTE_WRITES = 2,    /* refused across sites, unless by bearer token */
    ROUTE_LOGIN = 4,     /* even then, unless by a site that is listed */
    ROUTE_BODY = 8,      /* a JSON object; call->body */
    ROUTE_MAY_BODY = 16, /* the same if there is one and it is JSON */
    ROUTE_VISITS = 64,   /* a session if there is one: call->sid, or 0 */
    ROUTE_FORM = 128,    /* the fields of an HTML form; the request's body */
    ROUTE_PAGE = 256,    /* for people: refusals are HTML */
    ROUTE_READS = 512,   /* with SESSION: or none, where visitors may read */
};

/*
 * `path` is below /chat/v1/, that of a page below /chat/. Its segments
 * `{room}`, `{seq}` and, for names of anything else, `{nick}` or `{name}` are
 * any one segment; each at most once.
 */
struct route {
    enum http_method method;
    const char *path;
    unsigned flags;
    call_fn *run;
};

struct route_match {
    const struct route *route;
    char room[ROOM_SIZE]; /* decoded; "" if there is none or it cannot be */
    bool has_room;        /* the path names one, be it impossible */
    char name[NICK_SIZE]; /* the same of a nick, or another name */
    int64_t seq;          /* 0 if there is none or it is no number */
    bool is_page;         /* refusals are HTML, also if there is no route */
    char allow[64];       /* CHAT_METHOD_NOT_ALLOWED: an Allow header line */
};

/*
 * The route of a request. CHAT_OK; CHAT_NOT_FOUND; CHAT_METHOD_NOT_ALLOWED
 * (`allow` is set).
 */
enum chat_result route_find(const struct request *request,
                            struct route_match *match_out);

/* ---- what routes do, in one file per topic: session_routes.c, ... ---- */

#define SESSION_COOKIE "ajaxchat"

/* The header line by which the browser forgets a session. */
#define SESSION_COOKIE_CLEAR                                                   \
    "Set-Cookie: " SESSION_COOKIE                                              \
    "=; Path=/chat/; HttpOnly; SameSite=Lax; Max-Age=0\r\n"

/* The name by which everyone but the browser knows a session (BLAKE2b). */
void session_token_hash(const char *token,
                        unsigned char hash_out[TOKEN_HASH_BYTES]);

/*
 * A new token. Derived, by a key that only this installation has, from the
 * web server's id of the request: when it repeats the request at another
 * front end because the first one died, it gets the same session.
 */
void session_make_token(const struct call *call, char token_out[TOKEN_SIZE]);

/* The header line, whole, by which the browser keeps `token`. */
enum { COOKIE_HEADER_SIZE = 512 };
void session_set_cookie(const struct call *call, const char *token,
                        char header_out[COOKIE_HEADER_SIZE]);

/*
 * The session that the request's cookie had, which the new one replaces; a page
 * of another site has no say in that.
 */
void session_take_replaced(const struct call *call, struct command *command);

/* Answers a login: a call_result_fn for SESSION_NEW with `call->new_token`. */
void session_answer_new(struct call *call, const struct backend_result *result);

call_fn account_new, account_change, account_end;
call_fn session_new, session_get, session_change, session_end;
call_fn sessions_list, sessions_end_all, sessions_end_one, session_bye;
call_fn person_get, person_change;
call_fn blocks_list, block_new, block_end;
call_fn events_poll, events_stream;
call_fn rooms_list, room_new, room_join, room_leave;
call_fn room_get, room_change, room_delete;
call_fn members_list, member_rank, invite_new, invite_end, direct_room;
call_fn presence_typing, presence_read, presence_idle;
call_fn message_post, message_history, message_get, message_edit,
    message_delete, message_edits;
call_fn message_react, messages_search, room_export;

/* {"seq","n","at","id"} of a message, 201, or 200 of a repeated one. */
call_result_fn message_answer_post;

call_fn bot_new, bot_end;
call_fn hooks_list, hook_new, hook_end, hook_post;

/* The reply that refuses a page; one reference. NULL: no memory. */
struct problem;
struct bytes *page_refusal(const struct problem *problem);

call_fn page_show, page_show_message, page_write;
call_fn member_kick, member_mute, member_unmute;
call_fn ban_new, ban_end, ban_list;
call_fn room_undo, message_report, pending_list, pending_decide, pending_end,
    audit_list;
call_fn health_live, health_ready;

/* ---- what they share ---- */

/* Whether it may become a passphrase; else the call has ended, refused. */
bool passphrase_is_fit(struct call *call, const char *passphrase);

/*
 * As call_answer_done(), when a session has ended, or (seq 0) all of them: the
 * cookie goes with the session that it is of.
 */
call_result_fn session_answer_ended;

/* Answers with the result's room, and the cursor of that moment. */
void room_answer(struct call *call, const struct backend_result *result,
                 int status);

/* Makes rooms as they are wished for, the new and the changed. */
struct room_wish {
    struct command command;
    char settings[ROOM_SETTINGS_SIZE];
};

/*
 * "topic", "settings" and "passphrase" of the call's body, as far as they are
 * there, for the wish's command, whose secret is "" if it shall have none any
 * more. True; else the call has ended, refused.
 */
bool room_take_wish(struct call *call, struct room_wish *wish);

/*
 * Runs `ask` with the secret of the body's passphrase: at once with NULL or ""
 * if there is none to be made.
 */
void room_with_secret(struct call *call, call_secret_fn *ask);

/* "epoch.seq" of the log `front` follows. */
enum { CURSOR_SIZE = 64 };
void cursor_print(const struct front *front, int64_t seq,
                  char out[CURSOR_SIZE]);

/*
 * The rest is CHAT_OK with the position, or CHAT_CURSOR_UNKNOWN: malformed or
 * of another log. CHAT_UNAVAILABLE: no log is known yet.
 */
enum chat_result cursor_parse(const struct front *front, const char *cursor,
                              int64_t *seq_out);

/*
 * `limit=` of a query, cut to 1...HISTORY_LIMIT_MAX; 50 if there is none.
 * CHAT_OK or CHAT_BAD_REQUEST: no number.
 */
enum chat_result query_limit(const char *query, int64_t *limit_out);

/*
 * A reply whose body is `json` (taken; NULL is fine and gives NULL).
 * `extra_headers` as in struct reply_parts.
 */
struct bytes *reply_json(int status, json_t *json, const char *extra_headers);

#endif
