/*
 * The indexes. Sessions are found by number, by token and by nick key; rooms
 * by number and by name. A session's rooms are few (rooms_per_session) and a
 * list; a room's people may be many and are never searched.
 */
#include "broker/state_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/alloc.h"
#include "common/names.h"

/* ---- rules ---- */

static enum chat_result parse_default_rooms(const char *names,
                                            struct state_rules *rules)
{
    char copy[SETTING_SIZE];
    char *rest = NULL;

    strncpy(copy, names, sizeof(copy) - 1);
    copy[sizeof(copy) - 1] = '\0';
    for (char *name = strtok_r(copy, " \t,", &rest); name != NULL;
         name = strtok_r(NULL, " \t,", &rest)) {
        if (rules->default_room_count == COMMAND_ROOMS_MAX)
            return CHAT_BAD_ROOM;
        char *out = rules->default_rooms[rules->default_room_count];
        if (room_normalize(name, rules->room_bytes, out) != CHAT_OK)
            return CHAT_BAD_ROOM;
        rules->default_room_count++;
    }
    return CHAT_OK;
}

enum chat_result state_rules_from(const struct settings *settings,
                                  struct state_rules *rules_out)
{
    struct state_rules rules = {
        .nick_bytes = (size_t)settings->limits.nick_bytes,
        .room_bytes = (size_t)settings->limits.room_bytes,
        .topic_bytes = (size_t)settings->limits.topic_bytes,
        .text_bytes = (size_t)settings->limits.text_bytes,
        .sessions_max = (size_t)settings->limits.sessions,
        .rooms_max = (size_t)settings->limits.rooms,
        .rooms_per_session = (size_t)settings->limits.rooms_per_session,
        .presence_events_max = (size_t)settings->chat.presence_events_max,
        .grace_ms = settings->chat.presence_grace_seconds * 1000,
        .session_idle_ms = settings->chat.session_idle_hours * 3600 * 1000,
        .guests_make_rooms = settings->chat.guests_make_rooms,
        .rate_limits = settings->limits.rate_limits,
        .posts_per_second = (double)settings->limits.posts_per_second,
        .posts_burst = (double)settings->limits.posts_burst,
    };
    enum chat_result result =
        parse_default_rooms(settings->chat.default_rooms, &rules);
    if (result == CHAT_OK)
        *rules_out = rules;
    return result;
}

/* ---- life ---- */

struct state *state_new(const struct state_rules *rules,
                        const struct state_log *log)
{
    struct state *state = alloc_or_die(sizeof(*state));

    state->rules = *rules;
    state->log = *log;
    return state;
}

static void free_room(struct state *state, struct room *room)
{
    HASH_DELETE(by_rid, state->rooms_by_rid, room);
    HASH_DELETE(by_name, state->rooms_by_name, room);
    free(room->name);
    free(room->topic);
    free(room->id);
    free(room);
}

void state_free(struct state *state)
{
    struct session *session, *next_session;
    struct room *room, *next_room;

    if (state == NULL)
        return;
    HASH_ITER (by_sid, state->sessions_by_sid, session, next_session)
        state_remove_session(state, session);
    HASH_ITER (by_rid, state->rooms_by_rid, room, next_room)
        free_room(state, room);
    free(state);
}

/* ---- loading ---- */

struct loading {
    struct state *state;
    int64_t mono_ms;
};

static void load_head(void *context, int64_t seq, int64_t at_ms)
{
    struct loading *loading = context;

    loading->state->head_seq = seq;
    loading->state->head_at_ms = at_ms;
}

static void load_room(void *context, const struct stored_room *stored)
{
    struct loading *loading = context;

    state_add_room(loading->state, stored);
}

static void load_session(void *context, const struct stored_session *stored)
{
    struct loading *loading = context;
    struct session *session = state_add_session(loading->state, stored);

    session->seen_ms = loading->mono_ms;
}

static void load_member(void *context, const struct stored_member *stored)
{
    struct loading *loading = context;
    struct session *session = state_find_session(loading->state, stored->sid);
    struct room *room = state_find_room(loading->state, stored->rid);

    if (session != NULL && room != NULL)
        state_add_member(session, room, stored->joined_seq);
}

enum chat_result state_load(struct state *state, struct store *store,
                            int64_t mono_ms)
{
    struct loading loading = {.state = state, .mono_ms = mono_ms};
    const struct store_loader loader = {
        .context = &loading,
        .head = load_head,
        .room = load_room,
        .session = load_session,
        .member = load_member,
    };

    assert(state->head_seq == 0);
    return store_load(store, &loader);
}

/* ---- adding and removing ---- */

struct room *state_add_room(struct state *state,
                            const struct stored_room *stored)
{
    struct room *room = alloc_or_die(sizeof(*room));

    room->rid = stored->rid;
    room->n = stored->n;
    room->name = strdup_or_die(stored->room);
    room->topic = strdup_or_die(stored->topic != NULL ? stored->topic : "");
    room->id = strdup_or_die(stored->id != NULL ? stored->id : "");
    HASH_ADD(by_rid, state->rooms_by_rid, rid, sizeof(room->rid), room);
    HASH_ADD_KEYPTR(by_name, state->rooms_by_name, room->name,
                    strlen(room->name), room);
    return room;
}

struct session *state_add_session(struct state *state,
                                  const struct stored_session *stored)
{
    char key[NICK_KEY_SIZE];

    /* A nick of older rules may have no key under today's: it is its own. */
    if (nick_key(stored->nick, key) != CHAT_OK) {
        strncpy(key, stored->nick, sizeof(key) - 1);
        key[sizeof(key) - 1] = '\0';
    }
    size_t nick_size = strlen(stored->nick) + 1;
    size_t key_size = strlen(key) + 1;
    struct session *session =
        alloc_or_die(sizeof(*session) + nick_size + key_size);
    memcpy(session->nick, stored->nick, nick_size);
    session->key = memcpy(session->nick + nick_size, key, key_size);
    session->sid = stored->sid;
    memcpy(session->token_hash, stored->token_hash, TOKEN_HASH_BYTES);
    session->role = stored->role;
    session->here = stored->gone_at_ms == 0;
    session->gone_at_ms = stored->gone_at_ms;
    session->posts.tokens = state->rules.posts_burst;
    HASH_ADD(by_sid, state->sessions_by_sid, sid, sizeof(session->sid),
             session);
    HASH_ADD(by_token, state->sessions_by_token, token_hash, TOKEN_HASH_BYTES,
             session);
    HASH_ADD_KEYPTR(by_key, state->sessions_by_key, session->key,
                    strlen(session->key), session);
    return session;
}

struct member *state_add_member(struct session *session, struct room *room,
                                int64_t joined_seq)
{
    struct member *member = alloc_or_die(sizeof(*member));

    member->room = room;
    member->session = session;
    member->joined_seq = joined_seq;
    DL_APPEND(session->members, member);
    session->room_count++;
    if (session->here)
        state_member_comes(member);
    return member;
}

void state_member_comes(struct member *member)
{
    struct room *room = member->room;

    DL_APPEND2(room->here, member, here_prev, here_next);
    room->here_count++;
}

void state_member_goes(struct member *member)
{
    struct room *room = member->room;

    DL_DELETE2(room->here, member, here_prev, here_next);
    member->here_prev = member->here_next = NULL;
    room->here_count--;
}

void state_remove_member(struct member *member)
{
    struct session *session = member->session;

    if (member->here_prev != NULL) /* a list's first one has it too */
        state_member_goes(member);
    DL_DELETE(session->members, member);
    session->room_count--;
    free(member);
}

void state_remove_session(struct state *state, struct session *session)
{
    while (session->members != NULL)
        state_remove_member(session->members);
    HASH_DELETE(by_sid, state->sessions_by_sid, session);
    HASH_DELETE(by_token, state->sessions_by_token, session);
    HASH_DELETE(by_key, state->sessions_by_key, session);
    free(session);
}

/* ---- finding ---- */

struct room *state_find_room(const struct state *state, int64_t rid)
{
    struct room *room;

    HASH_FIND(by_rid, state->rooms_by_rid, &rid, sizeof(rid), room);
    return room;
}

struct room *state_find_room_named(const struct state *state, const char *name)
{
    struct room *room;

    HASH_FIND(by_name, state->rooms_by_name, name, strlen(name), room);
    return room;
}

struct session *state_find_session(const struct state *state, int64_t sid)
{
    struct session *session;

    HASH_FIND(by_sid, state->sessions_by_sid, &sid, sizeof(sid), session);
    return session;
}

struct session *
state_find_session_by_token(const struct state *state,
                            const unsigned char token_hash[TOKEN_HASH_BYTES])
{
    struct session *session;

    HASH_FIND(by_token, state->sessions_by_token, token_hash, TOKEN_HASH_BYTES,
              session);
    return session;
}

struct session *state_find_session_by_key(const struct state *state,
                                          const char *key)
{
    struct session *session;

    HASH_FIND(by_key, state->sessions_by_key, key, strlen(key), session);
    return session;
}

struct member *state_find_member(const struct session *session,
                                 const struct room *room)
{
    struct member *member;

    DL_FOREACH (session->members, member) {
        if (member->room == room)
            break;
    }
    return member;
}

int64_t state_head_seq(const struct state *state)
{
    return state->head_seq;
}

const struct session *state_session(const struct state *state, int64_t sid)
{
    return state_find_session(state, sid);
}

const struct room *state_room(const struct state *state, int64_t rid)
{
    return state_find_room(state, rid);
}

size_t state_listed_members_max(const struct state *state)
{
    return state->rules.presence_events_max;
}

const struct room *state_rooms(const struct state *state)
{
    return state->rooms_by_rid;
}

const struct member *state_member(const struct session *session,
                                  const struct room *room)
{
    return state_find_member(session, room);
}
