#include <stdlib.h>

#include "common/alloc.h"
#include "tests/bench/bench.h"
#include "tests/bench/latency.h"
#include "tests/bench/load.h"
#include "tests/bench/people.h"

enum { STATUS_RATE_LIMITED = 429, GRACE_SECONDS = 10 };

struct flood {
    struct selector *selector;
    const struct person *person;
    int64_t deadline_us;
    int64_t next; /* message */
    int64_t accepted, refused;
    size_t busy; /* connections */
};

/* One of its connections. */
struct hose {
    struct flood *flood;
    struct http_client http;
};

static void on_posted(void *context, const struct http_response *response);

static void post_next(struct hose *hose)
{
    struct flood *flood = hose->flood;

    flood->busy++;
    person_post(flood->person, &hose->http, flood->next++, on_posted, hose);
}

static void on_posted(void *context, const struct http_response *response)
{
    struct hose *hose = context;
    struct flood *flood = hose->flood;

    if (person_post_succeeded(response))
        flood->accepted++;
    else if (response->status == STATUS_RATE_LIMITED)
        flood->refused++;
    else
        bench_die("post: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    flood->busy--;
    if (latency_now_us() < flood->deadline_us)
        post_next(hose);
    else if (flood->busy == 0)
        selector_stop(flood->selector);
}

static void run(struct flood *flood, const struct load_options *options)
{
    struct hose *hoses = alloc_or_die(options->people * sizeof(*hoses));

    flood->deadline_us = latency_now_us() + options->seconds * 1000000;
    for (size_t i = 0; i < options->people; i++) {
        hoses[i].flood = flood;
        http_client_open(
            &hoses[i].http, flood->selector,
            &(struct http_place){.port = options->port, .browser = i});
        post_next(&hoses[i]);
    }
    bench_run(flood->selector, "flood", (int)options->seconds + GRACE_SECONDS);
    for (size_t i = 0; i < options->people; i++)
        http_client_close(&hoses[i].http);
    free(hoses);
}

void load_flood(struct selector *selector, const struct load_options *options)
{
    struct people people;
    struct people_options who = load_people(selector, options, 1);

    who.count = 1;
    people_log_in(&people, &who);
    bench_phase("logged_in", NULL);
    struct flood flood = {.selector = selector, .person = &people.list[0]};
    run(&flood, options);
    bench_phase("done",
                json_pack("{s:I,s:I}", "accepted", (json_int_t)flood.accepted,
                          "refused", (json_int_t)flood.refused));
    people_fini(&people);
}
