/* Reading replies as a web server does, for tests. */
#ifndef TESTS_UNIT_REPLY_READER_H
#define TESTS_UNIT_REPLY_READER_H

#include <fastcgi.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

enum { REPLY_TEXT_BYTES = 2 * 1024 * 1024 };

/* One reply: what its STDOUT records hold. */
struct reply_text {
    bool complete;
    int status;
    char *body; /* within `text` */
    size_t length;
    char text[REPLY_TEXT_BYTES];
};

static inline void reply_split(struct reply_text *reply)
{
    reply->text[reply->length] = '\0';
    reply->body = strstr(reply->text, "\r\n\r\n");
    assert_non_null(reply->body);
    reply->body += 4;
    const char *status = strstr(reply->text, "Status: ");
    assert_non_null(status);
    assert_int_equal(sscanf(status, "Status: %d", &reply->status), 1);
    reply->complete = true;
}

/*
 * Reads `length` bytes of records; `complete` if they are a whole reply, else
 * `text` is what there is of it.
 */
static inline void reply_read(struct reply_text *reply,
                              const unsigned char *data, size_t length)
{
    size_t at = 0;

    reply->complete = false;
    reply->length = 0;
    while (length - at >= FCGI_HEADER_LEN) {
        size_t content = (size_t)data[at + 4] << 8 | data[at + 5];
        unsigned type = data[at + 1];
        if (length - at < FCGI_HEADER_LEN + content + data[at + 6])
            break;
        if (type == FCGI_STDOUT) {
            assert_true(reply->length + content < REPLY_TEXT_BYTES);
            memcpy(reply->text + reply->length, data + at + FCGI_HEADER_LEN,
                   content);
            reply->length += content;
        }
        at += FCGI_HEADER_LEN + content + data[at + 6];
        if (type == FCGI_END_REQUEST) {
            assert_int_equal(at, length);
            reply_split(reply);
            return;
        }
    }
    reply->text[reply->length] = '\0';
}

/* The seqs of the events in a poll's reply, as "11 14 15". */
static inline const char *reply_seqs(const struct reply_text *reply)
{
    static char seqs[4096];
    size_t used = 0, index;
    json_t *event, *body = json_loads(reply->body, 0, NULL);

    assert_non_null(body);
    seqs[0] = '\0';
    json_array_foreach (json_object_get(body, "events"), index, event)
        used += (size_t)snprintf(
            seqs + used, sizeof(seqs) - used, "%s%lld", used > 0 ? " " : "",
            (long long)json_integer_value(json_object_get(event, "seq")));
    json_decref(body);
    return seqs;
}

/*
 * The seqs of the events in a stream's messages, each message ended by ';',
 * comments shown as ':': "11 14;:;15;" say.
 */
static inline const char *stream_seqs(const struct reply_text *reply)
{
    static char seqs[16384];
    size_t used = 0, index;
    json_t *event;
    const char *body = strstr(reply->text, "\r\n\r\n");

    assert_non_null(body);
    seqs[0] = '\0';
    for (const char *at = body + 4; *at != '\0'; at = strstr(at, "\n\n") + 2) {
        const char *data = strstr(at, "data: ");
        assert_non_null(strstr(at, "\n\n"));
        assert_true(used < sizeof(seqs) - 4096);
        if (*at == ':') {
            used += (size_t)sprintf(seqs + used, ":");
            continue;
        }
        json_t *message = json_loads(data + 6, JSON_DISABLE_EOF_CHECK, NULL);
        assert_non_null(message);
        const char *space = "";
        json_array_foreach (json_object_get(message, "events"), index, event) {
            used += (size_t)sprintf(
                seqs + used, "%s%lld", space,
                (long long)json_integer_value(json_object_get(event, "seq")));
            space = " ";
        }
        used += (size_t)sprintf(seqs + used, ";");
        json_decref(message);
    }
    return seqs;
}

/* The id of a stream's last message. */
static inline const char *stream_id(const struct reply_text *reply)
{
    static char id[64];
    const char *last = NULL;

    for (const char *at = reply->text; (at = strstr(at, "id: ep.")) != NULL;)
        last = at++;
    assert_non_null(last);
    assert_int_equal(sscanf(last, "id: %63[^\n]", id), 1);
    return id;
}

/* A field of the body, as JSON; "" if it is missing. */
static inline const char *reply_field(const struct reply_text *reply,
                                      const char *name)
{
    static char text[4096];
    json_t *body = json_loads(reply->body, 0, NULL);
    const json_t *field = json_object_get(body, name);
    size_t length = 0;

    assert_non_null(body);
    if (field != NULL)
        length = json_dumpb(field, text, sizeof(text) - 1,
                            JSON_COMPACT | JSON_ENCODE_ANY);
    assert_true(length < sizeof(text));
    text[length] = '\0';
    json_decref(body);
    return text;
}

#endif
