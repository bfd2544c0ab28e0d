#include "fcgi/front.h"

#include <sodium.h>
#include <stddef.h>
#include <stdlib.h>

#include "common/clock.h"
#include "common/log.h"
#include "common/program.h"
#include "common/protocol.h"

/* What is still unanswered then, after a stop, is dropped. */
#define STOP_MS 6000

/* ---- the feed ---- */

static void on_session_end(void *context, struct known_session *session)
{
    struct front *front = context;

    polls_refuse_session(front->polls, session, CHAT_SESSION_REQUIRED);
}

/* Another log: no cursor that anybody holds means anything in it. */
static void reset(struct front *front, int64_t seq)
{
    struct known_session *session = directory_sessions(front->directory);

    log_info("event=log_reset epoch=%s seq=%lld", backend_epoch(front->backend),
             (long long)seq);
    for (; session != NULL; session = session->by_sid.next)
        polls_refuse_session(front->polls, session, CHAT_CURSOR_UNKNOWN);
    directory_reset(front->directory, seq);
    calls_refuse_waiting(&front->calls);
}

/* A signal under way to the sessions it is for. */
struct front_signal {
    struct front *front;
    struct signal signal;
};

static void tell_session(void *context, struct known_session *session)
{
    const struct front_signal *told = context;

    directory_signal_session(told->front->directory, session, &told->signal);
    polls_wake_session(told->front->polls, session);
}

/*
 * Who was in a room that is deleted would see nothing of it but its absence:
 * they get a signal, {"type":"closed","room"[,"from"]}.
 */
static void tell_room_end(struct front *front, const struct event *event)
{
    struct known_room *room = directory_find_room(front->directory, event->rid);
    json_t *json = json_pack("{s:s, s:s, s:s*}", "type", "closed", "room",
                             event->room, "from", event->from);
    size_t length;
    char *text = json != NULL ? protocol_dump(json, &length) : NULL;
    struct front_signal told = {
        .front = front,
        .signal = {.type = "closed", .room = event->room, .json = text},
    };

    if (room != NULL && text != NULL)
        for (struct place *place = room->places; place != NULL;
             place = place->room_next)
            tell_session(&told, place->session);
    free(text);
    json_decref(json);
}

static void apply_events(struct front *front, const json_t *events)
{
    size_t index;
    json_t *json;

    json_array_foreach (events, index, json) {
        struct event event;
        if (event_decode(json, &event) != CHAT_OK) {
            log_error("event=bad_event index=%zu", index);
            continue;
        }
        if (event.type == EVENT_ROOM_END)
            tell_room_end(front, &event);
        struct known_room *room = directory_apply(front->directory, &event);
        if (room != NULL)
            holds_news(front->holds, room);
    }
}

static void tell_room(struct front *front, const struct signal *signal)
{
    struct known_room *room =
        signal->room != NULL
            ? directory_find_room_named(front->directory, signal->room)
            : NULL;

    if (room != NULL && directory_signal(front->directory, room, signal))
        polls_wake_room(front->polls, room);
}

/*
 * Takes out of a signal whom it is for: the one of "pid", those of "pids"; a
 * new reference. NULL: whoever is in the room.
 */
static json_t *take_people(json_t *json)
{
    json_t *pid = json_object_get(json, "pid");
    json_t *people = pid != NULL ? json_pack("[O]", pid)
                                 : json_incref(json_object_get(json, "pids"));

    json_object_del(json, "pid");
    json_object_del(json, "pids");
    return people;
}

static void tell_people(struct front_signal *told, const json_t *people)
{
    size_t index;
    json_t *pid;

    json_array_foreach (people, index, pid) {
        directory_each_session_of(told->front->directory,
                                  json_integer_value(pid), tell_session, told);
    }
}

/*
 * Signals are passed on as they came: {"type":"members","room",...}; those for
 * some people alone without saying whom they are for.
 */
static void apply_signal(struct front *front, json_t *json)
{
    struct front_signal told = {.front = front};
    size_t length;

    if (json_get_text(json, "type", &told.signal.type) != CHAT_OK ||
        json_get_text(json, "room", &told.signal.room) == CHAT_BAD_REQUEST)
        return;
    json_t *people = take_people(json);
    char *text = protocol_dump(json, &length);
    told.signal.json = text;
    if (text != NULL && people != NULL)
        tell_people(&told, people);
    else if (text != NULL)
        tell_room(front, &told.signal);
    free(text);
    json_decref(people);
}

static void apply_signals(struct front *front, const json_t *signals)
{
    size_t index;
    json_t *json;

    json_array_foreach (signals, index, json) {
        apply_signal(front, json);
    }
}

static void on_feed(void *context, const struct sync_reply *reply)
{
    struct front *front = context;

    if (reply->reset)
        reset(front, reply->next_seq);
    apply_events(front, reply->events);
    directory_advance(front->directory, reply->next_seq);
    apply_signals(front, reply->signals);
    polls_answer_woken(front->polls);
    calls_reached(&front->calls, directory_seq(front->directory));
}

/* ---- the turn and the stop ---- */

static void on_turn(void *context)
{
    struct front *front = context;

    backend_flush(front->backend);
    if (front->stopping && front->calls.list == NULL &&
        http_server_connection_count(front->http) == 0)
        selector_stop(front->selector);
}

static void on_stop_deadline(void *context)
{
    struct front *front = context;

    log_warn("event=stop_overdue connections=%zu",
             http_server_connection_count(front->http));
    selector_stop(front->selector);
}

static void on_stop(void *context, unsigned events)
{
    struct front *front = context;

    (void)events;
    program_unwatch(front->selector, &front->stop_watch);
    program_is_stopping();
    front->stopping = true;
    http_server_stop(front->http);
    polls_answer_all(front->polls);
    (void)selector_arm(front->selector, &front->stop_deadline,
                       clock_mono_ms() + STOP_MS);
}

/* ---- life ---- */

/* The settings that clients are told, by the names that they have there. */
static const struct {
    const char *name;
    size_t offset; /* of the number in struct settings */
} told_limits[] = {
#define LIMIT(name)                                                            \
    {                                                                          \
#name, offsetof(struct settings, limits.name)                          \
    }
    LIMIT(posts_per_second),
    LIMIT(posts_burst),
    LIMIT(address_posts_per_second),
    LIMIT(address_posts_burst),
    LIMIT(room_posts_per_second),
    LIMIT(room_posts_burst),
    LIMIT(joins_per_minute),
    LIMIT(joins_burst),
    LIMIT(address_joins_per_minute),
    LIMIT(address_joins_burst),
    LIMIT(room_joins_per_minute),
    LIMIT(room_joins_burst),
    LIMIT(rooms_per_minute),
    LIMIT(rooms_burst),
    LIMIT(address_rooms_per_minute),
    LIMIT(address_rooms_burst),
    LIMIT(address_logins_per_minute),
    LIMIT(address_logins_burst),
    LIMIT(searches_per_minute),
    LIMIT(searches_burst),
    LIMIT(address_searches_per_minute),
    LIMIT(address_searches_burst),
    LIMIT(text_bytes),
    LIMIT(nick_bytes),
    LIMIT(room_bytes),
    LIMIT(topic_bytes),
    LIMIT(wait_seconds),
    LIMIT(polls_per_session),
    LIMIT(rooms_per_session),
    LIMIT(rooms_owned),
    LIMIT(members_per_room),
    LIMIT(bans),
    {"presence_events_max",
     offsetof(struct settings, chat.presence_events_max)},
    {"typing_members_max", offsetof(struct settings, chat.typing_members_max)},
#undef LIMIT
};

/* NULL: no memory. */
static json_t *limits_json(const struct settings *settings)
{
    json_t *limits = json_object();

    if (json_object_set_new(limits, "body_bytes",
                            json_integer(REQUEST_BODY_BYTES_MAX)) != 0) {
        json_decref(limits);
        return NULL;
    }
    for (size_t i = 0; i < sizeof(told_limits) / sizeof(told_limits[0]); i++) {
        const char *place = (const char *)settings + told_limits[i].offset;
        int64_t number = *(const int64_t *)(const void *)place;
        (void)json_object_set_new(limits, told_limits[i].name,
                                  json_integer(number));
    }
    return limits;
}

static void open_pace(struct front *front)
{
    demand_open(&front->demand);
    pace_init(&front->pace,
              &(struct pace_options){
                  .demand = demand_ns,
                  .context = &front->demand,
                  .hold_ms_max = front->settings->front.hold_ms_max,
              },
              clock_mono_ms());
}

static enum chat_result open_caches(struct front *front)
{
    const struct settings *settings = front->settings;

    open_pace(front);
    window_init(&front->window, (size_t)settings->front.window_bytes,
                (size_t)settings->front.window_events);
    front->limits = limits_json(settings);
    front->cors = cors_new(settings->front.cors_origins);
    front->directory = directory_new(&front->window, on_session_end, front);
    if (front->limits == NULL || front->cors == NULL ||
        front->directory == NULL)
        return CHAT_NO_MEMORY;
    return selector_new(SELECTOR_EPOLL, &front->selector);
}

/* The broker makes the secret; a front end that starts first waits for it. */
static enum chat_result open_backend(struct front *front)
{
    enum chat_result result = link_secret_load(
        front->settings->broker.secret_file, true, front->secret);

    if (result != CHAT_OK)
        return result;
    address_key_derive(front->secret, sizeof(front->secret),
                       front->address_key);
    return backend_open(front->settings, front->secret, front->selector,
                        on_feed, front, &front->backend);
}

static enum chat_result open_tables(struct front *front)
{
    const struct settings *settings = front->settings;
    const struct polls_options options = {
        .selector = front->selector,
        .directory = front->directory,
        .epoch = backend_epoch(front->backend),
        .per_session_max = (size_t)settings->limits.polls_per_session,
    };

    front->polls = polls_new(&options);
    const struct holds_options holds_options = {
        .selector = front->selector,
        .directory = front->directory,
        .polls = front->polls,
        .pace = &front->pace,
    };

    front->holds = holds_new(&holds_options);
    front->presence =
        presence_new(front->selector, front->backend, front->directory,
                     settings->chat.presence_grace_seconds * 1000);
    return front->polls != NULL && front->holds != NULL &&
                   front->presence != NULL
               ? CHAT_OK
               : CHAT_NO_MEMORY;
}

static enum chat_result open_logins(struct front *front)
{
    enum chat_result result = site_key_load(front->settings, &front->site_key);

    return result == CHAT_OK
               ? passphrases_open(front->selector, &front->passphrases)
               : result;
}

static enum chat_result open_http(struct front *front)
{
    const struct settings *settings = front->settings;
    const struct http_server_options options = {
        .selector = front->selector,
        .socket_path = settings->front.socket,
        .socket_group = settings->front.socket_group,
        .connections_max = (size_t)settings->front.connections_max,
        .serve = call_serve,
        .context = front,
    };

    return http_server_open(&options, &front->http);
}

static enum chat_result watch_stop(struct front *front)
{
    front->stop_deadline =
        (struct selector_timer){.callback = on_stop_deadline, .context = front};
    selector_on_turn(front->selector, on_turn, front);
    return program_watch_stop(front->selector, &front->stop_watch, on_stop,
                              front);
}

enum chat_result front_open(const struct settings *settings,
                            struct front **front_out)
{
    static enum chat_result (*const steps[])(struct front *) = {
        open_caches, open_backend, open_tables,
        open_logins, watch_stop,   open_http};
    struct front *front = calloc(1, sizeof(*front));

    if (front == NULL)
        return CHAT_NO_MEMORY;
    front->settings = settings;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        enum chat_result result = steps[i](front);
        if (result != CHAT_OK) {
            log_error("event=start_failed reason=%s", chat_result_code(result));
            front_close(front);
            return result;
        }
    }
    *front_out = front;
    return CHAT_OK;
}

enum chat_result front_run(struct front *front)
{
    log_info("event=ready socket=%s", front->settings->front.socket);
    program_is_ready();
    return selector_run(front->selector);
}

void front_close(struct front *front)
{
    if (front == NULL)
        return;
    calls_refuse_all(&front->calls);
    if (front->polls != NULL)
        polls_answer_all(front->polls);
    if (front->http != NULL)
        http_server_close(front->http);
    backend_close(front->backend);
    passphrases_close(front->passphrases);
    presence_free(front->presence);
    directory_free(front->directory);
    holds_free(front->holds);
    polls_free(front->polls);
    program_unwatch(front->selector, &front->stop_watch);
    selector_free(front->selector);
    json_decref(front->limits);
    cors_free(front->cors);
    demand_close(&front->demand);
    sodium_memzero(front->secret, sizeof(front->secret));
    sodium_memzero(&front->site_key, sizeof(front->site_key));
    sodium_memzero(front->address_key, sizeof(front->address_key));
    free(front);
}
