/* What the parts of settings share: the table, and a reading under way. */
#ifndef COMMON_SETTINGS_INTERNAL_H
#define COMMON_SETTINGS_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/settings.h"

/* ---- the table (settings_table.c) ---- */

enum setting_type {
    SETTING_TEXT,    /* char[SETTING_SIZE]; least..most: its bytes */
    SETTING_ROOMS,   /* the same: valid room names, blanks between */
    SETTING_ORIGINS, /* the same: origins of pages as browsers send them */
    SETTING_INTEGER, /* int64_t; least..most */
    SETTING_BOOLEAN, /* bool */
    SETTING_LEVEL,   /* enum log_level */
};

struct setting {
    const char *section;
    const char *name;
    size_t offset; /* of its field in struct settings */
    enum setting_type type;
    const char *standard; /* the default, as it stands in a file */
    int64_t least, most;
    const char *meaning; /* for the manual */
};

extern const struct setting settings_table[];
extern const size_t settings_count;

/* The setting of that name, or NULL. */
const struct setting *setting_find(const char *section, const char *name);

/* Whether any setting is in `section`. */
bool setting_section_exists(const char *section);

/*
 * What somebody may have meant: the section's name that is a few letters from
 * `section`; the setting in another section called exactly `name`; the
 * setting in `section` a few letters from `name`. NULL: nothing is near.
 */
const char *setting_nearest_section(const char *section);
const struct setting *setting_elsewhere(const char *name);
const struct setting *setting_nearest(const char *section, const char *name);

/* ---- values (settings_value.c) ---- */

enum { SETTING_WHY_SIZE = 128 };

/*
 * Reads `value` into the setting's field of `settings`. False: it is none,
 * `why_out` (SETTING_WHY_SIZE bytes) says why, as in "is out of range: 1 to
 * 8", and the field is as before.
 */
bool setting_store(const struct setting *setting, const char *value,
                   struct settings *settings, char *why_out);

/*
 * Which values the setting takes, for people: "1 to 8", "yes or no". In
 * `out` (SETTING_WHY_SIZE bytes); returns it.
 */
const char *setting_range(const struct setting *setting, char *out);

/* ---- reading (settings_read.c) ---- */

enum {
    /* A line, with its end; inih's own default would be 200. */
    SETTINGS_LINE_SIZE = 1024,
    SETTINGS_FILE_BYTES_MAX = 256 * 1024,
    /* Beyond it one more line says so, and the rest is not shown. */
    SETTINGS_COMPLAINTS_MAX = 100,
};

/* One call of settings_read(), over all its files. */
struct settings_reading {
    struct settings settings;
    FILE *complaints;
    unsigned complaint_count;
    bool unreadable; /* a file was missing or could not be read */
};

/* Where settings come from, later ones above earlier ones. */
struct settings_sources {
    const char *path;               /* NULL: no file */
    const char *const *assignments; /* "section.name=value" */
    size_t assignment_count;
};

/* As settings_read(), of all these. */
enum chat_result settings_read_sources(const struct settings_sources *sources,
                                       FILE *complaints,
                                       struct settings *settings_out);

/*
 * Reads `length` bytes of `data`, which came from a file called `file`, on
 * top of `reading->settings`; what is wrong goes to `reading->complaints`
 * and leaves its setting as it was.
 */
void settings_parse(struct settings_reading *reading, const char *file,
                    const char *data, size_t length);

#endif
