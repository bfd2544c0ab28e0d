#include "fcgi/demand.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

void demand_open(struct demand *demand)
{
    demand->fd = open("/proc/thread-self/schedstat", O_RDONLY | O_CLOEXEC);
}

void demand_close(struct demand *demand)
{
    if (demand->fd >= 0)
        close(demand->fd);
    demand->fd = -1;
}

/* The file is one line: time on a processor, time of waiting, a count. */
int64_t demand_ns(void *context)
{
    const struct demand *demand = context;
    char line[80];
    long long ran_ns, waited_ns;
    ssize_t length = pread(demand->fd, line, sizeof(line) - 1, 0);

    if (length <= 0)
        return 0;
    line[length] = '\0';
    if (sscanf(line, "%lld %lld", &ran_ns, &waited_ns) != 2)
        return 0;
    return ran_ns + waited_ns;
}
