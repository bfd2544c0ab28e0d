/* Whom a text mentions. */
#include "tests/unit/state_fixture.h"

static int setup(void **state)
{
    static const char *const nicks[] = {
        "alice",        "bob",    "Bob Dylan", "a", "\u0410\u043d\u043d\u0430",
        "\u5c0f\u660e", "dr. who"};

    if (fixture_setup(state) != 0)
        return -1;
    for (size_t i = 0; i < sizeof(nicks) / sizeof(nicks[0]); i++)
        login(*state, nicks[i]);
    int64_t eve = login(*state, "eve");
    ASSERT_RUN(CHAT_OK, (struct fixture *)*state, LEAVE, .sid = eve,
               .room = "lobby");
    return 0;
}

/* Asserts whom `text` mentions: nicks with a '|' between them. */
static void assert_mentions(struct fixture *f, const char *text,
                            const char *expected)
{
    struct mentions mentions;

    state_find_mentions(f->state, room_named(f, "lobby"), text, &mentions);
    for (char *at = mentions.nicks; (at = strchr(at, '\n')) != NULL;)
        *at = '|';
    assert_string_equal(mentions.nicks, expected);
}

static void who_is_in_the_room_is_mentioned_by_nick(void **state)
{
    static const struct {
        const char *text, *nicks;
    } cases[] = {
        {"hello", ""},
        {"@alice", "alice"},
        {"hi @ALICE, and (@bob)!", "alice|bob"},
        {"@bob @alice @bob", "bob|alice"},
        {"@alice@bob", "alice"},
        {"@", ""},
        {"@@alice", "alice"},
        {"@ alice", ""},
        {"@alicex @xalice", ""},
        {"mail me: me@alice", ""},
        {"@eve", ""},
        {"@nobody", ""},
        {"@all1ce", ""}, /* looks like her nick, and is not */
    };
    (void)state;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_mentions(*state, cases[i].text, cases[i].nicks);
}

static void the_longest_nick_counts(void **state)
{
    assert_mentions(*state, "@bob dylan sings", "Bob Dylan");
    assert_mentions(*state, "@bob dyl", "bob");
    assert_mentions(*state, "ask @dr. who?", "dr. who");
    assert_mentions(*state, "@a alice", "a");
}

static void other_scripts_have_nicks_too(void **state)
{
    assert_mentions(*state, "@\u0430\u043d\u043d\u0430, ...",
                    "\u0410\u043d\u043d\u0430");
    assert_mentions(*state, "@\u0410\u043d\u043d\u0430\u043c", "");
    assert_mentions(*state, "@\u5c0f\u660e\u4f60\u597d", "\u5c0f\u660e");
}

/* As many as fit into a message, one behind the other. */
static void repeat(const char *text, char out[4001])
{
    out[0] = '\0';
    for (size_t used = 0; used + strlen(text) <= 4000; used += strlen(text))
        strcpy(out + used, text);
}

static void a_text_of_signs_ends_soon(void **state)
{
    char text[4001];

    repeat("@", text);
    strcpy(text + 3900, "@alice");
    assert_mentions(*state, text, "");
    repeat("@a b c d e ", text);
    assert_mentions(*state, text, "a");
}

static void no_more_than_so_many_are_mentioned(void **state)
{
    struct fixture *f = *state;
    char text[1000] = "", nick[32];
    struct mentions mentions;

    for (int i = 0; i <= MENTIONS_MAX; i++) {
        snprintf(nick, sizeof(nick), "person %d", 20 + i);
        login(f, nick);
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "@%s, ",
                 nick);
    }
    state_find_mentions(f->state, room_named(f, "lobby"), text, &mentions);
    assert_int_equal(mentions.count, MENTIONS_MAX);
}

static void posts_and_edits_keep_whom_they_mention(void **state)
{
    struct fixture *f = *state;
    int64_t sid = login(f, "carol");
    int64_t bob = state_find_person_by_key(f->state, "bob")->pid;

    ASSERT_RUN(CHAT_OK, f, POST, .sid = sid, .room = "lobby", .id = "m1",
               .text = "@carol and @bob");
    int64_t seq = f->outcome.seq;
    assert_string_equal(f->log.events[seq - 1].mentions, "carol\nbob");
    assert_int_equal(f->log.mention_count, 1); /* not oneself */
    assert_int_equal(f->log.mentioned_pid, bob);
    ASSERT_RUN(CHAT_OK, f, EDIT, .sid = sid, .room = "lobby", .target = seq,
               .text = "@alice");
    assert_int_equal(f->log.mention_count, 2);
    assert_string_equal(f->log.events[f->log.count - 1].mentions, "alice");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = sid, .room = "lobby", .id = "m2",
               .text = "nobody");
    assert_null(f->log.events[f->log.count - 1].mentions);
}

#define MENTION_TEST(name)                                                     \
    cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        MENTION_TEST(who_is_in_the_room_is_mentioned_by_nick),
        MENTION_TEST(the_longest_nick_counts),
        MENTION_TEST(other_scripts_have_nicks_too),
        MENTION_TEST(a_text_of_signs_ends_soon),
        MENTION_TEST(no_more_than_so_many_are_mentioned),
        MENTION_TEST(posts_and_edits_keep_whom_they_mention),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
