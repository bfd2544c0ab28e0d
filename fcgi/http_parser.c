/*
 * libfcgi behind one function. It wants a descriptor to read a request from,
 * reads as it likes, and closes it when in doubt. Given the connection itself
 * it would block while half a request is there, and even peeking at what the
 * kernel holds does not help: for a Unix socket the kernel counts some 800
 * bytes for each piece, however small, so that a request in many pieces never
 * fits its queue. So connections are read by us (common/stream.h), and each
 * request that is whole is handed over in a memory file, which has an end and
 * never blocks. The file is mapped and its size fixed: a request is put at its
 * end without a system call, and what earlier ones have left is before it.
 */
#include <assert.h>
#include <fcgiapp.h>
#include <fcntl.h>
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

static void file_unmap(struct http_parser *parser)
{
    if (parser->records != NULL)
        munmap(parser->records, HTTP_RECORD_REQUEST_BYTES_MAX);
    parser->records = NULL;
}

static void file_close(struct http_parser *parser)
{
    file_unmap(parser);
    if (parser->fd >= 0)
        close(parser->fd);
    parser->fd = -1;
}

static enum chat_result file_open(struct http_parser *parser)
{
    parser->fd = memfd_create("fastcgi-request", MFD_CLOEXEC);
    /* With its memory, for want of which a write to it would end us later. */
    if (parser->fd < 0 ||
        posix_fallocate(parser->fd, 0, HTTP_RECORD_REQUEST_BYTES_MAX) != 0)
        return CHAT_SYSTEM;
    void *records = mmap(NULL, HTTP_RECORD_REQUEST_BYTES_MAX,
                         PROT_READ | PROT_WRITE, MAP_SHARED, parser->fd, 0);
    if (records == MAP_FAILED)
        return CHAT_SYSTEM;
    parser->records = records;
    return CHAT_OK;
}

/* Makes `records` the end of the memory file, to be read from there on. */
static enum chat_result file_fill(struct http_parser *parser,
                                  const unsigned char *records, size_t length)
{
    assert(length <= HTTP_RECORD_REQUEST_BYTES_MAX);
    if (parser->records == NULL && file_open(parser) != CHAT_OK) {
        file_close(parser);
        return CHAT_SYSTEM;
    }
    size_t start = HTTP_RECORD_REQUEST_BYTES_MAX - length;
    memcpy(parser->records + start, records, length);
    return lseek(parser->fd, (off_t)start, SEEK_SET) >= 0 ? CHAT_OK
                                                          : CHAT_SYSTEM;
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
    file_close(parser);
    free(parser->body);
    parser->body = NULL;
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
        file_unmap(parser);
        return CHAT_BAD_REQUEST;
    }
    result = copy_request(parser, whole, &from, request_out);
    FCGX_Free(&from, 0);
    return result;
}
