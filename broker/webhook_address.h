/*
 * Whether a network address is of a private place: one that a program on this
 * machine can reach, and a stranger who names it must not.
 */
#ifndef BROKER_WEBHOOK_ADDRESS_H
#define BROKER_WEBHOOK_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

/*
 * True for this host, private, link-local, shared, multicast and reserved
 * ranges (RFC 6890), for IPv6 addresses that carry such an IPv4 one, and for
 * families other than IPv4 and IPv6.
 */
bool webhook_address_is_private(const struct sockaddr *address);

#endif
