/* Answers about who is in a room. */
#include "broker/answers_internal.h"

#include "common/clock.h"
#include "common/protocol.h"

/* What JSON takes beside the nick: fields' names, words, punctuation. */
#define MEMBER_JSON_BYTES 112

/* What one list has at most. */
#define MEMBERS_MAX 1000
#define MEMBERS_BYTES_MAX (512 * 1024)

static struct member_view view_of(const struct member *member)
{
    return (struct member_view){
        .nick = member->person->nick,
        .role = member->person->role,
        .rank = member->rank,
        .idle = member->person->inactive,
    };
}

/* Spends for one more of them; false: there is nothing left for that. */
static bool spend_for(const struct member *member, struct answer_budget *budget)
{
    size_t bytes = MEMBER_JSON_BYTES + answer_line_bytes(member->person->nick);

    if (bytes > budget->bytes_left)
        return false;
    answer_spend(budget, bytes);
    return true;
}

json_t *answer_encode_here(const struct room *room, size_t count_max,
                           struct answer_budget *budget)
{
    json_t *members = json_array();

    for (const struct member *member = room->here;
         member != NULL && json_array_size(members) < count_max &&
         spend_for(member, budget);
         member = member->here_next) {
        const struct member_view view = view_of(member);
        json_array_append_new(members, member_encode(&view));
    }
    return members;
}

static json_t *encode_listed(const struct member *member, int64_t wall_ms)
{
    struct member_view view = view_of(member);

    view.is_listed = true;
    view.here = member->person->here;
    view.muted = member->muted_until_ms > wall_ms;
    return member_encode(&view);
}

enum chat_result answer_members(struct answer *answer)
{
    const struct room *room =
        state_room(replica_state(answer->replica), answer->outcome->rid);
    struct answer_budget list = {.bytes_left = MEMBERS_BYTES_MAX};
    int64_t wall_ms = clock_wall_ms();
    json_t *members;

    if (room == NULL) /* ended later in the same batch */
        return CHAT_NO_ROOM;
    const struct member *member = room->members;
    for (members = json_array(); member != NULL; member = member->room_next) {
        if (member->joined_seq == 0)
            continue;
        if (json_array_size(members) == MEMBERS_MAX ||
            !spend_for(member, &list))
            break;
        json_array_append_new(members, encode_listed(member, wall_ms));
    }
    answer_spend(answer->budget, MEMBERS_BYTES_MAX - list.bytes_left);
    json_object_set_new(answer->json, "members", members);
    json_object_set_new(answer->json, "more", json_boolean(member != NULL));
    return CHAT_OK;
}
