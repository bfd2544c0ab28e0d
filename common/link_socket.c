/*
 * nng tells of connections on threads of its own: they leave word in the
 * socket and write to `changed_fd`, the rest happens in the loop. (nng itself
 * signals a lost connection on its receive descriptor only while a receive is
 * pending, which there never is.)
 */
#include "common/link_socket.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <nng/protocol/reqrep0/req.h>

#include "common/link_internal.h"

enum {
    /* How often nng tries to connect: at first, and after doubling. */
    REDIAL_FIRST_MS = 50,
    REDIAL_MAX_MS = 400,
    /*
     * nng may take a moment to see that the last request is sent although its
     * reply is here; longer it takes only when the connection is just lost.
     */
    SEND_MS = 20,
};

static void on_pipe_came(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct link_socket *socket = context;
    uint32_t none = 0;

    (void)event;
    if (!atomic_compare_exchange_strong(&socket->admitted, &none, pipe.id))
        nng_pipe_close(pipe);
}

static void on_pipe_ready(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct link_socket *socket = context;

    (void)event;
    if (atomic_load(&socket->admitted) != pipe.id)
        return;
    atomic_store(&socket->connected, true);
    eventfd_write(socket->changed_fd, 1);
}

static void on_pipe_went(nng_pipe pipe, nng_pipe_ev event, void *context)
{
    struct link_socket *socket = context;

    (void)event;
    if (atomic_load(&socket->admitted) != pipe.id)
        return;
    atomic_store(&socket->lost, true);
    eventfd_write(socket->changed_fd, 1);
}

static int set_options(nng_socket nng)
{
    int error;

    if ((error = nng_socket_set_size(nng, NNG_OPT_RECVMAXSZ,
                                     LINK_RECEIVE_BYTES_MAX)) != 0 ||
        (error = nng_socket_set_ms(nng, NNG_OPT_REQ_RESENDTIME,
                                   NNG_DURATION_INFINITE)) != 0 ||
        (error = nng_socket_set_ms(nng, NNG_OPT_SENDTIMEO, SEND_MS)) != 0 ||
        (error = nng_socket_set_ms(nng, NNG_OPT_RECONNMINT, REDIAL_FIRST_MS)) !=
            0)
        return error;
    return nng_socket_set_ms(nng, NNG_OPT_RECONNMAXT, REDIAL_MAX_MS);
}

static int set_callbacks(struct link_socket *socket)
{
    int error;

    if ((error = nng_pipe_notify(socket->nng, NNG_PIPE_EV_ADD_PRE, on_pipe_came,
                                 socket)) != 0 ||
        (error = nng_pipe_notify(socket->nng, NNG_PIPE_EV_ADD_POST,
                                 on_pipe_ready, socket)) != 0)
        return error;
    return nng_pipe_notify(socket->nng, NNG_PIPE_EV_REM_POST, on_pipe_went,
                           socket);
}

static int start_dialer(nng_socket nng,
                        const struct link_socket_options *options)
{
    nng_dialer dialer;
    int error = nng_dialer_create(&dialer, nng, options->url);

    if (error == 0 && options->tls != NULL)
        error = nng_dialer_set_ptr(dialer, NNG_OPT_TLS_CONFIG, options->tls);
    if (error == 0)
        error = nng_dialer_set_bool(dialer, NNG_OPT_TCP_KEEPALIVE, true);
    return error != 0 ? error : nng_dialer_start(dialer, NNG_FLAG_NONBLOCK);
}

/* With a socket that does not dial yet; NULL: no memory or descriptor. */
static struct link_socket *new_socket(int changed_fd)
{
    struct link_socket *socket = calloc(1, sizeof(*socket));

    if (socket == NULL)
        return NULL;
    socket->changed_fd = fcntl(changed_fd, F_DUPFD_CLOEXEC, 0);
    if (socket->changed_fd >= 0 && nng_req0_open(&socket->nng) == 0)
        return socket;
    if (socket->changed_fd >= 0)
        close(socket->changed_fd);
    free(socket);
    return NULL;
}

int link_socket_open(const struct link_socket_options *options,
                     struct link_socket **socket_out)
{
    struct link_socket *socket = new_socket(options->changed_fd);
    int error;

    if (socket == NULL)
        return NNG_ENOFILES;
    if ((error = set_options(socket->nng)) != 0 ||
        (error = set_callbacks(socket)) != 0 ||
        (error = nng_socket_get_int(socket->nng, NNG_OPT_RECVFD,
                                    &socket->reply_fd)) != 0 ||
        (error = start_dialer(socket->nng, options)) != 0) {
        link_socket_close(socket);
        return error;
    }
    *socket_out = socket;
    return 0;
}

static void *close_and_free(void *context)
{
    struct link_socket *socket = context;

    nng_close(socket->nng); /* returns when no callback runs any more */
    close(socket->changed_fd);
    free(socket);
    return NULL;
}

void link_socket_close(struct link_socket *socket)
{
    link_close(close_and_free, socket);
}

bool link_socket_is_connected(const struct link_socket *socket)
{
    return atomic_load(&socket->connected);
}

bool link_socket_is_lost(const struct link_socket *socket)
{
    return atomic_load(&socket->lost);
}

bool link_socket_send(struct link_socket *socket, nng_msg *message)
{
    if (message == NULL)
        return false;
    if (nng_sendmsg(socket->nng, message, 0) == 0)
        return true;
    nng_msg_free(message);
    return false;
}
