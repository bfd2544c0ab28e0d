/*
 * Loads the broker alone, as a front end would, with posts over the link:
 *
 *   broker_load CONFIG BATCH SECONDS [MESSAGES]
 *
 * It ends after so many seconds or, with MESSAGES, that many messages. They
 * go to the room bench-0, as the load generator's.
 *
 * One connection, one batch of BATCH posts under way; the next one is encoded
 * meanwhile. Phases, see bench_phase(): "ready", "done" with "commands",
 * "seconds" and "batch_ms" (from the request to its reply).
 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/link.h"
#include "common/log.h"
#include "common/protocol.h"
#include "common/settings.h"
#include "tests/bench/bench.h"
#include "tests/bench/latency.h"
#include "tests/bench/message.h"

enum { SECONDS_MAX = 600, MESSAGES_MAX = 100000000, GRACE_SECONDS = 10 };

#define ROOM "bench-0"

struct load {
    struct selector *selector;
    struct link_client *link;
    size_t batch;
    int64_t sid;
    int64_t index; /* of the next message */
    char *request; /* the next one */
    size_t request_bytes;
    int64_t begun_us, sent_us, ended_us, deadline_us;
    int64_t done; /* commands */
    int64_t done_max;
    struct latency latency;
};

/* ---- requests ---- */

/* Makes the next request of `commands` (consumed). */
static void set_request(struct load *load, json_t *commands)
{
    json_t *json = batch_encode(commands);

    free(load->request);
    load->request = protocol_dump(json, &load->request_bytes);
    json_decref(json);
    if (load->request == NULL)
        bench_die("no memory");
}

static void prepare_session(struct load *load)
{
    char nick[64];
    struct command command = {.type = COMMAND_SESSION_NEW,
                              .nick = nick,
                              .has_rooms = true,
                              .rooms = {ROOM},
                              .room_count = 1};
    json_t *commands = json_array();

    snprintf(nick, sizeof(nick), "load-%ld", (long)getpid());
    randombytes_buf(command.token_hash, sizeof(command.token_hash));
    json_array_append_new(commands, command_encode(&command));
    set_request(load, commands);
}

static void prepare_posts(struct load *load)
{
    json_t *commands = json_array();
    struct message message;

    for (size_t i = 0; i < load->batch; i++) {
        message_make(load->index++, &message);
        json_array_append_new(
            commands, command_encode(&(struct command){.type = COMMAND_POST,
                                                       .sid = load->sid,
                                                       .room = ROOM,
                                                       .id = message.id,
                                                       .text = message.text}));
    }
    set_request(load, commands);
}

static void send_request(struct load *load)
{
    load->sent_us = latency_now_us();
    bench_need(link_client_send(load->link, load->request, load->request_bytes),
               "link_client_send");
}

/* ---- replies ---- */

static void read_session(struct load *load, const json_t *result)
{
    if (json_get_int(json_object_get(result, "session"), "sid", &load->sid) !=
        CHAT_OK)
        bench_die("a login's result without a session");
    selector_stop(load->selector);
}

static void on_posted(struct load *load)
{
    load->ended_us = latency_now_us();
    latency_add(&load->latency, load->ended_us - load->sent_us);
    load->done += (int64_t)load->batch;
    if (load->ended_us >= load->deadline_us || load->done >= load->done_max) {
        selector_stop(load->selector);
        return;
    }
    send_request(load);
    prepare_posts(load);
}

/* All of a batch must have been done. */
static void check_results(const json_t *results, size_t count)
{
    enum chat_result result;
    int64_t head_seq;

    if (json_array_size(results) != count)
        bench_die("%zu results for %zu commands", json_array_size(results),
                  count);
    for (size_t i = 0; i < count; i++) {
        bench_need(
            result_decode(json_array_get(results, i), &result, &head_seq),
            "result_decode");
        bench_need(result, "a command");
    }
}

static void on_reply(void *context, const unsigned char *data, size_t length)
{
    struct load *load = context;
    json_t *json = protocol_parse(data, length);
    const json_t *results;
    const char *epoch;

    bench_need(batch_reply_decode(json, &epoch, &results), "the reply");
    check_results(results, load->sid == 0 ? 1 : load->batch);
    if (load->sid == 0)
        read_session(load, json_array_get(results, 0));
    else
        on_posted(load);
    json_decref(json);
}

/* ---- the link ---- */

static void on_up(void *context)
{
    struct load *load = context;

    prepare_session(load);
    send_request(load);
}

static void on_down(void *context)
{
    (void)context;
    bench_die("the broker hung up");
}

static void open_link(struct load *load, const char *config)
{
    static const struct link_client_events events = {
        .up = on_up, .reply = on_reply, .down = on_down};
    unsigned char secret[LINK_SECRET_BYTES];
    struct settings settings;

    bench_need(settings_read(config, stderr, &settings), "settings");
    bench_need(link_secret_load(settings.broker.secret_file, false, secret),
               "the secret");
    bench_need(selector_new(SELECTOR_EPOLL, &load->selector), "selector_new");
    bench_need(link_client_open(
                   &(struct link_options){.url = settings.broker.listen,
                                          .secret = secret,
                                          .tls_ca = settings.broker.tls_ca},
                   load->selector, &events, load, &load->link),
               "link_client_open");
    bench_run(load->selector, "login", GRACE_SECONDS);
}

static json_t *load_summary(struct load *load)
{
    json_t *summary = json_object();
    int64_t time_us = load->ended_us - load->begun_us;

    json_object_set_new(summary, "commands", json_integer(load->done));
    json_object_set_new(summary, "seconds", json_real((double)time_us / 1e6));
    json_object_set_new(summary, "batch_ms", latency_summary(&load->latency));
    return summary;
}

static long number(const char *text, long most)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < 1 || value > most)
        bench_die("%s is not a number from 1 to %ld", text, most);
    return value;
}

int main(int argc, char **argv)
{
    struct load load = {0};

    if (argc != 4 && argc != 5)
        bench_die("usage: broker_load CONFIG BATCH SECONDS [MESSAGES]");
    load.batch = (size_t)number(argv[2], COMMAND_BATCH_MAX);
    long seconds = argc == 4 ? number(argv[3], SECONDS_MAX) : SECONDS_MAX;
    load.done_max = argc == 5 ? number(argv[4], MESSAGES_MAX) : INT64_MAX;
    log_setup("broker_load", LOG_LEVEL_WARN);
    if (sodium_init() < 0)
        bench_die("libsodium does not start");
    open_link(&load, argv[1]);
    prepare_posts(&load);
    bench_phase("ready", NULL);

    load.begun_us = latency_now_us();
    load.deadline_us = load.begun_us + seconds * 1000000;
    send_request(&load);
    prepare_posts(&load);
    bench_run(load.selector, "posting", (int)seconds + GRACE_SECONDS);
    bench_phase("done", load_summary(&load));

    link_client_close(load.link);
    selector_free(load.selector);
    latency_fini(&load.latency);
    free(load.request);
    return EXIT_SUCCESS;
}
