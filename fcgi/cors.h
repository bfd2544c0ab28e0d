/*
 * Which other sites' pages may use the interface: CORS, as WHATWG Fetch has it.
 * The operator lists their origins; what their browsers must be told are header
 * lines that go out before a reply's own, the same with every reply. Never that
 * credentials are fine: the cookie is for the chat's own pages alone.
 */
#ifndef FCGI_CORS_H
#define FCGI_CORS_H

#include "common/bytes.h"

struct cors;

/* `origins`: as in the setting front.cors_origins. NULL: no memory. */
struct cors *cors_new(const char *origins);
void cors_free(struct cors *cors); /* NULL is fine */

/*
 * The lines for a page of `origin` (NULL: none asks), a part of a reply as
 * reply_part() makes it, borrowed; NULL: that origin is not listed.
 */
struct bytes *cors_lines(const struct cors *cors, const char *origin);

/*
 * The reply to a preflight: what a page may send. `allow` is the header line
 * with the methods that there are. One reference, the caller's; NULL: no
 * memory.
 */
struct bytes *cors_preflight(const char *allow);

#endif
