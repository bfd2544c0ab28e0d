/* The site's tokens: which are taken, and what they say. */
#include "tests/unit/unit.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/site_token.h"

#define SECRET "0123456789abcdef0123456789abcdef"
#define HS256 "{\"alg\":\"HS256\",\"typ\":\"JWT\"}"
#define EDDSA "{\"alg\":\"EdDSA\"}"
#define URLSAFE sodium_base64_VARIANT_URLSAFE_NO_PADDING

enum { NOW_S = 1800000000, TOKEN_MAX = 2 * SITE_TOKEN_BYTES_MAX };

static struct site_key secret_key(void)
{
    struct site_key key;

    assert_true(sodium_init() >= 0);
    assert_int_equal(
        site_key_parse(SITE_HS256, SECRET "\n", strlen(SECRET "\n"), &key),
        CHAT_OK);
    return key;
}

static void append_base64(char *token, const void *data, size_t length)
{
    size_t used = strlen(token);

    /* It fills all that it is given. */
    sodium_bin2base64(token + used, sodium_base64_encoded_len(length, URLSAFE),
                      data, length, URLSAFE);
}

/* "header.payload" */
static void begin_token(char *token, const char *header, const char *payload)
{
    token[0] = '\0';
    append_base64(token, header, strlen(header));
    strcat(token, ".");
    append_base64(token, payload, strlen(payload));
}

/* Signed by HS256 and our secret; it stays until the next. */
static const char *token_of(const char *header, const char *payload)
{
    static char token[TOKEN_MAX];
    unsigned char signature[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state hashing;

    begin_token(token, header, payload);
    crypto_auth_hmacsha256_init(&hashing, (const unsigned char *)SECRET,
                                strlen(SECRET));
    crypto_auth_hmacsha256_update(&hashing, (const unsigned char *)token,
                                  strlen(token));
    crypto_auth_hmacsha256_final(&hashing, signature);
    strcat(token, ".");
    append_base64(token, signature, sizeof(signature));
    return token;
}

static enum chat_result check(const char *token, struct site_claims *claims)
{
    const struct site_key key = secret_key();

    return site_token_check(&key, token, NOW_S, claims);
}

static void assert_refused(const char *token)
{
    struct site_claims claims;

    print_message("%s\n", token);
    assert_int_equal(check(token, &claims), CHAT_FORBIDDEN);
}

static void a_token_says_who_somebody_is(void **state)
{
    struct site_claims claims;

    (void)state;
    assert_int_equal(check(token_of(HS256, "{\"sub\":\"u17\",\"nick\":\"Zoë\","
                                           "\"role\":\"moderator\","
                                           "\"exp\":1800000001}"),
                           &claims),
                     CHAT_OK);
    assert_string_equal(claims.name, "u17");
    assert_string_equal(claims.nick, "Zoë");
    assert_int_equal(claims.role, ROLE_MODERATOR);
    assert_int_equal(
        check(token_of(HS256, "{\"sub\":\"ann\",\"exp\":1800000001}"), &claims),
        CHAT_OK);
    assert_string_equal(claims.nick, "ann");
    assert_int_equal(claims.role, ROLE_GUEST);
}

static void a_token_has_its_time(void **state)
{
    struct site_claims claims;

    (void)state;
    assert_refused(token_of(HS256, "{\"sub\":\"u\",\"exp\":1800000000}"));
    assert_refused(token_of(HS256, "{\"sub\":\"u\"}"));
    assert_refused(token_of(HS256, "{\"sub\":\"u\",\"exp\":\"1900000000\"}"));
    assert_refused(token_of(HS256, "{\"sub\":\"u\",\"exp\":1900000000.5}"));
    assert_refused(token_of(HS256, "{\"sub\":\"u\",\"exp\":1900000000,"
                                   "\"nbf\":1800000031}"));
    assert_refused(token_of(HS256, "{\"sub\":\"u\",\"exp\":1900000000,"
                                   "\"nbf\":\"1\"}"));
    assert_int_equal(check(token_of(HS256, "{\"sub\":\"u\",\"exp\":1900000000,"
                                           "\"nbf\":1800000030}"),
                           &claims),
                     CHAT_OK);
}

static void a_token_that_says_nothing_fit_is_refused(void **state)
{
    char payload[512], name[SITE_NAME_SIZE + 1];

    (void)state;
    assert_refused(token_of(HS256, "{\"exp\":1900000000}"));
    assert_refused(token_of(HS256, "{\"sub\":17,\"exp\":1900000000}"));
    assert_refused(token_of(HS256, "{\"sub\":\"\",\"exp\":1900000000}"));
    assert_refused(token_of(
        HS256, "{\"sub\":\"u\",\"exp\":1900000000,\"role\":\"visitor\"}"));
    assert_refused(token_of(
        HS256, "{\"sub\":\"u\",\"exp\":1900000000,\"role\":\"king\"}"));
    assert_refused(
        token_of(HS256, "{\"sub\":\"u\",\"exp\":1900000000,\"nick\":7}"));
    assert_refused(
        token_of(HS256, "{\"sub\":\"u\",\"sub\":\"v\",\"exp\":1900000000}"));
    assert_refused(token_of(HS256, "[]"));
    assert_refused(token_of(HS256, "not JSON"));
    memset(name, 'n', SITE_NAME_SIZE);
    name[SITE_NAME_SIZE] = '\0';
    snprintf(payload, sizeof(payload), "{\"sub\":\"%s\",\"exp\":1900000000}",
             name);
    assert_refused(token_of(HS256, payload));
}

static void the_algorithm_is_not_the_tokens_to_choose(void **state)
{
    static const char payload[] = "{\"sub\":\"u\",\"exp\":1900000000}";
    char unsigned_token[512];

    (void)state;
    assert_refused(token_of("{\"alg\":\"none\"}", payload));
    assert_refused(token_of("{\"alg\":\"HS512\"}", payload));
    assert_refused(token_of("{\"alg\":\"hs256\"}", payload));
    assert_refused(token_of("{\"typ\":\"JWT\"}", payload));
    assert_refused(token_of(EDDSA, payload));
    assert_refused(token_of("{\"alg\":\"HS256\",\"crit\":[\"exp\"]}", payload));
    begin_token(unsigned_token, "{\"alg\":\"none\"}", payload);
    assert_refused(unsigned_token);
    strcat(unsigned_token, ".");
    assert_refused(unsigned_token);
}

static void a_token_that_was_changed_is_refused(void **state)
{
    struct site_claims claims;
    char token[512];

    (void)state;
    strcpy(token, token_of(HS256, "{\"sub\":\"u\",\"exp\":1900000000}"));
    assert_int_equal(check(token, &claims), CHAT_OK);
    for (size_t i = 0; token[i] != '\0'; i++) {
        char before = token[i];
        token[i] = before == 'A' ? 'B' : 'A';
        assert_int_equal(check(token, &claims), CHAT_FORBIDDEN);
        token[i] = before;
    }
    strcat(token, "A");
    assert_refused(token);
    token[strlen(token) - 1] = '=';
    assert_refused(token);
    assert_refused("");
    assert_refused(".");
    assert_refused("..");
    assert_refused("a.b.c.d");
}

static void a_token_is_bounded(void **state)
{
    static char payload[SITE_TOKEN_BYTES_MAX];

    (void)state;
    memset(payload, ' ', sizeof(payload) - 1);
    memcpy(payload, "{\"sub\":\"u\",\"exp\":1900000000}", 28);
    assert_refused(token_of(HS256, payload));
}

static void ed25519_tokens_need_the_private_key(void **state)
{
    unsigned char public[crypto_sign_PUBLICKEYBYTES];
    unsigned char private[crypto_sign_SECRETKEYBYTES];
    unsigned char signature[crypto_sign_BYTES];
    struct site_key key = {.algorithm = SITE_EDDSA};
    struct site_claims claims;
    char token[1024];

    (void)state;
    assert_true(sodium_init() >= 0);
    crypto_sign_keypair(public, private);
    memcpy(key.key, public, sizeof(public));
    key.key_bytes = sizeof(public);
    begin_token(token, EDDSA, "{\"sub\":\"u\",\"exp\":1900000000}");
    crypto_sign_detached(signature, NULL, (unsigned char *)token, strlen(token),
                         private);
    strcat(token, ".");
    append_base64(token, signature, sizeof(signature));
    assert_int_equal(site_token_check(&key, token, NOW_S, &claims), CHAT_OK);
    key.key[0] ^= 1;
    assert_int_equal(site_token_check(&key, token, NOW_S, &claims),
                     CHAT_FORBIDDEN);
    /* The public key as a secret: the oldest trick with these tokens. */
    assert_int_equal(
        site_token_check(&key,
                         token_of(HS256, "{\"sub\":\"u\",\"exp\":1900000000}"),
                         NOW_S, &claims),
        CHAT_FORBIDDEN);
}

static void a_token_for_others_is_refused_if_we_have_a_name(void **state)
{
    struct site_key key = secret_key();
    struct site_claims claims;

    (void)state;
    strcpy(key.audience, "chat");
    static const struct {
        const char *payload;
        enum chat_result result;
    } cases[] = {
        {"{\"sub\":\"u\",\"exp\":1900000000}", CHAT_FORBIDDEN},
        {"{\"sub\":\"u\",\"exp\":1900000000,\"aud\":\"shop\"}", CHAT_FORBIDDEN},
        {"{\"sub\":\"u\",\"exp\":1900000000,\"aud\":\"chat\"}", CHAT_OK},
        {"{\"sub\":\"u\",\"exp\":1900000000,\"aud\":[\"shop\",\"chat\"]}",
         CHAT_OK},
        {"{\"sub\":\"u\",\"exp\":1900000000,\"aud\":[7]}", CHAT_FORBIDDEN},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_int_equal(site_token_check(&key,
                                          token_of(HS256, cases[i].payload),
                                          NOW_S, &claims),
                         cases[i].result);
}

static void keys_are_what_their_files_hold(void **state)
{
    static const char pem[] =
        "-----BEGIN PUBLIC KEY-----\n"
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n"
        "-----END PUBLIC KEY-----\n";
    struct site_key key;

    (void)state;
    assert_int_equal(site_key_parse(SITE_EDDSA, pem, strlen(pem), &key),
                     CHAT_OK);
    assert_int_equal(key.key[0], 0x19);
    assert_int_equal(key.key[31], 0xe1);
    assert_int_equal(site_key_parse(SITE_EDDSA, pem, strlen(pem) - 30, &key),
                     CHAT_BAD_REQUEST);
    assert_int_equal(site_key_parse(SITE_EDDSA, SECRET, strlen(SECRET), &key),
                     CHAT_BAD_REQUEST);
    assert_int_equal(
        site_key_parse(SITE_HS256, SECRET, strlen(SECRET) - 1, &key),
        CHAT_BAD_REQUEST);
    assert_int_equal(site_key_parse(SITE_HS256, "\n\n", 2, &key),
                     CHAT_BAD_REQUEST);
}

static void the_web_servers_word_has_the_same_bounds(void **state)
{
    struct site_claims claims;

    (void)state;
    assert_int_equal(site_claims_take("u17", "", "", &claims), CHAT_OK);
    assert_string_equal(claims.nick, "u17");
    assert_int_equal(site_claims_take("u17", "ann", "admin", &claims), CHAT_OK);
    assert_int_equal(claims.role, ROLE_ADMIN);
    assert_int_equal(site_claims_take("", "ann", "", &claims), CHAT_FORBIDDEN);
    assert_int_equal(site_claims_take("u17", "ann", "root", &claims),
                     CHAT_FORBIDDEN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_says_who_somebody_is),
        cmocka_unit_test(a_token_has_its_time),
        cmocka_unit_test(a_token_that_says_nothing_fit_is_refused),
        cmocka_unit_test(the_algorithm_is_not_the_tokens_to_choose),
        cmocka_unit_test(a_token_that_was_changed_is_refused),
        cmocka_unit_test(a_token_is_bounded),
        cmocka_unit_test(ed25519_tokens_need_the_private_key),
        cmocka_unit_test(a_token_for_others_is_refused_if_we_have_a_name),
        cmocka_unit_test(keys_are_what_their_files_hold),
        cmocka_unit_test(the_web_servers_word_has_the_same_bounds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
