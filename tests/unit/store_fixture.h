/*
 * For the tests of the store: a database of its own in a temporary folder
 * per test, events in one line, and a visitor that remembers what it saw.
 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "tests/unit/unit.h"

#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/store_internal.h"

enum { SEEN_MAX = 16384, TIME_MS = 1000000 };

struct fixture {
    char folder[64];
    char path[80];
    struct store *store;
    int64_t seq;  /* of the newest event appended */
    int64_t n[8]; /* by rid: of the newest event appended */
};

/* ---- life cycle ---- */

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));

    if (fixture == NULL || sodium_init() < 0)
        return -1;
    strcpy(fixture->folder, "/tmp/test-store-XXXXXX");
    if (mkdtemp(fixture->folder) == NULL)
        return -1;
    snprintf(fixture->path, sizeof(fixture->path), "%s/chat.db",
             fixture->folder);
    *state = fixture;
    return store_open(fixture->path, &fixture->store) == CHAT_OK ? 0 : -1;
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
    struct fixture *fixture = *state;

    store_close(fixture->store);
    nftw(fixture->folder, fixture_remove, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

/* Closes the store and opens it again. */
static inline void fixture_reopen(struct fixture *fixture)
{
    store_close(fixture->store);
    fixture->store = NULL;
    assert_int_equal(store_open(fixture->path, &fixture->store), CHAT_OK);
}

/* ---- writing ---- */

/*
 * Appends `event`, of which the test sets what it cares for: it gets the next
 * seq, the room's next n if it has a room and n is not -1 (then: 0), a time
 * that rises with seq, and a guest's pid if it has a sid and no pid. Returns
 * seq.
 */
static inline int64_t append(struct fixture *fixture, struct event event)
{
    event.seq = ++fixture->seq;
    event.at_ms = TIME_MS + event.seq;
    event.pid = event.pid == 0 ? event.sid : event.pid;
    if (event.n == -1)
        event.n = 0;
    else if (event.rid != 0)
        event.n = ++fixture->n[event.rid];
    store_append(fixture->store, &event);
    return event.seq;
}

#define APPEND(fixture, ...) append((fixture), (struct event){__VA_ARGS__})

/* Rooms 1 to `count`, named "room1" and so on, in one transaction. */
static inline void make_rooms(struct fixture *fixture, int count)
{
    char name[16];

    store_begin(fixture->store);
    for (int rid = 1; rid <= count; rid++) {
        snprintf(name, sizeof(name), "room%d", rid);
        APPEND(fixture, .type = EVENT_ROOM, .rid = rid, .room = name);
    }
    assert_int_equal(store_commit(fixture->store), CHAT_OK);
}

/* `count` messages in room `rid`, in the transaction under way. */
static inline void append_messages(struct fixture *fixture, int64_t rid,
                                   int count)
{
    for (int i = 0; i < count; i++)
        APPEND(fixture, .type = EVENT_MESSAGE, .rid = rid, .sid = 1,
               .from = "alice", .text = "hello");
}

/* ---- reading ---- */

/* What a visitor saw. */
struct seen {
    int64_t seqs[SEEN_MAX];
    size_t count;
    size_t wanted; /* refuses the event after so many; 0: takes all */
};

static inline bool see(void *context, const struct event *event)
{
    struct seen *seen = context;

    if (seen->wanted != 0 && seen->count == seen->wanted)
        return false;
    assert_true(seen->count < SEEN_MAX);
    seen->seqs[seen->count++] = event->seq;
    return true;
}

#define ASSERT_SEEN(seen, ...)                                                 \
    assert_seen((seen), (const int64_t[]){__VA_ARGS__},                        \
                sizeof((const int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static inline void assert_seen(const struct seen *seen, const int64_t *expected,
                               size_t count)
{
    assert_int_equal(seen->count, count);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(seen->seqs[i], expected[i]);
}

#endif
