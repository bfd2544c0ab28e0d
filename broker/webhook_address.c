#include "broker/webhook_address.h"

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A range: the first `bits` of its addresses are those of `first`. */
struct range {
    unsigned char first[16];
    unsigned bits;
};

static const struct range private_v4[] = {
    {{0}, 8},          /* this network */
    {{10}, 8},         /* private */
    {{100, 64}, 10},   /* shared by a provider's customers */
    {{127}, 8},        /* loopback */
    {{169, 254}, 16},  /* link-local; clouds' metadata */
    {{172, 16}, 12},   /* private */
    {{192, 0, 0}, 24}, /* protocol assignments */
    {{192, 168}, 16},  /* private */
    {{198, 18}, 15},   /* benchmarks */
    {{224}, 4},        /* multicast */
    {{240}, 4},        /* reserved, broadcast */
};

static const struct range private_v6[] = {
    {{0xfc}, 7},        /* unique local */
    {{0xfe, 0x80}, 10}, /* link-local */
    {{0xfe, 0xc0}, 10}, /* site-local */
    {{0xff}, 8},        /* multicast */
};

/* Where an IPv6 address of the range has an IPv4 one in it. */
static const struct {
    struct range range;
    size_t offset;
} carriers[] = {
    {{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96}, 12}, /* mapped */
    {{{0}, 96}, 12},                      /* compatible; also :: and ::1 */
    {{{0x00, 0x64, 0xff, 0x9b}, 96}, 12}, /* NAT64 */
    {{{0x20, 0x02}, 16}, 2},              /* 6to4 */
};

static bool is_in(const struct range *range, const unsigned char *address)
{
    unsigned bytes = range->bits / 8;
    unsigned rest = range->bits % 8;

    if (memcmp(range->first, address, bytes) != 0)
        return false;
    return rest == 0 ||
           (range->first[bytes] ^ address[bytes]) >> (8 - rest) == 0;
}

static bool is_private_v4(const unsigned char address[4])
{
    for (size_t i = 0; i < sizeof(private_v4) / sizeof(private_v4[0]); i++) {
        if (is_in(&private_v4[i], address))
            return true;
    }
    return false;
}

static bool is_private_v6(const unsigned char address[16])
{
    for (size_t i = 0; i < sizeof(private_v6) / sizeof(private_v6[0]); i++) {
        if (is_in(&private_v6[i], address))
            return true;
    }
    for (size_t i = 0; i < sizeof(carriers) / sizeof(carriers[0]); i++) {
        if (is_in(&carriers[i].range, address))
            return is_private_v4(address + carriers[i].offset);
    }
    return false;
}

bool webhook_address_is_private(const struct sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    switch (address->sa_family) {
    case AF_INET:
        memcpy(&v4, address, sizeof(v4));
        return is_private_v4((const unsigned char *)&v4.sin_addr);
    case AF_INET6:
        memcpy(&v6, address, sizeof(v6));
        return is_private_v6(v6.sin6_addr.s6_addr);
    default:
        return true;
    }
}
