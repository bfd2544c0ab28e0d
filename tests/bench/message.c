#include "tests/bench/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two-byte letters, so that texts are not ASCII alone. */
static const char filler[] = "é";

void message_make(int64_t index, struct message *message_out)
{
    char *at = message_out->text;
    const char *end = at + MESSAGE_TEXT_BYTES;

    snprintf(message_out->id, sizeof(message_out->id), "m-%lld",
             (long long)index);
    at += snprintf(at, MESSAGE_TEXT_BYTES, "message %lld ", (long long)index);
    if ((end - at) % 2 != 0)
        *at++ = '.';
    for (; at < end; at += sizeof(filler) - 1)
        memcpy(at, filler, sizeof(filler));
    *at = '\0';
}

void message_body(int64_t index, char body_out[MESSAGE_BODY_SIZE])
{
    struct message message;

    message_make(index, &message);
    snprintf(body_out, MESSAGE_BODY_SIZE, "{\"id\":\"%s\",\"text\":\"%s\"}",
             message.id, message.text);
}

bool message_recognize(const char *id, const char *text, int64_t *index_out,
                       bool *whole_out)
{
    struct message message;
    char *end;

    if (strncmp(id, "m-", 2) != 0)
        return false;
    int64_t index = strtoll(id + 2, &end, 10);
    if (end == id + 2 || *end != '\0' || index < 0)
        return false;
    message_make(index, &message);
    *index_out = index;
    *whole_out = strcmp(text, message.text) == 0;
    return true;
}
