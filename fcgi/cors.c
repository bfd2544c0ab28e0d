#include "fcgi/cors.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/settings.h"
#include "fcgi/reply.h"

/* Longer than any origin, and the lines around it. */
enum { LINES_SIZE = SETTING_SIZE + 256 };

struct listed_origin {
    char *origin;
    struct bytes *lines;
    struct listed_origin *next;
};

struct cors {
    struct listed_origin *origins;
};

/* Of the headers that pages may read anyway, these are none. */
static struct bytes *make_lines(const char *origin)
{
    char lines[LINES_SIZE];
    int length =
        snprintf(lines, sizeof(lines),
                 "Access-Control-Allow-Origin: %s\r\n"
                 "Access-Control-Expose-Headers: Allow, Retry-After\r\n"
                 "Vary: Origin\r\n",
                 origin);

    return reply_part(lines, (size_t)length);
}

static bool add_origin(struct cors *cors, const char *origin)
{
    struct listed_origin *listed = calloc(1, sizeof(*listed));

    if (listed == NULL)
        return false;
    LL_PREPEND(cors->origins, listed);
    listed->origin = strdup(origin);
    listed->lines = make_lines(origin);
    return listed->origin != NULL && listed->lines != NULL;
}

struct cors *cors_new(const char *origins)
{
    struct cors *cors = calloc(1, sizeof(*cors));
    char word[SETTING_SIZE];

    while (cors != NULL &&
           (origins = setting_next_word(origins, word)) != NULL) {
        if (add_origin(cors, word))
            continue;
        cors_free(cors);
        cors = NULL;
    }
    return cors;
}

void cors_free(struct cors *cors)
{
    struct listed_origin *listed, *next;

    if (cors == NULL)
        return;
    LL_FOREACH_SAFE (cors->origins, listed, next) {
        bytes_drop(listed->lines);
        free(listed->origin);
        free(listed);
    }
    free(cors);
}

struct bytes *cors_lines(const struct cors *cors, const char *origin)
{
    const struct listed_origin *listed;

    if (origin == NULL)
        return NULL;
    LL_FOREACH (cors->origins, listed) {
        if (strcmp(listed->origin, origin) == 0)
            return listed->lines;
    }
    return NULL;
}

struct bytes *cors_preflight(const char *allow)
{
    const char *methods = allow + strlen("Allow: ");
    char headers[LINES_SIZE];

    (void)snprintf(headers, sizeof(headers),
                   "Access-Control-Allow-Methods: %s"
                   "Access-Control-Allow-Headers: Authorization, "
                   "Content-Type, Idempotency-Key, Last-Event-ID\r\n"
                   "Access-Control-Max-Age: 7200\r\n",
                   methods);
    return reply_new(
        &(struct reply_parts){.status = 204, .extra_headers = headers});
}
