#include "tests/unit/store_fixture.h"

#define ROOM "caf\xc3\xa9"

static const unsigned char alice_hash[TOKEN_HASH_BYTES] = {1, 2, 3};

static enum chat_result
append_and_commit(struct fixture *f, const struct event *events, size_t count)
{
    store_begin(f->store);
    for (size_t i = 0; i < count; i++)
        store_append(f->store, &events[i]);
    return store_commit(f->store);
}

/* ---- events ---- */

/*
 * One of each type, with every field that the type has. What is edited and
 * deleted in here is not: those would be read as they are now. Nor is there a
 * room 99.
 */
static const struct event one_of_each[] = {
    {.seq = 1,
     .at_ms = 100,
     .type = EVENT_SESSION_NEW,
     .pid = 1,
     .sid = 1,
     .kind = PERSON_GUEST,
     .role = ROLE_GUEST,
     .from = "alice",
     .address = INT64_MIN,
     .token_hash = alice_hash},
    {.seq = 2,
     .n = 1,
     .at_ms = 100,
     .type = EVENT_ROOM,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .text = "topic",
     .id = "room-id"},
    {.seq = 3,
     .n = 2,
     .at_ms = 101,
     .type = EVENT_JOIN,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .role = ROLE_GUEST,
     .from = "alice",
     .value = RANK_OWNER},
    {.seq = 4,
     .n = 3,
     .at_ms = 102,
     .type = EVENT_MESSAGE,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .text = " x\n\t\xf0\x9f\x8d\xb5 ",
     .id = "m1"},
    {.seq = 5,
     .n = 4,
     .at_ms = 103,
     .type = EVENT_ACTION,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .text = "waves",
     .id = "m2",
     .reply_to = 4},
    {.seq = 6,
     .n = 5,
     .at_ms = 103,
     .type = EVENT_LEAVE,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .reason = REASON_GONE,
     .value = 1},
    {.seq = 7,
     .at_ms = 103,
     .type = EVENT_PERSON_GONE,
     .pid = 1,
     .sid = 1,
     .from = "alice",
     .reason = REASON_LOGOUT,
     .value = 1},
    {.seq = 8,
     .at_ms = 103,
     .type = EVENT_PERSON_BACK,
     .pid = 1,
     .sid = 1,
     .from = "alice"},
    {.seq = 9,
     .n = 6,
     .at_ms = 103,
     .type = EVENT_EDIT,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 900,
     .text = "new"},
    {.seq = 10,
     .n = 7,
     .at_ms = 103,
     .type = EVENT_DELETE,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 901,
     .text = "rude"},
    {.seq = 11,
     .n = 8,
     .at_ms = 103,
     .type = EVENT_REACTION,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 4,
     .text = "\xf0\x9f\x8d\xb5",
     .value = 1},
    {.seq = 12,
     .n = 9,
     .at_ms = 103,
     .type = EVENT_NICK,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to = "alicia"},
    {.seq = 13,
     .n = 10,
     .at_ms = 103,
     .type = EVENT_TOPIC,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .text = "Tea"},
    {.seq = 14,
     .n = 11,
     .at_ms = 103,
     .type = EVENT_SETTINGS,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .text = "access=private"},
    {.seq = 15, .at_ms = 103, .type = EVENT_RENAME, .rid = 99, .to = "x"},
    {.seq = 16, .at_ms = 103, .type = EVENT_ROOM_END, .rid = 99},
    {.seq = 17,
     .n = 12,
     .at_ms = 103,
     .type = EVENT_INVITE,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to_pid = 70,
     .to = "bob",
     .value = 1},
    {.seq = 18,
     .n = 13,
     .at_ms = 103,
     .type = EVENT_RANK,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to_pid = 70,
     .to = "bob",
     .value = RANK_MODERATOR},
    {.seq = 19,
     .n = 14,
     .at_ms = 103,
     .type = EVENT_KICK,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to_pid = 70,
     .to = "bob",
     .text = "why"},
    {.seq = 20,
     .n = 15,
     .at_ms = 103,
     .type = EVENT_MUTE,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to_pid = 70,
     .to = "bob",
     .text = "why",
     .until_ms = 5000},
    {.seq = 21,
     .n = 16,
     .at_ms = 103,
     .type = EVENT_UNMUTE,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to_pid = 70,
     .to = "bob"},
    {.seq = 22,
     .n = 17,
     .at_ms = 103,
     .type = EVENT_BAN,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to_pid = 70,
     .to = "bob",
     .text = "why",
     .until_ms = INT64_MAX,
     .address = 123456789},
    {.seq = 23,
     .n = 18,
     .at_ms = 103,
     .type = EVENT_UNBAN,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 22,
     .to = "bob"},
    {.seq = 24,
     .at_ms = 103,
     .type = EVENT_READ,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 5},
    {.seq = 25,
     .at_ms = 103,
     .type = EVENT_REPORT,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 5,
     .text = "spam"},
    {.seq = 26,
     .at_ms = 103,
     .type = EVENT_REPORT_END,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 25},
    {.seq = 27,
     .at_ms = 103,
     .type = EVENT_HELD,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .text = "hi",
     .id = "m3",
     .value = 1},
    {.seq = 28,
     .at_ms = 103,
     .type = EVENT_HELD_END,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .target = 902,
     .value = 1},
    {.seq = 29,
     .at_ms = 103,
     .type = EVENT_PERSON_NEW,
     .pid = 29,
     .kind = PERSON_SITE,
     .role = ROLE_MEMBER,
     .from = "carol",
     .to = "c7"},
    {.seq = 30,
     .at_ms = 103,
     .type = EVENT_PERSON_SET,
     .pid = 29,
     .role = ROLE_ADMIN},
    {.seq = 31,
     .at_ms = 103,
     .type = EVENT_PERSON_NICK,
     .pid = 29,
     .from = "carol",
     .to = "caro"},
    {.seq = 32,
     .at_ms = 103,
     .type = EVENT_BLOCK,
     .pid = 29,
     .to_pid = 1,
     .to = "alice",
     .value = 1},
    {.seq = 33, .at_ms = 103, .type = EVENT_PERSON_END, .pid = 29},
    {.seq = 34,
     .at_ms = 103,
     .type = EVENT_SERVER_BAN,
     .pid = 1,
     .sid = 1,
     .to = "eve",
     .until_ms = 99,
     .address = 5},
    {.seq = 35,
     .at_ms = 103,
     .type = EVENT_SERVER_UNBAN,
     .pid = 1,
     .sid = 1,
     .target = 34},
    {.seq = 36,
     .at_ms = 103,
     .type = EVENT_HOOK_NEW,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .to = "ci",
     .text = "https://example.org/"},
    {.seq = 37,
     .at_ms = 103,
     .type = EVENT_HOOK_END,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .target = 36},
    {.seq = 38, .at_ms = 103, .type = EVENT_PURGE, .rid = 99, .target = 5},
    {.seq = 39,
     .n = 19,
     .at_ms = 103,
     .type = EVENT_ROLE,
     .rid = 2,
     .pid = 1,
     .sid = 1,
     .room = ROOM,
     .from = "alice",
     .to = "bob",
     .role = ROLE_MODERATOR},
    {.seq = INT64_MAX,
     .at_ms = INT64_MAX,
     .type = EVENT_SESSION_END,
     .pid = 1,
     .sid = 1,
     .from = "alice",
     .reason = REASON_LOGOUT},
};

enum {
    ONE_OF_EACH_COUNT = sizeof(one_of_each) / sizeof(one_of_each[0]),
    SHOWN_COUNT = 19, /* of them, in room 2 */
};
_Static_assert((int)ONE_OF_EACH_COUNT == (int)EVENT_TYPE_COUNT, "of each");

static void assert_same_text(const char *a, const char *b)
{
    if (a == NULL || b == NULL)
        assert_true(a == b);
    else
        assert_string_equal(a, b);
}

static void assert_same_event(const struct event *a, const struct event *b)
{
    assert_int_equal(a->seq, b->seq);
    assert_int_equal(a->n, b->n);
    assert_int_equal(a->at_ms, b->at_ms);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->reason, b->reason);
    assert_int_equal(a->role, b->role);
    assert_int_equal(a->rid, b->rid);
    assert_int_equal(a->kind, b->kind);
    assert_int_equal(a->pid, b->pid);
    assert_int_equal(a->sid, b->sid);
    assert_int_equal(a->reply_to, b->reply_to);
    assert_int_equal(a->target, b->target);
    assert_int_equal(a->to_pid, b->to_pid);
    assert_int_equal(a->until_ms, b->until_ms);
    assert_int_equal(a->value, b->value);
    assert_int_equal(a->address, b->address);
    assert_int_equal(a->edited_ms, b->edited_ms);
    assert_int_equal(a->deleted, b->deleted);
    assert_same_text(a->to, b->to);
    assert_same_text(a->room, b->room);
    assert_same_text(a->from, b->from);
    assert_same_text(a->text, b->text);
    assert_same_text(a->id, b->id);
}

/* What to compare with, one after the other: those shown, or all. */
struct comparison {
    size_t next;
    bool shown_only;
};

static bool compare(void *context, const struct event *event)
{
    struct comparison *with = context;

    while (with->shown_only && one_of_each[with->next].n == 0)
        with->next++;
    assert_true(with->next < ONE_OF_EACH_COUNT);
    assert_same_event(event, &one_of_each[with->next]);
    assert_null(event->token_hash);
    assert_null(event->secret);
    with->next++;
    return true;
}

static void every_event_comes_back_with_every_field(void **state)
{
    struct fixture *f = *state;
    struct comparison with = {.next = 0};

    assert_int_equal(append_and_commit(f, one_of_each, ONE_OF_EACH_COUNT),
                     CHAT_OK);
    assert_int_equal(store_after(f->store, 0, 100, compare, &with), CHAT_OK);
    assert_int_equal(with.next, ONE_OF_EACH_COUNT);
    fixture_reopen(f);
    with.next = 0;
    assert_int_equal(store_after(f->store, 0, 100, compare, &with), CHAT_OK);
    assert_int_equal(with.next, ONE_OF_EACH_COUNT);
}

static void a_page_has_the_events_with_every_field(void **state)
{
    struct fixture *f = *state;
    struct history_query query = {
        .rid = 2, .limit = 100, .bytes_max = HISTORY_BYTES_MAX};
    struct comparison with = {.shown_only = true};
    bool more = true;

    assert_int_equal(append_and_commit(f, one_of_each, ONE_OF_EACH_COUNT),
                     CHAT_OK);
    assert_int_equal(store_history(f->store, &query, compare, &with, &more),
                     CHAT_OK);
    assert_int_equal(one_of_each[with.next - 1].n, SHOWN_COUNT);
    assert_false(more);
}

static void after_follows_the_whole_log_also_what_is_not_shown(void **state)
{
    struct fixture *f = *state;
    struct seen all = {.count = 0}, some = {.count = 0}, ended = {.wanted = 1};

    assert_int_equal(append_and_commit(f, one_of_each, ONE_OF_EACH_COUNT),
                     CHAT_OK);
    assert_int_equal(store_after(f->store, 36, 100, see, &all), CHAT_OK);
    ASSERT_SEEN(&all, 37, 38, 39, INT64_MAX);
    assert_int_equal(store_after(f->store, 0, 2, see, &some), CHAT_OK);
    ASSERT_SEEN(&some, 1, 2);
    assert_int_equal(store_after(f->store, 3, 100, see, &ended), CHAT_OK);
    ASSERT_SEEN(&ended, 4);
    /* The statement of the reading that was ended can be used again. */
    assert_int_equal(store_after(f->store, INT64_MAX, 9, see, &ended), CHAT_OK);
}

static bool compare_text(void *context, const struct event *event)
{
    assert_string_equal(event->text, context);
    return true;
}

static void a_long_text_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    char text[20001];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    make_rooms(f, 1);
    store_begin(f->store);
    int64_t seq = APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .text = text);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_int_equal(store_after(f->store, seq - 1, 1, compare_text, text),
                     CHAT_OK);
}

static void a_message_is_found_in_its_room_only(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(append_and_commit(f, one_of_each, ONE_OF_EACH_COUNT),
                     CHAT_OK);
    assert_true(store_find_message(f->store, 2, 4, NULL));
    assert_true(store_find_message(f->store, 2, 5, NULL));
    assert_false(store_find_message(f->store, 3, 4, NULL));
    assert_false(store_find_message(f->store, 2, 3, NULL)); /* a join */
    assert_false(store_find_message(f->store, 2, 99, NULL));
}

/* ---- transactions ---- */

static void what_is_rolled_back_was_never_there(void **state)
{
    struct fixture *f = *state;
    struct posted posted;
    struct seen seen = {.count = 0};

    store_begin(f->store);
    for (size_t i = 0; i < ONE_OF_EACH_COUNT - 1; i++)
        store_append(f->store, &one_of_each[i]);
    assert_true(store_find_posted(f->store, 1, "m1", &posted));
    store_rollback(f->store);
    assert_false(store_find_posted(f->store, 1, "m1", &posted));
    assert_int_equal(store_after(f->store, 0, 9, see, &seen), CHAT_OK);
    assert_int_equal(seen.count, 0);
    assert_int_equal(append_and_commit(f, one_of_each, ONE_OF_EACH_COUNT),
                     CHAT_OK);
}

static void closing_undoes_a_transaction_under_way(void **state)
{
    struct fixture *f = *state;
    struct seen seen = {.count = 0};

    store_begin(f->store);
    store_append(f->store, &one_of_each[0]);
    fixture_reopen(f);
    assert_int_equal(store_after(f->store, 0, 9, see, &seen), CHAT_OK);
    assert_int_equal(seen.count, 0);
}

static void an_empty_transaction_commits(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_int_equal(store_probe(f->store), CHAT_OK);
    assert_int_equal(store_probe(f->store), CHAT_OK);
}

/* ---- message ids ---- */

static void a_message_id_is_found_with_what_was_asked(void **state)
{
    struct fixture *f = *state;
    struct posted posted;
    unsigned char hash[16];

    store_begin(f->store);
    for (size_t i = 0; i < ONE_OF_EACH_COUNT; i++)
        store_append(f->store, &one_of_each[i]);
    for (int committed = 0; committed < 2; committed++) {
        assert_true(store_find_posted(f->store, 1, "m2", &posted));
        assert_int_equal(posted.seq, 5);
        assert_int_equal(posted.n, 4);
        assert_int_equal(posted.at_ms, 103);
        assert_int_equal(posted.rid, 2);
        posted_hash(&one_of_each[4], hash);
        assert_memory_equal(posted.request_hash, hash, sizeof(hash));
        if (committed == 0)
            assert_int_equal(store_commit(f->store), CHAT_OK);
    }
    assert_false(store_find_posted(f->store, 2, "m2", &posted));
    assert_false(store_find_posted(f->store, 1, "M2", &posted));
    /* The command that made a room has an id of another kind. */
    assert_false(store_find_posted(f->store, 1, "room-id", &posted));
}

static void request_hash_knows_room_type_text_and_reply(void **state)
{
    const struct event asked = {.type = EVENT_MESSAGE, .rid = 1, .text = "x"};
    struct event other[] = {asked, asked, asked, asked};
    unsigned char hash[16], other_hash[16];

    (void)state;
    other[0].rid = 2;
    other[1].type = EVENT_ACTION;
    other[2].text = "y";
    other[3].reply_to = 1;
    posted_hash(&asked, hash);
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++) {
        posted_hash(&other[i], other_hash);
        assert_memory_not_equal(hash, other_hash, sizeof(hash));
    }
}

static void request_hash_ignores_when_and_who(void **state)
{
    struct event first = {.type = EVENT_MESSAGE, .rid = 1, .text = "x"};
    struct event again = {.type = EVENT_MESSAGE,
                          .rid = 1,
                          .text = "x",
                          .seq = 9,
                          .n = 9,
                          .at_ms = 9,
                          .sid = 9,
                          .from = "a"};
    unsigned char hash[16], again_hash[16];

    (void)state;
    posted_hash(&first, hash);
    posted_hash(&again, again_hash);
    assert_memory_equal(hash, again_hash, sizeof(hash));
}

/* Ten messages "id1" to "id10" of sid 1, a millisecond apart. */
static int64_t post_ten(struct fixture *f)
{
    char id[16];

    make_rooms(f, 1);
    store_begin(f->store);
    int64_t first_at_ms = TIME_MS + f->seq + 1;
    for (int i = 1; i <= 10; i++) {
        snprintf(id, sizeof(id), "id%d", i);
        APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .sid = 1, .text = "x",
               .id = id);
    }
    assert_int_equal(store_commit(f->store), CHAT_OK);
    return first_at_ms;
}

static int forget(struct fixture *f, int64_t before_ms, int limit)
{
    store_begin(f->store);
    int count = store_forget_posted(f->store, before_ms, limit);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    return count;
}

static void the_oldest_ids_are_forgotten_and_no_others(void **state)
{
    struct fixture *f = *state;
    int64_t first_at_ms = post_ten(f);
    struct posted posted;

    assert_int_equal(forget(f, first_at_ms, 100), 0);
    assert_int_equal(forget(f, first_at_ms + 4, 3), 3);
    assert_false(store_find_posted(f->store, 1, "id3", &posted));
    assert_true(store_find_posted(f->store, 1, "id4", &posted));
    assert_int_equal(forget(f, first_at_ms + 4, 3), 1);
    assert_false(store_find_posted(f->store, 1, "id4", &posted));
    assert_true(store_find_posted(f->store, 1, "id5", &posted));
    assert_int_equal(forget(f, INT64_MAX, 100), 6);
    assert_int_equal(forget(f, INT64_MAX, 100), 0);
}

static void a_forgotten_id_can_be_posted_again(void **state)
{
    struct fixture *f = *state;
    struct posted posted;

    post_ten(f);
    assert_int_equal(forget(f, INT64_MAX, 100), 10);
    store_begin(f->store);
    int64_t seq = APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .sid = 1,
                         .text = "x", .id = "id1");
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_true(store_find_posted(f->store, 1, "id1", &posted));
    assert_int_equal(posted.seq, seq);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_event_comes_back_with_every_field),
        TEST(a_page_has_the_events_with_every_field),
        TEST(after_follows_the_whole_log_also_what_is_not_shown),
        TEST(a_long_text_comes_back_whole),
        TEST(a_message_is_found_in_its_room_only),
        TEST(what_is_rolled_back_was_never_there),
        TEST(closing_undoes_a_transaction_under_way),
        TEST(an_empty_transaction_commits),
        TEST(a_message_id_is_found_with_what_was_asked),
        TEST(request_hash_knows_room_type_text_and_reply),
        TEST(request_hash_ignores_when_and_who),
        TEST(the_oldest_ids_are_forgotten_and_no_others),
        TEST(a_forgotten_id_can_be_posted_again),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
