/* Answers about people: oneself, one's sessions, others. */
#include "broker/answers_internal.h"

#include <utlist.h>

#include "common/clock.h"
#include "common/protocol.h"

/* A session in the list, a room of somebody: less than this as JSON. */
enum { SESSION_LINE_BYTES = 128, NAME_LINE_BYTES = 8 };

static const struct person *person_of(const struct answer *answer)
{
    return state_person(replica_state(answer->replica), answer->outcome->pid);
}

enum chat_result answer_nick(struct answer *answer)
{
    const struct session *session =
        state_session(replica_state(answer->replica), answer->outcome->sid);

    if (session == NULL)
        return CHAT_SESSION_REQUIRED;
    json_object_set_new(answer->json, "nick",
                        json_string(session->person->nick));
    json_object_set_new(answer->json, "role",
                        json_string(role_word(session->person->role)));
    return CHAT_OK;
}

enum chat_result answer_account(struct answer *answer)
{
    const struct person *person = person_of(answer);

    if (person == NULL || person->secret == NULL)
        return CHAT_NOT_FOUND; /* ended later in the same batch */
    json_object_set_new(answer->json, "person", json_integer(person->pid));
    json_object_set_new(answer->json, "secret", json_string(person->secret));
    return CHAT_OK;
}

/* When it was last seen, as far as this start of the broker knows. */
static int64_t seen_at_ms(const struct session *session)
{
    return session->idle_at_ms != 0
               ? session->idle_at_ms
               : clock_wall_ms() - (clock_mono_ms() - session->seen_ms);
}

enum chat_result answer_sessions(struct answer *answer)
{
    const struct person *person = person_of(answer);
    json_t *sessions = json_array();
    const struct session *session;

    if (person != NULL)
        DL_FOREACH (person->sessions, session) {
            answer_spend(answer->budget, SESSION_LINE_BYTES);
            json_array_append_new(
                sessions, json_pack("{s:I, s:I, s:I, s:b}", "id",
                                    (json_int_t)session->sid, "created",
                                    (json_int_t)session->created_at_ms, "seen",
                                    (json_int_t)seen_at_ms(session), "current",
                                    session->sid == answer->outcome->sid));
        }
    json_object_set_new(answer->json, "sessions", sessions);
    return CHAT_OK;
}

enum chat_result answer_blocks(struct answer *answer)
{
    const struct state *state = replica_state(answer->replica);
    const struct person *person = person_of(answer);
    json_t *nicks = json_array();
    const struct block *block;

    if (person != NULL)
        DL_FOREACH (person->blocks, block) {
            const struct person *other = state_person(state, block->to_pid);
            if (other == NULL)
                continue;
            answer_spend(answer->budget,
                         NAME_LINE_BYTES + answer_line_bytes(other->nick));
            json_array_append_new(nicks, json_string(other->nick));
        }
    json_object_set_new(answer->json, "blocks", nicks);
    return CHAT_OK;
}

/* The rooms of `person` that `asker` may know them to be in. */
static json_t *encode_rooms(const struct answer *answer,
                            const struct person *person,
                            const struct person *asker)
{
    json_t *rooms = json_array();
    const struct member *member;

    DL_FOREACH (person->members, member) {
        const struct room *room = member->room;
        bool shared = asker != NULL && state_member(asker, room) != NULL &&
                      room->settings.access != ROOM_DIRECT;
        if (room->settings.access != ROOM_PUBLIC && !shared)
            continue;
        answer_spend(answer->budget,
                     NAME_LINE_BYTES + answer_text_bytes(room->name));
        json_array_append_new(rooms, json_string(room->name));
    }
    return rooms;
}

enum chat_result answer_person(struct answer *answer)
{
    const struct session *session =
        state_session(replica_state(answer->replica), answer->outcome->sid);
    const struct person *person = person_of(answer);

    if (person == NULL)
        return CHAT_NOT_FOUND; /* ended later in the same batch */
    json_object_set_new(
        answer->json, "person",
        json_pack("{s:s, s:s, s:s, s:b, s:o}", "nick", person->nick, "role",
                  role_word(person->role), "kind",
                  person_kind_word(person->kind), "here", person->here, "rooms",
                  encode_rooms(answer, person,
                               session != NULL ? session->person : NULL)));
    return CHAT_OK;
}
