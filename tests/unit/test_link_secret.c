#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/link.h"

static char folder[64];
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/test_link_secret.XXXXXX");
    if (mkdtemp(folder) == NULL)
        return -1;
    snprintf(path, sizeof(path), "%s/secret", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails if something was left behind */
}

static void write_file(const char *text, mode_t mode)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    assert_int_equal(fchmod(fd, mode), 0);
    close(fd);
}

#define DIGITS                                                                 \
    "00112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100"

static void secret_file_is_read(void **state)
{
    unsigned char secret[LINK_SECRET_BYTES];

    (void)state;
    write_file(DIGITS "\n", 0640);
    assert_int_equal(link_secret_load(path, false, secret), CHAT_OK);
    assert_int_equal(secret[0], 0x00);
    assert_int_equal(secret[1], 0x11);
    assert_int_equal(secret[16], 0xff);
    assert_int_equal(secret[31], 0x00);
}

static void secret_without_newline_is_read(void **state)
{
    unsigned char secret[LINK_SECRET_BYTES];

    (void)state;
    write_file(DIGITS, 0600);
    assert_int_equal(link_secret_load(path, false, secret), CHAT_OK);
}

static void missing_secret_is_not_found(void **state)
{
    unsigned char secret[LINK_SECRET_BYTES];

    (void)state;
    assert_int_equal(link_secret_load(path, false, secret), CHAT_NOT_FOUND);
}

static void secret_open_to_others_is_forbidden(void **state)
{
    unsigned char secret[LINK_SECRET_BYTES];

    (void)state;
    write_file(DIGITS "\n", 0644);
    assert_int_equal(link_secret_load(path, true, secret), CHAT_FORBIDDEN);
    assert_int_equal(chmod(path, 0602), 0);
    assert_int_equal(link_secret_load(path, true, secret), CHAT_FORBIDDEN);
}

static void what_is_no_secret_is_refused(void **state)
{
    static const char *const texts[] = {
        "",
        "\n",
        "short\n",
        DIGITS "0\n",
        DIGITS "\n\n",
        DIGITS " \n",
        "g0112233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100\n",
        "00:12233445566778899aabbccddeeffFFEEDDCCBBAA99887766554433221100\n"};
    unsigned char secret[LINK_SECRET_BYTES];

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        memset(secret, 7, sizeof(secret));
        write_file(texts[i], 0600);
        assert_int_equal(link_secret_load(path, true, secret),
                         CHAT_BAD_REQUEST);
        assert_int_equal(secret[0], 7); /* out-parameters only on CHAT_OK */
    }
}

static void folder_is_no_secret(void **state)
{
    unsigned char secret[LINK_SECRET_BYTES];

    (void)state;
    assert_int_equal(link_secret_load(folder, true, secret), CHAT_BAD_REQUEST);
}

static void new_secret_is_private_and_stays(void **state)
{
    unsigned char made[LINK_SECRET_BYTES];
    unsigned char read_again[LINK_SECRET_BYTES];
    struct stat status;

    (void)state;
    assert_int_equal(link_secret_load(path, true, made), CHAT_OK);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_int_equal(status.st_size, 2 * LINK_SECRET_BYTES + 1);
    assert_int_equal(status.st_nlink, 1);
    assert_int_equal(link_secret_load(path, true, read_again), CHAT_OK);
    assert_memory_equal(made, read_again, sizeof(made));
}

static void secret_cannot_be_made_in_no_folder(void **state)
{
    unsigned char secret[LINK_SECRET_BYTES];
    char nowhere[256];

    (void)state;
    snprintf(nowhere, sizeof(nowhere), "%s/none/secret", folder);
    assert_int_equal(link_secret_load(nowhere, true, secret), CHAT_SYSTEM);
}

enum { MAKERS = 8 };

/* A child: waits for the start, writes the secret it gets to `results`. */
static void make_and_tell(int start, int results)
{
    unsigned char secret[LINK_SECRET_BYTES];
    char go;

    if (read(start, &go, 1) != 0) /* until the parent closes its end */
        _exit(1);
    if (link_secret_load(path, true, secret) != CHAT_OK)
        _exit(2);
    if (write(results, secret, sizeof(secret)) != sizeof(secret))
        _exit(3);
    _exit(0);
}

static void makers_at_once_get_the_same_secret(void **state)
{
    unsigned char first[LINK_SECRET_BYTES];
    unsigned char other[LINK_SECRET_BYTES];
    pid_t makers[MAKERS];
    int start[2];
    int results[2];

    (void)state;
    assert_int_equal(pipe(start), 0);
    assert_int_equal(pipe(results), 0);
    for (int i = 0; i < MAKERS; i++) {
        makers[i] = fork();
        assert_true(makers[i] >= 0);
        if (makers[i] == 0) {
            close(start[1]);
            make_and_tell(start[0], results[1]);
        }
    }
    close(start[1]);
    for (int i = 0; i < MAKERS; i++) {
        int status;
        assert_int_equal(waitpid(makers[i], &status, 0), makers[i]);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
    }
    assert_int_equal(read(results[0], first, sizeof(first)), sizeof(first));
    for (int i = 1; i < MAKERS; i++) {
        assert_int_equal(read(results[0], other, sizeof(other)), sizeof(other));
        assert_memory_equal(first, other, sizeof(first));
    }
    close(start[0]);
    close(results[0]);
    close(results[1]);
}

#define IN_FOLDER(test)                                                        \
    cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(secret_file_is_read),
        IN_FOLDER(secret_without_newline_is_read),
        IN_FOLDER(missing_secret_is_not_found),
        IN_FOLDER(secret_open_to_others_is_forbidden),
        IN_FOLDER(what_is_no_secret_is_refused),
        IN_FOLDER(folder_is_no_secret),
        IN_FOLDER(new_secret_is_private_and_stays),
        IN_FOLDER(secret_cannot_be_made_in_no_folder),
        IN_FOLDER(makers_at_once_get_the_same_secret),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
