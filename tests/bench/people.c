#include "tests/bench/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/alloc.h"
#include "common/protocol.h"
#include "tests/bench/bench.h"
#include "tests/bench/message.h"

enum {
    LOGINS_AT_ONCE = 32,
    LOGIN_SECONDS = 120,
    WAIT_SECONDS = 50, /* of a poll */
    PATH_SIZE = 192,
    STATUS_OK = 200,
    STATUS_CREATED = 201,
    STATUS_ACCEPTED = 202, /* nchan: nobody was waiting */
};

static size_t room_of(const struct person *person)
{
    const struct people_options *options = &person->people->options;

    return options->first_room + person->number % options->rooms;
}

static bool speaks_nchan(const struct person *person)
{
    return person->people->options.dialect == DIALECT_NCHAN;
}

/* ---- logging in ---- */

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
    if (++people->done == people->options.count)
        selector_stop(people->options.selector);
    else if (people->begun < people->options.count)
        begin_login(people);
}

/* What Chromium sends besides with a page's fetch() of its own site. */
static const char browser_headers[] =
    "Connection: keep-alive\r\n"
    "sec-ch-ua-platform: \"Linux\"\r\n"
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36\r\n"
    "sec-ch-ua: \"Chromium\";v=\"131\", \"Not_A Brand\";v=\"24\"\r\n"
    "sec-ch-ua-mobile: ?0\r\n"
    "Accept: */*\r\n"
    "Sec-Fetch-Site: same-origin\r\n"
    "Sec-Fetch-Mode: cors\r\n"
    "Sec-Fetch-Dest: empty\r\n"
    "Referer: http://localhost/chat/\r\n"
    "Accept-Encoding: gzip, deflate, br, zstd\r\n"
    "Accept-Language: en-GB,en;q=0.9\r\n";

static struct person *connect_next(struct people *people)
{
    size_t number = people->begun++;
    struct person *person = &people->list[number];

    person->people = people;
    person->number = number;
    http_client_open(&person->http, people->options.selector,
                     &(struct http_place){.port = people->options.port,
                                          .browser = number,
                                          .headers = people->options.as_browsers
                                                         ? browser_headers
                                                         : ""});
    return person;
}

/* Nicks name the process too: several may load one server. */
static void begin_login(struct people *people)
{
    char body[128];
    struct person *person = connect_next(people);

    snprintf(
        body, sizeof(body),
        "{\"nick\":\"p%ld-%zu\",\"bearer\":true,\"rooms\":[\"bench-%zu\"]}",
        (long)getpid(), person->number, room_of(person));
    http_client_send(&person->http,
                     &(struct http_call){.method = "POST",
                                         .path = "/chat/v1/session",
                                         .body = body},
                     on_login, person);
}

void people_log_in(struct people *people_out,
                   const struct people_options *options)
{
    *people_out = (struct people){
        .options = *options,
        .list = alloc_or_die(options->count * sizeof(struct person))};
    if (options->dialect == DIALECT_NCHAN) {
        while (people_out->begun < options->count)
            connect_next(people_out);
        return;
    }
    for (size_t i = 0; i < LOGINS_AT_ONCE && i < options->count; i++)
        begin_login(people_out);
    bench_run(options->selector, "login", LOGIN_SECONDS);
}

void people_fini(struct people *people)
{
    for (size_t i = 0; i < people->begun; i++)
        http_client_close(&people->list[i].http);
    free(people->list);
}

/* ---- writing ---- */

void person_post_body(const struct person *person, struct http_client *http,
                      const char *body, http_response_fn *on_response,
                      void *context)
{
    char path[PATH_SIZE];

    snprintf(path, sizeof(path),
             speaks_nchan(person) ? "/publish?room=bench-%zu"
                                  : "/chat/v1/rooms/bench-%zu/messages",
             room_of(person));
    http_client_send(http,
                     &(struct http_call){.method = "POST",
                                         .path = path,
                                         .token = person->token,
                                         .body = body},
                     on_response, context);
}

void person_post(const struct person *person, struct http_client *http,
                 int64_t index, http_response_fn *on_response, void *context)
{
    char body[MESSAGE_BODY_SIZE];

    message_body(index, body);
    person_post_body(person, http, body, on_response, context);
}

bool person_post_succeeded(const struct http_response *response)
{
    return response->status == STATUS_CREATED ||
           response->status == STATUS_ACCEPTED;
}

/* ---- reading ---- */

/* The path of `what` after the person's cursor. */
static void make_path(const struct person *person, const char *what,
                      char path_out[PATH_SIZE])
{
    if (speaks_nchan(person))
        snprintf(path_out, PATH_SIZE, "/%s?room=bench-%zu", what,
                 room_of(person));
    else
        snprintf(path_out, PATH_SIZE, "/chat/v1/%s?since=%s&wait=%d", what,
                 person->cursor, WAIT_SECONDS);
}

void person_poll(struct person *person, http_response_fn *on_response)
{
    char path[PATH_SIZE];

    make_path(person, "events", path);
    http_client_send(&person->http,
                     &(struct http_call){.method = "GET",
                                         .path = path,
                                         .token = person->token,
                                         .headers = speaks_nchan(person)
                                                        ? person->cursor
                                                        : NULL},
                     on_response, person);
}

void person_listen(struct person *person, http_piece_fn *on_piece)
{
    char path[PATH_SIZE];

    make_path(person, "stream", path);
    http_client_listen(
        &person->http,
        &(struct http_call){.method = "GET",
                            .path = path,
                            .token = person->token,
                            .headers = "Accept: text/event-stream\r\n"},
        on_piece, person);
}

void person_advance(struct person *person, const struct http_response *response,
                    const struct delivery_news *news)
{
    char time[48], tag[32];

    if (!speaks_nchan(person)) {
        memcpy(person->cursor, news->next, sizeof(person->cursor));
        return;
    }
    http_response_header(response, "Last-Modified: ", time, sizeof(time));
    http_response_header(response, "Etag: ", tag, sizeof(tag));
    int length =
        snprintf(person->cursor, sizeof(person->cursor),
                 "If-Modified-Since: %s\r\nIf-None-Match: %s\r\n", time, tag);
    if (length >= (int)sizeof(person->cursor))
        bench_die("too long a cursor");
}
