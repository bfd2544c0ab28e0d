/*
 * Undo: everything that one person said in a room lately is deleted, in
 * portions: a command looks at so many messages and says where to go on.
 */
#include "broker/state_internal.h"

#include <string.h>

enum {
    UNDO_PAGES_MAX = 10, /* with HISTORY_LIMIT_MAX messages: about 30 ms */
};

/* What is looked for, and where the search is. */
struct undo {
    const char *key; /* of whom */
    int64_t pid;     /* 0: nobody has the nick now */
    int64_t after_ms;
    int64_t before_seq;
    bool has_more;                    /* older ones, late enough */
    int64_t found[HISTORY_LIMIT_MAX]; /* of one page, to be deleted */
    size_t found_count;
};

/* By who they are now, or by the nick that they had then. */
static bool is_theirs(const struct undo *undo, const struct event *said)
{
    char key[NICK_KEY_SIZE];

    if (undo->pid != 0 && said->pid == undo->pid)
        return true;
    if (said->from == NULL)
        return false;
    state_nick_key(said->from, key);
    return strcmp(key, undo->key) == 0;
}

/* Pages come oldest first. */
static bool look_at(void *context, const struct event *said)
{
    struct undo *undo = context;

    if (said->seq < undo->before_seq) {
        undo->before_seq = said->seq;
        undo->has_more = said->at_ms >= undo->after_ms;
    }
    if (said->at_ms >= undo->after_ms && !said->deleted &&
        is_theirs(undo, said))
        undo->found[undo->found_count++] = said->seq;
    return true;
}

static void delete_found(struct decision *decision, struct room *room,
                         struct undo *undo)
{
    for (size_t i = 0; i < undo->found_count; i++) {
        struct event event = state_decider_event(decision, room, EVENT_DELETE);
        event.target = undo->found[i];
        event.text = decision->command->text;
        state_emit_shown(decision, room, &event);
    }
    decision->outcome->count += (int64_t)undo->found_count;
    undo->found_count = 0;
}

/* The page before where the search is; false: it is over. */
static bool undo_page(struct decision *decision, struct room *room,
                      struct undo *undo)
{
    const struct state_log *log = &decision->state->log;

    undo->has_more = false;
    if (!log->messages_before(log->context, room->rid, undo->before_seq,
                              look_at, undo))
        return false;
    delete_found(decision, room, undo);
    return undo->has_more;
}

/* Whether they may undo what whoever has or had the nick said. */
static enum chat_result find_speaker(struct decision *decision,
                                     const struct room *room, struct undo *undo,
                                     char key[NICK_KEY_SIZE])
{
    char nick[NICK_SIZE];
    struct person *person;

    if (nick_normalize(decision->command->to, decision->state->rules.nick_bytes,
                       nick) != CHAT_OK ||
        nick_skeleton(nick, key) != CHAT_OK)
        return CHAT_BAD_NICK;
    undo->key = key;
    if (state_named_person(decision, &person) != CHAT_OK)
        return CHAT_OK;
    undo->pid = person->pid;
    return state_check_against(decision, room, RIGHT_UNDO, person);
}

enum chat_result state_decide_undo(struct decision *decision)
{
    const struct command *command = decision->command;
    struct undo undo = {
        .after_ms = decision->now.wall_ms - command->seconds * 1000,
        .before_seq = command->seq != 0 ? command->seq : INT64_MAX,
        .has_more = true,
    };
    char key[NICK_KEY_SIZE];
    struct room *room;
    enum chat_result result = state_check_reason(decision);

    if (result == CHAT_OK)
        result = state_room_for(decision, RIGHT_UNDO, &room);
    if (result == CHAT_OK)
        result = find_speaker(decision, room, &undo, key);
    if (result != CHAT_OK)
        return result;
    for (int i = 0; i < UNDO_PAGES_MAX && undo.has_more; i++)
        undo.has_more = undo_page(decision, room, &undo);
    decision->outcome->seq = undo.has_more ? undo.before_seq : 0;
    return CHAT_OK;
}
