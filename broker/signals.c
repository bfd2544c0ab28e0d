/*
 * One entry per room and kind that there was ever anything of; it keeps the
 * version of its last signal. Rooms are bounded by the state, and so are
 * entries. They are in order of their versions, newest last; behind them what
 * was noted the first time and has no version yet.
 *
 * People's signals are in a ring, in order of their versions too; at its end
 * those that wait for the commit of their events.
 */
#include "broker/signals.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "common/alloc.h"

enum kind {
    KIND_MEMBERS,
    KIND_TYPING,
    KIND_PRESENCE,
    KIND_WAITING,
    KIND_COUNT
};

struct typist {
    int64_t pid;
    int64_t at_ms; /* monotonic clock */
};

struct room_signal {
    int64_t key; /* rid * KIND_COUNT + kind */
    int64_t rid;
    enum kind kind;
    uint64_t version;
    bool noted;
    struct typist *typists; /* TYPING_MAX, newest first; or NULL */
    UT_hash_handle hh;
};

struct personal_signal {
    int64_t pid;
    int64_t seq;      /* of its event */
    uint64_t version; /* 0: waits for the commit */
    json_t *json;
};

struct signals {
    struct room_signal *rooms;
    struct personal_signal personal[SIGNALS_PERSONAL_MAX];
    size_t first; /* the oldest's place in `personal` */
    size_t count;
    size_t waiting; /* of those, at the end */
    uint64_t version;
    bool noted;
};

struct signals *signals_new(void)
{
    return alloc_or_die(sizeof(struct signals));
}

static void forget(struct signals *signals, struct room_signal *room)
{
    HASH_DEL(signals->rooms, room);
    free(room->typists);
    free(room);
}

/* The `index`th oldest. */
static struct personal_signal *personal_at(struct signals *signals,
                                           size_t index)
{
    return &signals->personal[(signals->first + index) % SIGNALS_PERSONAL_MAX];
}

static void drop_oldest(struct signals *signals)
{
    json_decref(signals->personal[signals->first].json);
    signals->first = (signals->first + 1) % SIGNALS_PERSONAL_MAX;
    signals->count--;
}

void signals_free(struct signals *signals)
{
    struct room_signal *room, *next;

    if (signals == NULL)
        return;
    HASH_ITER (hh, signals->rooms, room, next)
        forget(signals, room);
    while (signals->count > 0)
        drop_oldest(signals);
    free(signals);
}

/* ---- rooms ---- */

static struct room_signal *find(struct signals *signals, int64_t rid,
                                enum kind kind)
{
    int64_t key = rid * KIND_COUNT + kind;
    struct room_signal *room;

    HASH_FIND(hh, signals->rooms, &key, sizeof(key), room);
    return room;
}

static struct room_signal *note(struct signals *signals, int64_t rid,
                                enum kind kind)
{
    struct room_signal *room = find(signals, rid, kind);

    if (room == NULL) {
        room = alloc_or_die(sizeof(*room));
        room->key = rid * KIND_COUNT + kind;
        room->rid = rid;
        room->kind = kind;
        HASH_ADD(hh, signals->rooms, key, sizeof(room->key), room);
    }
    room->noted = true;
    signals->noted = true;
    return room;
}

void signals_note_members(struct signals *signals, int64_t rid)
{
    (void)note(signals, rid, KIND_MEMBERS);
}

void signals_note_presence(struct signals *signals, int64_t rid)
{
    (void)note(signals, rid, KIND_PRESENCE);
}

void signals_note_waiting(struct signals *signals, int64_t rid)
{
    (void)note(signals, rid, KIND_WAITING);
}

/* They become the first; who was there moves up, the oldest one out. */
void signals_note_typing(struct signals *signals, int64_t rid, int64_t pid,
                         int64_t mono_ms)
{
    struct room_signal *room = note(signals, rid, KIND_TYPING);
    size_t place = 0;

    if (room->typists == NULL)
        room->typists = alloc_or_die(TYPING_MAX * sizeof(struct typist));
    while (place < TYPING_MAX - 1 && room->typists[place].pid != pid)
        place++;
    memmove(&room->typists[1], &room->typists[0],
            place * sizeof(struct typist));
    room->typists[0] = (struct typist){.pid = pid, .at_ms = mono_ms};
}

void signals_note_said(struct signals *signals, int64_t rid, int64_t pid)
{
    struct room_signal *room = find(signals, rid, KIND_TYPING);
    size_t place = 0;

    while (room != NULL && place < TYPING_MAX &&
           room->typists[place].pid != pid)
        place++;
    if (room == NULL || place == TYPING_MAX)
        return;
    memmove(&room->typists[place], &room->typists[place + 1],
            (TYPING_MAX - 1 - place) * sizeof(struct typist));
    room->typists[TYPING_MAX - 1] = (struct typist){0};
}

void signals_forget_room(struct signals *signals, int64_t rid)
{
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        struct room_signal *room = find(signals, rid, (enum kind)kind);
        if (room != NULL)
            forget(signals, room);
    }
}

static void emit(struct signals *signals, struct room_signal *room)
{
    room->noted = false;
    room->version = ++signals->version;
    HASH_DEL(signals->rooms, room); /* to become the last */
    HASH_ADD(hh, signals->rooms, key, sizeof(room->key), room);
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

/* ---- people ---- */

void signals_tell(struct signals *signals, int64_t pid, int64_t seq,
                  json_t *signal)
{
    if (signal == NULL)
        return;
    if (signals->count == SIGNALS_PERSONAL_MAX) {
        if (signals->waiting == signals->count)
            signals->waiting--;
        drop_oldest(signals);
    }
    *personal_at(signals, signals->count++) =
        (struct personal_signal){.pid = pid, .seq = seq, .json = signal};
    signals->waiting++;
}

void signals_release(struct signals *signals, int64_t head_seq)
{
    size_t waiting = signals->waiting;

    for (size_t i = signals->count - waiting; waiting > 0; i++, waiting--) {
        struct personal_signal *personal = personal_at(signals, i);
        if (personal->seq <= head_seq)
            personal->version = ++signals->version;
    }
    while (signals->count > 0 &&
           personal_at(signals, signals->count - 1)->version == 0)
        json_decref(personal_at(signals, --signals->count)->json);
    signals->waiting = 0;
}

/* ---- giving out ---- */

uint64_t signals_version(const struct signals *signals)
{
    return signals->version;
}

static json_t *encode_members(const struct room *room)
{
    return json_pack("{s:s, s:s, s:I}", "type", "members", "room", room->name,
                     "member_count", (json_int_t)room->here_count);
}

/* Those that typed at about the same time as the last. */
static json_t *encode_typing(const struct room_signal *entry,
                             const struct state *state, const struct room *room)
{
    json_t *nicks = json_array();

    for (size_t i = 0; i < TYPING_MAX; i++) {
        const struct typist *typist = &entry->typists[i];
        const struct person *person = state_person(state, typist->pid);
        if (person != NULL &&
            entry->typists[0].at_ms - typist->at_ms < TYPING_MS)
            json_array_append_new(nicks, json_string(person->nick));
    }
    return json_pack("{s:s, s:s, s:o}", "type", "typing", "room", room->name,
                     "nicks", nicks);
}

static json_t *encode_presence(const struct room *room)
{
    json_t *nicks = json_array();

    for (const struct member *member = room->here;
         member != NULL && json_array_size(nicks) < IDLE_LISTED_MAX;
         member = member->here_next) {
        if (member->person->inactive)
            json_array_append_new(nicks, json_string(member->person->nick));
    }
    return json_pack("{s:s, s:s, s:o}", "type", "presence", "room", room->name,
                     "idle", nicks);
}

static json_t *moderator_pids(const struct room *room)
{
    json_t *pids = json_array();

    for (const struct member *member = room->members;
         member != NULL && json_array_size(pids) < WAITING_TOLD_MAX;
         member = member->room_next) {
        if (member->joined_seq != 0 && state_may_approve(member->person, room))
            json_array_append_new(pids, json_integer(member->person->pid));
    }
    return pids;
}

static json_t *encode_waiting(const struct state *state,
                              const struct room *room)
{
    return json_pack("{s:s, s:s, s:i, s:o}", "type", "waiting", "room",
                     room->name, "count", state_waiting_count(state, room),
                     "pids", moderator_pids(room));
}

/* NULL: the room is not there any more, or its making was undone. */
static json_t *encode_room(const struct room_signal *entry,
                           const struct state *state)
{
    const struct room *room = state_room(state, entry->rid);

    if (room == NULL)
        return NULL;
    switch (entry->kind) {
    case KIND_MEMBERS:
        return encode_members(room);
    case KIND_TYPING:
        return encode_typing(entry, state, room);
    case KIND_WAITING:
        return encode_waiting(state, room);
    default:
        return encode_presence(room);
    }
}

/*
 * What a text, or an array of texts or numbers, may take: a control takes six
 * bytes, a number twenty.
 */
static size_t value_bytes(const json_t *value)
{
    size_t bytes = 6 * json_string_length(value), index;
    json_t *item;

    json_array_foreach (value, index, item)
        bytes += 6 * json_string_length(item) + 22;
    return bytes;
}

/* What a signal may take as JSON; its names and numbers are short. */
static size_t signal_bytes(json_t *signal)
{
    size_t bytes = 200;
    const char *name;
    json_t *value;

    json_object_foreach (signal, name, value)
        bytes += value_bytes(value);
    return bytes;
}

static json_t *encode_personal(const struct personal_signal *personal)
{
    json_t *json = json_copy(personal->json);

    json_object_set_new(json, "pid", json_integer(personal->pid));
    return json;
}

/* Where a reader is in both of the orders. */
struct reading {
    const struct signals *signals;
    const struct room_signal *room; /* NULL: no others */
    size_t index;                   /* of the next person's */
};

static const struct personal_signal *next_personal(const struct reading *at)
{
    const struct signals *signals = at->signals;

    return at->index < signals->count - signals->waiting
               ? &signals->personal[(signals->first + at->index) %
                                    SIGNALS_PERSONAL_MAX]
               : NULL;
}

static struct reading read_after(const struct signals *signals,
                                 uint64_t version)
{
    struct reading at = {.signals = signals, .room = signals->rooms};

    while (at.room != NULL && at.room->version <= version &&
           at.room->version != 0)
        at.room = at.room->hh.next;
    while (next_personal(&at) != NULL && next_personal(&at)->version <= version)
        at.index++;
    return at;
}

/* The next in the order of versions; sets `*version` to its. False: none. */
static bool read_next(struct reading *at, const struct state *state,
                      uint64_t *version, json_t **json_out)
{
    const struct personal_signal *personal = next_personal(at);
    const struct room_signal *room = at->room;

    if (room != NULL && room->version == 0) /* only noted, as all behind it */
        room = NULL;
    if (room == NULL && personal == NULL)
        return false;
    if (room == NULL ||
        (personal != NULL && personal->version < room->version)) {
        *version = personal->version;
        *json_out = encode_personal(personal);
        at->index++;
        return true;
    }
    *version = room->version;
    *json_out = encode_room(room, state);
    at->room = room->hh.next;
    return true;
}

json_t *signals_since(const struct signals *signals, const struct state *state,
                      uint64_t *version)
{
    struct reading at;
    json_t *array = NULL, *json = NULL;
    size_t bytes = 0;

    if (*version >= signals->version)
        return NULL;
    at = read_after(signals, *version);
    while (read_next(&at, state, version, &json)) {
        if (json == NULL)
            continue;
        if (array == NULL)
            array = json_array();
        bytes += signal_bytes(json);
        json_array_append_new(array, json);
        if (json_array_size(array) == SIGNALS_MAX || bytes > SIGNALS_BYTES_MAX)
            return array;
    }
    *version = signals->version; /* the newest may be forgotten already */
    return array;
}
