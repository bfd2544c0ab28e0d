/*
 * One table says what settings there are. A setting's value is a number in
 * between: of a word its place among the words, of a flag 0 or 1; text and
 * JSON are two ways to write it.
 */
#include "common/room_settings.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/words.h"

enum setting_type { SETTING_WORD, SETTING_FLAG, SETTING_NUMBER };

struct setting {
    const char *name;
    enum setting_type type;
    size_t offset; /* in struct room_settings */
    const char *const *words;
    int64_t max; /* what may be chosen: 0 to this */
};

enum {
    SLOW_SECONDS_MAX = 3600,
    RETENTION_DAYS_MAX = 36500,
    RETENTION_MESSAGES_MAX = 1000000000,
};

static const char *const access_words[ROOM_ACCESS_COUNT] = {
    [ROOM_PUBLIC] = "public",
    [ROOM_PRIVATE] = "private",
    [ROOM_DIRECT] = "direct",
};

static const char *const posting_words[ROOM_POSTING_COUNT] = {
    [POSTING_EVERYONE] = "everyone",
    [POSTING_MEMBERS] = "members",
    [POSTING_MODERATORS] = "moderators",
};

static const char *const flag_words[] = {"no", "yes"};

#define WORD(member, words, max)                                               \
    {                                                                          \
#member, SETTING_WORD, offsetof(struct room_settings, member),         \
            (words), (max)                                                     \
    }
#define FLAG(member)                                                           \
    {                                                                          \
#member, SETTING_FLAG, offsetof(struct room_settings, member),         \
            flag_words, 1                                                      \
    }
#define NUMBER(member, max)                                                    \
    {                                                                          \
#member, SETTING_NUMBER, offsetof(struct room_settings, member), NULL, \
            (max)                                                              \
    }

/* Nobody chooses the last access, ROOM_DIRECT. */
static const struct setting table[] = {
    WORD(access, access_words, ROOM_PRIVATE),
    WORD(posting, posting_words, POSTING_MODERATORS),
    NUMBER(slow_seconds, SLOW_SECONDS_MAX),
    FLAG(hold_newcomers),
    FLAG(archived),
    FLAG(lasting),
    FLAG(indexed),
    NUMBER(retention_days, RETENTION_DAYS_MAX),
    NUMBER(retention_messages, RETENTION_MESSAGES_MAX),
};
enum { SETTING_COUNT = sizeof(table) / sizeof(table[0]) };

struct room_settings room_settings_default(void)
{
    return (struct room_settings){.lasting = true};
}

/* ---- values ---- */

static int64_t get(const struct room_settings *settings,
                   const struct setting *setting)
{
    const char *place = (const char *)settings + setting->offset;

    switch (setting->type) {
    case SETTING_WORD:
        return *(const unsigned *)(const void *)place;
    case SETTING_FLAG:
        return *(const bool *)place;
    default:
        return *(const int64_t *)(const void *)place;
    }
}

static void put(struct room_settings *settings, const struct setting *setting,
                int64_t value)
{
    char *place = (char *)settings + setting->offset;

    switch (setting->type) {
    case SETTING_WORD:
        *(unsigned *)(void *)place = (unsigned)value;
        break;
    case SETTING_FLAG:
        *(bool *)place = value != 0;
        break;
    default:
        *(int64_t *)(void *)place = value;
    }
}

static const struct setting *find(const char *name)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}

/* A setting as it is to be. */
struct choice {
    const struct setting *setting;
    int64_t value;
};

static bool may_be_chosen(const struct choice *choice)
{
    return choice->value >= 0 && choice->value <= choice->setting->max;
}

/* ---- text ---- */

/* Appends "name=value", with a blank before it unless it is the first. */
static void print_choice(const struct choice *choice,
                         char out[ROOM_SETTINGS_SIZE])
{
    const struct setting *setting = choice->setting;
    size_t length = strlen(out);
    size_t size = ROOM_SETTINGS_SIZE - length;
    const char *blank = length > 0 ? " " : "";
    int written = setting->type == SETTING_NUMBER
                      ? snprintf(out + length, size, "%s%s=%lld", blank,
                                 setting->name, (long long)choice->value)
                      : snprintf(out + length, size, "%s%s=%s", blank,
                                 setting->name, setting->words[choice->value]);

    assert(written > 0 && (size_t)written < size);
    (void)written;
}

void room_settings_print(const struct room_settings *settings,
                         const struct room_settings *from,
                         char out[ROOM_SETTINGS_SIZE])
{
    out[0] = '\0';
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        struct choice choice = {&table[i], get(settings, &table[i])};
        if (choice.value != get(from, &table[i]))
            print_choice(&choice, out);
    }
}

/* Only digits, few enough not to overflow. */
static bool number_parse(const char *text, int64_t *value_out)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 18 || text[digits] != '\0')
        return false;
    *value_out = strtoll(text, NULL, 10);
    return true;
}

static bool value_parse(const char *text, struct choice *choice)
{
    const struct setting *setting = choice->setting;

    if (setting->type == SETTING_NUMBER)
        return number_parse(text, &choice->value) && may_be_chosen(choice);
    choice->value = words_find(setting->words, (size_t)setting->max + 1, text);
    return choice->value >= 0;
}

/* Reads "name=value", of which it makes two strings. */
static bool choice_parse(char *pair, struct choice *choice_out)
{
    char *equals = strchr(pair, '=');

    if (equals == NULL)
        return false;
    *equals = '\0';
    choice_out->setting = find(pair);
    return choice_out->setting != NULL && value_parse(equals + 1, choice_out);
}

/* What a text says, in its order; one setting may be there several times. */
struct choices {
    struct choice list[ROOM_SETTINGS_SIZE / 4];
    size_t count;
};

static enum chat_result text_parse(const char *text, struct choices *choices)
{
    char copy[ROOM_SETTINGS_SIZE];
    char *rest;

    choices->count = 0;
    if (strlen(text) >= sizeof(copy))
        return CHAT_BAD_REQUEST;
    memcpy(copy, text, strlen(text) + 1);
    for (char *pair = strtok_r(copy, " ", &rest); pair != NULL;
         pair = strtok_r(NULL, " ", &rest)) {
        if (!choice_parse(pair, &choices->list[choices->count]))
            return CHAT_BAD_REQUEST;
        choices->count++;
    }
    return CHAT_OK;
}

enum chat_result room_settings_change(struct room_settings *settings,
                                      const char *text)
{
    struct choices choices;
    enum chat_result result = text_parse(text, &choices);

    if (result != CHAT_OK)
        return result;
    for (size_t i = 0; i < choices.count; i++)
        put(settings, choices.list[i].setting, choices.list[i].value);
    return CHAT_OK;
}

/* ---- JSON ---- */

static json_t *value_encode(const struct choice *choice)
{
    switch (choice->setting->type) {
    case SETTING_WORD:
        return json_string_nocheck(choice->setting->words[choice->value]);
    case SETTING_FLAG:
        return json_boolean(choice->value != 0);
    default:
        return json_integer(choice->value);
    }
}

/* Adds it to `object`, or drops that: returns the object, or NULL. */
static json_t *choice_encode(json_t *object, const struct choice *choice)
{
    if (json_object_set_new_nocheck(object, choice->setting->name,
                                    value_encode(choice)) == 0)
        return object;
    json_decref(object);
    return NULL;
}

json_t *room_settings_encode(const struct room_settings *settings)
{
    json_t *object = json_object();

    for (size_t i = 0; i < SETTING_COUNT && object != NULL; i++)
        object = choice_encode(
            object, &(struct choice){&table[i], get(settings, &table[i])});
    return object;
}

json_t *room_settings_encode_text(const char *text)
{
    struct choices choices;
    json_t *object = json_object();

    if (text_parse(text, &choices) != CHAT_OK)
        return object;
    for (size_t i = 0; i < choices.count && object != NULL; i++)
        object = choice_encode(object, &choices.list[i]);
    return object;
}

static bool value_decode(const json_t *json, struct choice *choice)
{
    switch (choice->setting->type) {
    case SETTING_WORD:
        return json_is_string(json) &&
               value_parse(json_string_value(json), choice);
    case SETTING_FLAG:
        choice->value = json_is_true(json);
        return json_is_boolean(json);
    default:
        choice->value = json_integer_value(json);
        return json_is_integer(json) && may_be_chosen(choice);
    }
}

enum chat_result room_settings_decode(const json_t *json,
                                      char out[ROOM_SETTINGS_SIZE])
{
    char text[ROOM_SETTINGS_SIZE] = "";
    size_t known = 0;

    if (!json_is_object(json))
        return CHAT_BAD_REQUEST;
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        struct choice choice = {.setting = &table[i]};
        const json_t *value = json_object_get(json, table[i].name);
        if (value == NULL)
            continue;
        if (!value_decode(value, &choice))
            return CHAT_BAD_REQUEST;
        print_choice(&choice, text);
        known++;
    }
    if (known != json_object_size(json))
        return CHAT_BAD_REQUEST;
    memcpy(out, text, sizeof(text));
    return CHAT_OK;
}
