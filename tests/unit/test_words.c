/* The list of words that are not wanted. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "broker/words.h"

static struct words *parsed(const char *list)
{
    struct words *words = NULL;
    size_t line = 0;

    assert_int_equal(words_parse(list, strlen(list), &words, &line), CHAT_OK);
    return words;
}

static void assert_masked(const char *list, const char *text,
                          const char *expected)
{
    struct words *words = parsed(list);
    char *masked = words_mask(words, text);

    assert_string_equal(masked, expected);
    assert_int_equal(words_are_in(words, text), strcmp(text, expected) != 0);
    free(masked);
    words_free(words);
}

static void words_are_found_whole_and_in_any_case(void **state)
{
    (void)state;
    assert_masked("spam\n", "spam, SPAM and Spam!", "****, **** and ****!");
    assert_masked("spam\n", "spammer antispam", "spammer antispam");
    assert_masked("spam", "", "");
    assert_masked("", "spam", "spam");
}

static void beginnings_are_found_in_longer_words(void **state)
{
    (void)state;
    assert_masked("spam*\n", "spam spammer antispam", "**** ******* antispam");
    assert_masked("a*\nabc*\n", "b abcd", "b ****");
}

static void words_of_all_scripts_are_masked_by_character(void **state)
{
    (void)state;
    assert_masked("дурак\n", "ты ДУРАК!", "ты *****!");
    assert_masked("\xc3\xa4"
                  "ffchen\n",
                  "so ein \xc3\x84"
                  "FFCHEN",
                  "so ein *******");
    /* full-width letters are the same word */
    assert_masked("ab\n", "\xef\xbd\x81\xef\xbd\x82", "**");
}

static void comments_and_empty_lines_say_nothing(void **state)
{
    (void)state;
    assert_masked("# not these\n\nspam\r\n#ham\n", "spam ham", "**** ham");
}

static void assert_refused(const char *list, size_t length, size_t line)
{
    struct words *words = NULL;
    size_t line_out = 0;

    assert_int_equal(words_parse(list, length, &words, &line_out),
                     CHAT_BAD_REQUEST);
    assert_int_equal(line_out, line);
}

static void what_is_no_word_is_refused_with_its_line(void **state)
{
    char longer[WORD_BYTES_MAX + 2];

    (void)state;
    assert_refused("good\ntwo words\n", 15, 2);
    assert_refused("*\n", 2, 1);
    assert_refused("a\nb\n\xff\xfe\n", 7, 3);
    assert_refused("a\0b", 3, 1);
    memset(longer, 'a', sizeof(longer));
    assert_refused(longer, sizeof(longer) - 1, 1);
}

static void a_list_has_a_bound(void **state)
{
    char *list = malloc((WORDS_MAX + 1) * 8);
    size_t length = 0;

    (void)state;
    assert_non_null(list);
    for (int i = 0; i <= WORDS_MAX; i++)
        length += (size_t)sprintf(list + length, "w%d\n", i);
    assert_refused(list, length, WORDS_MAX + 1);
    free(list);
}

static void a_file_that_is_not_there_is_no_list(void **state)
{
    struct words *words = NULL;

    (void)state;
    assert_int_equal(words_read("/nowhere/words", &words), CHAT_SYSTEM);
    assert_null(words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_found_whole_and_in_any_case),
        cmocka_unit_test(beginnings_are_found_in_longer_words),
        cmocka_unit_test(words_of_all_scripts_are_masked_by_character),
        cmocka_unit_test(comments_and_empty_lines_say_nothing),
        cmocka_unit_test(what_is_no_word_is_refused_with_its_line),
        cmocka_unit_test(a_list_has_a_bound),
        cmocka_unit_test(a_file_that_is_not_there_is_no_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
