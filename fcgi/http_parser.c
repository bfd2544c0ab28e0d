/*
 * libfcgi behind one function. It wants a descriptor to read a request from,
 * reads as it likes, and closes it when in doubt. Given the connection itself
 * it would block while half a request is there, and even peeking at what the
 * kernel holds does not help: for a Unix socket the kernel counts some 800
 * bytes for each piece, however small, so that a request in many pieces never
 * fits its queue. So connections are read by us (common/stream.h), and each
 * request that is whole is handed over in a memory file, which has an end and
 * never blocks.
 */
#include <errno.h>
#include <fcgiapp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fcgi/http_internal.h"
#include "fcgi/request.h"

/*
 * FCGX_Init() takes these signals over, to end an accept(2) of its own that we
 * never use: SIGTERM would then no longer end the program.
 */
static const int library_signals[] = {SIGPIPE, SIGUSR1, SIGTERM};

enum { SIGNAL_COUNT = sizeof(library_signals) / sizeof(*library_signals) };

/* Starts libfcgi and leaves signals as they were. */
static bool library_init(void)
{
    struct sigaction before[SIGNAL_COUNT];
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(library_signals[i], NULL, &before[i]);
    bool ready = FCGX_Init() == 0;
    for (size_t i = 0; i < SIGNAL_COUNT; i++)
        sigaction(library_signals[i], &before[i], NULL);
    return ready;
}

enum chat_result http_parser_init(struct http_parser *parser)
{
    if (!library_init())
        return CHAT_SYSTEM;
    *parser = (struct http_parser){.fd = -1};
    parser->body = malloc(REQUEST_BODY_BYTES_MAX);
    return parser->body != NULL ? CHAT_OK : CHAT_NO_MEMORY;
}

void http_parser_fini(struct http_parser *parser)
{
    if (parser->fd >= 0)
        close(parser->fd);
    parser->fd = -1;
    free(parser->body);
    parser->body = NULL;
}

static bool file_write(int fd, const unsigned char *data, size_t length)
{
    size_t written = 0;
    while (written < length) {
        ssize_t count =
            pwrite(fd, data + written, length - written, (off_t)written);
        if (count < 0 && errno != EINTR)
            return false;
        written += count > 0 ? (size_t)count : 0;
    }
    return true;
}

/* Makes the memory file hold `records` and nothing else, to be read. */
static enum chat_result file_fill(struct http_parser *parser,
                                  const unsigned char *records, size_t length)
{
    if (parser->fd < 0) {
        parser->fd = memfd_create("fastcgi-request", MFD_CLOEXEC);
        parser->file_bytes = 0;
    }
    if (parser->fd < 0 || !file_write(parser->fd, records, length))
        return CHAT_SYSTEM;
    /* Nothing of an earlier, longer request may follow. */
    if (parser->file_bytes > length &&
        ftruncate(parser->fd, (off_t)length) != 0)
        return CHAT_SYSTEM;
    parser->file_bytes = length;
    return lseek(parser->fd, 0, SEEK_SET) == 0 ? CHAT_OK : CHAT_SYSTEM;
}

/* Reads the body, if it is within the bound, and copies what we need. */
static enum chat_result copy_request(struct http_parser *parser,
                                     const struct http_record_request *whole,
                                     const FCGX_Request *from,
                                     struct request *request_out)
{
    bool too_large = whole->body_bytes > REQUEST_BODY_BYTES_MAX;
    int wanted = too_large ? 0 : (int)whole->body_bytes;
    if (FCGX_GetStr(parser->body, wanted, from->in) != wanted)
        return CHAT_BAD_REQUEST;
    return request_init(request_out, from->envp, parser->body, (size_t)wanted,
                        too_large);
}

enum chat_result http_parser_read(struct http_parser *parser,
                                  const unsigned char *records,
                                  const struct http_record_request *whole,
                                  struct request *request_out)
{
    enum chat_result result = file_fill(parser, records, whole->length);
    if (result != CHAT_OK)
        return result;
    FCGX_Request from;
    FCGX_InitRequest(&from, -1, 0);
    from.ipcFd = parser->fd;
    from.keepConnection = 1;
    from.detached = 1;
    if (FCGX_Accept_r(&from) != 0) {
        parser->fd = -1; /* libfcgi has closed it */
        return CHAT_BAD_REQUEST;
    }
    result = copy_request(parser, whole, &from, request_out);
    FCGX_Free(&from, 0);
    return result;
}
