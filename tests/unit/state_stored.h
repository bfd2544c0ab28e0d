/*
 * The other way to a state: its log in a real store, and what loading the
 * store's tables gives. It must be what replaying the log gives.
 */
#ifndef TESTS_UNIT_STATE_STORED_H
#define TESTS_UNIT_STATE_STORED_H

#include "tests/unit/state_fixture.h"

#include <ftw.h>

#include "common/log.h"

static inline int stored_remove(const char *path, const struct stat *status,
                                int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(path);
}

static inline void stored_append_all(struct store *store,
                                     const struct memory_log *log)
{
    store_begin(store);
    for (size_t i = 0; i < log->count; i++)
        store_append(store, &log->events[i]);
    assert_int_equal(store_commit(store), CHAT_OK);
}

/* A state of its own, loaded from a store that has the fixture's log. */
static inline struct state *load_stored(const struct fixture *f)
{
    const struct state_log no_log = {.context = NULL};
    struct state *loaded = state_new(&f->rules, &no_log);
    char folder[] = "/tmp/test-state-XXXXXX";
    char path[64];
    struct store *store = NULL;

    log_setup("test", LOG_LEVEL_ERROR);
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/chat.db", folder);
    assert_int_equal(store_open(path, &store), CHAT_OK);
    stored_append_all(store, &f->log);
    assert_int_equal(state_load(loaded, store, f->now.mono_ms), CHAT_OK);
    store_close(store);
    nftw(folder, stored_remove, 8, FTW_DEPTH | FTW_PHYS);
    return loaded;
}

/* After every event so far the tables hold what memory does. */
static inline void assert_loads(const struct fixture *f)
{
    struct state *loaded = load_stored(f);

    assert_same_state(describe_state(f->state), describe_state(loaded));
    state_free(loaded);
}

/* For tests whose log must be loadable as well as replayable. */
static inline int stored_teardown(void **state)
{
    assert_loads(*state);
    return fixture_teardown(state);
}

#define STORED_TEST(name)                                                      \
    cmocka_unit_test_setup_teardown(name, fixture_setup, stored_teardown)

#endif
