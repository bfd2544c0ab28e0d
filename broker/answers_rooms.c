/* Answers about sessions, rooms and who is in them. */
#include "broker/answers_internal.h"

#include "common/protocol.h"

/* What JSON takes beside the texts: fields' names, punctuation, numbers. */
#define MEMBER_JSON_BYTES 64
#define ROOM_JSON_BYTES 600 /* its settings too */
#define ROOM_LINE_JSON_BYTES 64

/* What one answer gives at most, by estimate; each is cut in its own way. */
#define SNAPSHOT_BYTES_MAX (1792 * 1024) /* fewer people are listed */
#define ROOMS_BYTES_MAX (1024 * 1024)    /* fewer rooms are */

static size_t room_bytes(const struct room *room)
{
    return ROOM_JSON_BYTES + answer_text_bytes(room->name) +
           answer_line_bytes(room->topic);
}

/* ---- rooms and sessions ---- */

static json_t *encode_members(const struct room *room, size_t count_max,
                              struct answer_budget *budget)
{
    json_t *members = json_array();

    for (const struct member *member = room->here;
         member != NULL && count_max > 0; member = member->here_next) {
        const struct person *person = member->person;
        size_t bytes = MEMBER_JSON_BYTES + answer_line_bytes(person->nick);
        if (bytes > budget->bytes_left)
            break;
        answer_spend(budget, bytes);
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

/*
 * `member` is NULL for who is not in the room: of a private one they are not
 * told who is. Spends for the people in it alone.
 */
static json_t *encode_room(const struct answer *answer, const struct room *room,
                           const struct member *member,
                           struct answer_budget *budget)
{
    size_t listed_max =
        state_listed_members_max(replica_state(answer->replica));
    bool is_direct = room->settings.access == ROOM_DIRECT;
    struct room_view view = {
        .room = room->name,
        .topic = room->topic,
        .n = room->n,
        .rid = room->rid,
        .settings = &room->settings,
        .member_count = (int64_t)room->here_count,
    };

    if (member == NULL && room->settings.access != ROOM_PUBLIC)
        listed_max = 0;
    view.members = encode_members(room, listed_max, budget);
    if (member != NULL) {
        view.joined_seq = member->joined_seq;
        view.with = is_direct ? other_nick(member) : NULL;
        view.rank = member->rank;
        view.read_seq = member->read_seq;
    }
    return room_encode(&view);
}

enum chat_result answer_session(struct answer *answer)
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
        answer_spend(&snapshot, room_bytes(member->room));
    json_t *rooms = json_array();
    for (const struct member *member = person->members; member != NULL;
         member = member->next)
        json_array_append_new(
            rooms, encode_room(answer, member->room, member, &snapshot));
    answer_spend(answer->budget, SNAPSHOT_BYTES_MAX - snapshot.bytes_left);
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

enum chat_result answer_room(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    struct answer_budget snapshot = {.bytes_left = SNAPSHOT_BYTES_MAX};
    const struct session *session = state_session(state, answer->outcome->sid);
    const struct room *room = state_room(state, answer->outcome->rid);

    if (session == NULL) /* ended later in the same batch */
        return CHAT_SESSION_REQUIRED;
    if (room == NULL)
        return CHAT_NO_ROOM;
    answer_spend(&snapshot, room_bytes(room));
    json_object_set_new(answer->json, "room",
                        encode_room(answer, room,
                                    state_member(session->person, room),
                                    &snapshot));
    answer_spend(answer->budget, SNAPSHOT_BYTES_MAX - snapshot.bytes_left);
    return CHAT_OK;
}

enum chat_result answer_joined(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    const struct session *session = state_session(state, answer->outcome->sid);
    const struct room *room = state_room(state, answer->outcome->rid);

    if (session != NULL &&
        (room == NULL || state_member(session->person, room) == NULL))
        return CHAT_NOT_MEMBER; /* left later in the same batch */
    return answer_room(answer);
}

static bool is_listed(const struct session *session, const struct room *room)
{
    return room->settings.access == ROOM_PUBLIC ||
           (room->settings.access == ROOM_PRIVATE && session != NULL &&
            state_may_know(session->person, room));
}

enum chat_result answer_rooms(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    struct answer_budget list = {.bytes_left = ROOMS_BYTES_MAX};
    const struct session *session = state_session(state, answer->outcome->sid);
    const struct room *room = state_rooms(state);
    json_t *rooms = json_array();

    for (; room != NULL && list.bytes_left > 0; room = room->by_rid.next) {
        if (!is_listed(session, room))
            continue;
        answer_spend(&list, ROOM_LINE_JSON_BYTES +
                                answer_text_bytes(room->name) +
                                answer_line_bytes(room->topic));
        json_array_append_new(rooms,
                              room_line_encode(room->name, room->topic,
                                               (int64_t)room->here_count));
    }
    answer_spend(answer->budget, ROOMS_BYTES_MAX - list.bytes_left);
    json_object_set_new(answer->json, "rooms", rooms);
    json_object_set_new(answer->json, "more", json_boolean(room != NULL));
    return CHAT_OK;
}
