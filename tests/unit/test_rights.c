/*
 * Rights: every cell of the table, asked for real: what somebody of each
 * standing may do in an ordinary room, and what rooms and moderation change.
 */
#include "tests/unit/unit.h"

#include <string.h>

#include "broker/rights.h"

enum { NOW_MS = 1000000 };

/* ---- the table once more, as whoever reads the manual expects it ---- */

/* One column per standing, in their order; "x" has the right. */
static const struct {
    const char *right;
    const char *who; /* visitor outsider invited member moderator owner admin */
} expected[RIGHT_COUNT] = {
    {"know", "x x x x x x x"},         {"read", "x - - x x x x"},
    {"join", "- x x x x x x"},         {"post", "- - - x x x x"},
    {"react", "- - - x x x x"},        {"edit_own", "- - - x x x x"},
    {"delete_own", "- - - x x x x"},   {"delete_any", "- - - - x x x"},
    {"topic", "- - - - x x x"},        {"invite", "- - - - x x x"},
    {"kick", "- - - - x x x"},         {"mute", "- - - - x x x"},
    {"ban", "- - - - x x x"},          {"undo", "- - - - x x x"},
    {"report", "- - - x x x x"},       {"approve", "- - - - x x x"},
    {"audit", "- - - - x x x"},        {"export", "- - - x x x x"},
    {"settings", "- - - - - x x"},     {"rank", "- - - - - x x"},
    {"hooks", "- - - - - x x"},        {"rename", "- - - - - x x"},
    {"delete_room", "- - - - - x x"},  {"make_room", "- x - x x - x"},
    {"direct", "- x - x x - x"},       {"server_ban", "- - - - x - x"},
    {"server_audit", "- - - - x - x"}, {"roles", "- - - - - - x"},
    {"bots", "- - - - - - x"},
};

static bool is_expected(enum standing standing, enum right right)
{
    return expected[right].who[2 * (int)standing] == 'x';
}

/* ---- somebody of each standing ---- */

/* A person, a room, and what the one is in the other. */
struct scene {
    struct room room;
    struct person person;
    struct member member;
    struct rights_question question;
};

static void scene_set(struct scene *scene, enum standing standing)
{
    static const enum rank ranks[STANDING_COUNT] = {
        [STANDING_MODERATOR] = RANK_MODERATOR, [STANDING_OWNER] = RANK_OWNER};
    bool is_in = standing >= STANDING_MEMBER;

    *scene = (struct scene){.room = {.settings = room_settings_default()}};
    scene->person.role = standing == STANDING_ADMIN ? ROLE_ADMIN : ROLE_GUEST;
    scene->member.rank = ranks[standing];
    scene->member.joined_seq = is_in ? 7 : 0;
    scene->member.invited = standing == STANDING_INVITED;
    scene->question = (struct rights_question){
        .person = standing == STANDING_VISITOR ? NULL : &scene->person,
        .room = &scene->room,
        .member = is_in || scene->member.invited ? &scene->member : NULL,
        .wall_ms = NOW_MS,
    };
}

/* In the server the role alone counts. */
static void scene_set_server(struct scene *scene, enum standing standing)
{
    static const enum role roles[STANDING_COUNT] = {
        [STANDING_MEMBER] = ROLE_MEMBER,
        [STANDING_MODERATOR] = ROLE_MODERATOR,
        [STANDING_ADMIN] = ROLE_ADMIN,
    };

    *scene = (struct scene){.person = {.role = roles[standing]}};
    scene->question = (struct rights_question){
        .person = standing == STANDING_VISITOR ? NULL : &scene->person};
}

static void assert_check(const struct scene *scene, enum right right,
                         enum chat_result result)
{
    assert_string_equal(chat_result_code(rights_check(&scene->question, right)),
                        chat_result_code(result));
}

/* ---- every cell ---- */

static void the_table_is_the_one_expected(void **state)
{
    (void)state;
    for (int right = 0; right < RIGHT_COUNT; right++) {
        assert_string_equal(right_word((enum right)right),
                            expected[right].right);
        for (int standing = 0; standing < STANDING_COUNT; standing++)
            assert_int_equal(
                rights_table((enum standing)standing, (enum right)right),
                is_expected((enum standing)standing, (enum right)right));
    }
}

static void each_standing_is_recognised(void **state)
{
    struct scene scene;

    (void)state;
    for (int standing = 0; standing < STANDING_COUNT; standing++) {
        scene_set(&scene, (enum standing)standing);
        assert_string_equal(standing_word(rights_standing(&scene.question)),
                            standing_word((enum standing)standing));
    }
}

/* What is said to whoever lacks the right, or would have to join first. */
static enum chat_result answer_expected(enum standing standing,
                                        enum right right)
{
    bool is_in = standing >= STANDING_MEMBER;

    if (is_expected(standing, right))
        return CHAT_OK;
    return !is_in && is_expected(STANDING_MEMBER, right) ? CHAT_NOT_MEMBER
                                                         : CHAT_FORBIDDEN;
}

static void in_an_ordinary_room_the_table_is_what_counts(void **state)
{
    struct scene scene;

    (void)state;
    for (int standing = 0; standing < STANDING_COUNT; standing++) {
        scene_set(&scene, (enum standing)standing);
        for (int right = 0; right < RIGHT_MAKE_ROOM; right++)
            assert_check(
                &scene, (enum right)right,
                answer_expected((enum standing)standing, (enum right)right));
    }
}

static void in_the_server_the_role_is_what_counts(void **state)
{
    static const enum standing standings[] = {
        STANDING_VISITOR, STANDING_OUTSIDER, STANDING_MEMBER,
        STANDING_MODERATOR, STANDING_ADMIN};
    struct scene scene;

    (void)state;
    for (size_t i = 0; i < sizeof(standings) / sizeof(standings[0]); i++) {
        scene_set_server(&scene, standings[i]);
        assert_int_equal(rights_standing(&scene.question), standings[i]);
        for (int right = RIGHT_MAKE_ROOM; right < RIGHT_COUNT; right++)
            assert_check(&scene, (enum right)right,
                         is_expected(standings[i], (enum right)right)
                             ? CHAT_OK
                             : CHAT_FORBIDDEN);
    }
}

/* ---- rooms not everybody may know of ---- */

static void a_private_room_is_there_for_the_invited_alone(void **state)
{
    struct scene scene;

    (void)state;
    for (int standing = 0; standing < STANDING_COUNT; standing++) {
        scene_set(&scene, (enum standing)standing);
        scene.room.settings.access = ROOM_PRIVATE;
        for (int right = 0; right < RIGHT_MAKE_ROOM; right++)
            assert_check(&scene, (enum right)right,
                         standing < STANDING_INVITED
                             ? CHAT_NO_ROOM
                             : answer_expected((enum standing)standing,
                                               (enum right)right));
    }
}

static void the_passphrase_is_an_invitation(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_OUTSIDER);
    scene.room.settings.access = ROOM_PRIVATE;
    assert_check(&scene, RIGHT_JOIN, CHAT_NO_ROOM);
    scene.question.verified = true;
    assert_check(&scene, RIGHT_JOIN, CHAT_OK);
    assert_check(&scene, RIGHT_READ, CHAT_NOT_MEMBER);
}

static void a_direct_room_is_for_its_two_whatever_others_are(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_ADMIN);
    scene.room.settings.access = ROOM_DIRECT;
    assert_check(&scene, RIGHT_POST, CHAT_OK);
    assert_check(&scene, RIGHT_KICK, CHAT_FORBIDDEN);
    assert_int_equal(rights_standing(&scene.question), STANDING_MEMBER);
    scene.question.member = NULL;
    for (int right = 0; right < RIGHT_MAKE_ROOM; right++)
        assert_check(&scene, (enum right)right, CHAT_NO_ROOM);
}

static void a_rank_counts_in_the_room_and_is_a_way_back_into_it(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_OWNER);
    scene.room.settings.access = ROOM_PRIVATE;
    scene.member.joined_seq = 0;
    assert_int_equal(rights_standing(&scene.question), STANDING_INVITED);
    assert_check(&scene, RIGHT_SETTINGS, CHAT_FORBIDDEN);
    assert_check(&scene, RIGHT_JOIN, CHAT_OK);
}

static void a_servers_moderator_is_one_in_every_room(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_OUTSIDER);
    scene.room.settings.access = ROOM_PRIVATE;
    scene.person.role = ROLE_MODERATOR;
    assert_int_equal(rights_standing(&scene.question), STANDING_MODERATOR);
    assert_check(&scene, RIGHT_READ, CHAT_OK);
    assert_check(&scene, RIGHT_KICK, CHAT_OK);
    assert_check(&scene, RIGHT_POST, CHAT_NOT_MEMBER);
    assert_check(&scene, RIGHT_SETTINGS, CHAT_FORBIDDEN);
}

/* ---- banned, muted, archived, announcements ---- */

static void who_is_banned_may_do_nothing_but_know_of_it(void **state)
{
    struct scene scene;

    (void)state;
    for (int standing = 0; standing < STANDING_ADMIN; standing++) {
        scene_set(&scene, (enum standing)standing);
        scene.question.banned = true;
        assert_check(&scene, RIGHT_KNOW, CHAT_OK);
        for (int right = RIGHT_READ; right < RIGHT_MAKE_ROOM; right++)
            assert_check(&scene, (enum right)right, CHAT_BANNED);
    }
    scene_set_server(&scene, STANDING_MODERATOR);
    scene.question.banned = true;
    assert_check(&scene, RIGHT_DIRECT, CHAT_BANNED);
}

static void an_admin_is_not_kept_out(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_ADMIN);
    scene.question.banned = true;
    assert_check(&scene, RIGHT_POST, CHAT_OK);
    scene_set_server(&scene, STANDING_ADMIN);
    scene.question.banned = true;
    assert_check(&scene, RIGHT_ROLES, CHAT_OK);
}

static bool is_speech(enum right right)
{
    return right == RIGHT_POST || right == RIGHT_REACT ||
           right == RIGHT_EDIT_OWN;
}

static void who_is_muted_reads_and_does_not_write(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_MEMBER);
    scene.member.muted_until_ms = NOW_MS + 1;
    for (int right = 0; right < RIGHT_MAKE_ROOM; right++)
        assert_check(&scene, (enum right)right,
                     is_speech((enum right)right)
                         ? CHAT_MUTED
                         : answer_expected(STANDING_MEMBER, (enum right)right));
    scene.member.muted_until_ms = NOW_MS; /* over */
    assert_check(&scene, RIGHT_POST, CHAT_OK);
    scene.member.muted_until_ms = INT64_MAX;
    assert_check(&scene, RIGHT_POST, CHAT_MUTED);
}

static void in_an_archived_room_nobody_says_any_more(void **state)
{
    struct scene scene;

    (void)state;
    for (int standing = STANDING_MEMBER; standing < STANDING_COUNT;
         standing++) {
        scene_set(&scene, (enum standing)standing);
        scene.room.settings.archived = true;
        for (int right = 0; right < RIGHT_MAKE_ROOM; right++)
            assert_check(&scene, (enum right)right,
                         is_speech((enum right)right)
                             ? CHAT_FORBIDDEN
                             : answer_expected((enum standing)standing,
                                               (enum right)right));
    }
}

static void announcements_come_from_moderators(void **state)
{
    struct scene scene;

    (void)state;
    for (int standing = STANDING_MEMBER; standing < STANDING_COUNT;
         standing++) {
        scene_set(&scene, (enum standing)standing);
        scene.room.settings.posting = POSTING_MODERATORS;
        assert_check(&scene, RIGHT_POST,
                     standing >= STANDING_MODERATOR ? CHAT_OK : CHAT_FORBIDDEN);
        assert_check(&scene, RIGHT_REACT, CHAT_OK);
    }
}

static void a_room_may_hear_accounts_alone(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_MEMBER);
    scene.room.settings.posting = POSTING_MEMBERS;
    assert_check(&scene, RIGHT_POST, CHAT_FORBIDDEN);
    scene.person.role = ROLE_MEMBER;
    assert_check(&scene, RIGHT_POST, CHAT_OK);
    scene_set(&scene, STANDING_OWNER); /* a guest's own room */
    scene.room.settings.posting = POSTING_MEMBERS;
    assert_check(&scene, RIGHT_POST, CHAT_OK);
}

static void the_reasons_have_their_order(void **state)
{
    struct scene scene;

    (void)state;
    scene_set(&scene, STANDING_OUTSIDER);
    scene.room.settings.access = ROOM_PRIVATE;
    scene.room.settings.archived = true;
    scene.question.banned = true;
    assert_check(&scene, RIGHT_POST, CHAT_NO_ROOM);
    scene.question.verified = true;
    assert_check(&scene, RIGHT_POST, CHAT_BANNED);
    scene.question.banned = false;
    assert_check(&scene, RIGHT_POST, CHAT_NOT_MEMBER);
    scene.question.member = &scene.member;
    scene.member.joined_seq = 7;
    scene.member.muted_until_ms = INT64_MAX;
    assert_check(&scene, RIGHT_POST, CHAT_MUTED);
    scene.member.muted_until_ms = 0;
    assert_check(&scene, RIGHT_POST, CHAT_FORBIDDEN);
}

/* ---- against others ---- */

static void only_a_higher_standing_outranks(void **state)
{
    struct scene one, other;

    (void)state;
    for (int a = 0; a < STANDING_COUNT; a++) {
        for (int b = 0; b < STANDING_COUNT; b++) {
            scene_set(&one, (enum standing)a);
            scene_set(&other, (enum standing)b);
            assert_int_equal(rights_outranks(&one.question, &other.question),
                             a > b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_table_is_the_one_expected),
        cmocka_unit_test(each_standing_is_recognised),
        cmocka_unit_test(in_an_ordinary_room_the_table_is_what_counts),
        cmocka_unit_test(in_the_server_the_role_is_what_counts),
        cmocka_unit_test(a_private_room_is_there_for_the_invited_alone),
        cmocka_unit_test(the_passphrase_is_an_invitation),
        cmocka_unit_test(a_direct_room_is_for_its_two_whatever_others_are),
        cmocka_unit_test(a_rank_counts_in_the_room_and_is_a_way_back_into_it),
        cmocka_unit_test(a_servers_moderator_is_one_in_every_room),
        cmocka_unit_test(who_is_banned_may_do_nothing_but_know_of_it),
        cmocka_unit_test(an_admin_is_not_kept_out),
        cmocka_unit_test(who_is_muted_reads_and_does_not_write),
        cmocka_unit_test(in_an_archived_room_nobody_says_any_more),
        cmocka_unit_test(announcements_come_from_moderators),
        cmocka_unit_test(a_room_may_hear_accounts_alone),
        cmocka_unit_test(the_reasons_have_their_order),
        cmocka_unit_test(only_a_higher_standing_outranks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
