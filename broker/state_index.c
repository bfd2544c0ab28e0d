/*
 * The indexes. Rooms are found by number and by name; people by number, by
 * nick key and, those of the site's login, by the site's name; sessions by
 * number and by token.
 */
#include "broker/state_internal.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/alloc.h"

static char *copy_text(const char *text)
{
    return strdup_or_die(text != NULL ? text : "");
}

/* NULL and "" both mean that there is none. */
static char *copy_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? strdup_or_die(text) : NULL;
}

/* ---- rooms ---- */

static void name_room(struct state *state, struct room *room, const char *name)
{
    room->name = copy_text(name);
    HASH_ADD_KEYPTR(by_name, state->rooms_by_name, room->name,
                    strlen(room->name), room);
}

struct room *state_add_room(struct state *state,
                            const struct stored_room *stored)
{
    struct room *room = alloc_or_die(sizeof(*room));

    room->rid = stored->rid;
    room->n = stored->n;
    room->purged_seq = stored->purged_seq;
    room->topic = copy_text(stored->topic);
    room->id = copy_text(stored->id);
    room->secret = copy_or_null(stored->secret);
    HASH_ADD(by_rid, state->rooms_by_rid, rid, sizeof(room->rid), room);
    name_room(state, room, stored->room);
    room->settings = room_settings_default();
    if (room->name[0] == '~')
        room->settings.access = ROOM_DIRECT;
    state_change_settings(room, stored->settings);
    return room;
}

/* Text of a newer version, which this one cannot read, changes nothing. */
void state_change_settings(struct room *room, const char *text)
{
    if (text != NULL)
        (void)room_settings_change(&room->settings, text);
}

void state_replace_secret(char **secret, const char *replacement)
{
    free(*secret);
    *secret = copy_or_null(replacement);
}

void state_rename_room(struct state *state, struct room *room, const char *name)
{
    HASH_DELETE(by_name, state->rooms_by_name, room);
    free(room->name);
    name_room(state, room, name);
}

void state_remove_room(struct state *state, struct room *room)
{
    while (room->members != NULL)
        state_remove_member(room->members);
    while (room->bans != NULL)
        state_remove_ban(state, room, room->bans);
    while (room->hooks != NULL)
        state_remove_hook(state, room->hooks);
    HASH_DELETE(by_rid, state->rooms_by_rid, room);
    HASH_DELETE(by_name, state->rooms_by_name, room);
    free(room->name);
    free(room->topic);
    free(room->id);
    free(room->secret);
    free(room);
}

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

/* ---- people ---- */

void state_nick_key(const char *nick, char key_out[NICK_KEY_SIZE])
{
    if (nick_skeleton(nick, key_out) == CHAT_OK)
        return;
    strncpy(key_out, nick, NICK_KEY_SIZE - 1);
    key_out[NICK_KEY_SIZE - 1] = '\0';
}

static void name_person(struct state *state, struct person *person,
                        const char *nick)
{
    char key[NICK_KEY_SIZE];

    state_nick_key(nick, key);
    person->nick = strdup_or_die(nick);
    person->key = strdup_or_die(key);
    HASH_ADD_KEYPTR(by_key, state->people_by_key, person->key,
                    strlen(person->key), person);
}

void state_rename_person(struct state *state, struct person *person,
                         const char *nick)
{
    HASH_DELETE(by_key, state->people_by_key, person);
    free(person->nick);
    free(person->key);
    name_person(state, person, nick);
}

/* What a guest and an account differ in. */
static void number_person(struct state *state, struct person *person,
                          const struct stored_person *stored)
{
    state->account_count += stored->kind != PERSON_GUEST;
    person->pid = stored->pid;
    person->kind = stored->kind;
    person->role = stored->role;
    person->maker_pid = stored->maker_pid;
    person->name = copy_or_null(stored->name);
    person->secret = copy_or_null(stored->secret);
    HASH_ADD(by_pid, state->people_by_pid, pid, sizeof(person->pid), person);
    if (person->name != NULL)
        HASH_ADD_KEYPTR(by_name, state->people_by_name, person->name,
                        strlen(person->name), person);
}

struct person *state_add_person(struct state *state,
                                const struct stored_person *stored)
{
    struct person *person = alloc_or_die(sizeof(*person));

    number_person(state, person, stored);
    name_person(state, person, stored->nick);
    person->gone_at_ms = stored->gone_at_ms;
    person->here = stored->gone_at_ms == 0;
    return person;
}

void state_make_account(struct state *state, struct person *guest,
                        const struct stored_person *stored)
{
    assert(guest->kind == PERSON_GUEST && guest->name == NULL);
    HASH_DELETE(by_pid, state->people_by_pid, guest);
    number_person(state, guest, stored);
}

void state_remove_person(struct state *state, struct person *person)
{
    assert(person->sessions == NULL);
    while (person->members != NULL)
        state_remove_member(person->members);
    while (person->former != NULL)
        state_remove_member(person->former);
    while (person->blocks != NULL)
        state_remove_block(person, person->blocks->to_pid);
    state->account_count -= person->kind != PERSON_GUEST;
    HASH_DELETE(by_pid, state->people_by_pid, person);
    HASH_DELETE(by_key, state->people_by_key, person);
    if (person->name != NULL)
        HASH_DELETE(by_name, state->people_by_name, person);
    free(person->nick);
    free(person->key);
    free(person->name);
    free(person->secret);
    free(person);
}

struct person *state_find_person(const struct state *state, int64_t pid)
{
    struct person *person;

    HASH_FIND(by_pid, state->people_by_pid, &pid, sizeof(pid), person);
    return person;
}

struct person *state_find_person_by_key(const struct state *state,
                                        const char *key)
{
    struct person *person;

    HASH_FIND(by_key, state->people_by_key, key, strlen(key), person);
    return person;
}

struct person *state_find_person_named(const struct state *state,
                                       const char *name)
{
    struct person *person;

    HASH_FIND(by_name, state->people_by_name, name, strlen(name), person);
    return person;
}

/* ---- sessions ---- */

struct session *state_add_session(struct state *state,
                                  const struct stored_session *stored)
{
    struct session *session = alloc_or_die(sizeof(*session));

    session->sid = stored->sid;
    session->person = state_find_person(state, stored->pid);
    assert(session->person != NULL);
    memcpy(session->token_hash, stored->token_hash, TOKEN_HASH_BYTES);
    session->created_at_ms = stored->created_at_ms;
    session->idle_at_ms = stored->idle_at_ms;
    DL_APPEND(session->person->sessions, session);
    session->person->session_count++;
    HASH_ADD(by_sid, state->sessions_by_sid, sid, sizeof(session->sid),
             session);
    HASH_ADD(by_token, state->sessions_by_token, token_hash, TOKEN_HASH_BYTES,
             session);
    return session;
}

void state_remove_session(struct state *state, struct session *session)
{
    DL_DELETE(session->person->sessions, session);
    session->person->session_count--;
    HASH_DELETE(by_sid, state->sessions_by_sid, session);
    HASH_DELETE(by_token, state->sessions_by_token, session);
    free(session);
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
