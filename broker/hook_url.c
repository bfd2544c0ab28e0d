#include "broker/hook_url.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

/* What comes after the scheme; NULL: it is none of ours. */
static const char *skip_scheme(const char *url)
{
    static const char *const schemes[] = {"https://", "http://"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t length = strlen(schemes[i]);
        if (strncasecmp(url, schemes[i], length) == 0)
            return url + length;
    }
    return NULL;
}

/* RFC 3986 has nothing beyond these. */
static bool is_printable(const char *url)
{
    for (; *url != '\0'; url++) {
        if (*url <= ' ' || *url >= 0x7f || strchr("\"<>\\^`{|}", *url) != NULL)
            return false;
    }
    return true;
}

enum chat_result hook_url_check(const char *url)
{
    const char *authority = skip_scheme(url);

    if (authority == NULL || strlen(url) > HOOK_URL_BYTES_MAX ||
        !is_printable(url))
        return CHAT_BAD_TEXT;
    size_t length = strcspn(authority, "/?#");
    if (length == 0 || authority[0] == ':' ||
        memchr(authority, '@', length) != NULL)
        return CHAT_BAD_TEXT;
    return CHAT_OK;
}
