/* Health, for supervisors and load balancers. */
#include <jansson.h>

#include "common/version.h"
#include "fcgi/front.h"
#include "fcgi/routes.h"

void health_live(struct call *call)
{
    json_t *body =
        json_pack("{s:s, s:s}", "status", "live", "version", AJAXCHAT_VERSION);

    call_answer(call, reply_json(200, body, NULL), 0);
}

static void answer_ready(struct call *call, const struct backend_result *result)
{
    (void)result; /* an unavailable store has ended the call already */
    call_answer(
        call, reply_json(200, json_pack("{s:s}", "status", "ready"), NULL), 0);
}

void health_ready(struct call *call)
{
    if (backend_epoch(call->front->backend)[0] == '\0' ||
        !backend_is_up(call->front->backend)) {
        call_refuse(call, CHAT_UNAVAILABLE, "the broker is not reachable");
        return;
    }
    call_ask(call, &(struct command){.type = COMMAND_HEALTH}, answer_ready);
}
