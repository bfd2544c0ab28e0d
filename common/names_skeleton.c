/*
 * What a nick looks like: the skeleton of UTS 39, section 4. Its key (so that
 * neither case nor width count) is taken apart into base characters and
 * marks, and each gives way to what it looks like.
 *
 * One thing is ours: as case does not count, `I`, which looks like `l`, is `i`
 * by then. So `i` and `l` look alike, or else "aIice" would be free.
 */
#include "common/names.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <uninorm.h>
#include <unistr.h>

#include "common/confusables.h"

/* NULL: it looks like itself. */
static const char *prototype_of(ucs4_t character)
{
    size_t low = 0, high = confusables_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (confusables[middle].character == character)
            return confusables[middle].prototype;
        if (confusables[middle].character < character)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/*
 * Copies `text`, NUL-terminated and well-formed, to `out` (NICK_KEY_SIZE
 * bytes) with each character as what it looks like. False: it is too long.
 */
static bool replace_all(const uint8_t *text, char *out)
{
    size_t used = 0;
    ucs4_t character;

    for (const uint8_t *next; (next = u8_next(&character, text)) != NULL;
         text = next) {
        const char *prototype = prototype_of(character);
        const void *from = prototype != NULL ? (const void *)prototype : text;
        size_t bytes =
            prototype != NULL ? strlen(prototype) : (size_t)(next - text);
        if (used + bytes >= NICK_KEY_SIZE)
            return false;
        memcpy(out + used, from, bytes);
        used += bytes;
    }
    out[used] = '\0';
    return true;
}

/* `text` in NFD, NUL included, to be freed with free(); NULL: no memory. */
static uint8_t *decompose(const char *text)
{
    size_t length;
    uint8_t *normal = u8_normalize(UNINORM_NFD, (const uint8_t *)text,
                                   strlen(text) + 1, NULL, &length);

    assert(normal != NULL || errno == ENOMEM);
    return normal;
}

enum chat_result nick_skeleton(const char *nick, char *out)
{
    char key[NICK_KEY_SIZE], skeleton[NICK_KEY_SIZE];
    enum chat_result result = nick_key(nick, key);

    if (result != CHAT_OK)
        return result;
    uint8_t *taken_apart = decompose(key);
    if (taken_apart == NULL)
        return CHAT_NO_MEMORY;
    bool fits = replace_all(taken_apart, skeleton);
    free(taken_apart);
    if (!fits)
        return CHAT_BAD_NICK;
    /* Marks of several characters may have come together. */
    uint8_t *in_order = decompose(skeleton);
    if (in_order == NULL)
        return CHAT_NO_MEMORY;
    assert(strlen((const char *)in_order) < NICK_KEY_SIZE); /* as long */
    strcpy(out, (const char *)in_order);
    free(in_order);
    return CHAT_OK;
}
