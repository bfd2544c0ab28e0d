/* Edits and deletes: whose they may be, and that none happens twice. */
#include "tests/unit/state_fixture.h"

/* Alice owns the room "dev" and mallory is a member; both are in the lobby. */
struct company {
    int64_t alice, bob, mallory, outsider;
    int64_t message; /* bob's, in dev */
};

static int64_t say(struct fixture *f, int64_t sid, const char *room,
                   const char *text)
{
    static unsigned fresh;
    char id[ID_SIZE];

    snprintf(id, sizeof(id), "fresh-%u", fresh++);
    ASSERT_RUN(CHAT_OK, f, POST, .sid = sid, .room = room, .id = id,
               .text = text);
    return f->outcome.seq;
}

static struct company gather(struct fixture *f)
{
    struct company company = {.alice = login(f, "alice"),
                              .bob = login(f, "bob"),
                              .mallory = login(f, "mallory"),
                              .outsider = login(f, "eve")};

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = company.alice, .room = "dev",
               .id = "r1");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = company.bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = company.mallory, .room = "dev");
    company.message = say(f, company.bob, "dev", "frist");
    skip_events(f);
    return company;
}

static enum chat_result edit(struct fixture *f, int64_t sid, int64_t target,
                             const char *text)
{
    return RUN(f, EDIT, .sid = sid, .room = "dev", .target = target,
               .text = text);
}

static enum chat_result delete (struct fixture *f, int64_t sid,
                                int64_t target) {
    return RUN(f, DELETE, .sid = sid, .room = "dev", .target = target);
}

static const struct event *newest(const struct fixture *f)
{
    return &f->log.events[f->log.count - 1];
}

static void mute(struct fixture *f, int64_t sid)
{
    struct decision decision = {.state = f->state, .now = f->now};
    const struct room *room = room_named(f, "dev");
    struct event event = {.type = EVENT_MUTE,
                          .rid = room->rid,
                          .room = "dev",
                          .until_ms = INT64_MAX,
                          .to_pid = person_of(f, sid)->pid,
                          .to = person_of(f, sid)->nick};

    state_emit(&decision, &event);
    skip_events(f);
}

/* ---- editing ---- */

static void an_edit_is_an_event_about_the_message(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(edit(f, who.bob, who.message, "first"), CHAT_OK);
    ASSERT_EVENTS(f, "edit bob dev 6");
    assert_int_equal(newest(f)->target, who.message);
    assert_string_equal(newest(f)->text, "first");
    assert_int_equal(f->outcome.seq, newest(f)->seq);
    assert_int_equal(f->outcome.rid, newest(f)->rid);
}

static void the_same_edit_again_is_the_same_event(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(edit(f, who.bob, who.message, "first"), CHAT_OK);
    int64_t seq = f->outcome.seq;
    say(f, who.alice, "dev", "first");
    skip_events(f);
    assert_result(edit(f, who.bob, who.message, "first"), CHAT_OK);
    assert_int_equal(f->outcome.seq, seq);
    ASSERT_NO_EVENTS(f);
    assert_result(edit(f, who.bob, who.message, "second"), CHAT_OK);
    assert_result(edit(f, who.bob, who.message, "first"), CHAT_OK);
    ASSERT_EVENTS(f, "edit bob dev 8", "edit bob dev 9");
}

static void nobody_edits_what_another_said(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(edit(f, who.mallory, who.message, "x"), CHAT_FORBIDDEN);
    assert_result(edit(f, who.alice, who.message, "x"), CHAT_FORBIDDEN);
    assert_result(edit(f, who.outsider, who.message, "x"), CHAT_NOT_MEMBER);
    ASSERT_NO_EVENTS(f);
}

static void an_edit_is_refused_for_its_first_fault(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    ASSERT_RUN(CHAT_BAD_TEXT, f, EDIT, .sid = who.bob, .room = "no room",
               .target = who.message, .text = " ");
    ASSERT_RUN(CHAT_NO_ROOM, f, EDIT, .sid = who.bob, .room = "no room",
               .target = who.message, .text = "x");
    ASSERT_RUN(CHAT_NO_MESSAGE, f, EDIT, .sid = who.bob, .room = "lobby",
               .target = who.message, .text = "x");
    assert_result(edit(f, who.bob, who.message - 1, "x"), CHAT_NO_MESSAGE);
    assert_result(edit(f, who.bob, 1000000, "x"), CHAT_NO_MESSAGE);
    mute(f, who.bob);
    assert_result(edit(f, who.bob, who.message, "x"), CHAT_MUTED);
    ASSERT_NO_EVENTS(f);
}

static void who_has_left_edits_nothing_until_they_are_back(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = who.bob, .room = "dev");
    assert_result(edit(f, who.bob, who.message, "x"), CHAT_NOT_MEMBER);
    assert_result(delete (f, who.bob, who.message), CHAT_NOT_MEMBER);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = who.bob, .room = "dev");
    assert_result(edit(f, who.bob, who.message, "x"), CHAT_OK);
}

static void edits_count_as_posts(void **state)
{
    struct fixture *f = *state;

    f->rules.rates[LIMITED_POST][LIMIT_OF_SESSION] = bucket_rate(1, 1000, 2);
    fixture_restart(f);
    struct company who = gather(f);
    assert_result(edit(f, who.bob, who.message, "a"), CHAT_OK);
    assert_result(edit(f, who.bob, who.message, "b"), CHAT_RATE_LIMITED);
    assert_result(edit(f, who.bob, who.message, "a"), CHAT_OK);
    pass_ms(f, 1000);
    assert_result(edit(f, who.bob, who.message, "b"), CHAT_OK);
}

static void a_message_has_so_many_edits_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    char text[32];

    for (int i = 0; i < MESSAGE_EDITS_MAX; i++) {
        snprintf(text, sizeof(text), "text %d", i);
        assert_result(edit(f, who.bob, who.message, text), CHAT_OK);
    }
    assert_result(edit(f, who.bob, who.message, "one more"), CHAT_FORBIDDEN);
    assert_result(edit(f, who.bob, who.message, text), CHAT_OK);
    assert_result(delete (f, who.bob, who.message), CHAT_OK);
}

/* ---- deleting ---- */

static void one_deletes_what_one_said(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(delete (f, who.bob, who.message), CHAT_OK);
    ASSERT_EVENTS(f, "delete bob dev 6");
    assert_int_equal(newest(f)->target, who.message);
    assert_null(newest(f)->text);
    assert_int_equal(f->outcome.seq, newest(f)->seq);
}

static void a_moderator_deletes_what_anybody_said_and_says_why(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(delete (f, who.mallory, who.message), CHAT_FORBIDDEN);
    assert_result(delete (f, who.outsider, who.message), CHAT_NOT_MEMBER);
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = who.alice, .room = "dev",
               .target = who.message, .text = "off topic");
    ASSERT_EVENTS(f, "delete alice dev 6");
    assert_string_equal(newest(f)->text, "off topic");
}

static void the_same_delete_again_is_the_same_event(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(edit(f, who.bob, who.message, "first"), CHAT_OK);
    assert_result(delete (f, who.bob, who.message), CHAT_OK);
    int64_t seq = f->outcome.seq;
    skip_events(f);
    assert_result(delete (f, who.bob, who.message), CHAT_OK);
    assert_int_equal(f->outcome.seq, seq);
    assert_result(delete (f, who.alice, who.message), CHAT_OK);
    assert_int_equal(f->outcome.seq, seq);
    assert_result(delete (f, who.mallory, who.message), CHAT_FORBIDDEN);
    ASSERT_NO_EVENTS(f);
}

static void what_is_deleted_cannot_be_edited(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    assert_result(edit(f, who.bob, who.message, "first"), CHAT_OK);
    assert_result(delete (f, who.bob, who.message), CHAT_OK);
    assert_result(edit(f, who.bob, who.message, "first"), CHAT_NO_MESSAGE);
    assert_result(edit(f, who.bob, who.message, "second"), CHAT_NO_MESSAGE);
}

static void a_delete_is_refused_for_its_first_fault(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    char reason[REASON_BYTES_MAX + 2] = "";

    memset(reason, 'r', REASON_BYTES_MAX + 1);
    ASSERT_RUN(CHAT_BAD_TEXT, f, DELETE, .sid = who.bob, .room = "no room",
               .target = who.message, .text = reason);
    ASSERT_RUN(CHAT_BAD_TEXT, f, DELETE, .sid = who.bob, .room = "dev",
               .target = who.message, .text = "two\nlines");
    ASSERT_RUN(CHAT_NO_ROOM, f, DELETE, .sid = who.bob, .room = "no room",
               .target = who.message);
    assert_result(delete (f, who.bob, who.message - 1), CHAT_NO_MESSAGE);
    ASSERT_NO_EVENTS(f);
    reason[REASON_BYTES_MAX] = '\0';
    ASSERT_RUN(CHAT_OK, f, DELETE, .sid = who.bob, .room = "dev",
               .target = who.message, .text = reason);
}

static void who_is_muted_may_take_back_what_they_said(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    mute(f, who.bob);
    assert_result(delete (f, who.bob, who.message), CHAT_OK);
}

/* ---- whose it is ---- */

static void an_accounts_message_is_that_of_all_its_sessions(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    int64_t carol = account(f, "carol", ROLE_MEMBER);
    int64_t phone = login_account(f, carol, "phone");
    int64_t laptop = login_account(f, carol, "laptop");

    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = phone, .room = "dev");
    int64_t message = say(f, phone, "dev", "hello");
    assert_result(edit(f, laptop, message, "hello, all"), CHAT_OK);
    assert_result(delete (f, who.bob, message), CHAT_FORBIDDEN);
    assert_result(delete (f, laptop, message), CHAT_OK);
}

static void a_server_moderator_deletes_without_being_in_the_room(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    int64_t carol = account(f, "carol", ROLE_MODERATOR);
    int64_t sid = login_account(f, carol, "carol");

    assert_result(edit(f, sid, who.message, "x"), CHAT_NOT_MEMBER);
    assert_result(delete (f, sid, who.message), CHAT_OK);
}

/* ---- reacting ---- */

static enum chat_result react(struct fixture *f, int64_t sid, int64_t target,
                              const char *emoji, bool on)
{
    return RUN(f, REACT, .sid = sid, .room = "dev", .target = target,
               .text = emoji, .on = on);
}

#define THUMB "\U0001F44D"
#define PARTY "\U0001F389"

static void a_reaction_is_made_and_taken_back_once(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);

    for (int i = 0; i < 2; i++)
        assert_result(react(f, who.alice, who.message, THUMB, true), CHAT_OK);
    ASSERT_EVENTS(f, "reaction alice dev 6");
    assert_int_equal(newest(f)->target, who.message);
    assert_string_equal(newest(f)->text, THUMB);
    assert_int_equal(newest(f)->value, 1);
    assert_result(react(f, who.mallory, who.message, THUMB, false), CHAT_OK);
    ASSERT_NO_EVENTS(f);
    for (int i = 0; i < 2; i++)
        assert_result(react(f, who.alice, who.message, THUMB, false), CHAT_OK);
    ASSERT_EVENTS(f, "reaction alice dev 7");
    assert_int_equal(newest(f)->value, 0);
}

static void a_reaction_is_refused_for_its_first_fault(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    int64_t message = who.message;

    ASSERT_RUN(CHAT_BAD_TEXT, f, REACT, .sid = who.bob, .room = "no room",
               .target = message, .text = "two", .on = true);
    ASSERT_RUN(CHAT_NO_ROOM, f, REACT, .sid = who.bob, .room = "no room",
               .target = message, .text = THUMB, .on = true);
    assert_result(react(f, who.outsider, message, THUMB, true),
                  CHAT_NOT_MEMBER);
    assert_result(react(f, who.bob, message - 1, THUMB, true), CHAT_NO_MESSAGE);
    mute(f, who.bob);
    assert_result(react(f, who.bob, message, THUMB, true), CHAT_MUTED);
    assert_result(delete (f, who.bob, message), CHAT_OK);
    skip_events(f);
    assert_result(react(f, who.alice, message, THUMB, true), CHAT_NO_MESSAGE);
    ASSERT_NO_EVENTS(f);
}

static void a_message_has_so_many_emoji_and_no_more(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    char emoji[8];

    for (int i = 0; i < MESSAGE_EMOJI_MAX; i++) {
        snprintf(emoji, sizeof(emoji), "%c", 'a' + i);
        assert_result(react(f, who.bob, who.message, emoji, true), CHAT_OK);
    }
    assert_result(react(f, who.alice, who.message, PARTY, true),
                  CHAT_FORBIDDEN);
    assert_result(react(f, who.alice, who.message, "a", true), CHAT_OK);
    assert_result(react(f, who.bob, who.message, "b", false), CHAT_OK);
    assert_result(react(f, who.alice, who.message, PARTY, true), CHAT_OK);
}

/* ---- reading ---- */

static void members_read_a_message_and_moderators_its_edits(void **state)
{
    struct fixture *f = *state;
    struct company who = gather(f);
    const struct {
        int64_t sid;
        enum chat_result message, edits;
    } cases[] = {
        {who.alice, CHAT_OK, CHAT_OK},
        {who.bob, CHAT_OK, CHAT_FORBIDDEN},
        {who.mallory, CHAT_OK, CHAT_FORBIDDEN},
        {who.outsider, CHAT_NOT_MEMBER, CHAT_FORBIDDEN},
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ASSERT_RUN(cases[i].message, f, MESSAGE, .sid = cases[i].sid,
                   .room = "dev", .target = who.message);
        ASSERT_RUN(cases[i].edits, f, EDITS, .sid = cases[i].sid, .room = "dev",
                   .target = who.message);
    }
    ASSERT_RUN(CHAT_NO_MESSAGE, f, MESSAGE, .sid = who.bob, .room = "dev",
               .target = who.message - 1);
    ASSERT_RUN(CHAT_NO_MESSAGE, f, EDITS, .sid = who.alice, .room = "dev",
               .target = who.message - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_edit_is_an_event_about_the_message),
        TEST(the_same_edit_again_is_the_same_event),
        TEST(nobody_edits_what_another_said),
        TEST(an_edit_is_refused_for_its_first_fault),
        TEST(who_has_left_edits_nothing_until_they_are_back),
        TEST(edits_count_as_posts),
        TEST(a_message_has_so_many_edits_and_no_more),
        TEST(one_deletes_what_one_said),
        TEST(a_moderator_deletes_what_anybody_said_and_says_why),
        TEST(the_same_delete_again_is_the_same_event),
        TEST(what_is_deleted_cannot_be_edited),
        TEST(a_delete_is_refused_for_its_first_fault),
        TEST(who_is_muted_may_take_back_what_they_said),
        TEST(an_accounts_message_is_that_of_all_its_sessions),
        TEST(a_server_moderator_deletes_without_being_in_the_room),
        TEST(a_reaction_is_made_and_taken_back_once),
        TEST(a_reaction_is_refused_for_its_first_fault),
        TEST(a_message_has_so_many_emoji_and_no_more),
        TEST(members_read_a_message_and_moderators_its_edits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
