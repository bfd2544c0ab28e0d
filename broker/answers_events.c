/*
 * The answer to who has been away for longer than a front end remembers: all
 * that happened in their rooms since then, and in the place of what has been
 * purged meanwhile, one gap for each room that has lost something of theirs.
 */
#include "broker/answers_internal.h"

#include "common/protocol.h"

enum { ROOMS_MAX = 200 }; /* of one person: the setting's largest */

/* Where `person` is in each of their rooms, having read to `after_seq`. */
static size_t positions(const struct person *person, int64_t after_seq,
                        struct room_position *out)
{
    size_t count = 0;

    for (const struct member *member = person->members;
         member != NULL && count < ROOMS_MAX; member = member->next) {
        int64_t before_joining_seq = member->joined_seq - 1;
        out[count++] = (struct room_position){
            .rid = member->room->rid,
            .after_seq =
                after_seq > before_joining_seq ? after_seq : before_joining_seq,
        };
    }
    return count;
}

/* ---- gaps ---- */

/* Some rooms, of which events up to `purged_seq` are gone. */
struct gaps {
    const struct room *rooms[ROOMS_MAX];
    size_t count;
};

static void find_gaps(const struct state *state,
                      const struct room_position *positions_read,
                      size_t room_count, struct gaps *gaps)
{
    gaps->count = 0;
    for (size_t i = 0; i < room_count; i++) {
        const struct room *room = state_room(state, positions_read[i].rid);
        if (positions_read[i].after_seq < room->purged_seq)
            gaps->rooms[gaps->count++] = room;
    }
}

static bool take_n(void *context, const struct event *event)
{
    int64_t *n = context;

    *n = event->n;
    return false;
}

/* The n of the last event that is gone: the next one's is one more. */
static enum chat_result find_last_n(struct store *store,
                                    const struct room *room, int64_t *n_out)
{
    const struct history_query query = {
        .rid = room->rid,
        .anchor = HISTORY_AFTER,
        .seq = room->purged_seq,
        .limit = 1,
        .bytes_max = HISTORY_BYTES_MAX,
    };
    bool more;
    int64_t next_n = room->n + 1;
    enum chat_result result =
        store_history(store, &query, take_n, &next_n, &more);

    if (result == CHAT_OK)
        *n_out = next_n - 1;
    return result;
}

/* Puts `gap`, whose position is `seq`, into `events` at its place. */
static void insert_gap(json_t *events, int64_t seq, json_t *gap)
{
    size_t place = json_array_size(events);

    while (place > 0 && json_integer_value(json_object_get(
                            json_array_get(events, place - 1), "seq")) > seq)
        place--;
    (void)json_array_insert_new(events, place, gap);
}

/* Those up to `last_seq`, where the page ends. */
static enum chat_result give_gaps(struct answer *answer,
                                  const struct gaps *gaps, int64_t last_seq,
                                  json_t *events)
{
    struct store *store = replica_store(answer->replica);
    enum chat_result result = CHAT_OK;

    for (size_t i = 0; i < gaps->count && result == CHAT_OK; i++) {
        const struct room *room = gaps->rooms[i];
        int64_t n = 0;
        if (room->purged_seq > last_seq)
            continue;
        result = find_last_n(store, room, &n);
        if (result == CHAT_OK)
            insert_gap(events, room->purged_seq,
                       gap_encode(room->name, room->purged_seq, n));
    }
    return result;
}

/* ---- events ---- */

enum chat_result answer_events(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    const struct command *command = answer->command;
    const struct session *session = state_session(state, answer->outcome->sid);
    struct room_position rooms[ROOMS_MAX];
    struct collection collection = {.bytes_max = HISTORY_BYTES_MAX};
    struct gaps gaps;
    bool more = false;

    if (session == NULL)
        return CHAT_SESSION_REQUIRED;
    size_t room_count = positions(session->person, command->seq, rooms);
    find_gaps(state, rooms, room_count, &gaps);
    int64_t limit = command->limit - (int64_t)gaps.count;
    collection.events = json_array();
    enum chat_result result = store_rooms_after(
        replica_store(answer->replica), rooms, room_count,
        limit > 1 ? (int)limit : 1, answer_collect, &collection, &more);
    int64_t next_seq = more ? collection.last_seq : state_head_seq(state);
    if (result == CHAT_OK)
        result = give_gaps(answer, &gaps, next_seq, collection.events);
    json_object_set_new(answer->json, "next", json_integer(next_seq));
    return answer_give_events(answer, &collection, more, result);
}
