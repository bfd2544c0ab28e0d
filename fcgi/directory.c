/*
 * Rooms, sessions, and who is where: the tables, and learning a session from
 * its snapshot. What the feed makes of them is in directory_feed.c.
 */
#include "fcgi/directory_internal.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

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

void directory_forget_shared(struct known_room *room)
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
    directory_forget_shared(room);
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

struct place *directory_find_place(const struct known_session *session,
                                   int64_t rid)
{
    struct place *place;

    DL_FOREACH (session->places, place) {
        if (place->room->rid == rid)
            break;
    }
    return place;
}

enum chat_result directory_add_place(struct directory *directory,
                                     struct known_session *session,
                                     const struct membership *membership)
{
    struct place *place = directory_find_place(session, membership->rid);
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

void directory_remove_place(struct directory *directory, struct place *place)
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
        directory_remove_place(directory, session->places);
    HASH_DELETE(by_sid, directory->by_sid, session);
    HASH_DELETE(by_token, directory->by_token, session);
    if (!is_guest(session))
        accounts_remove(&directory->accounts, session->pid, session);
    personal_signals_forget(&session->signals, UINT64_MAX);
    free(session);
}

enum chat_result directory_become_account(struct directory *directory,
                                          struct known_session *session,
                                          int64_t pid)
{
    enum chat_result result = accounts_add(&directory->accounts, pid, session);

    if (result == CHAT_OK)
        session->pid = pid;
    return result;
}

void directory_end_session(struct directory *directory,
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
        directory_end_session(directory, session);
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
            result = directory_add_place(directory, session, &membership);
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
    session->pid = ids.sid;
    if (ids.pid != ids.sid &&
        directory_become_account(directory, session, ids.pid) != CHAT_OK) {
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
    result = directory_catch_up(directory, known);
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
