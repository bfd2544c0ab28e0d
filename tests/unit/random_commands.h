/*
 * What people ask for in a random schedule: one function per kind of command,
 * and the table that says how often each comes. Names are few, so that people
 * meet, and most of what is asked for can be done.
 */
#ifndef TESTS_UNIT_RANDOM_COMMANDS_H
#define TESTS_UNIT_RANDOM_COMMANDS_H

#include "tests/unit/random_world.h"

/* ---- who, where, what ---- */

/* Mostly one whose session has not ended. */
static inline struct login *draw_login(struct world *world)
{
    struct login *login = NULL;

    for (int tries = 0; tries < 5; tries++) {
        login = &world->logins[draw(world, PEOPLE)];
        if (state_session(world->fixture.state, login->sid) != NULL)
            break;
    }
    return login;
}

static inline const char *draw_room(struct world *world, char *out)
{
    if (one_in(world, 50))
        return strcpy(out, "no room");
    if (one_in(world, 4))
        return strcpy(out, "lobby");
    snprintf(out, 16, "%s%u", one_in(world, 2) ? "Room" : "room",
             draw(world, ROOMS));
    return out;
}

/* Every other time one that whoever asks is in, if there is one. */
static inline void draw_in_room(struct world *world, struct request *request)
{
    const struct session *session =
        state_session(world->fixture.state, request->command.sid);
    const struct member *member =
        session != NULL ? session->person->members : NULL;

    request->command.room = draw_room(world, request->room);
    if (member == NULL || one_in(world, 2))
        return;
    while (member->next != NULL && !one_in(world, 3))
        member = member->next;
    strcpy(request->room, member->room->name);
}

static inline void draw_token(struct world *world, unsigned number,
                              unsigned char hash_out[])
{
    char name[16];

    (void)world;
    snprintf(name, sizeof(name), "t%u", number);
    token(name, hash_out);
}

/* A new id, or perhaps one that was used before. */
static inline void draw_id(struct world *world, struct request *request)
{
    if (one_in(world, 10))
        snprintf(request->id, sizeof(request->id), "m%u", draw(world, 4));
    else
        snprintf(request->id, sizeof(request->id), "new%u", ++world->id_count);
    request->command.id = one_in(world, 100) ? "" : request->id;
}

static inline void draw_text(struct world *world, struct request *request)
{
    snprintf(request->text, sizeof(request->text), "text %u", draw(world, 5));
    request->command.text = one_in(world, 100) ? " " : request->text;
}

/* Mostly somebody's nick, of those who are in the room if there are any. */
static inline void draw_to(struct world *world, struct request *request)
{
    const struct session *session =
        state_session(world->fixture.state, draw_login(world)->sid);

    if (session != NULL && !one_in(world, 30))
        strcpy(request->to, session->person->nick);
    else
        snprintf(request->to, sizeof(request->to), "nick%u",
                 draw(world, NICKS));
    request->command.to = request->to;
}

/* Mostly by somebody who may do such things to others, if there is one. */
static inline void draw_as_power(struct world *world, struct request *request,
                                 enum power power)
{
    const struct state *state = world->fixture.state;
    const struct room *room = state_find_room_named(state, request->room);

    for (int tries = 0; tries < 12; tries++) {
        int64_t sid = draw_login(world)->sid;
        const struct session *session = state_session(state, sid);
        request->command.sid = sid;
        if (session != NULL && room != NULL &&
            model_power(&world->model, session->person->pid,
                        model_room(&world->model, room->rid)) >= power)
            return;
    }
}

static inline void draw_as_moderator(struct world *world,
                                     struct request *request)
{
    draw_in_room(world, request);
    draw_as_power(world, request, POWER_MODERATOR);
}

static inline void draw_as_owner(struct world *world, struct request *request)
{
    draw_in_room(world, request);
    draw_as_power(world, request, POWER_OWNER);
}

static inline int64_t draw_seconds(struct world *world)
{
    return one_in(world, 8) ? 0 : 1 + (int64_t)draw(world, 60);
}

/* An event of one of these types (bits), among the latest; or NULL. */
static inline const struct event *draw_event(struct world *world,
                                             uint64_t types)
{
    const struct memory_log *log = &world->fixture.log;
    size_t count = log->count < 600 ? log->count : 600;

    for (int tries = 0; tries < 40; tries++) {
        const struct event *event =
            &log->events[log->count - 1 - draw(world, (unsigned)count)];
        if ((types >> event->type & 1) != 0)
            return event;
    }
    return NULL;
}

/* About such an event, where it happened, if there is one. */
static inline void draw_about(struct world *world, struct request *request,
                              uint64_t types)
{
    const struct event *event = draw_event(world, types);
    const struct room *room =
        event != NULL ? state_room(world->fixture.state, event->rid) : NULL;

    draw_in_room(world, request);
    request->command.target =
        event != NULL ? event->seq
                      : 1 + draw(world, (unsigned)world->fixture.log.count);
    if (room != NULL && !one_in(world, 20))
        request->command.room = strcpy(request->room, room->name);
}

enum {
    SPOKEN = 1 << EVENT_MESSAGE | 1 << EVENT_ACTION,
};

static inline void draw_about_message(struct world *world,
                                      struct request *request)
{
    draw_about(world, request, SPOKEN);
}

/* Mostly by whoever said it. */
static inline void draw_about_own(struct world *world, struct request *request)
{
    size_t target;

    draw_about_message(world, request);
    target = (size_t)request->command.target;
    if (!one_in(world, 4))
        request->command.sid = world->fixture.log.events[target - 1].sid;
}

/* ---- sessions and people ---- */

static inline void draw_session_new(struct world *world,
                                    struct request *request)
{
    struct command *command = &request->command;

    draw_token(world, ++world->token_count, command->token_hash);
    snprintf(request->nick, sizeof(request->nick), "%s%u",
             one_in(world, 2) ? "Nick" : "nick", draw(world, NICKS));
    command->nick = one_in(world, 100) ? " bad" : request->nick;
    command->address = draw(world, 5);
    if (one_in(world, 3))
        command->pid = world->accounts[draw(world, ACCOUNTS)];
    command->has_replaces = one_in(world, 4);
    draw_token(world, draw_login(world)->token, command->replaces);
    command->has_rooms = one_in(world, 2);
    command->room_count = command->has_rooms ? draw(world, 4) : 0;
    for (size_t i = 0; i < command->room_count; i++)
        command->rooms[i] = draw_room(world, request->rooms[i]);
}

static inline void draw_session_get(struct world *world,
                                    struct request *request)
{
    draw_token(world, draw_login(world)->token, request->command.token_hash);
}

static inline void draw_session_revoke(struct world *world,
                                       struct request *request)
{
    if (!one_in(world, 4))
        request->command.target = draw_login(world)->sid;
}

static inline void draw_nick(struct world *world, struct request *request)
{
    snprintf(request->nick, sizeof(request->nick), "nick%u",
             draw(world, NICKS));
    request->command.nick = one_in(world, 50) ? " bad" : request->nick;
}

static inline void draw_secret(struct world *world, struct request *request)
{
    request->command.secret = one_in(world, 2) ? "one" : "other";
}

static inline void draw_role(struct world *world, struct request *request)
{
    static const char *const roles[] = {"guest", "member", "moderator",
                                        "admin"};

    draw_to(world, request);
    request->command.word = DRAW_WORD(world, roles);
    draw_as_power(world, request, POWER_ADMIN);
}

static inline void draw_block(struct world *world, struct request *request)
{
    draw_to(world, request);
    request->command.on = one_in(world, 2);
}

/* Mostly by an admin, if one is there. */
static inline void draw_as_admin(struct world *world, struct request *request)
{
    const struct state *state = world->fixture.state;

    for (int tries = 0; tries < 50; tries++) {
        int64_t sid = draw_login(world)->sid;
        const struct session *session = state_session(state, sid);
        request->command.sid = sid;
        if (session != NULL && session->person->role == ROLE_ADMIN)
            return;
    }
}

static inline void draw_bot_new(struct world *world, struct request *request)
{
    draw_nick(world, request);
    draw_as_admin(world, request);
    draw_token(world, ++world->token_count, request->command.token_hash);
}

/* Mostly one of the bots, if there is any. */
static inline void draw_bot_end(struct world *world, struct request *request)
{
    const struct person *person = world->fixture.state->people_by_pid;

    draw_to(world, request);
    draw_as_admin(world, request);
    for (; person != NULL; person = person->by_pid.next) {
        if (person->kind == PERSON_BOT && one_in(world, 2))
            strcpy(request->to, person->nick);
    }
}

static inline void draw_touch(struct world *world, struct request *request)
{
    for (size_t i = 0; i < 3; i++)
        request->touches[i] = (struct touch){.sid = draw_login(world)->sid,
                                             .age_ms = draw(world, 25000)};
    request->command.touches = request->touches;
    request->command.touch_count = 3;
}

/* ---- rooms ---- */

static inline void draw_settings(struct world *world, struct request *request)
{
    static const char *const settings[] = {
        "access=private",  "access=public",      "posting=moderators",
        "posting=members", "posting=everyone",   "slow_seconds=5",
        "slow_seconds=0",  "hold_newcomers=yes", "hold_newcomers=no",
        "archived=yes",    "archived=no",        "lasting=no",
        "lasting=yes",     "indexed=yes",        "access=direct",
    };

    strcpy(request->settings, DRAW_WORD(world, settings));
    request->command.settings = request->settings;
}

static inline void draw_room_new(struct world *world, struct request *request)
{
    draw_in_room(world, request);
    snprintf(request->id, sizeof(request->id), "r%u", ++world->id_count);
    request->command.id = request->id;
    request->command.text = one_in(world, 50) ? "two\nlines" : "topic";
    if (one_in(world, 3))
        draw_settings(world, request);
}

static inline void draw_room_set(struct world *world, struct request *request)
{
    draw_as_owner(world, request);
    if (one_in(world, 2))
        request->command.text = one_in(world, 2) ? "new topic" : "";
    if (one_in(world, 2))
        draw_settings(world, request);
    if (one_in(world, 5))
        request->command.secret = one_in(world, 3) ? "hash" : "";
}

static inline void draw_rename(struct world *world, struct request *request)
{
    draw_as_owner(world, request);
    request->command.to = draw_room(world, request->to);
}

/* Front ends say that a passphrase was right only where there is one. */
static inline void draw_join(struct world *world, struct request *request)
{
    draw_in_room(world, request);
    const struct room *room =
        state_find_room_named(world->fixture.state, request->room);
    request->command.verified =
        room != NULL && room->secret != NULL && one_in(world, 2);
    request->command.address = draw(world, 5);
}

static inline void draw_invite(struct world *world, struct request *request)
{
    draw_as_moderator(world, request);
    draw_to(world, request);
    request->command.on = !one_in(world, 3);
}

static inline void draw_rank(struct world *world, struct request *request)
{
    static const char *const ranks[] = {"", "moderator", "owner"};

    draw_as_owner(world, request);
    draw_to(world, request);
    request->command.word = DRAW_WORD(world, ranks);
}

/* ---- what is said ---- */

static inline void draw_post(struct world *world, struct request *request)
{
    struct command *command = &request->command;
    size_t count = world->fixture.log.count;

    draw_in_room(world, request);
    draw_id(world, request);
    draw_text(world, request);
    command->action = one_in(world, 5);
    if (one_in(world, 10))
        command->reply_to = 1 + draw(world, (unsigned)count);
}

static inline void draw_edit(struct world *world, struct request *request)
{
    draw_about_own(world, request);
    draw_text(world, request);
}

static inline void draw_delete(struct world *world, struct request *request)
{
    draw_about_own(world, request);
    if (one_in(world, 2))
        draw_as_power(world, request, POWER_MODERATOR);
}

static inline void draw_react(struct world *world, struct request *request)
{
    draw_about_message(world, request);
    request->command.text = one_in(world, 2) ? "\U0001F44D" : "\U0001F389";
    request->command.on = !one_in(world, 3);
}

static inline void draw_search(struct world *world, struct request *request)
{
    draw_in_room(world, request);
    if (one_in(world, 2))
        request->command.room = NULL;
    request->command.text = "text";
    request->command.limit = 10;
}

/* ---- moderation ---- */

static inline void draw_against(struct world *world, struct request *request)
{
    draw_as_moderator(world, request);
    draw_to(world, request);
    request->command.seconds = draw_seconds(world);
    request->command.text = one_in(world, 2) ? "enough" : NULL;
}

/* In a room; now and then everywhere. */
static inline void draw_ban(struct world *world, struct request *request)
{
    draw_against(world, request);
    if (one_in(world, 8))
        request->command.room = NULL;
}

static inline void draw_unban(struct world *world, struct request *request)
{
    bool in_room = !one_in(world, 4);

    draw_about(world, request,
               in_room ? 1ULL << EVENT_BAN : 1ULL << EVENT_SERVER_BAN);
    draw_as_power(world, request, POWER_MODERATOR);
    if (!in_room)
        request->command.room = NULL;
}

static inline void draw_report(struct world *world, struct request *request)
{
    draw_about_message(world, request);
    request->command.text = "rude";
}

static inline void draw_report_end(struct world *world, struct request *request)
{
    draw_about(world, request, 1ULL << EVENT_REPORT);
    draw_as_power(world, request, POWER_MODERATOR);
}

static inline void draw_held_end(struct world *world, struct request *request)
{
    draw_about(world, request, 1ULL << EVENT_HELD);
    draw_as_power(world, request, POWER_MODERATOR);
    request->command.on = one_in(world, 2);
}

/* ---- integration ---- */

/* One of a few, so that what is posted finds a hook. */
static inline void draw_hook_token(struct world *world, struct request *request)
{
    enum { HOOK_TOKENS = 20, FIRST_HOOK_TOKEN = 1000000 };

    draw_token(world, FIRST_HOOK_TOKEN + draw(world, HOOK_TOKENS),
               request->command.token_hash);
}

static inline void draw_hook_new(struct world *world, struct request *request)
{
    draw_as_owner(world, request);
    request->command.nick = "news";
    if (one_in(world, 2)) {
        draw_hook_token(world, request);
        return;
    }
    request->command.text = "https://example.org/hook";
    request->command.secret = "key";
}

static inline void draw_hook_end(struct world *world, struct request *request)
{
    draw_about(world, request, 1ULL << EVENT_HOOK_NEW);
    draw_as_power(world, request, POWER_OWNER);
}

static inline void draw_hook_post(struct world *world, struct request *request)
{
    draw_hook_token(world, request);
    draw_id(world, request);
    draw_text(world, request);
}

/* ---- all of it ---- */

static const struct {
    enum command_type type;
    unsigned weight;
    void (*draw)(struct world *world, struct request *request);
} mix[] = {
    {COMMAND_SESSION_NEW, 24, draw_session_new},
    {COMMAND_SESSION_GET, 8, draw_session_get},
    {COMMAND_SESSION_END, 5, NULL},
    {COMMAND_SESSIONS, 2, NULL},
    {COMMAND_SESSION_REVOKE, 2, draw_session_revoke},
    {COMMAND_NICK, 6, draw_nick},
    {COMMAND_ACCOUNT_GET, 1, draw_nick},
    {COMMAND_REGISTER, 2, draw_secret},
    {COMMAND_PASSPHRASE, 1, draw_secret},
    {COMMAND_PERSON_GET, 2, draw_to},
    {COMMAND_ROLE, 2, draw_role},
    {COMMAND_BLOCK, 2, draw_block},
    {COMMAND_BLOCKS, 1, NULL},
    {COMMAND_IDLE, 2, NULL},
    {COMMAND_BYE, 2, NULL},
    {COMMAND_TOUCH, 20, draw_touch},
    {COMMAND_ROOMS, 4, NULL},
    {COMMAND_ROOM_NEW, 10, draw_room_new},
    {COMMAND_ROOM_SET, 6, draw_room_set},
    {COMMAND_ROOM_SET, 3, draw_rename},
    {COMMAND_ROOM_GET, 2, draw_in_room},
    {COMMAND_ROOM_DELETE, 2, draw_as_owner},
    {COMMAND_ROOM_SECRET, 2, draw_in_room},
    {COMMAND_JOIN, 28, draw_join},
    {COMMAND_LEAVE, 14, draw_in_room},
    {COMMAND_MEMBERS, 2, draw_in_room},
    {COMMAND_INVITE, 6, draw_invite},
    {COMMAND_RANK, 4, draw_rank},
    {COMMAND_DIRECT, 4, draw_to},
    {COMMAND_POST, 60, draw_post},
    {COMMAND_EDIT, 12, draw_edit},
    {COMMAND_DELETE, 8, draw_delete},
    {COMMAND_REACT, 8, draw_react},
    {COMMAND_TYPING, 4, draw_in_room},
    {COMMAND_READ, 6, draw_about_message},
    {COMMAND_HISTORY, 8, draw_in_room},
    {COMMAND_EXPORT, 2, draw_in_room},
    {COMMAND_MESSAGE, 4, draw_about_message},
    {COMMAND_EDITS, 2, draw_about_message},
    {COMMAND_SEARCH, 2, draw_search},
    {COMMAND_EVENTS, 6, NULL},
    {COMMAND_KICK, 4, draw_against},
    {COMMAND_MUTE, 4, draw_against},
    {COMMAND_UNMUTE, 3, draw_against},
    {COMMAND_BAN, 4, draw_ban},
    {COMMAND_UNBAN, 4, draw_unban},
    {COMMAND_BANS, 1, draw_as_moderator},
    {COMMAND_UNDO, 1, draw_against},
    {COMMAND_REPORT, 3, draw_report},
    {COMMAND_REPORT_END, 3, draw_report_end},
    {COMMAND_HELD_END, 4, draw_held_end},
    {COMMAND_PENDING, 2, draw_as_moderator},
    {COMMAND_AUDIT, 2, draw_as_moderator},
    {COMMAND_HOOK_NEW, 2, draw_hook_new},
    {COMMAND_HOOKS, 1, draw_as_owner},
    {COMMAND_HOOK_END, 2, draw_hook_end},
    {COMMAND_HOOK_POST, 3, draw_hook_post},
    {COMMAND_BOT_NEW, 2, draw_bot_new},
    {COMMAND_BOT_END, 2, draw_bot_end},
    {COMMAND_PAGE, 2, draw_in_room},
    {COMMAND_HEAD, 2, NULL},
    {COMMAND_GONE, 6, NULL},
    {COMMAND_EXPIRE, 4, NULL},
    {COMMAND_ROOM_OPEN, 2, NULL},
    {COMMAND_PURGE, 2, draw_about_message},
    {COMMAND_APPOINT, 1, draw_nick},
};

static inline void draw_request(struct world *world, struct request *request)
{
    unsigned total = 0;
    size_t chosen = 0;

    for (size_t i = 0; i < sizeof(mix) / sizeof(mix[0]); i++)
        total += mix[i].weight;
    for (unsigned rest = draw(world, total); rest >= mix[chosen].weight;)
        rest -= mix[chosen++].weight;
    memset(request, 0, sizeof(*request));
    request->command.type = mix[chosen].type;
    request->command.sid = draw_login(world)->sid;
    request->command.room = "lobby"; /* ROOM_OPEN: names are in normal form */
    if (mix[chosen].draw != NULL)
        mix[chosen].draw(world, request);
}

#endif
