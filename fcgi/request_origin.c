/*
 * Same-origin, the answer to cross-site request forgery: a browser says with
 * Sec-Fetch-Site, or failing that with Origin, whose page makes a request.
 * Both are headers that scripts cannot set.
 */
#include <string.h>
#include <strings.h>

#include "fcgi/request.h"

/* A host and its port, pointing into a header. */
struct authority {
    const char *host; /* an IPv6 address with its brackets */
    size_t host_bytes;
    int64_t port;
};

struct scheme {
    const char *prefix;
    int64_t default_port;
};

static const struct scheme schemes[] = {
    {"http://", 80},
    {"https://", 443},
};

/* The scheme that `origin` begins with, or NULL. */
static const struct scheme *scheme_find(const char *origin)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
        const char *prefix = schemes[i].prefix;
        if (strncasecmp(origin, prefix, strlen(prefix)) == 0)
            return &schemes[i];
    }
    return NULL;
}

/* How many bytes of `text` are a host: a name, or an address in brackets. */
static size_t host_span(const char *text)
{
    if (*text != '[')
        return strcspn(text, ":/?#@[]");
    size_t inside = strspn(text + 1, "0123456789abcdefABCDEF:.");
    return text[1 + inside] == ']' ? inside + 2 : 0;
}

/* Reads "host" or "host:port", all of `text`. False: it is neither. */
static bool authority_parse(const char *text, int64_t default_port,
                            struct authority *authority_out)
{
    size_t host_bytes = host_span(text);
    int64_t port = default_port;
    if (host_bytes == 0)
        return false;
    if (text[host_bytes] != '\0') {
        if (text[host_bytes] != ':' ||
            number_parse(text + host_bytes + 1, &port) != CHAT_OK)
            return false;
    }
    *authority_out = (struct authority){text, host_bytes, port};
    return true;
}

static bool origin_is_host(const char *origin, const char *host)
{
    struct authority page, site;
    const struct scheme *scheme = scheme_find(origin);
    if (scheme == NULL)
        return false; /* "null", an extension's page */
    origin += strlen(scheme->prefix);
    return authority_parse(origin, scheme->default_port, &page) &&
           authority_parse(host, scheme->default_port, &site) &&
           page.port == site.port && page.host_bytes == site.host_bytes &&
           strncasecmp(page.host, site.host, page.host_bytes) == 0;
}

bool request_is_same_origin(const struct request *request)
{
    const char *site = request->sec_fetch_site;
    if (site != NULL)
        return strcmp(site, "same-origin") == 0 || strcmp(site, "none") == 0;
    if (request->origin != NULL)
        return origin_is_host(request->origin, request->host);
    return true;
}
