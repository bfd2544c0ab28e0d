/* Answers about what moderators look through. */
#include "broker/answers_internal.h"

#include <string.h>

#include "common/protocol.h"

/* ---- undo ---- */

/* How many it has deleted, and where to go on if there may be more. */
enum chat_result answer_undo(struct answer *answer)
{
    const struct outcome *outcome = answer->outcome;

    json_object_set_new(answer->json, "deleted", json_integer(outcome->count));
    if (outcome->seq != 0)
        json_object_set_new(answer->json, "before", json_integer(outcome->seq));
    json_object_set_new(answer->json, "more", json_boolean(outcome->seq != 0));
    return CHAT_OK;
}

/* By what it is known to those who decide on it. */
enum chat_result answer_report(struct answer *answer)
{
    json_object_set_new(answer->json, "id", json_integer(answer->outcome->seq));
    return CHAT_OK;
}

/* ---- events ---- */

/* Events being collected; the first is always taken. */
struct event_list {
    json_t *events;
    size_t bytes; /* as JSON, at most */
    bool is_cut;  /* at HISTORY_BYTES_MAX */
};

static bool collect(void *context, const struct event *event)
{
    struct event_list *list = context;
    size_t bytes = event_json_bytes_max(event);

    list->is_cut = list->bytes > 0 && list->bytes + bytes > HISTORY_BYTES_MAX;
    if (list->is_cut)
        return false;
    list->bytes += bytes;
    return json_array_append_new(list->events, event_encode(event, false)) == 0;
}

/* ---- what waits to be decided on ---- */

/* A report gets the message as it is now, unless that is purged. */
static void add_message(const struct answer *answer, json_t *report,
                        size_t *bytes)
{
    struct event_list found = {.events = json_array()};
    int64_t target = json_integer_value(json_object_get(report, "target"));

    if (store_event(replica_store(answer->replica), answer->outcome->rid,
                    target, collect, &found) == CHAT_OK)
        json_object_set(report, "message", json_array_get(found.events, 0));
    *bytes += found.bytes;
    json_decref(found.events);
}

static bool is_held(const json_t *event)
{
    const char *type = json_string_value(json_object_get(event, "type"));

    return type != NULL && strcmp(type, event_type_word(EVENT_HELD)) == 0;
}

/* "held" and "reports", the oldest first; `more`: there are others. */
enum chat_result answer_pending(struct answer *answer)
{
    struct event_list list = {.events = json_array()};
    json_t *held = json_array(), *reports = json_array(), *event;
    size_t index, message_bytes = 0;
    enum chat_result result =
        store_pending(replica_store(answer->replica), answer->outcome->rid,
                      PENDING_MAX, collect, &list);

    json_array_foreach (list.events, index, event) {
        if (message_bytes > HISTORY_BYTES_MAX)
            break;
        if (!is_held(event))
            add_message(answer, event, &message_bytes);
        json_array_append(is_held(event) ? held : reports, event);
    }
    list.is_cut = list.is_cut || index < json_array_size(list.events);
    answer_spend(answer->budget, list.bytes + message_bytes);
    json_object_set_new(answer->json, "held", held);
    json_object_set_new(answer->json, "reports", reports);
    json_object_set_new(answer->json, "more", json_boolean(list.is_cut));
    json_decref(list.events);
    return result;
}

/* ---- what was done ---- */

#define ONE(type) (UINT64_C(1) << EVENT_##type)

/* All that takes more than being a member; deleting, also of one's own. */
static const uint64_t done_in_room =
    ONE(DELETE) | ONE(TOPIC) | ONE(SETTINGS) | ONE(RENAME) | ONE(INVITE) |
    ONE(RANK) | ONE(KICK) | ONE(MUTE) | ONE(UNMUTE) | ONE(BAN) | ONE(UNBAN) |
    ONE(REPORT) | ONE(REPORT_END) | ONE(HELD_END) | ONE(HOOK_NEW) |
    ONE(HOOK_END) | ONE(PURGE);
static const uint64_t done_in_server = ONE(SERVER_BAN) | ONE(SERVER_UNBAN) |
                                       ONE(PERSON_NEW) | ONE(PERSON_SET) |
                                       ONE(PERSON_END);

static json_t *newest_first(const json_t *events)
{
    json_t *turned = json_array();

    for (size_t i = json_array_size(events); i > 0; i--)
        json_array_append(turned, json_array_get(events, i - 1));
    return turned;
}

enum chat_result answer_audit(struct answer *answer)
{
    const struct command *command = answer->command;
    struct event_list list = {.events = json_array()};
    bool more = false;
    const struct history_query query = {
        .rid = answer->outcome->rid,
        .anchor = HISTORY_BEFORE,
        .seq = command->seq != 0 ? command->seq : INT64_MAX,
        .limit = (int)command->limit,
        .types = answer->outcome->rid != 0 ? done_in_room : done_in_server,
        .unshown = true,
        .bytes_max = HISTORY_BYTES_MAX / 8, /* reasons, as long as escaped */
    };
    enum chat_result result = store_history(replica_store(answer->replica),
                                            &query, collect, &list, &more);

    answer_spend(answer->budget, list.bytes);
    json_object_set_new(answer->json, "events", newest_first(list.events));
    json_object_set_new(answer->json, "more", json_boolean(more));
    json_decref(list.events);
    return result;
}
