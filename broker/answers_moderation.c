/* Answers about mutes and bans. */
#include "broker/answers_internal.h"

#include "common/clock.h"

/* Bans of one answer; each takes at most the rest as JSON. */
#define BANS_LISTED_MAX 200
#define BAN_JSON_BYTES 128

/* For ever is what has no end. */
static json_t *encode_until(int64_t until_ms)
{
    return until_ms == INT64_MAX ? NULL : json_integer(until_ms);
}

/* {"nick","until"?}: who is muted, and how long. */
enum chat_result answer_mute(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    const struct room *room = state_room(state, answer->outcome->rid);
    const struct person *person = state_person(state, answer->outcome->pid);

    if (room == NULL || person == NULL) /* ended later in the same batch */
        return CHAT_NOT_FOUND;
    int64_t until_ms = state_muted_until_ms(person, room);
    json_object_set_new(answer->json, "mute",
                        json_pack("{s:s, s:o*}", "nick", person->nick, "until",
                                  encode_until(until_ms)));
    return CHAT_OK;
}

/* ---- bans ---- */

struct ban_list {
    json_t *bans;
    size_t bytes; /* as JSON, at most */
};

/* {"id","nick","at","until"?,"reason"?,"by"?} */
static void collect_ban(void *context, const struct stored_ban *ban)
{
    struct ban_list *list = context;

    json_array_append_new(list->bans,
                          json_pack("{s:I, s:s*, s:I, s:o*, s:s*, s:s*}", "id",
                                    (json_int_t)ban->seq, "nick", ban->nick,
                                    "at", (json_int_t)ban->at_ms, "until",
                                    encode_until(ban->until_ms), "reason",
                                    ban->text, "by", ban->by));
    list->bytes += BAN_JSON_BYTES + answer_line_bytes(ban->nick) +
                   answer_line_bytes(ban->text) + answer_line_bytes(ban->by);
}

/* Bans of the command's room from `first_seq` on, in `list`. */
static enum chat_result list_bans(struct answer *answer, int64_t first_seq,
                                  int limit, struct ban_list *list)
{
    const struct ban_query query = {
        .rid = answer->outcome->rid,
        .first_seq = first_seq,
        .wall_ms = clock_wall_ms(),
        .limit = limit,
    };

    *list = (struct ban_list){.bans = json_array()};
    enum chat_result result =
        store_bans(replica_store(answer->replica), &query, collect_ban, list);
    answer_spend(answer->budget, list->bytes);
    return result;
}

/* The one that was made, or was there. */
enum chat_result answer_ban(struct answer *answer)
{
    struct ban_list list;
    enum chat_result result = list_bans(answer, answer->outcome->seq, 1, &list);

    json_object_set(answer->json, "ban", json_array_get(list.bans, 0));
    json_decref(list.bans);
    return result;
}

enum chat_result answer_bans(struct answer *answer)
{
    struct ban_list list;
    enum chat_result result =
        list_bans(answer, answer->command->seq + 1, BANS_LISTED_MAX + 1, &list);
    bool more = json_array_size(list.bans) > BANS_LISTED_MAX;

    if (more)
        json_array_remove(list.bans, BANS_LISTED_MAX);
    json_object_set_new(answer->json, "bans", list.bans);
    json_object_set_new(answer->json, "more", json_boolean(more));
    return result;
}
