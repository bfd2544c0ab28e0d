/*
 * One entry per room that was ever too large; it keeps the version of its
 * last signal. Rooms are bounded by the state, and so are entries. They are
 * in order of their versions, newest last; behind them what was noted the
 * first time and has no version yet.
 */
#include "broker/signals.h"

#include <stdlib.h>
#include <uthash.h>

#include "common/alloc.h"

struct room_signal {
    int64_t rid;
    uint64_t version;
    bool noted;
    UT_hash_handle hh;
};

struct signals {
    struct room_signal *rooms;
    uint64_t version;
    bool noted;
};

struct signals *signals_new(void)
{
    return alloc_or_die(sizeof(struct signals));
}

void signals_free(struct signals *signals)
{
    struct room_signal *room, *next;

    if (signals == NULL)
        return;
    HASH_ITER (hh, signals->rooms, room, next) {
        HASH_DEL(signals->rooms, room);
        free(room);
    }
    free(signals);
}

void signals_note_members(struct signals *signals, int64_t rid)
{
    struct room_signal *room;

    HASH_FIND(hh, signals->rooms, &rid, sizeof(rid), room);
    if (room == NULL) {
        room = alloc_or_die(sizeof(*room));
        room->rid = rid;
        HASH_ADD(hh, signals->rooms, rid, sizeof(room->rid), room);
    }
    room->noted = true;
    signals->noted = true;
}

static void emit(struct signals *signals, struct room_signal *room)
{
    room->noted = false;
    room->version = ++signals->version;
    HASH_DEL(signals->rooms, room); /* to become the last */
    HASH_ADD(hh, signals->rooms, rid, sizeof(room->rid), room);
}

bool signals_emit(struct signals *signals)
{
    uint64_t before = signals->version;
    struct room_signal *room, *next;

    if (!signals->noted)
        return false;
    signals->noted = false;
    for (room = signals->rooms; room != NULL && room->version <= before;
         room = next) {
        next = room->hh.next;
        if (room->noted)
            emit(signals, room);
    }
    return true;
}

uint64_t signals_version(const struct signals *signals)
{
    return signals->version;
}

static json_t *encode_members(const struct room *room)
{
    return json_pack("{s:s, s:s, s:I}", "type", "members", "room", room->name,
                     "member_count", (json_int_t)room->here_count);
}

json_t *signals_since(const struct signals *signals, const struct state *state,
                      uint64_t *version)
{
    const struct room_signal *entry = signals->rooms;
    json_t *array = NULL;

    if (*version >= signals->version)
        return NULL;
    while (entry != NULL && entry->version <= *version)
        entry = entry->hh.next;
    for (; entry != NULL && entry->version > *version &&
           json_array_size(array) < SIGNALS_MAX;
         entry = entry->hh.next) {
        const struct room *room = state_room(state, entry->rid);
        *version = entry->version;
        if (room == NULL) /* its making was undone */
            continue;
        if (array == NULL)
            array = json_array();
        json_array_append_new(array, encode_members(room));
    }
    return array;
}
