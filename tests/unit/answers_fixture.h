/* For the tests of answers: a command, and what is answered to it. */
#ifndef TESTS_UNIT_ANSWERS_FIXTURE_H
#define TESTS_UNIT_ANSWERS_FIXTURE_H

#include "tests/unit/replica_fixture.h"

#include "broker/answers.h"
#include "common/protocol.h"

static inline json_t *answer(struct fixture *f, const struct command *command,
                             const struct outcome *outcome)
{
    struct answer_budget budget = {.bytes_left = ANSWER_BUDGET_BYTES};
    json_t *json = answer_encode(f->replica, command, outcome, &budget);

    assert_non_null(json);
    return json;
}

/* Runs it and encodes its answer; a new reference. */
static inline json_t *ask(struct fixture *f, struct command command)
{
    run(f, command);
    return answer(f, &command, &f->outcome);
}

#define ASK(f, name, ...)                                                      \
    ask((f), (struct command){.type = COMMAND_##name, __VA_ARGS__})

/* Asserts that `json` is this text, and releases it. */
static inline void assert_json(json_t *json, const char *expected)
{
    size_t length = 0;
    char *text = protocol_dump(json, &length);

    assert_string_equal(text, expected);
    free(text);
    json_decref(json);
}

static inline void assert_code(const json_t *json, const char *code)
{
    assert_string_equal(json_string_value(json_object_get(json, "result")),
                        code);
}

static inline const json_t *first(const json_t *json, const char *name)
{
    return json_array_get(json_object_get(json, name), 0);
}

static inline int64_t number(const json_t *json, const char *name)
{
    assert_true(json_is_integer(json_object_get(json, name)));
    return json_integer_value(json_object_get(json, name));
}

#endif
