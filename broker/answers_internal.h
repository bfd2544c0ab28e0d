/*
 * What the files of the answers share:
 *
 *   answers.c           the table, and how much a reply may hold
 *   answers_rooms.c     sessions and rooms
 *   answers_members.c   who is in them
 *   answers_messages.c  what was said
 *   answers_hooks.c     ways in and out for programs
 *   answers_reactions.c reactions to what was said
 *   answers_events.c    what somebody has missed
 *   answers_people.c    oneself, one's sessions, others
 *   answers_moderation.c  mutes and bans
 *   answers_review.c    what moderators look through
 */
#ifndef BROKER_ANSWERS_INTERNAL_H
#define BROKER_ANSWERS_INTERNAL_H

#include "broker/answers.h"

/* One answer being written: "result" and "seq" are in `json` already. */
struct answer {
    struct replica *replica;
    const struct command *command;
    const struct outcome *outcome;
    struct answer_budget *budget;
    json_t *json;
};

/* Takes `bytes` from what a reply may still hold. */
void answer_spend(struct answer_budget *budget, size_t bytes);

/* Bytes of a text (NULL: 0), and of one without controls as JSON, at most. */
size_t answer_text_bytes(const char *text);
size_t answer_line_bytes(const char *line);

/* Events being collected for a reader, from answers_messages.c. */
struct collection {
    json_t *events;
    size_t bytes; /* as JSON, at most */
    size_t bytes_max;
    int64_t last_seq;
};

/* A store_event_fn: adds the event unless it goes beyond the bytes. */
bool answer_collect(void *collection, const struct event *event);

/* Gives what was collected, and `more`. Returns `result`. */
enum chat_result answer_give_events(struct answer *answer,
                                    struct collection *collection, bool more,
                                    enum chat_result result);

/* Those who are here, `count_max` at most, as far as the budget goes. */
json_t *answer_encode_here(const struct room *room, size_t count_max,
                           struct answer_budget *budget);

/*
 * Adds "reactions" to those of `events`, of the room `rid` and the oldest
 * first, that have any. CHAT_OK or CHAT_UNAVAILABLE.
 */
enum chat_result answer_add_reactions(struct answer *answer, int64_t rid,
                                      json_t *events);

/* One per command: adds what it gives. CHAT_OK, or what it is told instead. */
typedef enum chat_result answer_fn(struct answer *answer);

answer_fn answer_session, answer_room, answer_joined, answer_rooms,
    answer_room_secret, answer_members;
answer_fn answer_nick, answer_account, answer_sessions, answer_blocks,
    answer_person;
answer_fn answer_post, answer_history, answer_page, answer_events;
answer_fn answer_event, answer_edits, answer_search;
answer_fn answer_mute, answer_ban, answer_bans;
answer_fn answer_hook_new, answer_hooks, answer_bot;
answer_fn answer_undo, answer_report, answer_pending, answer_audit;

#endif
