/*
 * What the protocol_*.c files share: building JSON objects field by field, and
 * reading fields that must be, or may be, there. For them alone.
 */
#ifndef COMMON_PROTOCOL_INTERNAL_H
#define COMMON_PROTOCOL_INTERNAL_H

#include "common/protocol.h"

/* ---- building ---- */

/*
 * An object being built. A field that cannot be added (no memory, text that
 * is not UTF-8, a value that is NULL) fails the whole object, so that only
 * json_build_end() has to be looked at. Names must be ASCII.
 */
struct json_build {
    json_t *object;
    bool failed;
};

/* Begins an empty object; the end is json_build_end(). */
void json_build_begin(struct json_build *build);

/* Adds `text`, of any origin; NULL: leaves the field out. */
void json_build_text(struct json_build *build, const char *name,
                     const char *text);

/* Adds one of our own ASCII words. */
void json_build_word(struct json_build *build, const char *name,
                     const char *word);

/* Adds a number. */
void json_build_int(struct json_build *build, const char *name, int64_t number);

/* Adds `value`, which it consumes; NULL fails the object. */
void json_build_value(struct json_build *build, const char *name,
                      json_t *value);

/* A new reference to the object, or NULL if anything failed. */
json_t *json_build_end(struct json_build *build);

/* ---- reading ---- */

/* As json_get_int(), and CHAT_BAD_REQUEST also for what is out of range. */
enum chat_result json_get_int_within(const json_t *object, const char *name,
                                     int64_t min, int64_t max,
                                     int64_t *number_out);

/*
 * An array of at most `count_max` values, borrowed. CHAT_OK, CHAT_NOT_FOUND,
 * CHAT_BAD_REQUEST: not an array, or a longer one.
 */
enum chat_result json_get_array(const json_t *object, const char *name,
                                size_t count_max, json_t **array_out);

/* Whether a field that must be there is, and is right. */
bool json_need_text(const json_t *object, const char *name,
                    const char **text_out);
bool json_need_int(const json_t *object, const char *name, int64_t min,
                   int64_t *number_out);

/* Whether a field is right or missing; missing leaves the value as it was. */
bool json_may_text(const json_t *object, const char *name,
                   const char **text_out);
bool json_may_int(const json_t *object, const char *name, int64_t min,
                  int64_t *number_out);

#endif
