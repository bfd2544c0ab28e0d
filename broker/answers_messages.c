/* Answers about what was said. */
#include "broker/answers_internal.h"

#include "common/clock.h"
#include "common/protocol.h"

/*
 * Former texts of one message, by estimate: the newest are left out beyond it.
 * More than enough for any that are not all control characters.
 */
#define EDITS_BYTES_MAX (1024 * 1024)

enum chat_result answer_post(struct answer *answer)
{
    const struct outcome *outcome = answer->outcome;

    if (outcome->n == 0) { /* it waits for a moderator */
        json_object_set_new(answer->json, "held", json_integer(outcome->seq));
        return CHAT_OK;
    }
    json_object_set_new(answer->json, "posted", json_integer(outcome->seq));
    json_object_set_new(answer->json, "n", json_integer(outcome->n));
    json_object_set_new(answer->json, "at", json_integer(outcome->at_ms));
    json_object_set_new(answer->json, "id", json_string(answer->command->id));
    return CHAT_OK;
}

bool answer_collect(void *context, const struct event *event)
{
    struct collection *collection = context;
    size_t bytes = event_json_bytes_max(event);

    if (json_array_size(collection->events) > 0 &&
        collection->bytes + bytes > collection->bytes_max)
        return false;
    if (json_array_append_new(collection->events, event_encode(event, false)) !=
        0)
        return false;
    collection->bytes += bytes;
    collection->last_seq = event->seq;
    return true;
}

enum chat_result answer_event(struct answer *answer)
{
    struct collection collection = {
        .events = json_array(), .bytes_max = SIZE_MAX, /* there is one */
    };
    enum chat_result result =
        store_event(replica_store(answer->replica), answer->outcome->rid,
                    answer->outcome->seq, answer_collect, &collection);

    if (result == CHAT_OK)
        result = answer_add_reactions(answer, answer->outcome->rid,
                                      collection.events);
    answer_spend(answer->budget, collection.bytes);
    json_object_set(answer->json, "event",
                    json_array_get(collection.events, 0));
    json_decref(collection.events);
    return result;
}

enum chat_result answer_give_events(struct answer *answer,
                                    struct collection *collection, bool more,
                                    enum chat_result result)
{
    answer_spend(answer->budget, collection->bytes);
    json_object_set_new(answer->json, "events", collection->events);
    json_object_set_new(answer->json, "more", json_boolean(more));
    return result;
}

/* What a message said first, and what each edit made of it. */
enum chat_result answer_edits(struct answer *answer)
{
    struct collection collection = {
        .events = json_array(),
        .bytes_max = EDITS_BYTES_MAX,
    };
    enum chat_result result = store_edits(
        replica_store(answer->replica), answer->outcome->rid,
        answer->outcome->seq, MESSAGE_EDITS_MAX, answer_collect, &collection);

    answer_spend(answer->budget, collection.bytes);
    json_object_set_new(answer->json, "events", collection.events);
    return result;
}

/* Where a page is: as the command says, at what became of its number. */
struct anchor {
    enum history_anchor kind;
    int64_t seq;
};

static enum chat_result give_history(struct answer *answer,
                                     struct anchor anchor)
{
    const struct command *command = answer->command;
    struct collection collection = {
        .events = json_array(),
        .bytes_max = SIZE_MAX, /* the query has its bound */
    };
    bool more = false;
    const struct history_query query = {
        .rid = answer->outcome->rid,
        .anchor = anchor.kind,
        .seq = anchor.seq,
        .limit = (int)command->limit,
        .types = command->types,
        .bytes_max = HISTORY_BYTES_MAX,
    };
    enum chat_result result =
        store_history(replica_store(answer->replica), &query, answer_collect,
                      &collection, &more);
    if (result == CHAT_OK)
        result = answer_add_reactions(answer, query.rid, collection.events);

    return answer_give_events(answer, &collection, more, result);
}

enum chat_result answer_history(struct answer *answer)
{
    const struct command *command = answer->command;
    struct anchor anchor = {.kind = command->anchor, .seq = command->seq};

    if (command->anchor == HISTORY_AT) {
        enum chat_result result = store_seq_at(replica_store(answer->replica),
                                               command->seq, &anchor.seq);
        if (result != CHAT_OK)
            return result;
        anchor.kind = HISTORY_AFTER;
        anchor.seq--;
    }
    return give_history(answer, anchor);
}

/* The place in the log of what a page is asked for by its place in the room. */
static enum chat_result find_place(const struct answer *answer,
                                   const struct room *room, int64_t *seq_out)
{
    const struct command *command = answer->command;
    bool is_before_all = command->anchor == HISTORY_AFTER && command->seq == 0;

    *seq_out = 0;
    if (command->anchor == HISTORY_NEWEST || is_before_all)
        return CHAT_OK;
    if (command->anchor == HISTORY_BEFORE && command->seq > room->n) {
        *seq_out = INT64_MAX;
        return CHAT_OK;
    }
    return store_seq_of(replica_store(answer->replica), room->rid, command->seq,
                        seq_out);
}

enum chat_result answer_page(struct answer *answer)
{
    const struct room *room =
        state_room(replica_state(answer->replica), answer->outcome->rid);
    int64_t seq;

    if (room == NULL) /* deleted later in the same batch */
        return CHAT_NO_ROOM;
    enum chat_result result = find_place(answer, room, &seq);
    if (result != CHAT_OK)
        return result;
    json_object_set_new(answer->json, "room",
                        room_encode(&(struct room_view){
                            .room = room->name,
                            .topic = room->topic,
                            .n = room->n,
                            .rid = room->rid,
                            .settings = &room->settings,
                            .member_count = (int64_t)room->here_count,
                            .members = json_array(),
                        }));
    return give_history(
        answer, (struct anchor){.kind = answer->command->anchor, .seq = seq});
}

/* ---- searching ---- */

/* The rooms to search: the one that was named, or all that they are in. */
static size_t rooms_to_search(const struct answer *answer,
                              const struct person *person,
                              int64_t rids_out[SEARCH_ROOMS_MAX])
{
    size_t count = 0;

    if (answer->outcome->rid != 0) {
        rids_out[0] = answer->outcome->rid;
        return 1;
    }
    for (const struct member *member = person->members;
         member != NULL && count < SEARCH_ROOMS_MAX; member = member->next)
        rids_out[count++] = member->room->rid;
    return count;
}

enum chat_result answer_search(struct answer *answer)
{
    const struct command *command = answer->command;
    const struct session *session =
        state_session(replica_state(answer->replica), answer->outcome->sid);
    int64_t rids[SEARCH_ROOMS_MAX];
    int64_t begin_ms = clock_mono_ms();
    struct collection collection = {.bytes_max = HISTORY_BYTES_MAX};
    bool more = false;

    if (session == NULL) /* ended later in the same batch */
        return CHAT_SESSION_REQUIRED;
    if (answer->budget->searched_ms >= SEARCH_TIME_MS)
        return CHAT_AGAIN;
    collection.events = json_array();
    const struct search_query query = {
        .text = command->text,
        .rids = rids,
        .rid_count = rooms_to_search(answer, session->person, rids),
        .before_seq = command->seq != 0 ? command->seq : INT64_MAX,
        .limit = (int)command->limit,
        .bytes_max = HISTORY_BYTES_MAX,
        .time_max_ms = SEARCH_TIME_MS - answer->budget->searched_ms,
    };
    enum chat_result result =
        store_search(replica_store(answer->replica), &query, answer_collect,
                     &collection, &more);

    answer->budget->searched_ms += clock_mono_ms() - begin_ms;
    return answer_give_events(answer, &collection, more, result);
}
