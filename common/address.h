/*
 * Where a request comes from, without keeping the address itself: a number
 * that is the same for the same address, and means nothing without the key.
 */
#ifndef COMMON_ADDRESS_H
#define COMMON_ADDRESS_H

#include <stddef.h>
#include <stdint.h>

enum { ADDRESS_KEY_BYTES = 16 };

/*
 * The key for address_hash(), from the `secret_bytes` of a secret of the
 * installation's; all front ends that have it get the same numbers.
 */
void address_key_derive(const unsigned char *secret, size_t secret_bytes,
                        unsigned char key_out[ADDRESS_KEY_BYTES]);

/*
 * The keyed hash (SipHash-2-4) of `text`: of an IPv4 address, also of one
 * that is written as IPv6 (::ffff:192.0.2.1), or of the first 64 bits of an
 * IPv6 address, which one household or machine has to itself. From 1; 0:
 * `text` is no address.
 */
int64_t address_hash(const unsigned char key[ADDRESS_KEY_BYTES],
                     const char *text);

#endif
