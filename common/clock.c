#include "common/clock.h"

#include <stdbool.h>
#include <time.h>

static struct {
    bool set;
    int64_t mono_ms;
    int64_t wall_ms;
} fake;

static int64_t read_ms(clockid_t id)
{
    struct timespec now;

    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t clock_mono_ms(void)
{
    return fake.set ? fake.mono_ms : read_ms(CLOCK_MONOTONIC);
}

int64_t clock_wall_ms(void)
{
    return fake.set ? fake.wall_ms : read_ms(CLOCK_REALTIME);
}

void clock_set(int64_t mono_ms, int64_t wall_ms)
{
    fake.set = true;
    fake.mono_ms = mono_ms;
    fake.wall_ms = wall_ms;
}

void clock_release(void)
{
    fake.set = false;
}
