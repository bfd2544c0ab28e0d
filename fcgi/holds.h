/*
 * Rooms that have news for their readers but whose answers are held back for
 * a moment, as fcgi/pace.h says. Nothing is decided about what an answer
 * holds: a poll that arrives, or whose time is up, gets all there is.
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
 * or holds that back.
 */
void holds_news(struct holds *holds, struct known_room *room);

/* Answers those who were woken, and counts what that takes. */
void holds_answer(struct holds *holds);

#endif
