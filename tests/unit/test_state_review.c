/*
 * What moderators look through: reports, messages that are held, and what is
 * undone of one person's messages.
 */
#include "tests/unit/state_fixture.h"

/* An owner of "dev", and two guests in it. */
struct cast {
    int64_t owner, bob, carol; /* sids */
};

static struct cast meet(struct fixture *f)
{
    struct cast cast = {.owner = login(f, "olga"),
                        .bob = login(f, "bob"),
                        .carol = login(f, "carol")};

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = cast.owner, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.carol, .room = "dev");
    skip_events(f);
    return cast;
}

static enum chat_result post(struct fixture *f, int64_t sid, const char *id)
{
    return RUN(f, POST, .sid = sid, .room = "dev", .id = id, .text = "hello");
}

/* The seq of what they say. */
static int64_t say(struct fixture *f, int64_t sid, const char *id)
{
    assert_result(post(f, sid, id), CHAT_OK);
    return f->outcome.seq;
}

static bool is_deleted(struct fixture *f, int64_t seq)
{
    return log_has_about(&f->log, seq, EVENT_DELETE);
}

/* ---- undo ---- */

static void undo_deletes_what_one_person_said_lately(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    int64_t early = say(f, cast.bob, "1");

    pass_ms(f, 60001);
    int64_t late = say(f, cast.bob, "2");
    int64_t others = say(f, cast.carol, "3");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, UNDO, .sid = cast.owner, .room = "dev", .to = "Bob",
               .seconds = 60, .text = "flood");
    ASSERT_EVENTS(f, "delete olga dev 8");
    assert_int_equal(f->outcome.count, 1);
    assert_int_equal(f->outcome.seq, 0);
    assert_true(is_deleted(f, late));
    assert_false(is_deleted(f, early));
    assert_false(is_deleted(f, others));
    ASSERT_RUN(CHAT_OK, f, UNDO, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    ASSERT_NO_EVENTS(f);
}

static void undo_reaches_who_has_left(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    int64_t said = say(f, cast.bob, "1");

    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = cast.bob);
    ASSERT_RUN(CHAT_OK, f, UNDO, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    assert_true(is_deleted(f, said));
}

static void undo_goes_on_where_it_had_to_stop(void **state)
{
    enum { SAID = 2500 };
    struct fixture *f = *state;

    f->rules.rate_limits = false;
    fixture_restart(f);
    struct cast cast = meet(f);
    char id[16];
    for (int i = 0; i < SAID; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        say(f, cast.bob, id);
    }
    ASSERT_RUN(CHAT_OK, f, UNDO, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    assert_int_equal(f->outcome.count, 2000);
    assert_true(f->outcome.seq > 0);
    ASSERT_RUN(CHAT_OK, f, UNDO, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60, .seq = f->outcome.seq);
    assert_int_equal(f->outcome.count, SAID - 2000);
    assert_int_equal(f->outcome.seq, 0);
}

static void undo_is_for_moderators_and_not_against_betters(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_FORBIDDEN, f, UNDO, .sid = cast.bob, .room = "dev",
               .to = "carol", .seconds = 60);
    ASSERT_RUN(CHAT_FORBIDDEN, f, UNDO, .sid = cast.owner, .room = "dev",
               .to = "olga", .seconds = 60);
    ASSERT_RUN(CHAT_BAD_NICK, f, UNDO, .sid = cast.owner, .room = "dev",
               .to = " ", .seconds = 60);
}

/* ---- reports ---- */

static void a_report_waits_and_is_shown_to_nobody(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    int64_t said = say(f, cast.bob, "1");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, REPORT, .sid = cast.carol, .room = "dev",
               .target = said, .text = "rude");
    int64_t report = f->outcome.seq;
    ASSERT_EVENTS(f, "report carol dev quiet");
    ASSERT_RUN(CHAT_OK, f, REPORT, .sid = cast.carol, .room = "dev",
               .target = said, .text = "very rude");
    assert_int_equal(f->outcome.seq, report);
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, PENDING, .sid = cast.carol, .room = "dev");
    ASSERT_RUN(CHAT_FORBIDDEN, f, REPORT_END, .sid = cast.carol, .room = "dev",
               .target = report);
    ASSERT_RUN(CHAT_OK, f, REPORT_END, .sid = cast.owner, .room = "dev",
               .target = report);
    ASSERT_EVENTS(f, "report_end olga dev quiet");
    ASSERT_RUN(CHAT_OK, f, REPORT_END, .sid = cast.owner, .room = "dev",
               .target = report);
    ASSERT_NO_EVENTS(f);
}

static void what_is_not_there_is_not_reported(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    int64_t said = say(f, cast.bob, "1");

    ASSERT_RUN(CHAT_NO_MESSAGE, f, REPORT, .sid = cast.carol, .room = "dev",
               .target = said + 1, .text = "rude");
    ASSERT_RUN(CHAT_BAD_TEXT, f, REPORT, .sid = cast.carol, .room = "dev",
               .target = said, .text = "");
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = cast.bob, .room = "dev",
               .target = said);
    ASSERT_RUN(CHAT_NO_MESSAGE, f, REPORT, .sid = cast.carol, .room = "dev",
               .target = said, .text = "rude");
    ASSERT_RUN(CHAT_NOT_FOUND, f, REPORT_END, .sid = cast.owner, .room = "dev",
               .target = 1000);
}

static void only_so_much_waits_in_a_room(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    char id[16];

    for (int i = 0; i <= PENDING_MAX; i++) {
        snprintf(id, sizeof(id), "m%d", i);
        int64_t said = say(f, cast.bob, id);
        ASSERT_RUN(i < PENDING_MAX ? CHAT_OK : CHAT_RATE_LIMITED, f, REPORT,
                   .sid = cast.carol, .room = "dev", .target = said,
                   .text = "rude");
    }
    assert_true(f->outcome.retry_ms > 0);
}

/* ---- messages that are held ---- */

static struct cast meet_held(struct fixture *f)
{
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, ROOM_SET, .sid = cast.owner, .room = "dev",
               .settings = "hold_newcomers=yes");
    skip_events(f);
    return cast;
}

static void a_newcomers_message_is_held_until_it_is_let_in(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet_held(f);

    int64_t held = say(f, cast.bob, "1");
    assert_int_equal(f->outcome.n, 0);
    ASSERT_EVENTS(f, "held bob dev quiet");
    assert_result(post(f, cast.bob, "1"), CHAT_REPEAT);
    assert_int_equal(f->outcome.n, 0);
    ASSERT_RUN(CHAT_OK, f, HELD_END, .sid = cast.owner, .room = "dev",
               .target = held, .on = true);
    ASSERT_EVENTS(f, "held_end olga dev quiet", "message bob dev 6");
    assert_result(post(f, cast.bob, "1"), CHAT_REPEAT);
    assert_int_equal(f->outcome.n, 6);
    ASSERT_RUN(CHAT_OK, f, HELD_END, .sid = cast.owner, .room = "dev",
               .target = held, .on = true);
    ASSERT_NO_EVENTS(f);
    /* They are no newcomer any more, also when they come back. */
    say(f, cast.bob, "2");
    ASSERT_EVENTS(f, "message bob dev 7");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = cast.bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.bob, .room = "dev");
    skip_events(f);
    say(f, cast.bob, "3");
    ASSERT_EVENTS(f, "message bob dev 10");
}

static void what_is_dropped_is_never_said(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet_held(f);
    int64_t held = say(f, cast.bob, "1");

    skip_events(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, HELD_END, .sid = cast.carol, .room = "dev",
               .target = held, .on = true);
    ASSERT_RUN(CHAT_OK, f, HELD_END, .sid = cast.owner, .room = "dev",
               .target = held);
    ASSERT_EVENTS(f, "held_end olga dev quiet");
    say(f, cast.bob, "2");
    ASSERT_EVENTS(f, "held bob dev quiet");
}

static void moderators_are_no_newcomers(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet_held(f);

    say(f, cast.owner, "1");
    ASSERT_EVENTS(f, "message olga dev 6");
}

static void it_is_let_in_though_its_author_has_left(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet_held(f);
    int64_t held = say(f, cast.bob, "1");

    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = cast.bob);
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, HELD_END, .sid = cast.owner, .room = "dev",
               .target = held, .on = true);
    ASSERT_EVENTS(f, "held_end olga dev quiet", "message bob dev 7");
}

/* ---- what moderators did ---- */

static void the_audit_is_for_moderators(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    int64_t admin =
        login_account(f, account(f, "ada", ROLE_ADMIN), "ada's token");

    ASSERT_RUN(CHAT_OK, f, AUDIT, .sid = cast.owner, .room = "dev");
    ASSERT_RUN(CHAT_FORBIDDEN, f, AUDIT, .sid = cast.bob, .room = "dev");
    ASSERT_RUN(CHAT_FORBIDDEN, f, AUDIT, .sid = cast.owner);
    ASSERT_RUN(CHAT_OK, f, AUDIT, .sid = admin);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(undo_deletes_what_one_person_said_lately),
        TEST(undo_reaches_who_has_left),
        TEST(undo_goes_on_where_it_had_to_stop),
        TEST(undo_is_for_moderators_and_not_against_betters),
        TEST(a_report_waits_and_is_shown_to_nobody),
        TEST(what_is_not_there_is_not_reported),
        TEST(only_so_much_waits_in_a_room),
        TEST(a_newcomers_message_is_held_until_it_is_let_in),
        TEST(what_is_dropped_is_never_said),
        TEST(moderators_are_no_newcomers),
        TEST(it_is_let_in_though_its_author_has_left),
        TEST(the_audit_is_for_moderators),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
