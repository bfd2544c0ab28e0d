/*
 * A token is header.payload.signature, each in base64url without padding. The
 * signature is checked first, over the bytes as they came; only then is
 * anything parsed.
 */
#include "fcgi/site_token.h"

#include <fcntl.h>
#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#include "common/log.h"
#include "common/protocol.h"

/* ---- keys ---- */

/* What comes before the 32 bytes in an Ed25519 key's DER (RFC 8410). */
static const unsigned char ed25519_der[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                            0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

static enum chat_result parse_secret(const char *text, size_t length,
                                     struct site_key *key)
{
    while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r'))
        length--;
    if (length < SITE_KEY_BYTES_MIN || length > SITE_KEY_BYTES_MAX)
        return CHAT_BAD_REQUEST;
    memcpy(key->key, text, length);
    key->key_bytes = length;
    return CHAT_OK;
}

static enum chat_result parse_public_key(const char *text, size_t length,
                                         struct site_key *key)
{
    static const char begin[] = "-----BEGIN PUBLIC KEY-----";
    unsigned char der[sizeof(ed25519_der) + crypto_sign_PUBLICKEYBYTES];
    size_t der_bytes;
    const char *base64 = memmem(text, length, begin, sizeof(begin) - 1);

    if (base64 == NULL)
        return CHAT_BAD_REQUEST;
    base64 += sizeof(begin) - 1;
    const char *end =
        memmem(base64, (size_t)(text + length - base64), "-----END", 8);
    if (end == NULL ||
        sodium_base642bin(der, sizeof(der), base64, (size_t)(end - base64),
                          " \r\n", &der_bytes, NULL,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        der_bytes != sizeof(der) ||
        memcmp(der, ed25519_der, sizeof(ed25519_der)) != 0)
        return CHAT_BAD_REQUEST;
    key->key_bytes = crypto_sign_PUBLICKEYBYTES;
    memcpy(key->key, der + sizeof(ed25519_der), key->key_bytes);
    return CHAT_OK;
}

enum chat_result site_key_parse(enum site_algorithm algorithm, const char *text,
                                size_t length, struct site_key *key_out)
{
    struct site_key key = {.algorithm = algorithm};
    enum chat_result result = algorithm == SITE_HS256
                                  ? parse_secret(text, length, &key)
                                  : parse_public_key(text, length, &key);

    if (result == CHAT_OK)
        *key_out = key;
    sodium_memzero(&key, sizeof(key));
    return result;
}

/* The file's bytes; those of one that is longer cannot be a key. */
static enum chat_result read_key(enum site_algorithm algorithm,
                                 const char *path, struct site_key *key_out)
{
    char text[2 * SITE_KEY_BYTES_MAX];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd >= 0 ? read(fd, text, sizeof(text)) : -1;
    enum chat_result result =
        length > 0 ? site_key_parse(algorithm, text, (size_t)length, key_out)
                   : CHAT_BAD_REQUEST;

    if (fd >= 0)
        close(fd);
    sodium_memzero(text, sizeof(text));
    return result;
}

enum chat_result site_key_load(const struct settings *settings,
                               struct site_key *key_out)
{
    const char *algorithm = settings->login.token_algorithm;
    struct site_key key = {.algorithm = SITE_NONE};
    enum chat_result result = CHAT_OK;

    if (strcmp(algorithm, "HS256") == 0)
        result = read_key(SITE_HS256, settings->login.token_key_file, &key);
    else if (strcmp(algorithm, "EdDSA") == 0)
        result = read_key(SITE_EDDSA, settings->login.token_key_file, &key);
    else if (algorithm[0] != '\0')
        result = CHAT_BAD_REQUEST;
    if (result != CHAT_OK) {
        log_error("event=bad_token_key algorithm=\"%s\" file=\"%s\"", algorithm,
                  settings->login.token_key_file);
        return result;
    }
    strcpy(key.audience, settings->login.token_audience);
    *key_out = key;
    return CHAT_OK;
}

/* ---- signatures ---- */

/* Strictly: no padding, no blanks, no stray bits at the end. */
static bool decode(const char *text, size_t length, unsigned char *out,
                   size_t out_bytes, size_t *bytes_out)
{
    return sodium_base642bin(out, out_bytes, text, length, NULL, bytes_out,
                             NULL,
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0;
}

static bool is_hs256(const struct site_key *key, const char *data,
                     size_t length, const unsigned char *signature)
{
    unsigned char expected[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state hashing;

    crypto_auth_hmacsha256_init(&hashing, key->key, key->key_bytes);
    crypto_auth_hmacsha256_update(&hashing, (const unsigned char *)data,
                                  length);
    crypto_auth_hmacsha256_final(&hashing, expected);
    return sodium_memcmp(signature, expected, sizeof(expected)) == 0;
}

static bool is_signed(const struct site_key *key, const char *data,
                      size_t length, const char *signature_text)
{
    unsigned char signature[crypto_sign_BYTES];
    size_t bytes;

    if (!decode(signature_text, strlen(signature_text), signature,
                sizeof(signature), &bytes))
        return false;
    if (key->algorithm == SITE_HS256)
        return bytes == crypto_auth_hmacsha256_BYTES &&
               is_hs256(key, data, length, signature);
    return key->algorithm == SITE_EDDSA && bytes == sizeof(signature) &&
           crypto_sign_verify_detached(signature, (const unsigned char *)data,
                                       length, key->key) == 0;
}

/* ---- what it says ---- */

/* NULL: it is no JSON object in base64url. */
static json_t *parse_part(const char *text, size_t length)
{
    unsigned char data[SITE_TOKEN_BYTES_MAX];
    size_t bytes;

    if (!decode(text, length, data, sizeof(data), &bytes))
        return NULL;
    json_t *json = protocol_parse(data, bytes);
    if (json_is_object(json))
        return json;
    json_decref(json);
    return NULL;
}

static bool is_right_header(const struct site_key *key, const json_t *header)
{
    const char *wanted = key->algorithm == SITE_HS256 ? "HS256" : "EdDSA";
    const char *algorithm;

    return json_get_text(header, "alg", &algorithm) == CHAT_OK &&
           strcmp(algorithm, wanted) == 0 &&
           json_object_get(header, "crit") == NULL;
}

static bool is_now(const json_t *payload, int64_t now_s)
{
    int64_t from_s = 0, until_s;

    return json_get_int(payload, "exp", &until_s) == CHAT_OK &&
           now_s < until_s &&
           json_get_int(payload, "nbf", &from_s) != CHAT_BAD_REQUEST &&
           from_s <= now_s + SITE_CLOCK_SECONDS;
}

static bool is_text(const json_t *json, const char *text)
{
    return json_is_string(json) && strcmp(json_string_value(json), text) == 0;
}

/* "aud" is one text or several (RFC 7519, 4.1.3). */
static bool is_for_us(const struct site_key *key, const json_t *payload)
{
    const json_t *audience = json_object_get(payload, "aud");
    size_t index;
    json_t *one;

    if (key->audience[0] == '\0' || is_text(audience, key->audience))
        return true;
    json_array_foreach (audience, index, one) {
        if (is_text(one, key->audience))
            return true;
    }
    return false;
}

/* Copies a text that is there and fits. */
static bool copy(const char *text, char *out, size_t out_bytes)
{
    size_t length = strlen(text);

    if (length == 0 || length >= out_bytes)
        return false;
    memcpy(out, text, length + 1);
    return true;
}

/* "": nothing is said, and they have the role that they have. */
static bool parse_role(const char *word, enum role *role_out)
{
    return word[0] == '\0' ||
           (role_parse(word, role_out) == CHAT_OK && *role_out != ROLE_VISITOR);
}

enum chat_result site_claims_take(const char *name, const char *nick,
                                  const char *role,
                                  struct site_claims *claims_out)
{
    struct site_claims claims = {.role = ROLE_GUEST};

    if (nick[0] == '\0')
        nick = name;
    if (!copy(name, claims.name, sizeof(claims.name)) ||
        !copy(nick, claims.nick, sizeof(claims.nick)) ||
        !parse_role(role, &claims.role))
        return CHAT_FORBIDDEN;
    *claims_out = claims;
    return CHAT_OK;
}

static bool take_claims(const json_t *payload, struct site_claims *claims_out)
{
    const char *name, *nick = "", *role = "";

    return json_get_text(payload, "sub", &name) == CHAT_OK &&
           json_get_text(payload, "nick", &nick) != CHAT_BAD_REQUEST &&
           json_get_text(payload, "role", &role) != CHAT_BAD_REQUEST &&
           site_claims_take(name, nick, role, claims_out) == CHAT_OK;
}

enum chat_result site_token_check(const struct site_key *key, const char *token,
                                  int64_t now_s, struct site_claims *claims_out)
{
    struct site_claims claims = {.role = ROLE_GUEST};
    size_t header_bytes = strcspn(token, ".");
    const char *payload_text = token + header_bytes + 1;

    if (strnlen(token, SITE_TOKEN_BYTES_MAX + 1) > SITE_TOKEN_BYTES_MAX ||
        token[header_bytes] == '\0')
        return CHAT_FORBIDDEN;
    size_t payload_bytes = strcspn(payload_text, ".");
    const char *dot = payload_text + payload_bytes;
    if (*dot == '\0' || !is_signed(key, token, (size_t)(dot - token), dot + 1))
        return CHAT_FORBIDDEN;
    json_t *header = parse_part(token, header_bytes);
    json_t *payload = parse_part(payload_text, payload_bytes);
    bool right = header != NULL && payload != NULL &&
                 is_right_header(key, header) && is_now(payload, now_s) &&
                 is_for_us(key, payload) && take_claims(payload, &claims);
    json_decref(header);
    json_decref(payload);
    if (!right)
        return CHAT_FORBIDDEN;
    *claims_out = claims;
    return CHAT_OK;
}
