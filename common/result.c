#include "common/result.h"

#include <stddef.h>
#include <string.h>

static const char *const codes[CHAT_RESULT_COUNT] = {
#define CHAT_RESULT_CODE(name, code) [CHAT_##name] = (code),
    CHAT_RESULTS(CHAT_RESULT_CODE)
#undef CHAT_RESULT_CODE
};

const char *chat_result_code(enum chat_result result)
{
    if ((unsigned)result >= CHAT_RESULT_COUNT)
        return "system";
    return codes[result];
}

enum chat_result chat_result_parse(const char *code,
                                   enum chat_result *result_out)
{
    for (size_t i = 0; i < CHAT_RESULT_COUNT; i++) {
        if (strcmp(codes[i], code) == 0) {
            *result_out = (enum chat_result)i;
            return CHAT_OK;
        }
    }
    return CHAT_BAD_REQUEST;
}
