/* The settings' faces to people: the manual's table and the command line. */
#include "common/settings_internal.h"

#include <getopt.h>

#include "common/version.h"

enum { EXIT_USAGE = 2, GO_ON = -1 };

void settings_print_table(FILE *out)
{
    char range[SETTING_WHY_SIZE];

    fputs("| section | setting | values | default | meaning |\n"
          "|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < settings_count; i++) {
        const struct setting *setting = &settings_table[i];
        const char *quote = setting->standard[0] != '\0' ? "`" : "";
        fprintf(out, "| `[%s]` | `%s` | %s | %s%s%s | %s |\n", setting->section,
                setting->name, setting_range(setting, range), quote,
                setting->standard, quote, setting->meaning);
    }
}

static void print_help(const char *program)
{
    printf(
        "Usage: %s [OPTION]...\n"
        "\n"
        "  --config FILE    read settings from FILE and from the *.conf\n"
        "                   files in the folder conf.d beside it\n"
        "  --set SECTION.NAME=VALUE\n"
        "                   a setting above those of the files; may be "
        "repeated\n"
        "  --check-config   check the settings, complain or say \"ok\", end\n"
        "  --help           print this, end\n"
        "  --version        print the version, end\n"
        "\n"
        "The settings:\n"
        "\n",
        program);
    settings_print_table(stdout);
}

enum { ASSIGNMENTS_MAX = 64 };

struct command_line {
    const char *config; /* NULL: none */
    const char *assignments[ASSIGNMENTS_MAX];
    size_t assignment_count;
    bool check;
};

/* GO_ON with `line_out` set, or an exit status as settings_command_line(). */
static int parse_command_line(const char *program, int argc, char **argv,
                              struct command_line *line_out)
{
    static const struct option options[] = {
        {"config", required_argument, NULL, 'c'},
        {"set", required_argument, NULL, 's'},
        {"check-config", no_argument, NULL, 'k'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},
        {NULL, 0, NULL, 0},
    };
    struct command_line line = {0};

    optind = 0; /* from the start, also the second time */
    for (int option;
         (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        switch (option) {
        case 'c':
            line.config = optarg;
            break;
        case 's':
            if (line.assignment_count == ASSIGNMENTS_MAX) {
                fprintf(stderr, "%s: too many --set\n", program);
                return EXIT_USAGE;
            }
            line.assignments[line.assignment_count++] = optarg;
            break;
        case 'k':
            line.check = true;
            break;
        case 'h':
            print_help(program);
            return 0;
        case 'v':
            printf("%s %s\n", program, AJAXCHAT_VERSION);
            return 0;
        default:
            return EXIT_USAGE; /* getopt_long() has said why */
        }
    }
    if (optind < argc) {
        fprintf(stderr, "%s: not an option: %s\n", program, argv[optind]);
        return EXIT_USAGE;
    }
    *line_out = line;
    return GO_ON;
}

static int check(const struct settings_program *program, const char *config,
                 const struct settings *settings)
{
    if (program->check != NULL && program->check(settings) != CHAT_OK)
        return EXIT_USAGE;
    printf("%s: ok\n", config != NULL ? config : "defaults");
    return 0;
}

int settings_command_line(const struct settings_program *program, int argc,
                          char **argv, struct settings *settings_out)
{
    struct command_line line;
    int status = parse_command_line(program->name, argc, argv, &line);

    if (status != GO_ON)
        return status;
    const struct settings_sources sources = {
        .path = line.config,
        .assignments = line.assignments,
        .assignment_count = line.assignment_count,
    };
    if (settings_read_sources(&sources, stderr, settings_out) != CHAT_OK)
        return EXIT_USAGE;
    return line.check ? check(program, line.config, settings_out) : GO_ON;
}
