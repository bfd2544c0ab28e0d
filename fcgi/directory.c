/*
 * Two sockets bring news in no common order: a session's snapshot (a command's
 * result) may be older or newer than what the feed has applied. A newer one
 * carries its moment, and the feed skips what is in it. For an older one, the
 * latest changes of membership are kept in a ring and applied to it.
 */
#include "fcgi/directory.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

/* Changes of membership kept for snapshots that arrive late. */
#define CHANGES_KEPT 4096

/* Rooms are a person's, an end is a session's. */
struct change {
    int64_t seq;
    int64_t whose; /* pid; of a SESSION_END the sid */
    int64_t rid;
    enum event_type type;
};

struct directory {
    struct window *window;
    directory_end_fn *on_end;
    void *context;
    int64_t seq;
    int64_t forgotten_seq; /* floor of rooms that are not known */
    uint64_t signal_version;
    struct known_room *rooms;
    struct known_session *by_sid;
    struct known_session *by_token;
    struct known_account *accounts;
    struct change changes[CHANGES_KEPT];
    size_t change_count;       /* ever; the ring holds the last CHANGES_KEPT */
    int64_t changes_floor_seq; /* the ring is complete after this */
};

struct directory *directory_new(struct window *window, directory_end_fn *on_end,
                                void *context)
{
    struct directory *directory = calloc(1, sizeof(*directory));

    if (directory == NULL)
        return NULL;
    directory->window = window;
    directory->on_end = on_end;
    directory->context = context;
    return directory;
}

/* ---- rooms ---- */

struct known_room *directory_find_room(const struct directory *directory,
                                       int64_t rid)
{
    struct known_room *room;

    HASH_FIND(hh, directory->rooms, &rid, sizeof(rid), room);
    return room;
}

static struct known_room *need_room(struct directory *directory, int64_t rid,
                                    const char *name)
{
    struct known_room *room = directory_find_room(directory, rid);

    if (room != NULL)
        return room;
    room = calloc(1, sizeof(*room));
    if (room == NULL)
        return NULL;
    room->rid = rid;
    room->name = strdup(name);
    if (room->name == NULL) {
        free(room);
        return NULL;
    }
    window_room_init(&room->window, directory->forgotten_seq);
    HASH_ADD(hh, directory->rooms, rid, sizeof(room->rid), room);
    return room;
}

static void forget_shared(struct known_room *room)
{
    for (size_t i = 0; i < SHARED_REPLIES; i++) {
        bytes_drop(room->shared[i].bytes);
        room->shared[i] = (struct shared_reply){0};
    }
}

static void free_room(struct directory *directory, struct known_room *room)
{
    window_room_clear(directory->window, &room->window);
    if (room->window.floor_seq > directory->forgotten_seq)
        directory->forgotten_seq = room->window.floor_seq;
    HASH_DEL(directory->rooms, room);
    forget_shared(room);
    room_signals_fini(&room->signals);
    free(room->name);
    free(room);
}

/* A room nobody here is in is not followed. */
static void drop_if_unused(struct directory *directory, struct known_room *room)
{
    if (room->places == NULL)
        free_room(directory, room);
}

/* ---- places ---- */

static struct place *find_place(const struct known_session *session,
                                int64_t rid)
{
    struct place *place;

    DL_FOREACH (session->places, place) {
        if (place->room->rid == rid)
            break;
    }
    return place;
}

static enum chat_result add_place(struct directory *directory,
                                  struct known_session *session,
                                  const struct membership *membership)
{
    struct place *place = find_place(session, membership->rid);
    struct known_room *room =
        need_room(directory, membership->rid, membership->room);

    if (room == NULL)
        return CHAT_NO_MEMORY;
    if (place != NULL)
        return CHAT_OK;
    place = calloc(1, sizeof(*place));
    if (place == NULL)
        return CHAT_NO_MEMORY;
    place->room = room;
    place->session = session;
    place->joined_seq = membership->joined_seq;
    DL_APPEND(session->places, place);
    DL_APPEND2(room->places, place, room_prev, room_next);
    return CHAT_OK;
}

static void remove_place(struct directory *directory, struct place *place)
{
    struct known_room *room = place->room;

    DL_DELETE(place->session->places, place);
    DL_DELETE2(room->places, place, room_prev, room_next);
    free(place);
    drop_if_unused(directory, room);
}

/* ---- sessions ---- */

static bool is_guest(const struct known_session *session)
{
    return session->pid == session->sid;
}

static void free_session(struct directory *directory,
                         struct known_session *session)
{
    while (session->places != NULL)
        remove_place(directory, session->places);
    HASH_DELETE(by_sid, directory->by_sid, session);
    HASH_DELETE(by_token, directory->by_token, session);
    if (!is_guest(session))
        accounts_remove(&directory->accounts, session->pid, session);
    personal_signals_forget(&session->signals, UINT64_MAX);
    free(session);
}

static void end_session(struct directory *directory,
                        struct known_session *session)
{
    if (directory->on_end != NULL)
        directory->on_end(directory->context, session);
    free_session(directory, session);
}

void directory_forget(struct directory *directory,
                      struct known_session *session)
{
    free_session(directory, session);
}

void directory_reset(struct directory *directory, int64_t seq)
{
    struct known_session *session, *next_session;
    struct known_room *room, *next_room;

    HASH_ITER (by_sid, directory->by_sid, session, next_session)
        end_session(directory, session);
    HASH_ITER (hh, directory->rooms, room, next_room)
        free_room(directory, room);
    directory->seq = seq;
    directory->forgotten_seq = seq;
    directory->changes_floor_seq = seq;
    directory->change_count = 0;
}

void directory_free(struct directory *directory)
{
    struct known_session *session, *next;

    if (directory == NULL)
        return;
    HASH_ITER (by_sid, directory->by_sid, session, next)
        free_session(directory, session);
    directory_reset(directory, 0);
    free(directory);
}

int64_t directory_seq(const struct directory *directory)
{
    return directory->seq;
}

struct known_session *
directory_find_token(const struct directory *directory,
                     const unsigned char token_hash[TOKEN_HASH_BYTES])
{
    struct known_session *session;

    HASH_FIND(by_token, directory->by_token, token_hash, TOKEN_HASH_BYTES,
              session);
    return session;
}

struct known_session *directory_find_sid(const struct directory *directory,
                                         int64_t sid)
{
    struct known_session *session;

    HASH_FIND(by_sid, directory->by_sid, &sid, sizeof(sid), session);
    return session;
}

void directory_each_session_of(struct directory *directory, int64_t pid,
                               directory_session_fn *each, void *context)
{
    struct known_account *account = accounts_find(directory->accounts, pid);
    struct known_session *guest = directory_find_sid(directory, pid);

    if (guest != NULL && is_guest(guest))
        each(context, guest);
    for (size_t i = 0; account != NULL && i < account->session_count; i++)
        each(context, account->sessions[i]);
}

struct known_session *directory_sessions(const struct directory *directory)
{
    return directory->by_sid;
}

struct known_room *directory_find_room_named(const struct directory *directory,
                                             const char *name)
{
    struct known_room *room = directory->rooms;

    while (room != NULL && strcmp(room->name, name) != 0)
        room = room->hh.next;
    return room;
}

/* ---- the feed ---- */

static bool changes_sessions(const struct event *event)
{
    switch (event->type) {
    case EVENT_JOIN:
        return event->reason != REASON_BACK;
    case EVENT_LEAVE: /* some go and are members all the same */
        return event->reason != REASON_GONE && event->value == 0;
    default:
        return event->type == EVENT_SESSION_END;
    }
}

static struct change change_of(const struct event *event)
{
    return (struct change){
        .seq = event->seq,
        .whose = event->type == EVENT_SESSION_END ? event->sid : event->pid,
        .rid = event->rid,
        .type = event->type,
    };
}

static void keep_change(struct directory *directory,
                        const struct change *change)
{
    struct change *slot =
        &directory->changes[directory->change_count % CHANGES_KEPT];

    if (directory->change_count >= CHANGES_KEPT)
        directory->changes_floor_seq = slot->seq;
    *slot = *change;
    directory->change_count++;
}

/* What a change makes of a known session; it may end it. */
static void change_session(struct directory *directory,
                           struct known_session *session,
                           const struct change *change, const char *room)
{
    struct place *place = find_place(session, change->rid);

    switch (change->type) {
    case EVENT_JOIN:
        (void)add_place(directory, session,
                        &(struct membership){.rid = change->rid,
                                             .joined_seq = change->seq,
                                             .room = room});
        break;
    case EVENT_LEAVE:
        if (place != NULL)
            remove_place(directory, place);
        break;
    default:
        end_session(directory, session);
    }
}

/* A change under way to the sessions it is about. */
struct applied_change {
    struct directory *directory;
    struct change change;
    const char *room;
};

static void apply_to_session(void *context, struct known_session *session)
{
    const struct applied_change *applied = context;

    if (applied->change.seq > session->as_of_seq)
        change_session(applied->directory, session, &applied->change,
                       applied->room);
}

static void apply_change(struct directory *directory, const struct event *event)
{
    struct applied_change applied = {directory, change_of(event), event->room};

    keep_change(directory, &applied.change);
    if (event->type != EVENT_SESSION_END) {
        directory_each_session_of(directory, event->pid, apply_to_session,
                                  &applied);
        return;
    }
    struct known_session *session = directory_find_sid(directory, event->sid);
    if (session != NULL)
        apply_to_session(&applied, session);
}

static void rename_room(struct known_room *room, const char *name)
{
    char *copy = strdup(name);

    if (copy == NULL)
        return; /* its signals are missed: they name the room */
    free(room->name);
    room->name = copy;
}

/* What an event makes of what is kept of its room, shown or not. */
static void apply_to_room(struct directory *directory, struct known_room *room,
                          const struct event *event)
{
    switch (event->type) {
    case EVENT_JOIN:
    case EVENT_LEAVE:
        /* They are shown coming and going again: the count is outdated. */
        if (event->n != 0)
            room_signals_forget(&room->signals, ROOM_SIGNAL_MEMBERS);
        break;
    case EVENT_DELETE:
        window_delete(directory->window, &room->window, event->target);
        forget_shared(room);
        break;
    case EVENT_PURGE:
        window_forget_until(directory->window, &room->window, event->target);
        forget_shared(room);
        break;
    case EVENT_RENAME:
        if (event->to != NULL)
            rename_room(room, event->to);
        break;
    default:
        break;
    }
}

struct known_room *directory_apply(struct directory *directory,
                                   const struct event *event)
{
    directory->seq = event->seq;
    if (changes_sessions(event))
        apply_change(directory, event);
    struct known_room *room = directory_find_room(directory, event->rid);
    if (room != NULL)
        apply_to_room(directory, room, event);
    if (event->n == 0)
        return NULL;
    if (room == NULL) {
        directory->forgotten_seq = event->seq;
        return NULL;
    }
    window_add(directory->window, &room->window, event);
    return room;
}

void directory_advance(struct directory *directory, int64_t seq)
{
    if (seq > directory->seq)
        directory->seq = seq;
}

/* ---- learning ---- */

/* Takes what is internal out of `rooms`, for `session` unless it is NULL. */
static enum chat_result learn_rooms(struct directory *directory,
                                    struct known_session *session,
                                    json_t *rooms)
{
    size_t index;
    json_t *room;

    json_array_foreach (rooms, index, room) {
        struct membership membership;
        enum chat_result result = room_take_membership(room, &membership);
        if (result == CHAT_OK && session != NULL)
            result = add_place(directory, session, &membership);
        if (result != CHAT_OK)
            return result;
    }
    return CHAT_OK;
}

static struct known_session *
add_session(struct directory *directory, struct session_ids ids,
            int64_t as_of_seq, const unsigned char token_hash[TOKEN_HASH_BYTES])
{
    struct known_session *session = calloc(1, sizeof(*session));

    if (session == NULL)
        return NULL;
    session->sid = ids.sid;
    session->pid = ids.pid;
    if (!is_guest(session) &&
        accounts_add(&directory->accounts, ids.pid, session) != CHAT_OK) {
        free(session);
        return NULL;
    }
    session->as_of_seq = as_of_seq;
    session->signal_version = directory->signal_version;
    memcpy(session->token_hash, token_hash, TOKEN_HASH_BYTES);
    HASH_ADD(by_sid, directory->by_sid, sid, sizeof(session->sid), session);
    HASH_ADD(by_token, directory->by_token, token_hash, TOKEN_HASH_BYTES,
             session);
    return session;
}

static bool is_about(const struct change *change,
                     const struct known_session *session)
{
    return change->whose ==
           (change->type == EVENT_SESSION_END ? session->sid : session->pid);
}

/*
 * Applies the changes after the snapshot's moment to it. A room that was
 * joined meanwhile has no name here: then only asking again helps.
 */
static enum chat_result catch_up(struct directory *directory,
                                 struct known_session *session)
{
    size_t kept = directory->change_count < CHANGES_KEPT
                      ? directory->change_count
                      : CHANGES_KEPT;

    for (size_t i = directory->change_count - kept; i < directory->change_count;
         i++) {
        const struct change *change = &directory->changes[i % CHANGES_KEPT];
        if (!is_about(change, session) || change->seq <= session->as_of_seq)
            continue;
        if (change->type == EVENT_JOIN) {
            free_session(directory, session);
            return CHAT_AGAIN;
        }
        change_session(directory, session, change, NULL);
        if (change->type == EVENT_SESSION_END)
            return CHAT_SESSION_REQUIRED;
    }
    return CHAT_OK;
}

enum chat_result
directory_learn(struct directory *directory, json_t *session, int64_t as_of_seq,
                const unsigned char token_hash[TOKEN_HASH_BYTES],
                struct known_session **session_out)
{
    json_t *rooms = json_object_get(session, "rooms");
    struct known_session *known;
    struct session_ids ids;
    enum chat_result result = session_take_ids(session, &ids);

    if (result != CHAT_OK)
        return result;
    known = directory_find_sid(directory, ids.sid);
    if (known != NULL || as_of_seq < directory->changes_floor_seq) {
        result = learn_rooms(directory, NULL, rooms);
        if (result != CHAT_OK)
            return result;
        if (known == NULL)
            return CHAT_AGAIN;
        *session_out = known;
        return CHAT_OK;
    }
    known = add_session(directory, ids, as_of_seq, token_hash);
    if (known == NULL)
        return CHAT_NO_MEMORY;
    result = learn_rooms(directory, known, rooms);
    if (result != CHAT_OK) {
        free_session(directory, known);
        return result;
    }
    result = catch_up(directory, known);
    if (result == CHAT_OK)
        *session_out = known;
    return result;
}

/* ---- signals ---- */

bool directory_signal(struct directory *directory, struct known_room *room,
                      const struct signal *signal)
{
    enum room_signal kind;

    if (room_signal_parse(signal->type, &kind) != CHAT_OK)
        return false;
    room_signals_set(&room->signals, kind, signal->json,
                     ++directory->signal_version);
    return true;
}

void directory_signal_session(struct directory *directory,
                              struct known_session *session,
                              const struct signal *signal)
{
    personal_signals_add(&session->signals, signal,
                         ++directory->signal_version);
}

void directory_mark_told(const struct directory *directory,
                         struct known_session *session)
{
    session->signal_version = directory->signal_version;
    personal_signals_forget(&session->signals, directory->signal_version);
}
