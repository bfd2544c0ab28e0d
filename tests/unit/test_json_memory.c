#include "tests/unit/unit.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "common/json_memory.h"
#include "common/protocol.h"

static int use(void **state)
{
    (void)state;
    json_memory_use();
    return 0;
}

/* An array of `count` objects, each with its number and a text of it. */
static json_t *numbered(int count)
{
    json_t *all = json_array();

    for (int i = 0; i < count; i++)
        json_array_append_new(
            all, json_pack("{s:i, s:o}", "i", i, "text",
                           json_sprintf("the text of number %d", i)));
    return all;
}

static void assert_numbered(const json_t *all, int count)
{
    char text[64];

    assert_int_equal(json_array_size(all), count);
    for (int i = 0; i < count; i++) {
        const json_t *object = json_array_get(all, (size_t)i);
        snprintf(text, sizeof(text), "the text of number %d", i);
        assert_int_equal(json_integer_value(json_object_get(object, "i")), i);
        assert_string_equal(json_string_value(json_object_get(object, "text")),
                            text);
    }
}

static void values_stay_whole_over_many_blocks(void **state)
{
    json_t *all = numbered(10000);

    (void)state;
    assert_numbered(all, 10000);
    json_decref(all);
}

static void a_kept_value_outlives_its_neighbours(void **state)
{
    json_t *kept[100];

    (void)state;
    for (size_t i = 0; i < 100; i++) {
        json_t *all = numbered(100);
        kept[i] = json_incref(json_array_get(all, i));
        json_decref(all);
    }
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(json_integer_value(json_object_get(kept[i], "i")), i);
        json_decref(kept[i]);
    }
}

static void a_text_of_any_length_has_room(void **state)
{
    enum { BYTES_MAX = 300000 };
    char *text = malloc(BYTES_MAX + 1);

    (void)state;
    for (size_t length = 1; length <= BYTES_MAX; length = length * 3 + 1) {
        memset(text, 'x', length);
        text[length] = '\0';
        json_t *before = json_string("before");
        json_t *json = json_string(text);
        json_t *after = json_string("after");
        assert_string_equal(json_string_value(json), text);
        assert_string_equal(json_string_value(before), "before");
        assert_string_equal(json_string_value(after), "after");
        json_decref(json);
        json_decref(before);
        json_decref(after);
    }
    free(text);
}

static void what_is_parsed_is_what_was_written(void **state)
{
    json_t *all = numbered(3000);
    size_t length = 0;
    char *text = protocol_dump(all, &length);

    (void)state;
    json_decref(all);
    all = protocol_parse(text, length);
    assert_numbered(all, 3000);
    json_decref(all);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_stay_whole_over_many_blocks),
        cmocka_unit_test(a_kept_value_outlives_its_neighbours),
        cmocka_unit_test(a_text_of_any_length_has_room),
        cmocka_unit_test(what_is_parsed_is_what_was_written),
    };

    return cmocka_run_group_tests(tests, use, NULL);
}
