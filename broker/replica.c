#include "broker/replica.h"

#include <stdlib.h>
#include <string.h>

#include "broker/words.h"
#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"

/* Message ids are remembered for a day and forgotten in small portions. */
#define POSTED_REMEMBERED_MS (24 * 3600 * 1000LL)
#define FORGET_EVERY_MS 1000
#define FORGET_ROWS_MAX 5000
#define PROBE_EVERY_MS 1000

struct replica {
    struct state_rules rules;
    struct words *words; /* NULL: no list */
    char words_file[SETTING_SIZE];
    struct store *store;
    struct state *state; /* NULL: must be loaded again */
    bool failed;         /* the last commit; until a probe succeeds */
    replica_event_fn *on_event;
    void *context;
    int64_t forget_at_ms; /* monotonic clock */
    struct {
        enum chat_result result;
        int64_t at_ms; /* monotonic clock */
        bool done;
    } probe;
};

/* ---- the state's log ---- */

static void append(void *context, const struct event *event)
{
    struct replica *replica = context;

    store_append(replica->store, event);
    if (replica->on_event != NULL)
        replica->on_event(replica->context, event);
}

static bool find_posted(void *context, int64_t sid, const char *id,
                        struct posted *posted_out)
{
    struct replica *replica = context;

    return store_find_posted(replica->store, sid, id, posted_out);
}

static bool find_message(void *context, int64_t rid, int64_t seq,
                         struct found_message *found_out)
{
    struct replica *replica = context;

    return store_find_message(replica->store, rid, seq, found_out);
}

static void add_mention(void *context, int64_t pid, int64_t rid, int64_t seq)
{
    struct replica *replica = context;

    store_add_mention(replica->store, pid, rid, seq);
}

static void find_reaction(void *context, const struct reaction_key *key,
                          struct found_reaction *found_out)
{
    struct replica *replica = context;

    store_find_reaction(replica->store, key, found_out);
}

static bool has_text(void *context, int64_t seq, const char *text)
{
    struct replica *replica = context;

    return store_has_text(replica->store, seq, text);
}

static bool find_pending(void *context, int64_t rid, int64_t seq,
                         enum event_type type)
{
    struct replica *replica = context;

    return store_find_pending(replica->store, rid, seq, type);
}

static int count_pending(void *context, int64_t rid)
{
    struct replica *replica = context;

    return store_count_pending(replica->store, rid);
}

static int64_t find_report(void *context, int64_t rid, int64_t target,
                           int64_t pid)
{
    struct replica *replica = context;

    return store_find_report(replica->store, rid, target, pid);
}

static bool read_event(void *context, int64_t rid, int64_t seq,
                       store_event_fn *visit, void *visit_context)
{
    struct replica *replica = context;

    return store_event(replica->store, rid, seq, visit, visit_context) ==
           CHAT_OK;
}

static bool messages_before(void *context, int64_t rid, int64_t before_seq,
                            store_event_fn *visit, void *visit_context)
{
    struct replica *replica = context;
    const struct history_query query = {
        .rid = rid,
        .anchor = HISTORY_BEFORE,
        .seq = before_seq,
        .limit = HISTORY_LIMIT_MAX,
        .types = UINT64_C(1) << EVENT_MESSAGE | UINT64_C(1) << EVENT_ACTION,
        .bytes_max = SIZE_MAX,
    };
    bool more;

    return store_history(replica->store, &query, visit, visit_context, &more) ==
           CHAT_OK;
}

static enum chat_result load(struct replica *replica)
{
    const struct state_log log = {
        .context = replica,
        .append = append,
        .find_posted = find_posted,
        .find_message = find_message,
        .add_mention = add_mention,
        .find_reaction = find_reaction,
        .has_text = has_text,
        .find_pending = find_pending,
        .count_pending = count_pending,
        .find_report = find_report,
        .read_event = read_event,
        .messages_before = messages_before,
    };
    struct state *state = state_new(&replica->rules, &log);
    enum chat_result result =
        state_load(state, replica->store, clock_mono_ms());

    if (result != CHAT_OK) {
        state_free(state);
        return result;
    }
    replica->state = state;
    return CHAT_OK;
}

/* ---- life ---- */

/* Decides a command of the broker's own. */
static enum chat_result apply_own(struct replica *replica,
                                  const struct command *command)
{
    struct engine_entry entry = {.command = command};
    struct engine_batch batch = {
        .entries = &entry,
        .count = 1,
        .at = {.wall_ms = clock_wall_ms(), .mono_ms = clock_mono_ms()},
    };

    replica_apply(replica, &batch);
    return entry.outcome.result;
}

static enum chat_result open_default_rooms(struct replica *replica)
{
    enum chat_result result = CHAT_OK;

    for (size_t i = 0;
         i < replica->rules.default_room_count && result == CHAT_OK; i++)
        result = apply_own(
            replica,
            &(struct command){.type = COMMAND_ROOM_OPEN,
                              .room = replica->rules.default_rooms[i]});
    return result;
}

/* A nick that nobody has registered is nobody's to be an admin with. */
static void appoint_admins(struct replica *replica, const char *nicks)
{
    char copy[SETTING_SIZE];
    char *rest = NULL;

    strcpy(copy, nicks);
    for (char *nick = strtok_r(copy, " \t,", &rest); nick != NULL;
         nick = strtok_r(NULL, " \t,", &rest)) {
        if (apply_own(replica, &(struct command){.type = COMMAND_APPOINT,
                                                 .nick = nick}) != CHAT_OK)
            log_warn("event=no_such_account setting=admins nick=%s",
                     LOG_QUOTED(nick));
    }
}

/* The rules, with a list of words that is the caller's; NULL: none. */
static enum chat_result read_rules(const struct settings *settings,
                                   struct state_rules *rules_out,
                                   struct words **words_out)
{
    const char *path = settings->moderation.words_file;
    enum chat_result result = state_rules_from(settings, rules_out);

    *words_out = NULL;
    if (result != CHAT_OK)
        log_error("event=bad_settings reason=%s",
                  result == CHAT_BAD_ROOM   ? "default_rooms"
                  : result == CHAT_BAD_TEXT ? "words"
                                            : "reserved_nicks");
    else if (path[0] != '\0')
        result = words_read(path, words_out);
    rules_out->words = *words_out;
    return result;
}

enum chat_result replica_check(const struct settings *settings)
{
    struct state_rules rules;
    struct words *words;
    enum chat_result result = read_rules(settings, &rules, &words);

    words_free(words);
    return result;
}

enum chat_result replica_open(const struct settings *settings,
                              replica_event_fn *on_event, void *context,
                              struct replica **replica_out)
{
    struct replica *replica = alloc_or_die(sizeof(*replica));

    replica->on_event = on_event;
    replica->context = context;
    strcpy(replica->words_file, settings->moderation.words_file);
    enum chat_result result =
        read_rules(settings, &replica->rules, &replica->words);
    if (result == CHAT_OK)
        result = store_open(settings->store.database, &replica->store);
    if (result == CHAT_OK)
        result = load(replica);
    if (result == CHAT_OK)
        result = open_default_rooms(replica);
    if (result != CHAT_OK) {
        replica_close(replica);
        return result;
    }
    appoint_admins(replica, settings->chat.admins);
    *replica_out = replica;
    return CHAT_OK;
}

void replica_close(struct replica *replica)
{
    if (replica == NULL)
        return;
    state_free(replica->state);
    words_free(replica->words);
    store_close(replica->store);
    free(replica);
}

/* ---- applying ---- */

static void refuse_all(struct engine_batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        batch->entries[i].outcome =
            (struct outcome){.result = CHAT_UNAVAILABLE};
}

static void forget_old_ids(struct replica *replica, struct moment now)
{
    if (now.mono_ms < replica->forget_at_ms)
        return;
    store_forget_posted(replica->store, now.wall_ms - POSTED_REMEMBERED_MS,
                        FORGET_ROWS_MAX);
    replica->forget_at_ms = now.mono_ms + FORGET_EVERY_MS;
}

/*
 * Whether there is a state to decide on and a store to write to. After a
 * failure the store is tried by a probe, which costs less than a batch.
 */
static bool is_usable(struct replica *replica, int64_t mono_ms)
{
    if (replica->failed && replica_health(replica, mono_ms) != CHAT_OK)
        return false;
    if (replica->state == NULL && load(replica) != CHAT_OK)
        return false;
    replica->failed = false;
    return true;
}

/* What was decided is not so: the state is what the store has. */
static void undo(struct replica *replica, const struct engine_batch *batch)
{
    log_error("event=commit_failed commands=%zu", batch->count);
    state_free(replica->state);
    replica->state = NULL;
    replica->failed = true;
    (void)load(replica); /* so that what is there can be read on */
}

void replica_apply(void *context, struct engine_batch *batch)
{
    struct replica *replica = context;

    if (!is_usable(replica, batch->at.mono_ms)) {
        refuse_all(batch);
        return;
    }
    store_begin(replica->store);
    for (size_t i = 0; i < batch->count; i++)
        state_execute(replica->state, batch->entries[i].command, batch->at,
                      &batch->entries[i].outcome);
    forget_old_ids(replica, batch->at);
    if (store_commit(replica->store) == CHAT_OK)
        return;
    refuse_all(batch);
    undo(replica, batch);
}

const struct state *replica_state(const struct replica *replica)
{
    return replica->state;
}

struct store *replica_store(const struct replica *replica)
{
    return replica->store;
}

enum chat_result replica_health(struct replica *replica, int64_t mono_ms)
{
    if (replica->probe.done && mono_ms < replica->probe.at_ms + PROBE_EVERY_MS)
        return replica->probe.result;
    replica->probe.result = store_probe(replica->store);
    replica->probe.at_ms = mono_ms;
    replica->probe.done = true;
    return replica->probe.result;
}

void replica_note_inactivity(struct replica *replica, int64_t mono_ms,
                             state_room_fn *changed, void *context)
{
    if (replica->state != NULL)
        state_note_inactivity(replica->state, mono_ms, changed, context);
}

void replica_was_deaf(struct replica *replica, int64_t mono_ms)
{
    if (replica->state != NULL)
        state_was_deaf(replica->state, mono_ms);
}

void replica_reread_words(struct replica *replica)
{
    struct words *words = NULL;

    if (replica->words_file[0] == '\0' ||
        words_read(replica->words_file, &words) != CHAT_OK)
        return; /* the list stays as it was */
    replica->rules.words = words;
    if (replica->state != NULL)
        state_use_words(replica->state, words);
    words_free(replica->words);
    replica->words = words;
    log_info("event=words_read path=%s", LOG_QUOTED(replica->words_file));
}
