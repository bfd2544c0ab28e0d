#include "common/program.h"

#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

static sigset_t stop_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    return signals;
}

void program_block_signals(void)
{
    sigset_t signals = stop_signals();

    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
}

enum chat_result program_watch_stop(struct selector *selector,
                                    struct selector_stream *watch,
                                    selector_stream_fn *callback, void *context)
{
    sigset_t signals = stop_signals();
    int fd = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);

    if (fd < 0)
        return CHAT_SYSTEM;
    *watch = (struct selector_stream){
        .callback = callback, .context = context, .fd = fd};
    enum chat_result result = selector_add(selector, watch, SELECTOR_READ);
    if (result != CHAT_OK) {
        close(fd);
        *watch = (struct selector_stream){0};
    }
    return result;
}

void program_unwatch_stop(struct selector *selector,
                          struct selector_stream *watch)
{
    if (watch->callback == NULL)
        return;
    selector_remove(selector, watch);
    close(watch->fd);
    *watch = (struct selector_stream){0};
}

static void end_now(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_SUCCESS);
}

void program_end_within(unsigned seconds)
{
    signal(SIGALRM, end_now);
    (void)alarm(seconds);
}

void program_prefer_batches(void)
{
    const struct sched_param none = {0};

    (void)sched_setscheduler(0, SCHED_BATCH, &none);
}

void program_is_ready(void)
{
    (void)sd_notify(0, "READY=1");
}

void program_is_stopping(void)
{
    (void)sd_notify(0, "STOPPING=1");
}
