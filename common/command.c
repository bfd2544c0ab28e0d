/* The commands' words. What fields each has is in protocol_commands.c. */
#include "common/command.h"

#include <assert.h>

#include "common/words.h"

static const char *const words[COMMAND_TYPE_COUNT] = {
#define COMMAND_TYPE_WORD(name, word) [COMMAND_##name] = (word),
    COMMAND_TYPES(COMMAND_TYPE_WORD)
#undef COMMAND_TYPE_WORD
};

/* The first of the broker's own, which stand behind the wire's. */
enum { WIRE_TYPE_COUNT = COMMAND_GONE };

const char *command_type_word(enum command_type type)
{
    assert((unsigned)type < COMMAND_TYPE_COUNT);
    return words[type];
}

enum chat_result command_type_parse(const char *word,
                                    enum command_type *type_out)
{
    int found = words_find(words, WIRE_TYPE_COUNT, word);

    if (found < 0)
        return CHAT_BAD_REQUEST;
    *type_out = (enum command_type)found;
    return CHAT_OK;
}
