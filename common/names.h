/*
 * What may be a nick, a room name, a topic, a message text, an id: the rules
 * of HTTP interface and log in one place. UTF-8 throughout (RFC 3629);
 * Unicode's own terms: NFC (UAX 15), case folding (UAX 44), general
 * categories.
 */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/result.h"

/*
 * Bounds of the buffers, NUL included. The settings' limits (nick_bytes, ...)
 * are at most one less.
 */
enum {
    NICK_SIZE = 257,
    NICK_KEY_SIZE = 4 * NICK_SIZE,
    ROOM_SIZE = 257,
    ID_SIZE = 65,
    EMOJI_SIZE = 65,
    MESSAGE_TEXT_BYTES_MAX = 16000, /* the largest setting of text_bytes */
};

/* Whether `length` bytes are well-formed UTF-8 without NUL. */
bool text_is_utf8(const char *text, size_t length);

/*
 * A nick as people see it: `nick` in NFC, at most `bytes_max` bytes (below
 * NICK_SIZE), with at least one visible character; no control, format (except
 * ZWJ and ZWNJ within), bidi override, private-use or unassigned character
 * (except what Unicode reserves for pictographs: the emoji of next year), no
 * invisible letter, no line or paragraph separator; no blank at either end
 * (not trimmed: refused); no mark first, and at most 4 marks and joiners in a
 * row.
 *
 * CHAT_OK and the nick in `out` (NICK_SIZE bytes), CHAT_BAD_NICK, or
 * CHAT_NO_MEMORY. Normalizing a nick again changes nothing.
 */
enum chat_result nick_normalize(const char *nick, size_t bytes_max, char *out);

/*
 * What two nicks have in common when they must not be in use at once: NFKC,
 * case folded, blanks collapsed to one, without what shows nothing of its own
 * (joiners, variation selectors). `nick` comes from nick_normalize().
 *
 * CHAT_OK and the key in `out` (NICK_KEY_SIZE bytes); CHAT_BAD_NICK: a few
 * ligatures grow beyond that; CHAT_NO_MEMORY. The key of a key is the key.
 */
enum chat_result nick_key(const char *nick, char *out);

/*
 * What a nick looks like: nicks of one skeleton must not be in use at once
 * either. It is the nick's key in which each character has given way to what
 * it looks like (UTS 39, with ICU's data): "\u0430dmin" and "adm1n" are
 * "adrnln", as "admin" is. Nobody is shown it.
 *
 * CHAT_OK and the skeleton in `out` (NICK_KEY_SIZE bytes); otherwise as
 * nick_key(). The skeleton of a skeleton is the skeleton.
 */
enum chat_result nick_skeleton(const char *nick, char *out);

/*
 * A room's name, which is also its key: NFC, case folded, at most `bytes_max`
 * bytes (below ROOM_SIZE) after that; letters, marks (not first, at most 4 in
 * a row), digits, `-`, `_`, `.` of any script; not "." or "..".
 *
 * CHAT_OK and the name in `out` (ROOM_SIZE bytes), CHAT_BAD_ROOM, or
 * CHAT_NO_MEMORY. Normalizing a name again changes nothing.
 */
enum chat_result room_normalize(const char *room, size_t bytes_max, char *out);

/*
 * Whether `text` can be a message: 1 to `bytes_max` bytes of UTF-8 with at
 * least one visible character: not only blanks, controls, marks without a
 * letter, and invisible letters. It is kept as it is. CHAT_OK or
 * CHAT_BAD_TEXT.
 */
enum chat_result message_text_check(const char *text, size_t bytes_max);

/*
 * Whether `emoji` can be a reaction: one character as people see it (UAX 29's
 * grapheme cluster: a family of four is one), which is visible, in at most
 * `bytes_max` bytes (below EMOJI_SIZE). It is kept as it is. CHAT_OK or
 * CHAT_BAD_TEXT.
 */
enum chat_result emoji_check(const char *emoji, size_t bytes_max);

/*
 * Whether `topic` can be a topic: at most `bytes_max` bytes of UTF-8 on one
 * line, without control characters; may be empty. CHAT_OK or CHAT_BAD_TEXT.
 */
enum chat_result topic_check(const char *topic, size_t bytes_max);

/*
 * Whether `id` is 1 to `bytes_max` of A-Za-z0-9_-: a client's message id with
 * the bound 64, a poll's tab with 32. CHAT_OK or CHAT_BAD_ID.
 */
enum chat_result id_check(const char *id, size_t bytes_max);

#endif
