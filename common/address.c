#include "common/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <string.h>

_Static_assert((size_t)ADDRESS_KEY_BYTES == crypto_shorthash_KEYBYTES,
               "the key of SipHash");

enum { IPV4_BYTES = 4, IPV6_NETWORK_BYTES = 8, IPV4_IN_IPV6 = 12 };

void address_key_derive(const unsigned char *secret, size_t secret_bytes,
                        unsigned char key_out[ADDRESS_KEY_BYTES])
{
    static const char label[] = "ajaxchat address";
    crypto_generichash_state hashing;

    crypto_generichash_init(&hashing, secret, secret_bytes, ADDRESS_KEY_BYTES);
    crypto_generichash_update(&hashing, (const unsigned char *)label,
                              sizeof(label));
    crypto_generichash_final(&hashing, key_out, ADDRESS_KEY_BYTES);
}

/* What counts of the address `text` in `out`; its length, or 0: it is none. */
static size_t significant_bytes(const char *text,
                                unsigned char out[IPV6_NETWORK_BYTES])
{
    struct in6_addr address;

    if (inet_pton(AF_INET, text, out) == 1)
        return IPV4_BYTES;
    if (inet_pton(AF_INET6, text, &address) != 1)
        return 0;
    if (IN6_IS_ADDR_V4MAPPED(&address)) {
        memcpy(out, address.s6_addr + IPV4_IN_IPV6, IPV4_BYTES);
        return IPV4_BYTES;
    }
    memcpy(out, address.s6_addr, IPV6_NETWORK_BYTES);
    return IPV6_NETWORK_BYTES;
}

int64_t address_hash(const unsigned char key[ADDRESS_KEY_BYTES],
                     const char *text)
{
    unsigned char bytes[IPV6_NETWORK_BYTES];
    unsigned char hash[crypto_shorthash_BYTES];
    size_t length = significant_bytes(text, bytes);
    uint64_t number = 0;

    if (length == 0)
        return 0;
    (void)crypto_shorthash(hash, bytes, length, key);
    for (size_t i = 0; i < sizeof(hash); i++)
        number = number << 8 | hash[i];
    number &= INT64_MAX;
    return number != 0 ? (int64_t)number : 1;
}
