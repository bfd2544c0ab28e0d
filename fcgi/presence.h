/*
 * Presence: tells the broker which sessions are here. A session with a parked
 * poll is; others are for as long as their last request is not too long ago,
 * which the broker decides. What is told is "seen N ms ago", in batches, often
 * enough for the grace time, and at once when somebody may have been gone.
 */
#ifndef FCGI_PRESENCE_H
#define FCGI_PRESENCE_H

#include "common/result.h"
#include "common/selector.h"
#include "fcgi/backend.h"
#include "fcgi/directory.h"

struct presence;

/*
 * All borrowed for its life. Also lets the directory forget sessions that
 * have asked for nothing for some minutes. NULL: no memory.
 */
struct presence *presence_new(struct selector *selector,
                              struct backend *backend,
                              struct directory *directory, int64_t grace_ms);
void presence_free(struct presence *presence);

/* `session` has made a request just now. */
void presence_seen(struct presence *presence, struct known_session *session);

/* The broker knows that by itself: a command of the session is on its way. */
void presence_reported(struct known_session *session);

#endif
