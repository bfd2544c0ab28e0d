/*
 * A socket of nng for one connection of a link client. Left alone, an nng
 * socket redials by itself and goes on as if nothing had happened; but a new
 * connection may lead to somebody else. So this one takes the first
 * connection it gets and no other: after a loss, open another socket.
 */
#ifndef COMMON_LINK_SOCKET_H
#define COMMON_LINK_SOCKET_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <nng/nng.h>
#include <nng/supplemental/tls/tls.h>

/* Read `nng` and `reply_fd`, no more. */
struct link_socket {
    nng_socket nng;
    int reply_fd;              /* NNG_OPT_RECVFD */
    int changed_fd;            /* the caller's, duplicated */
    _Atomic uint32_t admitted; /* the connection's id; 0: none yet */
    atomic_bool connected;
    atomic_bool lost;
};

struct link_socket_options {
    const char *url;
    nng_tls_config *tls; /* NULL: plain TCP; held on to */
    int changed_fd;      /* eventfd, duplicated */
};

/*
 * Opens a REQ socket and begins to dial, again and again until there is a
 * connection. `changed_fd` becomes readable when the connection is there and
 * when it is lost. Returns 0 or nng's error.
 */
int link_socket_open(const struct link_socket_options *options,
                     struct link_socket **socket_out);

/*
 * Closes it: a fraction of a millisecond, a few at most; 2 s where nng hangs,
 * see link_close(). `changed_fd` may tell of it once more.
 */
void link_socket_close(struct link_socket *socket);

/* Whether there is, or was, a connection; and whether it is lost. */
bool link_socket_is_connected(const struct link_socket *socket);
bool link_socket_is_lost(const struct link_socket *socket);

/*
 * Takes `message` (NULL, for want of memory, is fine) and sends it. Whether it
 * is on its way.
 */
bool link_socket_send(struct link_socket *socket, nng_msg *message);

#endif
