/*
 * Bans: from a room, or (no room named) from the server. A ban is of an
 * account, a nick and an address at once. Also somebody who has left can be
 * banned: by their nick, and by the address as long as it is remembered.
 */
#include "broker/state_internal.h"

#include <string.h>

/* Whom a ban is to be of. */
struct culprit {
    struct person *person; /* NULL: nobody has the nick now */
    char nick[NICK_SIZE], key[NICK_KEY_SIZE];
    int64_t address; /* 0: not known, or not wanted */
};

/* ---- where ---- */

/* The command's room, or NULL for the server, if they may ban there. */
static enum chat_result find_place(struct decision *decision,
                                   struct room **room_out)
{
    *room_out = NULL;
    if (decision->command->room == NULL)
        return state_check(decision, NULL, RIGHT_SERVER_BAN);
    return state_room_for(decision, RIGHT_BAN, room_out);
}

static struct ban *bans_of(const struct state *state, const struct room *room)
{
    return room != NULL ? room->bans : state->bans;
}

/* ---- who ---- */

/* Of their sessions, the one that was seen last says where they are. */
static int64_t address_of(const struct person *person)
{
    int64_t address = 0, seen_ms = INT64_MIN;

    for (const struct session *session = person->sessions; session != NULL;
         session = session->next) {
        if (session->address == 0 || session->seen_ms < seen_ms)
            continue;
        address = session->address;
        seen_ms = session->seen_ms;
    }
    return address;
}

static enum chat_result find_culprit(struct decision *decision,
                                     struct culprit *culprit)
{
    const struct command *command = decision->command;

    *culprit = (struct culprit){.person = NULL};
    if (nick_normalize(command->to, decision->state->rules.nick_bytes,
                       culprit->nick) != CHAT_OK ||
        nick_skeleton(culprit->nick, culprit->key) != CHAT_OK)
        return CHAT_BAD_NICK;
    if (state_named_person(decision, &culprit->person) == CHAT_OK)
        culprit->address = address_of(culprit->person);
    else
        culprit->address =
            departed_address(&decision->state->departed, culprit->key);
    if (!command->on)
        culprit->address = 0;
    return CHAT_OK;
}

static enum chat_result check_culprit(const struct decision *decision,
                                      const struct room *room,
                                      const struct culprit *culprit)
{
    enum right right = room != NULL ? RIGHT_BAN : RIGHT_SERVER_BAN;

    if (culprit->person == NULL)
        return CHAT_OK;
    return state_check_against(decision, room, right, culprit->person);
}

/* ---- the lists ---- */

static struct ban *find_ban_of(const struct state *state,
                               const struct room *room,
                               const struct culprit *culprit)
{
    struct ban *ban = bans_of(state, room);

    while (ban != NULL && strcmp(ban->key, culprit->key) != 0)
        ban = ban->next;
    return ban;
}

static void emit_unban(struct decision *decision, const struct ban *ban,
                       struct event *event)
{
    char nick[NICK_SIZE]; /* applying frees the ban, with its own */

    memcpy(nick, ban->nick, strlen(ban->nick) + 1);
    event->target = ban->seq;
    event->to = nick;
    event->to_pid = ban->pid;
    state_emit(decision, event);
}

/* Quietly, by the server: it is over, or another one takes its place. */
static void drop_ban(struct decision *decision, const struct room *room,
                     const struct ban *ban)
{
    const struct actor server = {.person = NULL};
    struct event event =
        room != NULL
            ? state_room_event(server, room, EVENT_UNBAN, REASON_NONE)
            : state_person_event(server, EVENT_SERVER_UNBAN, REASON_NONE);

    emit_unban(decision, ban, &event);
}

static size_t count_bans(const struct state *state, const struct room *room)
{
    size_t count = 0;

    for (const struct ban *ban = bans_of(state, room); ban != NULL;
         ban = ban->next)
        count++;
    return count;
}

/* Whether one more fits, when those that are over have gone. */
static bool make_way(struct decision *decision, struct room *room)
{
    size_t most = decision->state->rules.bans_max;
    struct ban *ban = bans_of(decision->state, room);

    if (count_bans(decision->state, room) < most)
        return true;
    while (ban != NULL) {
        struct ban *next = ban->next;
        if (ban->until_ms <= decision->now.wall_ms)
            drop_ban(decision, room, ban);
        ban = next;
    }
    return count_bans(decision->state, room) < most;
}

/* ---- deciding ---- */

static void put_out(struct decision *decision, struct room *room,
                    struct person *person)
{
    if (room != NULL) {
        state_put_out(decision, room, person, REASON_BANNED);
        return;
    }
    /* A guest has one, and is freed with it. */
    for (size_t left = person->session_count; left > 0; left--)
        state_end_session(decision, person->sessions, REASON_BANNED);
}

static void emit_ban(struct decision *decision, struct room *room,
                     const struct culprit *culprit, int64_t until_ms)
{
    enum event_type type = room != NULL ? EVENT_BAN : EVENT_SERVER_BAN;
    struct event event = state_decider_event(decision, room, type);

    event.text = decision->command->text;
    event.until_ms = until_ms;
    event.address = culprit->address;
    event.to = culprit->nick;
    if (culprit->person != NULL)
        event.to_pid = culprit->person->pid;
    decision->outcome->seq = room != NULL
                                 ? state_emit_shown(decision, room, &event)
                                 : state_emit(decision, &event);
    if (culprit->person != NULL)
        put_out(decision, room, culprit->person);
}

enum chat_result state_decide_ban(struct decision *decision)
{
    int64_t until_ms = state_until_ms(decision);
    struct culprit culprit;
    struct room *room;
    enum chat_result result = state_check_reason(decision);

    if (result == CHAT_OK)
        result = find_place(decision, &room);
    if (result == CHAT_OK)
        result = find_culprit(decision, &culprit);
    if (result == CHAT_OK)
        result = check_culprit(decision, room, &culprit);
    if (result != CHAT_OK)
        return result;
    const struct ban *former = find_ban_of(decision->state, room, &culprit);
    if (former != NULL && state_is_same_until(former->until_ms, until_ms)) {
        decision->outcome->seq = former->seq;
        return CHAT_OK;
    }
    if (former != NULL)
        drop_ban(decision, room, former);
    else if (!make_way(decision, room))
        return CHAT_FORBIDDEN;
    emit_ban(decision, room, &culprit, until_ms);
    return CHAT_OK;
}

enum chat_result state_decide_unban(struct decision *decision)
{
    struct room *room;
    enum chat_result result = find_place(decision, &room);

    if (result != CHAT_OK)
        return result;
    const struct ban *ban =
        state_find_ban(decision->state, room, decision->command->target);
    if (ban == NULL) /* any that was there is gone by now */
        return state_is_past(decision, decision->command->target);
    struct event event = state_decider_event(
        decision, room, room != NULL ? EVENT_UNBAN : EVENT_SERVER_UNBAN);
    if (room != NULL)
        event.n = room->n + 1;
    emit_unban(decision, ban, &event);
    return CHAT_OK;
}

enum chat_result state_decide_bans(struct decision *decision)
{
    struct room *room;

    return find_place(decision, &room);
}
