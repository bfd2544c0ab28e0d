#include "tests/unit/store_fixture.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_store(struct fixture *f)
{
    store_close(f->store);
    f->store = NULL;
}

static void assert_refused(struct fixture *f, enum chat_result expected)
{
    struct store *store = NULL;

    assert_int_equal(store_open(f->path, &store), expected);
    assert_null(store);
}

/* ---- as another program would ---- */

static sqlite3 *connect_other(struct fixture *f)
{
    sqlite3 *other;

    assert_int_equal(sqlite3_open(f->path, &other), SQLITE_OK);
    return other;
}

/* Runs `sql` on the database while the store is closed. */
static void change_database(struct fixture *f, const char *sql)
{
    sqlite3 *other = connect_other(f);

    assert_int_equal(sqlite3_exec(other, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");

    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void assert_pragma(struct fixture *f, const char *sql,
                          const char *expected)
{
    sqlite3_stmt *pragma;

    assert_int_equal(
        sqlite3_prepare_v2(f->store->database, sql, -1, &pragma, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_step(pragma), SQLITE_ROW);
    assert_string_equal(column_text(pragma, 0), expected);
    sqlite3_finalize(pragma);
}

/* ---- what is opened ---- */

static void commits_are_synced_in_a_wal(void **state)
{
    assert_pragma(*state, "PRAGMA journal_mode", "wal");
    assert_pragma(*state, "PRAGMA synchronous", "2");
}

static void the_epoch_is_8_to_16_of_a_to_z_and_digits(void **state)
{
    struct fixture *f = *state;
    const char *epoch = store_epoch(f->store);

    assert_in_range(strlen(epoch), 8, 16);
    assert_int_equal(strspn(epoch, "abcdefghijklmnopqrstuvwxyz0123456789"),
                     strlen(epoch));
}

static void the_epoch_is_the_databases_for_ever(void **state)
{
    struct fixture *f = *state;
    char epoch[EPOCH_SIZE];

    strcpy(epoch, store_epoch(f->store));
    fixture_reopen(f);
    assert_string_equal(store_epoch(f->store), epoch);
    close_store(f);
    assert_int_equal(remove(f->path), 0);
    assert_int_equal(store_open(f->path, &f->store), CHAT_OK);
    assert_string_not_equal(store_epoch(f->store), epoch);
}

static void assert_private(struct fixture *f, const char *suffix)
{
    char path[100];
    struct stat status;

    snprintf(path, sizeof(path), "%s%s", f->path, suffix);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void its_files_are_private_whatever_the_umask(void **state)
{
    struct fixture *f = *state;
    mode_t before = umask(0);

    close_store(f);
    assert_int_equal(remove(f->path), 0);
    assert_int_equal(store_open(f->path, &f->store), CHAT_OK);
    make_rooms(f, 1);
    umask(before);
    assert_private(f, "");
    assert_private(f, "-wal");
    assert_private(f, ".lock");
}

static void closing_leaves_one_file_that_is_whole(void **state)
{
    struct fixture *f = *state;
    char wal[100];

    make_rooms(f, 1);
    close_store(f);
    snprintf(wal, sizeof(wal), "%s-wal", f->path);
    assert_int_not_equal(access(wal, F_OK), 0);
    store_close(NULL);
}

static void an_empty_file_is_taken(void **state)
{
    struct fixture *f = *state;

    close_store(f);
    write_file(f->path, "");
    fixture_reopen(f);
    make_rooms(f, 1);
}

static void a_creation_that_was_interrupted_goes_on(void **state)
{
    struct fixture *f = *state;

    close_store(f);
    change_database(f, "DELETE FROM meta");
    fixture_reopen(f);
    assert_in_range(strlen(store_epoch(f->store)), 8, 16);
}

/* ---- what is refused ---- */

static void a_second_store_is_refused_until_the_first_is_closed(void **state)
{
    struct fixture *f = *state;

    assert_refused(f, CHAT_IN_USE);
    assert_refused(f, CHAT_IN_USE); /* the refusal has taken nothing away */
    make_rooms(f, 1);
    fixture_reopen(f);
}

static void the_lock_file_is_locked_for_all_others(void **state)
{
    struct fixture *f = *state;
    char path[100];

    snprintf(path, sizeof(path), "%s.lock", f->path);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_not_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    close_store(f);
    assert_int_equal(flock(fd, LOCK_SH | LOCK_NB), 0);
    close(fd);
}

static void the_lock_file_names_its_holder(void **state)
{
    struct fixture *f = *state;
    char path[100], text[32] = "", expected[32];

    snprintf(path, sizeof(path), "%s.lock", f->path);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    snprintf(expected, sizeof(expected), "%ld\n", (long)getpid());
    assert_string_equal(text, expected);
}

static void a_reader_keeps_nobody_from_starting_and_writing(void **state)
{
    struct fixture *f = *state;

    close_store(f);
    sqlite3 *other = connect_other(f);
    assert_int_equal(sqlite3_exec(other, "BEGIN; SELECT count(*) FROM event",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    fixture_reopen(f);
    assert_int_equal(store_probe(f->store), CHAT_OK);
    assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static void a_newer_schema_is_refused(void **state)
{
    struct fixture *f = *state;

    close_store(f);
    change_database(f, "PRAGMA user_version = 1000");
    assert_refused(f, CHAT_UNSUPPORTED);
}

static void a_file_that_is_no_database_is_refused_and_kept(void **state)
{
    struct fixture *f = *state;
    char text[100] = "";

    close_store(f);
    write_file(f->path, "Dear diary, today I set up a chat.\n");
    assert_refused(f, CHAT_SYSTEM);
    FILE *file = fopen(f->path, "r");
    assert_non_null(file);
    assert_non_null(fgets(text, sizeof(text), file));
    fclose(file);
    assert_string_equal(text, "Dear diary, today I set up a chat.\n");
}

static void somebody_elses_database_is_refused(void **state)
{
    struct fixture *f = *state;

    close_store(f);
    assert_int_equal(remove(f->path), 0);
    change_database(f, "CREATE TABLE invoice (amount)");
    assert_refused(f, CHAT_SYSTEM);
    change_database(f, "INSERT INTO invoice VALUES (1)");
}

static void an_older_one_without_its_tables_is_refused(void **state)
{
    struct fixture *f = *state;

    close_store(f);
    change_database(f, "DROP INDEX event_shown");
    assert_refused(f, CHAT_SYSTEM);
}

static void a_missing_folder_is_refused(void **state)
{
    struct store *store = NULL;

    (void)state;
    assert_int_equal(store_open("/nonexistent/chat.db", &store), CHAT_SYSTEM);
    assert_null(store);
}

int main(void)
{
#define TEST(name)                                                             \
    cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(commits_are_synced_in_a_wal),
        TEST(the_epoch_is_8_to_16_of_a_to_z_and_digits),
        TEST(the_epoch_is_the_databases_for_ever),
        TEST(its_files_are_private_whatever_the_umask),
        TEST(closing_leaves_one_file_that_is_whole),
        TEST(an_empty_file_is_taken),
        TEST(a_creation_that_was_interrupted_goes_on),
        TEST(a_second_store_is_refused_until_the_first_is_closed),
        TEST(the_lock_file_is_locked_for_all_others),
        TEST(the_lock_file_names_its_holder),
        TEST(a_reader_keeps_nobody_from_starting_and_writing),
        TEST(a_newer_schema_is_refused),
        TEST(a_file_that_is_no_database_is_refused_and_kept),
        TEST(somebody_elses_database_is_refused),
        TEST(an_older_one_without_its_tables_is_refused),
        TEST(a_missing_folder_is_refused),
    };
#undef TEST

    return cmocka_run_group_tests(tests, NULL, NULL);
}
