/* Commands about how far somebody has read. */
#include "broker/state_internal.h"

/*
 * Kept for accounts, whose other sessions are told. A guest's position would
 * end with their one page, which knows it by itself.
 */
enum chat_result state_decide_read(struct decision *decision)
{
    struct room *room;
    enum chat_result result = state_room_for(decision, RIGHT_READ, &room);

    if (result != CHAT_OK)
        return result;
    const struct member *member =
        state_find_member(state_decider(decision), room);
    if (member == NULL)
        return CHAT_NOT_MEMBER;
    struct event event = state_decider_event(decision, room, EVENT_READ);
    event.target = decision->command->target;
    if (event.target > decision->state->head_seq)
        event.target = decision->state->head_seq;
    if (event.target > member->read_seq && event.kind != PERSON_GUEST)
        state_emit(decision, &event);
    return CHAT_OK;
}
