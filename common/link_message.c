#include <string.h>

#include <sodium.h>

#include "common/link_internal.h"

enum chat_result link_init_crypto(void)
{
    return sodium_init() < 0 ? CHAT_SYSTEM : CHAT_OK;
}

enum chat_result link_result_of(int nng_error)
{
    switch (nng_error) {
    case 0:
        return CHAT_OK;
    case NNG_ENOMEM:
        return CHAT_NO_MEMORY;
    case NNG_EADDRINUSE:
        return CHAT_IN_USE;
    default:
        return CHAT_SYSTEM;
    }
}

nng_msg *link_message_data(const void *data, size_t length)
{
    nng_msg *message = NULL;

    if (nng_msg_alloc(&message, 1 + length) != 0)
        return NULL;
    unsigned char *body = nng_msg_body(message);
    body[0] = LINK_DATA;
    if (length > 0)
        memcpy(body + 1, data, length);
    return message;
}

nng_msg *link_message_frame(const struct link_frame *frame)
{
    nng_msg *message = NULL;

    if (nng_msg_alloc(&message, frame->length) != 0)
        return NULL;
    memcpy(nng_msg_body(message), frame->bytes, frame->length);
    return message;
}
