/* How fast things may be done: by a session, from an address, in a room. */
#include "tests/unit/state_fixture.h"

/* Two at once, then one a second, of what is `limited` in `scope`. */
static void limit(struct fixture *f, enum limited limited,
                  enum limit_scope scope)
{
    f->rules.rates[limited][scope] = bucket_rate(1, 1000, 2);
    fixture_restart(f);
}

/* From address 7. */
static enum chat_result login_here(struct fixture *f, const char *nick)
{
    struct command command = login_as(nick);

    command.address = 7;
    return run(f, command);
}

static enum chat_result say(struct fixture *f, int64_t sid, int64_t address)
{
    static unsigned count;
    char id[16];

    snprintf(id, sizeof(id), "p%u", ++count);
    return RUN(f, POST, .sid = sid, .room = "lobby", .id = id, .text = "hello",
               .address = address);
}

static void logins_of_one_address_are_limited(void **state)
{
    struct fixture *f = *state;

    limit(f, LIMITED_LOGIN, LIMIT_OF_ADDRESS);
    assert_result(login_here(f, "a"), CHAT_OK);
    assert_result(login_here(f, "b"), CHAT_OK);
    assert_result(login_here(f, "c"), CHAT_RATE_LIMITED);
    assert_int_equal(f->outcome.retry_ms, 1000);
    assert_result(run(f, login_as("d")), CHAT_OK);
    /* What was done before is no login. */
    assert_result(login_here(f, "a"), CHAT_REPEAT);
    pass_ms(f, 1000);
    assert_result(login_here(f, "c"), CHAT_OK);
}

static void a_room_is_not_flooded_by_many(void **state)
{
    struct fixture *f = *state;

    limit(f, LIMITED_POST, LIMIT_OF_ROOM);
    int64_t alice = login(f, "alice"), bob = login(f, "bob");
    assert_result(say(f, alice, 0), CHAT_OK);
    assert_result(say(f, bob, 0), CHAT_OK);
    assert_result(say(f, alice, 0), CHAT_RATE_LIMITED);
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, POST, .sid = bob, .room = "dev", .id = "d",
               .text = "hello");
}

static void posts_of_one_address_are_limited(void **state)
{
    struct fixture *f = *state;

    limit(f, LIMITED_POST, LIMIT_OF_ADDRESS);
    int64_t alice = login(f, "alice"), bob = login(f, "bob");
    assert_result(say(f, alice, 7), CHAT_OK);
    assert_result(say(f, bob, 7), CHAT_OK);
    assert_result(say(f, alice, 7), CHAT_RATE_LIMITED);
    assert_result(say(f, alice, 8), CHAT_OK);
}

static void what_is_refused_takes_no_token(void **state)
{
    struct fixture *f = *state;

    f->rules.rates[LIMITED_POST][LIMIT_OF_ROOM] = bucket_rate(1, 1000, 3);
    limit(f, LIMITED_POST, LIMIT_OF_SESSION);
    int64_t alice = login(f, "alice"), bob = login(f, "bob");
    assert_result(say(f, alice, 0), CHAT_OK);
    assert_result(say(f, alice, 0), CHAT_OK);
    for (int i = 0; i < 10; i++)
        assert_result(say(f, alice, 0), CHAT_RATE_LIMITED);
    assert_result(say(f, bob, 0), CHAT_OK);
}

static void joins_and_the_making_of_rooms_are_limited(void **state)
{
    struct fixture *f = *state;

    f->rules.rates[LIMITED_JOIN][LIMIT_OF_SESSION] = bucket_rate(1, 1000, 2);
    limit(f, LIMITED_ROOM, LIMIT_OF_SESSION);
    int64_t alice = login(f, "alice"), bob = login(f, "bob");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "r1");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = alice, .room = "r2");
    ASSERT_RUN(CHAT_RATE_LIMITED, f, ROOM_NEW, .sid = alice, .room = "r3");
    assert_true(f->outcome.retry_ms > 0);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "r1");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "r1"); /* is in it */
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = bob, .room = "r2");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = bob, .room = "r2");
    ASSERT_RUN(CHAT_RATE_LIMITED, f, JOIN, .sid = bob, .room = "r2");
}

static void searches_are_limited(void **state)
{
    struct fixture *f = *state;

    limit(f, LIMITED_SEARCH, LIMIT_OF_SESSION);
    int64_t alice = login(f, "alice");
    ASSERT_RUN(CHAT_OK, f, SEARCH, .sid = alice, .text = "a");
    ASSERT_RUN(CHAT_OK, f, SEARCH, .sid = alice, .text = "a");
    ASSERT_RUN(CHAT_RATE_LIMITED, f, SEARCH, .sid = alice, .text = "a");
}

static void one_setting_switches_all_of_it_off(void **state)
{
    struct fixture *f = *state;

    f->rules.rate_limits = false;
    limit(f, LIMITED_POST, LIMIT_OF_SESSION);
    int64_t alice = login(f, "alice");
    for (int i = 0; i < 100; i++)
        assert_result(say(f, alice, 7), CHAT_OK);
}

static void the_settings_say_how_fast(void **state)
{
    struct fixture *f = *state;
    const struct bucket_rate *rates = f->rules.rates[LIMITED_POST];

    assert_int_equal(rates[LIMIT_OF_SESSION].burst, 600);
    assert_int_equal(rates[LIMIT_OF_SESSION].interval_us, 50000);
    for (int limited = 0; limited < LIMITED_COUNT; limited++)
        assert_true(f->rules.rates[limited][LIMIT_OF_ADDRESS].burst > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(logins_of_one_address_are_limited),
        TEST(a_room_is_not_flooded_by_many),
        TEST(posts_of_one_address_are_limited),
        TEST(what_is_refused_takes_no_token),
        TEST(joins_and_the_making_of_rooms_are_limited),
        TEST(searches_are_limited),
        TEST(one_setting_switches_all_of_it_off),
        TEST(the_settings_say_how_fast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
