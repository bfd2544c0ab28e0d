/*
 * The load generator: many browsers in one process and one thread.
 *
 *   load fanout --port=8080 --people=1000 --messages=100 [--streams]
 *   load rooms  --port=8080 --people=2000 --rooms=200 --seconds=5 RATE...
 *   load post   --port=8080 --people=10 --seconds=5 [--messages=500]
 *
 *   load crowd  --port=8080 --people=12500 --messages=5 --seconds=6 [--posts]
 *   load flood  --port=8080 --people=16 --seconds=5
 *   load slow   --port=8080 --people=1000 --messages=200
 *
 * --first-room=N keeps several of them apart on one server; --as-browsers
 * sends all the headers that a browser does. With --nchan the server is no chat
 * but nginx's module nchan.
 *
 * It talks with its driver by phases, see bench_phase().
 */
#include "tests/bench/load.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/bench.h"

enum { PEOPLE_MAX = 15000, MESSAGES_MAX = 1000000, SECONDS_MAX = 600 };

static const struct {
    const char *name;
    void (*run)(struct selector *selector, const struct load_options *options);
} loads[] = {
    {"fanout", load_fan_out}, {"rooms", load_rooms}, {"post", load_post},
    {"crowd", load_crowd},    {"flood", load_flood}, {"slow", load_slow},
};

static int64_t number(const char *text, int64_t most)
{
    char *end;
    long long value = strtoll(text, &end, 10);

    if (end == text || *end != '\0' || value < 0 || value > most)
        bench_die("%s is not a number up to %lld", text, (long long)most);
    return value;
}

static void read_option(struct load_options *options, int name)
{
    if (name == 'p')
        options->port = (uint16_t)number(optarg, UINT16_MAX);
    else if (name == 'c')
        options->dialect = DIALECT_NCHAN;
    else if (name == 't')
        options->streams = true;
    else if (name == 'b')
        options->as_browsers = true;
    else if (name == 'o')
        options->posts = true;
    else if (name == 'f')
        options->first_room = (size_t)number(optarg, PEOPLE_MAX);
    else if (name == 'n')
        options->people = (size_t)number(optarg, PEOPLE_MAX);
    else if (name == 'r')
        options->rooms = (size_t)number(optarg, PEOPLE_MAX);
    else if (name == 'm')
        options->messages = number(optarg, MESSAGES_MAX);
    else if (name == 's')
        options->seconds = number(optarg, SECONDS_MAX);
    else
        exit(EXIT_FAILURE); /* getopt has said why */
}

static struct load_options read_options(int argc, char **argv)
{
    static const struct option names[] = {
        {"port", required_argument, NULL, 'p'},
        {"nchan", no_argument, NULL, 'c'},
        {"streams", no_argument, NULL, 't'},
        {"as-browsers", no_argument, NULL, 'b'},
        {"posts", no_argument, NULL, 'o'},
        {"first-room", required_argument, NULL, 'f'},
        {"people", required_argument, NULL, 'n'},
        {"rooms", required_argument, NULL, 'r'},
        {"messages", required_argument, NULL, 'm'},
        {"seconds", required_argument, NULL, 's'},
        {NULL, 0, NULL, 0},
    };
    struct load_options options = {
        .port = 8080, .people = 1, .rooms = 1, .seconds = 60};
    int name;

    while ((name = getopt_long(argc, argv, "", names, NULL)) != -1)
        read_option(&options, name);
    if (options.rooms == 0 || options.people < options.rooms)
        bench_die("at least one person for each room, and one room");
    for (int i = optind + 1; i < argc; i++) {
        if (options.rate_count == RATES_MAX)
            bench_die("more than %d rates", RATES_MAX);
        options.rates[options.rate_count++] = number(argv[i], MESSAGES_MAX);
    }
    return options;
}

struct people_options load_people(struct selector *selector,
                                  const struct load_options *options,
                                  size_t rooms)
{
    return (struct people_options){.selector = selector,
                                   .port = options->port,
                                   .dialect = options->dialect,
                                   .as_browsers = options->as_browsers,
                                   .count = options->people,
                                   .rooms = rooms,
                                   .first_room = options->first_room};
}

int main(int argc, char **argv)
{
    struct load_options options = read_options(argc, argv);
    struct selector *selector;

    bench_need(selector_new(SELECTOR_EPOLL, &selector), "selector_new");
    for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
        if (optind < argc && strcmp(argv[optind], loads[i].name) == 0) {
            loads[i].run(selector, &options);
            selector_free(selector);
            return EXIT_SUCCESS;
        }
    }
    bench_die("which load? fanout, rooms, post, crowd, flood or slow");
}
