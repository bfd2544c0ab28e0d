/* The words of the enumerations in event.h; there is nothing else to it. */
#include "common/event.h"

#include <assert.h>

#include "common/words.h"

static const char *const type_words[EVENT_TYPE_COUNT] = {
#define EVENT_TYPE_WORD(name, word, in_room) [EVENT_##name] = (word),
    EVENT_TYPES(EVENT_TYPE_WORD)
#undef EVENT_TYPE_WORD
};

static const bool type_in_room[EVENT_TYPE_COUNT] = {
#define EVENT_TYPE_IN_ROOM(name, word, in_room) [EVENT_##name] = (in_room),
    EVENT_TYPES(EVENT_TYPE_IN_ROOM)
#undef EVENT_TYPE_IN_ROOM
};

static const char *const reason_words[EVENT_REASON_COUNT] = {
#define EVENT_REASON_WORD(name, word) [REASON_##name] = (word),
    EVENT_REASONS(EVENT_REASON_WORD)
#undef EVENT_REASON_WORD
};

static const char *const role_words[ROLE_COUNT] = {
    [ROLE_GUEST] = "guest",
};

const char *event_type_word(enum event_type type)
{
    assert((unsigned)type < EVENT_TYPE_COUNT);
    return type_words[type];
}

enum chat_result event_type_parse(const char *word, enum event_type *type_out)
{
    int found = words_find(type_words, EVENT_TYPE_COUNT, word);

    if (found < 0)
        return CHAT_BAD_REQUEST;
    *type_out = (enum event_type)found;
    return CHAT_OK;
}

bool event_type_in_room(enum event_type type)
{
    assert((unsigned)type < EVENT_TYPE_COUNT);
    return type_in_room[type];
}

const char *event_reason_word(enum event_reason reason)
{
    assert((unsigned)reason < EVENT_REASON_COUNT);
    return reason_words[reason];
}

enum chat_result event_reason_parse(const char *word,
                                    enum event_reason *reason_out)
{
    int found = words_find(reason_words, EVENT_REASON_COUNT, word);

    if (found < 0)
        return CHAT_BAD_REQUEST;
    *reason_out = (enum event_reason)found;
    return CHAT_OK;
}

const char *role_word(enum role role)
{
    assert((unsigned)role < ROLE_COUNT);
    return role_words[role];
}

enum chat_result role_parse(const char *word, enum role *role_out)
{
    int found = words_find(role_words, ROLE_COUNT, word);

    if (found < 0)
        return CHAT_BAD_REQUEST;
    *role_out = (enum role)found;
    return CHAT_OK;
}
