/*
 * The readers leave nearly all in the kernel's buffers, which are as small as
 * the kernel lets us have them, and those of nginx and the front end.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "tests/bench/bench.h"
#include "tests/bench/load.h"
#include "tests/bench/people.h"

enum {
    TEXT_BYTES = 3900,
    RECEIVE_BUFFER_BYTES = 4096,
    BYTE_MS = 1000, /* one byte of each stream */
    BEGIN_MS = 2000,
    SECONDS_MAX = 120,
};

struct slow {
    struct selector *selector;
    const struct load_options *options;
    struct people people;
    struct http_client poster;
    struct selector_timer byte_timer, begin_timer;
    int64_t posted; /* messages */
};

static void set_timer(struct slow *slow, struct selector_timer *timer,
                      int64_t delay_ms)
{
    bench_need(selector_arm(slow->selector, timer, clock_mono_ms() + delay_ms),
               "selector_arm");
}

/* ---- reading ---- */

static void read_bytes(void *context)
{
    struct slow *slow = context;
    char byte;

    for (size_t i = 0; i < slow->options->people; i++)
        (void)recv(slow->people.list[i].http.stream.fd, &byte, 1, MSG_DONTWAIT);
    set_timer(slow, &slow->byte_timer, BYTE_MS);
}

/* Never called: it does not wait for anything to read. */
static void on_piece(void *context, const char *piece, size_t piece_bytes)
{
    (void)context;
    (void)piece;
    bench_die("%zu bytes were read", piece_bytes);
}

static void begin_reader(struct person *person)
{
    const int bytes = RECEIVE_BUFFER_BYTES;

    if (setsockopt(person->http.stream.fd, SOL_SOCKET, SO_RCVBUF, &bytes,
                   sizeof(bytes)) != 0)
        bench_die("no small buffer for a reader");
    bench_need(stream_wait_for(&person->http.stream, 0), "stream_wait_for");
    person_listen(person, on_piece);
}

static void on_begun(void *context)
{
    selector_stop(((struct slow *)context)->selector);
}

static void begin_reading(struct slow *slow)
{
    for (size_t i = 0; i < slow->options->people; i++)
        begin_reader(&slow->people.list[i]);
    slow->byte_timer =
        (struct selector_timer){.callback = read_bytes, .context = slow};
    slow->begin_timer =
        (struct selector_timer){.callback = on_begun, .context = slow};
    read_bytes(slow);
    set_timer(slow, &slow->begin_timer, BEGIN_MS);
    bench_run(slow->selector, "listening", SECONDS_MAX);
}

/* ---- posting ---- */

static void on_posted(void *context, const struct http_response *response);

static void post_next(struct slow *slow)
{
    char body[TEXT_BYTES + 64], text[TEXT_BYTES + 1];

    memset(text, 'x', TEXT_BYTES);
    text[TEXT_BYTES] = '\0';
    snprintf(body, sizeof(body), "{\"id\":\"s-%lld\",\"text\":\"%s\"}",
             (long long)slow->posted++, text);
    person_post_body(&slow->people.list[0], &slow->poster, body, on_posted,
                     slow);
}

static void on_posted(void *context, const struct http_response *response)
{
    struct slow *slow = context;

    if (!person_post_succeeded(response))
        bench_die("post: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    if (slow->posted < slow->options->messages)
        post_next(slow);
    else
        selector_stop(slow->selector);
}

void load_slow(struct selector *selector, const struct load_options *options)
{
    struct slow slow = {.selector = selector, .options = options};
    struct people_options people = load_people(selector, options, 1);

    people_log_in(&slow.people, &people);
    http_client_open(&slow.poster, selector,
                     &(struct http_place){.port = options->port,
                                          .browser = options->people});
    bench_phase("logged_in", NULL);
    begin_reading(&slow);
    bench_phase("listening", NULL);
    post_next(&slow);
    bench_run(selector, "posting", SECONDS_MAX);
    bench_phase("done", NULL);

    selector_disarm(selector, &slow.byte_timer);
    http_client_close(&slow.poster);
    people_fini(&slow.people);
}
