/*
 * The site's own tokens, by which its people log in: JSON Web Tokens (RFC
 * 7519) in compact form, signed by HS256 or EdDSA (Ed25519). Which of the two
 * is the operator's word, never the token's. Checking is pure: outside bytes
 * in, claims out.
 */
#ifndef FCGI_SITE_TOKEN_H
#define FCGI_SITE_TOKEN_H

#include <stddef.h>
#include <stdint.h>

#include "common/event.h"
#include "common/names.h"
#include "common/result.h"
#include "common/settings.h"

enum {
    SITE_TOKEN_BYTES_MAX = 4096,
    SITE_NAME_SIZE = 256, /* NUL included */
    SITE_KEY_BYTES_MAX = 1024,
    SITE_KEY_BYTES_MIN = 32, /* of a secret: as long as what it makes */
    /* By how much the site's clock may be ahead of ours. */
    SITE_CLOCK_SECONDS = 30,
};

enum site_algorithm { SITE_NONE, SITE_HS256, SITE_EDDSA };

struct site_key {
    enum site_algorithm algorithm;
    unsigned char key[SITE_KEY_BYTES_MAX];
    size_t key_bytes;
    char audience[SETTING_SIZE]; /* that a token must name; "": any, or none */
};

/* Who somebody is, by the site's word. */
struct site_claims {
    char name[SITE_NAME_SIZE]; /* "sub" */
    char nick[NICK_SIZE];      /* "nick", or as the name */
    enum role role;            /* "role"; ROLE_GUEST: it does not say */
};

/*
 * The key that the settings name. CHAT_OK (also when there is none: SITE_NONE)
 * or CHAT_BAD_REQUEST, logged: it cannot be read, or cannot be such a key.
 */
enum chat_result site_key_load(const struct settings *settings,
                               struct site_key *key_out);

/*
 * A key from the bytes of its file: of HS256 the secret, less a line end; of
 * EdDSA a public key in PEM. CHAT_OK or CHAT_BAD_REQUEST.
 */
enum chat_result site_key_parse(enum site_algorithm algorithm, const char *text,
                                size_t length, struct site_key *key_out);

/*
 * Checks `token` at `now_s` (seconds since 1970): signed by `key`, "exp" there
 * and not past, "nbf" not to come, "sub" there, nothing "crit"ical.
 * CHAT_OK or CHAT_FORBIDDEN.
 */
enum chat_result site_token_check(const struct site_key *key, const char *token,
                                  int64_t now_s,
                                  struct site_claims *claims_out);

/*
 * The same from what the web server says of somebody; `nick` and `role` may be
 * "". CHAT_OK or CHAT_FORBIDDEN: too long, or there is no such role.
 */
enum chat_result site_claims_take(const char *name, const char *nick,
                                  const char *role,
                                  struct site_claims *claims_out);

#endif
