/* Passphrases: hashed beside the loop, and what came of it told in the loop. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "fcgi/passphrase.h"

struct fixture {
    struct selector *selector;
    struct passphrases *passphrases;
    enum chat_result results[PASSPHRASE_QUEUE_MAX];
    size_t count, wanted;
    char secret[PASSPHRASE_SECRET_SIZE];
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    if (f == NULL || sodium_init() < 0)
        return -1;
    assert_int_equal(selector_new(SELECTOR_EPOLL, &f->selector), CHAT_OK);
    assert_int_equal(passphrases_open(f->selector, &f->passphrases), CHAT_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    passphrases_close(f->passphrases);
    selector_free(f->selector);
    free(f);
    return 0;
}

static void note(void *context, enum chat_result result, const char *secret)
{
    struct fixture *f = context;

    f->results[f->count++] = result;
    if (secret != NULL)
        strcpy(f->secret, secret);
    if (f->count == f->wanted)
        selector_stop(f->selector);
}

/* Waits until so many jobs in all are done. */
static void wait_for(struct fixture *f, size_t count)
{
    f->wanted = count;
    assert_int_equal(selector_run(f->selector), CHAT_OK);
    assert_int_equal(f->count, count);
}

static void start_check(struct fixture *f, const char *passphrase,
                        const char *secret)
{
    assert_int_equal(
        passphrase_check(f->passphrases, passphrase, secret, note, f), CHAT_OK);
}

static void make_secret(struct fixture *f, const char *passphrase)
{
    assert_int_equal(passphrase_hash(f->passphrases, passphrase, note, f),
                     CHAT_OK);
    wait_for(f, 1);
}

static void a_secret_fits_its_passphrase_alone(void **state)
{
    struct fixture *f = *state;

    make_secret(f, "correct horse");
    assert_int_equal(strncmp(f->secret, "$argon2id$", 10), 0);
    assert_null(strstr(f->secret, "horse"));
    start_check(f, "correct horse", f->secret);
    start_check(f, "correct horsf", f->secret);
    start_check(f, "", f->secret);
    wait_for(f, 4);
    assert_int_equal(f->results[1], CHAT_OK);
    assert_int_equal(f->results[2], CHAT_FORBIDDEN);
    assert_int_equal(f->results[3], CHAT_FORBIDDEN);
}

static void nobodys_passphrase_is_always_wrong(void **state)
{
    struct fixture *f = *state;
    char long_secret[PASSPHRASE_SECRET_SIZE + 1];

    memset(long_secret, '$', sizeof(long_secret));
    long_secret[sizeof(long_secret) - 1] = '\0';
    start_check(f, "anything", NULL);
    start_check(f, "", "no hash");
    start_check(f, "anything", long_secret);
    wait_for(f, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(f->results[i], CHAT_FORBIDDEN);
}

static void the_queue_has_an_end(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < PASSPHRASE_QUEUE_MAX; i++)
        start_check(f, "anything", "no hash");
    assert_int_equal(passphrase_check(f->passphrases, "x", "no hash", note, f),
                     CHAT_UNAVAILABLE);
    assert_int_equal(passphrase_hash(f->passphrases, "x", note, f),
                     CHAT_UNAVAILABLE);
    wait_for(f, PASSPHRASE_QUEUE_MAX);
    f->count = 0;
    start_check(f, "anything", "no hash");
    wait_for(f, 1);
}

static void what_is_not_done_when_it_closes_is_told(void **state)
{
    struct fixture *f = *state;

    for (int i = 0; i < 4; i++)
        start_check(f, "anything", NULL);
    passphrases_close(f->passphrases);
    f->passphrases = NULL;
    assert_int_equal(f->count, 4);
    assert_int_equal(f->results[3], CHAT_UNAVAILABLE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_secret_fits_its_passphrase_alone),
        TEST(nobodys_passphrase_is_always_wrong),
        TEST(the_queue_has_an_end),
        TEST(what_is_not_done_when_it_closes_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
