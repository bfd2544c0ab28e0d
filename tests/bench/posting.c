#include <stdlib.h>

#include "common/alloc.h"
#include "tests/bench/bench.h"
#include "tests/bench/latency.h"
#include "tests/bench/load.h"
#include "tests/bench/people.h"

enum { GRACE_SECONDS = 10 };

struct posting {
    struct selector *selector;
    int64_t messages_max;
    int64_t begun_us, ended_us, deadline_us;
    int64_t begun, done;
    struct latency latency;
};

/* One person's part in it. */
struct poster {
    struct posting *posting;
    struct person *person;
    int64_t index; /* of the next message */
    int64_t posted_us;
};

static void on_posted(void *context, const struct http_response *response);

/* The next message, if it is not the end yet. */
static void post_next(struct poster *poster)
{
    struct posting *posting = poster->posting;
    int64_t now_us = latency_now_us();

    if (now_us >= posting->deadline_us ||
        posting->begun == posting->messages_max) {
        if (posting->done == posting->begun)
            selector_stop(posting->selector);
        return;
    }
    posting->begun++;
    poster->posted_us = now_us;
    person_post(poster->person, &poster->person->http, poster->index++,
                on_posted, poster);
}

static void on_posted(void *context, const struct http_response *response)
{
    struct poster *poster = context;
    struct posting *posting = poster->posting;

    if (!person_post_succeeded(response))
        bench_die("post: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    posting->done++;
    posting->ended_us = latency_now_us();
    latency_add(&posting->latency, posting->ended_us - poster->posted_us);
    post_next(poster);
}

static json_t *posting_summary(struct posting *posting)
{
    json_t *summary = json_object();
    int64_t time_us = posting->ended_us - posting->begun_us;

    json_object_set_new(summary, "posts", json_integer(posting->done));
    json_object_set_new(summary, "seconds", json_real((double)time_us / 1e6));
    json_object_set_new(summary, "post_ms", latency_summary(&posting->latency));
    return summary;
}

static void post_all(struct posting *posting, const struct people *people)
{
    struct poster *posters =
        alloc_or_die(people->options.count * sizeof(*posters));

    for (size_t i = 0; i < people->options.count; i++) {
        posters[i] =
            (struct poster){.posting = posting, .person = &people->list[i]};
        post_next(&posters[i]);
    }
    bench_run(posting->selector, "posting",
              (int)((posting->deadline_us - posting->begun_us) / 1000000) +
                  GRACE_SECONDS);
    free(posters);
}

void load_post(struct selector *selector, const struct load_options *options)
{
    struct people people;
    struct people_options people_options = load_people(selector, options, 1);

    people_log_in(&people, &people_options);
    bench_phase("logged_in", NULL);
    int64_t now_us = latency_now_us();
    struct posting posting = {
        .selector = selector,
        .messages_max = options->messages > 0 ? options->messages : INT64_MAX,
        .begun_us = now_us,
        .deadline_us = now_us + options->seconds * 1000000,
    };
    post_all(&posting, &people);
    bench_phase("done", posting_summary(&posting));
    people_fini(&people);
    latency_fini(&posting.latency);
}
