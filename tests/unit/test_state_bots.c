/* Bots: who makes them, and that they last until they are ended. */
#include "tests/unit/state_fixture.h"

/* An admin's session. */
static int64_t admin(struct fixture *f)
{
    return login_account(f, account(f, "root", ROLE_ADMIN), "root");
}

static struct command bot(int64_t sid, const char *nick, const char *role)
{
    struct command command = {
        .type = COMMAND_BOT_NEW, .sid = sid, .nick = nick, .word = role};

    token(nick, command.token_hash);
    return command;
}

static void an_admin_makes_a_bot_once(void **state)
{
    struct fixture *f = *state;
    int64_t root = admin(f);

    assert_result(run(f, bot(root, "robot", "member")), CHAT_OK);
    int64_t pid = f->outcome.pid;
    const struct person *person = state_person(f->state, pid);
    assert_int_equal(person->kind, PERSON_BOT);
    assert_int_equal(person->role, ROLE_MEMBER);
    assert_int_equal(person->session_count, 1);
    assert_result(run(f, bot(root, "robot", "member")), CHAT_REPEAT);
    assert_int_equal(f->outcome.pid, pid);
    assert_result(get(f, "robot"), CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = f->outcome.sid, .room = "lobby");
}

static void a_bot_does_not_age(void **state)
{
    struct fixture *f = *state;

    assert_result(run(f, bot(admin(f), "robot", NULL)), CHAT_OK);
    for (int years = 0; years < 3; years++) {
        pass_ms(f, 366LL * 24 * 3600 * 1000);
        while (run_due(f) > 0)
            continue;
        assert_result(get(f, "robot"), CHAT_OK);
    }
}

static void nobody_else_makes_or_ends_bots(void **state)
{
    struct fixture *f = *state;
    int64_t root = admin(f);
    int64_t alice = login(f, "alice");

    assert_result(run(f, bot(alice, "robot", NULL)), CHAT_FORBIDDEN);
    assert_result(run(f, bot(root, "robot", NULL)), CHAT_OK);
    ASSERT_RUN(CHAT_FORBIDDEN, f, BOT_END, .sid = alice, .to = "robot");
}

static void who_owns_a_room_makes_a_few_and_ends_them(void **state)
{
    struct fixture *f = *state;
    int64_t carol = login_account(f, account(f, "carol", ROLE_MEMBER), "carol");
    int64_t dave = login_account(f, account(f, "dave", ROLE_MEMBER), "dave");
    char nick[16] = "robot a";

    assert_result(run(f, bot(carol, nick, NULL)), CHAT_FORBIDDEN);
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = carol, .room = "dev", .id = "r");
    assert_result(run(f, bot(carol, nick, "member")), CHAT_FORBIDDEN);
    for (; nick[6] < 'f'; nick[6]++)
        assert_result(run(f, bot(carol, nick, NULL)), CHAT_OK);
    assert_result(run(f, bot(carol, nick, NULL)), CHAT_FORBIDDEN);
    assert_result(run(f, bot(carol, "robot a", NULL)), CHAT_REPEAT);
    ASSERT_RUN(CHAT_FORBIDDEN, f, BOT_END, .sid = dave, .to = "robot a");
    ASSERT_RUN(CHAT_OK, f, BOT_END, .sid = carol, .to = "robot a");
    assert_result(run(f, bot(carol, nick, NULL)), CHAT_OK);
}

static void what_cannot_be_a_bot_is_refused(void **state)
{
    struct fixture *f = *state;
    int64_t root = admin(f);
    struct command stolen = bot(root, "robot", NULL);

    login(f, "alice");
    assert_result(run(f, bot(root, " ", NULL)), CHAT_BAD_NICK);
    assert_result(run(f, bot(root, "robot", "king")), CHAT_BAD_REQUEST);
    assert_result(run(f, bot(root, "robot", "visitor")), CHAT_BAD_REQUEST);
    assert_result(run(f, bot(root, "robot", "admin")), CHAT_FORBIDDEN);
    assert_result(run(f, bot(root, "Alice", NULL)), CHAT_NICK_TAKEN);
    token("alice", stolen.token_hash);
    assert_result(run(f, stolen), CHAT_NICK_TAKEN);
}

static void an_ended_bot_leaves_and_its_nick_is_free(void **state)
{
    struct fixture *f = *state;
    int64_t root = admin(f);

    assert_result(run(f, bot(root, "robot", NULL)), CHAT_OK);
    assert_result(get(f, "robot"), CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = f->outcome.sid, .room = "lobby");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, BOT_END, .sid = root, .to = "robot");
    ASSERT_EVENTS(f, "leave robot lobby revoked 4", "person_gone robot revoked",
                  "session_end robot revoked", "person_end robot");
    assert_result(get(f, "robot"), CHAT_SESSION_REQUIRED);
    ASSERT_RUN(CHAT_NOT_FOUND, f, BOT_END, .sid = root, .to = "robot");
    login(f, "robot");
    ASSERT_RUN(CHAT_NOT_FOUND, f, BOT_END, .sid = root, .to = "robot");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_admin_makes_a_bot_once),
        TEST(a_bot_does_not_age),
        TEST(nobody_else_makes_or_ends_bots),
        TEST(who_owns_a_room_makes_a_few_and_ends_them),
        TEST(what_cannot_be_a_bot_is_refused),
        TEST(an_ended_bot_leaves_and_its_nick_is_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
