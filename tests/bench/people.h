/*
 * The people of a benchmark: each has a browser's connection and a session in
 * the room PEOPLE_ROOM.
 */
#ifndef TESTS_BENCH_PEOPLE_H
#define TESTS_BENCH_PEOPLE_H

#include <stddef.h>
#include <stdint.h>

#include "common/selector.h"
#include "tests/bench/delivery.h"
#include "tests/bench/http_client.h"

#define PEOPLE_ROOM "bench"

enum { PERSON_TOKEN_SIZE = 64 };

struct people;

struct person {
    struct http_client http;
    struct people *people;
    size_t number; /* from 0 */
    char token[PERSON_TOKEN_SIZE];
    char cursor[CURSOR_SIZE]; /* as of the login */
    void *context;            /* the benchmark's own */
};

struct people {
    struct selector *selector;
    uint16_t port;
    size_t count;
    size_t begun, done; /* logins */
    struct person *list;
};

/*
 * Connects and logs in `count` people, a few at a time; ends the program if
 * one of them is refused. End it with people_fini().
 */
void people_log_in(struct people *people_out, struct selector *selector,
                   uint16_t port, size_t count);
void people_fini(struct people *people);

/* Posts message number `index` as `person`, over `http`. */
void person_post(const struct person *person, struct http_client *http,
                 int64_t index, http_response_fn *on_response, void *context);

#endif
