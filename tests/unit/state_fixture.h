/*
 * For the tests of the state: a log in memory, a clock that only the test
 * moves, commands in one line, and both events and states as text, so that
 * what is expected can be read.
 */
#ifndef TESTS_UNIT_STATE_FIXTURE_H
#define TESTS_UNIT_STATE_FIXTURE_H

#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/alloc.h"
#include "tests/unit/state_text.h"

/* ---- the log ---- */

/* What a session has posted by an id. */
struct remembered {
    struct {
        int64_t sid;
        char id[ID_SIZE];
    } key;
    struct posted posted;
    UT_hash_handle hh;
};

/* A reaction that has not been taken back. */
struct memory_reaction {
    int64_t target, pid;
    char emoji[EMOJI_BYTES_MAX + 1];
    struct memory_reaction *next;
};

struct memory_log {
    struct event *events; /* by seq - 1; strings are its own */
    size_t count;
    size_t capacity;
    struct remembered *posted;
    struct memory_reaction *reactions;
    int64_t mentioned_pid; /* the newest mention's */
    size_t mention_count;
};

static inline char *copy_or_null(const char *text)
{
    return text != NULL ? strdup_or_die(text) : NULL;
}

static inline void remember_posted(struct memory_log *log,
                                   const struct event *event)
{
    struct remembered *entry = alloc_or_die(sizeof(*entry));
    struct remembered *former = NULL;

    entry->key.sid = event->sid;
    strcpy(entry->key.id, event->id);
    entry->posted = (struct posted){.seq = event->seq,
                                    .n = event->n,
                                    .at_ms = event->at_ms,
                                    .rid = event->rid};
    posted_hash(event, entry->posted.request_hash);
    HASH_REPLACE(hh, log->posted, key, sizeof(entry->key), entry, former);
    free(former); /* it was held */
}

static inline bool is_message(const struct event *event)
{
    return event->type == EVENT_MESSAGE || event->type == EVENT_ACTION;
}

static inline void log_note_reaction(struct memory_log *log,
                                     const struct event *event)
{
    struct memory_reaction *reaction, *next;

    if (event->value != 0) {
        reaction = alloc_or_die(sizeof(*reaction));
        reaction->target = event->target;
        reaction->pid = event->pid;
        snprintf(reaction->emoji, sizeof(reaction->emoji), "%s", event->text);
        LL_PREPEND(log->reactions, reaction);
        return;
    }
    LL_FOREACH_SAFE (log->reactions, reaction, next) {
        if (reaction->target == event->target && reaction->pid == event->pid &&
            strcmp(reaction->emoji, event->text) == 0) {
            LL_DELETE(log->reactions, reaction);
            free(reaction);
        }
    }
}

static inline void log_append(void *context, const struct event *event)
{
    struct memory_log *log = context;

    assert_int_equal(event->seq, log->count + 1);
    if (log->count > 0)
        assert_true(event->at_ms >= log->events[log->count - 1].at_ms);
    if (log->count == log->capacity) {
        log->capacity = 2 * log->capacity + 64;
        log->events =
            realloc_or_die(log->events, log->capacity * sizeof(*event));
    }
    struct event *copy = &log->events[log->count++];
    *copy = *event;
    copy->room = copy_or_null(event->room);
    copy->from = copy_or_null(event->from);
    copy->text = copy_or_null(event->text);
    copy->id = copy_or_null(event->id);
    copy->to = copy_or_null(event->to);
    copy->mentions = copy_or_null(event->mentions);
    copy->secret = copy_or_null(event->secret);
    if (event->token_hash != NULL)
        copy->token_hash = memcpy(alloc_or_die(TOKEN_HASH_BYTES),
                                  event->token_hash, TOKEN_HASH_BYTES);
    if (is_message(event) || event->type == EVENT_HELD)
        remember_posted(log, copy);
    if (event->type == EVENT_REACTION)
        log_note_reaction(log, copy);
}

static inline bool log_find_posted(void *context, int64_t sid, const char *id,
                                   struct posted *posted_out)
{
    struct memory_log *log = context;
    struct remembered wanted = {.key = {.sid = sid}};
    struct remembered *found;

    strcpy(wanted.key.id, id);
    HASH_FIND(hh, log->posted, &wanted.key, sizeof(wanted.key), found);
    if (found != NULL)
        *posted_out = found->posted;
    return found != NULL;
}

/* The event `seq`, if it is in room `rid`; else NULL. */
static inline const struct event *log_event(const struct memory_log *log,
                                            int64_t rid, int64_t seq)
{
    return seq >= 1 && (size_t)seq <= log->count &&
                   log->events[seq - 1].rid == rid
               ? &log->events[seq - 1]
               : NULL;
}

/* The newest event of `type` that is about `target`; 0: there is none. */
static inline int64_t log_find_about(const struct memory_log *log,
                                     int64_t target, enum event_type type)
{
    for (size_t i = log->count; i > (size_t)target; i--) {
        const struct event *event = &log->events[i - 1];
        if (event->type == type && event->target == target)
            return event->seq;
    }
    return 0;
}

static inline bool log_has_about(const struct memory_log *log, int64_t target,
                                 enum event_type type)
{
    return log_find_about(log, target, type) != 0;
}

static inline int log_count_edits(const struct memory_log *log, int64_t target)
{
    int count = 0;

    for (size_t i = (size_t)target; i < log->count; i++)
        count += log->events[i].type == EVENT_EDIT &&
                 log->events[i].target == target;
    return count;
}

/* The mentions that were kept, of which the newest is looked at. */
static inline void log_add_mention(void *context, int64_t pid, int64_t rid,
                                   int64_t seq)
{
    struct memory_log *log = context;

    assert_non_null(log_event(log, rid, seq));
    log->mentioned_pid = pid;
    log->mention_count++;
}

/* Walks all reactions to the message: the newest of each person counts. */
static inline void log_find_reaction(void *context,
                                     const struct reaction_key *key,
                                     struct found_reaction *found_out)
{
    const struct memory_log *log = context;
    const struct memory_reaction *reaction;

    *found_out = (struct found_reaction){.own = false};
    LL_FOREACH (log->reactions, reaction) {
        if (reaction->target != key->target ||
            strcmp(reaction->emoji, key->emoji) != 0)
            continue;
        if (reaction->pid == key->pid)
            found_out->own = true;
        else
            found_out->others = true;
    }
}

static inline bool log_has_text(void *context, int64_t seq, const char *text)
{
    const struct memory_log *log = context;
    const char *written = log->events[seq - 1].text;

    return written != NULL && strcmp(written, text) == 0;
}

/* How many reactions to `target` there are, and different ones. */
static inline void log_count_reactions(const struct memory_log *log,
                                       int64_t target,
                                       struct found_message *found)
{
    const struct memory_reaction *reaction, *older;

    LL_FOREACH (log->reactions, reaction) {
        bool is_first = true;
        if (reaction->target != target)
            continue;
        LL_FOREACH (reaction->next, older)
            is_first &= older->target != target ||
                        strcmp(older->emoji, reaction->emoji) != 0;
        found->reaction_count++;
        found->emoji_count += is_first;
    }
}

static inline bool log_find_message(void *context, int64_t rid, int64_t seq,
                                    struct found_message *found_out)
{
    const struct memory_log *log = context;
    const struct event *event = log_event(log, rid, seq);

    if (event == NULL || !is_message(event))
        return false;
    if (found_out == NULL)
        return true;
    int64_t delete_seq = log_find_about(log, seq, EVENT_DELETE);
    *found_out = (struct found_message){
        .type = event->type,
        .n = event->n,
        .at_ms = event->at_ms,
        .pid = event->pid,
        .sid = event->sid,
        .deleted = delete_seq != 0,
        .changed_seq =
            delete_seq != 0 ? delete_seq : log_find_about(log, seq, EVENT_EDIT),
        .edit_count = log_count_edits(log, seq),
    };
    log_count_reactions(log, seq, found_out);
    return true;
}

static inline bool log_find_pending(void *context, int64_t rid, int64_t seq,
                                    enum event_type type)
{
    const struct memory_log *log = context;
    const struct event *event = log_event(log, rid, seq);

    return event != NULL && event->type == type &&
           !log_has_about(log, seq,
                          type == EVENT_HELD ? EVENT_HELD_END
                                             : EVENT_REPORT_END);
}

static inline int log_count_pending(void *context, int64_t rid)
{
    const struct memory_log *log = context;
    int count = 0;

    for (size_t i = 0; i < log->count; i++) {
        enum event_type type = log->events[i].type;
        if (type == EVENT_HELD || type == EVENT_REPORT)
            count += log_find_pending(context, rid, log->events[i].seq, type);
    }
    return count;
}

static inline int64_t log_find_report(void *context, int64_t rid,
                                      int64_t target, int64_t pid)
{
    const struct memory_log *log = context;

    for (size_t i = 0; i < log->count; i++) {
        const struct event *event = &log->events[i];
        if (event->type == EVENT_REPORT && event->target == target &&
            event->pid == pid &&
            log_find_pending(context, rid, event->seq, EVENT_REPORT))
            return event->seq;
    }
    return 0;
}

static inline bool log_read_event(void *context, int64_t rid, int64_t seq,
                                  store_event_fn *visit, void *visit_context)
{
    const struct event *event = log_event(context, rid, seq);

    if (event != NULL)
        (void)visit(visit_context, event);
    return event != NULL;
}

/* The page's messages as they are now, oldest first. */
static inline bool log_messages_before(void *context, int64_t rid,
                                       int64_t before_seq,
                                       store_event_fn *visit,
                                       void *visit_context)
{
    const struct memory_log *log = context;
    size_t end =
        before_seq > (int64_t)log->count ? log->count : (size_t)before_seq - 1;
    size_t first = end;

    for (int left = HISTORY_LIMIT_MAX; first > 0 && left > 0; first--)
        left -= log->events[first - 1].rid == rid &&
                is_message(&log->events[first - 1]);
    for (size_t i = first; i < end; i++) {
        struct event event = log->events[i];
        if (event.rid != rid || !is_message(&event))
            continue;
        event.deleted = log_has_about(log, event.seq, EVENT_DELETE);
        (void)visit(visit_context, &event);
    }
    return true;
}

/* free() of a member that is const for its readers. */
static inline void free_const(const void *memory)
{
    free((void *)(uintptr_t)memory);
}

static inline void log_fini(struct memory_log *log)
{
    struct memory_reaction *reaction, *next_reaction;
    struct remembered *entry, *next;

    for (size_t i = 0; i < log->count; i++) {
        free_const(log->events[i].room);
        free_const(log->events[i].from);
        free_const(log->events[i].text);
        free_const(log->events[i].id);
        free_const(log->events[i].to);
        free_const(log->events[i].mentions);
        free_const(log->events[i].secret);
        free_const(log->events[i].token_hash);
    }
    free(log->events);
    LL_FOREACH_SAFE (log->reactions, reaction, next_reaction)
        free(reaction);
    HASH_ITER (hh, log->posted, entry, next) {
        HASH_DEL(log->posted, entry);
        free(entry);
    }
}

/* ---- life cycle ---- */

enum { LOBBY = 1 /* the rid of the room that is there from the start */ };
#define WALL_MS 1795370000000LL /* when a test begins */

struct fixture {
    struct state_rules rules;
    struct memory_log log;
    struct state *state;
    struct moment now;
    struct outcome outcome; /* of the last command */
    size_t marked;          /* events of the log looked at so far */
};

static inline struct state_log log_functions(struct memory_log *log)
{
    return (struct state_log){.context = log,
                              .append = log_append,
                              .find_posted = log_find_posted,
                              .find_message = log_find_message,
                              .add_mention = log_add_mention,
                              .find_reaction = log_find_reaction,
                              .has_text = log_has_text,
                              .find_pending = log_find_pending,
                              .count_pending = log_count_pending,
                              .find_report = log_find_report,
                              .read_event = log_read_event,
                              .messages_before = log_messages_before};
}

static inline void fixture_init(struct fixture *f)
{
    struct settings settings;

    settings_defaults(&settings);
    assert_int_equal(state_rules_from(&settings, &f->rules), CHAT_OK);
    f->now = (struct moment){.wall_ms = WALL_MS, .mono_ms = 1000000};
}

/* Changes of `rules` after this mean nothing. */
static inline void fixture_begin(struct fixture *f)
{
    const struct state_log log = log_functions(&f->log);
    const struct command open = {.type = COMMAND_ROOM_OPEN, .room = "lobby"};

    f->state = state_new(&f->rules, &log);
    state_execute(f->state, &open, f->now, &f->outcome);
    f->marked = f->log.count;
}

static inline void fixture_fini(struct fixture *f)
{
    state_free(f->state);
    log_fini(&f->log);
}

/* Begins once more, under the rules that the test has changed meanwhile. */
static inline void fixture_restart(struct fixture *f)
{
    fixture_fini(f);
    f->log = (struct memory_log){.count = 0};
    fixture_begin(f);
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = alloc_or_die(sizeof(*f));

    if (sodium_init() < 0)
        return -1;
    fixture_init(f);
    fixture_begin(f);
    *state = f;
    return 0;
}

/* ---- commands ---- */

static inline enum chat_result run(struct fixture *f, struct command command)
{
    state_execute(f->state, &command, f->now, &f->outcome);
    return f->outcome.result;
}

/* RUN(f, JOIN, .sid = alice, .room = "dev") */
#define RUN(f, name, ...)                                                      \
    run((f), (struct command){.type = COMMAND_##name, __VA_ARGS__})
#define ASSERT_RUN(result, f, ...)                                             \
    assert_result(RUN((f), __VA_ARGS__), (result))

static inline void assert_result(enum chat_result result,
                                 enum chat_result expected)
{
    assert_string_equal(chat_result_code(result), chat_result_code(expected));
}

/* The hash of the token called `name`. */
static inline void token(const char *name, unsigned char hash_out[])
{
    memset(hash_out, 0, TOKEN_HASH_BYTES);
    memcpy(hash_out, name, strnlen(name, TOKEN_HASH_BYTES));
}

/* A new session with a token called as its nick, not run yet. */
static inline struct command login_as(const char *nick)
{
    struct command command = {.type = COMMAND_SESSION_NEW, .nick = nick};

    token(nick, command.token_hash);
    return command;
}

/* Its sid; in the lobby. */
static inline int64_t login(struct fixture *f, const char *nick)
{
    assert_result(run(f, login_as(nick)), CHAT_OK);
    return f->outcome.sid;
}

/*
 * An account called `nick`, made as the server would; its pid. No session of
 * it is there yet.
 */
static inline int64_t account(struct fixture *f, const char *nick,
                              enum role role)
{
    struct decision decision = {.state = f->state, .now = f->now};
    struct event event = {.type = EVENT_PERSON_NEW,
                          .kind = PERSON_REGISTERED,
                          .role = role,
                          .from = nick};

    event.pid = f->state->head_seq + 1;
    return state_emit(&decision, &event);
}

/* A new session of account `pid`, by a token called `token_name`; its sid. */
static inline int64_t login_account(struct fixture *f, int64_t pid,
                                    const char *token_name)
{
    struct command command = {.type = COMMAND_SESSION_NEW, .pid = pid};

    token(token_name, command.token_hash);
    assert_result(run(f, command), CHAT_OK);
    return f->outcome.sid;
}

static inline enum chat_result get(struct fixture *f, const char *token_name)
{
    struct command command = {.type = COMMAND_SESSION_GET};

    token(token_name, command.token_hash);
    return run(f, command);
}

static inline enum chat_result touch(struct fixture *f, int64_t sid,
                                     int64_t age_ms)
{
    struct touch touched = {.sid = sid, .age_ms = age_ms};

    return RUN(f, TOUCH, .touches = &touched, .touch_count = 1);
}

static inline void pass_ms(struct fixture *f, int64_t ms)
{
    f->now.wall_ms += ms;
    f->now.mono_ms += ms;
}

/* Runs all that is due, as the broker does. Returns how many commands. */
static inline size_t run_due(struct fixture *f)
{
    struct command due[64];
    size_t count = state_due(f->state, f->now, due, 64);

    for (size_t i = 0; i < count; i++)
        assert_result(run(f, due[i]), CHAT_OK);
    return count;
}

/* ---- what was logged ---- */

static inline void skip_events(struct fixture *f)
{
    f->marked = f->log.count;
}

/* Asserts what was logged since the last look at the log. */
#define ASSERT_EVENTS(f, ...)                                                  \
    assert_events((f), (const char *const[]){__VA_ARGS__},                     \
                  sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))
#define ASSERT_NO_EVENTS(f) assert_events((f), NULL, 0)

static inline void assert_events(struct fixture *f, const char *const *expected,
                                 size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *text = NULL;
        size_t bytes = 0;
        FILE *out = open_memstream(&text, &bytes);
        if (f->marked < f->log.count)
            describe_event(&f->log.events[f->marked++], out);
        fclose(out);
        assert_string_equal(text, expected[i]);
        free(text);
    }
    assert_int_equal(f->log.count, f->marked);
}

/* ---- the whole ---- */

/* What the log's events alone add up to; a state of its own. */
static inline struct state *replay(const struct fixture *f)
{
    const struct state_log no_log = {.context = NULL};
    struct state *replayed = state_new(&f->rules, &no_log);

    for (size_t i = 0; i < f->log.count; i++)
        state_apply(replayed, &f->log.events[i]);
    return replayed;
}

static inline void assert_replays(const struct fixture *f)
{
    struct state *replayed = replay(f);

    assert_same_state(describe_state(f->state), describe_state(replayed));
    state_free(replayed);
}

static inline const struct person *person_of(const struct fixture *f,
                                             int64_t sid)
{
    return state_session(f->state, sid)->person;
}

static inline const struct room *room_named(const struct fixture *f,
                                            const char *name)
{
    return state_find_room_named(f->state, name);
}

/* After each test: its log must give its state. */
static inline int fixture_teardown(void **state)
{
    assert_replays(*state);
    fixture_fini(*state);
    free(*state);
    return 0;
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
