#include "tests/unit/store_fixture.h"

#include "common/room_settings.h"

static const unsigned char alice_hash[TOKEN_HASH_BYTES] = {1, 2, 3};
static const unsigned char bob_hash[TOKEN_HASH_BYTES] = {4, 5, 6};
static const unsigned char other_hash[TOKEN_HASH_BYTES] = {7, 8, 9};

/* Alice and Bob, here. */
#define PEOPLE                                                                 \
    " person(1 alice) person(2 bob) session(1 of 1 1000001 hash=1)"            \
    " session(2 of 2 1000002 hash=4)"

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
    note(context, " room(%lld n=%lld %s '%s' '%s'", (long long)room->rid,
         (long long)room->n, room->room, room->topic, room->id);
    if (room->secret != NULL)
        note(context, " secret=%s", room->secret);
    if (room->settings[0] != '\0')
        note(context, " %s", room->settings);
    if (room->purged_seq != 0)
        note(context, " purged=%lld", (long long)room->purged_seq);
    note(context, ")");
}

static void note_person(void *context, const struct stored_person *person)
{
    note(context, " person(%lld %s", (long long)person->pid, person->nick);
    if (person->gone_at_ms != 0)
        note(context, " gone=%lld", (long long)person->gone_at_ms);
    if (person->kind != PERSON_GUEST || person->role != ROLE_GUEST)
        note(context, " %s %s", person_kind_word(person->kind),
             role_word(person->role));
    if (person->name != NULL)
        note(context, " name=%s", person->name);
    if (person->secret != NULL)
        note(context, " secret=%s", person->secret);
    note(context, ")");
}

static void note_session(void *context, const struct stored_session *session)
{
    note(context, " session(%lld of %lld %lld hash=%d", (long long)session->sid,
         (long long)session->pid, (long long)session->created_at_ms,
         session->token_hash[0]);
    if (session->idle_at_ms != 0)
        note(context, " idle=%lld", (long long)session->idle_at_ms);
    note(context, ")");
}

static void note_member(void *context, const struct stored_member *member)
{
    note(context, " member(%lld in %lld since %lld", (long long)member->pid,
         (long long)member->rid, (long long)member->joined_seq);
    if (member->rank != RANK_NONE)
        note(context, " %s", rank_word(member->rank));
    if (member->invited)
        note(context, " invited");
    if (member->muted_until_ms != 0)
        note(context, " muted=%lld", (long long)member->muted_until_ms);
    if (member->read_seq != 0)
        note(context, " read=%lld", (long long)member->read_seq);
    note(context, ")");
}

static const char *or_none(const char *text)
{
    return text != NULL ? text : "-";
}

static void note_ban(void *context, const struct stored_ban *ban)
{
    note(context, " ban(%lld %lld in %lld: %lld %s %lld until=%lld %s by %s)",
         (long long)ban->seq, (long long)ban->at_ms, (long long)ban->rid,
         (long long)ban->pid, or_none(ban->nick), (long long)ban->address,
         (long long)ban->until_ms, or_none(ban->text), or_none(ban->by));
}

static void note_block(void *context, const struct stored_block *block)
{
    note(context, " block(%lld of %lld)", (long long)block->to_pid,
         (long long)block->pid);
}

static void note_hook(void *context, const struct stored_hook *hook)
{
    note(context, " hook(%lld in %lld %s hash=%d %s %s %lld)",
         (long long)hook->seq, (long long)hook->rid, hook->name,
         hook->token_hash != NULL ? hook->token_hash[0] : 0, or_none(hook->url),
         or_none(hook->secret), (long long)hook->delivered_seq);
}

/* `expected`: all, or from the first ` word(` on that it begins with. */
static void assert_loads(struct fixture *f, const char *expected)
{
    struct loaded loaded = {.text = ""};
    const struct store_loader loader = {.context = &loaded,
                                        .head = note_head,
                                        .room = note_room,
                                        .person = note_person,
                                        .session = note_session,
                                        .member = note_member,
                                        .ban = note_ban,
                                        .block = note_block,
                                        .hook = note_hook};
    size_t kind_length = strcspn(expected, "(") + 1;
    char kind[32];

    assert_int_equal(store_load(f->store, &loader), CHAT_OK);
    snprintf(kind, sizeof(kind), "%.*s", (int)kind_length, expected);
    const char *from = strstr(loaded.text, kind);
    assert_non_null(from);
    assert_string_equal(from, expected);
}

/* Appends the events that follow in a transaction of its own. */
#define COMMIT(f, ...)                                                         \
    do {                                                                       \
        store_begin((f)->store);                                               \
        __VA_ARGS__;                                                           \
        assert_int_equal(store_commit((f)->store), CHAT_OK);                   \
    } while (0)

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
    assert_loads(f,
                 "head(7 1000007)"
                 " room(3 n=3 lobby '' '') room(4 n=2 dev 'Talk' 'c1')" PEOPLE
                 " member(2 in 3 since 5) member(1 in 3 since 6)"
                 " member(1 in 4 since 7)");
}

static void the_gone_stay_members(void **state)
{
    struct fixture *f = *state;
    const char *gone = "head(9 1000009)"
                       " room(3 n=4 lobby '' '') room(4 n=2 dev 'Talk' 'c1')"
                       " person(1 alice) person(2 bob gone=1000009)"
                       " session(1 of 1 1000001 hash=1)"
                       " session(2 of 2 1000002 hash=4 idle=1000009)"
                       " member(2 in 3 since 5) member(1 in 3 since 6)"
                       " member(1 in 4 since 7)";
    const char *back =
        "head(11 1000011)"
        " room(3 n=5 lobby '' '') room(4 n=2 dev 'Talk' 'c1')" PEOPLE
        " member(2 in 3 since 5) member(1 in 3 since 6)"
        " member(1 in 4 since 7)";

    make_people(f);
    store_begin(f->store);
    APPEND(f, .type = EVENT_LEAVE, .rid = 3, .sid = 2, .reason = REASON_GONE);
    APPEND(f, .type = EVENT_PERSON_GONE, .sid = 2);
    assert_int_equal(store_commit(f->store), CHAT_OK);
    assert_loads(f, gone);
    store_begin(f->store);
    APPEND(f, .type = EVENT_PERSON_BACK, .sid = 2);
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
    assert_loads(f,
                 "head(10 1000010)"
                 " room(3 n=4 lobby '' '') room(4 n=3 dev 'Talk' 'c1')" PEOPLE
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
                    " person(2 bob) session(2 of 2 1000002 hash=4)"
                    " member(2 in 3 since 5)");
}

/* ---- people ---- */

static void a_session_can_be_idle_while_its_person_is_here(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    COMMIT(f, APPEND(f, .type = EVENT_PERSON_GONE, .sid = 2, .value = 1));
    assert_loads(f, " session(1 of 1 1000001 hash=1)"
                    " session(2 of 2 1000002 hash=4 idle=1000008)"
                    " member(2 in 3 since 5) member(1 in 3 since 6)"
                    " member(1 in 4 since 7)");
}

static void an_account_stays_without_a_session(void **state)
{
    struct fixture *f = *state;

    COMMIT(f, APPEND(f, .type = EVENT_PERSON_NEW, .pid = 1, .kind = PERSON_SITE,
                     .role = ROLE_MEMBER, .from = "carol", .to = "c7");
           APPEND(f, .type = EVENT_SESSION_NEW, .pid = 1, .sid = 2,
                  .kind = PERSON_SITE, .from = "carol",
                  .token_hash = alice_hash);
           APPEND(f, .type = EVENT_PERSON_BACK, .pid = 1, .sid = 2);
           APPEND(f, .type = EVENT_ROOM, .rid = 4, .room = "lobby");
           APPEND(f, .type = EVENT_JOIN, .rid = 4, .pid = 1, .sid = 2);
           APPEND(f, .type = EVENT_LEAVE, .rid = 4, .pid = 1, .sid = 2,
                  .reason = REASON_LOGOUT, .value = 1);
           APPEND(f, .type = EVENT_PERSON_GONE, .pid = 1, .sid = 2,
                  .reason = REASON_LOGOUT);
           APPEND(f, .type = EVENT_SESSION_END, .pid = 1, .sid = 2));
    assert_loads(f, " person(1 carol gone=1000007 site member name=c7)"
                    " member(1 in 4 since 5)");
}

static void a_guest_becomes_an_account_with_all_they_have(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    COMMIT(f, APPEND(f, .type = EVENT_BLOCK, .sid = 1, .to_pid = 2, .value = 1);
           APPEND(f, .type = EVENT_PERSON_NEW, .pid = 9, .sid = 1,
                  .kind = PERSON_REGISTERED, .role = ROLE_MEMBER,
                  .from = "alice", .secret = "argon"));
    assert_loads(f, " person(2 bob)"
                    " person(9 alice registered member secret=argon)"
                    " session(1 of 9 1000001 hash=1)"
                    " session(2 of 2 1000002 hash=4)"
                    " member(2 in 3 since 5) member(9 in 3 since 6)"
                    " member(9 in 4 since 7) block(2 of 9)");
}

static void role_secret_and_nick_of_a_person_can_change(void **state)
{
    struct fixture *f = *state;

    COMMIT(f, APPEND(f, .type = EVENT_PERSON_NEW, .pid = 1, .from = "carol",
                     .kind = PERSON_REGISTERED, .role = ROLE_MEMBER,
                     .secret = "one");
           APPEND(f, .type = EVENT_PERSON_SET, .pid = 1, .role = ROLE_ADMIN);
           APPEND(f, .type = EVENT_PERSON_NICK, .pid = 1, .to = "caro"));
    assert_loads(f, " person(1 caro gone=1000001 registered admin secret=one)");
    COMMIT(f, APPEND(f, .type = EVENT_PERSON_SET, .pid = 1, .role = ROLE_ADMIN,
                     .secret = ""));
    assert_loads(f, " person(1 caro gone=1000001 registered admin)");
    COMMIT(f, APPEND(f, .type = EVENT_PERSON_END, .pid = 1));
    assert_loads(f, "head(5 1000005)");
}

static void who_is_blocked_is_kept_until_it_is_revoked(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    COMMIT(f, APPEND(f, .type = EVENT_BLOCK, .sid = 2, .to_pid = 1, .value = 1);
           APPEND(f, .type = EVENT_BLOCK, .sid = 1, .to_pid = 2, .value = 1));
    assert_loads(f, " block(1 of 2) block(2 of 1)");
    COMMIT(f, APPEND(f, .type = EVENT_BLOCK, .sid = 2, .to_pid = 1));
    assert_loads(f, " block(2 of 1)");
}

/* ---- rooms ---- */

static void a_room_keeps_what_its_owner_decided(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    COMMIT(f, APPEND(f, .type = EVENT_TOPIC, .rid = 1, .text = "Tea");
           APPEND(f, .type = EVENT_SETTINGS, .rid = 1,
                  .text = "access=private slow_seconds=5", .secret = "argon");
           APPEND(f, .type = EVENT_SETTINGS, .rid = 1,
                  .text = "slow_seconds=0 archived=yes");
           APPEND(f, .type = EVENT_RENAME, .rid = 1, .to = "tea"));
    struct room_settings from = room_settings_default(), settings = from;
    char expected[300], text[ROOM_SETTINGS_SIZE];
    room_settings_change(&settings, "access=private archived=yes");
    room_settings_print(&settings, &from, text);
    snprintf(expected, sizeof(expected),
             " room(1 n=5 tea 'Tea' '' secret=argon %s)", text);
    assert_loads(f, expected);
}

static void a_room_that_ended_leaves_its_name_and_nothing_else(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    COMMIT(f, APPEND(f, .type = EVENT_BAN, .rid = 4, .to = "eve");
           APPEND(f, .type = EVENT_HOOK_NEW, .rid = 4, .to = "ci");
           APPEND(f, .type = EVENT_ROOM_END, .rid = 4);
           APPEND(f, .type = EVENT_ROOM, .rid = 5, .room = "dev"));
    assert_loads(f, " room(3 n=3 lobby '' '') room(5 n=1 dev '' '')" PEOPLE
                    " member(2 in 3 since 5) member(1 in 3 since 6)");
}

static void a_place_is_kept_while_there_is_something_to_remember(void **state)
{
    struct fixture *f = *state;

    make_people(f);
    COMMIT(f, APPEND(f, .type = EVENT_RANK, .rid = 4, .to_pid = 1,
                     .value = RANK_OWNER);
           APPEND(f, .type = EVENT_READ, .rid = 4, .sid = 1, .target = 8);
           APPEND(f, .type = EVENT_LEAVE, .rid = 3, .sid = 1,
                  .reason = REASON_LEFT);
           APPEND(f, .type = EVENT_INVITE, .rid = 4, .to_pid = 2, .value = 1));
    assert_loads(f, " member(2 in 4 since 0 invited) member(2 in 3 since 5)"
                    " member(1 in 4 since 7 owner read=8)");
    COMMIT(f, APPEND(f, .type = EVENT_LEAVE, .rid = 4, .sid = 1,
                     .reason = REASON_LEFT);
           APPEND(f, .type = EVENT_JOIN, .rid = 4, .sid = 2); APPEND(
               f, .type = EVENT_MUTE, .rid = 4, .to_pid = 2, .until_ms = 77));
    assert_loads(f, " member(1 in 4 since 0 owner) member(2 in 3 since 5)"
                    " member(2 in 4 since 13 muted=77)");
    COMMIT(f, APPEND(f, .type = EVENT_RANK, .rid = 4, .to_pid = 1);
           APPEND(f, .type = EVENT_UNMUTE, .rid = 4, .to_pid = 2);
           APPEND(f, .type = EVENT_LEAVE, .rid = 4, .sid = 2,
                  .reason = REASON_KICKED);
           APPEND(f, .type = EVENT_INVITE, .rid = 4, .to_pid = 1, .value = 1);
           APPEND(f, .type = EVENT_INVITE, .rid = 4, .to_pid = 1));
    assert_loads(f, " member(2 in 3 since 5)");
}

static void who_makes_a_room_joins_it_with_a_rank(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    COMMIT(f, APPEND(f, .type = EVENT_JOIN, .rid = 1, .sid = 9,
                     .value = RANK_OWNER);
           APPEND(f, .type = EVENT_LEAVE, .rid = 1, .sid = 9);
           APPEND(f, .type = EVENT_JOIN, .rid = 1, .sid = 9));
    assert_loads(f, " member(9 in 1 since 4 owner)");
}

static void bans_load_until_they_are_lifted(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    COMMIT(f, APPEND(f, .type = EVENT_BAN, .rid = 1, .from = "alice",
                     .to_pid = 9, .to = "eve", .address = 5,
                     .until_ms = INT64_MAX, .text = "spam");
           APPEND(f, .type = EVENT_SERVER_BAN, .address = 6, .until_ms = 7));
    assert_loads(f,
                 " ban(2 1000002 in 1: 9 eve 5 until=9223372036854775807"
                 " spam by alice) ban(3 1000003 in 0: 0 - 6 until=7 - by -)");
    COMMIT(f, APPEND(f, .type = EVENT_UNBAN, .rid = 1, .target = 2);
           APPEND(f, .type = EVENT_SERVER_UNBAN, .target = 3));
    assert_loads(f, "head(5 1000005) room(1 n=3 room1 '' '')");
}

static void hooks_load_with_how_far_they_have_told(void **state)
{
    struct fixture *f = *state;

    make_rooms(f, 1);
    COMMIT(f, APPEND(f, .type = EVENT_HOOK_NEW, .rid = 1, .to = "in",
                     .token_hash = other_hash, .n = -1);
           APPEND(f, .type = EVENT_HOOK_NEW, .rid = 1, .to = "out",
                  .text = "https://example.org/", .secret = "key", .n = -1);
           store_set_delivered(f->store, 3, 17));
    assert_loads(f, " hook(2 in 1 in hash=7 - - 2)"
                    " hook(3 in 1 out hash=0 https://example.org/ key 17)");
    COMMIT(f,
           APPEND(f, .type = EVENT_HOOK_END, .rid = 1, .target = 2, .n = -1));
    assert_loads(f, " hook(3 in 1 out hash=0 https://example.org/ key 17)");
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
        TEST(a_session_can_be_idle_while_its_person_is_here),
        TEST(an_account_stays_without_a_session),
        TEST(a_guest_becomes_an_account_with_all_they_have),
        TEST(role_secret_and_nick_of_a_person_can_change),
        TEST(who_is_blocked_is_kept_until_it_is_revoked),
        TEST(a_room_keeps_what_its_owner_decided),
        TEST(a_room_that_ended_leaves_its_name_and_nothing_else),
        TEST(a_place_is_kept_while_there_is_something_to_remember),
        TEST(who_makes_a_room_joins_it_with_a_rank),
        TEST(bans_load_until_they_are_lifted),
        TEST(hooks_load_with_how_far_they_have_told),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
