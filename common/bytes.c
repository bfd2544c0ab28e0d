#include "common/bytes.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct bytes *bytes_new(const void *data, size_t length)
{
    if (length > SIZE_MAX - sizeof(struct bytes))
        return NULL;
    struct bytes *bytes = malloc(sizeof(*bytes) + length);
    if (bytes == NULL)
        return NULL;
    bytes->refs = 1;
    bytes->length = length;
    if (data != NULL && length > 0)
        memcpy(bytes->data, data, length);
    return bytes;
}

struct bytes *bytes_share(struct bytes *bytes)
{
    bytes->refs++;
    return bytes;
}

void bytes_drop(struct bytes *bytes)
{
    if (bytes != NULL && --bytes->refs == 0)
        free(bytes);
}
