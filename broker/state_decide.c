/*
 * Deciding: one function per command. Each checks everything first, in the
 * HTTP interface's order (session, body, room, right), and only then emits
 * events, each of which takes its place in the log and is applied at once.
 *
 * In a room of more than presence_events_max people, coming and going is
 * logged (it changes who may read) but not shown: such a row has no place in
 * its room, n = 0.
 */
#include "broker/state_internal.h"

#include <sodium.h>
#include <string.h>
#include <utlist.h>

/* One command being decided. */
struct decision {
    struct state *state;
    const struct command *command;
    struct moment now;
    struct outcome *outcome;
    struct session *session; /* whose command it is; NULL: nobody's */
};

/* ---- emitting ---- */

/* Gives `event` its place, appends and applies it. Returns its seq. */
static int64_t emit(struct decision *decision, struct event *event)
{
    struct state *state = decision->state;

    event->seq = state->head_seq + 1;
    event->at_ms = decision->now.wall_ms > state->head_at_ms
                       ? decision->now.wall_ms
                       : state->head_at_ms;
    state->log.append(state->log.context, event);
    state_apply(state, event);
    return event->seq;
}

static struct event session_event(const struct session *session,
                                  enum event_type type,
                                  enum event_reason reason)
{
    return (struct event){.type = type,
                          .reason = reason,
                          .role = session->role,
                          .sid = session->sid,
                          .from = session->nick};
}

static struct event room_event(const struct session *session,
                               const struct room *room, enum event_type type,
                               enum event_reason reason)
{
    struct event event = session_event(session, type, reason);

    event.rid = room->rid;
    event.room = room->name;
    return event;
}

static void emit_join(struct decision *decision, struct session *session,
                      struct room *room, enum event_reason reason)
{
    struct event event = room_event(session, room, EVENT_JOIN, reason);

    if (room->here_count + 1 <= decision->state->rules.presence_events_max)
        event.n = room->n + 1;
    emit(decision, &event);
}

/* Somebody who is gone has left already, as far as the others see. */
static void emit_leave(struct decision *decision, struct session *session,
                       struct room *room, enum event_reason reason)
{
    struct event event = room_event(session, room, EVENT_LEAVE, reason);

    if (session->here &&
        room->here_count <= decision->state->rules.presence_events_max)
        event.n = room->n + 1;
    emit(decision, &event);
}

static struct room *emit_room(struct decision *decision,
                              const struct session *session, const char *name,
                              const char *topic, const char *id)
{
    struct event event = {
        .type = EVENT_ROOM,
        .n = 1,
        .rid = decision->state->head_seq + 1,
        .sid = session != NULL ? session->sid : 0,
        .from = session != NULL ? session->nick : NULL,
        .room = name,
        .text = topic,
        .id = id,
    };

    return state_find_room(decision->state, emit(decision, &event));
}

static void end_session(struct decision *decision, struct session *session,
                        enum event_reason reason)
{
    struct member *member, *next;

    DL_FOREACH_SAFE (session->members, member, next)
        emit_leave(decision, session, member->room, reason);
    struct event end = session_event(session, EVENT_SESSION_END, reason);
    emit(decision, &end);
}

/* A request of a session that was gone brings it back. */
static void come_back(struct decision *decision, struct session *session)
{
    struct event back = session_event(session, EVENT_SESSION_BACK, REASON_BACK);
    struct member *member;

    emit(decision, &back);
    DL_FOREACH (session->members, member)
        emit_join(decision, session, member->room, REASON_BACK);
}

static void see(struct decision *decision, struct session *session,
                int64_t seen_ms)
{
    if (seen_ms > session->seen_ms)
        session->seen_ms = seen_ms;
    if (!session->here)
        come_back(decision, session);
}

/* ---- sessions ---- */

/* The rooms a new session will be in. */
struct room_choice {
    char names[COMMAND_ROOMS_MAX][ROOM_SIZE];
    size_t count;
};

static bool choice_has(const struct room_choice *choice, const char *name)
{
    for (size_t i = 0; i < choice->count; i++) {
        if (strcmp(choice->names[i], name) == 0)
            return true;
    }
    return false;
}

static enum chat_result choose_rooms(const struct decision *decision,
                                     struct room_choice *choice)
{
    const struct state_rules *rules = &decision->state->rules;
    const struct command *command = decision->command;

    choice->count = 0;
    if (!command->has_rooms) {
        memcpy(choice->names, rules->default_rooms, sizeof(choice->names));
        choice->count = rules->default_room_count;
        return CHAT_OK;
    }
    for (size_t i = 0; i < command->room_count; i++) {
        char name[ROOM_SIZE];
        if (room_normalize(command->rooms[i], rules->room_bytes, name) !=
            CHAT_OK)
            return CHAT_BAD_ROOM;
        if (!choice_has(choice, name))
            memcpy(choice->names[choice->count++], name, sizeof(name));
    }
    return CHAT_OK;
}

static bool is_default_room(const struct state_rules *rules, const char *name)
{
    for (size_t i = 0; i < rules->default_room_count; i++) {
        if (strcmp(rules->default_rooms[i], name) == 0)
            return true;
    }
    return false;
}

/* Whether all rooms chosen are there or may be made. */
static enum chat_result check_choice(const struct state *state,
                                     const struct room_choice *choice)
{
    size_t missing = 0;

    for (size_t i = 0; i < choice->count; i++) {
        const char *name = choice->names[i];
        if (state_find_room_named(state, name) != NULL)
            continue;
        if (!state->rules.guests_make_rooms &&
            !is_default_room(&state->rules, name))
            return CHAT_NO_ROOM;
        missing++;
    }
    if (choice->count > state->rules.rooms_per_session)
        return CHAT_FORBIDDEN;
    if (HASH_CNT(by_rid, state->rooms_by_rid) + missing >
        state->rules.rooms_max)
        return CHAT_FORBIDDEN;
    return CHAT_OK;
}

/* Whether no other session has a nick of `key`, but the one that ends first. */
static enum chat_result check_nick_free(const struct state *state,
                                        const char *key,
                                        const struct session *replaced)
{
    const struct session *owner = state_find_session_by_key(state, key);

    return owner == NULL || owner == replaced ? CHAT_OK : CHAT_NICK_TAKEN;
}

/* Everything a new session asks for, checked; its nick as people see it. */
static enum chat_result check_session_new(const struct decision *decision,
                                          const struct session *replaced,
                                          char nick_out[NICK_SIZE],
                                          struct room_choice *choice_out)
{
    const struct state *state = decision->state;
    const struct command *command = decision->command;
    char key[NICK_KEY_SIZE];

    if (nick_normalize(command->nick, state->rules.nick_bytes, nick_out) !=
            CHAT_OK ||
        nick_key(nick_out, key) != CHAT_OK)
        return CHAT_BAD_NICK;
    enum chat_result result = choose_rooms(decision, choice_out);
    if (result == CHAT_OK)
        result = check_choice(state, choice_out);
    if (result == CHAT_OK)
        result = check_nick_free(state, key, replaced);
    if (result == CHAT_OK && replaced == NULL &&
        HASH_CNT(by_sid, state->sessions_by_sid) >= state->rules.sessions_max)
        result = CHAT_UNAVAILABLE;
    return result;
}

static struct session *emit_session(struct decision *decision, const char *nick)
{
    struct event event = {.type = EVENT_SESSION_NEW,
                          .role = ROLE_GUEST,
                          .sid = decision->state->head_seq + 1,
                          .from = nick,
                          .token_hash = decision->command->token_hash};
    struct session *session =
        state_find_session(decision->state, emit(decision, &event));

    session->seen_ms = decision->now.mono_ms;
    return session;
}

static enum chat_result decide_session_new(struct decision *decision)
{
    struct state *state = decision->state;
    const struct command *command = decision->command;
    struct session *replaced =
        command->has_replaces
            ? state_find_session_by_token(state, command->replaces)
            : NULL;
    struct room_choice choice;
    char nick[NICK_SIZE];

    decision->session = state_find_session_by_token(state, command->token_hash);
    if (decision->session != NULL) {
        see(decision, decision->session, decision->now.mono_ms);
        return CHAT_REPEAT;
    }
    enum chat_result result =
        check_session_new(decision, replaced, nick, &choice);
    if (result != CHAT_OK)
        return result;

    if (replaced != NULL)
        end_session(decision, replaced, REASON_LOGOUT);
    decision->session = emit_session(decision, nick);
    for (size_t i = 0; i < choice.count; i++) {
        struct room *room = state_find_room_named(state, choice.names[i]);
        if (room == NULL)
            room =
                emit_room(decision, decision->session, choice.names[i], "", "");
        emit_join(decision, decision->session, room, REASON_NONE);
    }
    return CHAT_OK;
}

static enum chat_result decide_session_get(struct decision *decision)
{
    decision->session = state_find_session_by_token(
        decision->state, decision->command->token_hash);
    if (decision->session == NULL)
        return CHAT_SESSION_REQUIRED;
    see(decision, decision->session, decision->now.mono_ms);
    return CHAT_OK;
}

static enum chat_result decide_session_end(struct decision *decision)
{
    if (decision->session != NULL)
        end_session(decision, decision->session, REASON_LOGOUT);
    decision->session = NULL;
    return CHAT_OK;
}

/* ---- rooms ---- */

/* The command's room, by its name in a path: CHAT_OK or CHAT_NO_ROOM. */
static enum chat_result find_room(struct decision *decision,
                                  struct room **room_out)
{
    char name[ROOM_SIZE];

    if (room_normalize(decision->command->room,
                       decision->state->rules.room_bytes, name) != CHAT_OK)
        return CHAT_NO_ROOM;
    struct room *room = state_find_room_named(decision->state, name);
    if (room == NULL)
        return CHAT_NO_ROOM;
    decision->outcome->rid = room->rid;
    *room_out = room;
    return CHAT_OK;
}

static enum chat_result enter_room(struct decision *decision, struct room *room)
{
    struct session *session = decision->session;

    if (state_find_member(session, room) != NULL)
        return CHAT_OK;
    if (session->room_count >= decision->state->rules.rooms_per_session)
        return CHAT_FORBIDDEN;
    emit_join(decision, session, room, REASON_NONE);
    return CHAT_OK;
}

static enum chat_result decide_room_new(struct decision *decision)
{
    struct state *state = decision->state;
    const struct command *command = decision->command;
    const char *topic = command->text != NULL ? command->text : "";
    const char *id = command->id != NULL ? command->id : "";
    char name[ROOM_SIZE];

    if (room_normalize(command->room, state->rules.room_bytes, name) != CHAT_OK)
        return CHAT_BAD_ROOM;
    if (topic_check(topic, state->rules.topic_bytes) != CHAT_OK)
        return CHAT_BAD_TEXT;
    struct room *room = state_find_room_named(state, name);
    if (room != NULL) {
        if (id[0] == '\0' || strcmp(room->id, id) != 0)
            return CHAT_ROOM_EXISTS;
        decision->outcome->rid = room->rid;
        enum chat_result result = enter_room(decision, room);
        return result == CHAT_OK ? CHAT_REPEAT : result;
    }
    if (!state->rules.guests_make_rooms ||
        HASH_CNT(by_rid, state->rooms_by_rid) >= state->rules.rooms_max ||
        decision->session->room_count >= state->rules.rooms_per_session)
        return CHAT_FORBIDDEN;
    room = emit_room(decision, decision->session, name, topic, id);
    decision->outcome->rid = room->rid;
    return enter_room(decision, room);
}

static enum chat_result decide_room_open(struct decision *decision)
{
    const char *name = decision->command->room;

    if (state_find_room_named(decision->state, name) == NULL)
        emit_room(decision, NULL, name, "", "");
    return CHAT_OK;
}

static enum chat_result decide_join(struct decision *decision)
{
    struct room *room;
    enum chat_result result = find_room(decision, &room);

    return result == CHAT_OK ? enter_room(decision, room) : result;
}

static enum chat_result decide_leave(struct decision *decision)
{
    struct room *room;
    enum chat_result result = find_room(decision, &room);

    if (result == CHAT_OK && state_find_member(decision->session, room) != NULL)
        emit_leave(decision, decision->session, room, REASON_LEFT);
    return result;
}

/* ---- messages ---- */

/* Takes one post from the session's token bucket, if there is one in it. */
static bool take_post_token(const struct state_rules *rules,
                            struct session *session, int64_t mono_ms)
{
    double elapsed_s = (double)(mono_ms - session->posts.filled_ms) / 1000.0;

    if (!rules->rate_limits)
        return true;
    session->posts.filled_ms = mono_ms;
    session->posts.tokens += elapsed_s * rules->posts_per_second;
    if (session->posts.tokens > rules->posts_burst)
        session->posts.tokens = rules->posts_burst;
    if (session->posts.tokens < 1.0)
        return false;
    session->posts.tokens -= 1.0;
    return true;
}

/* CHAT_OK: not posted before. CHAT_REPEAT: it was, and was the same. */
static enum chat_result recall_post(const struct decision *decision,
                                    const struct event *event)
{
    const struct state_log *log = &decision->state->log;
    struct posted posted;
    unsigned char hash[sizeof(posted.request_hash)];

    if (!log->find_posted(log->context, event->sid, event->id, &posted))
        return CHAT_OK;
    posted_hash(event, hash);
    if (sodium_memcmp(hash, posted.request_hash, sizeof(hash)) != 0)
        return CHAT_ID_REUSED;
    decision->outcome->seq = posted.seq;
    decision->outcome->n = posted.n;
    decision->outcome->at_ms = posted.at_ms;
    return CHAT_REPEAT;
}

static enum chat_result check_post(struct decision *decision,
                                   const struct room *room)
{
    const struct state *state = decision->state;
    const struct command *command = decision->command;

    if (state_find_member(decision->session, room) == NULL)
        return CHAT_NOT_MEMBER;
    if (command->reply_to != 0 &&
        !state->log.find_message(state->log.context, room->rid,
                                 command->reply_to))
        return CHAT_NO_MESSAGE;
    if (!take_post_token(&state->rules, decision->session,
                         decision->now.mono_ms))
        return CHAT_RATE_LIMITED;
    return CHAT_OK;
}

static enum chat_result decide_post(struct decision *decision)
{
    const struct command *command = decision->command;
    struct room *room;

    if (id_check(command->id, ID_SIZE - 1) != CHAT_OK)
        return CHAT_BAD_ID;
    if (message_text_check(command->text, decision->state->rules.text_bytes) !=
        CHAT_OK)
        return CHAT_BAD_TEXT;
    enum chat_result result = find_room(decision, &room);
    if (result != CHAT_OK)
        return result;
    struct event event =
        room_event(decision->session, room,
                   command->action ? EVENT_ACTION : EVENT_MESSAGE, REASON_NONE);
    event.text = command->text;
    event.id = command->id;
    event.reply_to = command->reply_to;
    result = recall_post(decision, &event);
    if (result == CHAT_OK)
        result = check_post(decision, room);
    if (result != CHAT_OK)
        return result;
    event.n = room->n + 1;
    emit(decision, &event);
    decision->outcome->seq = event.seq;
    decision->outcome->n = event.n;
    decision->outcome->at_ms = event.at_ms;
    return CHAT_OK;
}

static enum chat_result decide_history(struct decision *decision)
{
    struct room *room;
    enum chat_result result = find_room(decision, &room);

    if (result == CHAT_OK && state_find_member(decision->session, room) == NULL)
        result = CHAT_NOT_MEMBER;
    return result;
}

/* ---- presence ---- */

static enum chat_result decide_touch(struct decision *decision)
{
    const struct command *command = decision->command;
    int64_t grace_ms = decision->state->rules.grace_ms;

    for (size_t i = 0; i < command->touch_count; i++) {
        const struct touch *touch = &command->touches[i];
        struct session *session =
            state_find_session(decision->state, touch->sid);
        if (session != NULL && touch->age_ms < grace_ms)
            see(decision, session, decision->now.mono_ms - touch->age_ms);
    }
    return CHAT_OK;
}

static bool is_unseen(const struct state *state, const struct session *session,
                      struct moment now)
{
    int64_t seen_ms =
        session->seen_ms > state->heard_ms ? session->seen_ms : state->heard_ms;

    return session->here && seen_ms + state->rules.grace_ms <= now.mono_ms;
}

static bool is_expired(const struct state *state, const struct session *session,
                       struct moment now)
{
    return !session->here &&
           session->gone_at_ms + state->rules.session_idle_ms <= now.wall_ms;
}

static enum chat_result decide_gone(struct decision *decision)
{
    struct session *session = decision->session;
    struct member *member;

    if (session == NULL || !is_unseen(decision->state, session, decision->now))
        return CHAT_OK;
    DL_FOREACH (session->members, member)
        emit_leave(decision, session, member->room, REASON_GONE);
    struct event gone = session_event(session, EVENT_SESSION_GONE, REASON_GONE);
    emit(decision, &gone);
    return CHAT_OK;
}

static enum chat_result decide_expire(struct decision *decision)
{
    struct session *session = decision->session;

    if (session != NULL && is_expired(decision->state, session, decision->now))
        end_session(decision, session, REASON_EXPIRED);
    decision->session = NULL;
    return CHAT_OK;
}

void state_was_deaf(struct state *state, int64_t mono_ms)
{
    state->heard_ms = mono_ms;
}

size_t state_due(const struct state *state, struct moment now,
                 struct command *commands, size_t count_max)
{
    const struct session *session = state->sessions_by_sid;
    size_t count = 0;

    for (; session != NULL && count < count_max;
         session = session->by_sid.next) {
        if (is_unseen(state, session, now))
            commands[count++] =
                (struct command){.type = COMMAND_GONE, .sid = session->sid};
        else if (is_expired(state, session, now))
            commands[count++] =
                (struct command){.type = COMMAND_EXPIRE, .sid = session->sid};
    }
    return count;
}

/* ---- the table ---- */

static enum chat_result decide_nothing(struct decision *decision)
{
    (void)decision;
    return CHAT_OK;
}

/* Who a command comes from, and so what it needs before it is decided. */
enum whose {
    NOBODYS,    /* finds its session itself, or has none */
    SESSIONS,   /* a session's: it must exist, and is here now */
    ABOUT_SOME, /* about a session, which may have ended */
};

static const struct {
    enum whose whose;
    enum chat_result (*decide)(struct decision *decision);
} commands[COMMAND_TYPE_COUNT] = {
    [COMMAND_SESSION_NEW] = {NOBODYS, decide_session_new},
    [COMMAND_SESSION_GET] = {NOBODYS, decide_session_get},
    [COMMAND_SESSION_END] = {ABOUT_SOME, decide_session_end},
    [COMMAND_ROOMS] = {SESSIONS, decide_nothing},
    [COMMAND_ROOM_NEW] = {SESSIONS, decide_room_new},
    [COMMAND_JOIN] = {SESSIONS, decide_join},
    [COMMAND_LEAVE] = {SESSIONS, decide_leave},
    [COMMAND_POST] = {SESSIONS, decide_post},
    [COMMAND_HISTORY] = {SESSIONS, decide_history},
    [COMMAND_EVENTS] = {SESSIONS, decide_nothing},
    [COMMAND_TOUCH] = {NOBODYS, decide_touch},
    [COMMAND_HEAD] = {NOBODYS, decide_nothing},
    [COMMAND_HEALTH] = {NOBODYS, decide_nothing},
    [COMMAND_GONE] = {ABOUT_SOME, decide_gone},
    [COMMAND_EXPIRE] = {ABOUT_SOME, decide_expire},
    [COMMAND_ROOM_OPEN] = {NOBODYS, decide_room_open},
};

void state_execute(struct state *state, const struct command *command,
                   struct moment now, struct outcome *outcome_out)
{
    struct decision decision = {
        .state = state,
        .command = command,
        .now = now,
        .outcome = outcome_out,
    };
    enum whose whose = commands[command->type].whose;

    *outcome_out = (struct outcome){.result = CHAT_SESSION_REQUIRED};
    if (whose != NOBODYS)
        decision.session = state_find_session(state, command->sid);
    if (whose == SESSIONS) {
        if (decision.session == NULL)
            return;
        see(&decision, decision.session, now.mono_ms);
    }
    outcome_out->result = commands[command->type].decide(&decision);
    if (decision.session != NULL)
        outcome_out->sid = decision.session->sid;
}
