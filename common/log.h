/*
 * The log: one line per fact to stderr, `event=room_created room=dev seq=17`.
 * A function logs a failure or returns it, never both. Message texts, tokens
 * and secrets are never logged; what a peer sent is logged only through
 * LOG_QUOTED, which makes it one harmless word.
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stddef.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARN,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG
};

/*
 * Sets the program's name (borrowed, usually a literal) and the most verbose
 * level that is still written. Before this: "ajaxchat" and LOG_LEVEL_INFO.
 */
void log_setup(const char *program, enum log_level most_verbose);

/* Writes one line; a line is cut at 1,000 bytes. */
void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/*
 * `text` (NUL-terminated, of any origin) as one word within quotes in
 * `out`, cut to `out_bytes`; control and non-ASCII bytes become \xHH.
 * Returns `out`.
 */
const char *log_quote(const char *text, char *out, size_t out_bytes);

#define LOG_QUOTED(text) log_quote((text), (char[256]){0}, 256)

#endif
