/*
 * Any bytes as a key file and as a token. What is taken must be within its
 * bounds. They are also signed as they are, or else nothing behind a signature
 * would ever be looked at.
 */
#include "tests/fuzz/fuzz.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "fcgi/site_token.h"

static struct site_key key = {.algorithm = SITE_HS256, .key_bytes = 32};

static void check_claims(const char *token)
{
    struct site_claims claims;

    if (site_token_check(&key, token, 1000, &claims) != CHAT_OK)
        return;
    require(claims.name[0] != '\0' && strlen(claims.name) < SITE_NAME_SIZE);
    require(claims.nick[0] != '\0' && strlen(claims.nick) < NICK_SIZE);
    require(claims.role != ROLE_VISITOR);
}

/* `text` is header.payload; its signature is put behind. */
static void check_signed(const char *text, size_t length)
{
    unsigned char signature[crypto_auth_hmacsha256_BYTES];
    char base64[64];
    char *token = malloc(length + sizeof(base64) + 2);
    crypto_auth_hmacsha256_state hashing;

    if (token == NULL)
        return;
    crypto_auth_hmacsha256_init(&hashing, key.key, key.key_bytes);
    crypto_auth_hmacsha256_update(&hashing, (const unsigned char *)text,
                                  length);
    crypto_auth_hmacsha256_final(&hashing, signature);
    sodium_bin2base64(base64, sizeof(base64), signature, sizeof(signature),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    memcpy(token, text, length);
    sprintf(token + length, ".%s", base64);
    check_claims(token);
    free(token);
}

static void check_key(const char *text, size_t length)
{
    struct site_key parsed;

    if (site_key_parse(SITE_HS256, text, length, &parsed) == CHAT_OK)
        require(parsed.key_bytes >= SITE_KEY_BYTES_MIN &&
                parsed.key_bytes <= SITE_KEY_BYTES_MAX);
    if (site_key_parse(SITE_EDDSA, text, length, &parsed) == CHAT_OK)
        require(parsed.key_bytes == crypto_sign_PUBLICKEYBYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);

    if (text == NULL)
        return 0;
    if (size > 0)
        memcpy(text, data, size);
    text[size] = '\0';
    check_key(text, size);
    check_claims(text);
    check_signed(text, strlen(text));
    free(text);
    return 0;
}
