/*
 * The pace: how long the answers of a busy room are held back so that one
 * answer carries several messages (fcgi/holds.h). An answer costs nginx and us
 * some tens of microseconds whatever it carries; when many are to be given,
 * fewer and fuller ones keep the site quick.
 *
 * How much there is to do is measured, not reckoned up: it is the share of the
 * time in which the front end's thread wanted a processor, that is had one or
 * waited for one (fcgi/demand.h). Its waiting tells of nginx, the broker and
 * whoever else is on the same processors; its running, of itself, who has but
 * one thread. The hold grows with that share, from none where processors are
 * idle at times to the setting (front.hold_ms_max) where they never are. As
 * holding makes the share smaller it settles in between.
 *
 * Pure; what is measured and the clock are passed in.
 */
#ifndef FCGI_PACE_H
#define FCGI_PACE_H

#include <stdint.h>

/* How long the thread has wanted a processor so far, in nanoseconds. */
typedef int64_t pace_demand_fn(void *context);

/* `hold_ms_max` 0: never holds an answer back. */
struct pace_options {
    pace_demand_fn *demand;
    void *context; /* of `demand` */
    int64_t hold_ms_max;
};

struct pace {
    struct pace_options options;
    double share; /* a moving average */
    int64_t demand_ns;
    int64_t since_ms; /* when that was */
};

/* `now_ms` is the monotonic clock, here and below. */
void pace_init(struct pace *pace, const struct pace_options *options,
               int64_t now_ms);

/* How long the messages of a busy room are to be held just now; 0: not. */
int64_t pace_hold_ms(struct pace *pace, int64_t now_ms);

#endif
