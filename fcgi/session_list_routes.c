/* One's own sessions: which there are, ending them, the page's goodbye. */
#include "fcgi/front.h"
#include "fcgi/reply.h"
#include "fcgi/routes.h"

static void answer_list(struct call *call, const struct backend_result *result)
{
    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    call_answer(call,
                reply_json(200,
                           json_pack("{s:O}", "sessions",
                                     json_object_get(result->json, "sessions")),
                           NULL),
                result->head_seq);
}

void sessions_list(struct call *call)
{
    call_ask(call,
             &(struct command){.type = COMMAND_SESSIONS, .sid = call->sid},
             answer_list);
}

void session_answer_ended(struct call *call,
                          const struct backend_result *result)
{
    bool is_own = call->seq == 0 || call->seq == call->sid;

    if (result->result != CHAT_OK) {
        call_refuse(call, result->result, NULL);
        return;
    }
    call_answer(call,
                reply_new(&(struct reply_parts){.status = 204,
                                                .extra_headers =
                                                    is_own && !call->by_bearer
                                                        ? SESSION_COOKIE_CLEAR
                                                        : NULL}),
                result->head_seq);
}

void sessions_end_all(struct call *call)
{
    call_ask(
        call,
        &(struct command){.type = COMMAND_SESSION_REVOKE, .sid = call->sid},
        session_answer_ended);
}

void sessions_end_one(struct call *call)
{
    if (call->seq == 0) { /* which would be all of them */
        call_refuse(call, CHAT_NOT_FOUND, NULL);
        return;
    }
    call_ask(call,
             &(struct command){.type = COMMAND_SESSION_REVOKE,
                               .sid = call->sid,
                               .target = call->seq},
             session_answer_ended);
}

/* What the page sends when it is closed; nobody reads the answer. */
void session_bye(struct call *call)
{
    call_ask(call, &(struct command){.type = COMMAND_BYE, .sid = call->sid},
             call_answer_done);
}
