/* Where an outgoing hook may post to, as far as the text of a URL tells. */
#ifndef BROKER_HOOK_URL_H
#define BROKER_HOOK_URL_H

#include "common/result.h"

enum { HOOK_URL_BYTES_MAX = 1000 };

/*
 * Whether `url` is absolute, http or https, ASCII, at most HOOK_URL_BYTES_MAX
 * bytes, with a host, and with no user name (which would be a secret). What
 * its host resolves to is for whoever connects to look at. CHAT_OK or
 * CHAT_BAD_TEXT.
 */
enum chat_result hook_url_check(const char *url);

#endif
