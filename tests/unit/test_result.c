#include <string.h>

#include "common/result.h"
#include "tests/unit/unit.h"

static void ok_is_zero(void **state)
{
    (void)state;
    assert_int_equal(CHAT_OK, 0);
    assert_string_equal(chat_result_code(CHAT_OK), "ok");
    assert_string_equal(chat_result_code(CHAT_NOT_MEMBER), "not_member");
}

static void every_code_parses_back_to_its_result(void **state)
{
    (void)state;
    for (int i = 0; i < CHAT_RESULT_COUNT; i++) {
        enum chat_result parsed = CHAT_RESULT_COUNT;
        const char *code = chat_result_code((enum chat_result)i);
        assert_int_equal(chat_result_parse(code, &parsed), CHAT_OK);
        assert_int_equal(parsed, i);
    }
}

static void codes_are_lower_case_words(void **state)
{
    (void)state;
    for (int i = 0; i < CHAT_RESULT_COUNT; i++) {
        const char *code = chat_result_code((enum chat_result)i);
        assert_true(*code != '\0');
        assert_int_equal(strspn(code, "abcdefghijklmnopqrstuvwxyz_"),
                         strlen(code));
    }
}

static void unknown_code_is_refused_and_sets_nothing(void **state)
{
    static const char *const codes[] = {"", "OK", "ok ", "not_membe", "gone"};
    enum chat_result parsed = CHAT_FULL;

    (void)state;
    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
        assert_int_equal(chat_result_parse(codes[i], &parsed),
                         CHAT_BAD_REQUEST);
        assert_int_equal(parsed, CHAT_FULL);
    }
}

static void result_out_of_range_has_a_code_too(void **state)
{
    (void)state;
    assert_string_equal(chat_result_code(CHAT_RESULT_COUNT), "system");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ok_is_zero),
        cmocka_unit_test(every_code_parses_back_to_its_result),
        cmocka_unit_test(codes_are_lower_case_words),
        cmocka_unit_test(unknown_code_is_refused_and_sets_nothing),
        cmocka_unit_test(result_out_of_range_has_a_code_too),
    };
    return cmocka_run_group_tests_name("result", tests, NULL, NULL);
}
