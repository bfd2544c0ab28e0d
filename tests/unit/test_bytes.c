#include <string.h>

#include "common/bytes.h"
#include "tests/unit/unit.h"

static void new_bytes_are_a_copy_with_one_reference(void **state)
{
    char text[] = "hello";
    struct bytes *bytes = bytes_new(text, 5);

    (void)state;
    assert_non_null(bytes);
    text[0] = 'j';
    assert_int_equal(bytes->refs, 1);
    assert_int_equal(bytes->length, 5);
    assert_memory_equal(bytes->data, "hello", 5);
    bytes_drop(bytes);
}

static void new_bytes_without_data_are_room_to_fill(void **state)
{
    struct bytes *bytes = bytes_new(NULL, 1000);

    (void)state;
    assert_non_null(bytes);
    memset(bytes->data, 'x', 1000);
    assert_int_equal(bytes->length, 1000);
    bytes_drop(bytes);
}

static void new_bytes_may_be_empty(void **state)
{
    struct bytes *bytes = bytes_new("", 0);

    (void)state;
    assert_non_null(bytes);
    assert_int_equal(bytes->length, 0);
    bytes_drop(bytes);
}

static void length_that_overflows_is_no_memory(void **state)
{
    (void)state;
    assert_null(bytes_new(NULL, SIZE_MAX));
    assert_null(bytes_new(NULL, SIZE_MAX - sizeof(struct bytes) + 1));
}

static void bytes_live_until_the_last_reference_is_dropped(void **state)
{
    struct bytes *bytes = bytes_new("abc", 3);

    (void)state;
    assert_non_null(bytes);
    assert_ptr_equal(bytes_share(bytes), bytes);
    assert_int_equal(bytes->refs, 2);
    bytes_drop(bytes);
    assert_int_equal(bytes->refs, 1);
    assert_memory_equal(bytes->data, "abc", 3);
    bytes_drop(bytes);
}

static void drop_of_nothing_is_fine(void **state)
{
    (void)state;
    bytes_drop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(new_bytes_are_a_copy_with_one_reference),
        cmocka_unit_test(new_bytes_without_data_are_room_to_fill),
        cmocka_unit_test(new_bytes_may_be_empty),
        cmocka_unit_test(length_that_overflows_is_no_memory),
        cmocka_unit_test(bytes_live_until_the_last_reference_is_dropped),
        cmocka_unit_test(drop_of_nothing_is_fine),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
