#include "tests/unit/store_fixture.h"

static const unsigned char alice_hash[TOKEN_HASH_BYTES] = {1, 2, 3};
static const unsigned char bob_hash[TOKEN_HASH_BYTES] = {4, 5, 6};

/* What store_load() gave, as one line of text. */
struct loaded {
    char text[2000];
};

__attribute__((format(printf, 2, 3))) static void note(struct loaded *loaded,
                                                       const char *format, ...)
{
    size_t used = strlen(loaded->text);
    va_list args;

    va_start(args, format);
    vsnprintf(loaded->text + used, sizeof(loaded->text) - used, format, args);
    va_end(args);
}

static void note_head(void *context, int64_t seq, int64_t at_ms)
{
    note(context, "head(%lld %lld)", (long long)seq, (long long)at_ms);
}

static void note_room(void *context, const struct stored_room *room)
{
    note(context, " room(%lld n=%lld %s '%s' '%s')", (long long)room->rid,
         (long long)room->n, room->room, room->topic, room->id);
}

static void note_session(void *context, const struct stored_session *session)
{
    note(context, " session(%lld %lld gone=%lld role=%d %s %d)",
         (long long)session->sid, (long long)session->created_at_ms,
         (long long)session->gone_at_ms, (int)session->role, session->nick,
         session->token_hash[0]);
}

static void note_member(void *context, const struct stored_member *member)
{
    note(context, " member(%lld in %lld since %lld)", (long long)member->sid,
         (long long)member->rid, (long long)member->joined_seq);
}

static void assert_loads(struct fixture *f, const char *expected)
{
    struct loaded loaded = {.text = ""};
    const struct store_loader loader = {.context = &loaded,
                                        .head = note_head,
                                        .room = note_room,
                                        .session = note_session,
                                        .member = note_member};

    assert_int_equal(store_load(f->store, &loader), CHAT_OK);
    assert_string_equal(loaded.text, expected);
}

/* Alice and Bob (sids 1, 2) in rooms 3 (he first) and 4 (she alone). */
static void make_people(struct fixture *f)
{
    store_begin(f->store);
    APPEND(f, .type = EVENT_SESSION_NEW, .sid = 1, .from = "alice",
           .token_hash = alice_hash);
    APPEND(f, .type = EVENT_SESSION_NEW, .sid = 2, .from = "bob",
           .token_hash = bob_hash);
    APPEND(f, .type = EVENT_ROOM, .rid = 3, .room = "lobby");
    APPEND(f, .type = EVENT_ROOM, .rid = 4, .room = "dev", .text = "Talk",
           .id = "c1");
    APPEND(f, .type = EVENT_JOIN, .rid = 3, .sid = 2);
    APPEND(f, .type = EVENT_JOIN, .rid = 3, .sid = 1);
    APPEND(f, .type = EVENT_JOIN, .rid = 4, .sid = 1);
    assert_int_equal(store_commit(f->store), CHAT_OK);
}

static void an_empty_store_loads_nothing(void **state)
{
    assert_loads(*state, "head(0 0)");
}

static void rooms_sessions_and_members_load_after_a_restart(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    fixture_reopen(f);
    assert_loads(f, "head(7 1000007)"
                    " room(3 n=3 lobby '' '') room(4 n=2 dev 'Talk' 'c1')"
                    " session(1 1000001 gone=0 role=0 alice 1)"
                    " session(2 1000002 gone=0 role=0 bob 4)"
                    " member(2 in 3 since 5) member(1 in 3 since 6)"
                    " member(1 in 4 since 7)");
}

static void the_gone_stay_members(void **state)
{
    struct fixture *f = *state;
    const char *gone = "head(9 1000009)"
                       " room(3 n=4 lobby '' '') room(4 n=2 dev 'Talk' 'c1')"
                       " session(1 1000001 gone=0 role=0 alice 1)"
                       " session(2 1000002 gone=1000009 role=0 bob 4)"
                       " member(2 in 3 since 5) member(1 in 3 since 6)"
                       " member(1 in 4 since 7)";
    const char *back = "head(11 1000011)"
                       " room(3 n=5 lobby '' '') room(4 n=2 dev 'Talk' 'c1')"
                       " session(1 1000001 gone=0 role=0 alice 1)"
                       " session(2 1000002 gone=0 role=0 bob 4)"
                       " member(2 in 3 since 5) member(1 in 3 since 6)"
                       " member(1 in 4 since 7)";

    make_people(f);
    store_begin(f->store);
    APPEND(f, .type = EVENT_LEAVE, .rid = 3, .sid = 2, .reason = REASON_GONE);
    APPEND(f, .type = EVENT_SESSION_GONE, .sid = 2);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_loads(f, gone);
    store_begin(f->store);
    APPEND(f, .type = EVENT_SESSION_BACK, .sid = 2);
    APPEND(f, .type = EVENT_JOIN, .rid = 3, .sid = 2, .reason = REASON_BACK);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_loads(f, back);
}

static void who_leaves_is_no_member_and_may_come_again(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    store_begin(f->store);
    APPEND(f, .type = EVENT_LEAVE, .rid = 3, .sid = 2, .reason = REASON_LEFT);
    APPEND(f, .type = EVENT_LEAVE, .rid = 4, .sid = 1, .reason = REASON_LEFT);
    APPEND(f, .type = EVENT_JOIN, .rid = 3, .sid = 2, .n = -1);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_loads(f, "head(10 1000010)"
                    " room(3 n=4 lobby '' '') room(4 n=3 dev 'Talk' 'c1')"
                    " session(1 1000001 gone=0 role=0 alice 1)"
                    " session(2 1000002 gone=0 role=0 bob 4)"
                    " member(1 in 3 since 6) member(2 in 3 since 10)");
}

static void an_ended_session_is_no_member_anywhere(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    store_begin(f->store);
    APPEND(f, .type = EVENT_SESSION_END, .sid = 1, .reason = REASON_EXPIRED);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_loads(f, "head(8 1000008)"
                    " room(3 n=3 lobby '' '') room(4 n=2 dev 'Talk' 'c1')"
                    " session(2 1000002 gone=0 role=0 bob 4)"
                    " member(2 in 3 since 5)");
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(an_empty_store_loads_nothing),
        TEST(rooms_sessions_and_members_load_after_a_restart),
        TEST(the_gone_stay_members),
        TEST(who_leaves_is_no_member_and_may_come_again),
        TEST(an_ended_session_is_no_member_anywhere),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
