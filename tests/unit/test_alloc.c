#include "tests/unit/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/alloc.h"

/* Sanitized builds read this: have malloc() fail as it does elsewhere. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static void memory_is_zeroed(void **state)
{
    static const unsigned char zeros[1000];
    unsigned char *memory = alloc_or_die(sizeof(zeros));

    (void)state;
    assert_memory_equal(memory, zeros, sizeof(zeros));
    free(memory);
}

static void nothing_is_also_an_allocation(void **state)
{
    void *memory = alloc_or_die(0);

    (void)state;
    assert_non_null(memory);
    memory = realloc_or_die(memory, 0);
    assert_non_null(memory);
    free(memory);
}

static void growing_keeps_what_was_there(void **state)
{
    char *memory = strdup_or_die("lobby");

    (void)state;
    memory = realloc_or_die(memory, 10000);
    assert_string_equal(memory, "lobby");
    free(memory);
    memory = realloc_or_die(NULL, 10);
    assert_non_null(memory);
    free(memory);
}

/* Status with which a process ends that asks for more than there is. */
static int status_without_memory(void)
{
    volatile size_t too_many = PTRDIFF_MAX;
    int status = -1;
    pid_t child = fork();

    if (child == 0) {
        void *memory = alloc_or_die(too_many);
        _exit(memory == NULL ? 2 : 3);
    }
    if (child < 0 || waitpid(child, &status, 0) != child)
        return -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void without_memory_the_program_ends(void **state)
{
    (void)state;
    assert_int_equal(status_without_memory(), EXIT_FAILURE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed),
        cmocka_unit_test(nothing_is_also_an_allocation),
        cmocka_unit_test(growing_keeps_what_was_there),
        cmocka_unit_test(without_memory_the_program_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
