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

static sigset_t reload_signals(void)
{
    sigset_t signals;

    sigemptyset(&signals);
    sigaddset(&signals, SIGHUP);
    return signals;
}

void program_block_signals(void)
{
    sigset_t stop = stop_signals(), reload = reload_signals();

    sigprocmask(SIG_BLOCK, &stop, NULL);
    sigprocmask(SIG_BLOCK, &reload, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static enum chat_result watch_signals(const sigset_t *signals,
                                      struct selector *selector,
                                      struct selector_stream *watch)
{
    watch->fd = signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK);
    if (watch->fd < 0) {
        *watch = (struct selector_stream){0};
        return CHAT_SYSTEM;
    }
    enum chat_result result = selector_add(selector, watch, SELECTOR_READ);
    if (result != CHAT_OK) {
        close(watch->fd);
        *watch = (struct selector_stream){0};
    }
    return result;
}

enum chat_result program_watch_stop(struct selector *selector,
                                    struct selector_stream *watch,
                                    selector_stream_fn *callback, void *context)
{
    sigset_t signals = stop_signals();

    *watch = (struct selector_stream){.callback = callback, .context = context};
    return watch_signals(&signals, selector, watch);
}

enum chat_result program_watch_reload(struct selector *selector,
                                      struct selector_stream *watch,
                                      selector_stream_fn *callback,
                                      void *context)
{
    sigset_t signals = reload_signals();

    *watch = (struct selector_stream){.callback = callback, .context = context};
    return watch_signals(&signals, selector, watch);
}

void program_take_signals(const struct selector_stream *watch)
{
    struct signalfd_siginfo info;

    while (read(watch->fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        ;
}

void program_unwatch(struct selector *selector, struct selector_stream *watch)
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
