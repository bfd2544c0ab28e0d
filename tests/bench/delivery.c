#include "tests/bench/delivery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/alloc.h"
#include "common/protocol.h"
#include "tests/bench/bench.h"
#include "tests/bench/message.h"

enum { BODY_BYTES_MAX = 1024 * 1024 };

/* A room's last reply: mostly, all of the room get the same. */
struct last_reply {
    char *body;
    size_t body_bytes;
    size_t capacity;
    struct delivery_news news;
};

struct delivery_book {
    struct delivery_options options;
    size_t row;      /* messages of one room */
    bool *seen;      /* reader by reader, message by message of the room */
    int64_t *newest; /* highest message by reader and poster, or -1 */
    int64_t delivered, duplicated, out_of_order, altered;
    struct last_reply *last; /* of each room */
};

struct delivery_book *delivery_book_new(const struct delivery_options *options)
{
    struct delivery_book *book = alloc_or_die(sizeof(*book));
    size_t newest_count = options->readers * options->posters;

    book->options = *options;
    book->row = (size_t)options->messages / options->rooms + 1;
    book->seen = alloc_or_die(options->readers * book->row);
    book->newest = alloc_or_die(newest_count * sizeof(*book->newest));
    for (size_t i = 0; i < newest_count; i++)
        book->newest[i] = -1;
    book->last = alloc_or_die(options->rooms * sizeof(*book->last));
    return book;
}

void delivery_book_free(struct delivery_book *book)
{
    free(book->seen);
    free(book->newest);
    for (size_t i = 0; i < book->options.rooms; i++)
        free(book->last[i].body);
    free(book->last);
    free(book);
}

/* ---- reading ---- */

static void read_message(const json_t *json, struct delivery_news *news)
{
    const char *id, *text;
    int64_t index;
    bool whole;

    if (json_get_text(json, "id", &id) != CHAT_OK ||
        json_get_text(json, "text", &text) != CHAT_OK ||
        !message_recognize(id, text, &index, &whole))
        return;
    if (news->count == DELIVERY_MESSAGES_MAX)
        bench_die("more than %d messages in a reply", DELIVERY_MESSAGES_MAX);
    news->messages[news->count].index = index;
    news->messages[news->count++].whole = whole;
}

static _Noreturn void die_of(const struct last_reply *reply)
{
    bench_die("no reply to a reader: %.*s", (int)reply->body_bytes,
              reply->body);
}

/* As the chat and the floor answer: {"next":...,"events":[...],...}. */
static void parse_events(struct last_reply *reply)
{
    json_t *json = protocol_parse(reply->body, reply->body_bytes);
    const json_t *events = json_object_get(json, "events");
    const char *next;

    if (json_get_text(json, "next", &next) != CHAT_OK ||
        !json_is_array(events) || strlen(next) >= sizeof(reply->news.next))
        die_of(reply);
    memcpy(reply->news.next, next, strlen(next) + 1);
    for (size_t i = 0; i < json_array_size(events); i++)
        read_message(json_array_get(events, i), &reply->news);
    json_decref(json);
}

/* As nchan answers: what was posted, object after object, on lines. */
static void parse_bare(struct last_reply *reply)
{
    const char *at = reply->body, *end = at + reply->body_bytes;
    json_error_t error;

    while (at < end) {
        json_t *json =
            json_loadb(at, (size_t)(end - at), JSON_DISABLE_EOF_CHECK, &error);
        if (json == NULL)
            die_of(reply);
        read_message(json, &reply->news);
        json_decref(json);
        at += error.position;
        if (at < end && *at == '\n')
            at++;
    }
}

static void keep_body(struct last_reply *reply, const char *body,
                      size_t body_bytes)
{
    if (body_bytes > reply->capacity) {
        reply->capacity = body_bytes;
        reply->body = realloc_or_die(reply->body, body_bytes);
    }
    memcpy(reply->body, body, body_bytes);
    reply->body_bytes = body_bytes;
}

const struct delivery_news *delivery_read(struct delivery_book *book,
                                          size_t reader, const char *body,
                                          size_t body_bytes)
{
    struct last_reply *reply = &book->last[reader % book->options.rooms];

    if (body_bytes == 0 || body_bytes > BODY_BYTES_MAX)
        bench_die("a poll's reply of %zu bytes", body_bytes);
    if (body_bytes == reply->body_bytes &&
        memcmp(body, reply->body, body_bytes) == 0)
        return &reply->news;
    keep_body(reply, body, body_bytes);
    reply->news.count = 0;
    if (book->options.bare)
        parse_bare(reply);
    else
        parse_events(reply);
    return &reply->news;
}

/* ---- entering ---- */

/* Returns whether it came for the first time. */
static bool enter(struct delivery_book *book, size_t reader, int64_t index,
                  bool whole)
{
    const struct delivery_options *options = &book->options;
    size_t number = (size_t)index / options->rooms; /* in its room */

    if (!whole || index >= options->messages ||
        (size_t)index % options->rooms != reader % options->rooms) {
        book->altered++;
        return false;
    }
    bool *seen = &book->seen[reader * book->row + number];
    int64_t *newest =
        &book->newest[reader * options->posters + number % options->posters];
    if (*seen) {
        book->duplicated++;
        return false;
    }
    *seen = true;
    book->delivered++;
    if (index < *newest)
        book->out_of_order++;
    else
        *newest = index;
    return true;
}

void delivery_enter(struct delivery_book *book, size_t reader,
                    const struct delivery_news *news)
{
    for (size_t i = 0; i < news->count; i++) {
        int64_t index = news->messages[i].index;
        if (enter(book, reader, index, news->messages[i].whole))
            book->options.on_delivery(book->options.context, index);
    }
}

int64_t delivery_count(const struct delivery_book *book)
{
    return book->delivered;
}

json_t *delivery_summary(const struct delivery_book *book, int64_t expected)
{
    const struct {
        const char *name;
        int64_t count;
    } counts[] = {
        {"delivered", book->delivered},   {"lost", expected - book->delivered},
        {"duplicated", book->duplicated}, {"out_of_order", book->out_of_order},
        {"altered", book->altered},
    };
    json_t *summary = json_object();

    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
        json_object_set_new(summary, counts[i].name,
                            json_integer(counts[i].count));
    return summary;
}
