/*
 * For the tests of what stands on a replica: a database of its own in a
 * temporary folder per test, clocks that only the test moves, and commands in
 * one line. Batches go through the local engine, as the broker's do.
 */
#ifndef TESTS_UNIT_REPLICA_FIXTURE_H
#define TESTS_UNIT_REPLICA_FIXTURE_H

#include "tests/unit/unit.h"

#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/replica.h"
#include "broker/store_internal.h"
#include "common/alloc.h"
#include "common/clock.h"
#include "common/log.h"

enum { LOBBY = 1 /* the rid of the room that is there from the start */ };
#define WALL_MS 1795370000000LL /* when a test begins */

struct fixture {
    char folder[64];
    struct settings settings;
    struct replica *replica;
    struct engine engine;
    struct outcome outcome; /* of the last command */
    int64_t mono_ms, wall_ms;
    size_t event_count; /* told as appended */
    int64_t last_seq;   /* of those */
};

/* ---- life cycle ---- */

static inline void note_event(void *context, const struct event *event)
{
    struct fixture *f = context;

    f->event_count++;
    f->last_seq = event->seq;
}

static inline void pass_ms(struct fixture *f, int64_t ms)
{
    f->mono_ms += ms;
    f->wall_ms += ms;
    clock_set(f->mono_ms, f->wall_ms);
}

static inline void open_replica(struct fixture *f)
{
    assert_int_equal(replica_open(&f->settings, note_event, f, &f->replica),
                     CHAT_OK);
    f->engine = engine_local(replica_apply, f->replica);
}

static inline void reopen_replica(struct fixture *f)
{
    replica_close(f->replica);
    open_replica(f);
}

/* Opens with settings that the test has changed: a log of its own. */
static inline void open_another(struct fixture *f)
{
    strcat(f->settings.store.database, "-2");
    reopen_replica(f);
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = alloc_or_die(sizeof(*f));

    if (sodium_init() < 0)
        return -1;
    log_setup("test", LOG_LEVEL_ERROR);
    settings_defaults(&f->settings);
    strcpy(f->folder, "/tmp/test-replica-XXXXXX");
    if (mkdtemp(f->folder) == NULL)
        return -1;
    snprintf(f->settings.store.database, SETTING_SIZE, "%s/chat.db", f->folder);
    f->mono_ms = 1000000;
    f->wall_ms = WALL_MS;
    pass_ms(f, 0);
    open_replica(f);
    *state = f;
    return 0;
}

static inline int fixture_remove(const char *path, const struct stat *status,
                                 int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline int fixture_teardown(void **state)
{
    struct fixture *f = *state;

    replica_close(f->replica);
    nftw(f->folder, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
    clock_release();
    free(f);
    return 0;
}

#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

/* ---- commands ---- */

enum { BATCH_MAX = 16 };

/* The outcomes of a batch of commands. */
static inline void run_batch(struct fixture *f, const struct command *commands,
                             size_t count, struct outcome *outcomes_out)
{
    struct engine_entry entries[BATCH_MAX];
    struct engine_batch batch = {.entries = entries, .count = count};

    assert_true(count <= BATCH_MAX);
    for (size_t i = 0; i < count; i++)
        entries[i] = (struct engine_entry){.command = &commands[i]};
    f->engine.submit(&f->engine, &batch);
    for (size_t i = 0; i < count; i++)
        outcomes_out[i] = entries[i].outcome;
}

static inline enum chat_result run(struct fixture *f, struct command command)
{
    run_batch(f, &command, 1, &f->outcome);
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

/* A new session with a token that holds its nick's first bytes. */
static inline struct command login_as(const char *nick)
{
    struct command command = {.type = COMMAND_SESSION_NEW, .nick = nick};

    memcpy(command.token_hash, nick, strnlen(nick, TOKEN_HASH_BYTES));
    return command;
}

/* Its sid; in the lobby. */
static inline int64_t login(struct fixture *f, const char *nick)
{
    assert_result(run(f, login_as(nick)), CHAT_OK);
    return f->outcome.sid;
}

/* Posts to the lobby; the message's seq. */
static inline int64_t post(struct fixture *f, int64_t sid, const char *id,
                           const char *text)
{
    ASSERT_RUN(CHAT_OK, f, POST, .sid = sid, .room = "lobby", .id = id,
               .text = text);
    return f->outcome.seq;
}

static inline int64_t head_seq(const struct fixture *f)
{
    return state_head_seq(replica_state(f->replica));
}

/* ---- failing on purpose ---- */

static inline int interrupt(void *context)
{
    (void)context;
    return 1;
}

/* While this is on every statement fails, those that only read too. */
static inline void break_store(struct fixture *f, bool on)
{
    sqlite3_progress_handler(replica_store(f->replica)->database, 1,
                             on ? interrupt : NULL, NULL);
}

/* While this is on nothing more fits into the database; it can be read. */
static inline void fill_store(struct fixture *f, bool on)
{
    const char *sql =
        on ? "PRAGMA max_page_count = 1" : "PRAGMA max_page_count = 100000";

    assert_int_equal(sqlite3_exec(replica_store(f->replica)->database, sql,
                                  NULL, NULL, NULL),
                     SQLITE_OK);
}

#endif
