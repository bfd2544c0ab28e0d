/*
 * Whom a text mentions. Nicks may have blanks and punctuation in them, so
 * where one ends in a text is not to be seen: what follows an '@' is tried up
 * to each place where a nick could end, the farthest first. How often is
 * bounded, whatever the text: most have no '@' at all.
 */
#include "broker/state_internal.h"

#include <string.h>
#include <unictype.h>
#include <unistr.h>

enum {
    SIGNS_MAX = 2 * MENTIONS_MAX, /* '@'s that are looked at */
    ENDS_MAX = 6,                 /* of words, behind one of them */
};

/* ---- characters ---- */

/* What goes on as a word; ideographs stand next to each other without. */
static bool is_word(ucs4_t character)
{
    return uc_is_alnum(character) && !uc_is_property_ideographic(character);
}

/* The character that `text` begins with, in `*character`; its bytes. */
static size_t next_character(const char *text, ucs4_t *character)
{
    int bytes = u8_strmbtouc(character, (const uint8_t *)text);

    return bytes > 0 ? (size_t)bytes : 0; /* 0: the end */
}

/* Whether the character before `at`, in `text`, goes on at `at`. */
static bool follows_word(const char *text, const char *at)
{
    ucs4_t character;
    const uint8_t *before =
        u8_prev(&character, (const uint8_t *)at, (const uint8_t *)text);

    return before != NULL && is_word(character);
}

/*
 * Where a nick that begins at `text` can end, the nearest first: bytes from
 * there. Never within a word, nor behind a blank.
 */
static size_t find_ends(const char *text, size_t bytes_max,
                        size_t ends_out[ENDS_MAX])
{
    size_t count = 0, bytes = 0, length;
    ucs4_t before = ' ', character;

    while (count < ENDS_MAX && bytes <= bytes_max) {
        length = next_character(text + bytes, &character);
        bool is_end = length == 0 || !is_word(before) || !is_word(character);
        if (is_end && !uc_is_space(before))
            ends_out[count++] = bytes;
        if (length == 0 || character == '\n')
            break;
        before = character;
        bytes += length;
    }
    return count;
}

/* ---- people ---- */

/* Whoever in the room has this nick: not one that only looks like theirs. */
static const struct person *find_member(const struct state *state,
                                        const struct room *room,
                                        const char *text)
{
    struct chosen_nick chosen;
    char key[NICK_KEY_SIZE], own_key[NICK_KEY_SIZE];

    if (state_choose_nick(state, text, &chosen) != CHAT_OK)
        return NULL;
    const struct person *person = state_find_person_by_key(state, chosen.key);
    if (person == NULL || state_find_member(person, room) == NULL ||
        nick_key(chosen.nick, key) != CHAT_OK ||
        nick_key(person->nick, own_key) != CHAT_OK)
        return NULL;
    return strcmp(key, own_key) == 0 ? person : NULL;
}

/* Who is meant by what begins at `text`; its bytes in `bytes_out`. */
static const struct person *find_longest(const struct state *state,
                                         const struct room *room,
                                         const char *text, size_t *bytes_out)
{
    size_t ends[ENDS_MAX];
    char nick[NICK_SIZE];

    for (size_t i = find_ends(text, state->rules.nick_bytes, ends); i > 0;
         i--) {
        size_t bytes = ends[i - 1];
        memcpy(nick, text, bytes);
        nick[bytes] = '\0';
        const struct person *person = find_member(state, room, nick);
        if (person == NULL)
            continue;
        *bytes_out = bytes;
        return person;
    }
    return NULL;
}

static void add_mention(struct mentions *mentions, const struct person *person)
{
    for (size_t i = 0; i < mentions->count; i++) {
        if (mentions->pids[i] == person->pid)
            return;
    }
    if (mentions->count > 0)
        strcat(mentions->nicks, "\n");
    strcat(mentions->nicks, person->nick);
    mentions->pids[mentions->count++] = person->pid;
}

void state_find_mentions(const struct state *state, const struct room *room,
                         const char *text, struct mentions *mentions_out)
{
    const char *sign = strchr(text, '@');

    mentions_out->count = 0;
    mentions_out->nicks[0] = '\0';
    for (int signs = 0; sign != NULL && signs < SIGNS_MAX &&
                        mentions_out->count < MENTIONS_MAX;
         signs++) {
        const struct person *person = NULL;
        size_t bytes = 0;
        if (!follows_word(text, sign))
            person = find_longest(state, room, sign + 1, &bytes);
        if (person != NULL)
            add_mention(mentions_out, person);
        sign = strchr(sign + 1 + bytes, '@');
    }
}
