/* Posts: what is said, once, in order, not too fast, and when. */
#include "tests/unit/state_fixture.h"

static struct command say(int64_t sid, const char *id, const char *text)
{
    return (struct command){.type = COMMAND_POST,
                            .sid = sid,
                            .room = "lobby",
                            .id = id,
                            .text = text};
}

/* Two people in the lobby, and one who has left it. */
struct company {
    int64_t alice, bob, outsider;
};

static struct company gather(struct fixture *f)
{
    struct company company = {.alice = login(f, "alice"),
                              .bob = login(f, "bob"),
                              .outsider = login(f, "eve")};

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = company.outsider, .room = "lobby");
    skip_events(f);
    return company;
}

/* ---- posting ---- */

static void a_post_gets_its_place_in_log_and_room(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    pass_ms(f, 50);
    assert_result(run(f, say(who.alice, "m1", "hello")), CHAT_OK);
    ASSERT_EVENTS(f, "message alice lobby 6");
    assert_int_equal(f->outcome.sid, who.alice);
    assert_int_equal(f->outcome.rid, LOBBY);
    assert_int_equal(f->outcome.seq, state_head_seq(f->state));
    assert_int_equal(f->outcome.n, 6);
    assert_int_equal(f->outcome.at_ms, WALL_MS + 50);
    const struct event *event = &f->log.events[f->outcome.seq - 1];
    assert_string_equal(event->text, "hello");
    assert_string_equal(event->id, "m1");
    assert_int_equal(event->reply_to, 0);
}

static void an_action_is_an_event_of_its_own_type(void **state)
{
    struct fixture *f = *state;
    struct command wave = say(gather(f).alice, "m1", "waves");

    wave.action = true;
    assert_result(run(f, wave), CHAT_OK);
    ASSERT_EVENTS(f, "action alice lobby 6");
}

static void a_reply_names_a_message_of_its_room(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    struct command reply = say(who.bob, "m2", "hello yourself");

    assert_result(run(f, say(who.alice, "m1", "hello")), CHAT_OK);
    reply.reply_to = f->outcome.seq;
    assert_result(run(f, reply), CHAT_OK);
    assert_int_equal(f->log.events[f->outcome.seq - 1].reply_to,
                     reply.reply_to);
}

static void a_reply_to_what_is_no_message_there_is_refused(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    struct command reply = say(who.bob, "m2", "hello");

    assert_result(run(f, say(who.alice, "m1", "hello")), CHAT_OK);
    int64_t message = f->outcome.seq;
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = who.bob, .room = "dev");
    skip_events(f);
    reply.reply_to = message - 1; /* a leave */
    assert_result(run(f, reply), CHAT_NO_MESSAGE);
    reply.reply_to = 1000000;
    assert_result(run(f, reply), CHAT_NO_MESSAGE);
    reply.reply_to = message;
    reply.room = "dev";
    assert_result(run(f, reply), CHAT_NO_MESSAGE);
    ASSERT_NO_EVENTS(f);
}

/* ---- refusals, in the order in which they are checked ---- */

static void a_post_is_refused_for_its_first_fault(void **state)
{
    static const struct {
        const char *id, *text, *room;
        enum chat_result result;
    } cases[] = {
        {"", " ", "no room", CHAT_BAD_ID},
        {"a b", " ", "no room", CHAT_BAD_ID},
        {"m1", " ", "no room", CHAT_BAD_TEXT},
        {"m1", "", "no room", CHAT_BAD_TEXT},
        {"m1", "hello", "no room", CHAT_NO_ROOM},
        {"m1", "hello", "lobby", CHAT_NOT_MEMBER},
    };
    struct fixture *f = *state;
    int64_t outsider = gather(f).outsider;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct command command = say(outsider, cases[i].id, cases[i].text);
        command.room = cases[i].room;
        command.reply_to = 1000000;
        assert_result(run(f, command), cases[i].result);
        assert_int_equal(f->outcome.seq, 0);
    }
    ASSERT_NO_EVENTS(f);
}

static void ids_and_texts_have_their_largest_size(void **state)
{
    struct fixture *f = *state;
    int64_t alice = gather(f).alice;
    char id[ID_SIZE + 1] = "";
    char *text = alloc_or_die(f->rules.text_bytes + 2);

    memset(id, 'i', ID_SIZE);
    memset(text, 't', f->rules.text_bytes + 1);
    assert_result(run(f, say(alice, id, "hello")), CHAT_BAD_ID);
    assert_result(run(f, say(alice, "m1", text)), CHAT_BAD_TEXT);
    id[ID_SIZE - 1] = '\0';
    text[f->rules.text_bytes] = '\0';
    assert_result(run(f, say(alice, id, text)), CHAT_OK);
    free(text);
}

/* ---- again ---- */

static void a_post_sent_again_gives_what_the_first_gave(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(run(f, say(who.alice, "m1", "hello")), CHAT_OK);
    struct outcome first = f->outcome;
    pass_ms(f, 5000);
    assert_result(run(f, say(who.bob, "m2", "hi")), CHAT_OK);
    skip_events(f);
    assert_result(run(f, say(who.alice, "m1", "hello")), CHAT_REPEAT);
    ASSERT_NO_EVENTS(f);
    assert_int_equal(f->outcome.seq, first.seq);
    assert_int_equal(f->outcome.n, first.n);
    assert_int_equal(f->outcome.at_ms, first.at_ms);
    assert_int_equal(f->outcome.rid, first.rid);
    assert_int_equal(f->outcome.sid, first.sid);
}

static void a_post_sent_again_after_leaving_is_a_repeat_all_the_same(void **s)
{
    struct fixture *f = *s;
    int64_t alice = gather(f).alice;

    assert_result(run(f, say(alice, "m1", "hello")), CHAT_OK);
    int64_t seq = f->outcome.seq;
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = alice, .room = "lobby");
    assert_result(run(f, say(alice, "m1", "hello")), CHAT_REPEAT);
    assert_int_equal(f->outcome.seq, seq);
}

static void an_id_used_for_something_else_is_refused(void **state)
{
    struct fixture *f = *state;
    int64_t alice = gather(f).alice;
    struct command command = say(alice, "m1", "hello");

    assert_result(run(f, command), CHAT_OK);
    int64_t message = f->outcome.seq;
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev");
    skip_events(f);
    assert_result(run(f, say(alice, "m1", "other")), CHAT_ID_REUSED);
    command.action = true;
    assert_result(run(f, command), CHAT_ID_REUSED);
    command.action = false;
    command.reply_to = message;
    assert_result(run(f, command), CHAT_ID_REUSED);
    command.reply_to = 0;
    command.room = "dev";
    assert_result(run(f, command), CHAT_ID_REUSED);
    ASSERT_NO_EVENTS(f);
}

static void an_id_belongs_to_its_session(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(run(f, say(who.alice, "m1", "hello")), CHAT_OK);
    assert_result(run(f, say(who.bob, "m1", "other")), CHAT_OK);
    ASSERT_EVENTS(f, "message alice lobby 6", "message bob lobby 7");
}

/* Refused is not done: the id is free. */
static void a_refused_post_uses_up_no_id(void **state)
{
    struct fixture *f = *state;
    int64_t eve = gather(f).outsider;

    assert_result(run(f, say(eve, "m1", "hello")), CHAT_NOT_MEMBER);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = eve, .room = "lobby");
    assert_result(run(f, say(eve, "m1", "other")), CHAT_OK);
}

/* ---- rate ---- */

/* Posts with fresh ids until one is refused; how many were not. */
static size_t post_until_refused(struct fixture *f, int64_t sid, size_t max)
{
    static unsigned fresh;
    char id[ID_SIZE];

    for (size_t count = 0; count < max; count++) {
        snprintf(id, sizeof(id), "fresh-%u", fresh++);
        if (run(f, say(sid, id, "hello")) != CHAT_OK)
            return count;
    }
    return max;
}

static struct company gather_slowly(struct fixture *f)
{
    f->rules.rates[LIMITED_POST][LIMIT_OF_SESSION] = bucket_rate(2, 1000, 5);
    fixture_restart(f);
    return gather(f);
}

static void posts_beyond_the_burst_are_refused_until_later(void **state)
{
    struct fixture *f = *state;
    int64_t alice = gather_slowly(f).alice;

    assert_int_equal(post_until_refused(f, alice, 100), 5);
    assert_result(f->outcome.result, CHAT_RATE_LIMITED);
    pass_ms(f, 499);
    assert_int_equal(post_until_refused(f, alice, 100), 0);
    pass_ms(f, 1);
    assert_int_equal(post_until_refused(f, alice, 100), 1);
    pass_ms(f, 1000);
    assert_int_equal(post_until_refused(f, alice, 100), 2);
    pass_ms(f, 1000000);
    assert_int_equal(post_until_refused(f, alice, 100), 5);
}

static void each_session_has_a_rate_of_its_own(void **state)
{
    struct fixture *f = *state;
    struct company who = gather_slowly(f);

    assert_int_equal(post_until_refused(f, who.alice, 100), 5);
    assert_int_equal(post_until_refused(f, who.bob, 100), 5);
}

static void repeats_and_refusals_cost_nothing(void **state)
{
    struct fixture *f = *state;
    int64_t alice = gather_slowly(f).alice;

    assert_result(run(f, say(alice, "m1", "hello")), CHAT_OK);
    for (int i = 0; i < 10; i++) {
        struct command wrong = say(alice, "m2", "hello");
        wrong.reply_to = 1;
        assert_result(run(f, wrong), CHAT_NO_MESSAGE);
        assert_result(run(f, say(alice, "m1", "hello")), CHAT_REPEAT);
    }
    assert_int_equal(post_until_refused(f, alice, 100), 4);
    assert_result(run(f, say(alice, "m1", "hello")), CHAT_REPEAT);
}

static void without_limits_there_are_none(void **state)
{
    struct fixture *f = *state;

    f->rules.rate_limits = false;
    int64_t alice = gather_slowly(f).alice;
    assert_int_equal(post_until_refused(f, alice, 1000), 1000);
}

/* ---- the clock ---- */

static void time_never_runs_backwards_in_the_log(void **state)
{
    struct fixture *f = *state;
    int64_t alice = gather(f).alice;

    f->now.wall_ms = WALL_MS + 1000;
    assert_result(run(f, say(alice, "m1", "hello")), CHAT_OK);
    f->now.wall_ms = WALL_MS - 1000000;
    assert_result(run(f, say(alice, "m2", "hello")), CHAT_OK);
    assert_int_equal(f->outcome.at_ms, WALL_MS + 1000);
    f->now.wall_ms = WALL_MS + 1001;
    assert_result(run(f, say(alice, "m3", "hello")), CHAT_OK);
    assert_int_equal(f->outcome.at_ms, WALL_MS + 1001);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_post_gets_its_place_in_log_and_room),
        TEST(an_action_is_an_event_of_its_own_type),
        TEST(a_reply_names_a_message_of_its_room),
        TEST(a_reply_to_what_is_no_message_there_is_refused),
        TEST(a_post_is_refused_for_its_first_fault),
        TEST(ids_and_texts_have_their_largest_size),
        TEST(a_post_sent_again_gives_what_the_first_gave),
        TEST(a_post_sent_again_after_leaving_is_a_repeat_all_the_same),
        TEST(an_id_used_for_something_else_is_refused),
        TEST(an_id_belongs_to_its_session),
        TEST(a_refused_post_uses_up_no_id),
        TEST(posts_beyond_the_burst_are_refused_until_later),
        TEST(each_session_has_a_rate_of_its_own),
        TEST(repeats_and_refusals_cost_nothing),
        TEST(without_limits_there_are_none),
        TEST(time_never_runs_backwards_in_the_log),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
