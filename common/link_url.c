/*
 * Which addresses the link may use. nng parses leniently (it takes any port),
 * so what it found is checked here.
 */
#include <arpa/inet.h>
#include <string.h>

#include <nng/nng.h>

#include "common/link.h"
#include "common/link_internal.h"

static bool is_loopback(const char *host)
{
    struct in_addr v4;
    struct in6_addr v6;

    if (inet_pton(AF_INET, host, &v4) == 1)
        return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
    if (inet_pton(AF_INET6, host, &v6) == 1)
        return IN6_IS_ADDR_LOOPBACK(&v6);
    return strcmp(host, "localhost") == 0;
}

/* One to five digits, up to 65535. 0 is for listening on any free port. */
static bool is_port(const char *port)
{
    size_t length = strspn(port, "0123456789");
    unsigned long number = 0;

    if (length == 0 || length > 5 || port[length] != '\0')
        return false;
    for (const char *digit = port; *digit != '\0'; digit++)
        number = number * 10 + (unsigned long)(*digit - '0');
    return number <= UINT16_MAX;
}

static bool is_bare(const nng_url *url)
{
    return (url->u_path == NULL || url->u_path[0] == '\0') &&
           url->u_query == NULL && url->u_fragment == NULL &&
           url->u_userinfo == NULL;
}

static enum chat_result check(const nng_url *url)
{
    bool is_tcp = strcmp(url->u_scheme, "tcp") == 0;

    if (!is_tcp && strcmp(url->u_scheme, "tls+tcp") != 0)
        return CHAT_UNSUPPORTED;
    if (url->u_hostname == NULL || url->u_port == NULL ||
        !is_port(url->u_port) || !is_bare(url))
        return CHAT_BAD_REQUEST;
    return !is_tcp || is_loopback(url->u_hostname) ? CHAT_OK : CHAT_FORBIDDEN;
}

enum chat_result link_url_check(const char *text)
{
    nng_url *url = NULL;

    if (nng_url_parse(&url, text) != 0)
        return CHAT_BAD_REQUEST;
    enum chat_result result = check(url);
    nng_url_free(url);
    return result;
}

bool link_url_is_tls(const char *url)
{
    return strncmp(url, "tls+", 4) == 0;
}
