#include "broker/answers.h"

#include <assert.h>
#include <string.h>

#include "common/clock.h"
#include "common/protocol.h"

/* What JSON takes beside the texts: fields' names, punctuation, numbers. */
#define EVENT_JSON_BYTES 500
#define MEMBER_JSON_BYTES 64
#define ROOM_JSON_BYTES 600 /* its settings too */
#define ROOM_LINE_JSON_BYTES 64

/* What one answer gives at most, by estimate; each is cut in its own way. */
#define SNAPSHOT_BYTES_MAX (1792 * 1024) /* fewer people are listed */
#define ROOMS_BYTES_MAX (1024 * 1024)    /* fewer rooms are */

static size_t text_bytes(const char *text)
{
    return text != NULL ? strlen(text) : 0;
}

/* As JSON, at most: a control character becomes six bytes (\u0001). */
static size_t escaped_bytes(const char *text)
{
    return 6 * text_bytes(text);
}

/* The same for nicks and topics, which have none: a quote becomes two. */
static size_t line_bytes(const char *line)
{
    return 2 * text_bytes(line);
}

size_t event_json_bytes_max(const struct event *event)
{
    return EVENT_JSON_BYTES + text_bytes(event->room) +
           escaped_bytes(event->text) + line_bytes(event->from) +
           line_bytes(event->to);
}

static size_t room_bytes(const struct room *room)
{
    return ROOM_JSON_BYTES + text_bytes(room->name) + line_bytes(room->topic);
}

static void spend(struct answer_budget *budget, size_t bytes)
{
    budget->bytes_left -=
        bytes < budget->bytes_left ? bytes : budget->bytes_left;
}

/* One answer being written. */
struct answer {
    struct replica *replica;
    const struct command *command;
    const struct outcome *outcome;
    struct answer_budget *budget;
    json_t *json;
};

/* ---- rooms and sessions ---- */

static json_t *encode_members(const struct room *room, size_t count_max,
                              struct answer_budget *budget)
{
    json_t *members = json_array();

    for (const struct member *member = room->here;
         member != NULL && count_max > 0; member = member->here_next) {
        const struct person *person = member->person;
        size_t bytes = MEMBER_JSON_BYTES + line_bytes(person->nick);
        if (bytes > budget->bytes_left)
            break;
        spend(budget, bytes);
        json_array_append_new(
            members, member_encode(person->nick, person->role, member->rank));
        count_max--;
    }
    return members;
}

/* Of a direct room: the nick of the other one; NULL while they are out of it.
 */
static const char *other_nick(const struct member *member)
{
    const struct member *other = member->room->members;

    while (other != NULL && (other == member || other->joined_seq == 0))
        other = other->room_next;
    return other != NULL ? other->person->nick : NULL;
}

/* Spends for the people in it alone. */
static json_t *encode_room(const struct answer *answer,
                           const struct member *member,
                           struct answer_budget *budget)
{
    const struct room *room = member->room;

    return room_encode(&(struct room_view){
        .room = room->name,
        .topic = room->topic,
        .n = room->n,
        .rid = room->rid,
        .joined_seq = member->joined_seq,
        .settings = &room->settings,
        .with =
            room->settings.access == ROOM_DIRECT ? other_nick(member) : NULL,
        .rank = member->rank,
        .read_seq = member->read_seq,
        .member_count = (int64_t)room->here_count,
        .members = encode_members(
            room, state_listed_members_max(replica_state(answer->replica)),
            budget),
    });
}

static enum chat_result answer_session(struct answer *answer)
{
    struct answer_budget snapshot = {.bytes_left = SNAPSHOT_BYTES_MAX};
    const struct session *session =
        state_session(replica_state(answer->replica), answer->outcome->sid);

    if (session == NULL) /* ended later in the same batch */
        return CHAT_SESSION_REQUIRED;
    const struct person *person = session->person;
    /* All rooms are given; what they leave is for the people in them. */
    for (const struct member *member = person->members; member != NULL;
         member = member->next)
        spend(&snapshot, room_bytes(member->room));
    json_t *rooms = json_array();
    for (const struct member *member = person->members; member != NULL;
         member = member->next)
        json_array_append_new(rooms, encode_room(answer, member, &snapshot));
    spend(answer->budget, SNAPSHOT_BYTES_MAX - snapshot.bytes_left);
    json_object_set_new(answer->json, "session",
                        session_encode(&(struct session_view){
                            .sid = session->sid,
                            .pid = person->pid,
                            .nick = person->nick,
                            .role = person->role,
                            .kind = person->kind,
                            .rooms = rooms,
                        }));
    return CHAT_OK;
}

static enum chat_result answer_room(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    struct answer_budget snapshot = {.bytes_left = SNAPSHOT_BYTES_MAX};
    const struct session *session = state_session(state, answer->outcome->sid);
    const struct room *room = state_room(state, answer->outcome->rid);
    const struct member *member = session != NULL && room != NULL
                                      ? state_member(session->person, room)
                                      : NULL;

    if (member == NULL) /* left, or ended, later in the same batch */
        return session != NULL ? CHAT_NOT_MEMBER : CHAT_SESSION_REQUIRED;
    spend(&snapshot, room_bytes(room));
    json_object_set_new(answer->json, "room",
                        encode_room(answer, member, &snapshot));
    spend(answer->budget, SNAPSHOT_BYTES_MAX - snapshot.bytes_left);
    return CHAT_OK;
}

static bool is_listed(const struct session *session, const struct room *room)
{
    return room->settings.access == ROOM_PUBLIC ||
           (room->settings.access == ROOM_PRIVATE && session != NULL &&
            state_may_know(session->person, room));
}

static enum chat_result answer_rooms(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    struct answer_budget list = {.bytes_left = ROOMS_BYTES_MAX};
    const struct session *session = state_session(state, answer->outcome->sid);
    const struct room *room = state_rooms(state);
    json_t *rooms = json_array();

    for (; room != NULL && list.bytes_left > 0; room = room->by_rid.next) {
        if (!is_listed(session, room))
            continue;
        spend(&list, ROOM_LINE_JSON_BYTES + text_bytes(room->name) +
                         line_bytes(room->topic));
        json_array_append_new(rooms,
                              room_line_encode(room->name, room->topic,
                                               (int64_t)room->here_count));
    }
    spend(answer->budget, ROOMS_BYTES_MAX - list.bytes_left);
    json_object_set_new(answer->json, "rooms", rooms);
    json_object_set_new(answer->json, "more", json_boolean(room != NULL));
    return CHAT_OK;
}

/* ---- messages ---- */

static enum chat_result answer_post(struct answer *answer)
{
    const struct outcome *outcome = answer->outcome;

    json_object_set_new(answer->json, "posted", json_integer(outcome->seq));
    json_object_set_new(answer->json, "n", json_integer(outcome->n));
    json_object_set_new(answer->json, "at", json_integer(outcome->at_ms));
    json_object_set_new(answer->json, "id", json_string(answer->command->id));
    return CHAT_OK;
}

/* Events being collected for a reader. */
struct collection {
    json_t *events;
    size_t bytes; /* as JSON, at most */
    size_t bytes_max;
    int64_t last_seq;
};

static bool collect_event(void *context, const struct event *event)
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

static enum chat_result give_events(struct answer *answer,
                                    struct collection *collection, bool more,
                                    enum chat_result result)
{
    spend(answer->budget, collection->bytes);
    json_object_set_new(answer->json, "events", collection->events);
    json_object_set_new(answer->json, "more", json_boolean(more));
    return result;
}

static enum chat_result answer_history(struct answer *answer)
{
    const struct command *command = answer->command;
    struct collection collection = {
        .events = json_array(),
        .bytes_max = SIZE_MAX, /* the query has its bound */
    };
    bool more = false;
    const struct history_query query = {
        .rid = answer->outcome->rid,
        .anchor = command->anchor,
        .seq = command->seq,
        .limit = (int)command->limit,
        .types = command->types,
        .bytes_max = HISTORY_BYTES_MAX,
    };
    enum chat_result result =
        store_history(replica_store(answer->replica), &query, collect_event,
                      &collection, &more);

    return give_events(answer, &collection, more, result);
}

/* Where `person` is in each of their rooms, having read to `after_seq`. */
static size_t positions(const struct person *person, int64_t after_seq,
                        struct room_position *out, size_t count_max)
{
    size_t count = 0;

    for (const struct member *member = person->members;
         member != NULL && count < count_max; member = member->next) {
        int64_t before_joining_seq = member->joined_seq - 1;
        out[count++] = (struct room_position){
            .rid = member->room->rid,
            .after_seq =
                after_seq > before_joining_seq ? after_seq : before_joining_seq,
        };
    }
    return count;
}

static enum chat_result answer_events(struct answer *answer)
{
    enum { ROOMS_MAX = 200 }; /* of one person: the setting's largest */
    const struct state *state = replica_state(answer->replica);
    const struct command *command = answer->command;
    const struct session *session = state_session(state, answer->outcome->sid);
    struct room_position rooms[ROOMS_MAX];
    struct collection collection = {.bytes_max = HISTORY_BYTES_MAX};
    bool more = false;

    if (session == NULL)
        return CHAT_SESSION_REQUIRED;
    collection.events = json_array();
    enum chat_result result = store_rooms_after(
        replica_store(answer->replica), rooms,
        positions(session->person, command->seq, rooms, ROOMS_MAX),
        (int)command->limit, collect_event, &collection, &more);
    json_object_set_new(
        answer->json, "next",
        json_integer(more ? collection.last_seq : state_head_seq(state)));
    return give_events(answer, &collection, more, result);
}

static enum chat_result answer_health(struct answer *answer)
{
    enum chat_result result = replica_health(answer->replica, clock_mono_ms());

    if (result != CHAT_OK)
        json_object_set_new(answer->json, "detail",
                            json_string("the store takes no writes"));
    return result;
}

/* ---- the table ---- */

/* What each command gives besides its result; NULL: nothing. */
static enum chat_result (*const givers[COMMAND_TYPE_COUNT])(struct answer *) = {
    [COMMAND_SESSION_NEW] = answer_session,
    [COMMAND_SESSION_GET] = answer_session,
    [COMMAND_ROOMS] = answer_rooms,
    [COMMAND_ROOM_NEW] = answer_room,
    [COMMAND_JOIN] = answer_room,
    [COMMAND_POST] = answer_post,
    [COMMAND_HISTORY] = answer_history,
    [COMMAND_EVENTS] = answer_events,
    [COMMAND_HEALTH] = answer_health,
};

static json_t *encode_result(const struct answer *answer,
                             enum chat_result result)
{
    const struct state *state = replica_state(answer->replica);

    return result_encode(result, state != NULL ? state_head_seq(state) : 0);
}

json_t *answer_encode(struct replica *replica, const struct command *command,
                      const struct outcome *outcome,
                      struct answer_budget *budget)
{
    struct answer answer = {
        .replica = replica,
        .command = command,
        .outcome = outcome,
        .budget = budget,
    };
    bool done = outcome->result == CHAT_OK || outcome->result == CHAT_REPEAT;

    if (!done || givers[command->type] == NULL)
        return encode_result(&answer, outcome->result);
    if (budget->bytes_left == 0)
        return encode_result(&answer, CHAT_AGAIN);
    answer.json = encode_result(&answer, outcome->result);
    if (answer.json == NULL)
        return NULL;
    enum chat_result result = givers[command->type](&answer);
    if (result == CHAT_OK)
        return answer.json;
    json_object_set_new(answer.json, "result",
                        json_string(chat_result_code(result)));
    return answer.json;
}
