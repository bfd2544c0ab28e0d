/*
 * The state: rooms, people, their sessions, and who is in which room, as the
 * log's events add up to them, and the rules of what may happen next. Pure: no
 * sockets, no SQL, no JSON, no clock of its own.
 *
 * A command is decided first (all checks, no change), then its events are
 * emitted: each is given its place in the log, appended, and applied. Applying
 * an event knows no refusal: state_apply() over a log's events in order gives
 * the state again.
 */
#ifndef BROKER_STATE_H
#define BROKER_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "broker/buckets.h"
#include "broker/store.h"
#include "common/command.h"
#include "common/event.h"
#include "common/room_settings.h"
#include "common/settings.h"

/* ---- the model: read it freely, change it only through this module ---- */

struct room {
    int64_t rid;
    int64_t n;          /* its newest shown event */
    int64_t purged_seq; /* its events up to here are gone; 0: none is */
    char *name;
    char *topic;
    char *id;     /* of the command that made it; "" for the server's own */
    char *secret; /* hash of its passphrase; NULL: none */
    struct room_settings settings;
    struct bucket buckets[LIMITED_COUNT]; /* not of the log */
    size_t here_count;
    struct member *here;    /* its members that are here, in order of coming */
    struct member *members; /* all, also those not in it any more: by_room */
    size_t member_count;    /* those in it */
    struct ban *bans;       /* in order of their making */
    struct hook *hooks;     /* likewise */
    UT_hash_handle by_rid;
    UT_hash_handle by_name;
};

/*
 * A person's place in a room: that they are in it, and what else is known of
 * them there. It stays when they leave, while there is anything to remember.
 * In `room->here` while in it and its person is here.
 */
struct member {
    struct room *room;
    struct person *person;
    int64_t joined_seq; /* from which on they see its events; 0: not in it */
    enum rank rank;
    bool invited;
    bool approved;          /* a message of theirs that was held was let in */
    int64_t muted_until_ms; /* wall clock; 0: not muted */
    int64_t read_seq;       /* they have read up to here */
    int64_t posted_ms;      /* monotonic clock: their last post; not logged */
    struct member *here_prev, *here_next;
    struct member *room_prev, *room_next; /* in room->members */
    struct member *prev, *next;           /* in person->members, or former */
};

/*
 * Whoever has a nick. A guest comes with a session and ends with it, and their
 * pid is its sid; an account stays, and has any number of sessions.
 */
struct person {
    int64_t pid;
    enum person_kind kind;
    enum role role;
    char *nick;
    char *key;         /* nick_skeleton() of it */
    char *name;        /* PERSON_SITE: the site's name for them; else NULL */
    int64_t maker_pid; /* PERSON_BOT: who made it; else 0 */
    char *secret; /* PERSON_REGISTERED: hash of the passphrase; else NULL */
    bool here;
    bool inactive;            /* here, and doing nothing; not logged */
    int64_t gone_at_ms;       /* wall clock; 0: here */
    struct session *sessions; /* in order of their making */
    size_t session_count;
    struct member *members; /* in rooms they are in, in order of joining */
    size_t room_count;      /* of those */
    struct member *former;  /* in rooms they are not in, as far as kept */
    struct block *blocks;   /* whom they do not want to hear */
    UT_hash_handle by_pid;
    UT_hash_handle by_key;
    UT_hash_handle by_name;
};

struct session {
    int64_t sid;
    struct person *person;
    unsigned char token_hash[TOKEN_HASH_BYTES];
    int64_t created_at_ms; /* wall clock */
    int64_t idle_at_ms;    /* wall clock: since when not seen; 0: it is */
    /* Not of the log, fresh after a start: */
    int64_t seen_ms;  /* monotonic clock: last request of the session */
    int64_t acted_ms; /* the same, of those that are no poll's */
    bool says_idle;   /* nobody is at the page, as that says */
    int64_t bye_ms;   /* monotonic clock: its page said goodbye; 0: no */
    int64_t address;  /* address_hash() of that request; 0: not known */
    struct bucket buckets[LIMITED_COUNT];
    struct session *prev, *next; /* in person->sessions */
    UT_hash_handle by_sid;
    UT_hash_handle by_token;
};

/*
 * Who may not come in: into a room, or (rid 0) into the server. Whoever has
 * one of the three is meant: the account, the nick, the address.
 */
struct ban {
    int64_t seq; /* of its event, by which it is known */
    int64_t rid;
    int64_t pid;
    char *nick;
    char *key;        /* nick_skeleton() of it */
    int64_t address;  /* address_hash(); 0: not known */
    int64_t until_ms; /* wall clock; INT64_MAX: for ever */
    struct ban *prev, *next;
};

/* Somebody that a person does not want to hear. */
struct block {
    int64_t to_pid; /* may be gone for good */
    struct block *prev, *next;
};

enum { ROOM_HOOKS_MAX = 10 };

/* A way in for programs, or (with a URL) out to them. */
struct hook {
    int64_t seq; /* of its event, by which it is known */
    struct room *room;
    char *name;
    bool has_token; /* an incoming one */
    unsigned char token_hash[TOKEN_HASH_BYTES];
    char *url;           /* NULL: an incoming one */
    char *secret;        /* key of the signatures; NULL: an incoming one */
    struct bucket posts; /* of an incoming one; not of the log */
    struct hook *prev, *next;
    UT_hash_handle by_token;
};

struct state;
struct words;

enum {
    SITE_NAME_BYTES_MAX = 255, /* what the site calls somebody */
    BYE_MS = 5000,      /* after a goodbye nobody is waited for any longer */
    BYE_SLACK_MS = 250, /* what was on its way when it was said */
};

/* ---- life ---- */

/* The reserved nicks as they are kept; a setting's text takes far less. */
enum { RESERVED_NICKS_BYTES = 4 * SETTING_SIZE };

/* What becomes of a text with a word of the list; see broker/words.h. */
enum words_action { WORDS_REJECT, WORDS_HOLD, WORDS_MASK };

/* What the operator decided; see common/settings.h for the meanings. */
struct state_rules {
    const struct words *words; /* borrowed; NULL: no list */
    enum words_action words_action;
    size_t nick_bytes, room_bytes, topic_bytes, text_bytes;
    size_t sessions_max, rooms_max, rooms_per_session;
    size_t rooms_owned_max, members_per_room, bans_max;
    size_t presence_events_max;
    size_t sessions_per_person, accounts_max, blocks_max;
    size_t typing_members_max;
    int64_t inactive_ms; /* somebody who polls and does nothing else is idle */
    int64_t grace_ms, session_idle_ms, session_max_ms;
    bool registration;
    bool guests_make_rooms;
    bool visitors_read;
    bool rate_limits;
    struct bucket_rate rates[LIMITED_COUNT][LIMIT_SCOPE_COUNT];
    char default_rooms[COMMAND_ROOMS_MAX][ROOM_SIZE];
    size_t default_room_count;
    /* nick_skeleton() of each, one behind the other, each with its NUL; "". */
    char reserved_nicks[RESERVED_NICKS_BYTES];
};

/*
 * Rules from settings. CHAT_OK; CHAT_BAD_ROOM: default_rooms names a room
 * that cannot be, or too many; CHAT_BAD_NICK: the same of reserved_nicks;
 * CHAT_BAD_TEXT: moderation.words is no such action. `words` is for the caller.
 */
enum chat_result state_rules_from(const struct settings *settings,
                                  struct state_rules *rules_out);

/* Held messages and reports of one room that wait for a moderator. */
enum { PENDING_MAX = 200 };

/*
 * The log as the state sees it; the store's functions fit. messages_before()
 * visits a page (HISTORY_LIMIT_MAX) of messages and actions, oldest first;
 * false, as of read_event(): there is none, or it cannot be read.
 */
struct state_log {
    void *context;
    void (*append)(void *context, const struct event *event);
    bool (*find_posted)(void *context, int64_t sid, const char *id,
                        struct posted *posted_out);
    bool (*find_message)(void *context, int64_t rid, int64_t seq,
                         struct found_message *found_out);
    void (*add_mention)(void *context, int64_t pid, int64_t rid, int64_t seq);
    void (*find_reaction)(void *context, const struct reaction_key *key,
                          struct found_reaction *found_out);
    bool (*has_text)(void *context, int64_t seq, const char *text);
    int (*count_pending)(void *context, int64_t rid);
    int64_t (*find_report)(void *context, int64_t rid, int64_t target,
                           int64_t pid);
    bool (*read_event)(void *context, int64_t rid, int64_t seq,
                       store_event_fn *visit, void *visit_context);
    bool (*messages_before)(void *context, int64_t rid, int64_t before_seq,
                            store_event_fn *visit, void *visit_context);
    bool (*find_pending)(void *context, int64_t rid, int64_t seq,
                         enum event_type type);
};

/* An empty state. `rules` and `log` are copied. Never NULL (alloc_or_die). */
struct state *state_new(const struct state_rules *rules,
                        const struct state_log *log);
void state_free(struct state *state);

/* From now on `words` (borrowed; NULL: none) are the rules' list. */
void state_use_words(struct state *state, const struct words *words);

/*
 * Fills an empty state with what the store kept; `mono_ms` is now, and counts
 * as the moment at which everybody here was last seen. Results as
 * store_load(), and then the state is of no use.
 */
enum chat_result state_load(struct state *state, struct store *store,
                            int64_t mono_ms);

/* ---- commands and events ---- */

/* When something is decided. */
struct moment {
    int64_t wall_ms;
    int64_t mono_ms;
};

/* What became of a command, for whoever writes the answer. */
struct outcome {
    enum chat_result result; /* CHAT_OK, CHAT_REPEAT or the refusal */
    int64_t sid;             /* the session of the command, if it has one */
    int64_t pid;             /* a person it names, and may know of */
    int64_t rid;             /* the room of the command, if it names one */
    int64_t seq, n, at_ms;   /* the event that came of it, now or then */
    int64_t count;           /* UNDO: messages deleted */
    int64_t retry_ms;        /* RATE_LIMITED: when to try again; 0: soon */
};

/*
 * Decides `command` and applies what follows. Commands that only read are
 * decided too: whether they may, and about which room; whose request it is
 * counts as here.
 */
void state_execute(struct state *state, const struct command *command,
                   struct moment now, struct outcome *outcome_out);

/* Applies the next event of a log; its `seq` is one more than the head. */
void state_apply(struct state *state, const struct event *event);

/*
 * The broker's own commands that are due: GONE for sessions not seen for the
 * grace time, EXPIRE for those idle too long; at most `count_max`, in
 * `commands`. Returns how many.
 */
size_t state_due(const struct state *state, struct moment now,
                 struct command *commands, size_t count_max);

/*
 * Nothing could be heard until now (the process was stopped, the disk hung):
 * everybody's grace time begins anew.
 */
void state_was_deaf(struct state *state, int64_t mono_ms);

/*
 * Notes which people do nothing any more, or do something again
 * (person->inactive), and tells the rooms of those who are here. To be called
 * about once a second; of very many people each call looks at some.
 */
enum { INACTIVITY_LOOKS_MAX = 5000 }; /* about a millisecond */
typedef void state_room_fn(void *context, const struct room *room);
void state_note_inactivity(struct state *state, int64_t mono_ms,
                           state_room_fn *changed, void *context);

/* ---- reading ---- */

/* The newest event's seq; 0: the log is empty. */
int64_t state_head_seq(const struct state *state);

/* NULL: there is none. */
const struct session *state_session(const struct state *state, int64_t sid);
const struct person *state_person(const struct state *state, int64_t pid);
const struct room *state_room(const struct state *state, int64_t rid);

/* How many of a room's people a snapshot lists at most. */
size_t state_listed_members_max(const struct state *state);

/* Up to how many people in a room are told who is writing. */
size_t state_typing_members_max(const struct state *state);

/* All rooms, in order of their making: walk by `by_rid.next`. */
const struct room *state_rooms(const struct state *state);

/* `person`'s place in `room`; NULL: they are not in it. */
const struct member *state_member(const struct person *person,
                                  const struct room *room);

/* Until when `person` is muted in `room`; 0: they are not. */
int64_t state_muted_until_ms(const struct person *person,
                             const struct room *room);

/* Whether `person` (NULL: a visitor) may know that `room` is there. */
bool state_may_know(const struct person *person, const struct room *room);

/* Whether `person` may decide on what waits for a moderator in `room`. */
bool state_may_approve(const struct person *person, const struct room *room);

/* Held messages and reports that wait in `room`: at most PENDING_MAX. */
int state_waiting_count(const struct state *state, const struct room *room);

/*
 * Whether `person`, asking from `address` (0: not known), is banned from
 * `room` (NULL: from the server alone) at `wall_ms`. A server's ban counts in
 * every room.
 */
bool state_is_banned(const struct state *state, const struct person *person,
                     int64_t address, const struct room *room, int64_t wall_ms);

#endif
