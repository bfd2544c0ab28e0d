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
    [ROLE_GUEST] = "guest",         [ROLE_MEMBER] = "member",
    [ROLE_MODERATOR] = "moderator", [ROLE_ADMIN] = "admin",
    [ROLE_VISITOR] = "visitor",
};

/* The numbers are the store's, this is their order. */
static const int role_levels[ROLE_COUNT] = {
    [ROLE_VISITOR] = 0,   [ROLE_GUEST] = 1, [ROLE_MEMBER] = 2,
    [ROLE_MODERATOR] = 3, [ROLE_ADMIN] = 4,
};

static const char *const rank_words[RANK_COUNT] = {
    [RANK_NONE] = "",
    [RANK_MODERATOR] = "moderator",
    [RANK_OWNER] = "owner",
};

static const char *const person_kind_words[PERSON_KIND_COUNT] = {
    [PERSON_GUEST] = "guest",
    [PERSON_REGISTERED] = "registered",
    [PERSON_SITE] = "site",
    [PERSON_BOT] = "bot",
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

int role_level(enum role role)
{
    assert((unsigned)role < ROLE_COUNT);
    return role_levels[role];
}

const char *rank_word(enum rank rank)
{
    assert((unsigned)rank < RANK_COUNT);
    return rank_words[rank];
}

enum chat_result rank_parse(const char *word, enum rank *rank_out)
{
    int found = words_find(rank_words, RANK_COUNT, word);

    if (found < 0)
        return CHAT_BAD_REQUEST;
    *rank_out = (enum rank)found;
    return CHAT_OK;
}

const char *person_kind_word(enum person_kind kind)
{
    assert((unsigned)kind < PERSON_KIND_COUNT);
    return person_kind_words[kind];
}

enum chat_result person_kind_parse(const char *word, enum person_kind *kind_out)
{
    int found = words_find(person_kind_words, PERSON_KIND_COUNT, word);

    if (found < 0)
        return CHAT_BAD_REQUEST;
    *kind_out = (enum person_kind)found;
    return CHAT_OK;
}
