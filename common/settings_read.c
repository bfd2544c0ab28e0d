/*
 * Files into settings. inih splits lines into section, name and value; we
 * feed it one line at a time and look at each line first, because some of
 * what inih takes would not be what the operator meant: it cuts a line that
 * is too long, joins an indented one to the setting above, ignores what is
 * behind a section's bracket, and tells the number of only the first line it
 * didn't understand. Such a line is complained about here and reaches inih as
 * an empty one.
 *
 * A line that should be a setting is handed on with `waits_for_setting` set,
 * which inih's callback clears; still set when inih asks for the next line,
 * there was no setting in it.
 */
#include "common/settings_internal.h"

#include <dirent.h>
#include <errno.h>
#include <ini.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/names.h"

static const char blanks[] = " \t\r\v\f";

enum section_state { SECTION_NONE, SECTION_KNOWN, SECTION_UNKNOWN };

/* One file being parsed. */
struct parse {
    struct settings_reading *reading;
    const char *file;
    const char *rest; /* not yet read: from here to `end` */
    const char *end;
    unsigned line; /* the number of the one that inih has; 0: none yet */
    enum section_state section;
    bool waits_for_setting;
};

/* ---- complaints ---- */

/* "FILE:LINE: ...", or without a line (0) "FILE: ...". */
__attribute__((format(printf, 4, 5))) static void
complain(struct settings_reading *reading, const char *file, unsigned line,
         const char *format, ...)
{
    va_list args;

    reading->complaint_count++;
    if (reading->complaint_count == SETTINGS_COMPLAINTS_MAX + 1)
        fprintf(reading->complaints, "%s: and more\n", file);
    if (reading->complaint_count > SETTINGS_COMPLAINTS_MAX)
        return;
    if (line > 0)
        fprintf(reading->complaints, "%s:%u: ", file, line);
    else
        fprintf(reading->complaints, "%s: ", file);
    va_start(args, format);
    vfprintf(reading->complaints, format, args);
    va_end(args);
    fputc('\n', reading->complaints);
}

#define COMPLAIN(parse, ...)                                                   \
    complain((parse)->reading, (parse)->file, (parse)->line, __VA_ARGS__)

static void complain_of_section(struct parse *parse, const char *section)
{
    const char *nearest = setting_nearest_section(section);

    if (nearest != NULL)
        COMPLAIN(parse, "unknown section %s; did you mean \"%s\"?",
                 LOG_QUOTED(section), nearest);
    else
        COMPLAIN(parse, "unknown section %s", LOG_QUOTED(section));
}

static void complain_of_name(struct parse *parse, const char *section,
                             const char *name)
{
    const char *quoted = LOG_QUOTED(name);
    const struct setting *meant = setting_elsewhere(name);

    if (meant != NULL) {
        COMPLAIN(parse, "unknown setting %s in [%s]; it belongs in [%s]",
                 quoted, section, meant->section);
        return;
    }
    meant = setting_nearest(section, name);
    if (meant != NULL)
        COMPLAIN(parse, "unknown setting %s in [%s]; did you mean \"%s\"?",
                 quoted, section, meant->name);
    else
        COMPLAIN(parse, "unknown setting %s in [%s]", quoted, section);
}

/* ---- one line ---- */

static bool is_comment_or_end(char character)
{
    return character == '\0' || character == ';' || character == '#';
}

/* A line that starts with '['. True: inih may have it. */
static bool enter_section(struct parse *parse, const char *line)
{
    char section[SETTINGS_LINE_SIZE];
    const char *bracket = strchr(line, ']');

    parse->section = SECTION_UNKNOWN;
    if (bracket == NULL) {
        COMPLAIN(parse, "\"[\" without \"]\"");
        return false;
    }
    const char *behind = bracket + 1;
    if (!is_comment_or_end(behind[strspn(behind, blanks)])) {
        COMPLAIN(parse, "something behind \"]\": settings begin on a line of "
                        "their own");
        return false;
    }
    size_t length = (size_t)(bracket - line) - 1;
    memcpy(section, line + 1, length);
    section[length] = '\0';
    if (!setting_section_exists(section)) {
        complain_of_section(parse, section);
        return false;
    }
    parse->section = SECTION_KNOWN;
    return true;
}

/* A line that should be a setting. True: inih may have it. */
static bool enter_setting(struct parse *parse)
{
    if (parse->section == SECTION_NONE)
        COMPLAIN(parse, "a setting before the first [section]");
    parse->waits_for_setting = parse->section == SECTION_KNOWN;
    return parse->waits_for_setting;
}

/* Whether inih may have `line`. Complains if it may not but says something. */
static bool vet_line(struct parse *parse, const char *line)
{
    size_t indent = strspn(line, blanks);

    if (is_comment_or_end(line[indent]))
        return false;
    if (indent > 0) {
        COMPLAIN(parse, "begins with a blank: a setting is one line and "
                        "starts at its beginning");
        return false;
    }
    return line[0] == '[' ? enter_section(parse, line) : enter_setting(parse);
}

/* After a line: was there a setting in it? */
static void settle_line(struct parse *parse)
{
    if (parse->waits_for_setting)
        COMPLAIN(parse, "neither \"name = value\" nor [section] nor comment");
    parse->waits_for_setting = false;
}

/*
 * The next `length` bytes as a string in `line_out`. False: not a line that
 * could say anything.
 */
static bool copy_line(struct parse *parse, size_t length, char *line_out,
                      size_t line_bytes)
{
    line_out[0] = '\0';
    if (!text_is_utf8(parse->rest, length)) {
        COMPLAIN(parse, "not text in UTF-8");
        return false;
    }
    if (length >= line_bytes) {
        COMPLAIN(parse, "longer than %zu bytes", line_bytes - 1);
        return false;
    }
    memcpy(line_out, parse->rest, length);
    line_out[length] = '\0';
    return true;
}

/* An fgets() for inih: the next line, or an empty one in its place. */
static char *read_line(char *out, int out_bytes, void *stream)
{
    struct parse *parse = stream;

    settle_line(parse);
    if (parse->rest == parse->end)
        return NULL;
    parse->line++;
    size_t left = (size_t)(parse->end - parse->rest);
    const char *newline = memchr(parse->rest, '\n', left);
    size_t length = newline ? (size_t)(newline - parse->rest) : left;
    /* inih wants the '\n' as well. */
    if (!copy_line(parse, length, out, (size_t)out_bytes - 1) ||
        !vet_line(parse, out))
        length = 0;
    memcpy(out + length, "\n", 2);
    parse->rest = newline ? newline + 1 : parse->end;
    return out;
}

/* A '#' behind a blank was meant as a comment; inih takes it for text. */
static bool has_hash_comment(const char *value)
{
    return value[0] == '#' || strstr(value, " #") != NULL ||
           strstr(value, "\t#") != NULL;
}

/* inih's callback: never tells it of an error, they have been said. */
static int take_setting(void *user, const char *section, const char *name,
                        const char *value)
{
    struct parse *parse = user;
    const struct setting *setting = setting_find(section, name);
    char why[SETTING_WHY_SIZE];

    parse->waits_for_setting = false;
    if (setting == NULL)
        complain_of_name(parse, section, name);
    else if (has_hash_comment(value))
        COMPLAIN(parse, "[%s] %s: a comment behind a value begins with \";\"",
                 section, name);
    else if (!setting_store(setting, value, &parse->reading->settings, why))
        COMPLAIN(parse, "[%s] %s: %s %s", section, name, LOG_QUOTED(value),
                 why);
    return 1;
}

void settings_parse(struct settings_reading *reading, const char *file,
                    const char *data, size_t length)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct parse parse = {
        .reading = reading, .file = file, .rest = data, .end = data + length};

    if (length >= 3 && memcmp(data, byte_order_mark, 3) == 0)
        parse.rest += 3;
    ini_max_line = SETTINGS_LINE_SIZE;
    ini_parse_stream(read_line, &parse, take_setting, &parse);
}

/* ---- files ---- */

static void complain_unreadable(struct settings_reading *reading,
                                const char *path)
{
    complain(reading, path, 0, "%s", strerror(errno));
    reading->unreadable = true;
}

static void read_stream(struct settings_reading *reading, const char *path,
                        FILE *file)
{
    char *data = malloc(SETTINGS_FILE_BYTES_MAX + 1);

    if (data == NULL) {
        complain_unreadable(reading, path);
        return;
    }
    size_t length = fread(data, 1, SETTINGS_FILE_BYTES_MAX + 1, file);
    if (ferror(file))
        complain_unreadable(reading, path);
    else if (length > SETTINGS_FILE_BYTES_MAX)
        complain(reading, path, 0, "larger than %d bytes",
                 SETTINGS_FILE_BYTES_MAX);
    else
        settings_parse(reading, path, data, length);
    free(data);
}

static void read_file(struct settings_reading *reading, const char *path)
{
    FILE *file = fopen(path, "rbe");

    if (file == NULL) {
        complain_unreadable(reading, path);
        return;
    }
    read_stream(reading, path, file);
    fclose(file);
}

static int is_settings_file(const struct dirent *entry)
{
    const char *name = entry->d_name;
    size_t length = strlen(name);

    return name[0] != '.' && length > 5 &&
           strcmp(name + length - 5, ".conf") == 0;
}

/* As LC_ALL=C would, whatever the locale: alphasort() asks the locale. */
static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void read_folder(struct settings_reading *reading, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_settings_file, by_name);

    if (count < 0) {
        if (errno != ENOENT)
            complain_unreadable(reading, folder);
        return;
    }
    for (int i = 0; i < count; i++) {
        char path[PATH_MAX + NAME_MAX + 2];
        snprintf(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
        read_file(reading, path);
        free(entries[i]);
    }
    free(entries);
}

/* The folder conf.d in the folder of `path`. */
static void read_folder_beside(struct settings_reading *reading,
                               const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int prefix = slash ? (int)(slash - path) + 1 : 0;

    if ((size_t)prefix + sizeof("conf.d") > sizeof(folder))
        return; /* the file itself could not be opened either */
    snprintf(folder, sizeof(folder), "%.*sconf.d", prefix, path);
    read_folder(reading, folder);
}

/* ---- all together ---- */

/* The default rooms against the limits that sessions have to keep. */
static void check_rooms(struct settings_reading *reading, const char *path)
{
    const struct settings *settings = &reading->settings;
    const char *rest = settings->chat.default_rooms;
    char word[SETTING_SIZE];
    char normal[ROOM_SIZE];
    int64_t count = 0;

    while ((rest = setting_next_word(rest, word)) != NULL) {
        count++;
        if (room_normalize(word, (size_t)settings->limits.room_bytes, normal) !=
            CHAT_OK)
            complain(reading, path, 0,
                     "[chat] default_rooms: %s is longer than [limits] "
                     "room_bytes",
                     LOG_QUOTED(word));
    }
    if (count > settings->limits.rooms_per_session)
        complain(reading, path, 0,
                 "[chat] default_rooms: more than [limits] rooms_per_session");
}

/* What no value shows by itself. */
static void check_together(struct settings_reading *reading, const char *path)
{
    const struct settings *settings = &reading->settings;
    bool certificate = settings->broker.tls_certificate[0] != '\0';
    bool key = settings->broker.tls_key[0] != '\0';

    if (certificate != key)
        complain(reading, path, 0, "[broker] %s without %s",
                 certificate ? "tls_certificate" : "tls_key",
                 certificate ? "tls_key" : "tls_certificate");
    check_rooms(reading, path);
}

/* "section.name=value", as two lines of a file. */
static void read_assignment(struct settings_reading *reading,
                            const char *assignment)
{
    size_t section = strcspn(assignment, ".=");
    size_t name = strcspn(assignment, "=");
    char lines[SETTINGS_LINE_SIZE];

    if (assignment[section] != '.' || assignment[name] != '=' ||
        strpbrk(assignment, "\r\n") != NULL) {
        complain(reading, "--set", 0, "%s is not SECTION.NAME=VALUE",
                 LOG_QUOTED(assignment));
        return;
    }
    int length = snprintf(lines, sizeof(lines), "[%.*s]\n%.*s = %s\n",
                          (int)section, assignment, (int)(name - section - 1),
                          assignment + section + 1, assignment + name + 1);
    if (length < 0 || (size_t)length >= sizeof(lines))
        complain(reading, "--set", 0, "too long");
    else
        settings_parse(reading, "--set", lines, (size_t)length);
}

enum chat_result settings_read_sources(const struct settings_sources *sources,
                                       FILE *complaints,
                                       struct settings *settings_out)
{
    struct settings_reading reading = {.complaints = complaints};
    const char *path = sources->path != NULL ? sources->path : "";

    settings_defaults(&reading.settings);
    if (path[0] != '\0') {
        read_file(&reading, path);
        read_folder_beside(&reading, path);
    }
    for (size_t i = 0; i < sources->assignment_count; i++)
        read_assignment(&reading, sources->assignments[i]);
    check_together(&reading, path[0] != '\0' ? path : "settings");
    if (reading.unreadable)
        return CHAT_NOT_FOUND;
    if (reading.complaint_count > 0)
        return CHAT_BAD_REQUEST;
    *settings_out = reading.settings;
    return CHAT_OK;
}

enum chat_result settings_read(const char *path, FILE *complaints,
                               struct settings *settings_out)
{
    return settings_read_sources(&(struct settings_sources){.path = path},
                                 complaints, settings_out);
}
