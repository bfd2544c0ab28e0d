/*
 * Rooms are looked at in the order of their making, a few each time, going on
 * where the last look ended. Purging by bytes goes through the log from its
 * beginning instead, and only while nothing is left to remove: what has been
 * purged counts until it is off the disk.
 */
#include "broker/upkeep.h"

#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/clock.h"

enum {
    ROOMS_PER_LOOK = 20,   /* those with a retention; some dozen reads each */
    EVENTS_PER_CUT = 1000, /* of the log, that too many bytes cost at once */
    PORTION_ROWS = 100,
    PORTION_MS = 15, /* of upkeep_run(); others wait meanwhile */
    SOON_MS = 150,   /* there is more to do */
    LATER_MS = 1000,
    /* Those who follow the log may not have read newer events yet. */
    SWEEP_AGE_MS = 60 * 1000,
    CHECKPOINT_EVERY_MS = 60 * 1000,
    CLEAN_EVERY_MS = 24 * 3600 * 1000,
    MINUTE_MS = 60 * 1000,
};
#define DAY_MS (24 * 3600 * 1000LL)

struct upkeep {
    struct replica *replica;
    int64_t days, events, bytes; /* the operator's retention; 0: none */
    int64_t looked_rid;          /* the last room looked at */
    int64_t cut_seq;             /* the log was cut up to here */
    char names[UPKEEP_PURGES_MAX][ROOM_SIZE];
    bool has_swept;   /* something, since the last checkpoint */
    bool is_swept;    /* there was nothing to remove, the last time */
    bool is_unclean;  /* the index has words that were removed */
    bool is_cleaning; /* a pass over the index is under way */
    int64_t checkpoint_at_ms, clean_at_ms; /* monotonic: not before */
};

struct upkeep *upkeep_new(const struct settings *settings,
                          struct replica *replica)
{
    struct upkeep *upkeep = alloc_or_die(sizeof(*upkeep));

    upkeep->replica = replica;
    upkeep->days = settings->store.retention_days;
    upkeep->events = settings->store.retention_events;
    upkeep->bytes = settings->store.retention_bytes;
    return upkeep;
}

void upkeep_free(struct upkeep *upkeep)
{
    free(upkeep);
}

/* ---- what is to go ---- */

/* The stricter of two bounds, of which 0 is none. */
static int64_t stricter(int64_t a, int64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

/*
 * In whole minutes, and with a tenth more events than asked for: else a busy
 * room would have an event of purging for each event.
 */
static struct retention retention_of(const struct upkeep *upkeep,
                                     const struct room *room, int64_t wall_ms)
{
    int64_t days = stricter(upkeep->days, room->settings.retention_days);
    int64_t events =
        stricter(upkeep->events, room->settings.retention_messages);
    int64_t minute_ms = wall_ms / MINUTE_MS * MINUTE_MS;

    if (events != 0 && room->n <= events + events / 10)
        events = 0;
    return (struct retention){
        .rid = room->rid,
        .before_ms = days != 0 ? minute_ms - days * DAY_MS : INT64_MIN,
        .count = events,
    };
}

/* Each command of a list has a name of its own for its room. */
static void add_purge(struct upkeep *upkeep, struct command *commands,
                      size_t index, const struct room *room, int64_t target)
{
    char *name = upkeep->names[index];

    strcpy(name, room->name); /* fits: no room's is longer */
    commands[index] =
        (struct command){.type = COMMAND_PURGE, .room = name, .target = target};
}

/* The room after the one looked at last; the first, when that has gone. */
static const struct room *next_room(const struct upkeep *upkeep,
                                    const struct state *state)
{
    const struct room *last = state_room(state, upkeep->looked_rid);

    return last != NULL ? last->by_rid.next : state_rooms(state);
}

static size_t due_by_room(struct upkeep *upkeep, int64_t wall_ms,
                          struct command *commands)
{
    const struct state *state = replica_state(upkeep->replica);
    const struct room *room = next_room(upkeep, state);
    size_t count = 0;

    for (int looks = 0; room != NULL && looks < ROOMS_PER_LOOK;
         room = room->by_rid.next) {
        struct retention retention = retention_of(upkeep, room, wall_ms);
        int64_t target = 0;
        upkeep->looked_rid = room->rid;
        if (retention.before_ms == INT64_MIN && retention.count == 0)
            continue;
        looks++;
        (void)store_purge_target(replica_store(upkeep->replica), &retention,
                                 &target);
        if (target > room->purged_seq)
            add_purge(upkeep, commands, count++, room, target);
    }
    if (room == NULL)
        upkeep->looked_rid = 0; /* begin anew */
    return count;
}

/* The first events of the log, as far as they go. */
struct cut {
    struct {
        int64_t rid, last_seq;
    } rooms[UPKEEP_PURGES_MAX];
    size_t room_count;
    int64_t seq; /* looked at up to here */
};

static bool cut_event(void *context, const struct event *event)
{
    struct cut *cut = context;
    size_t i = 0;

    while (i < cut->room_count && cut->rooms[i].rid != event->rid)
        i++;
    if (event->n > 0 && i == UPKEEP_PURGES_MAX)
        return false;
    cut->seq = event->seq;
    if (event->n == 0)
        return true;
    if (i == cut->room_count)
        cut->rooms[cut->room_count++].rid = event->rid;
    cut->rooms[i].last_seq = event->seq;
    return true;
}

/* The oldest part of the log, in all of its rooms, while there is too much. */
static size_t due_by_bytes(struct upkeep *upkeep, struct command *commands)
{
    const struct state *state = replica_state(upkeep->replica);
    struct store *store = replica_store(upkeep->replica);
    struct cut cut = {.seq = upkeep->cut_seq};
    size_t count = 0;

    if (upkeep->bytes == 0 || !upkeep->is_swept ||
        store_bytes(store) <= upkeep->bytes)
        return 0;
    (void)store_after(store, upkeep->cut_seq, EVENTS_PER_CUT, cut_event, &cut);
    upkeep->cut_seq = cut.seq;
    for (size_t i = 0; i < cut.room_count; i++) {
        const struct room *room = state_room(state, cut.rooms[i].rid);
        if (room != NULL && cut.rooms[i].last_seq > room->purged_seq)
            add_purge(upkeep, commands, count++, room, cut.rooms[i].last_seq);
    }
    upkeep->is_swept = count == 0; /* until these are off the disk */
    return count;
}

size_t upkeep_due(struct upkeep *upkeep, int64_t wall_ms,
                  struct command *commands)
{
    size_t count = due_by_room(upkeep, wall_ms, commands);

    return count > 0 ? count : due_by_bytes(upkeep, commands);
}

/* ---- what is done on the disk ---- */

/* Removes and indexes until all is done (true), or time is up. */
static bool work(struct upkeep *upkeep, int64_t wall_ms)
{
    struct store *store = replica_store(upkeep->replica);
    int64_t end_ms = clock_mono_ms() + PORTION_MS;
    int swept_count, indexed_count;

    do {
        swept_count = store_sweep(store, wall_ms - SWEEP_AGE_MS, PORTION_ROWS);
        indexed_count = store_index_some(store, PORTION_ROWS);
        if (swept_count > 0)
            upkeep->has_swept = upkeep->is_unclean = true;
    } while (swept_count + indexed_count > 0 && clock_mono_ms() < end_ms);
    upkeep->is_swept = swept_count == 0;
    return swept_count + indexed_count == 0;
}

/* Writes the index anew, once in a while and if there is need. */
static bool clean(struct upkeep *upkeep)
{
    int64_t now_ms = clock_mono_ms();
    bool begins = !upkeep->is_cleaning;

    if (begins && (!upkeep->is_unclean || now_ms < upkeep->clean_at_ms))
        return true;
    upkeep->is_unclean = upkeep->is_unclean && !begins;
    upkeep->is_cleaning =
        store_clean_index(replica_store(upkeep->replica), begins);
    upkeep->clean_at_ms = now_ms + CLEAN_EVERY_MS;
    upkeep->has_swept = true;
    return !upkeep->is_cleaning;
}

/* What was removed is in the WAL until it begins anew. */
static void checkpoint(struct upkeep *upkeep)
{
    int64_t now_ms = clock_mono_ms();

    if (!upkeep->has_swept || now_ms < upkeep->checkpoint_at_ms)
        return;
    store_checkpoint(replica_store(upkeep->replica));
    upkeep->has_swept = false;
    upkeep->checkpoint_at_ms = now_ms + CHECKPOINT_EVERY_MS;
}

int64_t upkeep_run(struct upkeep *upkeep, int64_t wall_ms)
{
    struct store *store = replica_store(upkeep->replica);

    if (replica_state(upkeep->replica) == NULL) /* the store is in trouble */
        return LATER_MS;
    store_begin(store);
    bool is_done = work(upkeep, wall_ms) && clean(upkeep);
    if (store_commit(store) != CHAT_OK)
        return LATER_MS;
    if (!is_done)
        return SOON_MS;
    checkpoint(upkeep);
    return LATER_MS;
}
