/* Accounts of the chat's own and of the site, roles, and blocks. */
#include "tests/unit/state_fixture.h"

/* ---- registered nicks ---- */

static int64_t register_guest(struct fixture *f, const char *nick)
{
    int64_t sid = login(f, nick);

    ASSERT_RUN(CHAT_OK, f, REGISTER, .sid = sid, .secret = "$hash");
    return sid;
}

static void a_guest_becomes_an_account_where_they_are(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, REGISTER, .sid = alice, .secret = "$hash");
    ASSERT_EVENTS(f, "person_new alice", "role alice lobby 3");
    const struct person *person = person_of(f, alice);
    assert_int_equal(person->kind, PERSON_REGISTERED);
    assert_int_equal(person->role, ROLE_MEMBER);
    assert_int_equal(person->pid, f->log.count - 1);
    assert_true(person->here);
    assert_non_null(state_member(person, room_named(f, "lobby")));
    assert_int_equal(f->state->account_count, 1);
    /* The answer was lost: the same again. */
    ASSERT_RUN(CHAT_OK, f, REGISTER, .sid = alice, .secret = "$hash");
    ASSERT_RUN(CHAT_FORBIDDEN, f, REGISTER, .sid = alice, .secret = "$other");
    ASSERT_NO_EVENTS(f);
}

static void the_account_stays_when_its_session_ends(void **state)
{
    struct fixture *f = *state;
    int64_t alice = register_guest(f, "alice");
    int64_t pid = person_of(f, alice)->pid;

    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = alice);
    assert_result(run(f, login_as("alice")), CHAT_NICK_TAKEN);
    ASSERT_RUN(CHAT_OK, f, ACCOUNT_GET, .nick = "Alice");
    assert_int_equal(f->outcome.pid, pid);
    int64_t again = login_account(f, pid, "again");
    assert_non_null(state_member(person_of(f, again), room_named(f, "lobby")));
}

static void an_operator_may_allow_no_registration(void **state)
{
    struct fixture *f = *state;

    f->rules.registration = false;
    fixture_restart(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, REGISTER, .sid = login(f, "alice"),
               .secret = "$hash");
}

static void there_are_so_many_accounts_and_no_more(void **state)
{
    struct fixture *f = *state;

    f->rules.accounts_max = 1;
    fixture_restart(f);
    int64_t alice = register_guest(f, "alice");
    int64_t bob = login(f, "bob");
    ASSERT_RUN(CHAT_FORBIDDEN, f, REGISTER, .sid = bob, .secret = "$hash");
    ASSERT_RUN(CHAT_OK, f, PASSPHRASE, .sid = alice, .secret = "");
    ASSERT_RUN(CHAT_OK, f, REGISTER, .sid = bob, .secret = "$hash");
}

static void the_secret_is_ones_own_or_of_a_registered_nick(void **state)
{
    struct fixture *f = *state;
    int64_t alice = register_guest(f, "alice");
    int64_t bob = login(f, "bob");

    ASSERT_RUN(CHAT_OK, f, ACCOUNT_GET, .sid = alice);
    assert_int_equal(f->outcome.pid, person_of(f, alice)->pid);
    ASSERT_RUN(CHAT_NOT_FOUND, f, ACCOUNT_GET, .sid = bob);
    ASSERT_RUN(CHAT_NOT_FOUND, f, ACCOUNT_GET, .nick = "bob");
    ASSERT_RUN(CHAT_NOT_FOUND, f, ACCOUNT_GET, .nick = "nobody");
    ASSERT_RUN(CHAT_NOT_FOUND, f, ACCOUNT_GET, .nick = " bad");
    ASSERT_RUN(CHAT_SESSION_REQUIRED, f, ACCOUNT_GET, .sid = 99);
}

static void another_passphrase_ends_the_other_sessions(void **state)
{
    struct fixture *f = *state;
    int64_t alice = register_guest(f, "alice");
    int64_t phone = login_account(f, person_of(f, alice)->pid, "phone");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, PASSPHRASE, .sid = alice, .secret = "$new");
    ASSERT_EVENTS(f, "person_set alice", "session_end alice revoked");
    assert_null(state_session(f->state, phone));
    assert_string_equal(person_of(f, alice)->secret, "$new");
    ASSERT_RUN(CHAT_OK, f, PASSPHRASE, .sid = alice, .secret = "$new");
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, PASSPHRASE, .sid = login(f, "bob"),
               .secret = "$new");
}

static void an_account_that_ends_leaves_everything(void **state)
{
    struct fixture *f = *state;
    int64_t alice = register_guest(f, "alice");
    int64_t pid = person_of(f, alice)->pid;

    login_account(f, pid, "phone");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, PASSPHRASE, .sid = alice, .secret = "");
    ASSERT_EVENTS(f, "leave alice lobby logout 4", "session_end alice revoked",
                  "person_gone alice logout", "session_end alice logout",
                  "person_end alice");
    assert_null(state_person(f->state, pid));
    assert_int_equal(f->state->account_count, 0);
    login(f, "alice");
}

/* ---- the site's own people ---- */

static enum chat_result site_login(struct fixture *f, const char *name,
                                   const char *nick, enum role role)
{
    static int count;
    char token_name[16];
    struct command command = {.type = COMMAND_SESSION_NEW,
                              .kind = PERSON_SITE,
                              .role = role,
                              .name = name,
                              .nick = nick};

    snprintf(token_name, sizeof(token_name), "site%d", ++count);
    token(token_name, command.token_hash);
    return run(f, command);
}

static void a_name_of_the_sites_is_one_person(void **state)
{
    struct fixture *f = *state;

    skip_events(f);
    assert_result(site_login(f, "u17", "alice", ROLE_GUEST), CHAT_OK);
    ASSERT_EVENTS(f, "person_new alice", "session_new alice",
                  "person_back alice back", "join alice lobby 2");
    const struct person *person = person_of(f, f->outcome.sid);
    assert_int_equal(person->kind, PERSON_SITE);
    assert_int_equal(person->role, ROLE_MEMBER);
    assert_string_equal(person->name, "u17");
    assert_result(site_login(f, "u17", "alice", ROLE_GUEST), CHAT_OK);
    assert_ptr_equal(person_of(f, f->outcome.sid), person);
    assert_int_equal(person->session_count, 2);
}

static void the_site_says_what_role_somebody_has(void **state)
{
    struct fixture *f = *state;

    assert_result(site_login(f, "u1", "root", ROLE_ADMIN), CHAT_OK);
    const struct person *person = person_of(f, f->outcome.sid);
    assert_int_equal(person->role, ROLE_ADMIN);
    skip_events(f);
    assert_result(site_login(f, "u1", "root", ROLE_MODERATOR), CHAT_OK);
    ASSERT_EVENTS(f, "person_set root", "role server lobby 3",
                  "session_new root");
    assert_int_equal(person->role, ROLE_MODERATOR);
    assert_result(site_login(f, "u1", "root", ROLE_GUEST), CHAT_OK);
    assert_int_equal(person->role, ROLE_MODERATOR); /* nothing was said */
}

static void a_nick_that_is_taken_gets_a_number(void **state)
{
    struct fixture *f = *state;

    login(f, "alice");
    assert_result(site_login(f, "u1", "alice", ROLE_GUEST), CHAT_OK);
    assert_string_equal(person_of(f, f->outcome.sid)->nick, "alice-2");
    assert_result(site_login(f, "u2", "Alice", ROLE_GUEST), CHAT_OK);
    assert_string_equal(person_of(f, f->outcome.sid)->nick, "Alice-3");
}

static void what_the_site_says_has_bounds(void **state)
{
    struct fixture *f = *state;
    char name[SITE_NAME_BYTES_MAX + 2];

    memset(name, 'n', sizeof(name));
    name[sizeof(name) - 1] = '\0';
    assert_result(site_login(f, name, "alice", ROLE_GUEST), CHAT_BAD_REQUEST);
    assert_result(site_login(f, name + 1, "alice", ROLE_GUEST), CHAT_OK);
    assert_result(site_login(f, "", "bob", ROLE_GUEST), CHAT_BAD_REQUEST);
    assert_result(site_login(f, NULL, "bob", ROLE_GUEST), CHAT_BAD_REQUEST);
    assert_result(site_login(f, "a\nb", "bob", ROLE_GUEST), CHAT_BAD_REQUEST);
    assert_result(site_login(f, "u1", " bad", ROLE_GUEST), CHAT_BAD_NICK);
}

static void only_the_sites_people_come_with_a_role(void **state)
{
    struct fixture *f = *state;
    struct command command = login_as("alice");

    command.role = ROLE_ADMIN;
    assert_result(run(f, command), CHAT_BAD_REQUEST);
    command.kind = PERSON_BOT;
    assert_result(run(f, command), CHAT_BAD_REQUEST);
}

/* ---- roles ---- */

static void an_admin_gives_roles(void **state)
{
    struct fixture *f = *state;
    int64_t admin = login_account(f, account(f, "root", ROLE_ADMIN), "t");
    int64_t bob = login(f, "bob");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, ROLE, .sid = admin, .to = "Bob",
               .word = "moderator");
    ASSERT_EVENTS(f, "person_set bob", "role root lobby 4");
    const struct event *told = &f->log.events[f->log.count - 1];
    assert_int_equal(told->role, ROLE_MODERATOR);
    assert_string_equal(told->to, "bob");
    assert_int_equal(person_of(f, bob)->role, ROLE_MODERATOR);
    ASSERT_RUN(CHAT_OK, f, ROLE, .sid = admin, .to = "bob",
               .word = "moderator");
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, ROLE, .sid = admin, .to = "bob", .word = "guest");
    assert_int_equal(person_of(f, bob)->role, ROLE_GUEST);
}

static void in_a_crowd_no_new_role_is_told(void **state)
{
    struct fixture *f = *state;
    int64_t admin = login_account(f, account(f, "root", ROLE_ADMIN), "t");

    f->state->rules.presence_events_max = 1;
    login(f, "bob");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, ROLE, .sid = admin, .to = "Bob",
               .word = "moderator");
    ASSERT_EVENTS(f, "person_set bob");
}

static void nobody_else_does(void **state)
{
    struct fixture *f = *state;
    int64_t admin = login_account(f, account(f, "root", ROLE_ADMIN), "t");
    int64_t bob = login(f, "bob");

    account(f, "other", ROLE_ADMIN);
    skip_events(f);
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROLE, .sid = bob, .to = "bob",
               .word = "admin");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROLE, .sid = admin, .to = "other",
               .word = "guest");
    ASSERT_RUN(CHAT_NOT_FOUND, f, ROLE, .sid = admin, .to = "nobody",
               .word = "guest");
    ASSERT_RUN(CHAT_BAD_REQUEST, f, ROLE, .sid = admin, .to = "bob",
               .word = "visitor");
    ASSERT_RUN(CHAT_BAD_REQUEST, f, ROLE, .sid = admin, .to = "bob",
               .word = "king");
    ASSERT_NO_EVENTS(f);
}

static void an_admin_may_step_down(void **state)
{
    struct fixture *f = *state;
    int64_t admin = login_account(f, account(f, "root", ROLE_ADMIN), "t");

    ASSERT_RUN(CHAT_OK, f, ROLE, .sid = admin, .to = "root", .word = "member");
    ASSERT_RUN(CHAT_FORBIDDEN, f, ROLE, .sid = admin, .to = "root",
               .word = "admin");
}

static void the_operator_appoints_accounts_alone(void **state)
{
    struct fixture *f = *state;
    int64_t pid = account(f, "root", ROLE_MEMBER);

    login(f, "guest");
    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, APPOINT, .nick = "Root");
    ASSERT_EVENTS(f, "person_set root");
    assert_int_equal(state_person(f->state, pid)->role, ROLE_ADMIN);
    ASSERT_RUN(CHAT_OK, f, APPOINT, .nick = "root");
    ASSERT_RUN(CHAT_NOT_FOUND, f, APPOINT, .nick = "guest");
    ASSERT_RUN(CHAT_NOT_FOUND, f, APPOINT, .nick = "nobody");
    ASSERT_RUN(CHAT_NOT_FOUND, f, APPOINT, .nick = " bad");
    ASSERT_NO_EVENTS(f);
}

/* ---- blocks ---- */

static void somebody_is_blocked_once_and_until_taken_back(void **state)
{
    struct fixture *f = *state;
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");

    skip_events(f);
    ASSERT_RUN(CHAT_OK, f, BLOCK, .sid = alice, .to = "bob", .on = true);
    ASSERT_EVENTS(f, "block alice");
    assert_true(state_has_blocked(person_of(f, alice), bob));
    ASSERT_RUN(CHAT_OK, f, BLOCK, .sid = alice, .to = "bob", .on = true);
    ASSERT_NO_EVENTS(f);
    ASSERT_RUN(CHAT_OK, f, BLOCK, .sid = alice, .to = "bob");
    assert_false(state_has_blocked(person_of(f, alice), bob));
    ASSERT_EVENTS(f, "block alice");
    ASSERT_RUN(CHAT_NOT_FOUND, f, BLOCK, .sid = alice, .to = "nobody",
               .on = true);
    ASSERT_RUN(CHAT_FORBIDDEN, f, BLOCK, .sid = alice, .to = "alice",
               .on = true);
}

static void blocks_are_bounded_and_those_of_the_gone_make_room(void **state)
{
    struct fixture *f = *state;

    f->rules.blocks_max = 2;
    fixture_restart(f);
    int64_t alice = login(f, "alice");
    int64_t bob = login(f, "bob");
    login(f, "carol");
    login(f, "dave");
    ASSERT_RUN(CHAT_OK, f, BLOCK, .sid = alice, .to = "bob", .on = true);
    ASSERT_RUN(CHAT_OK, f, BLOCK, .sid = alice, .to = "carol", .on = true);
    ASSERT_RUN(CHAT_FORBIDDEN, f, BLOCK, .sid = alice, .to = "dave",
               .on = true);
    ASSERT_RUN(CHAT_OK, f, SESSION_END, .sid = bob);
    ASSERT_RUN(CHAT_OK, f, BLOCK, .sid = alice, .to = "dave", .on = true);
    assert_false(state_has_blocked(person_of(f, alice), bob));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_guest_becomes_an_account_where_they_are),
        TEST(the_account_stays_when_its_session_ends),
        TEST(an_operator_may_allow_no_registration),
        TEST(there_are_so_many_accounts_and_no_more),
        TEST(the_secret_is_ones_own_or_of_a_registered_nick),
        TEST(another_passphrase_ends_the_other_sessions),
        TEST(an_account_that_ends_leaves_everything),
        TEST(a_name_of_the_sites_is_one_person),
        TEST(the_site_says_what_role_somebody_has),
        TEST(a_nick_that_is_taken_gets_a_number),
        TEST(what_the_site_says_has_bounds),
        TEST(only_the_sites_people_come_with_a_role),
        TEST(an_admin_gives_roles),
        TEST(in_a_crowd_no_new_role_is_told),
        TEST(nobody_else_does),
        TEST(an_admin_may_step_down),
        TEST(the_operator_appoints_accounts_alone),
        TEST(somebody_is_blocked_once_and_until_taken_back),
        TEST(blocks_are_bounded_and_those_of_the_gone_make_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
