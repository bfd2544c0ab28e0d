/* The state's life, its loading from the store, and its doors for readers. */
#include "broker/state_internal.h"

#include <assert.h>
#include <stdlib.h>

#include "common/alloc.h"

/* ---- life ---- */

struct state *state_new(const struct state_rules *rules,
                        const struct state_log *log)
{
    struct state *state = alloc_or_die(sizeof(*state));

    state->rules = *rules;
    state->log = *log;
    guesses_init(&state->guesses);
    return state;
}

void state_free(struct state *state)
{
    struct session *session, *next_session;
    struct person *person, *next_person;
    struct room *room, *next_room;

    if (state == NULL)
        return;
    HASH_ITER (by_sid, state->sessions_by_sid, session, next_session)
        state_remove_session(state, session);
    HASH_ITER (by_pid, state->people_by_pid, person, next_person)
        state_remove_person(state, person);
    HASH_ITER (by_rid, state->rooms_by_rid, room, next_room)
        state_remove_room(state, room);
    while (state->bans != NULL)
        state_remove_ban(state, NULL, state->bans);
    departed_fini(&state->departed);
    address_buckets_free(&state->addresses);
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

static void load_person(void *context, const struct stored_person *stored)
{
    struct loading *loading = context;

    state_add_person(loading->state, stored);
}

static void load_session(void *context, const struct stored_session *stored)
{
    struct loading *loading = context;
    struct session *session = state_add_session(loading->state, stored);

    session->seen_ms = loading->mono_ms;
    session->acted_ms = loading->mono_ms;
}

static void load_member(void *context, const struct stored_member *stored)
{
    struct loading *loading = context;
    struct member *member =
        state_place(state_find_person(loading->state, stored->pid),
                    state_find_room(loading->state, stored->rid));

    if (stored->joined_seq != 0)
        state_member_joins(member, stored->joined_seq);
    if (stored->joined_seq != 0 && member->person->here)
        state_member_comes(member);
    member->rank = stored->rank;
    member->invited = stored->invited;
    member->approved = stored->approved;
    member->muted_until_ms = stored->muted_until_ms;
    member->read_seq = stored->read_seq;
}

static void load_ban(void *context, const struct stored_ban *stored)
{
    struct loading *loading = context;

    state_add_ban(loading->state, stored);
}

static void load_block(void *context, const struct stored_block *stored)
{
    struct loading *loading = context;

    state_add_block(state_find_person(loading->state, stored->pid),
                    stored->to_pid);
}

static void load_hook(void *context, const struct stored_hook *stored)
{
    struct loading *loading = context;

    state_add_hook(loading->state, stored);
}

enum chat_result state_load(struct state *state, struct store *store,
                            int64_t mono_ms)
{
    struct loading loading = {.state = state, .mono_ms = mono_ms};
    const struct store_loader loader = {
        .context = &loading,
        .head = load_head,
        .room = load_room,
        .person = load_person,
        .session = load_session,
        .member = load_member,
        .ban = load_ban,
        .block = load_block,
        .hook = load_hook,
    };

    assert(state->head_seq == 0);
    return store_load(store, &loader);
}

/* ---- reading ---- */

int64_t state_head_seq(const struct state *state)
{
    return state->head_seq;
}

const struct session *state_session(const struct state *state, int64_t sid)
{
    return state_find_session(state, sid);
}

const struct person *state_person(const struct state *state, int64_t pid)
{
    return state_find_person(state, pid);
}

const struct room *state_room(const struct state *state, int64_t rid)
{
    return state_find_room(state, rid);
}

size_t state_listed_members_max(const struct state *state)
{
    return state->rules.presence_events_max;
}

size_t state_typing_members_max(const struct state *state)
{
    return state->rules.typing_members_max;
}

const struct room *state_rooms(const struct state *state)
{
    return state->rooms_by_rid;
}

const struct member *state_member(const struct person *person,
                                  const struct room *room)
{
    return state_find_member(person, room);
}
