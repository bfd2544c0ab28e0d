/* The log's lines are read back from a file that stands in for stderr. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "tests/unit/unit.h"

/* Where stderr goes meanwhile; no assertion may fail in between. */
struct capture {
    int stderr_fd;
    int file_fd;
};

static void capture_begin(struct capture *capture)
{
    char path[] = "/tmp/test_log.XXXXXX";

    capture->file_fd = mkstemp(path);
    assert_true(capture->file_fd >= 0);
    unlink(path);
    capture->stderr_fd = dup(STDERR_FILENO);
    assert_true(capture->stderr_fd >= 0);
    dup2(capture->file_fd, STDERR_FILENO);
}

/* What was written, cut to `out_bytes`, with a NUL. */
static void capture_end(struct capture *capture, char *out, size_t out_bytes)
{
    dup2(capture->stderr_fd, STDERR_FILENO);
    close(capture->stderr_fd);
    ssize_t length = pread(capture->file_fd, out, out_bytes - 1, 0);
    close(capture->file_fd);
    assert_true(length >= 0);
    out[length] = '\0';
}

static void line_has_time_program_pid_level_and_text(void **state)
{
    struct capture capture;
    char written[2000], middle[64];

    (void)state;
    log_setup("chatty", LOG_LEVEL_INFO);
    capture_begin(&capture);
    log_info("event=%s room=%s seq=%d", "room_created", "dev", 17);
    capture_end(&capture, written, sizeof(written));

    assert_int_equal(written[10], 'T');
    snprintf(middle, sizeof(middle), "Z chatty[%ld] info ", (long)getpid());
    char *found = strstr(written, middle);
    assert_non_null(found);
    assert_int_equal(found - written, strlen("2000-01-01T00:00:00.000"));
    assert_string_equal(found + strlen(middle),
                        "event=room_created room=dev seq=17\n");
}

static void levels_beyond_the_most_verbose_are_silent(void **state)
{
    struct capture capture;
    char written[2000];

    (void)state;
    log_setup("chatty", LOG_LEVEL_WARN);
    capture_begin(&capture);
    log_debug("one");
    log_info("two");
    log_warn("three");
    log_error("four");
    capture_end(&capture, written, sizeof(written));
    assert_null(strstr(written, "one"));
    assert_null(strstr(written, "two"));
    assert_non_null(strstr(written, " warn three\n"));
    assert_non_null(strstr(written, " error four\n"));
}

static void long_line_is_cut_and_still_ends(void **state)
{
    static char text[5000];
    struct capture capture;
    char written[8000];

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    log_setup("chatty", LOG_LEVEL_INFO);
    capture_begin(&capture);
    log_info("%s", text);
    log_info("%s", "next");
    capture_end(&capture, written, sizeof(written));
    char *end = strchr(written, '\n');
    assert_non_null(end);
    assert_int_equal(end - written, 999);
    assert_non_null(strstr(end, " info next\n"));
}

static void quoted_text_is_one_harmless_word(void **state)
{
    static const struct {
        const char *text;
        const char *quoted;
    } cases[] = {
        {"", "\"\""},
        {"plain text", "\"plain text\""},
        {"a\nb\x1b[0m", "\"a\\x0ab\\x1b[0m\""},
        {"say \"hi\" \\", "\"say \\x22hi\\x22 \\x5c\""},
        {"\xc3\xa9\x7f", "\"\\xc3\\xa9\\x7f\""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(LOG_QUOTED(cases[i].text), cases[i].quoted);
}

/* The buffers are as large as said, so that a sanitizer sees more. */
static void quoted_text_is_cut_to_its_buffer(void **state)
{
    static const char text[] = "\n\n\n\nabcdefghijklmnopqrstuvwxyz\n";

    (void)state;
    for (size_t size = 3; size < 64; size++) {
        char *out = malloc(size);
        assert_non_null(out);
        assert_ptr_equal(log_quote(text, out, size), out);
        size_t length = strlen(out);
        assert_in_range(length, 2, size - 1);
        assert_int_equal(out[0], '"');
        assert_int_equal(out[length - 1], '"');
        free(out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_has_time_program_pid_level_and_text),
        cmocka_unit_test(levels_beyond_the_most_verbose_are_silent),
        cmocka_unit_test(long_line_is_cut_and_still_ends),
        cmocka_unit_test(quoted_text_is_one_harmless_word),
        cmocka_unit_test(quoted_text_is_cut_to_its_buffer),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
