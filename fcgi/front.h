/*
 * The front end: HTTP on one side, the broker on the other, and between them
 * caches that may be lost at any time. One thread, one loop.
 */
#ifndef FCGI_FRONT_H
#define FCGI_FRONT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/address.h"
#include "common/link.h"
#include "common/result.h"
#include "common/selector.h"
#include "common/settings.h"
#include "fcgi/backend.h"
#include "fcgi/call.h"
#include "fcgi/cors.h"
#include "fcgi/demand.h"
#include "fcgi/directory.h"
#include "fcgi/holds.h"
#include "fcgi/http.h"
#include "fcgi/pace.h"
#include "fcgi/passphrase.h"
#include "fcgi/polls.h"
#include "fcgi/presence.h"
#include "fcgi/site_token.h"
#include "fcgi/window.h"

/* What the calls (fcgi/call.h) and routes work on. */
struct front {
    const struct settings *settings;
    unsigned char secret[LINK_SECRET_BYTES];
    unsigned char address_key[ADDRESS_KEY_BYTES];
    struct selector *selector;
    struct http_server *http;
    struct backend *backend;
    struct window window;
    struct directory *directory;
    struct polls *polls;
    struct demand demand;
    struct pace pace;
    struct holds *holds;
    struct presence *presence;
    struct passphrases *passphrases;
    struct site_key site_key;
    struct cors *cors;
    struct calls calls;
    uint64_t poll_arrivals; /* polls that have come, to tell their order */
    json_t *limits;         /* as sessions are told */
    bool stopping;
    struct selector_stream stop_watch;
    struct selector_timer stop_deadline;
};

/*
 * Opens everything; `settings` is borrowed. CHAT_OK, or the reason, logged.
 */
enum chat_result front_open(const struct settings *settings,
                            struct front **front_out);

/*
 * Serves until SIGTERM or SIGINT (which must be blocked in all threads); then
 * answers what is parked and under way, and CHAT_OK. CHAT_SYSTEM: waiting
 * failed.
 */
enum chat_result front_run(struct front *front);

/* NULL is fine. */
void front_close(struct front *front);

#endif
