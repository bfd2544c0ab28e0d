/*
 * The pace: how long the answers of a busy room are held back so that one
 * answer carries several messages. An answer costs nginx and us some tens of
 * microseconds whatever it carries; when many are to be given, fewer and
 * fuller ones keep the site quick.
 *
 * A room gets at most one answer per hold, and the first message after a calm
 * goes out at once, so a calm room never waits. The hold is zero while the
 * processors are idle: it grows with the share of them that the answers of
 * the last moments took, by estimate, from none at a quarter to the setting
 * (front.hold_ms_max) at three quarters. Pure; the clock is passed in.
 */
#ifndef FCGI_PACE_H
#define FCGI_PACE_H

#include <stdint.h>

struct pace {
    double answers_per_second_max; /* that would take all processors */
    int64_t hold_ms_max;
    double answers_per_second; /* a moving average */
    uint64_t counted;          /* since `since_ms` */
    int64_t since_ms;
};

/*
 * `processors`: how many the programs may run on, at least 1; `hold_ms_max` 0:
 * never holds. `now_ms` is the monotonic clock, here and below.
 */
void pace_init(struct pace *pace, int processors, int64_t hold_ms_max,
               int64_t now_ms);

/* `answers` were given. */
void pace_count(struct pace *pace, uint64_t answers, int64_t now_ms);

/* How long a room's answers are to be apart just now; 0: not at all. */
int64_t pace_hold_ms(struct pace *pace, int64_t now_ms);

#endif
