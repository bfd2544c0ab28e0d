/*
 * A text is walked word by word. A word's key is looked for as a whole, then
 * by each of its beginnings that is as long as one on the list may be.
 */
#include "broker/words.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unictype.h>
#include <unistr.h>
#include <uthash.h>

#include "common/alloc.h"
#include "common/log.h"
#include "common/names.h"

struct entry {
    char *key;
    bool is_beginning;
    UT_hash_handle hh;
};

struct words {
    struct entry *entries;
    size_t beginning_bytes_max; /* the longest key of a beginning */
};

/* ---- words in texts ---- */

/* Part of a text. */
struct span {
    const char *text;
    size_t length;
};

static bool is_of_word(ucs4_t character)
{
    return uc_is_general_category_withtable(character, UC_CATEGORY_MASK_L |
                                                           UC_CATEGORY_MASK_M |
                                                           UC_CATEGORY_MASK_N);
}

/* The next word at or after `text`; false: there is none. */
static bool next_word(const char *text, struct span *span_out)
{
    const char *start = NULL;
    const char *place = text;

    while (*place != '\0') {
        ucs4_t character;
        const char *next =
            (const char *)u8_next(&character, (const uint8_t *)place);
        if (is_of_word(character) && start == NULL)
            start = place;
        if (!is_of_word(character) && start != NULL)
            break;
        place = next;
    }
    if (start == NULL)
        return false;
    *span_out = (struct span){start, (size_t)(place - start)};
    return true;
}

/* What is compared; false: too long to be on a list. */
static bool word_key(struct span word, char key_out[NICK_KEY_SIZE])
{
    char copy[NICK_SIZE];

    if (word.length >= sizeof(copy))
        return false;
    memcpy(copy, word.text, word.length);
    copy[word.length] = '\0';
    return nick_key(copy, key_out) == CHAT_OK;
}

static const struct entry *find(const struct words *words, const char *key,
                                size_t length)
{
    struct entry *entry;

    HASH_FIND(hh, words->entries, key, length, entry);
    return entry;
}

static bool is_listed(const struct words *words, struct span word)
{
    char key[NICK_KEY_SIZE];

    if (!word_key(word, key))
        return false;
    size_t length = strlen(key);
    if (find(words, key, length) != NULL)
        return true;
    if (length > words->beginning_bytes_max)
        length = words->beginning_bytes_max;
    for (; length > 0; length--) {
        const struct entry *entry = find(words, key, length);
        if (entry != NULL && entry->is_beginning)
            return true;
    }
    return false;
}

/* The next word on the list at or after `text`. */
static bool next_listed(const struct words *words, const char *text,
                        struct span *span_out)
{
    while (next_word(text, span_out)) {
        if (is_listed(words, *span_out))
            return true;
        text = span_out->text + span_out->length;
    }
    return false;
}

bool words_are_in(const struct words *words, const char *text)
{
    struct span span;

    return next_listed(words, text, &span);
}

/* Characters are never shorter than '*': the result fits in a copy. */
char *words_mask(const struct words *words, const char *text)
{
    char *masked = alloc_or_die(strlen(text) + 1);
    char *place = masked;
    struct span span;

    while (next_listed(words, text, &span)) {
        size_t before = (size_t)(span.text - text);
        size_t characters = u8_mbsnlen((const uint8_t *)span.text, span.length);
        memcpy(place, text, before);
        memset(place + before, '*', characters);
        place += before + characters;
        text = span.text + span.length;
    }
    memcpy(place, text, strlen(text) + 1);
    return masked;
}

/* ---- the list ---- */

static void add_entry(struct words *words, const char *key, bool is_beginning)
{
    const struct entry *known = find(words, key, strlen(key));
    size_t length = strlen(key);
    struct entry *entry;

    if (is_beginning && length > words->beginning_bytes_max)
        words->beginning_bytes_max = length;
    if (known != NULL && (known->is_beginning || !is_beginning))
        return;
    if (known != NULL) {
        HASH_FIND(hh, words->entries, key, length, entry);
        entry->is_beginning = true;
        return;
    }
    entry = alloc_or_die(sizeof(*entry));
    entry->key = strdup_or_die(key);
    entry->is_beginning = is_beginning;
    HASH_ADD_KEYPTR(hh, words->entries, entry->key, length, entry);
}

/* A line without its end: a word, the beginning of words, or nothing. */
static enum chat_result add_line(struct words *words, struct span line)
{
    bool is_beginning = line.length > 0 && line.text[line.length - 1] == '*';
    char copy[WORD_BYTES_MAX + 1], key[NICK_KEY_SIZE];
    struct span word;

    if (line.length == 0 || line.text[0] == '#')
        return CHAT_OK;
    line.length -= is_beginning;
    if (line.length > WORD_BYTES_MAX ||
        HASH_COUNT(words->entries) >= WORDS_MAX ||
        !text_is_utf8(line.text, line.length))
        return CHAT_BAD_REQUEST;
    memcpy(copy, line.text, line.length);
    copy[line.length] = '\0';
    if (!next_word(copy, &word) || word.length != line.length ||
        !word_key(word, key))
        return CHAT_BAD_REQUEST;
    add_entry(words, key, is_beginning);
    return CHAT_OK;
}

enum chat_result words_parse(const char *list, size_t length,
                             struct words **words_out, size_t *line_out)
{
    struct words *words = alloc_or_die(sizeof(*words));
    const char *end = list + length;

    for (size_t number = 1; list < end; number++) {
        const char *stop = memchr(list, '\n', (size_t)(end - list));
        size_t bytes = (size_t)((stop != NULL ? stop : end) - list);
        bool has_return = bytes > 0 && list[bytes - 1] == '\r';
        if (add_line(words, (struct span){list, bytes - has_return}) !=
            CHAT_OK) {
            *line_out = number;
            words_free(words);
            return CHAT_BAD_REQUEST;
        }
        list += bytes + 1;
    }
    *words_out = words;
    return CHAT_OK;
}

void words_free(struct words *words)
{
    struct entry *entry, *next;

    if (words == NULL)
        return;
    HASH_ITER (hh, words->entries, entry, next) {
        HASH_DEL(words->entries, entry);
        free(entry->key);
        free(entry);
    }
    free(words);
}

/* ---- the file ---- */

static enum chat_result parse_file(FILE *file, const char *path,
                                   struct words **words_out)
{
    char *list = alloc_or_die(WORDS_FILE_BYTES_MAX + 1);
    size_t length = fread(list, 1, WORDS_FILE_BYTES_MAX + 1, file);
    size_t line = 0;
    enum chat_result result = CHAT_OK;

    if (ferror(file))
        result = CHAT_SYSTEM;
    else if (length > WORDS_FILE_BYTES_MAX)
        result = CHAT_TOO_LARGE;
    else
        result = words_parse(list, length, words_out, &line);
    if (result != CHAT_OK)
        log_error("event=bad_words path=%s line=%zu reason=%s",
                  LOG_QUOTED(path), line, chat_result_code(result));
    free(list);
    return result;
}

enum chat_result words_read(const char *path, struct words **words_out)
{
    FILE *file = fopen(path, "rbe");

    if (file == NULL) {
        log_error("event=words_unread path=%s", LOG_QUOTED(path));
        return CHAT_SYSTEM;
    }
    enum chat_result result = parse_file(file, path, words_out);
    fclose(file);
    return result;
}
