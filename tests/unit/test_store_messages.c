/* What becomes of messages, and what is read with them. */
#include "tests/unit/store_fixture.h"

/* A room: the first message in it is 2. */
static int setup(void **state)
{
    if (fixture_setup(state) != 0)
        return -1;
    make_rooms(*state, 1);
    return 0;
}

/* ---- what reads give, as one line of text ---- */

struct line {
    char text[2000];
};

static bool write_event(void *context, const struct event *event)
{
    struct line *line = context;
    size_t used = strlen(line->text);

    snprintf(line->text + used, sizeof(line->text) - used, "%s%lld:%s%s",
             used > 0 ? " " : "", (long long)event->seq,
             event->text != NULL ? event->text : "-",
             event->deleted ? "(deleted)" : "");
    used = strlen(line->text);
    if (event->edited_ms != 0)
        snprintf(line->text + used, sizeof(line->text) - used, "(%lld)",
                 (long long)event->edited_ms);
    return true;
}

static void assert_log(struct fixture *f, int64_t after_seq,
                       const char *expected)
{
    struct line line = {.text = ""};

    assert_int_equal(store_after(f->store, after_seq, 100, write_event, &line),
                     CHAT_OK);
    assert_string_equal(line.text, expected);
}

static void assert_edits(struct fixture *f, int64_t seq, int limit,
                         const char *expected)
{
    struct line line = {.text = ""};

    assert_int_equal(store_edits(f->store, 1, seq, limit, write_event, &line),
                     CHAT_OK);
    assert_string_equal(line.text, expected);
}

static void write_reaction(void *context, const struct stored_reaction *it)
{
    struct line *line = context;
    size_t used = strlen(line->text);

    snprintf(line->text + used, sizeof(line->text) - used, "%s%lld%s%s",
             used > 0 ? " " : "", (long long)it->target, it->emoji, it->nick);
}

static void assert_reactions(struct fixture *f, int64_t first_seq,
                             int64_t last_seq, int limit, const char *expected)
{
    const struct reaction_query query = {1, first_seq, last_seq, limit};
    struct line line = {.text = ""};

    assert_int_equal(store_reactions(f->store, &query, write_reaction, &line),
                     CHAT_OK);
    assert_string_equal(line.text, expected);
}

static void assert_unread(struct fixture *f, int64_t after_seq, int messages,
                          int mentions)
{
    struct unread unread;

    assert_int_equal(store_unread(f->store, 7, 1, after_seq, &unread), CHAT_OK);
    assert_int_equal(unread.messages, messages);
    assert_int_equal(unread.mentions, mentions);
}

/* ---- what is done ---- */

static int64_t say(struct fixture *f, const char *text)
{
    return APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .pid = 7, .sid = 9,
                  .from = "alice", .text = text);
}

static int64_t edit(struct fixture *f, int64_t target, const char *text)
{
    return APPEND(f, .type = EVENT_EDIT, .rid = 1, .pid = 7, .target = target,
                  .text = text);
}

static int64_t erase(struct fixture *f, int64_t target)
{
    return APPEND(f, .type = EVENT_DELETE, .rid = 1, .pid = 7, .target = target,
                  .text = "why");
}

static void react(struct fixture *f, int64_t target, const char *nick,
                  const char *emoji, bool on)
{
    APPEND(f, .type = EVENT_REACTION, .rid = 1, .pid = nick[0], .from = nick,
           .target = target, .text = emoji, .value = on);
}

static void commit(struct fixture *f)
{
    assert_int_equal(store_commit(f->store), CHAT_OK);
}

/* ---- edits and deletes ---- */

static void an_edited_message_is_read_with_its_newest_text(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    say(f, "one");
    say(f, "two");
    edit(f, 2, "uno");
    edit(f, 2, "eins");
    commit(f);
    assert_log(f, 1, "2:eins(1000005) 3:two 4:uno 5:eins");
    assert_edits(f, 2, 9, "2:one 4:uno 5:eins");
    assert_edits(f, 2, 1, "2:one 4:uno");
    assert_edits(f, 3, 9, "3:two");
}

static void a_deleted_message_has_no_text_nor_have_its_edits(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    say(f, "one");
    edit(f, 2, "uno");
    say(f, "two");
    erase(f, 2);
    commit(f);
    assert_log(f, 1, "2:-(deleted)(1000003) 3:-(deleted) 4:two 5:why");
    assert_edits(f, 2, 9, "2:-(deleted) 3:-(deleted)");
}

static void edits_are_of_messages_of_the_room(void **state)
{
    struct fixture *f = *state;
    struct line line = {.text = ""};

    store_begin(f->store);
    say(f, "one");
    commit(f);
    assert_int_equal(store_edits(f->store, 2, 2, 9, write_event, &line),
                     CHAT_NO_MESSAGE);
    assert_int_equal(store_edits(f->store, 1, 1, 9, write_event, &line),
                     CHAT_NO_MESSAGE);
}

static void a_message_is_found_with_what_deciding_needs(void **state)
{
    struct fixture *f = *state;
    struct found_message found;

    store_begin(f->store);
    say(f, "one");
    react(f, 2, "bob", "+", true);
    react(f, 2, "carol", "+", true);
    commit(f);
    assert_true(store_find_message(f->store, 1, 2, &found));
    assert_int_equal(found.type, EVENT_MESSAGE);
    assert_int_equal(found.n, 2);
    assert_int_equal(found.at_ms, TIME_MS + 2);
    assert_int_equal(found.pid, 7);
    assert_int_equal(found.sid, 9);
    assert_false(found.deleted);
    assert_int_equal(found.reaction_count, 2);
    store_begin(f->store);
    erase(f, 2);
    assert_true(store_find_message(f->store, 1, 2, &found));
    assert_true(found.deleted);
    assert_int_equal(found.reaction_count, 0);
    commit(f);
}

static void one_event_is_read_by_room_and_seq(void **state)
{
    struct fixture *f = *state;
    struct line line = {.text = ""};

    store_begin(f->store);
    say(f, "one");
    edit(f, 2, "uno");
    commit(f);
    assert_int_equal(store_event(f->store, 1, 2, write_event, &line), CHAT_OK);
    assert_string_equal(line.text, "2:uno(1000003)");
    assert_int_equal(store_event(f->store, 2, 2, write_event, &line),
                     CHAT_NO_MESSAGE);
    assert_int_equal(store_event(f->store, 1, 9, write_event, &line),
                     CHAT_NO_MESSAGE);
}

/* ---- reactions ---- */

static void reactions_come_by_message_and_emoji(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    say(f, "one");
    say(f, "two");
    react(f, 3, "bob", "+", true);
    react(f, 2, "carol", "b", true);
    react(f, 2, "bob", "a", true);
    react(f, 2, "alice", "b", true);
    react(f, 2, "alice", "b", true);
    commit(f);
    assert_reactions(f, 2, 3, 99, "2abob 2balice 2bcarol 3+bob");
    assert_reactions(f, 3, 3, 99, "3+bob");
    assert_reactions(f, 2, 3, 2, "2abob 2balice");
    store_begin(f->store);
    react(f, 2, "alice", "b", false);
    react(f, 2, "alice", "a", false); /* was never there */
    erase(f, 3);
    commit(f);
    assert_reactions(f, 0, INT64_MAX, 99, "2abob 2bcarol");
}

/* ---- what is unread ---- */

static void messages_and_mentions_after_a_place_are_unread(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    say(f, "one");
    say(f, "@alice");
    APPEND(f, .type = EVENT_JOIN, .rid = 1, .sid = 8, .reason = REASON_BACK);
    APPEND(f, .type = EVENT_ACTION, .rid = 1, .text = "waves at @alice");
    store_add_mention(f->store, 7, 1, 3);
    store_add_mention(f->store, 7, 1, 3);
    store_add_mention(f->store, 7, 1, 5);
    store_add_mention(f->store, 8, 1, 5);
    commit(f);
    assert_unread(f, 0, 3, 2);
    assert_unread(f, 2, 2, 2);
    assert_unread(f, 3, 1, 1);
    assert_unread(f, 5, 0, 0);
    store_begin(f->store);
    erase(f, 5);
    APPEND(f, .type = EVENT_READ, .rid = 1, .pid = 7, .target = 3, .n = -1);
    commit(f);
    assert_unread(f, 0, 3, 0);
}

static bool take_mentions(void *context, const struct event *event)
{
    char *mentions = context;

    snprintf(mentions, 32, "%s",
             event->mentions != NULL ? event->mentions : "");
    return false;
}

/* Asserts whom `seq` mentions as it is read. */
static void assert_mentions(struct fixture *f, int64_t seq,
                            const char *expected)
{
    char mentions[32] = "?";

    assert_int_equal(store_after(f->store, seq - 1, 1, take_mentions, mentions),
                     CHAT_OK);
    assert_string_equal(mentions, expected);
}

static void mentions_are_those_of_the_newest_text(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    APPEND(f, .type = EVENT_MESSAGE, .rid = 1, .pid = 9, .text = "@alice",
           .mentions = "alice");
    store_add_mention(f->store, 7, 1, 2);
    APPEND(f, .type = EVENT_EDIT, .rid = 1, .pid = 9, .target = 2,
           .text = "@bob", .mentions = "bob");
    store_add_mention(f->store, 8, 1, 2);
    commit(f);
    assert_unread(f, 0, 1, 0); /* alice's */
    assert_mentions(f, 2, "bob");
    assert_mentions(f, 3, "bob");
    store_begin(f->store);
    edit(f, 2, "nobody");
    commit(f);
    assert_mentions(f, 2, "");
    assert_mentions(f, 3, "bob");
}

static void unread_messages_are_counted_to_a_bound(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    for (int i = 0; i < UNREAD_MAX; i++)
        say(f, "x");
    for (int i = 0; i < 10; i++)
        APPEND(f, .type = EVENT_ACTION, .rid = 1, .text = "x");
    commit(f);
    assert_unread(f, 0, UNREAD_MAX, 0);
    assert_unread(f, 1 + UNREAD_MAX, 10, 0);
}

/* ---- what is to be decided on ---- */

static void assert_pending(struct fixture *f, int limit, const char *expected)
{
    struct line line = {.text = ""};

    assert_int_equal(store_pending(f->store, 1, limit, write_event, &line),
                     CHAT_OK);
    assert_string_equal(line.text, expected);
}

static void held_and_reported_wait_to_be_decided_on(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    say(f, "one");
    APPEND(f, .type = EVENT_HELD, .rid = 1, .sid = 8, .text = "hi", .n = -1);
    APPEND(f, .type = EVENT_REPORT, .rid = 1, .sid = 8, .target = 2,
           .text = "spam", .n = -1);
    APPEND(f, .type = EVENT_HELD, .rid = 2, .sid = 8, .text = "no", .n = -1);
    commit(f);
    assert_pending(f, 9, "3:hi 4:spam");
    assert_pending(f, 1, "3:hi");
    assert_true(store_find_pending(f->store, 1, 3, EVENT_HELD));
    assert_false(store_find_pending(f->store, 1, 3, EVENT_REPORT));
    assert_false(store_find_pending(f->store, 2, 3, EVENT_HELD));
    store_begin(f->store);
    APPEND(f, .type = EVENT_HELD_END, .rid = 1, .target = 3, .n = -1);
    APPEND(f, .type = EVENT_REPORT_END, .rid = 1, .target = 4, .n = -1);
    commit(f);
    assert_pending(f, 9, "");
    assert_false(store_find_pending(f->store, 1, 3, EVENT_HELD));
    assert_log(f, 1, "2:one 3:-(deleted) 4:spam 5:no 6:- 7:-");
}

static void a_held_message_that_is_let_in_keeps_its_id(void **state)
{
    struct fixture *f = *state;
    const struct event asked = {
        .type = EVENT_ACTION, .rid = 1, .text = "waves"};
    unsigned char hash[16];
    struct posted posted;

    posted_hash(&asked, hash);
    store_begin(f->store);
    APPEND(f, .type = EVENT_HELD, .rid = 1, .sid = 8, .text = "waves",
           .id = "m1", .value = 1, .n = -1);
    assert_true(store_find_posted(f->store, 8, "m1", &posted));
    assert_int_equal(posted.seq, 2);
    assert_memory_equal(posted.request_hash, hash, sizeof(hash));
    APPEND(f, .type = EVENT_HELD_END, .rid = 1, .target = 2, .value = 1,
           .n = -1);
    APPEND(f, .type = EVENT_ACTION, .rid = 1, .sid = 8, .text = "waves",
           .id = "m1");
    commit(f);
    assert_true(store_find_posted(f->store, 8, "m1", &posted));
    assert_int_equal(posted.seq, 4);
    assert_memory_equal(posted.request_hash, hash, sizeof(hash));
}

/* ---- places ---- */

static int64_t seq_at(struct fixture *f, int64_t at_ms)
{
    int64_t seq = -1;

    assert_int_equal(store_seq_at(f->store, at_ms, &seq), CHAT_OK);
    return seq;
}

static void a_time_has_its_first_event(void **state)
{
    struct fixture *f = *state;

    store_begin(f->store);
    for (int i = 0; i < 100; i++)
        say(f, "x");
    f->seq += 1000; /* a hole */
    say(f, "later");
    commit(f);
    assert_int_equal(seq_at(f, INT64_MIN), 1);
    assert_int_equal(seq_at(f, TIME_MS + 1), 1);
    assert_int_equal(seq_at(f, TIME_MS + 50), 50);
    assert_int_equal(seq_at(f, TIME_MS + 101), 101);
    assert_int_equal(seq_at(f, TIME_MS + 102), 1102);
    assert_int_equal(seq_at(f, TIME_MS + 1102), 1102);
    assert_int_equal(seq_at(f, TIME_MS + 1103), 1103);
    assert_int_equal(seq_at(f, INT64_MAX), 1103);
}

static void a_number_has_its_event(void **state)
{
    struct fixture *f = *state;
    int64_t seq = -1;

    store_begin(f->store);
    for (int i = 0; i < 50; i++) {
        say(f, "x");
        append_messages(f, 2, 1);
    }
    commit(f);
    for (int n = 2; n <= 51; n++) {
        assert_int_equal(store_seq_of(f->store, 1, n, &seq), CHAT_OK);
        assert_int_equal(seq, 2 * (n - 1));
    }
    assert_int_equal(store_seq_of(f->store, 1, 52, &seq), CHAT_NO_MESSAGE);
    assert_int_equal(store_seq_of(f->store, 1, 0, &seq), CHAT_NO_MESSAGE);
    assert_int_equal(store_seq_of(f->store, 77, 1, &seq), CHAT_NO_MESSAGE);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_edited_message_is_read_with_its_newest_text),
        TEST(a_deleted_message_has_no_text_nor_have_its_edits),
        TEST(edits_are_of_messages_of_the_room),
        TEST(a_message_is_found_with_what_deciding_needs),
        TEST(one_event_is_read_by_room_and_seq),
        TEST(reactions_come_by_message_and_emoji),
        TEST(messages_and_mentions_after_a_place_are_unread),
        TEST(mentions_are_those_of_the_newest_text),
        TEST(unread_messages_are_counted_to_a_bound),
        TEST(held_and_reported_wait_to_be_decided_on),
        TEST(a_held_message_that_is_let_in_keeps_its_id),
        TEST(a_time_has_its_first_event),
        TEST(a_number_has_its_event),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
