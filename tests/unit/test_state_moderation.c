/* Kick, mute and ban: who may, what follows, and what it does not reach. */
#include "tests/unit/state_fixture.h"

/* A moderator of the server, an owner of "dev", and two guests in it. */
struct cast {
    struct fixture *f;
    int64_t moderator, owner, bob, carol; /* sids */
};

static struct cast meet(struct fixture *f)
{
    struct cast cast = {.f = f};

    cast.moderator = login_account(f, account(f, "mod", ROLE_MODERATOR),
                                   "moderator's token");
    cast.owner = login(f, "olga");
    cast.bob = login(f, "bob");
    cast.carol = login(f, "carol");
    ASSERT_RUN(CHAT_OK, f, ROOM_NEW, .sid = cast.owner, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.carol, .room = "dev");
    skip_events(f);
    return cast;
}

static enum chat_result post(struct fixture *f, int64_t sid)
{
    static unsigned count;
    char id[16];

    snprintf(id, sizeof(id), "p%u", ++count);
    return RUN(f, POST, .sid = sid, .room = "dev", .id = id, .text = "hello");
}

/* Another guest, from `address`; NULL: a room that is not theirs. */
static enum chat_result login_from(struct fixture *f, const char *nick,
                                   int64_t address)
{
    struct command command = login_as(nick);

    command.address = address;
    return run(f, command);
}

/* ---- kick ---- */

static void a_kick_puts_out_and_says_so(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, KICK, .sid = cast.owner, .room = "dev", .to = "BOB",
               .text = "spam");
    const struct event *kick = &f->log.events[f->marked];
    assert_string_equal(kick->to, "bob");
    assert_string_equal(kick->text, "spam");
    assert_int_equal(kick->to_pid, cast.bob);
    ASSERT_EVENTS(f, "kick olga dev 5", "leave bob dev kicked 6");
    assert_result(post(f, cast.bob), CHAT_NOT_MEMBER);
    /* It is no ban. */
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.bob, .room = "dev");
}

static void a_second_kick_changes_nothing(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, KICK, .sid = cast.owner, .room = "dev", .to = "bob");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, KICK, .sid = cast.owner, .room = "dev", .to = "bob");
    ASSERT_NO_EVENTS(f);
}

static void nobody_kicks_their_equals_or_betters(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_FORBIDDEN, f, KICK, .sid = cast.bob, .room = "dev",
               .to = "carol");
    ASSERT_RUN(CHAT_FORBIDDEN, f, KICK, .sid = cast.owner, .room = "dev",
               .to = "olga");
    ASSERT_RUN(CHAT_FORBIDDEN, f, KICK, .sid = cast.moderator, .room = "dev",
               .to = "olga");
    ASSERT_RUN(CHAT_OK, f, KICK, .sid = cast.moderator, .room = "dev",
               .to = "carol");
}

static void who_or_where_there_is_nobody_is_not_found(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_NOT_FOUND, f, KICK, .sid = cast.owner, .room = "dev",
               .to = "nobody");
    ASSERT_RUN(CHAT_NO_ROOM, f, KICK, .sid = cast.owner, .room = "nowhere",
               .to = "bob");
    ASSERT_RUN(CHAT_BAD_TEXT, f, KICK, .sid = cast.owner, .room = "dev",
               .to = "bob", .text = "two\nlines");
    ASSERT_NO_EVENTS(f);
}

/* ---- mute ---- */

static void the_muted_read_and_do_not_write_until_it_is_over(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, MUTE, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    ASSERT_EVENTS(f, "mute olga dev 5");
    assert_result(post(f, cast.bob), CHAT_MUTED);
    ASSERT_RUN(CHAT_OK, f, HISTORY, .sid = cast.bob, .room = "dev");
    pass_ms(f, 59999);
    assert_result(post(f, cast.bob), CHAT_MUTED);
    pass_ms(f, 1);
    assert_result(post(f, cast.bob), CHAT_OK);
}

static void a_mute_outlasts_leaving(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, MUTE, .sid = cast.owner, .room = "dev", .to = "bob");
    ASSERT_RUN(CHAT_OK, f, LEAVE, .sid = cast.bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.bob, .room = "dev");
    assert_result(post(f, cast.bob), CHAT_MUTED);
    ASSERT_RUN(CHAT_OK, f, UNMUTE, .sid = cast.moderator, .room = "dev",
               .to = "bob");
    assert_result(post(f, cast.bob), CHAT_OK);
}

static void a_mute_sent_twice_is_one_and_a_longer_one_another(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, MUTE, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    pass_ms(f, 3000);
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, MUTE, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, MUTE, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 600);
    ASSERT_EVENTS(f, "mute olga dev 6");
    ASSERT_RUN(CHAT_OK, f, UNMUTE, .sid = cast.owner, .room = "dev",
               .to = "bob");
    ASSERT_EVENTS(f, "unmute olga dev 7");
    ASSERT_RUN(CHAT_OK, f, UNMUTE, .sid = cast.owner, .room = "dev",
               .to = "bob");
    ASSERT_NO_EVENTS(f);
}

/* ---- bans from a room ---- */

static void who_is_banned_is_out_and_stays_out(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    int64_t ban_seq = f->outcome.seq;
    ASSERT_EVENTS(f, "ban olga dev 5", "leave bob dev banned 6");
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = cast.bob, .room = "dev");
    ASSERT_RUN(CHAT_OK, f, UNBAN, .sid = cast.owner, .room = "dev",
               .target = ban_seq);
    ASSERT_EVENTS(f, "unban olga dev 7");
    ASSERT_RUN(CHAT_OK, f, UNBAN, .sid = cast.owner, .room = "dev",
               .target = ban_seq);
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_NOT_FOUND, f, UNBAN, .sid = cast.owner, .room = "dev",
               .target = 1000);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.bob, .room = "dev");
}

static void a_ban_is_over_by_the_clock(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 10);
    pass_ms(f, 9999);
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = cast.bob, .room = "dev");
    pass_ms(f, 1);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = cast.bob, .room = "dev");
}

static void a_ban_sent_twice_is_one_and_another_takes_its_place(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    int64_t ban_seq = f->outcome.seq;
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob",
               .seconds = 60);
    assert_int_equal(f->outcome.seq, ban_seq);
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob");
    ASSERT_EVENTS(f, "unban server dev quiet", "ban olga dev 7");
    assert_null(room_named(f, "dev")->bans->next);
}

static void by_address_guests_are_banned_and_accounts_are_not(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    int64_t pid = account(f, "dora", ROLE_MEMBER);
    int64_t dora = login_account(f, pid, "dora's token");

    ASSERT_RUN(CHAT_OK, f, ROOMS, .sid = cast.bob, .address = 7);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob",
               .on = true);
    assert_int_equal(room_named(f, "dev")->bans->address, 7);
    assert_result(login_from(f, "robert", 7), CHAT_OK);
    int64_t robert = f->outcome.sid;
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = robert, .room = "dev",
               .address = 7);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = dora, .room = "dev", .address = 7);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = robert, .room = "dev", .address = 8);
}

static void who_ran_off_is_banned_all_the_same(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, ROOMS, .sid = cast.bob, .address = 7);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = cast.bob);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "Bob",
               .on = true);
    assert_result(login_from(f, "bob", 9), CHAT_OK);
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = f->outcome.sid, .room = "dev");
    assert_result(login_from(f, "robert", 7), CHAT_OK);
    ASSERT_RUN(CHAT_BANNED, f, JOIN, .sid = f->outcome.sid, .room = "dev",
               .address = 7);
    ASSERT_RUN(CHAT_BAD_NICK, f, BAN, .sid = cast.owner, .room = "dev",
               .to = " ");
}

static void without_the_address_the_neighbours_are_spared(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_OK, f, ROOMS, .sid = cast.bob, .address = 7);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob");
    assert_result(login_from(f, "robert", 7), CHAT_OK);
    ASSERT_RUN(CHAT_OK, f, JOIN, .sid = f->outcome.sid, .room = "dev",
               .address = 7);
}

static void bans_are_bounded_and_those_that_are_over_make_way(void **state)
{
    struct fixture *f = *state;

    f->rules.bans_max = 2;
    fixture_restart(f);
    struct cast cast = meet(f);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "a",
               .seconds = 10);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "b");
    ASSERT_RUN(CHAT_FORBIDDEN, f, BAN, .sid = cast.owner, .room = "dev",
               .to = "bob");
    pass_ms(f, 10000);
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.owner, .room = "dev", .to = "bob");
    ASSERT_EVENTS(f, "unban server dev quiet", "ban olga dev 7",
                  "leave bob dev banned 8");
}

/* ---- bans from the server ---- */

static void a_server_ban_ends_the_session_and_keeps_out(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);

    ASSERT_RUN(CHAT_FORBIDDEN, f, BAN, .sid = cast.owner, .to = "bob");
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.moderator, .to = "bob");
    ASSERT_EVENTS(f, "server_ban mod", "leave bob lobby banned 6",
                  "leave bob dev banned 5", "session_end bob banned");
    int64_t ban_seq = f->outcome.seq;
    ASSERT_RUN(CHAT_SESSION_REQUIRED, f, ROOMS, .sid = cast.bob);
    assert_result(login_from(f, "bob", 0), CHAT_BANNED);
    ASSERT_RUN(CHAT_OK, f, BANS, .sid = cast.moderator);
    ASSERT_RUN(CHAT_FORBIDDEN, f, BANS, .sid = cast.owner);
    ASSERT_RUN(CHAT_OK, f, UNBAN, .sid = cast.moderator, .target = ban_seq);
    assert_result(login_from(f, "bob", 0), CHAT_OK);
}

static void a_server_ban_ends_all_sessions_of_an_account(void **state)
{
    struct fixture *f = *state;
    struct cast cast = meet(f);
    int64_t pid = account(f, "dora", ROLE_MEMBER);

    login_account(f, pid, "laptop");
    login_account(f, pid, "phone");
    ASSERT_RUN(CHAT_OK, f, BAN, .sid = cast.moderator, .to = "dora");
    assert_int_equal(state_person(f->state, pid)->session_count, 0);
    assert_false(state_person(f->state, pid)->here);
    struct command again = {.type = COMMAND_SESSION_NEW, .pid = pid};
    token("laptop", again.token_hash);
    assert_result(run(f, again), CHAT_BANNED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_kick_puts_out_and_says_so),
        TEST(a_second_kick_changes_nothing),
        TEST(nobody_kicks_their_equals_or_betters),
        TEST(who_or_where_there_is_nobody_is_not_found),
        TEST(the_muted_read_and_do_not_write_until_it_is_over),
        TEST(a_mute_outlasts_leaving),
        TEST(a_mute_sent_twice_is_one_and_a_longer_one_another),
        TEST(who_is_banned_is_out_and_stays_out),
        TEST(a_ban_is_over_by_the_clock),
        TEST(a_ban_sent_twice_is_one_and_another_takes_its_place),
        TEST(by_address_guests_are_banned_and_accounts_are_not),
        TEST(who_ran_off_is_banned_all_the_same),
        TEST(without_the_address_the_neighbours_are_spared),
        TEST(bans_are_bounded_and_those_that_are_over_make_way),
        TEST(a_server_ban_ends_the_session_and_keeps_out),
        TEST(a_server_ban_ends_all_sessions_of_an_account),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
