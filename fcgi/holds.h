/*
 * Rooms that have news for their readers but whose answers are held back for
 * a moment, so that one carries several messages. For how long, if at all,
 * fcgi/pace.h says.
 *
 * A message that comes less than a hold after the room's last answer is held
 * for that long, and what comes meanwhile goes with it: in a busy room answers
 * are a hold apart, and the time to the next message. In any other room, and
 * while the hold is zero, a message goes out at once.
 *
 * A poll that arrives for nothing but what is held waits for it as well. What
 * an answer holds is not decided here: it always gets all there is.
 */
#ifndef FCGI_HOLDS_H
#define FCGI_HOLDS_H

#include "common/selector.h"
#include "fcgi/directory.h"
#include "fcgi/pace.h"
#include "fcgi/polls.h"

struct holds;

/* All borrowed for its life. NULL: no memory. */
struct holds_options {
    struct selector *selector;
    struct directory *directory;
    struct polls *polls;
    struct pace *pace;
};
struct holds *holds_new(const struct holds_options *options);
void holds_free(struct holds *holds);

/*
 * The readers of `room` have something new: wakes them (polls_wake_room()),
 * or holds that back and has them answered later.
 */
void holds_news(struct holds *holds, struct known_room *room);

#endif
