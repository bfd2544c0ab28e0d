/*
 * A value as it stands in a file, into its field: one function for each type.
 * The defaults take the same way, so the table is checked by being used.
 */
#include "common/settings_internal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/names.h"

static const char *const level_names[] = {
    [LOG_LEVEL_ERROR] = "error",
    [LOG_LEVEL_WARN] = "warn",
    [LOG_LEVEL_INFO] = "info",
    [LOG_LEVEL_DEBUG] = "debug",
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Says in `why_out` what is wrong. Returns false, for its caller to. */
__attribute__((format(printf, 2, 3))) static bool
refuse(char *why_out, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(why_out, SETTING_WHY_SIZE, format, args);
    va_end(args);
    return false;
}

static bool store_text(const struct setting *setting, const char *value,
                       void *field, char *why_out)
{
    size_t length = strlen(value);

    if (length < (size_t)setting->least)
        return refuse(why_out, "must not be empty");
    if (length > (size_t)setting->most)
        return refuse(why_out, "is longer than %" PRId64 " bytes",
                      setting->most);
    memcpy(field, value, length + 1);
    return true;
}

const char *setting_next_word(const char *words, char *word_out)
{
    static const char blanks[] = " \t";
    const char *word = words + strspn(words, blanks);
    size_t length = strcspn(word, blanks);

    assert(length < SETTING_SIZE);
    if (length == 0)
        return NULL;
    memcpy(word_out, word, length);
    word_out[length] = '\0';
    return word + length;
}

static bool store_rooms(const struct setting *setting, const char *value,
                        void *field, char *why_out)
{
    char words[SETTING_SIZE];
    char word[SETTING_SIZE];
    char normal[ROOM_SIZE];
    const char *rest = words;

    if (!store_text(setting, value, words, why_out))
        return false;
    while ((rest = setting_next_word(rest, word)) != NULL) {
        if (room_normalize(word, ROOM_SIZE - 1, normal) != CHAT_OK)
            return refuse(why_out, "has %s in it, which is no room name",
                          log_quote(word, (char[64]){0}, 64));
    }
    memcpy(field, words, strlen(words) + 1);
    return true;
}

/* "https://www.example.org:8443": as browsers write it, so in small letters. */
static bool is_origin(const char *word)
{
    static const char *const schemes[] = {"https://", "http://"};

    for (size_t i = 0; i < COUNT(schemes); i++) {
        const char *host = word + strlen(schemes[i]);
        if (strncmp(word, schemes[i], strlen(schemes[i])) == 0)
            return host[0] != '\0' &&
                   strspn(host, "abcdefghijklmnopqrstuvwxyz0123456789-.:[]") ==
                       strlen(host);
    }
    return false;
}

static bool store_origins(const struct setting *setting, const char *value,
                          void *field, char *why_out)
{
    char words[SETTING_SIZE];
    char word[SETTING_SIZE];
    const char *rest = words;

    if (!store_text(setting, value, words, why_out))
        return false;
    while ((rest = setting_next_word(rest, word)) != NULL) {
        if (!is_origin(word))
            return refuse(why_out, "has %s in it, which is no origin",
                          log_quote(word, (char[64]){0}, 64));
    }
    memcpy(field, words, strlen(words) + 1);
    return true;
}

static bool is_whole_number(const char *value)
{
    const char *digits = value + (value[0] == '-');

    return digits[0] != '\0' && strspn(digits, "0123456789") == strlen(digits);
}

static bool store_integer(const struct setting *setting, const char *value,
                          void *field, char *why_out)
{
    char range[SETTING_WHY_SIZE / 2];

    snprintf(range, sizeof(range), "%" PRId64 " to %" PRId64, setting->least,
             setting->most);
    if (!is_whole_number(value))
        return refuse(why_out, "is not a whole number: %s", range);
    errno = 0;
    long long number = strtoll(value, NULL, 10);
    if (errno == ERANGE || number < setting->least || number > setting->most)
        return refuse(why_out, "is out of range: %s", range);
    *(int64_t *)field = number;
    return true;
}

static bool store_boolean(const struct setting *setting, const char *value,
                          void *field, char *why_out)
{
    static const char *const words[][2] = {
        {"no", "yes"}, {"off", "on"}, {"false", "true"}, {"0", "1"}};

    (void)setting;
    for (size_t i = 0; i < COUNT(words); i++) {
        for (int truth = 0; truth <= 1; truth++) {
            if (strcasecmp(value, words[i][truth]) == 0) {
                *(bool *)field = truth != 0;
                return true;
            }
        }
    }
    return refuse(why_out, "is neither yes nor no (on, off, true, false, 1, "
                           "0)");
}

static bool store_level(const struct setting *setting, const char *value,
                        void *field, char *why_out)
{
    (void)setting;
    for (size_t i = 0; i < COUNT(level_names); i++) {
        if (strcmp(value, level_names[i]) == 0) {
            *(enum log_level *)field = (enum log_level)i;
            return true;
        }
    }
    return refuse(why_out, "is not a level: error, warn, info or debug");
}

bool setting_store(const struct setting *setting, const char *value,
                   struct settings *settings, char *why_out)
{
    static bool (*const stores[])(const struct setting *, const char *, void *,
                                  char *) = {
        [SETTING_TEXT] = store_text,       [SETTING_ROOMS] = store_rooms,
        [SETTING_INTEGER] = store_integer, [SETTING_BOOLEAN] = store_boolean,
        [SETTING_LEVEL] = store_level,     [SETTING_ORIGINS] = store_origins,
    };
    void *field = (char *)settings + setting->offset;

    return stores[setting->type](setting, value, field, why_out);
}

const char *setting_range(const struct setting *setting, char *out)
{
    switch (setting->type) {
    case SETTING_TEXT:
        snprintf(out, SETTING_WHY_SIZE,
                 "text, %" PRId64 " to %" PRId64 " bytes", setting->least,
                 setting->most);
        break;
    case SETTING_ROOMS:
        snprintf(out, SETTING_WHY_SIZE, "room names, blanks between");
        break;
    case SETTING_ORIGINS:
        snprintf(out, SETTING_WHY_SIZE, "origins, blanks between");
        break;
    case SETTING_INTEGER:
        snprintf(out, SETTING_WHY_SIZE, "%" PRId64 " to %" PRId64,
                 setting->least, setting->most);
        break;
    case SETTING_BOOLEAN:
        snprintf(out, SETTING_WHY_SIZE, "yes or no");
        break;
    case SETTING_LEVEL:
        snprintf(out, SETTING_WHY_SIZE, "error, warn, info or debug");
        break;
    }
    return out;
}

void settings_defaults(struct settings *settings_out)
{
    char why[SETTING_WHY_SIZE];

    memset(settings_out, 0, sizeof(*settings_out));
    for (size_t i = 0; i < settings_count; i++) {
        bool stored = setting_store(
            &settings_table[i], settings_table[i].standard, settings_out, why);
        assert(stored);
        (void)stored;
    }
}
