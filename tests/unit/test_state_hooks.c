/* Hooks: whose they are, what comes in by them. */
#include "tests/unit/state_fixture.h"

/* Alice, who owns the room "dev". */
static int64_t own_room(struct fixture *f)
{
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r1");
    skip_events(f);
    return alice;
}

static struct command incoming(int64_t sid, const char *token_name)
{
    struct command command = {
        .type = COMMAND_HOOK_NEW, .sid = sid, .room = "dev", .nick = "ci"};

    token(token_name, command.token_hash);
    return command;
}

static struct command outgoing(int64_t sid, const char *url)
{
    return (struct command){.type = COMMAND_HOOK_NEW,
                            .sid = sid,
                            .room = "dev",
                            .nick = "ci",
                            .text = url,
                            .secret = "key"};
}

static struct command say(const char *token_name, const char *id,
                          const char *text)
{
    struct command command = {
        .type = COMMAND_HOOK_POST, .id = id, .text = text};

    token(token_name, command.token_hash);
    return command;
}

/* As the room's owner would. */
static void archive(struct fixture *f)
{
    struct decision decision = {.state = f->state, .now = f->now};
    struct event event = {.type = EVENT_SETTINGS,
                          .rid = room_named(f, "dev")->rid,
                          .room = "dev",
                          .text = "archived=yes"};

    state_emit(&decision, &event);
}

static void an_owner_makes_a_hook_once(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);

    assert_result(run(f, incoming(alice, "t1")), CHAT_OK);
    int64_t seq = f->outcome.seq;
    ASSERT_EVENTS(f, "hook_new alice dev quiet");
    assert_result(run(f, incoming(alice, "t1")), CHAT_REPEAT);
    assert_int_equal(f->outcome.seq, seq);
    assert_result(run(f, outgoing(alice, "https://example.org/")), CHAT_OK);
    assert_result(run(f, outgoing(alice, "https://example.org/")), CHAT_REPEAT);
    ASSERT_EVENTS(f, "hook_new alice dev quiet");
}

static void nobody_else_has_to_do_with_hooks(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);
    int64_t bob = login(f, "bob");

    assert_result(run(f, incoming(alice, "t1")), CHAT_OK);
    int64_t seq = f->outcome.seq;
    assert_result(run(f, incoming(bob, "t2")), CHAT_FORBIDDEN);
    ASSERT_RUN(CHAT_FORBIDDEN, f, HOOKS, .sid = bob, .room = "dev");
    ASSERT_RUN(CHAT_FORBIDDEN, f, HOOK_END, .sid = bob, .room = "dev",
               .target = seq);
    ASSERT_RUN(CHAT_NO_ROOM, f, HOOKS, .sid = bob, .room = "nowhere");
    ASSERT_RUN(CHAT_OK, f, HOOKS, .sid = alice, .room = "dev");
}

static void a_hook_is_of_one_kind_and_goes_somewhere(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);
    struct command both = incoming(alice, "t1");
    struct command unnamed = incoming(alice, "t1");
    struct command unsigned_one = outgoing(alice, "https://example.org/");

    both.text = "https://example.org/";
    assert_result(run(f, both), CHAT_BAD_TEXT);
    unnamed.nick = " ";
    assert_result(run(f, unnamed), CHAT_BAD_NICK);
    unsigned_one.secret = NULL;
    assert_result(run(f, unsigned_one), CHAT_BAD_TEXT);
    assert_result(run(f, outgoing(alice, "ftp://example.org/")), CHAT_BAD_TEXT);
    ASSERT_NO_EVENTS(f);
}

static void a_token_is_of_one_hook(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);
    struct command other = incoming(alice, "t1");

    assert_result(run(f, incoming(alice, "t1")), CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "doc", .id = "r2");
    other.room = "doc";
    assert_result(run(f, other), CHAT_FORBIDDEN);
}

static void a_room_has_so_many_hooks(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);
    char name[] = "t0";

    for (int i = 0; i < ROOM_HOOKS_MAX; i++, name[1]++)
        assert_result(run(f, incoming(alice, name)), CHAT_OK);
    assert_result(run(f, incoming(alice, name)), CHAT_FORBIDDEN);
}

static void a_hook_says_something_as_itself(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);
    struct command post = say("t1", "b1", "built");

    assert_result(run(f, incoming(alice, "t1")), CHAT_OK);
    int64_t hook = f->outcome.seq;
    skip_events(f);
    post.nick = "bob";
    assert_result(run(f, post), CHAT_OK);
    ASSERT_EVENTS(f, "message ci dev 3");
    assert_int_equal(f->outcome.n, 3);
    const struct event *event = &f->log.events[f->outcome.seq - 1];
    assert_int_equal(event->target, hook);
    assert_string_equal(event->to, "bob");
    assert_int_equal(event->pid, 0);

    assert_result(run(f, post), CHAT_REPEAT);
    post.text = "failed";
    assert_result(run(f, post), CHAT_ID_REUSED);
    ASSERT_NO_EVENTS(f);
}

static void what_cannot_be_said_is_refused(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);
    struct command odd = say("t1", "b1", "built");

    assert_result(run(f, say("t1", "b1", "built")), CHAT_NOT_FOUND);
    assert_result(run(f, incoming(alice, "t1")), CHAT_OK);
    assert_result(run(f, say("t1", "b 1", "built")), CHAT_BAD_ID);
    assert_result(run(f, say("t1", "b1", "")), CHAT_BAD_TEXT);
    odd.nick = "";
    assert_result(run(f, odd), CHAT_BAD_NICK);
    archive(f);
    assert_result(run(f, say("t1", "b1", "built")), CHAT_FORBIDDEN);
}

static void a_hook_that_says_too_much_has_to_wait(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);
    char id[16];

    assert_result(run(f, incoming(alice, "t1")), CHAT_OK);
    for (int i = 0; i < 60; i++) {
        snprintf(id, sizeof(id), "b%d", i);
        assert_result(run(f, say("t1", id, "built")), CHAT_OK);
    }
    assert_result(run(f, say("t1", "more", "built")), CHAT_RATE_LIMITED);
    pass_ms(f, 1000);
    assert_result(run(f, say("t1", "more", "built")), CHAT_OK);
}

static void an_ended_hook_says_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t alice = own_room(f);

    assert_result(run(f, incoming(alice, "t1")), CHAT_OK);
    int64_t seq = f->outcome.seq;
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, HOOK_END, .sid = alice, .room = "dev",
               .target = seq);
    ASSERT_EVENTS(f, "hook_end alice dev quiet");
    assert_result(run(f, say("t1", "b1", "built")), CHAT_NOT_FOUND);
    ASSERT_RUN(CHAT_OK, f, HOOK_END, .sid = alice, .room = "dev",
               .target = seq);
    ASSERT_RUN(CHAT_NOT_FOUND, f, HOOK_END, .sid = alice, .room = "dev",
               .target = 99);
    ASSERT_NO_EVENTS(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_owner_makes_a_hook_once),
        TEST(nobody_else_has_to_do_with_hooks),
        TEST(a_hook_is_of_one_kind_and_goes_somewhere),
        TEST(a_token_is_of_one_hook),
        TEST(a_room_has_so_many_hooks),
        TEST(a_hook_says_something_as_itself),
        TEST(what_cannot_be_said_is_refused),
        TEST(a_hook_that_says_too_much_has_to_wait),
        TEST(an_ended_hook_says_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
