/* Answers about sessions, rooms and who is in them. */
#include "broker/answers_internal.h"

#include "common/protocol.h"

/* What JSON takes beside the texts: fields' names, punctuation, numbers. */
#define ROOM_JSON_BYTES 600 /* its settings too */
#define ROOM_LINE_JSON_BYTES 64

/* More invitations than that nobody looks at. */
#define INVITES_LISTED_MAX 100

/* What one answer gives at most, by estimate; each is cut in its own way. */
#define SNAPSHOT_BYTES_MAX (1792 * 1024) /* fewer people are listed */
#define ROOMS_BYTES_MAX (1024 * 1024)    /* fewer rooms are */

static size_t room_bytes(const struct room *room)
{
    return ROOM_JSON_BYTES + answer_text_bytes(room->name) +
           answer_line_bytes(room->topic);
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

/* For accounts alone: of guests it is not kept how far they have read. */
static void count_unread(const struct answer *answer,
                         const struct member *member, struct room_view *view)
{
    struct unread unread;
    int64_t after_seq = member->read_seq > member->joined_seq
                            ? member->read_seq
                            : member->joined_seq;

    if (member->person->kind == PERSON_GUEST ||
        store_unread(replica_store(answer->replica), member->person->pid,
                     member->room->rid, after_seq, &unread) != CHAT_OK)
        return;
    view->counts_unread = true;
    view->unread_count = unread.messages;
    view->mention_count = unread.mentions;
}

/*
 * Who is not in a private room is not told who is. Spends for the people in it
 * alone.
 */
static json_t *encode_room(const struct answer *answer, const struct room *room,
                           const struct person *person,
                           struct answer_budget *budget)
{
    const struct member *member = state_member(person, room);
    size_t listed_max =
        state_listed_members_max(replica_state(answer->replica));
    struct room_view view = {
        .room = room->name,
        .topic = room->topic,
        .n = room->n,
        .rid = room->rid,
        .settings = &room->settings,
        .is_direct = room->settings.access == ROOM_DIRECT,
        .member_count = (int64_t)room->here_count,
    };

    if (member == NULL && room->settings.access != ROOM_PUBLIC)
        listed_max = 0;
    view.members = answer_encode_here(room, listed_max, budget);
    if (state_may_approve(person, room))
        view.waiting_count =
            state_waiting_count(replica_state(answer->replica), room);
    if (member != NULL) {
        view.joined_seq = member->joined_seq;
        view.with = view.is_direct ? other_nick(member) : NULL;
        view.rank = member->rank;
        view.read_seq = member->read_seq;
        count_unread(answer, member, &view);
    }
    return room_encode(&view);
}

/* The names of rooms that they are invited to; NULL: none. */
static json_t *encode_invites(const struct person *person,
                              struct answer_budget *budget)
{
    json_t *invites = NULL;

    for (const struct member *place = person->former;
         place != NULL && json_array_size(invites) < INVITES_LISTED_MAX;
         place = place->next) {
        if (!place->invited)
            continue;
        if (invites == NULL)
            invites = json_array();
        answer_spend(budget, answer_text_bytes(place->room->name) + 3);
        json_array_append_new(invites, json_string(place->room->name));
    }
    return invites;
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
    json_t *invites = encode_invites(person, &snapshot);
    json_t *rooms = json_array();
    for (const struct member *member = person->members; member != NULL;
         member = member->next)
        json_array_append_new(
            rooms, encode_room(answer, member->room, person, &snapshot));
    answer_spend(answer->budget, SNAPSHOT_BYTES_MAX - snapshot.bytes_left);
    json_object_set_new(answer->json, "session",
                        session_encode(&(struct session_view){
                            .sid = session->sid,
                            .pid = person->pid,
                            .nick = person->nick,
                            .role = person->role,
                            .kind = person->kind,
                            .rooms = rooms,
                            .invites = invites,
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
                        encode_room(answer, room, session->person, &snapshot));
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

enum chat_result answer_room_secret(struct answer *answer)
{
    const struct room *room =
        state_room(replica_state(answer->replica), answer->outcome->rid);

    if (room == NULL || room->secret == NULL) /* changed in the same batch */
        return CHAT_NOT_FOUND;
    json_object_set_new(answer->json, "secret", json_string(room->secret));
    return CHAT_OK;
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
