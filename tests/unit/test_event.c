/* The words of events and commands, each way. */
#include "tests/unit/unit.h"

#include "common/command.h"
#include "common/event.h"

static void every_event_type_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        enum event_type type;
        const char *word = event_type_word((enum event_type)i);
        assert_int_equal(event_type_parse(word, &type), CHAT_OK);
        assert_int_equal(type, i);
    }
}

static void the_server_s_events_are_in_no_room(void **state)
{
    (void)state;
    assert_true(event_type_in_room(EVENT_MESSAGE));
    assert_true(event_type_in_room(EVENT_ROOM));
    assert_false(event_type_in_room(EVENT_SESSION_NEW));
    assert_false(event_type_in_room(EVENT_PERSON_BACK));
}

static void every_reason_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_REASON_COUNT; i++) {
        enum event_reason reason;
        const char *word = event_reason_word((enum event_reason)i);
        assert_int_equal(event_reason_parse(word, &reason), CHAT_OK);
        assert_int_equal(reason, i);
    }
    assert_string_equal(event_reason_word(REASON_NONE), "");
}

static void every_role_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < ROLE_COUNT; i++) {
        enum role role;
        assert_int_equal(role_parse(role_word((enum role)i), &role), CHAT_OK);
        assert_int_equal(role, i);
    }
    assert_string_equal(role_word(ROLE_GUEST), "guest");
}

static void roles_are_ordered_from_visitor_to_admin(void **state)
{
    static const enum role ascending[] = {
        ROLE_VISITOR, ROLE_GUEST, ROLE_MEMBER, ROLE_MODERATOR, ROLE_ADMIN,
    };

    (void)state;
    assert_int_equal(sizeof(ascending) / sizeof(ascending[0]), ROLE_COUNT);
    for (int i = 0; i < ROLE_COUNT; i++)
        assert_int_equal(role_level(ascending[i]), i);
}

static void every_rank_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < RANK_COUNT; i++) {
        enum rank rank;
        assert_int_equal(rank_parse(rank_word((enum rank)i), &rank), CHAT_OK);
        assert_int_equal(rank, i);
    }
    assert_string_equal(rank_word(RANK_NONE), "");
}

static void every_kind_of_person_has_a_word_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < PERSON_KIND_COUNT; i++) {
        enum person_kind kind;
        const char *word = person_kind_word((enum person_kind)i);
        assert_int_equal(person_kind_parse(word, &kind), CHAT_OK);
        assert_int_equal(kind, i);
    }
}

static void unknown_words_are_refused_and_nothing_is_set(void **state)
{
    enum event_type type = EVENT_TYPE_COUNT;
    enum event_reason reason = EVENT_REASON_COUNT;
    enum role role = ROLE_COUNT;
    enum rank rank = RANK_COUNT;
    enum person_kind kind = PERSON_KIND_COUNT;

    (void)state;
    assert_int_equal(rank_parse("own", &rank), CHAT_BAD_REQUEST);
    assert_int_equal(person_kind_parse("", &kind), CHAT_BAD_REQUEST);
    assert_int_equal(rank, RANK_COUNT);
    assert_int_equal(kind, PERSON_KIND_COUNT);
    assert_int_equal(event_type_parse("massage", &type), CHAT_BAD_REQUEST);
    assert_int_equal(event_type_parse("", &type), CHAT_BAD_REQUEST);
    assert_int_equal(event_reason_parse("Left", &reason), CHAT_BAD_REQUEST);
    assert_int_equal(role_parse("guest ", &role), CHAT_BAD_REQUEST);
    assert_int_equal(type, EVENT_TYPE_COUNT);
    assert_int_equal(reason, EVENT_REASON_COUNT);
    assert_int_equal(role, ROLE_COUNT);
}

static void commands_of_the_wire_are_known_by_their_words(void **state)
{
    (void)state;
    for (int i = 0; i < COMMAND_GONE; i++) {
        enum command_type type;
        const char *word = command_type_word((enum command_type)i);
        assert_int_equal(command_type_parse(word, &type), CHAT_OK);
        assert_int_equal(type, i);
    }
}

static void the_broker_s_own_commands_are_refused(void **state)
{
    (void)state;
    for (int i = COMMAND_GONE; i < COMMAND_TYPE_COUNT; i++) {
        enum command_type type;
        const char *word = command_type_word((enum command_type)i);
        assert_int_equal(command_type_parse(word, &type), CHAT_BAD_REQUEST);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_event_type_has_a_word_of_its_own),
        cmocka_unit_test(the_server_s_events_are_in_no_room),
        cmocka_unit_test(every_reason_has_a_word_of_its_own),
        cmocka_unit_test(every_role_has_a_word_of_its_own),
        cmocka_unit_test(roles_are_ordered_from_visitor_to_admin),
        cmocka_unit_test(every_rank_has_a_word_of_its_own),
        cmocka_unit_test(every_kind_of_person_has_a_word_of_its_own),
        cmocka_unit_test(unknown_words_are_refused_and_nothing_is_set),
        cmocka_unit_test(commands_of_the_wire_are_known_by_their_words),
        cmocka_unit_test(the_broker_s_own_commands_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
