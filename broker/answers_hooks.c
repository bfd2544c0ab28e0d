/* Answers about hooks and bots. */
#include "broker/answers_internal.h"

#include <utlist.h>

/* A hook in the list takes less than this as JSON, beside its texts. */
enum { HOOK_LINE_BYTES = 64 };

enum chat_result answer_hook_new(struct answer *answer)
{
    json_object_set_new(answer->json, "hook",
                        json_integer(answer->outcome->seq));
    return CHAT_OK;
}

/* Neither tokens, of which only hashes are known, nor keys are told again. */
enum chat_result answer_hooks(struct answer *answer)
{
    const struct room *room =
        state_room(replica_state(answer->replica), answer->outcome->rid);
    json_t *hooks = json_array();
    const struct hook *hook;

    if (room != NULL)
        DL_FOREACH (room->hooks, hook) {
            answer_spend(answer->budget, HOOK_LINE_BYTES +
                                             answer_line_bytes(hook->name) +
                                             answer_text_bytes(hook->url));
            json_array_append_new(hooks,
                                  json_pack("{s:I, s:s, s:s*}", "id",
                                            (json_int_t)hook->seq, "name",
                                            hook->name, "url", hook->url));
        }
    json_object_set_new(answer->json, "hooks", hooks);
    return CHAT_OK;
}

enum chat_result answer_bot(struct answer *answer)
{
    const struct person *bot =
        state_person(replica_state(answer->replica), answer->outcome->pid);

    if (bot == NULL) /* ended later in the same batch */
        return CHAT_NOT_FOUND;
    json_object_set_new(answer->json, "nick", json_string(bot->nick));
    json_object_set_new(answer->json, "role",
                        json_string(role_word(bot->role)));
    return CHAT_OK;
}
