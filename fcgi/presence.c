#include "fcgi/presence.h"

#include <stdlib.h>

#include "common/clock.h"

/* A session unused for so long is forgotten here; it can be asked for. */
#define FORGET_AFTER_MS (5 * 60 * 1000)

/* Between two looks at all sessions, at most. */
#define LOOK_MS_MAX 1000

/*
 * Somebody who stays is reported this often, at most. With the time between
 * looks, less than 5 s: after a goodbye of one page the broker waits so long
 * for word of another.
 */
#define REPORT_MS_MAX 3500

struct presence {
    struct selector *selector;
    struct backend *backend;
    struct directory *directory;
    struct selector_timer look;
    int64_t look_ms;
    int64_t report_ms;
    struct touch touches[COMMAND_TOUCHES_MAX];
    size_t touch_count;
};

static void ignore_result(void *context, const struct backend_result *result)
{
    /* A report that was lost is made again by the next look. */
    (void)context;
    (void)result;
}

static void send_touches(struct presence *presence)
{
    if (presence->touch_count > 0)
        (void)backend_submit(
            presence->backend,
            &(struct command){.type = COMMAND_TOUCH,
                              .touches = presence->touches,
                              .touch_count = presence->touch_count},
            ignore_result, NULL);
    presence->touch_count = 0;
}

static void touch(struct presence *presence, struct known_session *session,
                  int64_t now_ms)
{
    if (presence->touch_count == COMMAND_TOUCHES_MAX)
        send_touches(presence);
    presence->touches[presence->touch_count++] = (struct touch){
        .sid = session->sid, .age_ms = now_ms - session->active_ms};
    session->reported_ms = session->active_ms;
}

/* Whether it is time to tell when `session` was seen. */
static bool is_due(const struct presence *presence,
                   const struct known_session *session, int64_t now_ms)
{
    int64_t untold_ms = session->active_ms - session->reported_ms;
    bool has_stopped = session->polls == NULL &&
                       now_ms - session->active_ms >= presence->look_ms;

    return untold_ms >= presence->report_ms || (untold_ms > 0 && has_stopped);
}

static void look_at(struct presence *presence, struct known_session *session,
                    int64_t now_ms)
{
    if (session->polls != NULL)
        session->active_ms = now_ms;
    if (is_due(presence, session, now_ms))
        touch(presence, session, now_ms);
    else if (session->polls == NULL &&
             now_ms - session->active_ms > FORGET_AFTER_MS)
        directory_forget(presence->directory, session);
}

static void on_look(void *context)
{
    struct presence *presence = context;
    struct known_session *session = directory_sessions(presence->directory);
    struct known_session *next;
    int64_t now_ms = clock_mono_ms();

    (void)selector_arm(presence->selector, &presence->look,
                       now_ms + presence->look_ms);
    if (!backend_is_up(presence->backend))
        return;
    for (; session != NULL; session = next) {
        next = session->by_sid.next;
        look_at(presence, session, now_ms);
    }
    send_touches(presence);
}

static int64_t at_most(int64_t value, int64_t bound)
{
    return value < bound ? value : bound;
}

struct presence *presence_new(struct selector *selector,
                              struct backend *backend,
                              struct directory *directory, int64_t grace_ms)
{
    struct presence *presence = calloc(1, sizeof(*presence));

    if (presence == NULL)
        return NULL;
    presence->selector = selector;
    presence->backend = backend;
    presence->directory = directory;
    presence->look_ms = at_most(grace_ms / 8, LOOK_MS_MAX);
    presence->report_ms = at_most(grace_ms / 4, REPORT_MS_MAX);
    presence->look =
        (struct selector_timer){.callback = on_look, .context = presence};
    if (selector_arm(selector, &presence->look,
                     clock_mono_ms() + presence->look_ms) != CHAT_OK) {
        free(presence);
        return NULL;
    }
    return presence;
}

void presence_free(struct presence *presence)
{
    if (presence == NULL)
        return;
    selector_disarm(presence->selector, &presence->look);
    free(presence);
}

void presence_seen(struct presence *presence, struct known_session *session)
{
    int64_t now_ms = clock_mono_ms();

    session->active_ms = now_ms;
    if (session->active_ms - session->reported_ms >= presence->report_ms) {
        touch(presence, session, now_ms);
        send_touches(presence);
    }
}

void presence_reported(struct known_session *session)
{
    session->reported_ms = session->active_ms = clock_mono_ms();
}
