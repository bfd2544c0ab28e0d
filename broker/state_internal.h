/* What the files of the state share. */
#ifndef BROKER_STATE_INTERNAL_H
#define BROKER_STATE_INTERNAL_H

#include "broker/departed.h"
#include "broker/guesses.h"
#include "broker/rights.h"
#include "broker/state.h"
#include "common/names.h"

struct state {
    struct state_rules rules;
    struct state_log log;
    int64_t head_seq;
    int64_t head_at_ms; /* of the newest event: time never runs backwards */
    int64_t look_pid;   /* with whom state_note_inactivity() goes on; or 0 */
    int64_t heard_ms;   /* monotonic clock: nobody is gone by older times */
    struct room *rooms_by_rid;
    struct room *rooms_by_name;
    struct person *people_by_pid;
    size_t account_count; /* those of them that are no guests */
    struct person *people_by_key;
    struct person *people_by_name; /* those of the site's login */
    struct session *sessions_by_sid;
    struct session *sessions_by_token;
    struct hook *hooks_by_token; /* incoming ones */
    struct ban *bans;            /* the server's, in order of their making */
    struct departed departed;    /* not of the log */
    struct address_buckets *addresses; /* likewise */
    struct guesses guesses;            /* not of the log */
};

/* Whether a new session that names no rooms is in the room `name`. */
bool state_is_default_room(const struct state_rules *rules, const char *name);

/* Whether the operator lets people of `role` make rooms. */
bool state_makes_rooms(const struct state_rules *rules, enum role role);

/*
 * state_index.c: what there is, and how it is found. Finding gives NULL when
 * there is none; adding takes what an event says or what the store kept;
 * removing also frees, and all that belongs to it.
 */

struct room *state_find_room(const struct state *state, int64_t rid);
struct room *state_find_room_named(const struct state *state, const char *name);
struct room *state_add_room(struct state *state,
                            const struct stored_room *stored);
void state_rename_room(struct state *state, struct room *room,
                       const char *name);
/* As room_settings_change(); NULL changes nothing. */
void state_change_settings(struct room *room, const char *text);
void state_remove_room(struct state *state, struct room *room);

/*
 * The key of a nick that is in use. One of older rules may have no key under
 * today's: it is its own.
 */
void state_nick_key(const char *nick, char key_out[NICK_KEY_SIZE]);

struct person *state_find_person(const struct state *state, int64_t pid);
struct person *state_find_person_by_key(const struct state *state,
                                        const char *key);
/* By the name that the site's login has for them. */
struct person *state_find_person_named(const struct state *state,
                                       const char *name);
struct person *state_add_person(struct state *state,
                                const struct stored_person *stored);
void state_rename_person(struct state *state, struct person *person,
                         const char *nick);
/* A guest becomes the account `stored`, with all that they have. */
void state_make_account(struct state *state, struct person *guest,
                        const struct stored_person *stored);
/* Of a person or a room; "": none any more. */
void state_replace_secret(char **secret, const char *replacement);
/* They have no session any more. */
void state_remove_person(struct state *state, struct person *person);

struct session *state_find_session(const struct state *state, int64_t sid);
struct session *
state_find_session_by_token(const struct state *state,
                            const unsigned char token_hash[TOKEN_HASH_BYTES]);
/* `stored->pid` is there. */
struct session *state_add_session(struct state *state,
                                  const struct stored_session *stored);
void state_remove_session(struct state *state, struct session *session);

/*
 * state_places.c: who is in which room, and what is kept about whoever was.
 */

/* The person's place, if they are in the room; or whether they are or not. */
struct member *state_find_member(const struct person *person,
                                 const struct room *room);
struct member *state_find_place(const struct person *person,
                                const struct room *room);

/* The person's place in the room, which is made if there is none. */
struct member *state_place(struct person *person, struct room *room);

/* They become a member; an invitation is used up. They are not here yet. */
void state_member_joins(struct member *member, int64_t joined_seq);

/* They are no member any more; the place goes if it keeps nothing. */
void state_member_leaves(struct member *member);

/* Frees the place if they are not in the room and it keeps nothing. */
void state_forget_place(struct member *member);

void state_remove_member(struct member *member);

/* Puts a member among, or takes it from, those of its room who are here. */
void state_member_comes(struct member *member);
void state_member_goes(struct member *member);

/*
 * state_lists.c: bans, blocks and hooks, each found by its event's seq.
 */

struct ban *state_add_ban(struct state *state, const struct stored_ban *stored);
/* `room` NULL: the server's. */
struct ban *state_find_ban(const struct state *state, const struct room *room,
                           int64_t seq);
void state_remove_ban(struct state *state, struct room *room, struct ban *ban);

bool state_has_blocked(const struct person *person, int64_t to_pid);
void state_add_block(struct person *person, int64_t to_pid);
void state_remove_block(struct person *person, int64_t to_pid);

struct hook *state_add_hook(struct state *state,
                            const struct stored_hook *stored);
struct hook *state_find_hook(const struct room *room, int64_t seq);
struct hook *
state_find_hook_by_token(const struct state *state,
                         const unsigned char token_hash[TOKEN_HASH_BYTES]);
void state_remove_hook(struct state *state, struct hook *hook);

/* ---- applying: state_apply_people.c, _rooms.c, _moderation.c ---- */

/* Whose event it is; an event of schema 1 has a sid alone: a guest's. */
struct person *state_event_person(const struct state *state,
                                  const struct event *event);

typedef void state_apply_fn(struct state *state, const struct event *event);

state_apply_fn state_apply_session_new, state_apply_session_end,
    state_apply_person_gone, state_apply_person_back, state_apply_person_new,
    state_apply_person_set, state_apply_person_nick, state_apply_person_end,
    state_apply_block;
state_apply_fn state_apply_said, state_apply_room, state_apply_join,
    state_apply_leave, state_apply_topic, state_apply_settings,
    state_apply_rename, state_apply_room_end, state_apply_read,
    state_apply_purge, state_apply_hook_new, state_apply_hook_end;
state_apply_fn state_apply_invite, state_apply_rank, state_apply_mute,
    state_apply_unmute, state_apply_ban, state_apply_unban,
    state_apply_held_end;

/* ---- deciding ---- */

/* One command being decided. */
struct decision {
    struct state *state;
    const struct command *command;
    struct moment now;
    struct outcome *outcome;
    struct session *session; /* whose command it is; NULL: nobody's */
    bool has_listed_word;    /* and is to be read by a moderator first */
};

/* state_checks.c: what may be, before anything happens. */

/* The person whose command it is; NULL: nobody's, or a visitor's. */
struct person *state_decider(const struct decision *decision);

/* The room that a path calls so; NULL: there is none. */
struct room *state_find_room_by_path(const struct state *state,
                                     const char *path_name);

/*
 * The room of that name in a path, which may also be a direct one's, and is
 * then the outcome's. CHAT_OK or CHAT_NO_ROOM: there is none, or it is one
 * that they may not know of.
 */
enum chat_result state_named_room(struct decision *decision,
                                  struct room **room_out);

/* Whether they have `right` in `room` (NULL: in the server): rights_check(). */
enum chat_result state_check(const struct decision *decision,
                             const struct room *room, enum right right);

/* The command's room, if they have `right` in it: both of the above. */
enum chat_result state_room_for(struct decision *decision, enum right right,
                                struct room **room_out);

/* Whether the command's text can be a reason: CHAT_OK or CHAT_BAD_TEXT. */
enum chat_result state_check_reason(const struct decision *decision);

/*
 * The person whose nick is the command's `to`, who is then the outcome's:
 * CHAT_OK or CHAT_NOT_FOUND.
 */
enum chat_result state_named_person(struct decision *decision,
                                    struct person **person_out);

/*
 * Whether they have `right` in `room` (NULL: in the server) and may use it
 * against `other`: CHAT_OK, what state_check() says, or CHAT_FORBIDDEN.
 */
enum chat_result state_check_against(const struct decision *decision,
                                     const struct room *room, enum right right,
                                     const struct person *other);

/* What the person whose command it is is to the room. */
enum standing state_standing(const struct decision *decision,
                             const struct room *room);

/*
 * Whether there is somebody who hears them in the room, if it is one of two:
 * CHAT_OK, or CHAT_FORBIDDEN: the other has left it, or blocked them.
 */
enum chat_result state_check_heard(const struct decision *decision,
                                   const struct room *room);

/* state_nicks.c */

/* A nick as somebody has chosen it. */
struct chosen_nick {
    char nick[NICK_SIZE];    /* nick_normalize() of it */
    char key[NICK_KEY_SIZE]; /* nick_skeleton() of that */
};

/* CHAT_OK or CHAT_BAD_NICK. Whether it is free is another question. */
enum chat_result state_choose_nick(const struct state *state, const char *text,
                                   struct chosen_nick *chosen_out);

/*
 * Whether `person` (its kind and role) may have the nick, if it is free: the
 * reserved ones are for moderators, bots and those whom the site names.
 */
bool state_may_take_nick(const struct state *state, const struct person *person,
                         const struct chosen_nick *chosen);

/* The decider has another nick from now on, and their rooms are told. */
void state_emit_nick(struct decision *decision, const char *nick);

/* state_accounts.c: whether one more account may be made. */
bool state_has_room_for_account(const struct state *state);

/* state_newcomers.c: who a new session is for. */

struct newcomer {
    struct person *account;    /* NULL: somebody who is not there yet */
    struct person to_be;       /* who they will be: kind, role, nick, key */
    struct chosen_nick chosen; /* of to_be */
    struct session *replaced;  /* ends first; or NULL */
};

/*
 * Who it is, by the command alone. CHAT_OK; CHAT_SESSION_REQUIRED: the
 * account is gone; CHAT_BAD_NICK; CHAT_BAD_REQUEST.
 */
enum chat_result state_meet_newcomer(const struct decision *decision,
                                     struct newcomer *newcomer);

/* To be asked for rights; a person to be has no pid. */
const struct person *state_newcomer_person(const struct newcomer *newcomer);

/* Whether they may come in at all: CHAT_OK or CHAT_BANNED. */
enum chat_result state_check_newcomer(const struct decision *decision,
                                      const struct newcomer *newcomer);

/*
 * Whether they may have the nick; somebody of the site's gets one with a
 * number if need be. CHAT_OK, CHAT_NICK_TAKEN, or CHAT_UNAVAILABLE: there are
 * as many accounts as there may be.
 */
enum chat_result state_settle_nick(const struct decision *decision,
                                   struct newcomer *newcomer);

/* Makes the account of somebody of the site's, or gives it its new role. */
void state_admit_newcomer(struct decision *decision, struct newcomer *newcomer);

/*
 * state_people.c: says in the rooms of `person` which role they have now, but
 * in a crowd, of which nobody has the list.
 */
void state_tell_role(struct decision *decision, const struct person *person);

/* Gives it, by the decider or, if there is none, the server; and says so. */
void state_emit_role(struct decision *decision, struct person *person,
                     enum role role);

/* state_logins.c: ends the person's sessions but `kept`: as revoked. */
void state_end_others(struct decision *decision, struct person *person,
                      const struct session *kept);

/*
 * state_emit.c: events, each of which takes its place in the log, is appended
 * and applied at once. Everything has been checked before.
 */

/* Who does something: a person, by a session, or NULL: it is done for them. */
struct actor {
    struct person *person;
    const struct session *session;
};

struct actor state_actor(const struct session *session);

/* Gives `event` its place, appends and applies it. Returns its seq. */
int64_t state_emit(struct decision *decision, struct event *event);

/* An event of the actor's, in no room or in `room`; nothing is emitted. */
struct event state_person_event(struct actor actor, enum event_type type,
                                enum event_reason reason);
struct event state_room_event(struct actor actor, const struct room *room,
                              enum event_type type, enum event_reason reason);

/* An event by the command's session (NULL: the server's); not emitted. */
struct event state_decider_event(const struct decision *decision,
                                 const struct room *room, enum event_type type);

/*
 * Emits an event that people in `room` are shown, as its next one, or quietly
 * (n = 0) one that concerns the room. Fills in the event's n; returns seq.
 */
int64_t state_emit_shown(struct decision *decision, struct room *room,
                         struct event *event);

/* The same for what is done to `to`, whose nick and pid it gets. */
int64_t state_emit_to(struct decision *decision, struct room *room,
                      const struct person *to, struct event *event);

/* The room is made, by the actor (no person: the server); returns it. */
struct room *state_emit_room(struct decision *decision, struct actor actor,
                             const char *name, const char *topic,
                             const char *id);

/* The person becomes a member of the room, in which they begin with `rank`. */
void state_emit_join(struct decision *decision, struct actor actor,
                     struct room *room, enum rank rank);

/*
 * The room and its settings, as a new one's or as they change from those it
 * has: an event if anything does. `secret` as in struct event.
 */
void state_emit_settings(struct decision *decision, struct actor actor,
                         struct room *room,
                         const struct room_settings *settings,
                         const char *secret);

/* The room is no more, and is freed: its last event. */
void state_emit_room_end(struct decision *decision, struct actor actor,
                         struct room *room);

/*
 * The person leaves the room: they are no member any more, or (absence) still
 * are. Who is gone has left already, as far as the others see. A room of two,
 * and one that is not lasting, ends with its last member's leaving: `room` may
 * be freed.
 */
void state_emit_leave(struct decision *decision, struct actor actor,
                      struct room *room, enum event_reason reason);
void state_emit_absence(struct decision *decision, struct actor actor,
                        struct room *room, enum event_reason reason);

/*
 * The session ends and is freed. A guest leaves their rooms and is freed too;
 * an account of which no session is here any more is gone.
 */
void state_end_session(struct decision *decision, struct session *session,
                       enum event_reason reason);

/* The session is idle, and the person gone unless another one is here. */
void state_make_idle(struct decision *decision, struct session *session,
                     enum event_reason reason);

/* The session was seen at `seen_ms`; that brings it back if it was idle. */
void state_see(struct decision *decision, struct session *session,
               int64_t seen_ms);

/* ---- what moderators do: state_moderation.c, state_bans.c ---- */

/* When what the command asks for ends, by the wall clock. */
int64_t state_until_ms(const struct decision *decision);

/*
 * Whether what ends at `until_ms` is what the command asks for now, which would
 * end at `asked_ms`: then it was sent again.
 */
bool state_is_same_until(int64_t until_ms, int64_t asked_ms);

/*
 * Of an event that something was to be done with, and that is not there to have
 * it done: CHAT_OK, that was before; CHAT_NOT_FOUND: there never was one.
 */
enum chat_result state_is_past(const struct decision *decision, int64_t target);

/* Whether the room has a place for one more thing that waits to be decided. */
enum chat_result state_take_pending(struct decision *decision,
                                    const struct room *room);

/* They are in the room no more, if they were. */
void state_put_out(struct decision *decision, struct room *room,
                   struct person *person, enum event_reason reason);

/*
 * Whether the message `event` was posted before: CHAT_OK: no; CHAT_REPEAT: it
 * was, and is the outcome's; CHAT_ID_REUSED: another one was, by this id.
 */
enum chat_result state_recall_post(const struct decision *decision,
                                   const struct event *event);

/* ---- state_mentions.c ---- */

/* Whom a text mentions, of the people in a room. */
struct mentions {
    size_t count;
    int64_t pids[MENTIONS_MAX];
    char nicks[MENTIONS_MAX * NICK_SIZE]; /* '\n' between them */
};

/*
 * An '@' that follows no letter or digit, and behind it the nick of somebody
 * in the room, in any case; the longest that is one. Each is named once.
 */
void state_find_mentions(const struct state *state, const struct room *room,
                         const char *text, struct mentions *mentions_out);

/* ---- one function per command: the outcome's result ---- */

typedef enum chat_result state_decide_fn(struct decision *decision);

state_decide_fn state_decide_session_new, state_decide_session_get,
    state_decide_session_end;
state_decide_fn state_decide_nick, state_decide_register,
    state_decide_passphrase, state_decide_account_get;
state_decide_fn state_decide_own, state_decide_session_revoke, state_decide_bye;
state_decide_fn state_decide_person_get, state_decide_role,
    state_decide_appoint, state_decide_block;
state_decide_fn state_decide_room_new, state_decide_room_open,
    state_decide_join, state_decide_leave;
state_decide_fn state_decide_room_get, state_decide_room_set,
    state_decide_room_delete, state_decide_room_secret;
state_decide_fn state_decide_read, state_decide_idle;
state_decide_fn state_decide_invite, state_decide_rank, state_decide_direct;
state_decide_fn state_decide_post, state_decide_history, state_decide_page,
    state_decide_typing;
state_decide_fn state_decide_search, state_decide_export, state_decide_react;
state_decide_fn state_decide_purge;
state_decide_fn state_decide_edit, state_decide_delete, state_decide_message,
    state_decide_edits;
state_decide_fn state_decide_kick, state_decide_mute, state_decide_unmute,
    state_decide_ban, state_decide_unban, state_decide_bans;
state_decide_fn state_decide_undo, state_decide_report, state_decide_report_end,
    state_decide_held_end, state_decide_pending, state_decide_audit;
state_decide_fn state_decide_touch, state_decide_gone, state_decide_expire;

/*
 * state_limits.c: takes a token of each that counts: the session's, the
 * address's, `room`'s (NULL: it is in none). CHAT_OK; CHAT_RATE_LIMITED: when
 * to try again is the outcome's, and none is taken.
 */
enum chat_result state_take(const struct decision *decision,
                            enum limited limited, struct room *room);

state_decide_fn state_decide_bot_new, state_decide_bot_end;
state_decide_fn state_decide_hook_new, state_decide_hooks,
    state_decide_hook_end, state_decide_hook_post;

/* The session has asked for something itself, and so somebody is there. */
void state_act(struct session *session, enum command_type type,
               int64_t mono_ms);

/*
 * state_words.c: decides by `decide`, after the list of words has had its say
 * about the command's text: CHAT_BAD_TEXT, or it goes on with
 * `has_listed_word`, or without those words.
 */
enum chat_result state_decide_screened(struct decision *decision,
                                       state_decide_fn *decide);

/* Joins the room unless they are in it; CHAT_OK or why not. */
enum chat_result state_enter(struct decision *decision, struct room *room);

/* Whether one more may become a member of the room. */
bool state_has_space(const struct state *state, const struct room *room);

/* How many rooms the person owns, also such as they are not in just now. */
size_t state_owned_count(const struct person *person);

#endif
