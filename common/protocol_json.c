/*
 * JSON in general: parsing outside bytes, writing text, reading and building
 * objects.
 *
 * jansson recurses once per level of nesting and allows 2,048 of them, so the
 * depth is bounded before it sees the bytes: one pass that counts brackets
 * outside of strings. That count is exact as far as the bytes are JSON, and
 * behind the first error the parser does not go.
 */
#include "common/protocol_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- parsing and writing ---- */

/* The byte behind the string whose opening quote is before `at`, or `end`. */
static const char *skip_string(const char *at, const char *end)
{
    while (at < end && *at != '"')
        at += *at == '\\' && end - at > 1 ? 2 : 1;
    return at < end ? at + 1 : end;
}

static bool depth_is_bounded(const char *text, size_t length)
{
    const char *end = text + length;
    int depth = 0;

    while (text < end) {
        char byte = *text++;
        if (byte == '"')
            text = skip_string(text, end);
        else if (byte == '[' || byte == '{')
            depth++;
        else if (byte == ']' || byte == '}')
            depth--;
        if (depth > PROTOCOL_DEPTH_MAX)
            return false;
    }
    return true;
}

json_t *protocol_parse(const void *data, size_t length)
{
    if (!depth_is_bounded(data, length))
        return NULL;
    return json_loadb(data, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY,
                      NULL);
}

/* Text being written; it doubles when it is full. */
struct dump {
    char *text;
    size_t length;
    size_t size;
};

enum { DUMP_SIZE_MIN = 512 };

static int add_to_dump(const char *bytes, size_t length, void *context)
{
    struct dump *dump = context;

    if (dump->size - dump->length < length) {
        size_t size = 2 * dump->size + length;
        char *larger = realloc(dump->text, size);
        if (larger == NULL)
            return -1;
        dump->text = larger;
        dump->size = size;
    }
    memcpy(dump->text + dump->length, bytes, length);
    dump->length += length;
    return 0;
}

char *protocol_dump(const json_t *json, size_t *length_out)
{
    struct dump dump = {.text = malloc(DUMP_SIZE_MIN), .size = DUMP_SIZE_MIN};

    if (dump.text == NULL ||
        json_dump_callback(json, add_to_dump, &dump,
                           JSON_COMPACT | JSON_ENCODE_ANY) != 0 ||
        add_to_dump("", 1, &dump) != 0) {
        free(dump.text);
        return NULL;
    }
    *length_out = dump.length - 1;
    return dump.text;
}

/* ---- reading ---- */

enum chat_result json_get_text(const json_t *object, const char *name,
                               const char **text_out)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        return CHAT_NOT_FOUND;
    if (!json_is_string(value))
        return CHAT_BAD_REQUEST;
    *text_out = json_string_value(value);
    return CHAT_OK;
}

enum chat_result json_get_int(const json_t *object, const char *name,
                              int64_t *number_out)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        return CHAT_NOT_FOUND;
    if (!json_is_integer(value))
        return CHAT_BAD_REQUEST;
    *number_out = json_integer_value(value);
    return CHAT_OK;
}

enum chat_result json_get_bool(const json_t *object, const char *name,
                               bool *flag_out)
{
    const json_t *value = json_object_get(object, name);

    if (value == NULL)
        return CHAT_NOT_FOUND;
    if (!json_is_boolean(value))
        return CHAT_BAD_REQUEST;
    *flag_out = json_is_true(value);
    return CHAT_OK;
}

enum chat_result json_get_int_within(const json_t *object, const char *name,
                                     int64_t min, int64_t max,
                                     int64_t *number_out)
{
    int64_t number;
    enum chat_result result = json_get_int(object, name, &number);

    if (result != CHAT_OK)
        return result;
    if (number < min || number > max)
        return CHAT_BAD_REQUEST;
    *number_out = number;
    return CHAT_OK;
}

enum chat_result json_get_array(const json_t *object, const char *name,
                                size_t count_max, json_t **array_out)
{
    json_t *value = json_object_get(object, name);

    if (value == NULL)
        return CHAT_NOT_FOUND;
    if (!json_is_array(value) || json_array_size(value) > count_max)
        return CHAT_BAD_REQUEST;
    *array_out = value;
    return CHAT_OK;
}

bool json_need_text(const json_t *object, const char *name,
                    const char **text_out)
{
    return json_get_text(object, name, text_out) == CHAT_OK;
}

bool json_need_int(const json_t *object, const char *name, int64_t min,
                   int64_t *number_out)
{
    return json_get_int_within(object, name, min, INT64_MAX, number_out) ==
           CHAT_OK;
}

bool json_may_text(const json_t *object, const char *name,
                   const char **text_out)
{
    return json_get_text(object, name, text_out) != CHAT_BAD_REQUEST;
}

bool json_may_int(const json_t *object, const char *name, int64_t min,
                  int64_t *number_out)
{
    return json_get_int_within(object, name, min, INT64_MAX, number_out) !=
           CHAT_BAD_REQUEST;
}

/* ---- building ---- */

void json_build_begin(struct json_build *build)
{
    build->object = json_object();
    build->failed = build->object == NULL;
}

void json_build_value(struct json_build *build, const char *name, json_t *value)
{
    /* Drops `value` when it fails; the names are ours and need no check. */
    if (json_object_set_new_nocheck(build->object, name, value) != 0)
        build->failed = true;
}

void json_build_text(struct json_build *build, const char *name,
                     const char *text)
{
    if (text != NULL)
        json_build_value(build, name, json_string(text));
}

void json_build_word(struct json_build *build, const char *name,
                     const char *word)
{
    json_build_value(build, name, json_string_nocheck(word));
}

void json_build_int(struct json_build *build, const char *name, int64_t number)
{
    json_build_value(build, name, json_integer(number));
}

json_t *json_build_end(struct json_build *build)
{
    json_t *object = build->object;

    if (build->failed) {
        json_decref(object);
        object = NULL;
    }
    build->object = NULL;
    return object;
}
