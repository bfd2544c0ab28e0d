#include "fcgi/pace.h"

/*
 * What an answer to a parked poll and the poll that follows it cost nginx and
 * the front end together; tests/bench measures it. It only has to be of the
 * right size: the hold moves with the share it gives.
 */
#define ANSWER_SECONDS 35e-6

/* Shares of the processors between which the hold grows. */
#define IDLE_SHARE 0.25
#define BUSY_SHARE 0.75

/* The average is moved on this often, by half of what is new. */
#define STEP_MS 50

void pace_init(struct pace *pace, int processors, int64_t hold_ms_max,
               int64_t now_ms)
{
    *pace = (struct pace){
        .answers_per_second_max = processors / ANSWER_SECONDS,
        .hold_ms_max = hold_ms_max,
        .since_ms = now_ms,
    };
}

static void move_on(struct pace *pace, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - pace->since_ms;

    if (elapsed_ms < STEP_MS)
        return;
    double newest = 1000.0 * (double)pace->counted / (double)elapsed_ms;
    /* After a pause of several steps nothing of the old average is left. */
    double kept = elapsed_ms < 4 * STEP_MS ? 0.5 : 0.0;
    pace->answers_per_second =
        kept * pace->answers_per_second + (1.0 - kept) * newest;
    pace->counted = 0;
    pace->since_ms = now_ms;
}

void pace_count(struct pace *pace, uint64_t answers, int64_t now_ms)
{
    pace->counted += answers;
    move_on(pace, now_ms);
}

int64_t pace_hold_ms(struct pace *pace, int64_t now_ms)
{
    move_on(pace, now_ms);
    double share = pace->answers_per_second / pace->answers_per_second_max;
    double load = (share - IDLE_SHARE) / (BUSY_SHARE - IDLE_SHARE);

    if (load <= 0.0)
        return 0;
    return (int64_t)((load < 1.0 ? load : 1.0) * (double)pace->hold_ms_max);
}
