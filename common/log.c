#include "common/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#define LINE_BYTES 1000 /* below PIPE_BUF: a line is one atomic write */

static struct {
    const char *program;
    enum log_level most_verbose;
} setup = {"ajaxchat", LOG_LEVEL_INFO};

static const char *const level_names[] = {"error", "warn", "info", "debug"};

void log_setup(const char *program, enum log_level most_verbose)
{
    setup.program = program;
    setup.most_verbose = most_verbose;
}

__attribute__((format(printf, 2, 0))) static void
write_line(enum log_level level, const char *format, va_list args)
{
    char line[LINE_BYTES + 1];
    struct timespec now;
    struct tm utc;

    if (level > setup.most_verbose)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &utc);
    size_t used = strftime(line, sizeof(line), "%Y-%m-%dT%H:%M:%S", &utc);
    used += (size_t)snprintf(line + used, sizeof(line) - used,
                             ".%03ldZ %s[%ld] %s ", now.tv_nsec / 1000000,
                             setup.program, (long)getpid(), level_names[level]);
    int text = vsnprintf(line + used, sizeof(line) - used, format, args);
    if (text > 0)
        used += (size_t)text;
    if (used > LINE_BYTES - 1)
        used = LINE_BYTES - 1;
    line[used++] = '\n';
    ssize_t written = write(STDERR_FILENO, line, used);
    (void)written; /* there is nowhere left to report it to */
}

#define LOG_FUNCTION(name, level)                                              \
    void log_##name(const char *format, ...)                                   \
    {                                                                          \
        va_list args;                                                          \
        va_start(args, format);                                                \
        write_line(level, format, args);                                       \
        va_end(args);                                                          \
    }

LOG_FUNCTION(error, LOG_LEVEL_ERROR)
LOG_FUNCTION(warn, LOG_LEVEL_WARN)
LOG_FUNCTION(info, LOG_LEVEL_INFO)
LOG_FUNCTION(debug, LOG_LEVEL_DEBUG)

const char *log_quote(const char *text, char *out, size_t out_bytes)
{
    static const char hex[] = "0123456789abcdef";
    size_t used = 0;

    /* Room for one \xHH, the closing quote and the NUL is always kept. */
    out[used++] = '"';
    for (; *text != '\0' && used + 6 <= out_bytes; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte < 0x20 || byte >= 0x7f || byte == '"' || byte == '\\') {
            out[used++] = '\\';
            out[used++] = 'x';
            out[used++] = hex[byte >> 4];
            out[used++] = hex[byte & 15];
        } else {
            out[used++] = (char)byte;
        }
    }
    out[used++] = '"';
    out[used] = '\0';
    return out;
}
