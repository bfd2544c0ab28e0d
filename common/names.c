/*
 * Nicks and room names go through the same three steps: bring the input to
 * its normal form, bound it, then look at each character of the result. What
 * is refused is refused on the normal form, so that no two ways of writing
 * the same name are judged differently.
 *
 * All data about characters is libunistring's. Only two things are ours:
 * BRAILLE PATTERN BLANK is a blank although Unicode calls it a symbol, and an
 * unassigned character within the ranges reserved for pictographs is taken
 * for one, because phones get new emoji years before a server's library does.
 */
#include "common/names.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <unicase.h>
#include <unictype.h>
#include <unigbrk.h>
#include <uninorm.h>
#include <unistr.h>

enum {
    /* No writing system needs more; hundreds would cover the page. */
    MARKS_IN_A_ROW_MAX = 4,
    /* No text shrinks below this part of its length in NFC (Hangul: 3). */
    NFC_SHRINKS_TO_PART = 4,
    /* Folding and composing undo each other at most once or twice. */
    FOLD_ROUNDS_MAX = 4,
};

/* The work space of folding holds every input that may become a name. */
static_assert(NFC_SHRINKS_TO_PART * ROOM_SIZE <= NICK_KEY_SIZE,
              "a room's name folds in a key's buffer");

enum {
    BRAILLE_BLANK = 0x2800,
    ZERO_WIDTH_NON_JOINER = 0x200c,
    ZERO_WIDTH_JOINER = 0x200d,
};

/* ---- characters ---- */

/*
 * Walks the NUL-terminated, well-formed `text`: the next character goes to
 * `character_out`. NULL at the end.
 */
static const char *next_character(const char *text, ucs4_t *character_out)
{
    return (const char *)u8_next(character_out, (const uint8_t *)text);
}

static bool is_in(ucs4_t character, uint32_t categories)
{
    return uc_is_general_category_withtable(character, categories);
}

static bool is_blank(ucs4_t character)
{
    return character == BRAILLE_BLANK || uc_is_property_white_space(character);
}

static bool is_joiner(ucs4_t character)
{
    return character == ZERO_WIDTH_JOINER || character == ZERO_WIDTH_NON_JOINER;
}

static bool is_mark(ucs4_t character)
{
    return is_in(character, UC_CATEGORY_MASK_M);
}

/* Hangul fillers and their like: letters to Unicode, nothing to the eye. */
static bool is_ignorable(ucs4_t character)
{
    return uc_is_property_default_ignorable_code_point(character);
}

/* Leaves ink by itself, as far as this version of Unicode knows. */
static bool is_visible(ucs4_t character)
{
    return is_in(character, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N |
                                UC_CATEGORY_MASK_P | UC_CATEGORY_MASK_S) ||
           uc_is_property_extended_pictographic(character);
}

/*
 * What a client may see where we know of nothing: characters newer than the
 * library, and those that a font of the site's own draws.
 */
static bool may_be_visible(ucs4_t character)
{
    return is_visible(character) ||
           (is_in(character, UC_CATEGORY_MASK_Co | UC_CATEGORY_MASK_Cn) &&
            !uc_is_property_not_a_character(character));
}

/* ---- text ---- */

bool text_is_utf8(const char *text, size_t length)
{
    return memchr(text, '\0', length) == NULL &&
           u8_check((const uint8_t *)text, length) == NULL;
}

enum chat_result message_text_check(const char *text, size_t bytes_max)
{
    size_t length = strnlen(text, bytes_max + 1);
    ucs4_t character;

    if (length > bytes_max || !text_is_utf8(text, length))
        return CHAT_BAD_TEXT;
    while ((text = next_character(text, &character)) != NULL) {
        if (may_be_visible(character) && !is_blank(character) &&
            !is_ignorable(character))
            return CHAT_OK;
    }
    return CHAT_BAD_TEXT;
}

enum chat_result emoji_check(const char *emoji, size_t bytes_max)
{
    char breaks[EMOJI_SIZE];
    enum chat_result result = message_text_check(emoji, bytes_max);

    assert(bytes_max < EMOJI_SIZE);
    if (result != CHAT_OK)
        return result;
    size_t length = strlen(emoji);
    u8_grapheme_breaks((const uint8_t *)emoji, length, breaks);
    return memchr(breaks + 1, 1, length - 1) == NULL ? CHAT_OK : CHAT_BAD_TEXT;
}

enum chat_result topic_check(const char *topic, size_t bytes_max)
{
    size_t length = strnlen(topic, bytes_max + 1);
    ucs4_t character;

    if (length > bytes_max || !text_is_utf8(topic, length))
        return CHAT_BAD_TEXT;
    while ((topic = next_character(topic, &character)) != NULL) {
        if (is_in(character, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Zl |
                                 UC_CATEGORY_MASK_Zp))
            return CHAT_BAD_TEXT;
    }
    return CHAT_OK;
}

enum chat_result id_check(const char *id, size_t bytes_max)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t length = strnlen(id, bytes_max + 1);

    if (length == 0 || length > bytes_max || strspn(id, allowed) != length)
        return CHAT_BAD_ID;
    return CHAT_OK;
}

/* ---- normal forms ---- */

/*
 * Takes `normal` (from libunistring, NULL: it failed) and copies its
 * `length` bytes to `out` with a NUL. CHAT_OK; CHAT_TOO_LARGE: they don't
 * fit into `out_bytes`; CHAT_NO_MEMORY.
 */
static enum chat_result take_normal(uint8_t *normal, size_t length, char *out,
                                    size_t out_bytes)
{
    enum chat_result result = CHAT_OK;

    if (normal == NULL) {
        /* The input was checked before, so nothing else can be wrong. */
        assert(errno == ENOMEM);
        return CHAT_NO_MEMORY;
    }
    if (length >= out_bytes) {
        result = CHAT_TOO_LARGE;
    } else {
        memcpy(out, normal, length);
        out[length] = '\0';
    }
    free(normal);
    return result;
}

/* `text` in NFC; results as take_normal(). */
static enum chat_result compose(const char *text, char *out, size_t out_bytes)
{
    size_t length;
    uint8_t *normal = u8_normalize(UNINORM_NFC, (const uint8_t *)text,
                                   strlen(text), NULL, &length);

    return take_normal(normal, length, out, out_bytes);
}

/* `text` case folded, then in `form`; results as take_normal(). */
static enum chat_result fold_once(const char *text, uninorm_t form, char *out,
                                  size_t out_bytes)
{
    size_t length;
    uint8_t *normal = u8_casefold((const uint8_t *)text, strlen(text), NULL,
                                  form, NULL, &length);

    return take_normal(normal, length, out, out_bytes);
}

/* Removes what is ignorable from `key`, and all but the first of blanks. */
static void drop_invisible(char *key)
{
    const char *from = key;
    const char *next;
    bool after_blank = false;
    ucs4_t character;

    while ((next = next_character(from, &character)) != NULL) {
        if (is_blank(character)) {
            if (!after_blank)
                *key++ = ' ';
            after_blank = true;
        } else if (!is_ignorable(character)) {
            memmove(key, from, (size_t)(next - from));
            key += next - from;
            after_blank = false;
        }
        from = next;
    }
    *key = '\0';
}

/*
 * Folds `name` (NICK_KEY_SIZE bytes of room) in place until folding changes
 * nothing more: what one round composes or uncovers may fold again in the
 * next. NFKC, for keys, also drops what is invisible.
 *
 * CHAT_OK; CHAT_TOO_LARGE: it grew too long, or never came to rest;
 * CHAT_NO_MEMORY.
 */
static enum chat_result fold(char *name, uninorm_t form)
{
    char folded[NICK_KEY_SIZE];

    for (int round = 0; round < FOLD_ROUNDS_MAX; round++) {
        enum chat_result result = fold_once(name, form, folded, sizeof(folded));
        if (result != CHAT_OK)
            return result;
        if (form == UNINORM_NFKC)
            drop_invisible(folded);
        if (strcmp(folded, name) == 0)
            return CHAT_OK;
        memcpy(name, folded, strlen(folded) + 1);
    }
    return CHAT_TOO_LARGE;
}

/* ---- names ---- */

/*
 * Whether marks and joiners are where a writing system would have them: not
 * first, not behind a blank, few in a row, no joiner at the end.
 */
static bool marks_are_sane(const char *name)
{
    unsigned in_a_row = MARKS_IN_A_ROW_MAX; /* none at the start */
    bool ends_in_joiner = false;
    ucs4_t character;

    while ((name = next_character(name, &character)) != NULL) {
        ends_in_joiner = is_joiner(character);
        if (!ends_in_joiner && !is_mark(character))
            in_a_row = is_blank(character) ? MARKS_IN_A_ROW_MAX : 0;
        else if (++in_a_row > MARKS_IN_A_ROW_MAX)
            return false;
    }
    return !ends_in_joiner;
}

static bool is_nick_character(ucs4_t character)
{
    if (is_joiner(character) || uc_is_property_variation_selector(character))
        return true;
    if (is_ignorable(character))
        return false;
    return is_visible(character) || is_mark(character) ||
           is_in(character, UC_CATEGORY_MASK_Zs);
}

/*
 * Whether `nick`, in NFC, has only what a nick may have, and blanks only
 * within. Its first character is then a visible one: marks are never first.
 */
static bool is_nick(const char *nick)
{
    ucs4_t character;

    next_character(nick, &character);
    if (is_blank(character) || !marks_are_sane(nick))
        return false;
    while ((nick = next_character(nick, &character)) != NULL) {
        if (!is_nick_character(character))
            return false;
        if (*nick == '\0' && is_blank(character))
            return false;
    }
    return true;
}

/*
 * What every name starts with: whether `name` is UTF-8, and short enough that
 * its normal form may have `bytes_max` bytes.
 */
static bool is_worth_normalizing(const char *name, size_t bytes_max)
{
    size_t input_bytes_max = bytes_max * NFC_SHRINKS_TO_PART;
    size_t length = strnlen(name, input_bytes_max + 1);

    return length > 0 && length <= input_bytes_max &&
           text_is_utf8(name, length);
}

/* Names are refused in one way, whatever it was. */
static enum chat_result refuse(enum chat_result result, enum chat_result as)
{
    return result == CHAT_NO_MEMORY ? result : as;
}

enum chat_result nick_normalize(const char *nick, size_t bytes_max, char *out)
{
    char composed[NICK_SIZE];

    assert(bytes_max < NICK_SIZE);
    if (!is_worth_normalizing(nick, bytes_max))
        return CHAT_BAD_NICK;
    enum chat_result result = compose(nick, composed, bytes_max + 1);
    if (result != CHAT_OK)
        return refuse(result, CHAT_BAD_NICK);
    if (!is_nick(composed))
        return CHAT_BAD_NICK;
    memcpy(out, composed, strlen(composed) + 1);
    return CHAT_OK;
}

enum chat_result nick_key(const char *nick, char *out)
{
    char key[NICK_KEY_SIZE];
    size_t length = strnlen(nick, sizeof(key));

    if (length == sizeof(key) || !text_is_utf8(nick, length))
        return CHAT_BAD_NICK;
    memcpy(key, nick, length + 1);
    enum chat_result result = fold(key, UNINORM_NFKC);
    if (result != CHAT_OK)
        return refuse(result, CHAT_BAD_NICK);
    if (key[0] == '\0')
        return CHAT_BAD_NICK;
    memcpy(out, key, strlen(key) + 1);
    return CHAT_OK;
}

static bool is_room_character(ucs4_t character)
{
    if (character == '-' || character == '_' || character == '.')
        return true;
    return is_in(character, UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_M |
                                UC_CATEGORY_MASK_Nd) &&
           !is_ignorable(character);
}

/* Whether `room`, folded, has only what a room's name may have. */
static bool is_room(const char *room)
{
    const char *rest = room;
    ucs4_t character;

    while ((rest = next_character(rest, &character)) != NULL) {
        if (!is_room_character(character))
            return false;
    }
    return room[0] != '\0' && strcmp(room, ".") != 0 &&
           strcmp(room, "..") != 0 && marks_are_sane(room);
}

enum chat_result room_normalize(const char *room, size_t bytes_max, char *out)
{
    char name[NICK_KEY_SIZE];

    assert(bytes_max < ROOM_SIZE);
    if (!is_worth_normalizing(room, bytes_max))
        return CHAT_BAD_ROOM;
    memcpy(name, room, strlen(room) + 1);
    enum chat_result result = fold(name, UNINORM_NFC);
    if (result != CHAT_OK)
        return refuse(result, CHAT_BAD_ROOM);
    if (strlen(name) > bytes_max || !is_room(name))
        return CHAT_BAD_ROOM;
    memcpy(out, name, strlen(name) + 1);
    return CHAT_OK;
}
