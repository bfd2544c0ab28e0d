/* Where settings come from: files, the folder beside them, the command line. */
#include "tests/unit/unit.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/settings_internal.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
/* ---- files ---- */

/* A folder of the test's own, with a conf.d in it. */
struct folder {
    char path[64];
    char main[128];
};

static void write_file(const struct folder *folder, const char *name,
                       const char *text)
{
    char path[192];

    snprintf(path, sizeof(path), "%s/%s", folder->path, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof(*folder));
    char path[128];

    assert_non_null(folder);
    strcpy(folder->path, "/tmp/test_settings.XXXXXX");
    assert_non_null(mkdtemp(folder->path));
    snprintf(folder->main, sizeof(folder->main), "%s/main.conf", folder->path);
    snprintf(path, sizeof(path), "%s/conf.d", folder->path);
    assert_int_equal(mkdir(path, 0700), 0);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const names[] = {
        "main.conf",     "conf.d/10-a.conf", "conf.d/9-b.conf",
        "conf.d/B.conf", "conf.d/.hid.conf", "conf.d/old.conf~",
        "conf.d/.conf",  "conf.d",           "",
    };
    struct folder *folder = *state;

    for (size_t i = 0; i < COUNT(names); i++) {
        char path[192];
        snprintf(path, sizeof(path), "%s/%s", folder->path, names[i]);
        remove(path);
    }
    assert_int_equal(access(folder->path, F_OK), -1);
    free(folder);
    return 0;
}

static enum chat_result
read_quietly(const char *path, struct settings *settings, char **complaints_out)
{
    size_t length;
    FILE *complaints = open_memstream(complaints_out, &length);

    assert_non_null(complaints);
    enum chat_result result = settings_read(path, complaints, settings);
    fclose(complaints);
    return result;
}

/* The complaints about the folder's files are `expected`, `%s` its path. */
static void assert_refused(const struct folder *folder, const char *expected,
                           enum chat_result result)
{
    struct settings settings = {.limits.rooms = 123};
    char *complaints;

    assert_int_equal(read_quietly(folder->main, &settings, &complaints),
                     result);
    assert_int_equal(settings.limits.rooms, 123);
    assert_memory_equal(complaints, folder->path, strlen(folder->path));
    assert_string_equal(complaints + strlen(folder->path), expected);
    free(complaints);
}

static struct settings read_folder(const struct folder *folder)
{
    struct settings settings;
    char *complaints;

    assert_int_equal(read_quietly(folder->main, &settings, &complaints),
                     CHAT_OK);
    assert_string_equal(complaints, "");
    free(complaints);
    return settings;
}

static void no_file_is_all_defaults(void **state)
{
    struct settings settings;
    char *complaints;

    (void)state;
    assert_int_equal(read_quietly(NULL, &settings, &complaints), CHAT_OK);
    free(complaints);
    assert_int_equal(read_quietly("", &settings, &complaints), CHAT_OK);
    assert_int_equal(settings.limits.rooms, 10000);
    free(complaints);
}

static void missing_file_is_complained_about(void **state)
{
    assert_refused(*state, "/main.conf: No such file or directory\n",
                   CHAT_NOT_FOUND);
}

static void folder_in_place_of_a_file_is_complained_about(void **state)
{
    char path[PATH_MAX];
    struct folder *folder = *state;

    snprintf(path, sizeof(path), "%s/main.conf", folder->path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_refused(folder, "/main.conf: Is a directory\n", CHAT_NOT_FOUND);
}

static void file_is_bounded_in_bytes(void **state)
{
    struct folder *folder = *state;
    FILE *file = fopen(folder->main, "w");

    assert_non_null(file);
    for (int i = 0; i <= SETTINGS_FILE_BYTES_MAX; i++)
        fputc('\n', file);
    fclose(file);
    assert_refused(folder, "/main.conf: larger than 262144 bytes\n",
                   CHAT_BAD_REQUEST);
}

static void conf_d_comes_after_in_the_order_of_names(void **state)
{
    struct folder *folder = *state;

    write_file(folder, "main.conf", "[limits]\nrooms = 1\nsessions = 1\n");
    assert_int_equal(read_folder(folder).limits.rooms, 1);
    write_file(folder, "conf.d/9-b.conf", "[limits]\nrooms = 9\n");
    write_file(folder, "conf.d/10-a.conf",
               "[limits]\nrooms = 10\nposts_burst = 10\n");
    write_file(folder, "conf.d/B.conf", "[limits]\nposts_burst = 11\n");
    struct settings settings = read_folder(folder);
    assert_int_equal(settings.limits.rooms, 9);
    assert_int_equal(settings.limits.sessions, 1);
    assert_int_equal(settings.limits.posts_burst, 11);
}

static void conf_d_ignores_hidden_and_other_files(void **state)
{
    struct folder *folder = *state;

    write_file(folder, "main.conf", "");
    write_file(folder, "conf.d/.hid.conf", "[limits]\nrooms = 9\n");
    write_file(folder, "conf.d/.conf", "[limits]\nrooms = 9\n");
    write_file(folder, "conf.d/old.conf~", "[limits]\nrooms = 9\n");
    assert_int_equal(read_folder(folder).limits.rooms, 10000);
}

static void conf_d_may_be_missing(void **state)
{
    char path[PATH_MAX];
    struct folder *folder = *state;

    snprintf(path, sizeof(path), "%s/conf.d", folder->path);
    assert_int_equal(rmdir(path), 0);
    write_file(folder, "main.conf", "[limits]\nrooms = 1\n");
    assert_int_equal(read_folder(folder).limits.rooms, 1);
}

static void complaints_name_the_file_in_conf_d(void **state)
{
    struct folder *folder = *state;

    write_file(folder, "main.conf", "");
    write_file(folder, "conf.d/B.conf", "[log]\nlevel = 5\n");
    assert_refused(folder,
                   "/conf.d/B.conf:2: [log] level: \"5\" is not a level: "
                   "error, warn, info or debug\n",
                   CHAT_BAD_REQUEST);
}

static void settings_must_fit_each_other(void **state)
{
    struct folder *folder = *state;

    write_file(folder, "main.conf", "[broker]\ntls_key = /k\n");
    assert_refused(folder,
                   "/main.conf: [broker] tls_key without tls_certificate\n",
                   CHAT_BAD_REQUEST);
    write_file(folder, "main.conf", "[limits]\nroom_bytes = 4\n");
    assert_refused(folder,
                   "/main.conf: [chat] default_rooms: \"lobby\" is longer "
                   "than [limits] room_bytes\n",
                   CHAT_BAD_REQUEST);
    write_file(folder, "main.conf",
               "[chat]\ndefault_rooms = a b\n"
               "[limits]\nrooms_per_session = 1\n");
    assert_refused(folder,
                   "/main.conf: [chat] default_rooms: more than [limits] "
                   "rooms_per_session\n",
                   CHAT_BAD_REQUEST);
    write_file(folder, "main.conf", "[chat]\ndefault_rooms =\n");
    assert_string_equal(read_folder(folder).chat.default_rooms, "");
}

/* ---- the manual and the command line ---- */

static void table_has_a_row_for_each_setting(void **state)
{
    char *table;
    size_t length;
    size_t rows = 0;
    FILE *out = open_memstream(&table, &length);

    (void)state;
    assert_non_null(out);
    settings_print_table(out);
    fclose(out);
    for (const char *c = table; *c != '\0'; c++)
        rows += *c == '\n';
    assert_int_equal(rows, settings_count + 2);
    assert_non_null(strstr(table, "| `[limits]` | `text_bytes` | "
                                  "1 to 16000 | `4000` | bytes of a "
                                  "message's text |\n"));
    free(table);
}

static void settings_have_names_of_their_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < settings_count; i++)
        assert_ptr_equal(
            setting_find(settings_table[i].section, settings_table[i].name),
            &settings_table[i]);
}

/* What the program looks at beside. */
static enum chat_result has_few_rooms(const struct settings *settings)
{
    return settings->limits.rooms <= 10000 ? CHAT_OK : CHAT_BAD_REQUEST;
}

/* The exit status for `program` with up to two arguments. */
static int run(char *first, char *second, struct settings *settings)
{
    static const struct settings_program program = {.name = "ajaxchatd",
                                                    .check = has_few_rooms};
    char name[] = "ajaxchatd";
    char *argv[] = {name, first, second, NULL};
    int argc = first == NULL ? 1 : second == NULL ? 2 : 3;

    return settings_command_line(&program, argc, argv, settings);
}

static void command_line_reads_the_file_named(void **state)
{
    struct folder *folder = *state;
    struct settings settings;
    char option[256];
    char check[] = "--check-config";

    snprintf(option, sizeof(option), "--config=%s", folder->main);
    assert_int_equal(run(NULL, NULL, &settings), -1);
    assert_int_equal(settings.limits.rooms, 10000);
    assert_int_equal(run(option, NULL, &settings), 2);
    write_file(folder, "main.conf", "[limits]\nrooms = 7\n");
    assert_int_equal(run(option, NULL, &settings), -1);
    assert_int_equal(settings.limits.rooms, 7);
    assert_int_equal(run(check, option, &settings), 0);
    write_file(folder, "main.conf", "[limits]\nrooms = 10001\n");
    assert_int_equal(run(option, NULL, &settings), -1);
    assert_int_equal(run(option, check, &settings), 2);
    write_file(folder, "main.conf", "[limits]\nrooms = x\n");
    assert_int_equal(run(option, check, &settings), 2);
}

static void command_line_answers_by_itself(void **state)
{
    struct settings settings;
    char help[] = "--help";
    char version[] = "--version";
    char check[] = "--check-config";
    char unknown[] = "--frobnicate";
    char argument[] = "file";

    (void)state;
    assert_int_equal(run(help, NULL, &settings), 0);
    assert_int_equal(run(version, NULL, &settings), 0);
    assert_int_equal(run(check, NULL, &settings), 0);
    assert_int_equal(run(unknown, NULL, &settings), 2);
    assert_int_equal(run(argument, NULL, &settings), 2);
}

static void command_line_sets_above_the_files(void **state)
{
    struct folder *folder = *state;
    struct settings settings;
    char option[256];
    char set[] = "--set=limits.rooms=9";

    snprintf(option, sizeof(option), "--config=%s", folder->main);
    write_file(folder, "main.conf", "[limits]\nrooms = 7\nsessions = 8\n");
    write_file(folder, "conf.d/9-b.conf", "[limits]\nrooms = 8\n");
    assert_int_equal(run(option, set, &settings), -1);
    assert_int_equal(settings.limits.rooms, 9);
    assert_int_equal(settings.limits.sessions, 8);
}

static void command_line_refuses_settings_that_are_none(void **state)
{
    static const char *const bad[] = {
        "--set=limits.rooms",
        "--set=rooms=9",
        "--set=limits.roms=9",
        "--set=limits.rooms=x",
        "--set=limits.rooms=",
        "--set=.=",
        "--set=",
        "--set=limits=rooms.9",
        "--set=limits.rooms=1\n[log]",
    };
    struct settings settings;
    char option[64];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        strcpy(option, bad[i]);
        assert_int_equal(run(option, NULL, &settings), 2);
    }
}

#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_file_is_all_defaults),
        IN_FOLDER(missing_file_is_complained_about),
        IN_FOLDER(folder_in_place_of_a_file_is_complained_about),
        IN_FOLDER(file_is_bounded_in_bytes),
        IN_FOLDER(conf_d_comes_after_in_the_order_of_names),
        IN_FOLDER(conf_d_ignores_hidden_and_other_files),
        IN_FOLDER(conf_d_may_be_missing),
        IN_FOLDER(complaints_name_the_file_in_conf_d),
        IN_FOLDER(settings_must_fit_each_other),
        cmocka_unit_test(table_has_a_row_for_each_setting),
        cmocka_unit_test(settings_have_names_of_their_own),
        IN_FOLDER(command_line_reads_the_file_named),
        cmocka_unit_test(command_line_answers_by_itself),
        IN_FOLDER(command_line_sets_above_the_files),
        cmocka_unit_test(command_line_refuses_settings_that_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
