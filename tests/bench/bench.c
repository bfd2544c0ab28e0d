#include "tests/bench/bench.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"

void bench_die(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

void bench_need(enum chat_result result, const char *what)
{
    if (result != CHAT_OK)
        bench_die("%s: %s", what, chat_result_code(result));
}

static void on_deadline(void *context)
{
    bench_die("%s did not end in time", (const char *)context);
}

void bench_run(struct selector *selector, const char *what, int seconds)
{
    char name[64];
    struct selector_timer deadline = {.callback = on_deadline, .context = name};

    snprintf(name, sizeof(name), "%s", what);
    bench_need(
        selector_arm(selector, &deadline, clock_mono_ms() + seconds * 1000),
        name);
    bench_need(selector_run(selector), name);
    selector_disarm(selector, &deadline);
}

void bench_phase(const char *phase, json_t *numbers)
{
    char line[16];

    if (numbers == NULL)
        numbers = json_object();
    json_object_set_new(numbers, "phase", json_string(phase));
    json_dumpf(numbers, stdout, JSON_COMPACT | JSON_REAL_PRECISION(9));
    putchar('\n');
    fflush(stdout);
    json_decref(numbers);
    if (fgets(line, sizeof(line), stdin) == NULL)
        bench_die("the driver is gone");
}
