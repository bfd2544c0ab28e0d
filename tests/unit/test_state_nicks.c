/* Nicks: which are free, which are reserved, and changing one's own. */
#include "tests/unit/state_fixture.h"

static void a_nick_that_looks_like_one_in_use_is_taken(void **state)
{
    struct fixture *f = *state;

    login(f, "admin");
    assert_result(run(f, login_as("\u0430dmin")), CHAT_NICK_TAKEN);
    assert_result(run(f, login_as("adm1n")), CHAT_NICK_TAKEN);
    assert_result(run(f, login_as("ADMIN")), CHAT_NICK_TAKEN);
    assert_result(run(f, login_as("badmin")), CHAT_OK);
}

static void a_new_nick_is_told_in_each_room(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "dev", .id = "r",
               .text = "");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, NICK, .sid = alice, .nick = "carol");
    ASSERT_EVENTS(f, "person_nick alice", "nick alice lobby 3",
                  "nick alice dev 3");
    assert_string_equal(f->log.events[f->log.count - 1].to, "carol");
    assert_string_equal(person_of(f, alice)->nick, "carol");
    /* The old one is free, the new one is not. */
    assert_result(run(f, login_as("carol")), CHAT_NICK_TAKEN);
    ASSERT_RUN(CHAT_OK, f, NICK, .sid = login(f, "dave"), .nick = "alice");
}

static void the_same_nick_again_is_no_event(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, NICK, .sid = alice, .nick = "alice");
    ASSERT_NO_EVENTS(f);
}

static void one_may_write_ones_own_nick_in_another_way(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    ASSERT_RUN(CHAT_OK, f, NICK, .sid = alice, .nick = "Alice");
    assert_string_equal(person_of(f, alice)->nick, "Alice");
}

static void a_nick_in_use_or_none_is_refused(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    login(f, "bob");
    account(f, "carol", ROLE_MEMBER); /* who is not here */
    skip_events(f);
    ASSERT_RUN(CHAT_NICK_TAKEN, f, NICK, .sid = alice, .nick = "b0b");
    ASSERT_RUN(CHAT_NICK_TAKEN, f, NICK, .sid = alice, .nick = "Carol");
    ASSERT_RUN(CHAT_BAD_NICK, f, NICK, .sid = alice, .nick = " bob");
    ASSERT_RUN(CHAT_SESSION_REQUIRED, f, NICK, .sid = 99, .nick = "dave");
    ASSERT_NO_EVENTS(f);
}

static void a_crowd_is_not_told(void **state)
{
    struct fixture *f = *state;

    f->rules.presence_events_max = 1;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    login(f, "bob");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, NICK, .sid = alice, .nick = "carol");
    ASSERT_EVENTS(f, "person_nick alice");
}

static void reserve(struct fixture *f, const char *nicks)
{
    struct settings settings;

    settings_defaults(&settings);
    strcpy(settings.chat.reserved_nicks, nicks);
    assert_int_equal(state_rules_from(&settings, &f->rules), CHAT_OK);
    fixture_restart(f);
}

static void a_reserved_nick_is_taken_however_it_is_written(void **state)
{
    struct fixture *f = *state;

    reserve(f, "Admin system");
    assert_result(run(f, login_as("admin")), CHAT_NICK_TAKEN);
    assert_result(run(f, login_as("\u0430dmin")), CHAT_NICK_TAKEN);
    assert_result(run(f, login_as("5ystem")), CHAT_OK);
    assert_result(run(f, login_as("System")), CHAT_NICK_TAKEN);
    int64_t alice = login(f, "alice");
    ASSERT_RUN(CHAT_NICK_TAKEN, f, NICK, .sid = alice, .nick = "system");
}

static void a_reserved_nick_is_for_moderators(void **state)
{
    struct fixture *f = *state;

    reserve(f, "admin");
    int64_t member = login_account(f, account(f, "ann", ROLE_MEMBER), "t1");
    int64_t moderator =
        login_account(f, account(f, "max", ROLE_MODERATOR), "t2");
    ASSERT_RUN(CHAT_NICK_TAKEN, f, NICK, .sid = member, .nick = "admin");
    ASSERT_RUN(CHAT_OK, f, NICK, .sid = moderator, .nick = "admin");
}

static void reserved_nicks_that_cannot_be_are_refused(void **state)
{
    struct fixture *f = *state;
    struct settings settings;

    settings_defaults(&settings);
    strcpy(settings.chat.reserved_nicks, "ok \u0301bad");
    assert_int_equal(state_rules_from(&settings, &f->rules), CHAT_BAD_NICK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_nick_that_looks_like_one_in_use_is_taken),
        TEST(a_new_nick_is_told_in_each_room),
        TEST(the_same_nick_again_is_no_event),
        TEST(one_may_write_ones_own_nick_in_another_way),
        TEST(a_nick_in_use_or_none_is_refused),
        TEST(a_crowd_is_not_told),
        TEST(a_reserved_nick_is_taken_however_it_is_written),
        TEST(a_reserved_nick_is_for_moderators),
        TEST(reserved_nicks_that_cannot_be_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
