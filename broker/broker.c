#include "broker/broker.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "broker/answers.h"
#include "broker/engine.h"
#include "broker/replica.h"
#include "broker/signals.h"
#include "broker/syncs.h"
#include "broker/upkeep.h"
#include "broker/webhooks.h"
#include "common/alloc.h"
#include "common/clock.h"
#include "common/link.h"
#include "common/log.h"
#include "common/program.h"
#include "common/protocol.h"
#include "common/selector.h"

/* Requests of one turn: each front end has one command request under way. */
#define TURN_REQUESTS_MAX 256
/* The broker's own commands of one turn. */
#define TURN_DUE_MAX 1000
/* Presence, signals, held syncs' deadlines and unproven connections. */
#define TICK_MS 1000
/* After such a gap nobody could have been heard: a stop, a hanging disk. */
#define DEAF_MS 3000

/* A request whose commands are in this turn's batch. */
struct turn_request {
    struct link_ticket ticket;
    struct broker_request request; /* keeps the commands' strings */
    struct command *commands;
    enum chat_result *decoded; /* of each: CHAT_OK, or why not */
    size_t count;
    size_t first_entry; /* in the batch; only what was decoded is in it */
};

struct broker {
    struct selector *selector;
    struct link_server *link;
    struct replica *replica;
    struct signals *signals;
    struct syncs *syncs;
    struct webhooks *webhooks;
    struct engine engine;
    struct selector_stream request_watch, change_watch;
    struct selector_stream stop_watch, reload_watch;
    struct upkeep *upkeep;
    struct selector_timer tick, upkeep_timer;
    bool ticked;       /* in this turn */
    int64_t ticked_ms; /* monotonic clock */
    struct turn_request requests[TURN_REQUESTS_MAX];
    size_t request_count;
};

/* ---- taking requests ---- */

static void refuse_request(struct broker *broker, struct link_ticket ticket)
{
    static const char refusal[] = "{\"result\":\"bad_request\"}";

    log_warn("event=bad_request connection=%u", ticket.connection);
    (void)link_server_reply(broker->link, ticket, refusal, sizeof(refusal) - 1);
}

static void decode_commands(struct turn_request *turn_request)
{
    const json_t *commands = turn_request->request.commands;
    size_t count = json_array_size(commands);

    turn_request->count = count;
    turn_request->commands = alloc_or_die((count + 1) * sizeof(struct command));
    turn_request->decoded =
        alloc_or_die((count + 1) * sizeof(enum chat_result));
    for (size_t i = 0; i < count; i++)
        turn_request->decoded[i] = command_decode(json_array_get(commands, i),
                                                  &turn_request->commands[i]);
}

static void take_request(struct broker *broker,
                         const struct link_request *received)
{
    struct turn_request *turn_request =
        &broker->requests[broker->request_count];
    struct broker_request request;

    if (broker_request_parse(received->data, received->length, &request) !=
        CHAT_OK) {
        refuse_request(broker, received->ticket);
        return;
    }
    if (request.op == REQUEST_SYNC) {
        syncs_hold(broker->syncs, received->ticket, &request.sync,
                   clock_mono_ms());
        broker_request_fini(&request);
        return;
    }
    *turn_request =
        (struct turn_request){.ticket = received->ticket, .request = request};
    decode_commands(turn_request);
    broker->request_count++;
}

static void on_requests(void *context, unsigned events)
{
    struct broker *broker = context;
    struct link_request received;

    (void)events;
    while (broker->request_count < TURN_REQUESTS_MAX &&
           link_server_receive(broker->link, &received) == CHAT_OK)
        take_request(broker, &received);
}

static void forget_request(struct turn_request *turn_request)
{
    for (size_t i = 0; i < turn_request->count; i++) {
        if (turn_request->decoded[i] == CHAT_OK)
            command_fini(&turn_request->commands[i]);
    }
    free(turn_request->commands);
    free(turn_request->decoded);
    broker_request_fini(&turn_request->request);
}

/* ---- the turn ---- */

/* Entries for all that was decoded, and for what is due; to be freed. */
static struct engine_batch gather(struct broker *broker, struct command *due,
                                  size_t due_count)
{
    size_t count = due_count;

    for (size_t i = 0; i < broker->request_count; i++)
        count += broker->requests[i].count;
    struct engine_batch batch = {
        .entries = alloc_or_die((count + 1) * sizeof(struct engine_entry)),
    };
    for (size_t i = 0; i < due_count; i++)
        batch.entries[batch.count++].command = &due[i];
    for (size_t i = 0; i < broker->request_count; i++) {
        struct turn_request *turn_request = &broker->requests[i];
        turn_request->first_entry = batch.count;
        for (size_t j = 0; j < turn_request->count; j++) {
            if (turn_request->decoded[j] == CHAT_OK)
                batch.entries[batch.count++].command =
                    &turn_request->commands[j];
        }
    }
    return batch;
}

static json_t *encode_results(struct broker *broker,
                              const struct turn_request *turn_request,
                              const struct engine_batch *batch)
{
    struct answer_budget budget = {.bytes_left = ANSWER_BUDGET_BYTES};
    json_t *results = json_array();
    size_t entry = turn_request->first_entry;

    for (size_t i = 0; i < turn_request->count; i++) {
        struct outcome refused = {.result = turn_request->decoded[i]};
        const struct outcome *outcome = refused.result == CHAT_OK
                                            ? &batch->entries[entry++].outcome
                                            : &refused;
        /* Without memory the rest is left out, and so asked for again. */
        if (json_array_append_new(results,
                                  answer_encode(broker->replica,
                                                &turn_request->commands[i],
                                                outcome, &budget)) != 0)
            break;
    }
    return results;
}

static void answer_request(struct broker *broker,
                           const struct turn_request *turn_request,
                           const struct engine_batch *batch)
{
    json_t *reply =
        batch_reply_encode(store_epoch(replica_store(broker->replica)),
                           encode_results(broker, turn_request, batch));
    size_t length = 0;
    char *text = reply != NULL ? protocol_dump(reply, &length) : NULL;

    if (text == NULL || link_server_reply(broker->link, turn_request->ticket,
                                          text, length) != CHAT_OK)
        log_error("event=request_unanswered commands=%zu bytes=%zu",
                  turn_request->count, length);
    free(text);
    json_decref(reply);
}

/* Of `due`, UPKEEP_PURGES_MAX are kept for what is to be purged. */
static size_t find_due(struct broker *broker, struct command *due)
{
    const struct state *state = replica_state(broker->replica);
    struct moment now = {.wall_ms = clock_wall_ms(),
                         .mono_ms = clock_mono_ms()};

    if (!broker->ticked || state == NULL)
        return 0;
    size_t count = state_due(state, now, due, TURN_DUE_MAX - UPKEEP_PURGES_MAX);
    return count + upkeep_due(broker->upkeep, now.wall_ms, due + count);
}

/* Who is typing is in no log, so that no event tells of it. */
static void note_typing(struct broker *broker, const struct engine_entry *entry)
{
    const struct state *state = replica_state(broker->replica);
    const struct session *session = state_session(state, entry->outcome.sid);
    const struct room *room = state_room(state, entry->outcome.rid);

    if (session == NULL || room == NULL)
        return;
    if (entry->command->type == COMMAND_POST)
        signals_note_said(broker->signals, room->rid, session->person->pid);
    else if (room->here_count <= state_typing_members_max(state))
        signals_note_typing(broker->signals, room->rid, session->person->pid,
                            clock_mono_ms());
}

/* After the commit, or what became of it. */
static void note_signals(struct broker *broker,
                         const struct engine_batch *batch)
{
    const struct state *state = replica_state(broker->replica);

    signals_release(broker->signals, state != NULL ? state_head_seq(state) : 0);
    for (size_t i = 0; i < batch->count; i++) {
        const struct engine_entry *entry = &batch->entries[i];
        if ((entry->command->type == COMMAND_TYPING ||
             entry->command->type == COMMAND_POST) &&
            entry->outcome.result == CHAT_OK)
            note_typing(broker, entry);
    }
}

static void on_turn(void *context)
{
    static struct command due[TURN_DUE_MAX]; /* too large for the stack */
    struct broker *broker = context;
    size_t due_count = find_due(broker, due);

    if (broker->request_count + due_count > 0) {
        struct engine_batch batch = gather(broker, due, due_count);
        broker->engine.submit(&broker->engine, &batch);
        note_signals(broker, &batch);
        for (size_t i = 0; i < broker->request_count; i++) {
            answer_request(broker, &broker->requests[i], &batch);
            forget_request(&broker->requests[i]);
        }
        broker->request_count = 0;
        free(batch.entries);
    }
    broker->ticked = false;
    syncs_answer(broker->syncs, clock_mono_ms());
}

/* ---- what else happens ---- */

static void on_changes(void *context, unsigned events)
{
    struct broker *broker = context;
    uint32_t connection;

    /* Connections that go are noticed while receiving. */
    on_requests(broker, events);
    while (link_server_next_gone(broker->link, &connection) == CHAT_OK)
        syncs_forget(broker->syncs, connection);
}

/* In a crowd nobody is listed, and so nobody as idle. */
static void note_presence(void *context, const struct room *room)
{
    struct broker *broker = context;

    if (room->here_count <=
        state_listed_members_max(replica_state(broker->replica)))
        signals_note_presence(broker->signals, room->rid);
}

static void on_tick(void *context)
{
    struct broker *broker = context;
    int64_t now_ms = clock_mono_ms();

    if (now_ms - broker->ticked_ms > DEAF_MS) {
        log_warn("event=was_deaf ms=%lld",
                 (long long)(now_ms - broker->ticked_ms));
        replica_was_deaf(broker->replica, now_ms);
    }
    broker->ticked = true;
    broker->ticked_ms = now_ms;
    link_server_expire(broker->link, now_ms);
    replica_note_inactivity(broker->replica, now_ms, note_presence, broker);
    signals_emit(broker->signals);
    webhooks_tick(broker->webhooks, now_ms);
    (void)selector_arm(broker->selector, &broker->tick, now_ms + TICK_MS);
}

static void on_upkeep(void *context)
{
    struct broker *broker = context;
    int64_t pause_ms = upkeep_run(broker->upkeep, clock_wall_ms());

    (void)selector_arm(broker->selector, &broker->upkeep_timer,
                       clock_mono_ms() + pause_ms);
}

static void on_event(void *context, const struct event *event)
{
    struct broker *broker = context;

    signals_note_event(broker->signals, event);
    if (event->type == EVENT_ROOM)
        log_info("event=room_made rid=%lld room=%s", (long long)event->rid,
                 LOG_QUOTED(event->room));
}

static void on_stop(void *context, unsigned events)
{
    struct broker *broker = context;

    (void)events;
    log_info("event=stopping");
    program_is_stopping();
    selector_stop(broker->selector);
}

static void on_reload(void *context, unsigned events)
{
    struct broker *broker = context;

    (void)events;
    program_take_signals(&broker->reload_watch);
    replica_reread_words(broker->replica);
}

/* ---- life ---- */

enum chat_result broker_check(const struct settings *settings)
{
    return replica_check(settings);
}

static enum chat_result open_link(struct broker *broker,
                                  const struct settings *settings)
{
    unsigned char secret[LINK_SECRET_BYTES];
    enum chat_result result =
        link_secret_load(settings->broker.secret_file, true, secret);

    if (result != CHAT_OK)
        return result;
    const struct link_options options = {
        .url = settings->broker.listen,
        .secret = secret,
        .tls_certificate = settings->broker.tls_certificate,
        .tls_key = settings->broker.tls_key,
        .tls_ca = settings->broker.tls_ca,
        /* Two per front end, and twice that while they reconnect. */
        .connections_max = (size_t)settings->broker.front_ends_max * 4,
    };
    return link_server_open(&options, &broker->link);
}

static enum chat_result watch_link(struct broker *broker,
                                   struct selector_stream *watch, int fd,
                                   selector_stream_fn *callback)
{
    *watch = (struct selector_stream){
        .callback = callback, .context = broker, .fd = fd};
    return selector_add(broker->selector, watch, SELECTOR_READ);
}

static enum chat_result watch_all(struct broker *broker)
{
    enum chat_result result = program_watch_stop(
        broker->selector, &broker->stop_watch, on_stop, broker);

    if (result == CHAT_OK)
        result = program_watch_reload(broker->selector, &broker->reload_watch,
                                      on_reload, broker);
    if (result == CHAT_OK)
        result = watch_link(broker, &broker->request_watch,
                            link_server_request_fd(broker->link), on_requests);
    if (result == CHAT_OK)
        result = watch_link(broker, &broker->change_watch,
                            link_server_change_fd(broker->link), on_changes);
    if (result != CHAT_OK)
        log_error("event=watch_failed");
    return result;
}

enum chat_result broker_open(const struct settings *settings,
                             struct broker **broker_out)
{
    struct broker *broker = alloc_or_die(sizeof(*broker));

    broker->signals = signals_new();
    enum chat_result result =
        replica_open(settings, on_event, broker, &broker->replica);
    if (result == CHAT_OK)
        result = webhooks_open(settings, broker->replica, &broker->webhooks);
    if (result == CHAT_OK)
        result = open_link(broker, settings);
    if (result == CHAT_OK)
        result = selector_new(SELECTOR_SELECT, &broker->selector);
    if (result == CHAT_OK)
        result = watch_all(broker);
    if (result != CHAT_OK) {
        broker_close(broker);
        return result;
    }
    broker->engine = engine_local(replica_apply, broker->replica);
    broker->syncs = syncs_new(broker->link, broker->replica, broker->signals);
    broker->tick =
        (struct selector_timer){.callback = on_tick, .context = broker};
    broker->upkeep = upkeep_new(settings, broker->replica);
    broker->upkeep_timer =
        (struct selector_timer){.callback = on_upkeep, .context = broker};
    selector_on_turn(broker->selector, on_turn, broker);
    *broker_out = broker;
    return CHAT_OK;
}

enum chat_result broker_run(struct broker *broker)
{
    broker->ticked_ms = clock_mono_ms();
    enum chat_result result = selector_arm(broker->selector, &broker->tick,
                                           broker->ticked_ms + TICK_MS);

    if (result == CHAT_OK)
        result = selector_arm(broker->selector, &broker->upkeep_timer,
                              broker->ticked_ms + TICK_MS);
    if (result != CHAT_OK)
        return result;
    log_info("event=ready epoch=%s seq=%lld",
             store_epoch(replica_store(broker->replica)),
             (long long)state_head_seq(replica_state(broker->replica)));
    program_is_ready();
    return selector_run(broker->selector);
}

void broker_close(struct broker *broker)
{
    if (broker == NULL)
        return;
    assert(broker->request_count == 0);
    syncs_free(broker->syncs);
    upkeep_free(broker->upkeep);
    webhooks_close(broker->webhooks);
    replica_close(broker->replica); /* what matters, first */
    signals_free(broker->signals);
    link_server_close(broker->link);
    program_unwatch(broker->selector, &broker->stop_watch);
    program_unwatch(broker->selector, &broker->reload_watch);
    selector_free(broker->selector);
    free(broker);
}
