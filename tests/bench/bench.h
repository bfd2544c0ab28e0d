/*
 * What the benchmarks' programs share: how they end badly, how they wait, and
 * how they talk with the driver (tests/bench/run.mjs).
 *
 * A benchmark in which anything fails that is not what it counts is void: the
 * program says why and exits with EXIT_FAILURE.
 */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <jansson.h>

#include "common/result.h"
#include "common/selector.h"

/* Says why, and ends the program. */
_Noreturn void bench_die(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* Ends the program unless `result` is CHAT_OK. */
void bench_need(enum chat_result result, const char *what);

/*
 * Runs `selector` until something stops it; the program ends if nothing has
 * within `seconds`.
 */
void bench_run(struct selector *selector, const char *what, int seconds);

/*
 * Tells the driver that a phase is reached: one line on stdout, the JSON
 * object `numbers` (consumed; NULL: none) with "phase" added. Then waits for
 * a line on stdin: meanwhile the driver looks at the servers.
 */
void bench_phase(const char *phase, json_t *numbers);

#endif
