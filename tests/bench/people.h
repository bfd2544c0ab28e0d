/*
 * The people of a benchmark: each has a browser's connection and a session in
 * one of some rooms bench-N, bench-N+1, ... And the one place that knows how
 * each kind of server wants to be asked.
 */
#ifndef TESTS_BENCH_PEOPLE_H
#define TESTS_BENCH_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/selector.h"
#include "tests/bench/delivery.h"
#include "tests/bench/http_client.h"

enum { PERSON_TOKEN_SIZE = 64 };

/*
 * The chat's interface, which the floor has too, or nchan's: nobody logs in
 * there, a cursor is two headers, and posts are passed on as they are.
 */
enum dialect { DIALECT_CHAT, DIALECT_NCHAN };

struct people;

struct person {
    struct http_client http;
    struct people *people;
    size_t number; /* from 0; the room: first_room + `number` % rooms */
    char token[PERSON_TOKEN_SIZE];
    char cursor[CURSOR_SIZE];
    void *context; /* the benchmark's own */
};

struct people_options {
    struct selector *selector;
    uint16_t port;
    enum dialect dialect;
    size_t count;
    size_t rooms, first_room;
    bool as_browsers; /* send all the headers that a browser does */
};

struct people {
    struct people_options options;
    size_t begun, done; /* logins */
    struct person *list;
};

/*
 * Connects and logs in `count` people, a few at a time; ends the program if
 * one of them is refused. End it with people_fini().
 */
void people_log_in(struct people *people_out,
                   const struct people_options *options);
void people_fini(struct people *people);

/* Posts `body` in the person's room, over `http`. */
void person_post_body(const struct person *person, struct http_client *http,
                      const char *body, http_response_fn *on_response,
                      void *context);

/* Posts message number `index` as `person`, over `http`. */
void person_post(const struct person *person, struct http_client *http,
                 int64_t index, http_response_fn *on_response, void *context);

/* Whether a post was taken. */
bool person_post_succeeded(const struct http_response *response);

/* Asks for what is after the person's cursor, and waits for it. */
void person_poll(struct person *person, http_response_fn *on_response);

/* Asks for all that comes after the person's cursor. */
void person_listen(struct person *person, http_piece_fn *on_piece);

/* The cursor to go on with after this reply, which says `news`. */
void person_advance(struct person *person, const struct http_response *response,
                    const struct delivery_news *news);

#endif
