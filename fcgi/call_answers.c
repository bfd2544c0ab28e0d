#include "fcgi/call_answers.h"

#include "fcgi/reply.h"
#include "fcgi/routes.h"

/* Whether it was done; else the call has been refused. */
static bool is_done(struct call *call, const struct backend_result *result)
{
    if (result->result == CHAT_OK || result->result == CHAT_REPEAT)
        return true;
    call_refuse(call, result->result, NULL);
    return false;
}

void call_answer_field(struct call *call, const struct backend_result *result,
                       int status, const char *field)
{
    json_t *body = json_object_get(result->json, field);

    if (is_done(call, result))
        call_answer(call, reply_json(status, json_incref(body), NULL),
                    result->head_seq);
}

void call_answer_fields(struct call *call, const struct backend_result *result,
                        int status, const char *const *names)
{
    if (!is_done(call, result))
        return;
    json_t *body = json_object();
    for (; *names != NULL; names++)
        (void)json_object_set(body, *names,
                              json_object_get(result->json, *names));
    call_answer(call, reply_json(status, body, NULL), result->head_seq);
}
