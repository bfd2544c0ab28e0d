#include "fcgi/pace.h"

/*
 * From tests/bench, with all on one processor: the front end wants it for a
 * tenth of the time when a fifth of it is used, for 0.4 when 0.84 are, for 0.5
 * when it is full, and for 0.8 when there is far more to do than can be done.
 */
#define IDLE_SHARE 0.45
#define BUSY_SHARE 0.75

/* The average is moved on this often at most, by half of what is new. */
#define STEP_MS 50

void pace_init(struct pace *pace, const struct pace_options *options,
               int64_t now_ms)
{
    *pace = (struct pace){
        .options = *options,
        .demand_ns = options->demand(options->context),
        .since_ms = now_ms,
    };
}

static void move_on(struct pace *pace, int64_t now_ms)
{
    int64_t elapsed_ms = now_ms - pace->since_ms;

    if (elapsed_ms < STEP_MS)
        return;
    int64_t demand_ns = pace->options.demand(pace->options.context);
    double newest =
        (double)(demand_ns - pace->demand_ns) / (1e6 * (double)elapsed_ms);
    /* After a pause of several steps nothing of the old average is left. */
    double kept = elapsed_ms < 4 * STEP_MS ? 0.5 : 0.0;
    pace->share = kept * pace->share + (1.0 - kept) * newest;
    pace->demand_ns = demand_ns;
    pace->since_ms = now_ms;
}

int64_t pace_hold_ms(struct pace *pace, int64_t now_ms)
{
    move_on(pace, now_ms);
    double part = (pace->share - IDLE_SHARE) / (BUSY_SHARE - IDLE_SHARE);

    if (part <= 0.0)
        return 0;
    return (int64_t)((part < 1.0 ? part : 1.0) *
                     (double)pace->options.hold_ms_max);
}
