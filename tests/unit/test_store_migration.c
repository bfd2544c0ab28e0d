/* Databases that older versions made, and what becomes of them. */
#include "tests/unit/store_fixture.h"

/* Schema 1, as version 1 made it. */
static const char schema_1[] =
    "CREATE TABLE meta ("
    " key TEXT PRIMARY KEY, value TEXT NOT NULL"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE event ("
    " seq INTEGER PRIMARY KEY,"
    " n INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL,"
    " type INTEGER NOT NULL,"
    " reason INTEGER NOT NULL,"
    " role INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " sid INTEGER NOT NULL,"
    " reply_to INTEGER NOT NULL,"
    " nick TEXT, id TEXT, text TEXT"
    ") STRICT;"
    "CREATE INDEX event_shown ON event (rid) WHERE n > 0;"
    "CREATE INDEX event_shown_type ON event (rid, type) WHERE n > 0;"
    "CREATE TABLE room ("
    " rid INTEGER PRIMARY KEY,"
    " n INTEGER NOT NULL,"
    " room TEXT NOT NULL UNIQUE,"
    " topic TEXT NOT NULL,"
    " id TEXT NOT NULL"
    ") STRICT;"
    "CREATE TABLE session ("
    " sid INTEGER PRIMARY KEY,"
    " created_at_ms INTEGER NOT NULL,"
    " gone_at_ms INTEGER NOT NULL,"
    " role INTEGER NOT NULL,"
    " nick TEXT NOT NULL,"
    " token_hash BLOB NOT NULL UNIQUE CHECK (length(token_hash) = 32)"
    ") STRICT;"
    "CREATE TABLE member ("
    " sid INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " joined_seq INTEGER NOT NULL,"
    " PRIMARY KEY (sid, rid)"
    ") STRICT, WITHOUT ROWID;"
    "CREATE TABLE posted ("
    " seq INTEGER PRIMARY KEY,"
    " n INTEGER NOT NULL,"
    " at_ms INTEGER NOT NULL,"
    " rid INTEGER NOT NULL,"
    " sid INTEGER NOT NULL,"
    " id TEXT NOT NULL,"
    " request_hash BLOB NOT NULL CHECK (length(request_hash) = 16)"
    ") STRICT;"
    "CREATE UNIQUE INDEX posted_id ON posted (id, sid);";

/*
 * Alice is here, Bob is gone, both in the lobby; she has said something, he
 * has answered.
 */
static const char rows_1[] =
    "INSERT INTO meta (key, value) VALUES ('epoch', 'epoch12345');"
    "INSERT INTO session VALUES"
    " (1, 100, 0, 0, 'alice', x'"
    "0000000000000000000000000000000000000000000000000000000000000001'),"
    " (2, 101, 108, 0, 'bob', x'"
    "0000000000000000000000000000000000000000000000000000000000000002');"
    "INSERT INTO room VALUES (3, 6, 'lobby', 'Tea', 'c1');"
    "INSERT INTO member VALUES (1, 3, 4), (2, 3, 5);"
    "INSERT INTO event (seq, n, at_ms, type, reason, role, rid, sid, reply_to,"
    " nick, id, text) VALUES"
    " (1, 0, 100, 5, 0, 0, 0, 1, 0, 'alice', NULL, NULL),"
    " (2, 0, 101, 5, 0, 0, 0, 2, 0, 'bob', NULL, NULL),"
    " (3, 1, 102, 4, 0, 0, 3, 0, 0, NULL, 'c1', 'Tea'),"
    " (4, 2, 103, 2, 0, 0, 3, 1, 0, 'alice', NULL, NULL),"
    " (5, 3, 104, 2, 0, 0, 3, 2, 0, 'bob', NULL, NULL),"
    " (6, 4, 105, 0, 0, 0, 3, 1, 0, 'alice', 'm1', 'hello there'),"
    " (7, 5, 106, 1, 0, 0, 3, 2, 6, 'bob', 'm2', 'waves back'),"
    " (8, 6, 107, 3, 3, 0, 3, 2, 0, 'bob', NULL, NULL),"
    " (9, 0, 108, 7, 0, 0, 0, 2, 0, 'bob', NULL, NULL);"
    "INSERT INTO posted VALUES (6, 4, 105, 3, 1, 'm1', zeroblob(16));"
    "PRAGMA application_id = 1634362216; PRAGMA user_version = 1;";

/* The store is opened on a database of schema 1. */
static int setup(void **state)
{
    sqlite3 *database;

    if (fixture_setup(state) != 0)
        return -1;
    struct fixture *f = *state;
    store_close(f->store);
    f->store = NULL;
    f->seq = 9;
    f->n[3] = 6;
    if (remove(f->path) != 0 || sqlite3_open(f->path, &database) != SQLITE_OK ||
        sqlite3_exec(database, schema_1, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(database, rows_1, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_close(database) != SQLITE_OK)
        return -1;
    return store_open(f->path, &f->store) == CHAT_OK ? 0 : -1;
}

/* ---- what is loaded ---- */

struct loaded {
    struct stored_person people[3];
    struct stored_session sessions[3];
    struct stored_member members[3];
    size_t person_count, session_count, member_count, room_count;
};

static void keep_room(void *context, const struct stored_room *room)
{
    struct loaded *loaded = context;

    assert_int_equal(room->rid, 3);
    assert_int_equal(room->n, 6);
    assert_string_equal(room->room, "lobby");
    assert_string_equal(room->topic, "Tea");
    assert_string_equal(room->id, "c1");
    assert_null(room->secret);
    assert_string_equal(room->settings, "");
    assert_int_equal(room->purged_seq, 0);
    loaded->room_count++;
}

static void keep_person(void *context, const struct stored_person *person)
{
    struct loaded *loaded = context;

    assert_string_equal(person->nick, person->pid == 1 ? "alice" : "bob");
    assert_null(person->name);
    assert_null(person->secret);
    loaded->people[loaded->person_count++] = *person;
}

static void keep_session(void *context, const struct stored_session *session)
{
    struct loaded *loaded = context;

    assert_int_equal(session->token_hash[31], session->sid);
    loaded->sessions[loaded->session_count++] = *session;
}

static void keep_member(void *context, const struct stored_member *member)
{
    struct loaded *loaded = context;

    loaded->members[loaded->member_count++] = *member;
}

static void sessions_of_schema_1_become_guests(void **state)
{
    struct fixture *f = *state;
    struct loaded loaded = {.person_count = 0};
    const struct store_loader loader = {.context = &loaded,
                                        .room = keep_room,
                                        .person = keep_person,
                                        .session = keep_session,
                                        .member = keep_member};

    assert_int_equal(store_load(f->store, &loader), CHAT_OK);
    assert_int_equal(loaded.room_count, 1);
    assert_int_equal(loaded.person_count, 2);
    assert_int_equal(loaded.session_count, 2);
    assert_int_equal(loaded.member_count, 2);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(loaded.people[i].pid, i + 1);
        assert_int_equal(loaded.people[i].kind, PERSON_GUEST);
        assert_int_equal(loaded.people[i].created_at_ms, 100 + i);
        assert_int_equal(loaded.people[i].gone_at_ms, i == 0 ? 0 : 108);
        assert_int_equal(loaded.sessions[i].sid, i + 1);
        assert_int_equal(loaded.sessions[i].pid, i + 1);
        assert_int_equal(loaded.sessions[i].created_at_ms, 100 + i);
        assert_int_equal(loaded.sessions[i].idle_at_ms, i == 0 ? 0 : 108);
        assert_int_equal(loaded.members[i].pid, i + 1);
        assert_int_equal(loaded.members[i].rid, 3);
        assert_int_equal(loaded.members[i].joined_seq, 4 + i);
    }
}

/* ---- what is read ---- */

static bool expect_old_event(void *context, const struct event *event)
{
    int64_t *seq = context;

    assert_int_equal(event->seq, ++*seq);
    assert_int_equal(event->at_ms, 99 + *seq);
    assert_int_equal(event->pid, event->sid);
    assert_int_equal(event->target, 0);
    assert_null(event->to);
    if (event->seq == 6)
        assert_string_equal(event->text, "hello there");
    if (event->seq == 7)
        assert_int_equal(event->reply_to, 6);
    return true;
}

static void events_of_schema_1_have_their_sid_for_pid(void **state)
{
    struct fixture *f = *state;
    struct found_message found;
    struct posted posted;
    int64_t seq = 0;

    assert_string_equal(store_epoch(f->store), "epoch12345");
    assert_int_equal(store_after(f->store, 0, 100, expect_old_event, &seq),
                     CHAT_OK);
    assert_int_equal(seq, 9);
    assert_true(store_find_message(f->store, 3, 7, &found));
    assert_int_equal(found.pid, 2);
    assert_true(store_find_posted(f->store, 1, "m1", &posted));
}

static void the_log_of_schema_1_goes_on(void **state)
{
    struct fixture *f = *state;
    static const int64_t rids[] = {3};
    const struct search_query query = {
        .text = "back",
        .rids = rids,
        .rid_count = 1,
        .before_seq = INT64_MAX,
        .limit = 9,
        .bytes_max = 9999,
        .time_max_ms = 10000,
    };
    struct seen seen = {.count = 0};
    bool more;

    store_begin(f->store);
    APPEND(f, .type = EVENT_PERSON_BACK, .sid = 2);
    APPEND(f, .type = EVENT_JOIN, .rid = 3, .sid = 2, .reason = REASON_BACK);
    APPEND(f, .type = EVENT_EDIT, .rid = 3, .sid = 1, .target = 6,
           .text = "welcome back");
    APPEND(f, .type = EVENT_LEAVE, .rid = 3, .sid = 1, .reason = REASON_LOGOUT);
    APPEND(f, .type = EVENT_SESSION_END, .sid = 1, .reason = REASON_LOGOUT);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_int_equal(store_search(f->store, &query, see, &seen, &more),
                     CHAT_OK);
    ASSERT_SEEN(&seen, 7, 6);
    fixture_reopen(f);
    struct loaded loaded = {.person_count = 0};
    const struct store_loader loader = {.context = &loaded,
                                        .person = keep_person,
                                        .session = keep_session,
                                        .member = keep_member};
    assert_int_equal(store_load(f->store, &loader), CHAT_OK);
    assert_int_equal(loaded.person_count, 1);
    assert_int_equal(loaded.people[0].pid, 2);
    assert_int_equal(loaded.people[0].gone_at_ms, 0);
    assert_int_equal(loaded.session_count, 1);
    assert_int_equal(loaded.sessions[0].idle_at_ms, 0);
    assert_int_equal(loaded.member_count, 1);
}

static void a_migrated_database_is_as_a_new_one(void **state)
{
    static const char shape[] =
        "SELECT group_concat(type || name || sql, ';') FROM"
        " (SELECT type, name, replace(replace(sql, '\"', ''), ' ', '') AS sql"
        " FROM sqlite_schema WHERE name <> 'event' ORDER BY name)";
    struct fixture *f = *state;
    char *shapes[2];

    for (int i = 0; i < 2; i++) {
        sqlite3_stmt *statement;
        assert_int_equal(
            sqlite3_prepare_v2(f->store->database, shape, -1, &statement, NULL),
            SQLITE_OK);
        assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
        shapes[i] = strdup(column_text(statement, 0));
        sqlite3_finalize(statement);
        store_close(f->store);
        f->store = NULL;
        assert_int_equal(remove(f->path), 0);
        assert_int_equal(store_open(f->path, &f->store), CHAT_OK);
    }
    assert_string_equal(shapes[0], shapes[1]);
    free(shapes[0]);
    free(shapes[1]);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(sessions_of_schema_1_become_guests),
        TEST(events_of_schema_1_have_their_sid_for_pid),
        TEST(the_log_of_schema_1_goes_on),
        TEST(a_migrated_database_is_as_a_new_one),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
