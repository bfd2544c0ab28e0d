/*
 * nng_close() waits for all callbacks on nng's threads, and in nng 1.5.2
 * sometimes for ever, as when strangers have closed connections half open.
 */
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "common/link_internal.h"
#include "common/log.h"

enum { CLOSE_SECONDS_MAX = 2 };

void link_close(link_close_fn *close_and_free, void *context)
{
    struct timespec until;
    pthread_t closer;

    if (pthread_create(&closer, NULL, close_and_free, context) != 0) {
        (void)close_and_free(context);
        return;
    }
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_SECONDS_MAX;
    if (pthread_timedjoin_np(closer, NULL, &until) != 0) {
        log_warn("event=link_close_hangs");
        pthread_detach(closer);
    }
}
