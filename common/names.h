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
    ROOM_SIZE = 257,
    ID_SIZE = 65,
};

/* Whether `length` bytes are well-formed UTF-8 without NUL. */
bool text_is_utf8(const char *text, size_t length);

/*
 * A nick as people see it: `nick` in NFC, at most `bytes_max` bytes, with at
 * least one visible character; no control, format (except ZWJ and ZWNJ within)
 * or bidi override character, no surrogate, private-use or unassigned one, no
 * line or paragraph separator; no blank at either end (not trimmed: refused).
 *
 * CHAT_OK and the nick in `out` (NICK_SIZE bytes), or CHAT_BAD_NICK.
 */
enum chat_result nick_normalize(const char *nick, size_t bytes_max, char *out);

/*
 * What two nicks have in common when they must not be in use at once: NFKC,
 * case folded, blanks within collapsed to one. `nick` comes from
 * nick_normalize(). CHAT_OK and the key in `out` (4 * NICK_SIZE bytes), or
 * CHAT_BAD_NICK.
 */
enum chat_result nick_key(const char *nick, char *out);

/*
 * A room's name, which is also its key: NFC, case folded, at most `bytes_max`
 * bytes after that; letters, marks (not first), digits, `-`, `_`, `.` of any
 * script; not "." or "..".
 *
 * CHAT_OK and the name in `out` (ROOM_SIZE bytes), or CHAT_BAD_ROOM.
 */
enum chat_result room_normalize(const char *room, size_t bytes_max, char *out);

/*
 * Whether `text` can be a message: 1 to `bytes_max` bytes of UTF-8 with at
 * least one visible character. It is kept as it is. CHAT_OK or CHAT_BAD_TEXT.
 */
enum chat_result message_text_check(const char *text, size_t bytes_max);

/*
 * Whether `topic` can be a topic: at most `bytes_max` bytes of UTF-8 on one
 * line, without control characters; may be empty. CHAT_OK or CHAT_BAD_TEXT.
 */
enum chat_result topic_check(const char *topic, size_t bytes_max);

/*
 * A client's message id: 1-64 of A-Za-z0-9_-. CHAT_OK or CHAT_BAD_ID. A
 * poll's tab (1-32 of the same) uses it with its own bound.
 */
enum chat_result id_check(const char *id, size_t bytes_max);

#endif
