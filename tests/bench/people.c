#include "tests/bench/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/protocol.h"
#include "tests/bench/bench.h"
#include "tests/bench/message.h"

enum { LOGINS_AT_ONCE = 32, LOGIN_SECONDS = 120, STATUS_OK = 200 };

static void copy_field(const json_t *json, const char *name, char *out,
                       size_t out_bytes)
{
    const char *text;

    if (json_get_text(json, name, &text) != CHAT_OK ||
        strlen(text) >= out_bytes)
        bench_die("a login's reply without a fit %s", name);
    memcpy(out, text, strlen(text) + 1);
}

static void begin_login(struct people *people);

static void on_login(void *context, const struct http_response *response)
{
    struct person *person = context;
    struct people *people = person->people;

    if (response->status != STATUS_OK)
        bench_die("login: %d %.*s", response->status, (int)response->body_bytes,
                  response->body);
    json_t *json = protocol_parse(response->body, response->body_bytes);
    copy_field(json, "token", person->token, sizeof(person->token));
    copy_field(json, "cursor", person->cursor, sizeof(person->cursor));
    json_decref(json);
    if (++people->done == people->count)
        selector_stop(people->selector);
    else if (people->begun < people->count)
        begin_login(people);
}

/* Nicks name the process too: several may load one server. */
static void begin_login(struct people *people)
{
    char body[128];
    size_t number = people->begun++;
    struct person *person = &people->list[number];

    person->people = people;
    person->number = number;
    http_client_open(
        &person->http, people->selector,
        &(struct http_place){.port = people->port, .browser = number});
    snprintf(body, sizeof(body),
             "{\"nick\":\"p%ld-%zu\",\"bearer\":true,\"rooms\":[\"%s\"]}",
             (long)getpid(), number, PEOPLE_ROOM);
    http_client_send(&person->http,
                     &(struct http_call){.method = "POST",
                                         .path = "/chat/v1/session",
                                         .token = "",
                                         .body = body},
                     on_login, person);
}

void people_log_in(struct people *people_out, struct selector *selector,
                   uint16_t port, size_t count)
{
    *people_out =
        (struct people){.selector = selector,
                        .port = port,
                        .count = count,
                        .list = alloc_or_die(count * sizeof(struct person))};
    for (size_t i = 0; i < LOGINS_AT_ONCE && i < count; i++)
        begin_login(people_out);
    bench_run(selector, "login", LOGIN_SECONDS);
}

void people_fini(struct people *people)
{
    for (size_t i = 0; i < people->begun; i++)
        http_client_close(&people->list[i].http);
    free(people->list);
}

void person_post(const struct person *person, struct http_client *http,
                 int64_t index, http_response_fn *on_response, void *context)
{
    char body[MESSAGE_BODY_SIZE];

    message_body(index, body);
    http_client_send(
        http,
        &(struct http_call){.method = "POST",
                            .path = "/chat/v1/rooms/" PEOPLE_ROOM "/messages",
                            .token = person->token,
                            .body = body},
        on_response, context);
}
