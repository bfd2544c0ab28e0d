/* The short lists: bans of the server and of rooms, blocks, hooks. */
#include "broker/state_internal.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/alloc.h"

/* ---- bans ---- */

static struct ban **ban_list(struct state *state, struct room *room)
{
    return room != NULL ? &room->bans : &state->bans;
}

struct ban *state_add_ban(struct state *state, const struct stored_ban *stored)
{
    struct ban *ban = alloc_or_die(sizeof(*ban));
    struct ban **list = ban_list(state, state_find_room(state, stored->rid));
    char key[NICK_KEY_SIZE];

    state_nick_key(stored->nick, key);
    ban->seq = stored->seq;
    ban->rid = stored->rid;
    ban->pid = stored->pid;
    ban->nick = strdup_or_die(stored->nick);
    ban->key = strdup_or_die(key);
    ban->address = stored->address;
    ban->until_ms = stored->until_ms;
    DL_APPEND(*list, ban);
    return ban;
}

struct ban *state_find_ban(const struct state *state, const struct room *room,
                           int64_t seq)
{
    struct ban *ban = room != NULL ? room->bans : state->bans;

    while (ban != NULL && ban->seq != seq)
        ban = ban->next;
    return ban;
}

void state_remove_ban(struct state *state, struct room *room, struct ban *ban)
{
    struct ban **list = ban_list(state, room);

    DL_DELETE(*list, ban);
    free(ban->nick);
    free(ban->key);
    free(ban);
}

/*
 * An account is known by its pid and its nick. Its address says nothing: a
 * whole school may share it. A guest's is all that a second nick leaves.
 */
static bool ban_means(const struct ban *ban, const struct person *person,
                      int64_t address)
{
    if (ban->pid == person->pid && ban->pid != 0)
        return true;
    if (strcmp(ban->key, person->key) == 0)
        return true;
    return person->kind == PERSON_GUEST && address != 0 &&
           ban->address == address;
}

static bool list_bans(const struct ban *ban, const struct person *person,
                      int64_t address, int64_t wall_ms)
{
    for (; ban != NULL; ban = ban->next) {
        if (ban->until_ms > wall_ms && ban_means(ban, person, address))
            return true;
    }
    return false;
}

bool state_is_banned(const struct state *state, const struct person *person,
                     int64_t address, const struct room *room, int64_t wall_ms)
{
    return list_bans(state->bans, person, address, wall_ms) ||
           (room != NULL && list_bans(room->bans, person, address, wall_ms));
}

/* ---- blocks ---- */

static struct block *find_block(const struct person *person, int64_t to_pid)
{
    struct block *block = person->blocks;

    while (block != NULL && block->to_pid != to_pid)
        block = block->next;
    return block;
}

bool state_has_blocked(const struct person *person, int64_t to_pid)
{
    return find_block(person, to_pid) != NULL;
}

void state_add_block(struct person *person, int64_t to_pid)
{
    struct block *block;

    if (find_block(person, to_pid) != NULL)
        return;
    block = alloc_or_die(sizeof(*block));
    block->to_pid = to_pid;
    DL_APPEND(person->blocks, block);
}

void state_remove_block(struct person *person, int64_t to_pid)
{
    struct block *block = find_block(person, to_pid);

    if (block == NULL)
        return;
    DL_DELETE(person->blocks, block);
    free(block);
}

/* ---- hooks ---- */

struct hook *state_add_hook(struct state *state,
                            const struct stored_hook *stored)
{
    struct hook *hook = alloc_or_die(sizeof(*hook));

    hook->seq = stored->seq;
    hook->room = state_find_room(state, stored->rid);
    hook->name = strdup_or_die(stored->name);
    hook->url = stored->url != NULL ? strdup_or_die(stored->url) : NULL;
    hook->secret =
        stored->secret != NULL ? strdup_or_die(stored->secret) : NULL;
    hook->has_token = stored->token_hash != NULL;
    DL_APPEND(hook->room->hooks, hook);
    if (!hook->has_token)
        return hook;
    memcpy(hook->token_hash, stored->token_hash, TOKEN_HASH_BYTES);
    HASH_ADD(by_token, state->hooks_by_token, token_hash, TOKEN_HASH_BYTES,
             hook);
    return hook;
}

struct hook *state_find_hook(const struct room *room, int64_t seq)
{
    struct hook *hook = room->hooks;

    while (hook != NULL && hook->seq != seq)
        hook = hook->next;
    return hook;
}

struct hook *
state_find_hook_by_token(const struct state *state,
                         const unsigned char token_hash[TOKEN_HASH_BYTES])
{
    struct hook *hook;

    HASH_FIND(by_token, state->hooks_by_token, token_hash, TOKEN_HASH_BYTES,
              hook);
    return hook;
}

void state_remove_hook(struct state *state, struct hook *hook)
{
    DL_DELETE(hook->room->hooks, hook);
    if (hook->has_token)
        HASH_DELETE(by_token, state->hooks_by_token, hook);
    free(hook->name);
    free(hook->url);
    free(hook->secret);
    free(hook);
}
